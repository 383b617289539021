"""Datasets: an item is an image (C, H, W) with values from 0 to 1, and its label."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from sklearn.datasets import load_digits
from torch import Tensor
from torch.utils.data import Dataset

SUFFIXES = {".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}


Item = tuple[Tensor, int]


class LabelledDataset(Dataset[Item]):
    """What can be split by class: a dataset that knows its `labels`, one per item."""

    labels: list[int]


class Digits(LabelledDataset):
    """The 1,797 scans (1, 8, 8) of handwritten digits that come with scikit-learn."""

    def __init__(self) -> None:
        images, labels = load_digits(return_X_y=True)
        self.images = torch.tensor(images / 16, dtype=torch.float32).view(-1, 1, 8, 8)
        self.labels = labels.tolist()

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> Item:
        return self.images[index], self.labels[index]


class ImageFolder(LabelledDataset):
    """Image files in one folder per class, read when they are needed.

    Args:
        root: Holds the folders of the classes; their sorted names give the labels 0, 1, ….
        channels: 1 makes the images grey, 3 makes them RGB.
        image_size: Height and width that every image is resized to.
    """

    def __init__(self, root: str, channels: int, image_size: int) -> None:
        self.classes = sorted(path.name for path in Path(root).iterdir() if path.is_dir())
        self.paths = [path for name in self.classes for path in find_images(Path(root) / name)]
        self.labels = [self.classes.index(path.relative_to(root).parts[0]) for path in self.paths]
        self.channels, self.image_size = channels, image_size

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> Item:
        image = read_image(self.paths[index], self.channels, self.image_size)
        return image, self.labels[index]


class UnlabelledImages(Dataset[Item]):
    """All image files below a folder, without labels: an item's second value is its index."""

    def __init__(self, root: str, channels: int, image_size: int) -> None:
        self.paths = find_images(Path(root))
        self.channels, self.image_size = channels, image_size

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> Item:
        return read_image(self.paths[index], self.channels, self.image_size), index


def find_images(root: Path) -> list[Path]:
    """All image files below a folder, sorted; at least one."""
    paths = sorted(path for path in root.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise FileNotFoundError(f"no image files ({', '.join(sorted(SUFFIXES))}) below {root}")
    return paths


def read_image(path: Path, channels: int, image_size: int) -> Tensor:
    """An image file → (C, H, W) with values from 0 to 1."""
    with Image.open(path) as file:
        image = file.convert("L" if channels == 1 else "RGB").resize((image_size, image_size))
    pixels = torch.from_numpy(np.array(image, dtype=np.float32) / 255)
    return pixels.view(image_size, image_size, channels).permute(2, 0, 1)
