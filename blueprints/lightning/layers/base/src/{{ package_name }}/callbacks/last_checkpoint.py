"""Keep what a run goes on from, wherever it is stopped."""

import logging
import math
import time
from typing import Any

from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import Checkpoint

log = logging.getLogger(__name__)
TRY_AGAIN = 75  # the exit code that says so, EX_TEMPFAIL


class LastCheckpoint(Checkpoint):
    """Write the last checkpoint at each epoch's end; Lightning's `save_last` waits for a new best.

    Args:
        path: Its file.
        every_n_steps: Write it after so many steps, too.
        hours: End the job when it took so long; the run can go on in the next one.
    """

    def __init__(
        self, path: str, every_n_steps: int | None = None, hours: float | None = None
    ) -> None:
        self.path, self.every_n_steps = path, every_n_steps
        self.end = math.inf if hours is None else time.monotonic() + 3600 * hours

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        last = trainer.fit_loop.epoch_loop.batch_progress.is_last_batch
        if last or (batch_idx + 1) % trainer.accumulate_grad_batches:
            return  # validation comes first; gradients that wait for their step would be lost
        is_late = self.end < math.inf and trainer.strategy.broadcast(time.monotonic() > self.end)
        if is_late or (self.every_n_steps and trainer.global_step % self.every_n_steps == 0):
            trainer.save_checkpoint(self.path, weights_only=False)
        if is_late:
            log.info("the job's time is over")
            raise SystemExit(TRY_AGAIN)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if not trainer.fast_dev_run:  # type: ignore[attr-defined]
            trainer.save_checkpoint(self.path, weights_only=False)

    def on_load_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Go on with an epoch in which the steps or the time of the run were over."""
        loop = checkpoint["loops"]["fit_loop"]
        if not loop["epoch_loop.batch_progress"]["is_last_batch"]:
            for progress in loop["epoch_progress"].values():
                progress["processed"] = progress["completed"]
