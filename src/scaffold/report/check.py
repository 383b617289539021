"""Results of `scaffold check` → text for people, JSON for machines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import operations
from ..project import RECORD_NAME as RECORD
from ..questions import describe_conflicts
from .json import select_fields
from .text import format_table, join_lines, quote_for_shell, wrap
from .update import encode_news, format_news


def format_checks(results: Sequence[operations.CheckResult], width: int | None = None) -> str:
    """Format one line a project: the recorded version, the newest one, and the state.

    Args:
        width: The columns of the terminal; None for lines of any length.
    """
    named = _find_named(results)
    rows = [
        (
            _format_place(r, named),
            f"{r.source} {r.current}".strip(),
            _format_state(r) + _format_pending(r),
        )
        for r in results
    ]
    lines = [*format_table(rows, width)]
    if len(results) == 1:
        lines += format_news(results[0].news)
    hints = dict.fromkeys(result.hint for result in results if result.problem and result.hint)
    lines += [line for hint in hints for line in ("", *_format_hint(hint, width))]
    if available := [r for r in results if r.available]:
        lines += ["", f"next: {_format_update_command(available[0], results, named)}"]
    return join_lines(lines)


def _format_hint(hint: str, width: int | None) -> list[str]:
    return wrap(f"next: {hint}", "", width) if width else [f"next: {hint}"]


def _format_update_command(
    first: operations.CheckResult,
    results: Sequence[operations.CheckResult],
    named: Sequence[operations.CheckResult],
) -> str:
    others = [r for r in results if r.path == first.path and r is not first]
    words = ["scaffold", "update", str(first.path)]
    if any(r.available for r in others) and not any(r.problem for r in others):
        words.append("--all")
    elif first in named:
        words += ["--record", first.record]
    return " ".join(map(quote_for_shell, words))


def _find_named(results: Sequence[operations.CheckResult]) -> list[operations.CheckResult]:
    """Find results whose record must be named: it has another name, or is one of several."""
    paths = [r.path for r in results]
    return [r for r in results if r.record and (r.record != RECORD or paths.count(r.path) > 1)]


def _format_place(result: operations.CheckResult, named: Sequence[operations.CheckResult]) -> str:
    return f"{result.path} ({result.record})" if result in named else str(result.path)


def _format_pending(result: operations.CheckResult) -> str:
    if not result.pending:
        return ""
    count = len(result.conflicts)
    what = describe_conflicts(count) if count else "the update is not committed"
    abort = f"scaffold update --abort {quote_for_shell(str(result.path))}"
    return f"; {what}: {'resolve and ' if count else ''}commit it, or {abort}"


def _format_state(result: operations.CheckResult) -> str:
    if result.problem:
        return result.problem
    seen = " (offline: from the last answer)" if result.offline else ""
    if result.available:
        return f"{result.newest} is available{seen}"
    if result.note:
        return f"{result.note}{seen}"
    return f"is the newest{seen}" if result.newest else "the blueprint has no versions"


def encode_checks(results: Sequence[operations.CheckResult]) -> dict[str, Any]:
    """Encode the results of a check."""
    return {"projects": [_encode_check(result) for result in results]}


def _encode_check(result: operations.CheckResult) -> dict[str, Any]:
    versions = select_fields(
        result, "path", "record?", "source?", "current?", "newest?", "available"
    )
    state = select_fields(result, "offline", "problem?", "note?")
    news = {"news": encode_news(result.news)}
    return versions | state | news | select_fields(result, "pending", "conflicts")
