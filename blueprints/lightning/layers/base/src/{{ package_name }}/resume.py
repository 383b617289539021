"""In which folder a command trains, and with which arguments it goes on."""

import os
import platform
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from omegaconf import OmegaConf

from .runs import MANIFEST, RunError, load_manifest

# Tells a process that Lightning starts for another rank which run it belongs to.
RANK_ZERO_RUN = "RUN_FOLDER_OF_RANK_ZERO"


def new_folder(path: str) -> str:
    """Create a folder that nobody else has, with a suffix where the name is taken."""
    for name in (path, *(f"{path}-{number}" for number in range(2, 10_000))):
        with suppress(FileExistsError):
            Path(name).mkdir(parents=True)
            return name
    raise FileExistsError(f"{path}: 10,000 folders of this name exist")


# Cached, so that all jobs of one sweep get the same folder.
OmegaConf.register_new_resolver("new_folder", new_folder, use_cache=True, replace=True)


def with_old_overrides(given: Sequence[str]) -> list[str]:
    """The command's arguments as Hydra takes them; `resume=RUN` is led by that run's overrides."""
    nothing = r"^(?:(callbacks|logger)=null|~(callbacks|logger))$"  # Hydra takes [] alone
    arguments = [re.sub(nothing, r"\1\2=[]", argument) for argument in given]
    new = {_key(argument): argument for argument in arguments}
    run = new.get("resume", "").partition("=")[2]
    if run == "auto" and not new.keys() & {"hydra", "hydra.run.dir", "hydra.sweep.dir"}:
        raise RunError("resume=auto needs one folder; add hydra.run.dir=FOLDER or hydra.sweep.dir=")
    old = load_manifest(run)["overrides"] if run not in ("", "auto", "null") else []
    # What was added with + is still no key of the config, and needs its + again.
    kept = [o for o in old if _key(o) not in new or o[0] == "+" != new[_key(o)][0]]
    return [*kept, *arguments]


def is_finished(folder: Path) -> bool:
    """Has `resume=auto` nothing left to do here? Refuses a run that another process trains."""
    if not (folder / MANIFEST).is_file():
        return False
    run = load_manifest(folder)
    if run["status"] == "running" and run["host"] == platform.node() and run["pid"] != os.getpid():
        from .record import get_rank

        if get_rank() == 0:
            raise RunError(f"process {run['pid']} is training {folder}; wait for it, or stop it")
    return bool(run["status"] == "finished")


def _key(override: str) -> str:
    return override.partition("=")[0].lstrip("+~")
