"""Networks in plain PyTorch: one makes images, the other tells them from real ones."""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn


class Pair(nn.Module):
    """A generator and its discriminator.

    Args:
        generator: Noise (B, Z) and labels (B,) → images (B, C, H, W) with values from -1 to 1.
        discriminator: Images and labels → scores (B,), the higher the more real.
        latent: Z.
    """

    def __init__(self, generator: nn.Module, discriminator: nn.Module, latent: int) -> None:
        super().__init__()
        self.generator, self.discriminator, self.latent = generator, discriminator, latent

    def forward(self, noise: Tensor, labels: Tensor) -> Tensor:
        """(B, Z), (B,) → (B, C, H, W)."""
        return self.generator(noise, labels)


class Dcgan(Pair):
    """Strided convolutions, as in DCGAN, for images of given classes.

    Its batch norms are group norms here, so that no image depends on the others of its batch; the
    discriminator has none, as its gradients are bounded by a penalty.

    Args:
        channels: C.
        image_size: H and W.
        num_classes: K.
        width: Channels at full size; they double with each halving, up to eight times.
        latent: Z.
    """

    def __init__(
        self, channels: int, image_size: int, num_classes: int, width: int, latent: int
    ) -> None:
        widths = list_widths(image_size, width)
        size = image_size >> len(widths) - 1
        steps = list(pairwise(widths))
        grow = [step for a, b in reversed(steps) for step in _grow(b, a)]
        shrink = [step for a, b in steps for step in _shrink(a, b)]
        super().__init__(
            Generator(grow, channels, size, num_classes, widths, latent),
            Discriminator(shrink, channels, size, num_classes, widths),
            latent,
        )


class ResNet(Pair):
    """Residual blocks instead of strided convolutions: better for larger images, and slower.

    Args:
        channels: C.
        image_size: H and W.
        num_classes: K.
        width: Channels at full size; they double with each halving, up to eight times.
        latent: Z.
    """

    def __init__(
        self, channels: int, image_size: int, num_classes: int, width: int, latent: int
    ) -> None:
        widths = list_widths(image_size, width)
        size = image_size >> len(widths) - 1
        steps = list(pairwise(widths))
        super().__init__(
            Generator(
                [Up(b, a) for a, b in reversed(steps)], channels, size, num_classes, widths, latent
            ),
            Discriminator([Down(a, b) for a, b in steps], channels, size, num_classes, widths),
            latent,
        )


class Generator(nn.Module):
    """Noise and a label give a small image of many channels, which layers make larger.

    Args:
        layers: From the last of the widths to the first.
        channels: C.
        size: Height and width that it begins with.
        num_classes: K.
        widths: Channels at full size, and after each halving.
        latent: Z.
    """

    def __init__(
        self,
        layers: list[nn.Module],
        channels: int,
        size: int,
        num_classes: int,
        widths: list[int],
        latent: int,
    ) -> None:
        super().__init__()
        self.size = size
        self.classes = nn.Embedding(num_classes, latent)
        self.first = nn.Linear(2 * latent, widths[-1] * size**2)
        self.layers = nn.Sequential(
            *layers,
            _norm(widths[0]),
            nn.ReLU(),
            nn.Conv2d(widths[0], channels, kernel_size=3, padding=1),
            nn.Tanh(),
        )

    def forward(self, noise: Tensor, labels: Tensor) -> Tensor:
        """(B, Z), (B,) → (B, C, H, W)."""
        start = self.first(torch.cat([noise, self.classes(labels)], dim=1))
        return self.layers(start.unflatten(1, (-1, self.size, self.size)))


class Discriminator(nn.Module):
    """Is an image real, and one of its class? The latter is a product with the class's vector.

    Args:
        layers: From the first of the widths to the last.
        channels: C.
        size: Height and width that it ends with.
        num_classes: K.
        widths: Channels at full size, and after each halving.
    """

    def __init__(
        self, layers: list[nn.Module], channels: int, size: int, num_classes: int, widths: list[int]
    ) -> None:
        super().__init__()
        first = nn.Conv2d(channels, widths[0], kernel_size=3, padding=1)
        self.layers = nn.Sequential(first, *layers, nn.LeakyReLU(0.2), nn.Flatten())
        features = widths[-1] * size**2
        self.real = nn.Linear(features, 1)
        self.classes = nn.Embedding(num_classes, features)

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        """(B, C, H, W), (B,) → (B,)."""
        features = self.layers(images)
        return self.real(features)[:, 0] + (features * self.classes(labels)).sum(1)


class Up(nn.Module):
    """Two convolutions on an image of twice the size, added to that image."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.skip = nn.Conv2d(inputs, outputs, kernel_size=1)
        self.layers = nn.Sequential(
            _norm(inputs),
            nn.ReLU(),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(inputs, outputs, kernel_size=3, padding=1),
            _norm(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, kernel_size=3, padding=1),
        )
        self.enlarge = nn.Upsample(scale_factor=2)

    def forward(self, images: Tensor) -> Tensor:
        """(B, inputs, H, W) → (B, outputs, 2H, 2W)."""
        return self.enlarge(self.skip(images)) + self.layers(images)


class Down(nn.Module):
    """Two convolutions, added to the image, and then every two by two pixels' mean."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.skip = nn.Conv2d(inputs, outputs, kernel_size=1)
        self.layers = nn.Sequential(
            nn.LeakyReLU(0.2),
            nn.Conv2d(inputs, outputs, kernel_size=3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(outputs, outputs, kernel_size=3, padding=1),
        )
        self.shrink = nn.AvgPool2d(2)

    def forward(self, images: Tensor) -> Tensor:
        """(B, inputs, H, W) → (B, outputs, H / 2, W / 2)."""
        return self.shrink(self.skip(images) + self.layers(images))


def list_widths(image_size: int, width: int) -> list[int]:
    """Channels at full size, and after each of at most four halvings, to two pixels or more."""
    halvings = 0
    while halvings < 4 and image_size % 2 ** (halvings + 1) == 0 and image_size >> halvings > 2:
        halvings += 1
    return [width * min(8, 2**k) for k in range(halvings + 1)]


def _grow(inputs: int, outputs: int) -> list[nn.Module]:
    larger = nn.ConvTranspose2d(inputs, outputs, kernel_size=4, stride=2, padding=1)
    return [_norm(inputs), nn.ReLU(), larger]


def _shrink(inputs: int, outputs: int) -> list[nn.Module]:
    return [nn.LeakyReLU(0.2), nn.Conv2d(inputs, outputs, kernel_size=4, stride=2, padding=1)]


def _norm(channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(math.gcd(8, channels), channels)
