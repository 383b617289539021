"""How a network learns to find the noise in images, and makes images of noise by that."""

import math
from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss
from torch.optim import Optimizer
from torchmetrics import MeanMetric

from .generative import Generative

LEVELS = 1000  # of noise, from almost none to nothing else
DRAWS = 4  # noisy images of each item that is scored


class Diffusion(Generative):
    """The mean squared error of the noise that is found in images, as in DDPM; samples by DDIM.

    Args:
        net: Noisy images (B, C, H, W), times (B,) and labels (B,) → their noise (B, C, H, W).
        optimizer: Makes the optimizer from groups of parameters.
        shape: C, H and W.
        unlabelled: Share of the training images whose class is hidden, for samples with guidance.
        guidance: How far samples go beyond those of any class; 1 is not at all.
        steps: How many it takes to make a sample.
        options: As in `Generative`; `augment` changes the training images.
    """

    def __init__(
        self,
        net: nn.Module,
        optimizer: Callable[[Any], Optimizer],
        shape: tuple[int, int, int],
        unlabelled: float,
        guidance: float,
        steps: int,
        **options: Any,
    ) -> None:
        super().__init__(net, net, shape, optimizer, **options)
        self.unlabelled, self.guidance, self.steps = unlabelled, guidance, steps
        self.signal: Tensor
        self.register_buffer("signal", cosine_schedule(LEVELS), persistent=False)

    def training_step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        images, labels = batch
        if self.augment:
            images = self.augment(images)
        is_hidden = torch.rand(len(labels), device=self.device) < self.unlabelled
        levels = torch.randint(LEVELS, (len(labels),), device=self.device)
        given = labels.masked_fill(is_hidden, self.num_classes)
        loss = self._measure(images, given, levels, torch.randn_like(images))
        self.add_to_means(len(labels), loss=loss)
        return loss

    def optimizer_step(self, *arguments: Any, **options: Any) -> None:
        super().optimizer_step(*arguments, **options)
        self.average.update_parameters(self.net)

    def score(self, batch: tuple[Tensor, Tensor], stage: str) -> None:
        """The loss with the noise that belongs to each image; of a test, samples as well."""
        images, labels = batch
        levels, noise = draw_for(images)
        repeated = images.repeat_interleave(DRAWS, 0), labels.repeat_interleave(DRAWS, 0)
        loss = self._measure(*repeated, levels, noise, self.average)
        mean = cast(MeanMetric, self.losses[stage])
        mean.update(loss, len(images))
        self.log(f"{stage}/loss", mean, batch_size=len(images), prog_bar=True)
        if stage == "test":
            self.score_samples(images, stage)

    def sample(self, noise: Tensor, labels: Tensor) -> Tensor:
        """(B, C, H, W), (B,) → (B, C, H, W) with values from 0 to 1, by DDIM."""
        images, every = noise, torch.full_like(labels, self.num_classes)
        levels = torch.linspace(LEVELS - 1, 0, self.steps, device=noise.device).long()
        for level, following in zip(levels, [*levels[1:], None], strict=True):
            times = (level / LEVELS).expand(2 * len(labels))
            both = self.average(images.repeat(2, 1, 1, 1), times, torch.cat([labels, every]))
            guided, free = both.float().chunk(2)
            found = free + self.guidance * (guided - free)
            signal = self.signal[level]
            clean = (images - (1 - signal**2).sqrt() * found) / signal
            clean = clean.clamp(-1, 1)
            if following is not None:
                found = (images - signal * clean) / (1 - signal**2).sqrt()
                signal = self.signal[following]
                images = signal * clean + (1 - signal**2).sqrt() * found
        return (clean + 1) / 2

    def _measure(
        self,
        images: Tensor,
        labels: Tensor,
        levels: Tensor,
        noise: Tensor,
        net: nn.Module | None = None,
    ) -> Tensor:
        """(B, C, H, W), (B,), (B,), (B, C, H, W) → the loss ()."""
        signal = self.signal[levels][:, None, None, None]
        mixed = signal * (2 * images - 1) + (1 - signal**2).sqrt() * noise
        return mse_loss((net or self.net)(mixed, levels / LEVELS, labels), noise)


def cosine_schedule(levels: int) -> Tensor:
    """(levels,): the share of the image's amplitude at each level of noise, from 1 to almost 0."""
    places = (torch.arange(levels + 1) / levels + 0.008) / 1.008
    kept = (math.pi / 2 * places).cos().square()
    return (kept[1:] / kept[:-1]).clamp(min=0.001).cumprod(0).sqrt()


def draw_for(images: Tensor) -> tuple[Tensor, Tensor]:
    """(B, C, H, W) → levels (B x DRAWS,) and noise (B x DRAWS, C, H, W), by each image alone.

    So losses can be compared between epochs, runs, batches and numbers of processes.
    """
    pixels = (255 * images).round().long().flatten(1).cpu()
    seeds = (pixels * torch.arange(1, pixels.shape[1] + 1)).sum(1).tolist()
    levels, noise = [], []
    for seed in seeds:
        generator = torch.Generator().manual_seed(seed)
        part = torch.arange(DRAWS) + torch.rand(DRAWS, generator=generator)
        levels.append((part * LEVELS / DRAWS).long())
        noise.append(torch.randn(DRAWS, *images.shape[1:], generator=generator))
    return torch.cat(levels).to(images.device), torch.cat(noise).to(images.device)
