"""The items of a test that a model is most wrong about."""

import torch
from torch import Tensor
from torchmetrics import Metric
from torchmetrics.utilities import dim_zero_cat

COLUMNS = ("losses", "inputs", "labels", "predicted")


class Worst(Metric):
    """Keep the items of the highest losses, of all processes.

    Args:
        count: How many.
    """

    full_state_update = False

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count
        for name in COLUMNS:
            self.add_state(name, [], dist_reduce_fx="cat")

    def update(self, *columns: Tensor) -> None:
        """Losses (B,), inputs (B, …), true and predicted labels (B,)."""
        seen = [torch.cat([*getattr(self, n), c]) for n, c in zip(COLUMNS, columns, strict=True)]
        for name, column in zip(COLUMNS, self._choose(seen), strict=True):
            setattr(self, name, [column])

    def compute(self) -> list[Tensor]:
        """The same columns of the worst items, the worst first."""
        return self._choose([dim_zero_cat(getattr(self, name)) for name in COLUMNS])

    def _choose(self, columns: list[Tensor]) -> list[Tensor]:
        losses = columns[0]
        worst = losses.topk(min(self.count, len(losses))).indices
        return [column[worst] for column in columns]
