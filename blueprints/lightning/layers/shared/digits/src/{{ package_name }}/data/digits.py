"""Digits: an item is an image (1, 8, 8) with values from 0 to 1, and its label."""

import torch
from sklearn.datasets import load_digits

from .images import Item, LabelledImages


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
