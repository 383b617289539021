"""Datasets: an item is an image (C, H, W) with values from 0 to 1, and its label."""

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps
from sklearn.datasets import load_digits
from torch import Tensor
from torch.utils.data import Dataset

from ..runs import RunError
from .datamodule import Parts, stratify

SUFFIXES = {".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
PARTS = {"train", "training", "val", "valid", "validation", "dev", "test", "testing"}
WHITE = {"F": 1, "I": 65535, "I;16": 65535, "I;16B": 65535}  # of other modes: 255, in each channel
Item = tuple[Tensor, int]


class LabelledDataset(Dataset[Item]):
    """Items that have a label each, and the classes' names, by label."""

    labels: list[int]
    classes: list[str]

    @property
    def num_classes(self) -> int:
        return len(self.classes)

    @classmethod
    def from_files(cls, root: str, about: Mapping[str, Any]) -> "Images":
        """The images of a folder, or one, as a model takes them that knows this `about` its data.

        Their labels are -1, unless their folder has the name of a class.
        """
        labels = {name: label for label, name in enumerate(about["classes"])}
        paths = find_images(Path(root))
        found = [(path, labels.get(path.parent.name, -1)) for path in paths]
        return Images(found, about["classes"], about["channels"], about["image_size"])


class Digits(LabelledDataset):
    """The 1,797 scans (1, 8, 8) of handwritten digits that come with scikit-learn."""

    channels, image_size = 1, 8

    def __init__(self) -> None:
        images, labels = load_digits(return_X_y=True)
        self.images = torch.tensor(images / 16, dtype=torch.float32).view(-1, 1, 8, 8)
        self.labels = labels.tolist()
        self.classes = [str(digit) for digit in range(10)]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> Item:
        return self.images[index], self.labels[index]


class Images(LabelledDataset):
    """Image files, read when they are needed.

    Args:
        files: Each file and its label.
        classes: The labels' names.
        channels: 1 makes the images grey, 3 makes them RGB.
        image_size: Height and width that every image is resized to.
    """

    def __init__(
        self, files: Sequence[tuple[Path, int]], classes: list[str], channels: int, image_size: int
    ) -> None:
        self.paths, self.labels = [path for path, _ in files], [label for _, label in files]
        self.names = [str(path) for path in self.paths]
        self.classes, self.channels, self.image_size = classes, channels, image_size

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> Item:
        image = read_image(self.paths[index], self.channels, self.image_size)
        return image, self.labels[index]


class ImageFolder(Images):
    """Image files in one folder per class; the folders' sorted names give the labels 0, 1, …."""

    def __init__(self, root: str, channels: int, image_size: int) -> None:
        classes = list_folders(Path(root))
        if "train" in classes and PARTS.issuperset(classes):
            parts = ", ".join(classes)
            raise RunError(f"{root} holds {parts}, and not classes; write data=folder_splits")
        super().__init__(find_labelled(Path(root), classes), classes, channels, image_size)


class FolderSplits(Images):
    """Image files in a folder for each part, as `train/cat/1.png`.

    Args:
        root: Holds the parts' folders. A part without one is taken out of the training items.
        channels, image_size: As those of `Images`.
        parts: The names of the folders for training, validation and test.
    """

    def __init__(self, root: str, channels: int, image_size: int, parts: Sequence[str]) -> None:
        folders = [Path(root, part) for part in parts]
        classes = list_folders(folders[0])
        found = [find_labelled(f, classes) if f.is_dir() else [] for f in folders]
        super().__init__(list(chain(*found)), classes, channels, image_size)
        train, val, _ = (len(files) for files in found)
        every = list(range(len(self)))
        self.parts = Parts(every[:train], every[train : train + val], every[train + val :])

    def split(self, shares: tuple[float, float], seed: int) -> Parts:
        open_shares = (0 if self.parts.val else shares[0], 0 if self.parts.test else shares[1])
        train, val, test = stratify(self.labels[: len(self.parts.train)], open_shares, seed)
        return Parts(train, self.parts.val or val, self.parts.test or test)


def list_folders(root: Path) -> list[str]:
    if not root.is_dir():
        raise RunError(f"there is no folder {root.absolute()}; write data.dataset.root=FOLDER")
    return sorted(p.name for p in root.iterdir() if p.is_dir() and not p.name.startswith("."))


def find_labelled(root: Path, classes: Sequence[str]) -> list[tuple[Path, int]]:
    """The image files of each class's folder, with its label."""
    if more := set(list_folders(root)) - set(classes):
        raise RunError(f"{root} holds {', '.join(sorted(more))}, which the training items lack")
    found = [(root / name, label) for label, name in enumerate(classes) if (root / name).is_dir()]
    return [(path, label) for folder, label in found for path in find_images(folder)]


def find_images(root: Path) -> list[Path]:
    """The image files below a folder, sorted, at least one; names with a dot first are left out."""
    if not root.exists():
        raise RunError(f"there is no file or folder {root.absolute()}")
    paths = sorted(path for path in root.rglob("*") if path.suffix.lower() in SUFFIXES)
    hidden = [any(part.startswith(".") for part in p.relative_to(root).parts) for p in paths]
    paths = [path for path, hide in zip(paths, hidden, strict=True) if not hide]
    if root.is_file():
        return [root]
    if not paths:
        raise RunError(f"no image files ({', '.join(sorted(SUFFIXES))}) below {root.absolute()}")
    return paths


def read_image(path: Path, channels: int, image_size: int) -> Tensor:
    """An image file → (C, H, W) with values from 0 to 1, whatever its depth; upright."""
    try:
        with Image.open(path) as file:
            image = ImageOps.exif_transpose(file)
    except (OSError, SyntaxError, ValueError) as error:
        raise RunError(f"{path} cannot be read ({error}); replace it, or move it away") from error
    white = WHITE.get(image.mode)
    if white is None:
        pixels = image.convert("L" if channels == 1 else "RGB")
    else:  # `convert` would clip it
        values = np.asarray(image, dtype=np.float32) / white
        if not 0 <= values.min() <= values.max() <= 1:
            raise RunError(f"{path} has values beyond 0 to {white}; scale them, and save it again")
        pixels = Image.fromarray(values * 255)
    values = np.array(pixels.resize((image_size, image_size)), dtype=np.float32) / 255
    planes = torch.from_numpy(values).view(image_size, image_size, -1).permute(2, 0, 1)
    return planes.clamp(0, 1).expand(channels, -1, -1)
