"""Styles of prompts, and text fitted to the columns of a terminal."""

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
_STYLES = {
    "bold": "question title pygments.name.tag pygments.name.function pygments.name.class"
    " pygments.generic.heading pygments.generic.subheading",
    "dim": "progress label help keys placeholder disabled rule",
    "fg:ansicyan bold": "pointer pointed",
    "fg:ansicyan": "taken pygments.literal.number",
    "fg:ansigreen": "done pygments.literal.string",
    "fg:default nobold": "answer",
    "fg:ansired": "problem",
    "fg:ansimagenta": "pygments.keyword pygments.name.decorator",
    "reverse bold": "entry",
    "fg:default italic dim": "pygments.comment pygments.literal.string.doc",
    "noinherit": "completion-menu scrollbar.background",
    "noinherit dim": "completion-menu.completion",
    "noinherit reverse": "completion-menu.completion.current scrollbar.button",
}
STYLE = Style([(name, style) for style, names in _STYLES.items() for name in names.split()])
HIDDEN_ANSWER = "••••••"
MIN_SIZE = (20, 6)


def get_size() -> tuple[int, int]:
    """Get the columns and rows of the terminal."""
    try:
        found = os.get_terminal_size(sys.stderr.fileno())
    except (OSError, ValueError):
        return 80, 24
    return max(found.columns, MIN_SIZE[0]), max(found.lines, MIN_SIZE[1])


def cut_text(text: str, columns: int) -> str:
    """Cut a text to a number of columns; an ellipsis marks the cut."""
    if get_cwidth(text) <= columns:
        return text
    kept, used = "", 1
    for char in text:
        used += get_cwidth(char)
        if used > columns:
            break
        kept += char
    return f"{kept}…"


def fit_line(line: Line, columns: int) -> Line:
    """Cut a line to a number of columns."""
    found = Line()
    for style, text in line:
        found.append((style, cut_text(text, columns) if columns > 0 else ""))
        columns -= get_cwidth(text)
    return found


def pad_text(text: str, columns: int) -> str:
    """Cut or fill a text to exactly a number of columns."""
    fitted = cut_text(text, columns)
    return fitted + " " * (columns - get_cwidth(fitted))


def wrap(text: str, columns: int) -> list[str]:
    """Break a text into lines, at spaces where possible; safe to show."""
    lines = (make_printable(line.expandtabs(4)) for line in text.splitlines())
    return [piece for line in lines for piece in _wrap_line(line, columns)]


def _wrap_line(line: str, columns: int) -> Iterator[str]:
    current = ""
    for word in line.split(" "):
        joined = f"{current} {word}" if current else word
        if get_cwidth(joined) <= columns:
            current = joined
            continue
        if current:
            yield current
        *full, current = break_text(word, columns)
        yield from full
    yield current


def break_text(word: str, columns: int) -> list[str]:
    """Break a text anywhere into pieces; at least one."""
    pieces, used = [""], 0
    for char in word:
        used += get_cwidth(char)
        if used > columns and pieces[-1]:
            pieces.append("")
            used = get_cwidth(char)
        pieces[-1] += char
    return pieces


def format_name(name: str) -> str:
    """Format the name of a question as words."""
    return make_printable(name.replace("_", " "))


def format_answer(value: Any, *, secret: bool = False) -> str:
    """Format an answer on one line, safe to show."""
    if secret:
        return HIDDEN_ANSWER if value else ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and not any(isinstance(item, list | dict) for item in value):
        return ", ".join(format_answer(item) for item in value) or "none"
    if isinstance(value, str):
        return make_printable(" ⏎ ".join(value.rstrip("\n").split("\n")).expandtabs(4))
    return make_printable(format_json(value))


def format_answer_line(
    name: str, value: Any, columns: int, *, secret: bool = False
) -> tuple[str, str]:
    """Format the label and the answer of a question, which together take one line."""
    label = pad_text(format_name(name), 16 if columns >= 60 else 14)
    room = columns - get_cwidth(label) - 5  # the last column stays free: some terminals wrap there
    return f"  {label}  ", cut_text(format_answer(value, secret=secret), room)
