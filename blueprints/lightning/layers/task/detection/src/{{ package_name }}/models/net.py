"""Networks in plain PyTorch: images (B, C, H, W) → at each of L places, class scores and a box."""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

FIRST_STRIDE = 4  # pixels between two places of the first level; doubled from one to the next
PRIOR = 0.01  # how likely an object is at any place, before training


class Fcos(nn.Module):
    """Features at several strides, the coarser added to the finer, and one head for all of them.

    Args:
        channels: C of the images.
        num_classes: K.
        width: Channels of the stem; the head has twice as many.
        depth: Residual blocks of each stage.
        levels: How many strides have places: 4, 8, …
    """

    def __init__(
        self, channels: int, num_classes: int, width: int, depth: int, levels: int
    ) -> None:
        super().__init__()
        self.levels = levels
        widths = [width, *(min(2**level, 4) * width for level in range(1, levels + 1))]
        self.stem = _convolution(channels, width, stride=2)
        self.stages = nn.ModuleList(
            nn.Sequential(_convolution(one, two, stride=2), *(Residual(two) for _ in range(depth)))
            for one, two in pairwise(widths)
        )
        self.beside = nn.ModuleList(nn.Conv2d(each, 2 * width, 1) for each in widths[1:])
        self.head = nn.Sequential(_head_layer(2 * width), _head_layer(2 * width))
        self.classes = nn.Conv2d(2 * width, num_classes, 3, padding=1)
        self.sides = nn.Conv2d(2 * width, 4, 3, padding=1)
        nn.init.constant_(self.classes.get_parameter("bias"), -math.log((1 - PRIOR) / PRIOR))

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """(B, C, H, W) → scores (B, L, K), and boxes (B, L, 4): left, top, right, bottom."""
        features, seen = self.stem(images), []
        for stage, beside in zip(self.stages, self.beside, strict=True):
            features = stage(features)
            seen.append(beside(features))
        scores: list[Tensor] = []
        sides: list[Tensor] = []
        above = seen[-1] * 0
        for level in reversed(seen):
            above = level + interpolate(above, size=level.shape[-2:])
            for found, part in zip((scores, sides), self.read(above), strict=True):
                found.append(part.flatten(2))
        places, strides = make_places(list(images.shape[-2:]), self.levels, images.device)
        away = strides * torch.cat(sides[::-1], dim=-1).mT.clamp(max=6).exp()  # (B, L, 4)
        boxes = torch.cat([places - away[..., :2], places + away[..., 2:]], dim=-1)
        return torch.cat(scores[::-1], dim=-1).mT, boxes

    def read(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 2 width, H, W) → class scores (B, K, H, W) and how far the sides are (B, 4, H, W)."""
        features = self.head(features)
        return self.classes(features), self.sides(features)


class TwoHeads(Fcos):
    """The same with a head of its own for the boxes."""

    def __init__(
        self, channels: int, num_classes: int, width: int, depth: int, levels: int
    ) -> None:
        super().__init__(channels, num_classes, width, depth, levels)
        self.box_head = nn.Sequential(_head_layer(2 * width), _head_layer(2 * width))

    def read(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """As that of `Fcos`."""
        return self.classes(self.head(features)), self.sides(self.box_head(features))


class Residual(nn.Module):
    """Two convolutions beside their input."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(_convolution(width, width), _convolution(width, width))

    def forward(self, features: Tensor) -> Tensor:
        """(B, width, H, W) → (B, width, H, W)."""
        return features + self.layers(features)


def make_places(
    size: list[int], levels: int, device: torch.device | None = None
) -> tuple[Tensor, Tensor]:
    """H and W of images → where the places are (L, 2), as x and y; and their strides (L, 1)."""
    places, strides = [], []
    for level in range(levels):
        stride = FIRST_STRIDE * 2**level
        ys, xs = (torch.arange(-(-side // stride), device=device) for side in size)
        grid = torch.stack(torch.meshgrid(xs, ys, indexing="xy"), dim=-1).view(-1, 2)
        places.append((grid + 0.5) * stride)
        strides.append(torch.full((len(grid), 1), float(stride), device=device))
    return torch.cat(places), torch.cat(strides)


def _convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )


def _head_layer(width: int) -> nn.Sequential:
    """Of each item alone: the levels have statistics of their own."""
    convolution = nn.Conv2d(width, width, 3, padding=1, bias=False)
    return nn.Sequential(convolution, nn.GroupNorm(4, width), nn.ReLU())
