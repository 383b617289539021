"""Failures → text for people, JSON for machines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import AnswersError, Failure, Problem, UsageError
from .json import select_fields
from .text import escape_line, join_lines


def format_error(error: Failure) -> str:
    """Format the failure, its details and the next step."""
    lines = [f"error: {error.what}", *(f"  {detail}" for detail in error.details)]
    if error.hint:
        lines.append(f"next: {error.hint}")
    return join_lines(lines)


def format_github_error(error: UsageError | AnswersError) -> str:
    """Format an error for GitHub Actions, at the line of a file or with its origin."""
    if not isinstance(error, AnswersError):
        text = f"{error.what.removesuffix('.')}. {error.hint}".strip()
        return f"::error::{_escape(escape_line(text))}"
    return "\n".join(
        f"::error {_format_place(p)}::"
        + _escape(escape_line(f"{p.key}: {p.why}" if p.key else p.why))
        for p in error.problems
    )


def _format_place(problem: Problem) -> str:
    origin = _escape(escape_line(problem.origin), ":,")
    if not problem.line:
        return f"title={origin}"
    return f"file={origin},line={problem.line},col={problem.column}"


def _escape(text: str, more: str = "") -> str:
    """Escape a text for the runner's commands: percent signs first, then separators."""
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def encode_error(error: Failure, log: Path | None = None) -> dict[str, Any]:
    """Encode a failure."""
    problems = error.problems if isinstance(error, AnswersError) else ()
    encoded = {
        "what": error.what,
        "next": error.hint or None,
        "details": list(error.details),
        "problems": [
            select_fields(p, "origin", "line?", "column?", "key", "why") for p in problems
        ],
        "log": None if log is None else str(log),
    }
    return {"error": encoded, "exit_code": error.exit_code}
