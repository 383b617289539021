"""Every expected failure: what failed, the next step, the exit code.

The command line shows ``what`` and ``hint`` and exits with ``exit_code``; a library caller
catches `ScaffoldError` or one of its kinds. Anything else that escapes is a bug.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class ScaffoldError(Exception):
    """An expected failure.

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


class Interrupted(ScaffoldError):
    """The user stopped the command (Ctrl-C, Ctrl-D, a closed terminal)."""

    exit_code = 130

    def __init__(self, what: str = "interrupted, nothing was changed", hint: str = "") -> None:
        super().__init__(what, hint)
