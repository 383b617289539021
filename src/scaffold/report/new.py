"""Results of `scaffold new` → text for people, JSON for machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .. import operations, render
from .json import select_fields
from .text import join_lines, quote_for_shell, shorten_path
from .update import UNWRITTEN, encode_change, format_changes, format_next_steps


def format_created(result: operations.CreateResult, cwd: Path, tried: bool) -> str:
    """Format a new project and the next steps; every printed command works when pasted.

    Args:
        tried: Whether the project's environment was made and tried already.
    """
    count = f"{len(result.files)} file{'s' if len(result.files) != 1 else ''}"
    label = f"{result.source} {result.version}".strip()
    git = ", one git commit" if result.repository else ""
    git += ", merged into the existing files" if result.changes else ""
    made = result.archive or result.path
    lines = [f"{shorten_path(made, cwd)}: {count} from {label}{git}"]
    lines += [f"note: {note}" for note in result.notes]
    if result.archive:
        return join_lines(lines)
    if result.changes:
        lines += format_filled(result, cwd)
    steps = [] if result.path == cwd else [f"cd {quote_for_shell(shorten_path(result.path, cwd))}"]
    if tried:
        from ..project import list_next_commands

        steps += ["source .venv/bin/activate", *list_next_commands(result.first_run)]
    else:
        steps += result.steps
    if steps:
        lines += ["", "Next steps:", *(f"  {step}".rstrip() for step in steps)]
    return join_lines(lines)


def format_filled(result: operations.CreateResult, cwd: Path) -> Iterator[str]:
    """Format the changes to files that existed, then the next command to type."""
    from ..merge import ChangeKind

    there = [c for c in result.changes if c.kind is not ChangeKind.added or not result.written]
    yield from format_changes(there)
    yield ""
    if not result.written:
        yield UNWRITTEN
    elif result.staged:
        message = f"Start from {result.source} {result.version}".strip()
        yield from format_next_steps(result.conflicts, shorten_path(result.path, cwd), message)


def format_planned(result: operations.CreateResult, cwd: Path) -> str:
    """Format a dry run in a folder that already holds files."""
    label = f"{result.source} {result.version}".strip()
    lines = [f"{result.path.name}: {label}, merged into the existing files"]
    lines += [f"note: {note}" for note in result.notes]
    return join_lines([*lines, *format_filled(result, cwd)])


def encode_created(result: operations.CreateResult) -> dict[str, Any]:
    """Encode a new project."""
    return {
        **select_fields(result, "path", "archive?"),
        "blueprint": {"source": result.source, "version": result.version or None},
        "files": [select_fields(file, "path", "size", "executable") for file in result.files],
        **select_fields(result, "answers", "sources", "notes"),
        "changes": [encode_change(change) for change in result.changes],
        **select_fields(result, "conflicts", "repository", "written"),
    }


def format_tree(name: str, files: Sequence[render.RenderedFile]) -> str:
    """Format files as a tree with sizes, and a line with their total."""
    from ..prompts import draw_tree, format_size

    lines = [f"{label}  {about}".rstrip() for label, about in draw_tree(files)]
    total = format_size(sum(file.size for file in files))
    return join_lines([f"{name}/", *lines, "", f"{len(files)} files, {total}; nothing written"])
