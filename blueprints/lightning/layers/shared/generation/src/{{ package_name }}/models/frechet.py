"""The Fréchet distance between samples and images."""

import torch
from torch import Tensor
from torchmetrics import Metric
from torchmetrics.utilities import dim_zero_cat


class Frechet(Metric):
    """The Fréchet distance of two sets of features, gathered from all processes."""

    real: list[Tensor]
    made: list[Tensor]

    def __init__(self) -> None:
        super().__init__()
        self.add_state("real", [], dist_reduce_fx="cat")
        self.add_state("made", [], dist_reduce_fx="cat")

    def update(self, features: Tensor, is_real: bool) -> None:
        """Add features (B, D)."""
        (self.real if is_real else self.made).append(features)

    def compute(self) -> Tensor:
        return measure_distance(dim_zero_cat(self.real), dim_zero_cat(self.made))


def measure_distance(one: Tensor, other: Tensor) -> Tensor:
    """(N, D), (M, D) → (): how far the normal distributions with their means and covariances are.

    It is |m - n|² + tr(C + D - 2 (C D)^½) of means m, n and covariances C, D; 0 if they are equal.
    """
    one, other = one.cpu().double(), other.cpu().double()
    shift = (one.mean(0) - other.mean(0)).square().sum()
    first, second = _covariance(one), _covariance(other)
    values, vectors = torch.linalg.eigh(first)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    common = torch.linalg.eigvalsh(root @ second @ root).clamp(min=0).sqrt().sum()
    return (shift + first.trace() + second.trace() - 2 * common).float()


def _covariance(features: Tensor) -> Tensor:
    """(N, D) → (D, D)."""
    centred = features - features.mean(0)
    return centred.T @ centred / max(len(features) - 1, 1)
