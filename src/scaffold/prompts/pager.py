"""Read on the whole screen: a file with its colours, or any text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.utils import get_cwidth

from ..questions import make_printable
from .look import Line, cut, pad
from .screen import drawn, end_by, leaving_keys

MOST_BYTES = 256 * 1024


class Scroll:
    """Which lines of many are seen."""

    def __init__(self) -> None:
        self.top = 0
        self.room = 1
        self._count = 0

    def window(self, lines: list[Line], room: int) -> list[Line]:
        """The lines that are seen where there is room for some."""
        self.room, self._count = room, len(lines)
        self.move(0)
        return lines[self.top : self.top + room]

    def move(self, by: int) -> None:
        """See lines further down, or up."""
        self.top = max(0, min(self.top + by, self._count - self.room))

    @property
    def place(self) -> str:
        """What is seen, in words; empty where that is everything."""
        if self._count <= self.room:
            return ""
        last = min(self.top + self.room, self._count)
        below = self._count - last
        return f"{self.top + 1}-{last} of {self._count}{f' · ↓ {below} more' if below else ''}"

    def bind(self, keys: KeyBindings) -> None:
        """Let keys move."""
        moves: dict[str, Callable[[], int]] = {
            "up": lambda: -1,
            "down": lambda: 1,
            "pageup": lambda: 1 - self.room,
            **dict.fromkeys(("pagedown", " "), lambda: self.room - 1),
            "home": lambda: -(10**9),
            "end": lambda: 10**9,
        }
        for key, step in moves.items():
            keys.add(key)(lambda _event, step=step: self.move(step()))


def pager(title: str, content: Callable[[int], list[Line]]) -> Application[Any]:
    """The application that shows lines, which may depend on the columns, until it is closed."""
    scroll, keys = Scroll(), leaving_keys(can_go_back=False)
    scroll.bind(keys)
    known: dict[int, list[Line]] = {}

    end_by(keys, "q", "Q", "escape", "enter")

    def draw(columns: int, rows: int) -> list[Line]:
        if columns not in known:
            known[columns] = content(columns)
        seen = scroll.window(known[columns], rows - 2)
        seen += [[]] * (rows - 2 - len(seen))
        place = f"q: close{f' · ↑ ↓ · {scroll.place}' if scroll.place else ''}"
        top: Line = [("class:title", pad(f" {title}", columns - 1))]
        return [top, *seen, [("class:keys", cut(f" {place}", columns - 1))]]

    return drawn(draw, keys, whole=True)


def numbered(lines: list[Line], columns: int) -> list[Line]:
    """Lines with their numbers, those that are too long broken."""
    width = len(str(len(lines)))
    found = []
    for number, line in enumerate(lines, 1):
        for part, piece in enumerate(folded(line, columns - width - 4)):
            label = f" {number if not part else '':>{width}}  "
            found.append([("class:keys", label), *piece])
    return found


def folded(line: Line, columns: int) -> Iterator[Line]:
    """A line broken into lines that fit, at spaces where they are near."""
    cells = [(style, char) for style, text in line for char in text]
    if not cells:
        yield []
    while cells:
        end = _end([char for _, char in cells], columns)
        groups = groupby(cells[:end], lambda cell: cell[0])
        yield [(style, "".join(char for _, char in group)) for style, group in groups]
        cells = cells[end:]


def _end(text: Sequence[str], columns: int) -> int:
    """How much of a text stands on its first line."""
    used = 0
    for number, char in enumerate(text):
        used += get_cwidth(char)
        if used > columns:
            spaces = [n for n in range(columns // 2, number) if text[n] == " "]
            return spaces[-1] + 1 if spaces else max(number, 1)
    return len(text)


def file_lines(path: Path) -> list[Line]:
    """A file's lines, safe to show, in the colours of its language."""
    size = path.stat().st_size
    with path.open("rb") as file:
        data = file.read(MOST_BYTES)
    if b"\0" in data:
        return [[("class:help", f"not a text: {size:,} bytes")]]
    lines = coloured(path.name, data.decode("utf-8", "replace"))
    if size > MOST_BYTES:
        lines.append([("class:help", f"… cut here: the file has {size:,} bytes")])
    return lines


def coloured(name: str, text: str) -> list[Line]:
    """The lines of a text in the colours of the language that a file's name tells."""
    from pygments.lexers import TextLexer, get_lexer_for_filename
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_for_filename(name, stripnl=False)
    except ClassNotFound:
        lexer = TextLexer(stripnl=False)
    lines: list[Line] = [[]]
    for kind, piece in lexer.get_tokens(text):
        first, *rest = piece.split("\n")
        style = _style(kind)
        lines[-1].append((style, safe(first)))
        lines += [[(style, safe(part))] for part in rest]
    return lines[:-1] if not any(part for _, part in lines[-1]) else lines


def safe(text: str) -> str:
    """Text that does nothing to a terminal but show."""
    return make_printable(text.replace("\t", "    "))


def _style(kind: Any) -> str:
    from pygments.token import Token

    styles = {
        Token.Comment: "class:comment",
        Token.Keyword: "class:keyword",
        Token.Name.Tag: "class:name",
        Token.Name.Function: "class:name",
        Token.Name.Class: "class:name",
        Token.Name.Decorator: "class:keyword",
        Token.Literal.String.Doc: "class:comment",
        Token.Literal.String: "class:string",
        Token.Literal.Number: "class:number",
        Token.Generic.Heading: "class:name",
        Token.Generic.Subheading: "class:name",
    }
    return next((style for token, style in styles.items() if kind in token), "")
