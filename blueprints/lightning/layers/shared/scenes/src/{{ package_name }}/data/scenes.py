"""Scenes: real scans of handwritten digits in made-up layouts, the same for the same seed."""

from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_digits
from torch import Tensor
from torch.utils.data import Dataset

from .datamodule import Parts

GROUPS = 20  # of scans; those of a scene are all of one group
SIDES = (10, 17)  # pixels of a digit's width and height: from, and less than
INK = 0.3  # a pixel with more belongs to the digit
TRIES = 20  # to find a free place for a digit
Array = NDArray[Any]
Scan = tuple[Image.Image, int]  # with its digit


class DigitScenes(Dataset[Any]):
    """Grey images (1, S, S), and what is where in them.

    Args:
        count: How many scenes.
        image_size: S; at least 16.
        digits: The most digits of a scene.
        seed: Decides which digits are where.
    """

    channels = 1

    def __init__(self, count: int, image_size: int, digits: int, seed: int = 0) -> None:
        self.image_size = image_size
        self.images, self.masks, self.boxes = make_scenes(count, image_size, digits, seed)

    def __len__(self) -> int:
        return len(self.images)

    def split(self, shares: tuple[float, float], seed: int) -> Parts:
        """Whole groups to each part: no scan is in scenes of two of them."""
        order = torch.randperm(GROUPS, generator=torch.Generator().manual_seed(seed)).tolist()
        groups = iter([range(group, len(self), GROUPS) for group in order])
        parts = []
        for size in (round(share * len(self)) for share in shares):
            taken: list[int] = []
            while len(taken) < size and (group := next(groups, None)) is not None:
                taken += group
            parts.append(sorted(taken[:size]))
        return Parts(sorted(index for group in groups for index in group), *parts)


@cache
def make_scenes(
    count: int, size: int, digits: int, seed: int
) -> tuple[Tensor, Tensor, list[Tensor]]:
    """Images (count, 1, S, S), masks (count, S, S) of 0 or the digit + 1, and boxes.

    The boxes of a scene are (N, 5): left, top, right, bottom, and the digit.
    """
    random = np.random.default_rng(seed)
    groups = group_scans(seed)
    ink = np.zeros((count, size, size), dtype=np.float32)
    masks = np.zeros(ink.shape, dtype=np.int64)
    boxes = []
    for n, number in enumerate(random.integers(1, digits + 1, size=count)):
        scans = groups[n % GROUPS]
        drawn = (
            _draw(scans[choice], ink[n], masks[n], random)
            for choice in random.integers(len(scans), size=number).tolist()
        )
        boxes.append(torch.tensor([box for box in drawn if box]))
    paper, strength = random.uniform((0, 0.5), (0.3, 0.7), (count, 2)).T[..., None, None]
    images = paper + strength * ink + 0.04 * random.standard_normal(ink.shape)
    tensor = torch.from_numpy(images.clip(0, 1).astype(np.float32))
    return tensor.unsqueeze(1), torch.from_numpy(masks), boxes


def group_scans(seed: int) -> list[list[Scan]]:
    """All of scikit-learn's scans, in groups that hold each digit alike."""
    scans, labels = load_digits(return_X_y=True)
    pixels = (scans * (255 / 16)).astype(np.uint8).reshape(-1, 8, 8)
    order = np.random.default_rng(seed).permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    return [
        [(Image.fromarray(pixels[n]), int(labels[n])) for n in order[first::GROUPS]]
        for first in range(GROUPS)
    ]


def _draw(scan: Scan, ink: Array, mask: Array, random: np.random.Generator) -> tuple[float, ...]:
    """Draw a digit where a scene (S, S) is free, if it is, and give its box (5,)."""
    image, digit = scan
    width, height = random.integers(*SIDES, size=2).tolist()
    drawn = np.asarray(image.resize((width, height)), dtype=np.float32) / 255
    ends = np.subtract(ink.shape, (height, width)) + 1
    for top, left in random.integers(ends, size=(TRIES, 2)).tolist():
        place = slice(top, top + height), slice(left, left + width)
        if not ink[place].any():
            ink[place] = drawn
            mask[place][drawn > INK] = digit + 1
            rows, columns = (np.flatnonzero((drawn > INK).any(axis)).tolist() for axis in (1, 0))
            corners = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
            return *map(float, np.add(corners, (left, top, left, top))), float(digit)
    return ()
