"""How prompts look: a few styles, and text fitted to the columns of a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

from prompt_toolkit.utils import get_cwidth
from questionary import Style

from ..questions import format_json, make_printable

Line = list[tuple[str, str]]
"""Pieces of one line of the screen: a style and a text each."""

# The terminal's own colours, which its owner chose to be readable on its background.
STYLE = Style(
    [
        *((name, "bold") for name in ("question", "title", "name")),
        *((name, "dim") for name in ("progress", "label", "help", "keys", "placeholder")),
        *((name, "dim") for name in ("disabled", "rule")),
        *((name, "fg:ansicyan bold") for name in ("pointer", "pointed")),
        *((name, "fg:ansicyan") for name in ("taken", "number")),
        *((name, "fg:ansigreen") for name in ("done", "string")),
        ("answer", "fg:default nobold"),
        ("problem", "fg:ansired"),
        ("entry", "reverse bold"),
        ("comment", "italic dim"),
        ("keyword", "fg:ansimagenta"),
        *((name, "noinherit") for name in ("completion-menu", "scrollbar.background")),
        ("completion-menu.completion", "noinherit dim"),
        ("completion-menu.completion.current", "noinherit reverse"),
        ("scrollbar.button", "noinherit reverse"),
    ]
)
DOTS = "••••••"
SMALLEST = (20, 6)


def size() -> tuple[int, int]:
    """The columns and rows of the terminal."""
    try:
        found = os.get_terminal_size(sys.stderr.fileno())
    except (OSError, ValueError):
        return 80, 24
    return max(found.columns, SMALLEST[0]), max(found.lines, SMALLEST[1])


def cut(text: str, columns: int) -> str:
    """A text that takes no more than some columns; what is cut off is told by an ellipsis."""
    if get_cwidth(text) <= columns:
        return text
    kept, used = "", 1
    for char in text:
        used += get_cwidth(char)
        if used > columns:
            break
        kept += char
    return f"{kept}…"


def fitted(line: Line, columns: int) -> Line:
    """A line that takes no more than some columns."""
    found = Line()
    for style, text in line:
        found.append((style, cut(text, columns) if columns > 0 else ""))
        columns -= get_cwidth(text)
    return found


def pad(text: str, columns: int) -> str:
    """A text of just so many columns."""
    fitted = cut(text, columns)
    return fitted + " " * (columns - get_cwidth(fitted))


def wrap(text: str, columns: int) -> list[str]:
    """The lines of a text, broken at spaces where that is possible; safe to show."""
    lines = (make_printable(line.expandtabs(4)) for line in text.splitlines())
    return [piece for line in lines for piece in _wrapped(line, columns)]


def _wrapped(line: str, columns: int) -> Iterator[str]:
    current = ""
    for word in line.split(" "):
        joined = f"{current} {word}" if current else word
        if get_cwidth(joined) <= columns:
            current = joined
            continue
        if current:
            yield current
        *full, current = broken(word, columns)
        yield from full
    yield current


def broken(word: str, columns: int) -> list[str]:
    """The pieces of a text that may be broken anywhere; at least one."""
    pieces, used = [""], 0
    for char in word:
        used += get_cwidth(char)
        if used > columns and pieces[-1]:
            pieces.append("")
            used = get_cwidth(char)
        pieces[-1] += char
    return pieces


def words(name: str) -> str:
    """The name of a question in words."""
    return make_printable(name.replace("_", " "))


def spelled(value: Any, *, secret: bool = False) -> str:
    """An answer on one line, safe to show."""
    if secret:
        return DOTS if value else ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and not any(isinstance(item, list | dict) for item in value):
        return ", ".join(spelled(item) for item in value) or "none"
    if isinstance(value, str):
        return make_printable(" ⏎ ".join(value.rstrip("\n").split("\n")).expandtabs(4))
    return make_printable(format_json(value))


def answered(name: str, value: Any, columns: int, *, secret: bool = False) -> tuple[str, str]:
    """The label and the value of an answered question, which together take one line."""
    label = pad(words(name), 16 if columns >= 60 else 14)
    room = columns - get_cwidth(label) - 5  # the last column stays free: some terminals wrap there
    return f"  {label}  ", cut(spelled(value, secret=secret), room)
