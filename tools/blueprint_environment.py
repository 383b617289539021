"""Make the one environment in which generated projects are checked, trained and tested.

    python -m tools.blueprint_environment

It holds what every layer of the built-in blueprints asks for, in the tested versions, and it is
made once: its folder is named after a hash of both.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from scaffold.first_run import make_environment, python_in
from tools.pin import HERE, PINS, TORCH, requirements

READY = "complete"


def folder() -> Path:
    """Where the environment is, or will be."""
    what = "\n".join((*wanted(), PINS.read_text(), sys.version))
    return HERE / ".nox" / f"blueprints-{hashlib.sha256(what.encode()).hexdigest()[:12]}"


def wanted() -> list[str]:
    """What is installed."""
    return sorted({*requirements(), TORCH, "mypy", "nbformat", "pytest", "ruff"})


def ensure(environ: Mapping[str, str] = os.environ) -> Path:
    """Make the environment where there is none; returns its Python."""
    place = folder()
    if not (place / READY).is_file():
        made = make_environment(place, environ)
        command = [*made.install, "--quiet", "-c", str(PINS), *wanted()]
        if "uv" in Path(made.install[0]).name:
            # Else every import of torch compiles it again, as uv leaves that to the first import.
            command.append("--compile-bytecode")
        subprocess.run(command, env=made.environ, check=True)
        (place / READY).touch()
    return python_in(place)


if __name__ == "__main__":
    sys.stdout.write(f"{ensure()}\n")
