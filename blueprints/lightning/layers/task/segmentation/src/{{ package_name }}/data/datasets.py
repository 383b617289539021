"""Datasets: an item is an image (C, H, W) with values from 0 to 1, and its mask (H, W)."""

from collections.abc import Mapping, Sequence
from colorsys import hsv_to_rgb
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate
from torch.utils.data import Dataset

from ..runs import RunError
from .image_files import find_images, read_image, read_size
from .scenes import DigitScenes

IGNORED = 255  # in masks: pixels that count for nothing
MODES = {"1", "L", "P", "I", "I;16"}  # of masks: a number for each pixel
Item = tuple[Tensor, Tensor]


class MaskedImages(Dataset[Item]):
    """Image files and the files of their masks, read when they are needed.

    Args:
        images: The images.
        masks: The mask of each; where there is none, all pixels are ignored.
        channels: 1 makes the images grey, 3 makes them RGB.
        image_size: Height and width that every image and mask is resized to.
        num_classes: K; the classes of a mask are 0, …, K - 1.
    """

    def __init__(
        self,
        images: Sequence[Path],
        masks: Sequence[Path | None],
        channels: int,
        image_size: int,
        num_classes: int,
    ) -> None:
        self.images, self.masks, self.num_classes = images, masks, num_classes
        self.channels, self.image_size = channels, image_size
        self.names = [str(path) for path in images]

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Item:
        path, mask = self.images[index], self.masks[index]
        size = (self.image_size, self.image_size)
        image = read_image(path, self.channels, self.image_size)
        if mask is None:
            return image, torch.full(size, IGNORED)
        classes = torch.from_numpy(read_mask(mask, path, self.num_classes))
        resized = interpolate(classes[None, None].float(), size, mode="nearest-exact")
        return image, resized[0, 0].long()

    @classmethod
    def from_files(cls, root: str, about: Mapping[str, Any]) -> "MaskedImages":
        """A file, or a folder's, for a model that knows its data by what is `about` them."""
        images = find_images(Path(root))
        sizes = (about[name] for name in ("channels", "image_size", "num_classes"))
        return MaskedImages(images, [None] * len(images), *sizes)


class MaskFolder(MaskedImages):
    """Images in a folder's `images`, and in its `masks` a PNG file of the same name for each.

    Args:
        root: The folder.
        channels: As those of `MaskedImages`.
        image_size: As that of `MaskedImages`.
        num_classes: K; None looks into all masks.
        classes: The names of 0, …, K - 1.
    """

    def __init__(
        self,
        root: str,
        channels: int,
        image_size: int,
        num_classes: int | None = None,
        classes: Sequence[str] | None = None,
    ) -> None:
        folder = Path(root, "images")
        images = find_images(folder)
        masks = [Path(root, "masks", i.relative_to(folder)).with_suffix(".png") for i in images]
        for image, mask in zip(images, masks, strict=True):
            if not mask.is_file():
                raise RunError(f"{image} has no mask {mask}; add it, or move the image away")
        count = num_classes or count_classes(images, masks)
        if classes and len(classes) != count:
            raise RunError(f"data.dataset.classes has {len(classes)} names for {count} classes")
        super().__init__(images, masks, channels, image_size, count)
        self.classes = list(classes or map(str, range(count)))


class Scenes(DigitScenes):
    """Scenes of digits: a pixel's class is 0 on paper, else the digit + 1."""

    num_classes = 11
    classes = ("paper", *map(str, range(10)))
    from_files = MaskedImages.from_files

    def __getitem__(self, index: int) -> Item:
        return self.images[index], self.masks[index]


def read_mask(path: Path, image: Path, num_classes: int = IGNORED) -> NDArray[np.int64]:
    """A mask's classes (H, W), which fit its image."""
    try:
        with Image.open(path) as file:
            mode, size, classes = file.mode, file.size, np.asarray(file)
    except (OSError, SyntaxError, ValueError) as error:
        raise RunError(f"{path} cannot be read ({error}); replace it") from error
    if mode not in MODES:
        raise RunError(f"{path} holds colours ({mode}); save a number for each pixel, its class")
    if size != (expected := read_size(image)):
        raise RunError(f"{path} has {size} pixels, but its image {expected}; make them alike")
    beyond = classes[(classes >= num_classes) & (classes != IGNORED)]
    if beyond.size:
        raise RunError(
            f"{path} has the class {beyond.max()}, but the last of {num_classes} is "
            f"{num_classes - 1}; correct it, or write more data.num_classes ({IGNORED}: ignored)"
        )
    return classes.astype(np.int64)


def count_classes(images: Sequence[Path], masks: Sequence[Path]) -> int:
    """The largest class of all masks, and one more."""
    largest = 0
    for image, path in zip(images, masks, strict=True):
        classes = read_mask(path, image)
        largest = max(largest, classes[classes != IGNORED].max(initial=0))
    if not largest:
        raise RunError(
            f"all masks of {masks[0].parent} hold one class, 0 (and perhaps {IGNORED}, which is "
            "ignored); write the other classes as 1, 2, …"
        )
    return int(largest) + 1


def save_mask(path: Path, classes: NDArray[np.uint8], image: Path) -> None:
    """Write classes (H, W) as a PNG file with a palette, in the size of their image's file."""
    picture = Image.fromarray(classes)
    picture.putpalette(PALETTE)
    if image.is_file():
        picture = picture.resize(read_size(image), Image.Resampling.NEAREST)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)


def _choose_colours() -> list[int]:
    """Red, green and blue of each class: the first is black, the ignored is white."""
    colours = [
        hsv_to_rgb(0.618 * n % 1, 0.9 - 0.4 * (n % 2), 1 - 0.3 * (n % 3 == 1))
        for n in range(IGNORED - 1)
    ]
    return [round(255 * part) for colour in [(0, 0, 0), *colours, (1, 1, 1)] for part in colour]


PALETTE = _choose_colours()
