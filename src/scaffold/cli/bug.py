"""The log of a bug: all that one who looks into it has to know, and nothing that is secret."""

from __future__ import annotations

import os
import re
import shlex
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from .. import __version__
from ..errors import ScaffoldError
from ..report import clean
from .output import write_error

DISTRIBUTION = "scaffold-ml"  # as the package index knows it
HIDDEN = "…"
_DATA = ("--data", "-d")
_VARIABLE = "SCAFFOLD_DATA_"
_SHORTEST = 4  # a shorter answer, as "yes", stands in many places and tells nothing


def write_log(error: BaseException, arguments: Sequence[str]) -> Path | None:
    """Write what happened into a file that can be pasted into a report.

    Args:
        error: The bug.
        arguments: The command line; what was answered on it is left out of the log.

    Returns:
        The file; None where none could be written, and all was told on standard error instead.
    """
    text = log_text(error, arguments, os.environ)
    try:
        with tempfile.NamedTemporaryFile(
            "w",
            prefix="scaffold-",
            suffix=".log",
            delete=False,
            encoding="utf-8",
            errors="backslashreplace",
        ) as log:
            log.write(text)
    except OSError:
        write_error(clean(text))
        return None
    return Path(log.name)


def log_text(error: BaseException, arguments: Sequence[str], environ: Mapping[str, str]) -> str:
    """What `write_log` writes."""
    trace = "".join(traceback.format_exception(error))
    lines = [*_versions(), f"command: {command_line(arguments)}", "", trace]
    return _hidden("\n".join(lines), error, arguments, environ)


def described(error: BaseException, arguments: Sequence[str]) -> str:
    """The bug in one line."""
    line = f"{type(error).__name__}: {error}".splitlines()[0]
    return _hidden(line, error, arguments, os.environ)


def _hidden(
    text: str, error: BaseException, arguments: Sequence[str], environ: Mapping[str, str]
) -> str:
    """A text without credentials, and without what was answered, wherever it got into it."""
    from ..git import redacted

    answers = {value for _, _, value in map(_parted, _answered(arguments))}
    answers |= {value for name, value in environ.items() if name.startswith(_VARIABLE)}
    answers = {value for value in answers if len(value) >= _SHORTEST} | set(_secrets(error))
    spelled = answers | {repr(value)[1:-1] for value in answers}
    for value in sorted(spelled - {""}, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", HIDDEN, text)
    return redacted(text)


def _secrets(error: BaseException | None) -> Iterator[str]:
    """The answers to secret questions, wherever they came from, that the failed code knew."""
    from ..questions import Answers, Interview

    while error is not None:
        for frame, _ in traceback.walk_tb(error.__traceback__):
            for known in list(frame.f_locals.values()):
                if isinstance(known, Interview):
                    yield from map(str, known.secret_answers())
                elif isinstance(known, Answers):
                    yield from (str(known.values[n]) for n in known.secrets if n in known.values)
        error = error.__cause__ or error.__context__


def command_line(arguments: Sequence[str]) -> str:
    """The command as it was typed; of an answer only the question is told."""
    from ..git import without_credentials

    answered = set(_answered(arguments))
    parted = ((word, *_parted(word)) for word in arguments)
    words = [f"{s}{n}={HIDDEN}" if word in answered else word for word, s, n, _ in parted]
    return shlex.join(["scaffold", *map(without_credentials, words)])


def _answered(arguments: Sequence[str]) -> Iterator[str]:
    """The words that hold an answer: ``KEY=VALUE``, ``--data=KEY=VALUE``, ``-dKEY=VALUE``."""
    for before, word in zip(["", *arguments], arguments, strict=False):
        if before in _DATA or (word.startswith(("--data=", "-d")) and "=" in word):
            yield word


def _parted(word: str) -> tuple[str, str, str]:
    """How an answer starts, its question and its value."""
    start = next((flag for flag in ("--data=", "-d") if word.startswith(flag)), "")
    name, _, value = word.removeprefix(start).partition("=")
    return start, name, value


def _versions() -> Iterator[str]:
    from importlib.metadata import PackageNotFoundError, version
    from platform import platform, python_implementation, python_version

    yield f"{DISTRIBUTION} {__version__}"
    yield f"{python_implementation()} {python_version()} at {sys.executable}"
    for package in ("copier", "jinja2", "omegaconf", "pyyaml", "questionary", "typer"):
        try:
            yield f"{package} {version(package)}"
        except PackageNotFoundError:
            yield f"{package}: not installed"
    yield _git_version()
    yield platform()


def _git_version() -> str:
    from ..git import git

    try:
        return git("--version", cwd=Path(os.sep)).text
    except (ScaffoldError, OSError):
        return "git: not found"
