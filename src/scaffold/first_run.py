"""Make a new project's own environment, install it and try it: what ``--first-run`` does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .errors import ScaffoldError

ENVIRONMENT = ".venv"
# pip's settings under the names that uv reads, for those who configured only pip.
UV_NAMES = {
    "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
    "PIP_EXTRA_INDEX_URL": "UV_INDEX",
    "PIP_FIND_LINKS": "UV_FIND_LINKS",
    "PIP_CONSTRAINT": "UV_CONSTRAINT",
    "PIP_CERT": "SSL_CERT_FILE",
}

Tell = Callable[[str], None]


def first_run(
    project: Path,
    steps: Mapping[str, Sequence[str]],
    tell: Tell,
    environ: Mapping[str, str] = os.environ,
) -> None:
    """Make the environment, install the project into it, and run what the blueprint names.

    Args:
        project: The project's folder.
        steps: ``install``, the arguments of ``pip install``; every other step, by its name, the
            arguments of the environment's Python.
        tell: Takes one line on what happens now.
        environ: The environment to run in; pip's and uv's settings in it are honoured.

    Raises:
        ScaffoldError: A step failed; the project stays, and the message names the command.
    """
    if not steps:
        raise ScaffoldError(
            "this blueprint says nothing about a first run", "Follow the project's README."
        )
    if (project / ENVIRONMENT).exists():
        raise ScaffoldError(f"{project / ENVIRONMENT} exists already", "Remove it and try again.")
    environ = {k: v for k, v in environ.items() if k not in ("VIRTUAL_ENV", "PYTHONPATH")}
    uv = shutil.which("uv", path=environ.get("PATH"))
    python = str(_python(project / ENVIRONMENT))
    if uv:
        environ = _uv_settings(environ)
        make = [uv, "venv", "--quiet", "--python", sys.executable, ENVIRONMENT]
        install = [uv, "pip", "install", "--python", python, *steps["install"]]
    else:
        make = [sys.executable, "-m", "venv", ENVIRONMENT]
        install = [python, "-m", "pip", "install", "--progress-bar", "off", *steps["install"]]
    commands = {f"make {ENVIRONMENT} with {'uv' if uv else 'venv'}": make, "install": install}
    commands |= {name: [python, *args] for name, args in steps.items() if name != "install"}
    for number, (name, command) in enumerate(commands.items(), 1):
        tell(f"[{number}/{len(commands)}] {name}: {_shown(command, project)}")
        started = time.monotonic()
        _run(command, project, environ, name)
        tell(f"[{number}/{len(commands)}] {name}: done in {time.monotonic() - started:.0f} s")


def _python(environment: Path) -> Path:
    windows = environment / "Scripts" / "python.exe"
    return windows if os.name == "nt" else environment / "bin" / "python"


def _uv_settings(environ: Mapping[str, str]) -> dict[str, str]:
    settings = {
        ours: environ[theirs]
        for theirs, ours in UV_NAMES.items()
        if theirs in environ and ours not in environ
    }
    return {**environ, **settings}


def _shown(command: Sequence[str], project: Path) -> str:
    import shlex

    words = (word.removeprefix(f"{project}{os.sep}") for word in command)
    return shlex.join(words)


def _run(command: Sequence[str], project: Path, environ: Mapping[str, str], name: str) -> None:
    """Run one step; what it prints goes to standard error, where talk belongs."""
    try:
        code = subprocess.run(
            command, cwd=project, env=environ, stdin=subprocess.DEVNULL, stdout=2, check=False
        ).returncode
    except OSError as error:
        raise ScaffoldError(f"{command[0]} cannot be run: {error.strerror}") from None
    if code:
        again = f"cd {project} && {_shown(command, project)}"
        raise ScaffoldError(f"the first run stopped at: {name}", f"To see it again: {again}")
