"""Failures → text for people, JSON for machines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import AnswersError, Failure, Problem, UsageError
from .json import fields
from .text import joined, one_line


def error_text(error: Failure) -> str:
    """What failed, the details, and the next step."""
    lines = [f"error: {error.what}", *(f"  {detail}" for detail in error.details)]
    if error.hint:
        lines.append(f"next: {error.hint}")
    return joined(lines)


def github_text(error: UsageError | AnswersError) -> str:
    """What is wrong, as GitHub Actions shows it: beside the line of a file, or with its origin."""
    if not isinstance(error, AnswersError):
        return f"::error::{_escaped(one_line(' '.join((f'{error.what}.', error.hint)).strip()))}"
    return "\n".join(
        f"::error {_place(p)}::" + _escaped(one_line(f"{p.key}: {p.why}" if p.key else p.why))
        for p in error.problems
    )


def _place(problem: Problem) -> str:
    origin = _escaped(one_line(problem.origin), ":,")
    if not problem.line:
        return f"title={origin}"
    return f"file={origin},line={problem.line},col={problem.column}"


def _escaped(text: str, more: str = "") -> str:
    """As the runner's commands want it: percent signs first, then what would end a part."""
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def error_json(error: Failure, log: Path | None = None) -> dict[str, Any]:
    """The same for machines.

    Args:
        error: What failed.
        log: Of a bug, the file that tells all of it.
    """
    problems = error.problems if isinstance(error, AnswersError) else ()
    told = {
        "what": error.what,
        "next": error.hint or None,
        "details": list(error.details),
        "problems": [fields(p, "origin", "line?", "column?", "key", "why") for p in problems],
        "log": None if log is None else str(log),
    }
    return {"error": told, "exit_code": error.exit_code}
