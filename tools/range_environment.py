"""Make an environment of the newest or the oldest versions that pyproject.toml admits.

    python -m tools.range_environment highest|lowest-direct

Its folder is named after a hash of the versions, so that it is made again only when they change.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from scaffold.project.environment import get_python_path
from tools.pin import HERE

READY = "complete"
RESOLUTIONS = {"highest": "newest", "lowest-direct": "lowest"}


def ensure(resolution: str, environ: Mapping[str, str] = os.environ) -> Path:
    """Make the environment where there is none; returns its Python."""
    versions = resolve(resolution, environ)
    digest = hashlib.sha256((versions + sys.version).encode()).hexdigest()[:12]
    place = HERE / ".nox" / f"{RESOLUTIONS[resolution]}-{digest}"
    if not (place / READY).is_file():
        run("venv", "--quiet", "--clear", "--python", sys.executable, str(place), environ=environ)
        pins = place / "versions.txt"
        pins.write_text(versions)
        install = ("pip", "install", "--quiet", "--python", str(get_python_path(place)))
        run(*install, "--requirement", str(pins), environ=environ)
        run(*install, "--no-deps", "--editable", str(HERE), environ=environ)
        (place / READY).touch()
    return get_python_path(place)


def resolve(resolution: str, environ: Mapping[str, str]) -> str:
    """The versions of all that the tool and its tests need, a line each."""
    words = ("--extra", "dev", "--resolution", resolution, "--no-annotate", "--no-header")
    pyproject = str(HERE / "pyproject.toml")
    command = ("pip", "compile", "--quiet", "--upgrade", "--python", sys.executable, *words)
    lines = run(*command, pyproject, environ=environ).splitlines()
    return "".join(f"{line}\n" for line in lines if not is_own(line))


def is_own(line: str) -> bool:
    """Whether a line is this project, which its own extra names."""
    return " @ file:" in line or line.strip() == "."


def run(*arguments: str, environ: Mapping[str, str]) -> str:
    """Run uv; returns what it prints."""
    beside = str(Path(sys.executable).parent)
    uv = shutil.which("uv", path=os.pathsep.join((beside, environ.get("PATH", ""))))
    done = subprocess.run([str(uv), *arguments], env=environ, check=True, stdout=subprocess.PIPE)
    return done.stdout.decode()


if __name__ == "__main__":
    sys.stdout.write(f"{ensure(sys.argv[1])}\n")
