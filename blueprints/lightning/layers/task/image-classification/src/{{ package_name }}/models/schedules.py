"""How the learning rate goes, from the optimizer and the number of steps in the whole run."""

import math

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR


def cosine(optimizer: Optimizer, steps: int, warmup: float = 0.0) -> LambdaLR:
    """Down to zero along a cosine, after a linear warm-up over a share of the steps."""
    first = round(warmup * steps)

    def factor(step: int) -> float:
        if step < first:
            return (step + 1) / (first + 1)
        return (1 + math.cos(math.pi * min((step - first) / (steps - first), 1))) / 2

    return LambdaLR(optimizer, factor)
