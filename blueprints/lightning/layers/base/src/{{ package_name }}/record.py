"""Write down a training run while it happens, in a folder of its own."""

import json
import logging
import os
import platform
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import torch
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf
from pytorch_lightning.utilities.rank_zero import rank_zero_only

from .resume import RANK_ZERO_RUN
from .runs import MANIFEST, RAW, RESOLVED, RunError

log = logging.getLogger(__name__)
CODE = Path(__file__).parent


def get_rank() -> int:
    return getattr(rank_zero_only, "rank", 0)


@contextmanager
def record(cfg: DictConfig) -> Iterator[Path]:
    """Note a run's origin when it starts and its status when it ends, however it ends."""
    folder = Path(cfg.paths.run)
    is_new = not (folder / MANIFEST).exists()
    _claim(folder, cfg)
    environment, handler = dict(os.environ), signal.getsignal(signal.SIGTERM)
    os.environ[RANK_ZERO_RUN] = str(folder.absolute())
    status, error = "finished", None
    try:
        catch_sigterm()
        yield folder
    except (KeyboardInterrupt, SystemExit):
        status = "interrupted"
        raise
    except BaseException as problem:
        status, error = "failed", f"{type(problem).__name__}: {problem}"
        raise
    finally:
        note(folder, status=status, error=error, ended=_now())
        if is_new and (error or "").startswith(RunError.__name__):
            _take_back(folder, Path(cfg.paths.runs).absolute())
        if status == "interrupted" and get_rank() == 0:
            again = cfg.resume == "auto" or not (folder / "checkpoints/last.ckpt").is_file()
            other = [*sys.orig_argv[:1], "-m", f"{__package__}.train", f"resume={folder}"]
            log.warning("interrupted; go on: %s", shlex.join(sys.orig_argv if again else other))
        catch_sigterm(handler)
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()
        os.environ.clear()  # the next job of a sweep starts from where this one did
        os.environ.update(environment)


def note(folder: Path, **entries: Any) -> None:
    """Add to a run's manifest; each change reaches the disk at once."""
    if get_rank() == 0:
        path, aside = folder / MANIFEST, folder / f".{MANIFEST}"
        known = json.loads(path.read_text()) if path.is_file() else {}
        aside.write_text(json.dumps(known | entries, indent=2) + "\n")
        aside.replace(path)


def _take_back(folder: Path, runs: Path) -> None:
    """Remove what was written about a run that was refused before it began, and that alone."""
    if get_rank() == 0 and not (folder / "checkpoints").exists():
        for name in (RAW, RESOLVED, MANIFEST, "packages.txt", "git.diff", "train.log"):
            (folder / name).unlink(missing_ok=True)
        for name in (".hydra", "csv"):
            shutil.rmtree(folder / name, ignore_errors=True)
        with suppress(OSError):  # something else is in it
            for place in (folder, *(path for path in folder.parents if runs in path.parents)):
                place.rmdir()


def save_config(folder: Path, cfg: DictConfig) -> None:
    """Write down what each process trains with."""
    name = f"config.rank_{get_rank()}.yaml" if get_rank() else RESOLVED
    OmegaConf.save(cfg, folder / name, resolve=True)


def catch_sigterm(handler: Any = lambda number, _: sys.exit(128 + number)) -> None:
    """End a run as Ctrl-C does; in a notebook's thread, signals are not ours."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, handler)


def _claim(folder: Path, cfg: DictConfig) -> None:
    """Make the folder this run's, and write where the run comes from."""
    if get_rank() > 0:
        return
    folder.mkdir(parents=True, exist_ok=True)
    try:
        (folder / RAW).touch(exist_ok=cfg.resume == "auto")
    except FileExistsError:
        raise RunError(f"{folder} holds a run already; add resume=auto to go on with it") from None
    OmegaConf.save(cfg, folder / RAW)
    save_config(folder, cfg)
    (folder / "packages.txt").write_text("\n".join(list_packages()) + "\n")
    new = _git("ls-files", "--others", "--exclude-standard", "-z").split("\0")[:-1]
    added = (_git("diff", "--no-index", "/dev/null", name) for name in new)
    diff = "".join([_git("diff", "HEAD"), *added])
    (folder / "git.diff").write_text(diff, encoding="utf-8")
    (folder / MANIFEST).unlink(missing_ok=True)
    note(
        folder,
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


@cache
def list_packages() -> list[str]:
    return sorted(f"{dist.name}=={dist.version}" for dist in distributions())


def _git(*arguments: str) -> str:
    """The output of git on the package's own repository; nothing where there is none."""
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, check=False, cwd=CODE)
    except OSError:
        return ""
    return done.stdout.decode(errors="replace")


def _now() -> str:
    return datetime.now(UTC).isoformat()
