"""Fail early instead of training on with a broken model."""

import math
from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer


class NonFiniteLossError(RuntimeError):
    """The training loss became infinite or NaN."""


class StopOnNan(Callback):
    """Raise as soon as the training loss is not finite; the checkpoints before it stay.

    Args:
        every_n_steps: How often to look; on a GPU each look waits for the step to finish.
    """

    def __init__(self, every_n_steps: int = 1) -> None:
        self.every_n_steps = every_n_steps

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if trainer.global_step % self.every_n_steps == 0:
            loss = float(outputs["loss"])
            if not math.isfinite(loss):
                raise NonFiniteLossError(
                    f"the loss is {loss} at step {trainer.global_step} of epoch "
                    f"{trainer.current_epoch}; try a smaller model.optimizer.lr or "
                    "trainer.gradient_clip_val=1"
                )
