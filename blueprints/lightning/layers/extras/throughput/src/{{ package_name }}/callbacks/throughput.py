"""How fast does training go, and in how much memory?"""

import sys
from time import perf_counter
from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.utilities.data import extract_batch_size


class Throughput(Callback):
    """Log samples per second, seconds per batch, peak memory and learning rate.

    No GPU waits for a clock, and validation is left out.

    Args:
        every_n_batches: What is logged are means over so many.
    """

    def __init__(self, every_n_batches: int) -> None:
        self.every_n_batches = every_n_batches

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.batches, self.samples = 0, 0
        self.seconds, self.last = 0.0, perf_counter()

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.last = perf_counter()

    on_validation_end = on_train_epoch_start

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        now = perf_counter()
        self.seconds, self.last = self.seconds + now - self.last, now
        self.batches, self.samples = self.batches + 1, self.samples + extract_batch_size(batch)
        if self.batches < self.every_n_batches:
            return
        values = {
            "throughput/samples_per_second": trainer.world_size * self.samples / self.seconds,
            "throughput/seconds_per_batch": self.seconds / self.batches,
            "throughput/peak_memory_gib": peak_memory(pl_module.device) / 2**30,
            "throughput/learning_rate": trainer.optimizers[0].param_groups[0]["lr"],
        }
        for logger in trainer.loggers:
            logger.log_metrics(values, step=max(trainer.global_step - 1, 0))
        self.on_train_start(trainer, pl_module)


def peak_memory(device: torch.device) -> float:
    """Bytes of a GPU's tensors, else of the process; NaN where neither is known."""
    if device.type == "cuda":  # ROCm's name, too
        return torch.cuda.max_memory_allocated(device)
    if sys.platform == "win32":
        return float("nan")
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak
