"""Means over a training epoch."""

from typing import Any

import torch
from pytorch_lightning import LightningModule
from torch import Tensor


class TrainingMeans(LightningModule):
    """A module whose means over an epoch are those of one go, also after a stop within it.

    They are kept in checkpoints, as Lightning's own are not, and joined across processes once an
    epoch.
    """

    sums: dict[str, Tensor] | None = None  # of the epoch's items so far

    def add_to_means(self, count: int, **values: Tensor) -> None:
        """Count a batch's means () as those of so many items."""
        values["items"] = torch.ones((), device=self.device)
        new = {name: count * value.detach() for name, value in values.items()}
        self.sums = {k: self.sums[k] + v for k, v in new.items()} if self.sums else new

    def on_train_epoch_start(self) -> None:
        self.sums = None

    def on_train_epoch_end(self) -> None:
        if self.sums:
            means = {f"train/{k}": v / self.sums["items"] for k, v in self.sums.items()}
            del means["train/items"]
            self.log_dict(means, sync_dist=self.trainer.world_size > 1, prog_bar=True)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        sums = {name: torch.as_tensor(self.all_gather(v)) for name, v in (self.sums or {}).items()}
        checkpoint["sums"] = {name: value.mean() for name, value in sums.items()}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        sums = checkpoint.get("sums", {})
        self.sums = {name: value.to(self.device) for name, value in sums.items()}
