"""Every expected failure: what failed, the next step, the exit code.

The command line shows ``what`` and ``hint`` and exits with ``exit_code``; a library caller
catches `ScaffoldError` or one of its kinds. `Interrupted` is none of them, as `KeyboardInterrupt`
is no `Exception`. Anything else that escapes is a bug.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass

_results: ContextVar[tuple[str, ...]] = ContextVar("results", default=())


class Failure(BaseException):
    """An expected end of a command that did not do what it was asked for.

    Args:
        what: What failed, in one line.
        hint: The next step for the user, in one line.
        details: Further lines to show between the two (paths, a command's output).
    """

    exit_code = 1

    def __init__(self, what: str, hint: str = "", details: Iterable[str] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint
        self.details = tuple(details)


class ScaffoldError(Failure, Exception):
    """An expected failure."""


class UsageError(ScaffoldError):
    """A command was called in a way that cannot be meant."""

    exit_code = 2


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong with the answers.

    Attributes:
        origin: Where the answer came from: a file name, ``--data``, ``environment NAME``, ….
        line: 1-based line in ``origin``, 0 where there are no lines.
        column: 1-based column in ``origin``, 0 where there are no columns.
        key: The question's name.
        why: What is wrong and what would be right.
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
    """Answers are unknown, missing or invalid: all of them, not the first."""

    exit_code = 2

    def __init__(self, problems: Iterable[Problem], hint: str = "") -> None:
        self.problems = tuple(sorted(problems))
        count = len(self.problems)
        what = f"{count} answer{'s' if count != 1 else ''} cannot be used"
        super().__init__(what, hint, [str(problem) for problem in self.problems])


class Bug(ScaffoldError):
    """Nothing that was expected; the command line makes it of whatever else escapes."""

    exit_code = 70


class Interrupted(Failure):
    """The user stopped the command (Ctrl-C, Ctrl-D, a closed terminal).

    Like `KeyboardInterrupt` it is no `Exception`: nothing on the way takes it for a failure of its
    own, and goes on.

    Args:
        what: What happened; by default that what `add_result` was told is on disk, and no more.
        hint: The next step for the user.
    """

    exit_code = 130

    def __init__(self, what: str = "", hint: str = "") -> None:
        done = "; ".join(_results.get()) or "nothing was changed"
        super().__init__(what or f"interrupted, {done}", hint)


def add_result(result: str) -> None:
    """Record that something is on disk for good, so that an interrupt says so from now on.

    Args:
        result: What is there, as in "/p is made".
    """
    _results.set((*_results.get(), result))


def clear_results() -> None:
    """Start anew: nothing is changed yet."""
    _results.set(())
