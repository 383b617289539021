"""Make a resumed run equal to an uninterrupted one."""

import random
from typing import Any

import numpy as np
import torch
from pytorch_lightning import Callback, LightningModule, Trainer


class EpochSeed(Callback):
    """Draw each batch's random numbers (dropout, …) from seed, rank, epoch and batch alone.

    Args:
        seed: The run's seed.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._draw(trainer, trainer.fit_loop.epoch_loop.batch_progress.current.ready)

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._draw(trainer, 0)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        self._draw(trainer, batch_idx + 1)  # before its items are read

    def _draw(self, trainer: Trainer, batch: int) -> None:
        key = (self.seed, trainer.global_rank, trainer.current_epoch, batch)
        seed = int(np.random.SeedSequence(key).generate_state(1)[0])
        random.seed(seed)
        np.random.seed(seed)
        if trainer.strategy.root_device.type == "cpu":  # else a trace is kept for absent GPUs: slow
            torch.default_generator.manual_seed(seed)
        else:
            torch.manual_seed(seed)
