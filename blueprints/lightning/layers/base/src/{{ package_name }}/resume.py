"""Go on with a run: with which config, from which checkpoint, after what history."""

import csv
import os
import platform
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig
from pytorch_lightning import LightningModule

from .checkpoints import check_changes, read_checkpoint
from .record import get_rank
from .runs import EARLIER, MANIFEST, RunError, find_checkpoint, load_history, load_manifest

# Groups of several, none of which is chosen: Hydra takes the last form alone.
NOTHING = {"callbacks=null": "callbacks=[]", "~callbacks": "callbacks=[]"}
NOTHING |= {"logger=null": "logger=[]", "~logger": "logger=[]"}


def with_old_overrides(given: Sequence[str]) -> list[str]:
    """The command's arguments as Hydra takes them; `resume=RUN` is led by that run's overrides."""
    arguments = [NOTHING.get(argument, argument) for argument in given]
    new = {_key(argument): argument for argument in arguments}
    run = new.get("resume", "").partition("=")[2]
    if run in ("", "auto", "null"):
        return arguments
    kept = [
        old
        for old in load_manifest(run)["overrides"]
        if _key(old) not in new or (old.startswith("+") and not new[_key(old)].startswith("+"))
    ]
    return [*kept, *arguments]


def is_finished(folder: Path) -> bool:
    """Has `resume=auto` nothing left to do here? Refuses a run that another process trains."""
    if not (folder / MANIFEST).is_file():
        return False
    run = load_manifest(folder)
    other = run["pid"] != os.getpid() and run["host"] == platform.node()
    if run["status"] == "running" and other and get_rank() == 0:
        raise RunError(f"process {run['pid']} is training {folder}; wait for it, or stop it")
    return bool(run["status"] == "finished")


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
        source = find_checkpoint(old, "last")
        check_changes(source, cfg, model)
        _bring_history(old, folder, read_checkpoint(source))
        if old != folder:
            shutil.copytree(source.parent, last.parent, dirs_exist_ok=True)
    return last


def _bring_history(old: Path, folder: Path, saved: dict[str, Any]) -> None:
    """Keep the rows up to a checkpoint: those after it will be logged again."""
    rows = [row for row in load_history(old) if row["step"] < saved["global_step"]]
    last = {"epoch": float(saved["epoch"]), "step": float(saved["global_step"] - 1)}
    logged = {name for row in rows if row["step"] == last["step"] for name in row}
    metrics = {k: v for k, v in saved.get("metrics", {}).items() if k.startswith("train/")}
    if rows and saved.get("epoch_end") and not logged & metrics.keys():
        rows.append(last | metrics)  # it was killed between checkpoint and table
    names = dict.fromkeys(name for row in rows for name in row)
    with (folder / EARLIER).open("w", newline="") as file:
        writer = csv.DictWriter(file, list(names))
        writer.writeheader()
        writer.writerows(rows)
    shutil.rmtree(folder / "csv", ignore_errors=True)


def _key(override: str) -> str:
    return override.partition("=")[0].lstrip("+~")
