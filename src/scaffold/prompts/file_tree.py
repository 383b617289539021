"""The files of a project as a tree, or summarized."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..questions import make_printable

if TYPE_CHECKING:
    from ..render import RenderedFile

MAX_WHOLE_FILES = 16
Row = tuple[str, str]
"""A name after its branches, and its size or number of files."""


def draw_tree(files: Sequence[RenderedFile]) -> list[Row]:
    """Draw every folder and file."""
    root: dict[str, Any] = {}
    for file in files:
        *folders, name = file.path.split("/")
        place = root
        for folder in folders:
            place = place.setdefault(f"{folder}/", {})
        place[name] = file
    return list(_draw_rows(root, ""))


def _draw_rows(place: dict[str, Any], indent: str) -> Iterator[Row]:
    ordered = sorted(place.items(), key=lambda item: item[0].rstrip("/"))
    for number, (name, below) in enumerate(ordered, 1):
        branch, rail = ("└── ", "    ") if number == len(place) else ("├── ", "│   ")
        label = f"{indent}{branch}{make_printable(name)}"
        if isinstance(below, dict):
            yield label, ""
            yield from _draw_rows(below, indent + rail)
        else:
            yield label, format_size(below.size)


def summarize_tree(files: Sequence[RenderedFile]) -> list[Row]:
    """List the top folders with their number of files, then the top files."""
    inside = Counter(file.path.split("/")[0] for file in files if "/" in file.path)
    counted = [(name, f"{n} file{'s' if n > 1 else ''}") for name, n in sorted(inside.items())]
    alone = [(make_printable(f.path), format_size(f.size)) for f in files if "/" not in f.path]
    return [*((f"{make_printable(name)}/", about) for name, about in counted), *alone]


def format_size(size: int) -> str:
    """Format a number of bytes."""
    return f"{size} B" if size < 1024 else f"{size / 1024:.1f} KiB"
