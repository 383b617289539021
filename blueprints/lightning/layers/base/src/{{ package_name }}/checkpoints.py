"""Metrics and config inside of checkpoints, so that each file tells what it holds."""

from difflib import get_close_matches
from pathlib import Path
from typing import Any

import torch
from omegaconf import DictConfig
from pytorch_lightning import Callback, LightningModule, Trainer

from .build import plain
from .runs import RunError


class Checkpoints(Callback):
    """Write the config and the metrics into each checkpoint; refuse an unknown objective.

    Args:
        cfg: The run's config.
    """

    def __init__(self, cfg: DictConfig) -> None:
        self.config = plain(cfg)

    def on_sanity_check_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        objective, logged = self.config["objective"]["metric"], list(trainer.callback_metrics)
        if objective not in logged and "train" not in objective:  # not yet known: train/…
            choice = (get_close_matches(objective, logged, 1, 0) or ["a metric that is"])[0]
            raise RunError(
                f"objective.metric={objective} is not logged in validation, which logs "
                f"{', '.join(logged) or 'nothing'}; write objective.metric={choice}"
            )

    def on_save_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        checkpoint |= {"config": self.config, "metrics": metrics_now(trainer)}


def metrics_now(trainer: Trainer) -> dict[str, float]:
    return {name: float(value) for name, value in trainer.callback_metrics.items()}


def best_metrics(trainer: Trainer) -> tuple[Path | None, dict[str, float]]:
    """The best checkpoint, and all metrics of its epoch; without one, those of the last epoch."""
    path = getattr(trainer.checkpoint_callback, "best_model_path", "")
    if not path:
        return None, {"epoch": trainer.current_epoch - 1, **metrics_now(trainer)}
    saved = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    return Path(path), {"epoch": saved["epoch"], **saved.get("metrics", {})}
