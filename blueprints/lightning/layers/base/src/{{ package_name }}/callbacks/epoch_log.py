"""Show in a log how training goes, where no progress bar does."""

import logging

from pytorch_lightning import Callback, LightningModule, Trainer

log = logging.getLogger(__name__)


class EpochLog(Callback):
    """Log one line per epoch with its validation metrics, unless a progress bar is shown."""

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.progress_bar_callback is not None or not trainer.is_global_zero:
            return
        metrics = {k: v for k, v in trainer.callback_metrics.items() if k.startswith("val/")}
        values = ", ".join(f"{name} {float(value):.4f}" for name, value in metrics.items())
        end = f" of {trainer.max_epochs}" if (trainer.max_epochs or 0) > 0 else ""
        log.info("epoch %d%s: %s", trainer.current_epoch + 1, end, values)
