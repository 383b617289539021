"""Read what a training run left in its folder: config, history, metrics, model."""

from __future__ import annotations

import csv
import json
import os
import platform
import warnings
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.errors import InstantiationException
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

if TYPE_CHECKING:  # what takes seconds to import is imported where it is used
    from pytorch_lightning import LightningModule

# Hydra 1.3 asks for what Hydra 1.4 and OmegaConf 2.4 call outdated.
warnings.filterwarnings("ignore", "register_new_resolver|The version_base parameter")
# Where the classes and functions of configs may come from; add the packages that yours name.
TRUSTED = [f"{__package__}.*", "pytorch_lightning.*", "torch.*", "torchmetrics.*"]
MANIFEST = "run.json"
RESOLVED = "config.resolved.yaml"
RAW = "config.yaml"
EARLIER = "history.csv"  # what was logged before the run was resumed


class RunError(Exception):
    """What was asked of a run cannot be done; a command says so in one line."""


def make(node: Any, **options: Any) -> Any:
    """The object that a config describes; what it refuses stays one sentence."""
    if "_execution_whitelist_" in signature(instantiate).parameters:  # from Hydra 1.4 on
        options["_execution_whitelist_"] = TRUSTED
    try:
        return instantiate(node, **options, _convert_="all")
    except InstantiationException as error:
        if isinstance(error.__cause__, RunError):
            raise error.__cause__ from None
        raise


def find_runs(root: str | Path = "runs", status: str | None = None) -> list[Path]:
    """The run folders below a folder, oldest first: all, or those of one status."""
    manifests = {path.parent: load_manifest(path.parent) for path in Path(root).rglob(MANIFEST)}
    found = [run for run, manifest in manifests.items() if status in (None, manifest["status"])]
    return sorted(found, key=lambda run: str(manifests[run]["started"]))


def load_manifest(run: str | Path) -> dict[str, Any]:
    """Status, metrics, seed, command, commit, best checkpoint: all that was noted about a run."""
    manifest: dict[str, Any] = json.loads(_file_of(run, MANIFEST).read_text())
    if manifest["status"] == "running" and _was_killed(manifest):
        manifest["status"] = "interrupted"
    return manifest


def load_config(run: str | Path, *, raw: bool = False) -> DictConfig:
    """The run's config: resolved, or `raw` with its interpolations."""
    config = OmegaConf.load(_file_of(run, RAW if raw else RESOLVED))
    assert isinstance(config, DictConfig)
    return config


def load_history(run: str | Path) -> list[dict[str, float]]:
    """What was logged, one row per logging step, without the columns a row leaves empty.

    A resumed run's begins with that of the run it resumed.
    """
    paths = [Path(run) / EARLIER, Path(run) / "csv" / "metrics.csv"]
    tables = [csv.DictReader(path.read_text().splitlines()) for path in paths if path.is_file()]
    rows = (row for table in tables for row in table)
    return [{name: float(value) for name, value in row.items() if value} for row in rows]


def load_model(run: str | Path, checkpoint: str = "best") -> LightningModule:
    """The trained model in evaluation mode, on the CPU; `checkpoint` as in `find_checkpoint`."""
    saved = load_checkpoint(run, checkpoint)
    model: LightningModule = make(saved["config"]["model"])
    model.load_state_dict(saved["state_dict"])
    return model.eval()


def load_checkpoint(run: str | Path, checkpoint: str = "best") -> dict[str, Any]:
    """All that a checkpoint holds: `state_dict`, `config`, `metrics`, `data` (as `classes`), …"""
    import torch

    path = find_checkpoint(run, checkpoint)
    saved: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    if "config" not in saved:  # of an earlier version
        saved["config"] = OmegaConf.to_container(load_config(path.parents[1]))
    return {"data": saved["config"]["data"]} | saved


def find_checkpoint(run: str | Path, checkpoint: str = "best") -> Path:
    """`best`, `last`, or a file below the run's `checkpoints`; a run may be a checkpoint itself."""
    path = Path(run)
    if path.suffix != ".ckpt":
        best = load_manifest(run).get("best_checkpoint") or "last.ckpt"
        names = {"best": best, "last": "last.ckpt"}
        path = path / "checkpoints" / names.get(checkpoint, checkpoint)
    if not path.is_file():
        found = ", ".join(sorted(p.name for p in path.parent.glob("*.ckpt"))) or "none"
        raise RunError(f"{path.parent} has no checkpoint {path.name} (found: {found})")
    return path


def _file_of(run: str | Path, name: str) -> Path:
    if not (path := Path(run) / name).is_file():
        raise RunError(f"{run} is not a run folder: it has no {name}")
    return path


def _was_killed(manifest: dict[str, Any]) -> bool:
    """Is its process gone, so that it could not note its own end?"""
    if os.name == "posix" and manifest["host"] == platform.node():
        try:
            os.kill(manifest["pid"], 0)
        except OSError as error:
            return isinstance(error, ProcessLookupError)
    return False
