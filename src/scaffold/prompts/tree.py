"""The files of a project as a tree, whole or in short."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..texts import printable

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
    for number, (name, below) in enumerate(sorted(place.items()), 1):
        branch, rail = ("└── ", "    ") if number == len(place) else ("├── ", "│   ")
        label = f"{indent}{branch}{printable(name)}"
        if isinstance(below, dict):
            yield label, ""
            yield from _rows(below, indent + rail)
        else:
            yield label, bytes_of(below)


def short(files: Sequence[File]) -> list[Row]:
    """The folders at the top with what they hold, then the files beside them."""
    inside: dict[str, int] = {}
    for file in files:
        folder, slash, _ = file.path.partition("/")
        if slash:
            inside[folder] = inside.get(folder, 0) + 1
    folders = [(f"{printable(name)}/", _count(number)) for name, number in sorted(inside.items())]
    alone = [(printable(f.path), bytes_of(f)) for f in files if "/" not in f.path]
    return [*folders, *alone]


def _count(number: int) -> str:
    return f"{number} file{'s' if number > 1 else ''}"


def bytes_of(file: File) -> str:
    """How large a file is."""
    return f"{file.size} B" if file.size < 1024 else f"{file.size / 1024:.1f} KiB"
