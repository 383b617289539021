"""The first run: make a new project's environment, install the project and try it.

Only the standard library is needed here, as ``bootstrap.py`` makes this checkout's environment
with it before anything is installed.
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
INSTALL = "install"  # the step for pip or uv
NEXT = "next"  # not a step: commands to show afterwards
# pip's settings under the names that uv reads, for users who configured only pip.
UV_NAMES = {
    "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
    "PIP_EXTRA_INDEX_URL": "UV_INDEX",
    "PIP_FIND_LINKS": "UV_FIND_LINKS",
    "PIP_CONSTRAINT": "UV_CONSTRAINT",
    "PIP_TRUSTED_HOST": "UV_INSECURE_HOST",
    "PIP_CERT": "SSL_CERT_FILE",
}
# Variables that would lead a new environment's Python to another one.
OUTER_VARIABLES = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")

NoteWriter = Callable[[str], None]


@dataclass(frozen=True)
class Environment:
    """A virtual environment and the command that installs into it.

    Attributes:
        install: The command that installs; pip's requirements and options follow.
        environ: The variables to run both in.
    """

    folder: Path
    install: tuple[str, ...]
    environ: Mapping[str, str]

    @property
    def python(self) -> Path:
        """The path of its interpreter."""
        return get_python_path(self.folder)


def get_python_path(folder: Path) -> Path:
    """Get the path of the interpreter in an environment's folder."""
    return folder / "Scripts" / "python.exe" if os.name == "nt" else folder / "bin" / "python"


def make_environment(
    folder: Path, environ: Mapping[str, str] = os.environ, python: str = sys.executable
) -> Environment:
    """Make a virtual environment, with uv if it is installed, else with venv.

    Args:
        folder: Its folder; replaced if it exists.
        environ: The variables to run in; pip's and uv's settings in it are honoured.
        python: The interpreter to make it with.

    Raises:
        ScaffoldError: It cannot be made; names what to install.
    """
    environ = {k: v for k, v in environ.items() if k not in OUTER_VARIABLES}
    if uv := find_uv(environ):
        _run_quietly([uv, "venv", "--quiet", "--clear", "--python", python, str(folder)], environ)
    else:
        _run_venv(folder, environ, python)
    return open_environment(folder, environ, python)


def open_environment(
    folder: Path, environ: Mapping[str, str] = os.environ, python: str = sys.executable
) -> Environment:
    """Find out how to install into an existing environment.

    Raises:
        ScaffoldError: Neither uv nor pip can install into it.
    """
    environ = {k: v for k, v in environ.items() if k not in OUTER_VARIABLES}
    inside = str(get_python_path(folder))
    if uv := find_uv(environ):
        return Environment(
            folder, (uv, "pip", "install", "--python", inside), _add_uv_settings(environ)
        )
    for pip in ([inside, "-m", "pip"], [python, "-m", "pip", "--python", inside]):
        if _succeeds([*pip, "--version"], environ):
            return Environment(folder, (*pip, "install", "--progress-bar", "off"), environ)
    raise ScaffoldError(
        f"cannot install into {folder}: neither uv nor pip 22.3 or newer was found",
        "Install pip or uv (on Debian and Ubuntu: apt install python3-pip) and try again.",
    )


def find_uv(environ: Mapping[str, str]) -> str | None:
    """Find uv on the search path; None if it is not installed."""
    return shutil.which("uv", path=environ.get("PATH"))


def _run_venv(folder: Path, environ: Mapping[str, str], python: str) -> None:
    """Run venv; without pip where ensurepip is missing, as in Debian's Python."""
    make = [python, "-m", "venv", "--clear"]
    if not _succeeds([*make, str(folder)], environ):
        _run_quietly([*make, "--without-pip", str(folder)], environ)


def _succeeds(command: Sequence[str], environ: Mapping[str, str]) -> bool:
    try:
        return _run(command, environ).returncode == 0
    except ScaffoldError:
        return False


def _run_quietly(command: Sequence[str], environ: Mapping[str, str]) -> None:
    """Run a command; show its output only if it fails."""
    _refuse_failed(
        _run(command, environ), "the environment could not be created", shlex.join(command)
    )


def _run(
    command: Sequence[str],
    environ: Mapping[str, str],
    project: Path | None = None,
    *,
    shows: bool = False,
) -> subprocess.CompletedProcess[bytes]:
    """Run a command; keep its output, or send it to standard error."""
    out = {"stdout": 2} if shows else {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    where: dict[str, Any] = {"cwd": project, "env": environ, "stdin": subprocess.DEVNULL, **out}
    try:
        return subprocess.run(command, check=False, **where)
    except OSError as error:
        raise ScaffoldError(f"{command[0]} cannot be run: {error.strerror}") from None


def _refuse_failed(done: subprocess.CompletedProcess[bytes], what: str, again: str) -> None:
    if done.returncode:
        printed = (done.stdout or b"").decode(errors="replace").splitlines()
        raise ScaffoldError(what, f"To repeat it: {again}", printed)


# ---------------------------------------------------------------- pip's settings for uv


def _add_uv_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Add pip's settings under uv's names to the variables; uv's own settings win."""
    pip = {**_read_pip_files(environ), **environ}
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


def _read_pip_files(environ: Mapping[str, str]) -> dict[str, str]:
    """Read pip's configuration files, under the names of pip's variables."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read(_list_pip_paths(environ), encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError):
        return {}
    found: dict[str, str] = {}
    for section in ("global", "install"):
        if parser.has_section(section):
            for key, value in parser.items(section):
                found["PIP_" + key.upper().replace("-", "_")] = " ".join(value.split())
    return found


def _list_pip_paths(environ: Mapping[str, str]) -> Iterator[Path]:
    """List the configuration files that pip reads, the strongest last."""
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


def run_first_steps(
    project: Path,
    steps: Mapping[str, Sequence[str]],
    write_note: NoteWriter,
    environ: Mapping[str, str] = os.environ,
    *,
    verbose: bool = False,
    quiet: bool = False,
) -> None:
    """Make the environment, install the project into it, and run the blueprint's first steps.

    The steps start no more threads than there are free CPUs, unless ``environ`` sets a number.

    Args:
        steps: ``install`` with the arguments of ``pip install``; each other step by its name with
            the arguments of the environment's Python.
        write_note: Writes one line about the current step.
        environ: The environment to run in; pip's and uv's settings in it are honoured.
        verbose: Show all output of pip or uv, not only if it fails.
        quiet: Show the output of a step only if it fails.

    Raises:
        ScaffoldError: A step failed; the project stays, and the message names the command.
    """
    if INSTALL not in steps:
        raise ScaffoldError("this blueprint defines no first run", "Follow the project's README.")
    if (project / ENVIRONMENT).exists():
        raise ScaffoldError(f"{project / ENVIRONMENT} exists already", "Remove it and try again.")
    threads = limit_threads(environ)  # before the installation, which is a load of its own
    commands = {name: words for name, words in steps.items() if name != NEXT}
    count = len(commands) + 1
    with_what = "uv" if find_uv(environ) else "venv"
    with _write_times(
        write_note, f"[1/{count}] environment", f"{ENVIRONMENT}, made with {with_what}"
    ):
        environment = make_environment(project / ENVIRONMENT, environ)
    for number, name in enumerate(sorted(commands, key=lambda name: name != INSTALL), 2):
        is_install, title = name == INSTALL, f"[{number}/{count}] {name}"
        start = environment.install if is_install else (str(environment.python),)
        command, own = [*start, *commands[name]], {} if is_install else threads
        typed = _format_command(command, own, project)
        shows = not quiet and (not is_install or verbose)
        with (
            _write_times(write_note, title, typed),
            nullcontext() if shows else track_progress(title),
        ):
            done = _run(command, {**environment.environ, **own}, project, shows=shows)
            again = f"cd {shlex.quote(str(project))} && {typed}"
            _refuse_failed(done, f"the first run stopped at: {name}", again)


def _format_command(words: Sequence[str], environ: Mapping[str, str], project: Path) -> str:
    """Format a command as a person would paste it in the project's folder."""
    short = shlex.join(word.removeprefix(f"{project}{os.sep}") for word in words)
    return " ".join([*(f"{k}={shlex.quote(v)}" for k, v in environ.items()), short])


def list_next_commands(steps: Mapping[str, Sequence[str]]) -> list[str]:
    """List the commands to try after the first run, in the activated environment."""
    again = {name: words for name, words in steps.items() if name not in (INSTALL, NEXT)}
    return list(steps.get(NEXT) or [shlex.join(["python", *words]) for words in again.values()])


@contextmanager
def _write_times(write_note: NoteWriter, step: str, what: str) -> Iterator[None]:
    """Write a line when a step begins, and one with its duration when it ends."""
    write_note(f"{step}: {what}")
    started = time.monotonic()
    yield
    write_note(f"{step}: done in {time.monotonic() - started:.0f} s")
