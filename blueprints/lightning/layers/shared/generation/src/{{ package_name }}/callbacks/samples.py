"""Show how samples become better while a model is trained."""

from pathlib import Path
from typing import Any

import torch
from pytorch_lightning import Callback, Trainer

from ..pictures import save_grid


class Samples(Callback):
    """Write a picture of the same samples every few epochs.

    Args:
        folder: Where.
        every_n_epochs: How often.
        count: How many samples.
    """

    def __init__(self, folder: str, every_n_epochs: int, count: int) -> None:
        self.folder, self.every_n_epochs, self.count = Path(folder), every_n_epochs, count

    def on_train_epoch_end(self, trainer: Trainer, pl_module: Any) -> None:
        done = trainer.current_epoch + 1
        if done % self.every_n_epochs or not trainer.is_global_zero:
            return
        noise = pl_module.draw_noise(self.count, seed=1).to(pl_module.device)
        labels = torch.arange(self.count, device=pl_module.device) % pl_module.num_classes
        pl_module.eval()
        with torch.no_grad():
            samples = pl_module.sample(noise, labels)
        pl_module.train()
        self.folder.mkdir(exist_ok=True)
        save_grid(self.folder / f"epoch_{done:03d}.png", samples)
