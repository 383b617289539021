"""Networks in plain PyTorch: images (B, C, H, W) → scores of each pixel (B, K, H, W)."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, max_pool2d


class UNet(nn.Module):
    """Halve the image some times and double the width; then back, beside what was seen on the way.

    Args:
        channels: C of the images.
        num_classes: K.
        width: Channels at full size.
        depth: How often the image is halved.
        dropout: Share of the channels that are dropped where the image is smallest.
    """

    def __init__(
        self, channels: int, num_classes: int, width: int, depth: int, dropout: float
    ) -> None:
        super().__init__()
        widths = [width * 2**level for level in range(depth + 1)]
        self.first = _block(channels, width)
        self.down = nn.ModuleList(_block(*pair) for pair in pairwise(widths))
        back = pairwise(reversed(widths))
        self.up = nn.ModuleList(_convolution(two + one, one) for two, one in back)
        self.dropout = nn.Dropout2d(dropout)
        self.classifier = nn.Conv2d(width, num_classes, kernel_size=3, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        """(B, C, H, W) → (B, K, H, W), for any H and W of at least 2^depth."""
        seen = [self.first(images)]
        for block in self.down:
            seen.append(block(max_pool2d(seen[-1], 2)))
        features = self.dropout(seen.pop())
        for block in self.up:
            beside = seen.pop()
            larger = interpolate(features, size=beside.shape[-2:])
            features = block(torch.cat([larger, beside], dim=1))
        return self.classifier(features)


class Dilated(nn.Module):
    """Convolutions at full size, each beside its input, which look farther from one to the next.

    Args:
        channels: C of the images.
        num_classes: K.
        width: Channels of each layer.
        depth: How many; the last but one looks 2^(depth - 2) pixels far.
        dropout: Share of the channels that are dropped before the scores.
    """

    def __init__(
        self, channels: int, num_classes: int, width: int, depth: int, dropout: float
    ) -> None:
        super().__init__()
        self.first = _convolution(channels, width)
        self.layers = nn.ModuleList(
            _convolution(width, width, dilation=2**level) for level in [*range(depth - 1), 0]
        )
        self.dropout = nn.Dropout2d(dropout)
        self.classifier = nn.Conv2d(width, num_classes, kernel_size=3, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        """(B, C, H, W) → (B, K, H, W)."""
        features = self.first(images)
        for layer in self.layers:
            features = features + layer(features)
        return self.classifier(self.dropout(features))


def _block(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(_convolution(inputs, outputs), _convolution(outputs, outputs))


def _convolution(inputs: int, outputs: int, dilation: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=dilation, dilation=dilation, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )
