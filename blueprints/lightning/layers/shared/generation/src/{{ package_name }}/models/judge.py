"""A small classifier of the training images, in whose features samples are compared."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import batch_norm, cross_entropy
from torch.utils.data import DataLoader, Dataset, RandomSampler


class Judge(nn.Module):
    """Three convolutions, D features, and a linear classifier.

    Args:
        channels: C of the images.
        num_classes: K.
        width: Channels of the first convolution.
        features: D.
        steps: How long it is trained, in batches of 128 images.
    """

    is_trained: Tensor
    mean: Tensor
    variance: Tensor

    def __init__(
        self, channels: int, num_classes: int, width: int, features: int, steps: int
    ) -> None:
        super().__init__()
        self.steps = steps
        self.register_buffer("is_trained", torch.zeros(()))
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("variance", torch.ones(features))
        self.body = nn.Sequential(
            nn.Conv2d(channels, width, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(width, 2 * width, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(2 * width, 2 * width, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(2),
            nn.Flatten(),
            nn.Linear(8 * width, features),
        )
        self.classifier = nn.Sequential(nn.ReLU(), nn.Linear(features, num_classes))
        self.requires_grad_(False)

    def forward(self, images: Tensor) -> Tensor:
        """(B, C, H, W) with values from 0 to 1 → scores (B, K)."""
        return self.classifier(self._encode(images))

    def features(self, images: Tensor) -> Tensor:
        """(B, C, H, W) → (B, D), each with a standard deviation of 10 over the training images."""
        return 10 * self._encode(images)

    def _encode(self, images: Tensor) -> Tensor:
        """(B, C, H, W) → (B, D), in full precision."""
        with torch.autocast(images.device.type, enabled=False):
            found = self.body(images.float())
            # As a batch norm, so that each feature weighs alike; but whatever the module's mode is.
            return batch_norm(found, self.mean, self.variance, training=not self.is_trained)

    def fit(self, items: Dataset[Any]) -> None:
        """Learn the labels of items (image, label): the same for all seeds of a run."""
        device = next(self.parameters()).device
        with torch.enable_grad(), torch.random.fork_rng([device] if device.type == "cuda" else []):
            torch.manual_seed(0)
            for layer in self.modules():
                getattr(layer, "reset_parameters", list)()
            self.requires_grad_(True)
            optimizer = torch.optim.AdamW(self.parameters(), lr=3e-3)
            for images, labels in _draw(items, self.steps):
                optimizer.zero_grad()
                loss = cross_entropy(self(images.to(device)), labels.to(device))
                torch.autograd.backward(loss)
                optimizer.step()
        self.requires_grad_(False)
        self.is_trained.fill_(1)


def _draw(items: Dataset[Any], steps: int) -> Iterator[Any]:
    """Random batches, in an order of their own."""
    order = torch.Generator().manual_seed(0)
    chosen = RandomSampler(items, replacement=True, num_samples=128 * steps, generator=order)  # type: ignore[arg-type]
    yield from DataLoader(items, batch_size=128, sampler=chosen, generator=order)
