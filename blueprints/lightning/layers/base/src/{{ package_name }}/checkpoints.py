"""Let checkpoints tell what they hold, and a resumed run obey its own config."""

import logging
import warnings
from collections.abc import Mapping
from copy import deepcopy
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import torch
from omegaconf import DictConfig
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.callbacks import EarlyStopping, Timer
from torch.optim.lr_scheduler import ReduceLROnPlateau

from .build import plain
from .runs import RunError

log = logging.getLogger(__name__)
# A resumed run cannot change these: other items, or a state that fits no other optimizer.
SPLIT = ("data.split_seed", "data.shares", "data.dataset._target_")
FIXED = ("seed", "data.seed", *SPLIT, "model.optimizer._target_")


class Checkpoints(Callback):
    """Write config and metrics into each checkpoint; apply what a resumed run's config changes.

    Args:
        cfg: The run's config.
    """

    def __init__(self, cfg: DictConfig) -> None:
        self.config = plain(cfg)
        self.changed: dict[str, str] = {}

    def on_sanity_check_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        objective, logged = self.config["objective"]["metric"], list(trainer.callback_metrics)
        if logged and objective not in logged and "train" not in objective:  # train/… comes later
            (choice,) = get_close_matches(objective, logged, 1, 0)
            raise RunError(
                f"objective.metric={objective} is not logged in validation, which logs "
                f"{', '.join(logged)}; write objective.metric={choice}"
            )

    def on_save_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        at_end = trainer.fit_loop.epoch_loop.batch_progress.is_last_batch
        checkpoint |= {"config": self.config, "metrics": metrics_now(trainer), "epoch_end": at_end}
        checkpoint["data"] = getattr(trainer.datamodule, "about", {})  # type: ignore[attr-defined]

    def on_load_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        self.changed = changes(checkpoint.get("config", {}), self.config)
        if self._has_changed("model.scheduler"):
            checkpoint["lr_schedulers"] = []  # of another class, perhaps
        states = checkpoint["callbacks"]
        for callback in trainer.callbacks:  # type: ignore[attr-defined]
            state = states.get(callback.state_key, {})
            if "dirpath" in state:  # else the best so far would be forgotten in another folder
                states[callback.state_key] = _moved(state, state["dirpath"], callback.dirpath)
            elif isinstance(callback, EarlyStopping) and state:
                state["patience"] = callback.patience
            elif isinstance(callback, Timer):
                states.pop(callback.state_key, None)  # a job's limit, not the run's

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Note what the config says, before a checkpoint's values come over it."""
        groups = [group for optimizer in trainer.optimizers for group in optimizer.param_groups]
        self.rates = [{k: v for k, v in group.items() if k != "params"} for group in groups]
        self.schedules = [deepcopy(c.scheduler.state_dict()) for c in trainer.lr_scheduler_configs]

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Take rates and schedules of a changed config, at the step that training is at."""
        if not self._has_changed("model.", "trainer.", "data."):
            return
        configs = trainer.lr_scheduler_configs
        reactive = any(isinstance(config.scheduler, ReduceLROnPlateau) for config in configs)
        if self._has_changed("model.optimizer") or not reactive:
            groups = (group for optimizer in trainer.optimizers for group in optimizer.param_groups)
            for group, rates in zip(groups, self.rates, strict=True):
                group.update(rates)
        for config, state in zip(configs, self.schedules, strict=True):
            if isinstance(config.scheduler, ReduceLROnPlateau):
                continue
            config.scheduler.load_state_dict(state)
            done = trainer.current_epoch if config.interval == "epoch" else trainer.global_step
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the optimizer's steps were before
                for _ in range(done // config.frequency):
                    config.scheduler.step()

    def _has_changed(self, *prefixes: str) -> bool:
        return any(key.startswith(prefixes) for key in self.changed)


def metrics_now(trainer: Trainer) -> dict[str, float]:
    return {name: float(value) for name, value in trainer.callback_metrics.items()}


def best_metrics(trainer: Trainer) -> tuple[Path | None, dict[str, float]]:
    """The best checkpoint, and all metrics of its epoch; without one, those of the last epoch."""
    path = getattr(trainer.checkpoint_callback, "best_model_path", "")
    if not path:
        return None, {"epoch": trainer.current_epoch - 1, **metrics_now(trainer)}
    saved = read_checkpoint(path)
    return Path(path), {"epoch": saved["epoch"], **saved.get("metrics", {})}


def read_checkpoint(path: str | Path) -> dict[str, Any]:
    saved: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    return saved


def check_changes(path: Path, cfg: DictConfig, model: LightningModule) -> None:
    """Say what a resumed run changes, and refuse what it cannot."""
    saved, config = read_checkpoint(path), plain(cfg)
    changed = changes(saved.get("config", config), config)
    shapes = {name: weight.shape for name, weight in saved["state_dict"].items()}
    fits = shapes == {name: weight.shape for name, weight in model.state_dict().items()}
    fixed = FIXED if fits else (*FIXED, "model.")
    if refused := ", ".join(text for key, text in changed.items() if key.startswith(fixed)):
        raise RunError(f"a resumed run cannot change {refused}; start a new one without resume=")
    for key, text in changed.items():
        if key.startswith(("model", "data", "trainer", "objective", "callbacks")):
            log.info("changed: %s", text)


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    """The dotted keys whose values differ, with both values in words; the run's folder aside."""
    before, after = flat(old), flat(new)
    folder, now = (str(config.get("paths.run")) for config in (before, after))
    pairs = {k: (str(before.get(k)), str(after.get(k))) for k in before | after}
    differing = {k: pair for k, pair in pairs.items() if pair[0].replace(folder, now) != pair[1]}
    return {k: f"{k} ({one} → {other})" for k, (one, other) in differing.items()}


def flat(config: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Values by their dotted keys."""
    found: dict[str, Any] = {}
    for key, value in config.items():
        name = f"{prefix}{key}"
        found |= flat(value, f"{name}.") if isinstance(value, dict) else {name: value}
    return found


def _moved(value: Any, old: str, new: str) -> Any:
    if isinstance(value, dict):
        return {_moved(key, old, new): _moved(item, old, new) for key, item in value.items()}
    return value.replace(old, new) if isinstance(value, str) else value
