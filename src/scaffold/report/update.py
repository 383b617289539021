"""What became of a project, or would → text for people, JSON for machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..questions import describe_conflicts
from .json import SCHEMA, as_json, fields
from .text import clean, joined, shell_word, short

if TYPE_CHECKING:
    from ..blueprints import Section
    from ..merge import Change
    from ..operations import Updated

MAX_NEWS_LINES = 40

UNWRITTEN = "Nothing was written. Run it again without --dry-run to do all of this."


def updated_text(results: Sequence[Updated], cwd: Path) -> str:
    """What happened to each path, by record, then the next command to type."""
    lines = [line for result in results for line in ("", *_updated_lines(result))][1:]
    planned = [result for result in results if result.plan]
    after = ("", *_after_update(planned, short(planned[0].path, cwd))) if planned else ()
    return joined([*lines, *after])


def _updated_lines(result: Updated) -> Iterator[str]:
    yield from (f"note: {note}" for note in result.notes)
    if result.plan is None:
        yield f"{result.path.name}: nothing to do, {result.source} {result.new}"
        return
    was = result.old if result.old == result.new else f"{result.old} → {result.new}"
    yield f"{result.path.name}: {result.source} {was}"
    yield from news_lines(result.news)
    yield from changes_lines(result.plan.changes)


def news_lines(news: Sequence[Section]) -> Iterator[str]:
    """What the blueprint's changelog says, as much of it as a screen holds."""
    lines = [line for item in news for line in ("", f"new in {item.version}:", *_indented(item))]
    yield from lines[:MAX_NEWS_LINES]
    if len(lines) > MAX_NEWS_LINES:
        yield f"  … {len(lines) - MAX_NEWS_LINES} more lines; --json has all of it"


def _indented(section: Section) -> Iterator[str]:
    yield from (f"  {line}".rstrip() for line in section.text.splitlines())


def news_json(news: Sequence[Section]) -> list[dict[str, str]]:
    """The same for machines."""
    return [{"version": clean(item.version), "text": clean(item.text)} for item in news]


def changes_lines(changes: Sequence[Change]) -> Iterator[str]:
    """What happens to each path, by kind."""
    for kind, chosen in _by_kind(changes):
        yield from ("", f"{kind} ({len(chosen)})", *(f"  {_change(change)}" for change in chosen))


def _by_kind(changes: Sequence[Change]) -> Iterator[tuple[str, list[Change]]]:
    from ..merge import ChangeKind

    for kind in ChangeKind:
        if chosen := [change for change in changes if change.kind is kind]:
            yield kind.value, chosen


def _change(change: Change) -> str:
    path = f"{change.old_path} → {change.path}" if change.old_path else change.path
    return f"{path}  ({change.reason})" if change.reason else path


def _after_update(results: Sequence[Updated], here: str) -> Iterator[str]:
    if refused := results[0].refused:
        yield "Nothing was written. A run without --dry-run would be refused now:"
        yield refused
    elif not results[0].written:
        yield UNWRITTEN
    else:
        conflicts = sum(len(result.plan.conflicts) for result in results if result.plan)
        installs = dict.fromkeys(result.install for result in results if result.install)
        message = f"Update the blueprint{'s' if len(results) > 1 else ''}"
        yield from after_staging(conflicts, here, message, " && ".join(installs))


def after_staging(conflicts: int, here: str, message: str, install: str = "") -> Iterator[str]:
    """The next steps after changes were staged, and how to take them back.

    Args:
        conflicts: How many are left to resolve.
        here: The project, as a person would type it.
        message: For the commit.
        install: The command that installs what changed; may be empty.
    """
    at = "" if here == "." else f" -C {shell_word(here)}"
    if conflicts:
        yield f"{describe_conflicts(conflicts)}: edit each file,"
        yield f"then: git{at} add FILE   (or: git{at} mergetool)"
    else:
        yield f"next: git{at} diff --staged && git{at} commit -m {shell_word(message)}"
    if install:
        there = "" if here == "." else f"cd {shell_word(here)} && "
        yield f"as dependencies changed: {there}{install}"
    place = "" if here == "." else f" {shell_word(here)}"
    yield f"or take it all back: scaffold update --abort{place}"


def updated_json(result: Updated) -> dict[str, Any]:
    """The same for machines."""
    changes = result.plan.changes if result.plan else ()
    versions = {"old": result.old or None, "new": result.new or None}
    return {
        "path": str(result.path),
        "outcome": _outcome(result),
        "blueprint": {"source": result.source, **versions},
        "changes": [change_json(change) for change in changes],
        "conflicts": len(result.plan.conflicts) if result.plan else 0,
        **fields(result, "diff", "answers", "sources"),
        "news": news_json(result.news),
        **fields(result, "refused?", "install?", "notes", "written"),
    }


def _outcome(result: Updated) -> str:
    if result.plan is None:
        return "nothing to do"
    if not result.written:
        return "planned"
    return "conflicts" if result.plan.conflicts else "updated"


def change_json(change: Change) -> dict[str, Any]:
    """What happens to a path, for machines."""
    return fields(change, "kind", "path", "old_path?", "reason?")


def aborted_json(path: Path, done: str) -> dict[str, Any]:
    """An update that was taken back, for machines."""
    return {"path": str(path), "outcome": "taken back", "done": done}


def all_updated(updates: Sequence[Mapping[str, Any]]) -> str:
    """One JSON object of several updates, each as it is printed alone."""
    whole = [{"schema": SCHEMA, "command": "update", **update} for update in updates]
    return as_json("update", {"updates": whole})
