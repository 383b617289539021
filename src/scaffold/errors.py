"""All exit codes, and the expected failures: what failed, and the next step.

The command line shows ``what`` and ``hint`` and exits with ``exit_code``; a library caller
catches `ScaffoldError` or a subclass. `Interrupted` is not one of them, as `KeyboardInterrupt` is
not an `Exception`. Any other exception is a bug.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of the command line: a failure carries its own, a command chooses the others."""

    done = 0
    failed = 1
    usage = 2
    update_available = 3  # `check`
    conflicts_left = 4  # `new`, `update` and `check`
    bug = 70
    interrupted = 130


_results: ContextVar[tuple[str, ...]] = ContextVar("results", default=())


class Failure(BaseException):
    """Base of the expected failures of a command.

    Args:
        what: What failed, in one line.
        hint: The next step for the user, in one line.
        details: Further lines to show between the two (paths, a command's output).
    """

    exit_code = ExitCode.failed

    def __init__(self, what: str, hint: str = "", details: Iterable[str] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint
        self.details = tuple(details)


class ScaffoldError(Failure, Exception):
    """An expected failure, other than an interrupt."""


class UsageError(ScaffoldError):
    """A command was called with arguments that cannot be used."""

    exit_code = ExitCode.usage


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake in the answers.

    Attributes:
        origin: Source of the answer: a file name, ``--data``, ``environment NAME``, ….
        line: 1-based line in ``origin``, 0 if it has no lines.
        column: 1-based column in ``origin``, 0 if it has no columns.
        key: The question's name.
        why: The mistake, and what would be right.
    """

    origin: str
    line: int
    column: int
    key: str
    why: str

    def __str__(self) -> str:
        place = f"{self.origin}:{self.line}:{self.column}" if self.line else self.origin
        return f"{place}: {self.key}: {self.why}" if self.key else f"{place}: {self.why}"


class AnswersError(ScaffoldError):
    """Answers are unknown, missing or invalid; holds all problems, not only the first."""

    exit_code = ExitCode.usage

    def __init__(self, problems: Iterable[Problem], hint: str = "") -> None:
        self.problems = tuple(sorted(problems))
        count = len(self.problems)
        what = f"{count} answer{'s' if count != 1 else ''} cannot be used"
        hint = hint or "Correct these answers, then run the command again."
        super().__init__(what, hint, [str(problem) for problem in self.problems])


class Bug(ScaffoldError):
    """An unexpected exception, as the command line shows it."""

    exit_code = ExitCode.bug


class Interrupted(Failure):
    """The user stopped the command (Ctrl-C, Ctrl-D, a closed terminal).

    It is not an `Exception`, so that no handler of failures catches it and goes on.

    Args:
        what: What happened; by default the results of `add_result`, or that nothing changed.
        hint: The next step for the user.
    """

    exit_code = ExitCode.interrupted

    def __init__(self, what: str = "", hint: str = "") -> None:
        done = "; ".join(_results.get()) or "nothing was changed"
        super().__init__(what or f"interrupted, {done}", hint)


def add_result(result: str) -> None:
    """Record a change on disk that an interrupt shall report from now on.

    Args:
        result: The change, as in "/p is made".
    """
    _results.set((*_results.get(), result))


def clear_results() -> None:
    """Forget all recorded changes, at the start of a command."""
    _results.set(())
