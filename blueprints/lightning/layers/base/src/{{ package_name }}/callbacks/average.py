"""Means of the weights over training steps, for Lightning's `WeightAveraging`."""

from torch import Tensor


def mean_from(mean: Tensor, now: Tensor, steps: Tensor, start: int) -> Tensor:
    """The mean of the weights after more than `start` steps; before that, the last ones."""
    return mean + (now - mean) / (steps + 1 - start).clamp(min=1)
