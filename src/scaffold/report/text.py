"""What all reports share: text that is safe to show, the versioned JSON object, widths."""

from __future__ import annotations

import os
import re
import shlex
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ..questions import make_printable

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """The text without characters that would steer a terminal."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def joined(lines: Iterable[str]) -> str:
    """Lines, each of which stays one: what would break it or steer a terminal is shown escaped."""
    return "\n".join(one_line(line) for line in lines)


def one_line(text: str) -> str:
    """A text on one line, safe to show: all that is no printable character is escaped."""
    return make_printable(text.expandtabs(4))


def shell_word(text: str) -> str:
    """A text as a shell reads it, on one line whatever it holds."""
    if text.isprintable():
        return shlex.quote(text)
    escaped = (c if c.isprintable() and c not in "\\'" else _as_bytes(c) for c in text)
    return f"$'{''.join(escaped)}'"


def _as_bytes(text: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(text))


def short(path: Path, cwd: Path) -> str:
    """A path as a person who stands in ``cwd`` would type it."""
    is_near = path.is_relative_to(cwd) or cwd.is_relative_to(path)
    return os.path.relpath(path, cwd) if is_near and path.is_absolute() else str(path)


def columns() -> int:
    """The width that there is: of the terminal, or of a wide page where there is none."""
    try:
        if sys.stdout.isatty():
            return max(24, os.get_terminal_size(sys.stdout.fileno()).columns)
    except (OSError, ValueError):
        pass
    wide = os.environ.get("COLUMNS", "")
    return max(24, int(wide)) if wide.isascii() and wide.isdigit() else 100


def wrapped(text: str, indent: str, width: int) -> list[str]:
    """A text in lines that are not longer than ``width`` unless a word is."""
    return textwrap.wrap(
        text,
        max(width, 24),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def table(rows: Sequence[Sequence[str]], width: int | None) -> Iterator[str]:
    """Rows in columns; each a paragraph where one of them has no room.

    Args:
        rows: As many texts each.
        width: The columns that there are; None for lines of any length.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if width is None or sum(widths) + 2 * len(widths) - 2 <= width:
        for row in rows:
            yield "  ".join(f"{text:{w}}" for text, w in zip(row, widths, strict=True)).rstrip()
        return
    for first, *rest in rows:
        yield first
        for text in rest:
            yield from wrapped(text, "  ", width)
