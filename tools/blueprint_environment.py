"""Make the one environment in which generated projects are checked, trained and tested.

    python -m tools.blueprint_environment

It holds what every layer of the built-in blueprints asks for, in the versions that generated
projects name, and it is made once: its folder is named after a hash of all that.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from scaffold.project.environment import get_python_path, make_environment
from tools.pin import HERE, PINS, TORCH, requirements

READY = "complete"


def folder() -> Path:
    """Where the environment is, or will be."""
    pins = (path.read_text() for path in constraints())
    what = "\n".join((*wanted(), *pins, sys.version))
    return HERE / ".nox" / f"blueprints-{hashlib.sha256(what.encode()).hexdigest()[:12]}"


def wanted() -> list[str]:
    """What is installed."""
    return sorted({*requirements(), TORCH, "editables", "hatchling", "nbformat"})


def constraints() -> list[Path]:
    """The files of pins: those of the generated projects, and this repository's."""
    return [*sorted(HERE.glob("blueprints/*/layers/base/constraints.txt")), PINS]


def ensure(environ: Mapping[str, str] = os.environ) -> Path:
    """Make the environment where there is none; returns its Python."""
    place = folder()
    if not (place / READY).is_file():
        made = make_environment(place, environ)
        pins = [word for path in constraints() for word in ("-c", str(path))]
        command = [*made.install, "--quiet", *pins, *wanted()]
        if "uv" in Path(made.install[0]).name:
            # Else every import of torch compiles it again, as uv leaves that to the first import.
            command.append("--compile-bytecode")
        subprocess.run(command, env=made.environ, check=True)
        (place / READY).touch()
    return get_python_path(place)


if __name__ == "__main__":
    sys.stdout.write(f"{ensure()}\n")
