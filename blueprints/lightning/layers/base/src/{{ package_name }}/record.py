"""Write down a training run while it happens, in a folder of its own."""

import json
import logging
import os
import platform
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import torch
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf
from pytorch_lightning.utilities.rank_zero import rank_zero_only

from .runs import MANIFEST, RAW, RESOLVED, RunError

log = logging.getLogger(__name__)
CODE = Path(__file__).parent
# Tells a process that Lightning starts for another rank which run it belongs to.
RANK_ZERO_RUN = "RUN_FOLDER_OF_RANK_ZERO"
_DISTRIBUTED = ("LOCAL_RANK", "NODE_RANK", "RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


def new_folder(path: str) -> str:
    """Create a folder that nobody else has, with a suffix where the name is taken."""
    for number in range(1, 10_000):
        folder = Path(path if number == 1 else f"{path}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        return str(folder)
    raise FileExistsError(f"{path}: 10,000 folders of this name exist")


# Cached, so that all jobs of one sweep get the same folder.
OmegaConf.register_new_resolver("new_folder", new_folder, use_cache=True, replace=True)


def get_rank() -> int:
    return getattr(rank_zero_only, "rank", 0)


class Recorder:
    """The manifest of one run; each change reaches the disk at once."""

    def __init__(self, folder: Path, **entries: Any) -> None:
        self.folder = folder
        self.entries = entries
        self.writes = get_rank() == 0

    def save_config(self, cfg: DictConfig) -> None:
        name = RESOLVED if self.writes else f"config.rank_{get_rank()}.yaml"
        OmegaConf.save(cfg, self.folder / name, resolve=True)

    def note(self, **entries: Any) -> None:
        self.entries |= entries
        if self.writes:
            aside = self.folder / f".{MANIFEST}"
            aside.write_text(json.dumps(self.entries, indent=2) + "\n")
            aside.replace(self.folder / MANIFEST)


@contextmanager
def record(cfg: DictConfig) -> Iterator[Recorder]:
    """Note a run's origin when it starts and its status when it ends, however it ends."""
    run = Recorder(Path(cfg.paths.run))
    if run.writes:
        _claim(run.folder, cfg.resume == "auto")
    before = {name: os.environ.get(name) for name in (*_DISTRIBUTED, RANK_ZERO_RUN)}
    in_main = threading.current_thread() is threading.main_thread()  # else signals are not ours
    handler = signal.getsignal(signal.SIGTERM)
    try:
        if run.writes:
            _write_origin(run, cfg)
        if in_main:
            signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
        os.environ[RANK_ZERO_RUN] = str(run.folder.absolute())
        yield run
    except (KeyboardInterrupt, SystemExit):
        run.note(status="interrupted", ended=_now())
        if run.writes:
            log.warning("interrupted; go on: %s", _next_command(run, cfg))
        raise
    except BaseException as error:
        run.note(status="failed", ended=_now(), error=f"{type(error).__name__}: {error}")
        raise
    else:
        run.note(status="finished", ended=_now())
    finally:
        if in_main:
            signal.signal(signal.SIGTERM, handler)
        _leave_process_group(before)


def _claim(folder: Path, may_exist: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        (folder / RAW).touch(exist_ok=may_exist)
    except FileExistsError:
        raise RunError(f"{folder} holds a run already; add resume=auto to go on with it") from None


def _write_origin(run: Recorder, cfg: DictConfig) -> None:
    OmegaConf.save(cfg, run.folder / RAW)
    run.save_config(cfg)
    packages = sorted(f"{dist.name}=={dist.version}" for dist in distributions())
    (run.folder / "packages.txt").write_text("\n".join(packages) + "\n")
    diff = _git("diff", "HEAD")
    for name in filter(None, _git("ls-files", "--others", "--exclude-standard", "-z").split("\0")):
        diff += _git("diff", "--no-index", "/dev/null", name)
    (run.folder / "git.diff").write_text(diff, encoding="utf-8")
    run.note(
        status="running",
        started=_now(),
        command=shlex.join(sys.orig_argv),
        overrides=list(HydraConfig.get().overrides.task) if HydraConfig.initialized() else [],
        resumed_from=cfg.resume,
        commit=_git("rev-parse", "--verify", "HEAD").strip() or None,
        dirty=bool(diff),
        seed=cfg.seed,
        num_workers=OmegaConf.select(cfg, "data.num_workers"),
        python=platform.python_version(),
        host=platform.node(),
        pid=os.getpid(),
    )


def _next_command(run: Recorder, cfg: DictConfig) -> str:
    if cfg.resume == "auto" or not (run.folder / "checkpoints" / "last.ckpt").is_file():
        return shlex.join(sys.orig_argv)
    return f"python -m {__package__}.train resume={shlex.quote(str(run.folder))}"


def _git(*arguments: str) -> str:
    """The output of git on the package's own repository; nothing where there is none."""
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, check=False, cwd=CODE)
    except OSError:
        return ""
    return done.stdout.decode(errors="replace")


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _leave_process_group(environment: Mapping[str, str | None]) -> None:
    """Let the next job of a sweep start from where this one did."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()
    for name, value in environment.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
