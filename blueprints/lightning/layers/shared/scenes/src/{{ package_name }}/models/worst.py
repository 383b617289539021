"""The items of a test that a model is worst at."""

from typing import Any

from torch import Tensor
from torchmetrics import Metric
from torchmetrics.utilities.data import dim_zero_cat


class Worst(Metric):
    """The items of the largest loss, in all processes together.

    Args:
        count: How many are kept.
        columns: How many tensors hold what belongs to an item.
    """

    full_state_update = False

    def __init__(self, count: int, columns: int) -> None:
        super().__init__()
        self.count, self.names = count, ["losses", *map("column_{}".format, range(columns))]
        for name in self.names:
            self.add_state(name, [], dist_reduce_fx="cat")

    def update(self, *values: Tensor) -> None:
        """Losses (B,), and each column's values (B, …)."""
        kept = [getattr(self, name) for name in self.names]
        chosen = self._choose([[*old, new] for old, new in zip(kept, values, strict=True)])
        for name, value in zip(self.names, chosen, strict=True):
            setattr(self, name, [value])

    def compute(self) -> list[Tensor]:
        """Each column's values (N, …), the largest loss first."""
        return self._choose([getattr(self, name) for name in self.names])[1:]

    def _choose(self, lists: list[Any]) -> list[Tensor]:
        values = [dim_zero_cat(parts) for parts in lists]
        order = values[0].argsort(descending=True, stable=True)[: self.count]
        return [value[order] for value in values]
