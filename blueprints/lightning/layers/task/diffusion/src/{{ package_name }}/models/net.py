"""Networks in plain PyTorch: they find the noise in images of given classes."""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention


class UNet(nn.Module):
    """Residual blocks at each size, down and up again; what was seen on the way down is added up.

    Args:
        channels: C.
        image_size: H and W.
        num_classes: K; the label K stands for any class.
        width: Channels at full size; they double with each halving, up to four times.
        dropout: Share of the features that are dropped in each block.
    """

    def __init__(
        self, channels: int, image_size: int, num_classes: int, width: int, dropout: float
    ) -> None:
        super().__init__()
        self.num_classes = num_classes
        widths = list_widths(image_size, width)
        size = 4 * width
        self.condition = Condition(num_classes, size)
        self.first = nn.Conv2d(channels, width, kernel_size=3, padding=1)
        self.down = nn.ModuleList()
        self.shrink = nn.ModuleList()
        self.grow = nn.ModuleList()
        self.up = nn.ModuleList()
        for inputs, outputs in pairwise(widths):
            self.down.append(Block(inputs, inputs, size, dropout))
            self.shrink.append(nn.Conv2d(inputs, outputs, kernel_size=3, stride=2, padding=1))
        self.middle = nn.ModuleList(
            [Block(widths[-1], widths[-1], size, dropout) for _ in range(2)]
        )
        for outputs, inputs in reversed(list(pairwise(widths))):
            self.grow.append(nn.ConvTranspose2d(inputs, outputs, kernel_size=2, stride=2))
            self.up.append(Block(2 * outputs, outputs, size, dropout))
        self.last = nn.Sequential(_norm(width), nn.SiLU(), _zero(nn.Conv2d(width, channels, 1)))

    def forward(self, images: Tensor, times: Tensor, labels: Tensor) -> Tensor:
        """Noisy images (B, C, H, W), times (B,) from 0 to 1, labels (B,) → noise (B, C, H, W)."""
        given = self.condition(times, labels)
        features = self.first(images)
        seen = []
        for block, shrink in zip(self.down, self.shrink, strict=True):
            seen.append(block(features, given))
            features = shrink(seen[-1])
        for block in self.middle:
            features = block(features, given)
        for grow, block in zip(self.grow, self.up, strict=True):
            features = block(torch.cat([grow(features), seen.pop()], dim=1), given)
        return self.last(features)


class Dit(nn.Module):
    """A transformer over patches, whose norms know time and class, as in DiT.

    Args:
        channels: C.
        image_size: H and W.
        num_classes: K; the label K stands for any class.
        width: Features of a patch; a multiple of the heads.
        dropout: Share of the features that are dropped after each part of a block.
        patch: Height and width of a patch.
        layers: Blocks.
        heads: Of the attention.
    """

    def __init__(
        self,
        channels: int,
        image_size: int,
        num_classes: int,
        width: int,
        dropout: float,
        patch: int,
        layers: int,
        heads: int,
    ) -> None:
        super().__init__()
        self.num_classes, self.side = num_classes, image_size // patch
        self.condition = Condition(num_classes, width)
        self.first = nn.Conv2d(channels, width, kernel_size=patch, stride=patch)
        self.places = nn.Parameter(0.02 * torch.randn(self.side**2, width))
        self.blocks = nn.ModuleList([Attention(width, heads, dropout) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)
        self.last = _zero(nn.ConvTranspose2d(width, channels, kernel_size=patch, stride=patch))

    def forward(self, images: Tensor, times: Tensor, labels: Tensor) -> Tensor:
        """Noisy images (B, C, H, W), times (B,) from 0 to 1, labels (B,) → noise (B, C, H, W)."""
        given = self.condition(times, labels)
        patches = self.first(images).flatten(2).transpose(1, 2) + self.places
        for block in self.blocks:
            patches = block(patches, given)
        planes = self.norm(patches).transpose(1, 2).unflatten(2, (self.side, self.side))
        return self.last(planes)


class Condition(nn.Module):
    """Time and class as one vector.

    Args:
        num_classes: K, and one more that stands for any class.
        size: D.
    """

    def __init__(self, num_classes: int, size: int) -> None:
        super().__init__()
        self.classes = nn.Embedding(num_classes + 1, size)
        self.layers = nn.Sequential(nn.Linear(64, size), nn.SiLU(), nn.Linear(size, size))
        self.frequencies: Tensor
        self.register_buffer("frequencies", torch.logspace(0, 3, 32, base=math.e), persistent=False)

    def forward(self, times: Tensor, labels: Tensor) -> Tensor:
        """(B,), (B,) → (B, D)."""
        angles = math.pi * times.unsqueeze(1) * self.frequencies
        waves = torch.cat([angles.sin(), angles.cos()], dim=1)
        return nn.functional.silu(self.layers(waves) + self.classes(labels))


class Block(nn.Module):
    """Two convolutions, scaled and shifted by time and class in between, added to the input.

    Args:
        inputs: Channels.
        outputs: Channels.
        size: D of the condition.
        dropout: Share of the features that are dropped.
    """

    def __init__(self, inputs: int, outputs: int, size: int, dropout: float) -> None:
        super().__init__()
        self.skip = nn.Conv2d(inputs, outputs, kernel_size=1)
        self.first = nn.Sequential(
            _norm(inputs), nn.SiLU(), nn.Conv2d(inputs, outputs, kernel_size=3, padding=1)
        )
        self.change = nn.Linear(size, 2 * outputs)
        self.norm = _norm(outputs)
        self.second = nn.Sequential(
            nn.SiLU(),
            nn.Dropout(dropout),
            nn.Conv2d(outputs, outputs, kernel_size=3, padding=1),
        )

    def forward(self, images: Tensor, given: Tensor) -> Tensor:
        """(B, inputs, H, W), (B, D) → (B, outputs, H, W)."""
        scale, shift = self.change(given)[:, :, None, None].chunk(2, dim=1)
        features = self.norm(self.first(images)) * (1 + scale) + shift
        return self.skip(images) + self.second(features)


class Attention(nn.Module):
    """Attention between patches, then two layers for each; time and class scale and shift both.

    Args:
        width: D, of patches and condition.
        heads: D is a multiple of them.
        dropout: Share of the features that are dropped.
    """

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.change = _zero(nn.Linear(width, 6 * width))
        self.norms = nn.ModuleList(
            [nn.LayerNorm(width, elementwise_affine=False) for _ in range(2)]
        )
        self.ask = nn.Linear(width, 3 * width)
        self.answer = nn.Sequential(nn.Linear(width, width), nn.Dropout(dropout))
        self.think = nn.Sequential(
            nn.Linear(width, 4 * width),
            nn.GELU(),
            nn.Linear(4 * width, width),
            nn.Dropout(dropout),
        )

    def forward(self, patches: Tensor, given: Tensor) -> Tensor:
        """(B, P, D), (B, D) → (B, P, D)."""
        changes = self.change(given).unsqueeze(1).chunk(6, dim=2)
        features = self.norms[0](patches) * (1 + changes[0]) + changes[1]
        parts = self.ask(features).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        mixed = scaled_dot_product_attention(*parts).transpose(1, 2).flatten(2)
        patches = patches + changes[2] * self.answer(mixed)
        features = self.norms[1](patches) * (1 + changes[3]) + changes[4]
        return patches + changes[5] * self.think(features)


def list_widths(image_size: int, width: int) -> list[int]:
    """Channels at full size, and after each of at most three halvings, to four pixels or more."""
    halvings = 0
    while halvings < 3 and image_size % 2 ** (halvings + 1) == 0 and image_size >> halvings > 4:
        halvings += 1
    return [width * min(4, 2**k) for k in range(halvings + 1)]


def _norm(channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(math.gcd(8, channels), channels)


def _zero(layer: nn.Module) -> nn.Module:
    """Begin with nothing, so that blocks begin as they are and the noise as zero."""
    for weight in layer.parameters():
        nn.init.zeros_(weight)
    return layer
