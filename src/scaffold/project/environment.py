"""Make a new project's own environment, install it and try it: what ``--first-run`` does.

Only the standard library is needed here, so that ``bootstrap.py`` makes this checkout's own
environment in the same way before anything is installed.
"""

from __future__ import annotations

import configparser
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ScaffoldError
from ..host import limit_threads, track_progress

ENVIRONMENT = ".venv"
INSTALL = "install"  # the step that pip or uv does
NEXT = "next"  # no step: lines that say what to do afterwards
# pip's settings under the names that uv reads, for those who configured only pip.
UV_NAMES = {
    "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
    "PIP_EXTRA_INDEX_URL": "UV_INDEX",
    "PIP_FIND_LINKS": "UV_FIND_LINKS",
    "PIP_CONSTRAINT": "UV_CONSTRAINT",
    "PIP_TRUSTED_HOST": "UV_INSECURE_HOST",
    "PIP_CERT": "SSL_CERT_FILE",
}
# What would point a new environment's Python at another one.
OUTER = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Environment:
    """A virtual environment and what installs into it.

    Attributes:
        folder: Where it is.
        install: The command that installs; pip's requirements and options follow.
        environ: The variables to run both in.
    """

    folder: Path
    install: tuple[str, ...]
    environ: Mapping[str, str]

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return python_in(self.folder)


def python_in(folder: Path) -> Path:
    """The interpreter of the environment in ``folder``."""
    return folder / "Scripts" / "python.exe" if os.name == "nt" else folder / "bin" / "python"


def make_environment(
    folder: Path, environ: Mapping[str, str] = os.environ, python: str = sys.executable
) -> Environment:
    """Make a virtual environment: with uv where there is one, else with venv.

    Args:
        folder: Where to make it; an environment that is there is replaced.
        environ: The variables to run in; pip's and uv's settings in it are honoured.
        python: The interpreter that it is made of.

    Raises:
        ScaffoldError: It cannot be made; says what to install.
    """
    environ = {k: v for k, v in environ.items() if k not in OUTER}
    if uv := find_uv(environ):
        _quietly([uv, "venv", "--quiet", "--clear", "--python", python, str(folder)], environ)
    else:
        _venv(folder, environ, python)
    return open_environment(folder, environ, python)


def open_environment(
    folder: Path, environ: Mapping[str, str] = os.environ, python: str = sys.executable
) -> Environment:
    """An environment that is there, and how to install into it.

    Raises:
        ScaffoldError: Neither uv nor any pip can install into it.
    """
    environ = {k: v for k, v in environ.items() if k not in OUTER}
    inside = str(python_in(folder))
    if uv := find_uv(environ):
        return Environment(
            folder, (uv, "pip", "install", "--python", inside), _uv_settings(environ)
        )
    for pip in ([inside, "-m", "pip"], [python, "-m", "pip", "--python", inside]):
        if _works([*pip, "--version"], environ):
            return Environment(folder, (*pip, "install", "--progress-bar", "off"), environ)
    raise ScaffoldError(
        f"nothing can install into {folder}: there is neither uv nor pip 22.3 or newer",
        "Install pip or uv (on Debian and Ubuntu: apt install python3-pip) and try again.",
    )


def find_uv(environ: Mapping[str, str]) -> str | None:
    """The uv on the search path."""
    return shutil.which("uv", path=environ.get("PATH"))


def _venv(folder: Path, environ: Mapping[str, str], python: str) -> None:
    """Debian's Python comes without ensurepip; then the environment is made without a pip."""
    make = [python, "-m", "venv", "--clear"]
    if not _works([*make, str(folder)], environ):
        _quietly([*make, "--without-pip", str(folder)], environ)


def _works(command: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Whether a command exits with 0."""
    try:
        return _run(command, environ).returncode == 0
    except ScaffoldError:
        return False


def _quietly(command: Sequence[str], environ: Mapping[str, str]) -> None:
    """Run a command; what it printed is told only if it failed."""
    _refuse_failed(_run(command, environ), "no environment could be made", shlex.join(command))


def _run(
    command: Sequence[str],
    environ: Mapping[str, str],
    project: Path | None = None,
    *,
    shows: bool = False,
) -> subprocess.CompletedProcess[bytes]:
    """Run a command; what it prints is kept, or goes to standard error, where talk belongs."""
    out = {"stdout": 2} if shows else {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    where: dict[str, Any] = {"cwd": project, "env": environ, "stdin": subprocess.DEVNULL, **out}
    try:
        return subprocess.run(command, check=False, **where)
    except OSError as error:
        raise ScaffoldError(f"{command[0]} cannot be run: {error.strerror}") from None


def _refuse_failed(done: subprocess.CompletedProcess[bytes], what: str, again: str) -> None:
    if done.returncode:
        printed = (done.stdout or b"").decode(errors="replace").splitlines()
        raise ScaffoldError(what, f"To see it again: {again}", printed)


# ---------------------------------------------------------------- pip's settings for uv


def _uv_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables with pip's settings under uv's names; uv's own settings win."""
    pip = {**_pip_files(environ), **environ}
    own = any(name in environ for name in ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL"))
    settings = {
        ours: pip[theirs]
        for theirs, ours in UV_NAMES.items()
        if pip.get(theirs) and ours not in environ and not (own and theirs.endswith("INDEX_URL"))
    }
    if "UV_INDEX" in settings:
        # As pip does: all indexes are equal, and the best version of any is taken.
        settings.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    if links := settings.get("UV_FIND_LINKS"):
        settings["UV_FIND_LINKS"] = ",".join(links.split())
    return {**settings, **environ}


def _pip_files(environ: Mapping[str, str]) -> dict[str, str]:
    """What pip's configuration files set, under the names of pip's variables."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read(_pip_paths(environ), encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError):
        return {}
    found: dict[str, str] = {}
    for section in ("global", "install"):
        if parser.has_section(section):
            for key, value in parser.items(section):
                found["PIP_" + key.upper().replace("-", "_")] = " ".join(value.split())
    return found


def _pip_paths(environ: Mapping[str, str]) -> Iterator[Path]:
    """Where pip looks for its configuration, the strongest last."""
    own = environ.get("PIP_CONFIG_FILE")
    if own == os.devnull:
        return
    home = Path(environ.get("HOME") or Path.home())
    yield Path("/etc/pip.conf")
    yield home / ".pip" / "pip.conf"
    yield home / "Library" / "Application Support" / "pip" / "pip.conf"
    yield Path(environ.get("APPDATA") or home) / "pip" / "pip.ini"
    yield Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / "pip.conf"
    if own:
        yield Path(own)


# ---------------------------------------------------------------- the first run


def first_run(
    project: Path,
    steps: Mapping[str, Sequence[str]],
    tell: Tell,
    environ: Mapping[str, str] = os.environ,
    *,
    verbose: bool = False,
    quiet: bool = False,
) -> None:
    """Make the environment, install the project into it, and run what the blueprint names.

    What is tried starts no more threads than there are free CPUs, unless ``environ`` says so.

    Args:
        project: The project's folder.
        steps: ``install``, the arguments of ``pip install``; every other step, by its name, the
            arguments of the environment's Python.
        tell: Takes one line on what happens now.
        environ: The environment to run in; pip's and uv's settings in it are honoured.
        verbose: Whether all that pip or uv prints is shown; else only if it fails.
        quiet: Whether a step shows nothing unless it fails.

    Raises:
        ScaffoldError: A step failed; the project stays, and the message names the command.
    """
    if INSTALL not in steps:
        raise ScaffoldError(
            "this blueprint says nothing about a first run", "Follow the project's README."
        )
    if (project / ENVIRONMENT).exists():
        raise ScaffoldError(f"{project / ENVIRONMENT} exists already", "Remove it and try again.")
    threads = limit_threads(environ)  # before the installation, which is a load of its own
    commands = {name: words for name, words in steps.items() if name != NEXT}
    count = len(commands) + 1
    with_what = "uv" if find_uv(environ) else "venv"
    with _told(tell, f"[1/{count}] environment", f"{ENVIRONMENT}, made with {with_what}"):
        environment = make_environment(project / ENVIRONMENT, environ)
    for number, name in enumerate(sorted(commands, key=lambda name: name != INSTALL), 2):
        step = _step(name, commands[name], environment, threads)
        with _told(tell, f"[{number}/{count}] {name}", step.shown(project)):
            shows = not quiet and (name != INSTALL or verbose)
            with nullcontext() if shows else track_progress(f"[{number}/{count}] {name}"):
                step.run(project, shows=shows)


def next_commands(steps: Mapping[str, Sequence[str]]) -> list[str]:
    """The lines that say what to do once the first run is done, in the activated environment.

    Args:
        steps: As `first_run` takes them.
    """
    again = {name: words for name, words in steps.items() if name not in (INSTALL, NEXT)}
    return list(steps.get(NEXT) or [shlex.join(["python", *words]) for words in again.values()])


@contextmanager
def _told(tell: Tell, step: str, what: str) -> Iterator[None]:
    """Tell that a step begins, and how long it took."""
    tell(f"{step}: {what}")
    started = time.monotonic()
    yield
    tell(f"{step}: done in {time.monotonic() - started:.0f} s")


@dataclass(frozen=True)
class _Step:
    """A command of the first run.

    Attributes:
        name: What the blueprint calls it.
        command: Its words.
        environ: The variables to run in.
        own: Those of them that are set for this step alone.
    """

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    own: Mapping[str, str]

    def shown(self, project: Path) -> str:
        """The command as a person would paste it in the project's folder."""
        words = (word.removeprefix(f"{project}{os.sep}") for word in self.command)
        return " ".join(
            [*(f"{k}={shlex.quote(v)}" for k, v in self.own.items()), shlex.join(words)]
        )

    def run(self, project: Path, *, shows: bool) -> None:
        """Run it in the open, or show what it prints only if it fails."""
        again = f"cd {shlex.quote(str(project))} && {self.shown(project)}"
        done = _run(self.command, {**self.environ, **self.own}, project, shows=shows)
        _refuse_failed(done, f"the first run stopped at: {self.name}", again)


def _step(
    name: str, words: Sequence[str], environment: Environment, threads: Mapping[str, str]
) -> _Step:
    if name == INSTALL:
        return _Step(name, [*environment.install, *words], environment.environ, {})
    return _Step(name, [str(environment.python), *words], environment.environ, threads)
