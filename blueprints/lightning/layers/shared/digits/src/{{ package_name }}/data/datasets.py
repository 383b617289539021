"""Datasets: an item is an image (C, H, W) with values from 0 to 1, and its label."""

import torch
from sklearn.datasets import load_digits

from .images import ImageFolder, Item, LabelledImages, find_images, read_image

# What stood here before, for the configs of earlier runs and datasets that were written then.
__all__ = ["Digits", "ImageFolder", "Item", "LabelledDataset", "find_images", "read_image"]
LabelledDataset = LabelledImages


class Digits(LabelledImages):
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
