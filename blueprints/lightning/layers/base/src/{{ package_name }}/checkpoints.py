"""Write checkpoints that tell what they hold, and start a resumed run from one."""

import csv
import logging
import shutil
import signal
import sys
import warnings
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.callbacks import EarlyStopping, Timer
from torch.optim.lr_scheduler import ReduceLROnPlateau

from .build import flat
from .record import catch_sigterm, get_rank
from .runs import EARLIER, RunError, find_checkpoint, load_checkpoint, load_history

log = logging.getLogger(__name__)
# A resumed run cannot change these: other items, or a state that fits no other optimizer.
SPLIT = ("data.split_seed", "data.shares", "data.fold", "data.dataset._target_")
FIXED = ("seed", "data.seed", *SPLIT, "model.optimizer._target_")


class Checkpoints(Callback):
    """Write config and metrics into each checkpoint; apply what a resumed run's config changes.

    Args:
        cfg: The run's config.
    """

    def __init__(self, cfg: DictConfig) -> None:
        self.config: Any = OmegaConf.to_container(cfg, resolve=True)  # plain, as weights_only asks
        self.loaded: dict[str, Any] = {}
        self.signals: list[int] = []

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
        logged = {name: float(value) for name, value in trainer.logged_metrics.items()}
        about = {"config": self.config, "metrics": metrics_now(trainer), "logged": logged}
        epochs: Any = trainer.fit_loop.epoch_progress.current
        at_end = epochs.processed > epochs.completed
        known = getattr(trainer.datamodule, "about", {})  # type: ignore[attr-defined]
        checkpoint.update(about, epoch_end=at_end, data=known)

    def on_load_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        self.loaded = checkpoint
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
        """Put the rates and the schedule of a changed config in the place of those loaded."""
        changed = changes(self.loaded.get("config", self.config), self.config)
        keys = [key for key in changed if key.startswith(("model.", "trainer.", "data."))]
        configs = trainer.lr_scheduler_configs
        rebuilt = any(key.startswith(("model.optimizer", "model.scheduler")) for key in keys)
        plateau = any(isinstance(config.scheduler, ReduceLROnPlateau) for config in configs)
        if not keys or (plateau and not rebuilt):
            return
        done = {"step": self.loaded["global_step"]}
        done["epoch"] = self.loaded["epoch"] + self.loaded["epoch_end"]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the optimizer's steps were before
            for config in configs:
                steps = done[config.interval] // config.frequency
                scheduler: Any = config.scheduler
                for _ in range(0 if plateau else steps):
                    scheduler.step()
        self.loaded["lr_schedulers"] = [config.scheduler.state_dict() for config in configs]
        states = self.loaded["optimizer_states"]
        for optimizer, state in zip(trainer.optimizers, states, strict=True):
            state["param_groups"] = optimizer.state_dict()["param_groups"]

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Several processes stop after the same step: Lightning's own handler has them hang."""
        if trainer.world_size > 1:
            catch_sigterm(lambda number, _: self.signals.append(number))

    on_test_start = on_train_start

    def on_train_batch_end(self, trainer: Trainer, *_: Any) -> None:
        if trainer.world_size == 1 or trainer.global_step % 10:  # each time costs some
            return
        if trainer.strategy.reduce_boolean_decision(bool(self.signals), all=False):
            sys.exit(128 + signal.SIGTERM)


def metrics_now(trainer: Trainer) -> dict[str, float]:
    return {name: float(value) for name, value in trainer.callback_metrics.items()}


def best_metrics(trainer: Trainer) -> tuple[Path | None, dict[str, float]]:
    """The best checkpoint, and all metrics of its epoch; without one, those of the last epoch."""
    path = getattr(trainer.checkpoint_callback, "best_model_path", "")
    if not path:
        return None, {"epoch": trainer.current_epoch - 1, **metrics_now(trainer)}
    saved = load_checkpoint(path)
    return Path(path), {"epoch": saved["epoch"], **saved.get("metrics", {})}


def start_point(cfg: DictConfig, folder: Path, model: LightningModule) -> Path | None:
    """The checkpoint to go on from, if any; it and the history are brought into the folder."""
    if not cfg.resume:
        return None
    old = folder if cfg.resume == "auto" else Path(cfg.resume)
    last = folder / "checkpoints" / "last.ckpt"
    if old == folder and not last.is_file():  # new, or stopped before it saved anything
        if get_rank() == 0:
            shutil.rmtree(folder / "csv", ignore_errors=True)
        return None
    if get_rank() == 0:
        source, saved = find_checkpoint(old, "last"), load_checkpoint(old, "last")
        if "epoch_end" not in saved:
            raise RunError(f"{old} is of an earlier version, and is not resumed; leave out resume=")
        check_changes(saved, OmegaConf.to_container(cfg, resolve=True), model)
        _bring_history(old, folder, saved)
        if old != folder:
            shutil.copytree(source.parent, last.parent, dirs_exist_ok=True)
    return last


def check_changes(saved: dict[str, Any], config: Any, model: LightningModule) -> None:
    """Say what a resumed run changes, and refuse what it cannot."""
    changed = changes(saved["config"], config)
    shapes = {name: weight.shape for name, weight in saved["state_dict"].items()}
    fits = shapes == {name: weight.shape for name, weight in model.state_dict().items()}
    fixed = FIXED if fits else (*FIXED, "model.")
    if refused := ", ".join(text for key, text in changed.items() if key.startswith(fixed)):
        raise RunError(f"a resumed run cannot change {refused}; start a new one without resume=")
    for key, text in changed.items():
        if key.startswith(("model", "data", "trainer", "objective", "callbacks")):
            log.info("changed: %s", text)


def changes(old: dict[str, Any], new: dict[str, Any]) -> dict[str, str]:
    """The dotted keys whose values differ, with both values in words; the run's folder aside."""
    before, after = flat(old), flat(new)
    differing = [key for key in before | after if before.get(key) != after.get(key)]
    texts = {key: f"{key} ({before.get(key)} → {after.get(key)})" for key in differing}
    return {key: text for key, text in texts.items() if after["paths.run"] not in text}


def _bring_history(old: Path, folder: Path, saved: dict[str, Any]) -> None:
    """Keep the rows up to a checkpoint: those after it will be logged again."""
    rows = [row for row in load_history(old) if row["step"] < saved["global_step"]]
    known = {name: value for row in rows for name, value in row.items()}
    late = {k: v for k, v in saved.get("logged", {}).items() if known.get(k) != v}
    if saved.get("epoch_end") and late:  # it was killed between checkpoint and table
        last = {"epoch": float(saved["epoch"]), "step": float(saved["global_step"] - 1)}
        rows.append(last | late)
    names = dict.fromkeys(name for row in rows for name in row)
    with (folder / EARLIER).open("w", newline="") as file:
        writer = csv.DictWriter(file, list(names))
        writer.writeheader()
        writer.writerows(rows)
    shutil.rmtree(folder / "csv", ignore_errors=True)


def _moved(value: Any, old: str, new: str) -> Any:
    if isinstance(value, dict):
        return {_moved(key, old, new): _moved(item, old, new) for key, item in value.items()}
    return value.replace(old, new) if isinstance(value, str) else value
