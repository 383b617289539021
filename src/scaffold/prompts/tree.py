"""The files of a project as a tree, whole or in short."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..questions import make_printable

if TYPE_CHECKING:
    from ..render import File

FEW = 16
Row = tuple[str, str]
"""A name after its branches, and what is told of it."""


def whole(files: Sequence[File]) -> list[Row]:
    """Every folder and file."""
    root: dict[str, Any] = {}
    for file in files:
        *folders, name = file.path.split("/")
        place = root
        for folder in folders:
            place = place.setdefault(f"{folder}/", {})
        place[name] = file
    return list(_rows(root, ""))


def _rows(place: dict[str, Any], indent: str) -> Iterator[Row]:
    ordered = sorted(place.items(), key=lambda item: item[0].rstrip("/"))
    for number, (name, below) in enumerate(ordered, 1):
        branch, rail = ("└── ", "    ") if number == len(place) else ("├── ", "│   ")
        label = f"{indent}{branch}{make_printable(name)}"
        if isinstance(below, dict):
            yield label, ""
            yield from _rows(below, indent + rail)
        else:
            yield label, spell_size(below.size)


def short(files: Sequence[File]) -> list[Row]:
    """The folders at the top with what they hold, then the files beside them."""
    inside: dict[str, int] = {}
    for file in files:
        folder, slash, _ = file.path.partition("/")
        if slash:
            inside[folder] = inside.get(folder, 0) + 1
    counted = [(name, f"{n} file{'s' if n > 1 else ''}") for name, n in sorted(inside.items())]
    alone = [(make_printable(f.path), spell_size(f.size)) for f in files if "/" not in f.path]
    return [*((f"{make_printable(name)}/", about) for name, about in counted), *alone]


def spell_size(size: int) -> str:
    """Spell a number of bytes."""
    return f"{size} B" if size < 1024 else f"{size / 1024:.1f} KiB"
