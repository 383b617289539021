"""Results of `scaffold check` → text for people, JSON for machines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..project import NAME as RECORD
from ..questions import describe_conflicts
from .json import fields
from .text import joined, shell_word, table
from .update import news_json, news_lines

if TYPE_CHECKING:
    from ..operations import Checked


def checked_text(results: Sequence[Checked], width: int | None = None) -> str:
    """One line a project: the recorded version, the newest one, and what that means.

    Args:
        results: What is known of each.
        width: The columns that there are; None for lines of any length.
    """
    named = _named_records(results)
    rows = [
        (_place(r, named), f"{r.source} {r.current}".strip(), _news(r) + _pending(r))
        for r in results
    ]
    lines = [*table(rows, width)]
    if len(results) == 1:
        lines += news_lines(results[0].news)
    if available := [r for r in results if r.available]:
        first = available[0]
        words = ["scaffold", "update", str(first.path)]
        words += ["--record", first.record] if first in named else []
        lines += ["", f"next: {' '.join(map(shell_word, words))}"]
    return joined(lines)


def _named_records(results: Sequence[Checked]) -> list[Checked]:
    """The results whose record has to be named: it has another name, or others are beside it."""
    paths = [r.path for r in results]
    return [r for r in results if r.record and (r.record != RECORD or paths.count(r.path) > 1)]


def _place(result: Checked, named: Sequence[Checked]) -> str:
    return f"{result.path} ({result.record})" if result in named else str(result.path)


def _pending(result: Checked) -> str:
    """The state that an update left, and the way out of it."""
    if not result.pending:
        return ""
    count = len(result.conflicts)
    what = describe_conflicts(count) if count else "the update is not committed yet"
    abort = f"scaffold update --abort {shell_word(str(result.path))}"
    return f"; {what}: {'resolve and ' if count else ''}commit it, or {abort}"


def _news(result: Checked) -> str:
    if result.problem:
        return f"unknown: {result.problem}"
    seen = " (offline: as of the last answer)" if result.offline else ""
    if result.available:
        return f"{result.newest} is available{seen}"
    if result.note:
        return f"{result.note}{seen}"
    return f"is the newest{seen}" if result.newest else "the blueprint has no versions"


def checked_json(results: Sequence[Checked]) -> dict[str, Any]:
    """The same for machines."""
    return {"projects": [_checked_json(result) for result in results]}


def _checked_json(result: Checked) -> dict[str, Any]:
    versions = fields(result, "path", "record?", "source?", "current?", "newest?", "available")
    state = fields(result, "offline", "problem?", "note?")
    news = {"news": news_json(result.news)}
    return versions | state | news | fields(result, "pending", "conflicts")
