"""Make the environments of the checks.

    python -m tools.environments blueprints|candidate|tasks|newest|lowest

``blueprints`` holds the dependencies of all layers of the built-in blueprints, in the versions that
generated projects name; ``candidate`` the same with the next Hydra, as soon as there is a release
candidate; ``tasks`` the same with what brings data that are not the default. ``newest`` and
``lowest`` hold the tool and its tests, with the newest and the oldest versions that
``pyproject.toml`` admits. Each folder is named after a hash of its content, so that it is made
again only when that changes.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from packaging.requirements import Requirement

from scaffold.project.environment import Environment, get_python_path, make_environment
from tools.pin import HERE, PINS, TORCH, list_requirements, resolve

READY = "complete"
CANDIDATES = ("hydra-core>=1.4.0rc1,<1.5", "omegaconf>=2.4.1rc1,<2.5", "antlr4-python3-runtime")
DATA = ("pmdarima>=2", "statsmodels>=0.14")  # of forecasting
RESOLUTIONS = {"newest": "highest", "lowest": "lowest-direct"}


def ensure_blueprints(environ: Mapping[str, str] = os.environ) -> Path:
    """Make the environment of generated projects if it is missing; return its Python."""
    return _ensure_projects("blueprints", (), environ)


def ensure_candidate() -> Path:
    """Make the environment of generated projects with the next Hydra; return its Python."""
    return _ensure_projects("candidate", CANDIDATES, os.environ)


def ensure_tasks() -> Path:
    """Make the environment that has the data of all tasks, too; return its Python."""
    return _ensure_projects("tasks", DATA, os.environ)


def _ensure_projects(name: str, named: Sequence[str], environ: Mapping[str, str]) -> Path:
    """Make an environment with what projects pin, but for the packages that are named."""
    freed = {Requirement(word).name for word in named}
    pins = [*sorted(HERE.glob("blueprints/*/layers/base/constraints.txt")), PINS]
    lines = dict.fromkeys(line for path in pins for line in path.read_text().splitlines())
    kept = [line for line in lines if line.partition("==")[0] not in freed]
    wanted = sorted({*list_requirements(), TORCH, "editables", "hatchling", "nbformat", *named})

    def install(made: Environment) -> None:
        constraints = made.folder / "constraints.txt"
        constraints.write_text("\n".join((*kept, "")))
        command = [*made.install, "--quiet", "-c", str(constraints), *wanted]
        if "uv" in Path(made.install[0]).name:
            # Else every import of torch compiles it again, as uv leaves that to the first import.
            command.append("--compile-bytecode")
        subprocess.run(command, env=made.environ, check=True)

    return _ensure(name, "\n".join((*wanted, *kept, "")), install, environ)


def ensure_range(name: str, environ: Mapping[str, str] = os.environ) -> Path:
    """Make the ``newest`` or ``lowest`` environment if it is missing; return its Python."""
    words = ("--extra", "dev", "--resolution", RESOLUTIONS[name], "--upgrade")
    printed = resolve(*words, "--python", sys.executable, str(HERE / "pyproject.toml"))
    lines = printed.splitlines(keepends=True)
    versions = "".join(line for line in lines if not _is_own(line))

    def install(made: Environment) -> None:
        pins = made.folder / "versions.txt"
        pins.write_text(versions)
        for words in (["--requirement", str(pins)], ["--no-deps", "--editable", str(HERE)]):
            subprocess.run([*made.install, "--quiet", *words], env=made.environ, check=True)

    return _ensure(name, versions, install, environ)


def _is_own(line: str) -> bool:
    """Tell whether a line is this project, which its own extra names."""
    return " @ file:" in line or line.strip() == "."


def _ensure(
    name: str, content: str, install: Callable[[Environment], None], environ: Mapping[str, str]
) -> Path:
    digest = hashlib.sha256((content + sys.version).encode()).hexdigest()[:12]
    folder = HERE / ".nox" / f"{name}-{digest}"
    if not (folder / READY).is_file():
        install(make_environment(folder, environ))
        (folder / READY).touch()
    return get_python_path(folder)


if __name__ == "__main__":
    name = sys.argv[1]
    projects = {
        "blueprints": ensure_blueprints,
        "candidate": ensure_candidate,
        "tasks": ensure_tasks,
    }
    made = ensure_range(name) if name in RESOLUTIONS else projects[name]()
    sys.stdout.write(f"{made}\n")
