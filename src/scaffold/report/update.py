"""Results of `scaffold update` → text for people, JSON for machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .. import blueprints, merge, operations
from ..questions import describe_conflicts
from .json import SCHEMA, select_fields
from .text import join_lines, quote_for_shell, replace_controls, shorten_path

MAX_NEWS_LINES = 40

UNWRITTEN = "Nothing was written. Run it again without --dry-run to apply this."


def format_updates(results: Sequence[operations.UpdateResult], cwd: Path) -> str:
    """Format the change of each path, by record, then the next command to type."""
    lines = [line for result in results for line in ("", *_format_update(result))][1:]
    planned = [result for result in results if result.plan]
    after = ("", *_format_outcome(planned, shorten_path(planned[0].path, cwd))) if planned else ()
    return join_lines([*lines, *after])


def _format_update(result: operations.UpdateResult) -> Iterator[str]:
    yield from (f"note: {note}" for note in result.notes)
    if result.plan is None:
        yield f"{result.path.name}: nothing to do, {result.source} {result.new}"
        return
    was = result.old if result.old == result.new else f"{result.old} → {result.new}"
    yield f"{result.path.name}: {result.source} {was}"
    yield from format_news(result.news)
    yield from format_changes(result.plan.changes)


def format_news(news: Sequence[blueprints.ChangelogSection]) -> Iterator[str]:
    """Format entries of the blueprint's changelog, at most `MAX_NEWS_LINES` lines."""
    lines = [line for item in news for line in ("", f"new in {item.version}:", *_indent(item))]
    yield from lines[:MAX_NEWS_LINES]
    if len(lines) > MAX_NEWS_LINES:
        yield f"  … {len(lines) - MAX_NEWS_LINES} more lines; --json shows all"


def _indent(section: blueprints.ChangelogSection) -> Iterator[str]:
    yield from (f"  {line}".rstrip() for line in section.text.splitlines())


def encode_news(news: Sequence[blueprints.ChangelogSection]) -> list[dict[str, str]]:
    """Encode entries of the blueprint's changelog."""
    return [
        {"version": replace_controls(item.version), "text": replace_controls(item.text)}
        for item in news
    ]


def format_changes(changes: Sequence[merge.Change]) -> Iterator[str]:
    """Format the change of each path, by kind."""
    for kind, chosen in _group_by_kind(changes):
        yield from (
            "",
            f"{kind} ({len(chosen)})",
            *(f"  {_format_change(change)}" for change in chosen),
        )


def _group_by_kind(changes: Sequence[merge.Change]) -> Iterator[tuple[str, list[merge.Change]]]:
    from ..merge import ChangeKind

    for kind in ChangeKind:
        if chosen := [change for change in changes if change.kind is kind]:
            yield kind.value, chosen


def _format_change(change: merge.Change) -> str:
    path = f"{change.old_path} → {change.path}" if change.old_path else change.path
    return f"{path}  ({change.reason})" if change.reason else path


def _format_outcome(results: Sequence[operations.UpdateResult], here: str) -> Iterator[str]:
    if refused := results[0].refused:
        yield "Nothing was written. Without --dry-run this would fail now:"
        yield refused
    elif not results[0].written:
        yield UNWRITTEN
    else:
        conflicts = sum(len(result.plan.conflicts) for result in results if result.plan)
        installs = dict.fromkeys(result.install for result in results if result.install)
        message = f"Update the blueprint{'s' if len(results) > 1 else ''}"
        yield from format_next_steps(conflicts, here, message, " && ".join(installs))


def format_next_steps(conflicts: int, here: str, message: str, install: str = "") -> Iterator[str]:
    """Format the next steps after changes were staged, and the command to undo them.

    Args:
        conflicts: The number that is left to resolve.
        here: The project, as a person would type it.
        install: The command that installs what changed; may be empty.
    """
    at = "" if here == "." else f" -C {quote_for_shell(here)}"
    if conflicts:
        yield f"{describe_conflicts(conflicts)}: edit each file,"
        yield f"then: git{at} add FILE   (or: git{at} mergetool)"
    else:
        yield f"next: git{at} diff --staged && git{at} commit -m {quote_for_shell(message)}"
    if install:
        there = "" if here == "." else f"cd {quote_for_shell(here)} && "
        yield f"dependencies changed; install them: {there}{install}"
    place = "" if here == "." else f" {quote_for_shell(here)}"
    yield f"or undo all of it: scaffold update --abort{place}"


def encode_update(result: operations.UpdateResult) -> dict[str, Any]:
    """Encode an update."""
    changes = result.plan.changes if result.plan else ()
    versions = {"old": result.old or None, "new": result.new or None}
    return {
        "path": str(result.path),
        "outcome": _name_outcome(result),
        "blueprint": {"source": result.source, **versions},
        "changes": [encode_change(change) for change in changes],
        "conflicts": len(result.plan.conflicts) if result.plan else 0,
        **select_fields(result, "diff", "answers", "sources"),
        "news": encode_news(result.news),
        **select_fields(result, "refused?", "install?", "notes", "written"),
    }


def _name_outcome(result: operations.UpdateResult) -> str:
    if result.plan is None:
        return "nothing to do"
    if not result.written:
        return "planned"
    return "conflicts" if result.plan.conflicts else "updated"


def encode_change(change: merge.Change) -> dict[str, Any]:
    """Encode the change of a path."""
    return select_fields(change, "kind", "path", "old_path?", "reason?")


def encode_undo(path: Path, done: str) -> dict[str, Any]:
    """Encode an update that was undone."""
    return {"path": str(path), "outcome": "taken back", "done": done}


def encode_updates(results: Sequence[operations.UpdateResult]) -> dict[str, Any]:
    """Encode several updates, each as if it were the only one."""
    head = {"schema": SCHEMA, "command": "update"}
    return {"updates": [head | encode_update(result) for result in results]}
