"""A project that was made → text for people, JSON for machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .json import fields
from .text import joined, shell_word, short
from .update import UNWRITTEN, after_staging, change_json, changes_lines

if TYPE_CHECKING:
    from ..operations import Created
    from ..render import File


def created_text(result: Created, cwd: Path, tried: bool) -> str:
    """What was made, and what to do next: every printed command works when pasted.

    Args:
        result: What was made.
        cwd: Where the user stands.
        tried: Whether the project's environment was made and tried already.
    """
    count = f"{len(result.files)} file{'s' if len(result.files) != 1 else ''}"
    label = f"{result.source} {result.version}".strip()
    git = ", one git commit" if result.repository else ""
    git += ", into what was there" if result.changes else ""
    made = result.archive or result.path
    lines = [f"{short(made, cwd)}: {count} from {label}{git}"]
    lines += [f"note: {note}" for note in result.notes]
    if result.archive:
        return joined(lines)
    if result.changes:
        lines += filled_lines(result, cwd)
    steps = [] if result.path == cwd else [f"cd {shell_word(short(result.path, cwd))}"]
    if tried:
        from ..project import next_commands

        steps += ["source .venv/bin/activate", *next_commands(result.first_run)]
    else:
        steps += result.steps
    if steps:
        lines += ["", "Next steps:", *(f"  {step}".rstrip() for step in steps)]
    return joined(lines)


def filled_lines(result: Created, cwd: Path) -> Iterator[str]:
    """What became of files that were there, or would; then the next command to type."""
    from ..merge import ChangeKind

    there = [c for c in result.changes if c.kind is not ChangeKind.added or not result.written]
    yield from changes_lines(there)
    yield ""
    if not result.written:
        yield UNWRITTEN
    elif result.staged:
        message = f"Start from {result.source} {result.version}".strip()
        yield from after_staging(result.conflicts, short(result.path, cwd), message)


def planned_text(result: Created, cwd: Path) -> str:
    """What would become of a folder that holds files already."""
    label = f"{result.source} {result.version}".strip()
    lines = [f"{result.path.name}: {label}, into what is there"]
    lines += [f"note: {note}" for note in result.notes]
    return joined([*lines, *filled_lines(result, cwd)])


def created_json(result: Created) -> dict[str, Any]:
    """The same for machines."""
    return {
        **fields(result, "path", "archive?"),
        "blueprint": {"source": result.source, "version": result.version or None},
        "files": [fields(file, "path", "size", "executable") for file in result.files],
        **fields(result, "answers", "sources", "notes"),
        "changes": [change_json(change) for change in result.changes],
        **fields(result, "conflicts", "repository", "written"),
    }


def tree_text(name: str, files: Sequence[File]) -> str:
    """The files as a tree with sizes, and a line that adds them up."""
    from ..prompts import draw_tree, format_size

    lines = [f"{label}  {about}".rstrip() for label, about in draw_tree(files)]
    total = format_size(sum(file.size for file in files))
    return joined([f"{name}/", *lines, "", f"{len(files)} files, {total}; nothing written"])
