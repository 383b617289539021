"""Make the environments of the checks.

    python -m tools.environments blueprints|newest|lowest

``blueprints`` holds the dependencies of all layers of the built-in blueprints, in the versions that
generated projects name. ``newest`` and ``lowest`` hold the tool and its tests, with the newest and
the oldest versions that ``pyproject.toml`` admits. Each folder is named after a hash of its
content, so that it is made again only when that changes.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from scaffold.project.environment import Environment, get_python_path, make_environment
from tools.pin import HERE, PINS, TORCH, list_requirements, resolve

READY = "complete"
RESOLUTIONS = {"newest": "highest", "lowest": "lowest-direct"}


def ensure_blueprints(environ: Mapping[str, str] = os.environ) -> Path:
    """Make the environment of generated projects if it is missing; return its Python."""
    pins = [*sorted(HERE.glob("blueprints/*/layers/base/constraints.txt")), PINS]
    wanted = sorted({*list_requirements(), TORCH, "editables", "hatchling", "nbformat"})

    def install(made: Environment) -> None:
        constraints = [word for path in pins for word in ("-c", str(path))]
        command = [*made.install, "--quiet", *constraints, *wanted]
        if "uv" in Path(made.install[0]).name:
            # Else every import of torch compiles it again, as uv leaves that to the first import.
            command.append("--compile-bytecode")
        subprocess.run(command, env=made.environ, check=True)

    content = "\n".join((*wanted, *(path.read_text() for path in pins), ""))
    return _ensure("blueprints", content, install, environ)


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
    made = ensure_range(name) if name in RESOLUTIONS else ensure_blueprints()
    sys.stdout.write(f"{made}\n")
