"""Datasets: an item is an image (C, S, S), its boxes (N, 6), and its origin (3,).

A box is left, top, right and bottom in pixels of the image, its class, and 1 for a crowd. An
origin is the number of an image, and its width and height before it was resized.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset

from ..runs import RunError
from .image_files import find_images, read_image, read_size
from .scenes import DigitScenes

log = logging.getLogger(__name__)
Item = tuple[Tensor, Tensor, Tensor]
Boxes = Sequence[Sequence[float]]


def pad(items: Sequence[Item]) -> Item:
    """Items → images (B, C, S, S), boxes (B, M, 6), whose class is -1 for none, origins (B, 3)."""
    images, boxes, origins = zip(*items, strict=True)
    padded = pad_sequence(list(boxes), batch_first=True, padding_value=-1)
    return torch.stack(images), padded, torch.stack(origins)


class BoxedImages(Dataset[Item]):
    """Image files and the boxes in them; the files are read when they are needed.

    Args:
        images: The files.
        boxes: Of each image (N, 6), in its own pixels.
        numbers: What each image is called in COCO's files.
        channels: 1 makes the images grey, 3 makes them RGB.
        image_size: Height and width that every image is resized to, its boxes with it.
    """

    def __init__(
        self,
        images: Sequence[Path],
        boxes: Sequence[Boxes],
        numbers: Sequence[int],
        channels: int,
        image_size: int,
    ) -> None:
        self.images, self.boxes, self.numbers = images, boxes, numbers
        self.channels, self.image_size = channels, image_size
        self.names = [str(path) for path in images]

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Item:
        path = self.images[index]
        image = read_image(path, self.channels, self.image_size)
        width, height = read_size(path)
        boxes = torch.tensor(self.boxes[index], dtype=torch.float32).view(-1, 6)
        boxes[:, :4] *= self.image_size / torch.tensor([width, height, width, height])
        boxes[:, :4] = boxes[:, :4].clamp(0, self.image_size)
        return image, boxes, torch.tensor([self.numbers[index], width, height])

    @classmethod
    def from_files(cls, root: str, about: Mapping[str, Any]) -> "BoxedImages":
        """A file, or a folder's, for a model that knows its data by what is `about` them."""
        images = find_images(Path(root))
        sizes = about["channels"], about["image_size"]
        return BoxedImages(images, [[]] * len(images), range(1, len(images) + 1), *sizes)


class Coco(BoxedImages):
    """Images that a JSON file of COCO's form describes.

    Args:
        root: The folder of the images.
        annotations: The JSON file.
        channels: As those of `BoxedImages`.
        image_size: As that of `BoxedImages`.
    """

    def __init__(self, root: str, annotations: str, channels: int, image_size: int) -> None:
        described = read_coco(Path(annotations))
        categories = sorted(described["categories"], key=lambda category: category["id"])
        images = sorted(described["images"], key=lambda image: image["id"])
        self.classes = [str(category["name"]) for category in categories]
        self.num_classes = len(categories)
        self.about = {"category_ids": [category["id"] for category in categories]}
        files = [Path(root, image["file_name"]) for image in images]
        if missing := [file for file in files if not file.is_file()]:
            raise RunError(f"{annotations} names {missing[0]}, which is missing (root: {root})")
        sizes = {image["id"]: (image["width"], image["height"]) for image in images}
        labels = {number: label for label, number in enumerate(self.about["category_ids"])}
        boxes = collect_boxes(described["annotations"], sizes, labels)
        super().__init__(files, list(boxes.values()), list(sizes), channels, image_size)
        self.sizes = list(sizes.values())

    def __getitem__(self, index: int) -> Item:
        item = super().__getitem__(index)
        if (size := tuple(item[2][1:].tolist())) != (expected := self.sizes[index]):
            raise RunError(
                f"{self.names[index]} has {size} pixels, not {expected}; correct the JSON file"
            )
        return item


class Scenes(DigitScenes):
    """Scenes of digits, each in a tight box."""

    num_classes = 10
    classes = tuple(map(str, range(10)))
    from_files = BoxedImages.from_files

    def __getitem__(self, index: int) -> Item:
        boxes = torch.nn.functional.pad(self.boxes[index], (0, 1))  # none is a crowd
        return self.images[index], boxes, torch.tensor([index, *self.images.shape[2:]])


def read_coco(path: Path) -> dict[str, list[dict[str, Any]]]:
    """The lists of a COCO file, each of whose entries has what is used."""
    try:
        described = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{path.absolute()} cannot be read ({error}); name another") from error
    for name, keys in KEYS.items():
        if not isinstance(described, dict) or not isinstance(described.get(name), list):
            raise RunError(f"{path} has no list {name}; export it in COCO's form")
        for entry in described[name]:
            if missing := [key for key in keys if key not in entry]:
                raise RunError(f"{path} has {name} without {missing[0]}: {entry}")
    return described


KEYS = {
    "images": ("id", "file_name", "width", "height"),
    "categories": ("id", "name"),
    "annotations": ("id", "image_id", "category_id", "bbox"),
}


def collect_boxes(
    annotations: Sequence[Mapping[str, Any]],
    sizes: Mapping[int, tuple[int, int]],
    labels: Mapping[int, int],
) -> dict[int, list[list[float]]]:
    """The boxes of each image (N, 6), by its number.

    Args:
        annotations: Of COCO's form.
        sizes: Width and height of each image, by its number.
        labels: The class of each category, by its number.
    """
    boxes: dict[int, list[list[float]]] = {number: [] for number in sizes}
    empty = []
    for each in annotations:
        image, category = each["image_id"], each["category_id"]
        if image not in sizes or category not in labels:
            problem = f"is of image {image} and category {category}, one of which is not listed"
            raise RunError(f"annotation {each['id']} {problem}; list it, or take this one away")
        corners = to_corners(each["bbox"], *sizes[image])
        if corners[0] < corners[2] and corners[1] < corners[3]:
            boxes[image].append([*corners, labels[category], each.get("iscrowd", 0)])
        else:
            empty.append(each["id"])
    if empty:
        log.warning("%d boxes have no area and are left out: annotation %s", len(empty), empty[0])
    return boxes


def to_corners(box: Sequence[float], width: int, height: int) -> list[float]:
    """Left, top, width and height → left, top, right and bottom, within the image."""
    left, top, wide, high = box
    ends = (left, width), (top, height), (left + wide, width), (top + high, height)
    return [min(max(place, 0), end) for place, end in ends]
