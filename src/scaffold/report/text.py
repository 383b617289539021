"""Text for people: safe to show, as wide as the terminal, in tables."""

from __future__ import annotations

import os
import re
import shlex
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from shutil import get_terminal_size

from ..questions import make_printable

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def replace_controls(text: str) -> str:
    """Replace characters that control a terminal."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def join_lines(lines: Iterable[str]) -> str:
    """Join lines, each escaped so that it stays one line."""
    return "\n".join(escape_line(line) for line in lines)


def escape_line(text: str) -> str:
    """Escape all characters that are not printable, line breaks included."""
    return make_printable(text.expandtabs(4))


def quote_for_shell(text: str) -> str:
    """Quote a text for a shell, on one line."""
    if text.isprintable():
        return shlex.quote(text)
    escaped = (c if c.isprintable() and c not in "\\'" else _escape_bytes(c) for c in text)
    return f"$'{''.join(escaped)}'"


def _escape_bytes(text: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(text))


def shorten_path(path: Path, cwd: Path) -> str:
    """Shorten a path to the form that a person in ``cwd`` would type."""
    is_near = path.is_relative_to(cwd) or cwd.is_relative_to(path)
    return os.path.relpath(path, cwd) if is_near and path.is_absolute() else str(path)


def get_width() -> int:
    """Get the width of the terminal in columns, or of a wide page if there is none."""
    return max(24, get_terminal_size((100, 24)).columns)


def wrap(text: str, indent: str, width: int) -> list[str]:
    """Wrap a text into lines of at most ``width``; a longer word stays whole."""
    return textwrap.wrap(
        text,
        max(width, 24),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def format_pairs(rows: Sequence[tuple[str, str, str]], width: int) -> Iterator[str]:
    """Format two columns; the right one goes below the left if it does not fit.

    Args:
        rows: A heading, empty for none, then the two texts; rows of one heading follow each other.
        width: The columns of the terminal.
    """
    left = max((len(name) for _, name, _ in rows), default=0)
    for heading, group in groupby(rows, lambda row: row[0]):
        indent = 6 if heading else 4
        room = width - left - indent - 2
        yield from [f"    {heading}"] if heading else []
        for _, name, about in group:
            if len(about) <= room or room >= max(24, 2 * left):
                first, *rest = wrap(about, "", room) or [""]
                yield f"{'':{indent}}{name:{left}}  {first}".rstrip()
                yield from (" " * (left + indent + 2) + line for line in rest)
            else:
                yield f"{'':{indent}}{name}"
                yield from wrap(about, " " * (indent + 2), width)


def format_table(rows: Sequence[Sequence[str]], width: int | None) -> Iterator[str]:
    """Format rows in columns, or as paragraphs if one row is too wide.

    Args:
        rows: Texts; each row has the same number.
        width: The columns of the terminal; None for lines of any length.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if width is None or sum(widths) + 2 * len(widths) - 2 <= width:
        for row in rows:
            yield "  ".join(f"{text:{w}}" for text, w in zip(row, widths, strict=True)).rstrip()
        return
    for first, *rest in rows:
        yield first
        for text in rest:
            yield from wrap(text, "  ", width)
