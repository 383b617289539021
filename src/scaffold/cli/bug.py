"""The log of a bug: all that a developer needs, without secrets."""

from __future__ import annotations

import os
import re
import shlex
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from .. import __version__, git, questions, report
from ..errors import ScaffoldError
from .output import write_error

DISTRIBUTION = "scaffold-ml"  # its name in the package index
HIDDEN = "…"
_DATA_FLAGS = ("--data", "-d")
_VARIABLE_PREFIX = "SCAFFOLD_DATA_"
_MIN_HIDDEN_CHARS = 4  # a shorter answer, such as "yes", occurs in many places and reveals nothing


def write_log(error: BaseException, arguments: Sequence[str]) -> Path | None:
    """Write a bug's log into a file that can be pasted into a report.

    Args:
        error: The bug.
        arguments: The command line; answers on it are left out of the log.

    Returns:
        The file; None if it cannot be written and the log went to standard error instead.
    """
    text = format_log(error, arguments, os.environ)
    try:
        handle, name = tempfile.mkstemp(".log", "scaffold-")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as log:
            log.write(text)
    except OSError:
        write_error(report.replace_controls(text))
        return None
    return Path(name)


def format_log(error: BaseException, arguments: Sequence[str], environ: Mapping[str, str]) -> str:
    """Format the log that `write_log` writes."""
    trace = "".join(traceback.format_exception(error))
    lines = [*_list_versions(), f"command: {format_command(arguments)}", "", trace]
    return _hide_answers("\n".join(lines), error, arguments, environ)


def describe_bug(error: BaseException, arguments: Sequence[str]) -> str:
    """Describe a bug in one line."""
    line = f"{type(error).__name__}: {error}".splitlines()[0]
    return _hide_answers(line, error, arguments, os.environ)


def _hide_answers(
    text: str, error: BaseException, arguments: Sequence[str], environ: Mapping[str, str]
) -> str:
    answers = {value for _, _, value in map(_split_answer, _find_answers(arguments))}
    answers |= {value for name, value in environ.items() if name.startswith(_VARIABLE_PREFIX)}
    answers = {value for value in answers if len(value) >= _MIN_HIDDEN_CHARS} | set(
        _find_secrets(error)
    )
    spelled = answers | {repr(value)[1:-1] for value in answers}
    for value in sorted(spelled - {""}, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", HIDDEN, text)
    return git.redact_urls(text)


def _find_secrets(error: BaseException | None) -> Iterator[str]:
    """Find answers to secret questions in the variables of the failed code."""
    while error is not None:
        for frame, _ in traceback.walk_tb(error.__traceback__):
            for known in list(frame.f_locals.values()):
                if isinstance(known, questions.Interview):
                    yield from map(str, known.secret_answers())
                elif isinstance(known, questions.Answers):
                    yield from (str(known.values[n]) for n in known.secrets if n in known.values)
        error = error.__cause__ or error.__context__


def format_command(arguments: Sequence[str]) -> str:
    """Format the command line without the values of answers."""
    answered = set(_find_answers(arguments))
    parted = ((word, *_split_answer(word)) for word in arguments)
    words = [f"{s}{n}={HIDDEN}" if word in answered else word for word, s, n, _ in parted]
    return shlex.join(["scaffold", *map(git.strip_credentials, words)])


def _find_answers(arguments: Sequence[str]) -> Iterator[str]:
    """Find the words that hold an answer: ``KEY=VALUE``, ``--data=KEY=VALUE``, ``-dKEY=VALUE``."""
    for before, word in zip(["", *arguments], arguments, strict=False):
        if before in _DATA_FLAGS or (word.startswith(("--data=", "-d")) and "=" in word):
            yield word


def _split_answer(word: str) -> tuple[str, str, str]:
    start = next((flag for flag in ("--data=", "-d") if word.startswith(flag)), "")
    name, _, value = word.removeprefix(start).partition("=")
    return start, name, value


def _list_versions() -> Iterator[str]:
    from importlib.metadata import PackageNotFoundError, version
    from platform import platform, python_implementation, python_version

    yield f"{DISTRIBUTION} {__version__}"
    yield f"{python_implementation()} {python_version()} at {sys.executable}"
    for package in ("copier", "jinja2", "omegaconf", "pyyaml", "questionary", "typer"):
        try:
            yield f"{package} {version(package)}"
        except PackageNotFoundError:
            yield f"{package}: not installed"
    yield _get_git_version()
    yield platform()


def _get_git_version() -> str:
    try:
        return git.run_git("--version", cwd=Path(os.sep)).text
    except (ScaffoldError, OSError):
        return "git: not found"
