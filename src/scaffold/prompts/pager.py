"""A pager on the whole screen: for a file with its colours, or any text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.document import Document
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.utils import get_cwidth

from ..questions import make_printable
from .prompt_runner import bind_exit, make_drawn_prompt, make_leaving_keys
from .styled_text import Line, cut_text, pad_text

MAX_SHOWN_BYTES = 256 * 1024


class Scroll:
    """The range of visible lines among many."""

    def __init__(self) -> None:
        self.top = 0
        self.room = 1
        self._count = 0

    def cut_window(self, lines: list[Line], room: int) -> list[Line]:
        """Cut out the visible lines, for the rows that there are."""
        self.room, self._count = room, len(lines)
        self.move(0)
        return lines[self.top : self.top + room]

    def move(self, by: int) -> None:
        """Scroll down, or up."""
        self.top = max(0, min(self.top + by, self._count - self.room))

    @property
    def place(self) -> str:
        """The visible range in words; empty where that is everything."""
        if self._count <= self.room:
            return ""
        last = min(self.top + self.room, self._count)
        below = self._count - last
        return f"{self.top + 1}-{last} of {self._count}{f' · ↓ {below} more' if below else ''}"

    def bind(self, keys: KeyBindings) -> None:
        """Bind the keys that scroll."""
        moves = {"up": (0, -1), "down": (0, 1), "home": (0, -(10**9)), "end": (0, 10**9)}
        moves |= {"pageup": (-1, 1), "pagedown": (1, -1), " ": (1, -1)}
        for key, (pages, rows) in moves.items():
            keys.add(key)(lambda _event, p=pages, r=rows: self.move(p * self.room + r))


def make_pager(title: str, content: Callable[[int], list[Line]]) -> Application[Any]:
    """Make the prompt that shows lines, which may depend on the columns, until it is closed."""
    scroll, keys = Scroll(), make_leaving_keys(can_go_back=False)
    scroll.bind(keys)
    bind_exit(keys, "q", "Q", "escape", "enter")
    get_lines = cache(content)

    def draw(columns: int, rows: int) -> list[Line]:
        seen = scroll.cut_window(get_lines(columns), rows - 2)
        seen += [[]] * (rows - 2 - len(seen))
        place = f"q: close{f' · ↑ ↓ · {scroll.place}' if scroll.place else ''}"
        top: Line = [("class:title", pad_text(f" {title}", columns - 1))]
        return [top, *seen, [("class:keys", cut_text(f" {place}", columns - 1))]]

    return make_drawn_prompt(draw, keys, whole=True)


def number_lines(lines: list[Line], columns: int) -> list[Line]:
    """Number lines, and break those that are too long."""
    width = len(str(len(lines)))
    found = []
    for number, line in enumerate(lines, 1):
        for part, piece in enumerate(fold_line(line, columns - width - 4)):
            label = f" {number if not part else '':>{width}}  "
            found.append([("class:keys", label), *piece])
    return found


def fold_line(line: Line, columns: int) -> Iterator[Line]:
    """Break a line into lines that fit, at spaces where they are near."""
    cells = [(style, char) for style, text in line for char in text]
    if not cells:
        yield []
    while cells:
        end = _find_end([char for _, char in cells], columns)
        groups = groupby(cells[:end], lambda cell: cell[0])
        yield [(style, "".join(char for _, char in group)) for style, group in groups]
        cells = cells[end:]


def _find_end(text: Sequence[str], columns: int) -> int:
    """Get the number of characters that fit on the first line."""
    used = 0
    for number, char in enumerate(text):
        used += get_cwidth(char)
        if used > columns:
            spaces = [n for n in range(columns // 2, number) if text[n] == " "]
            return spaces[-1] + 1 if spaces else max(number, 1)
    return len(text)


def read_file_lines(path: Path) -> list[Line]:
    """Read a file's lines, safe to show, in the colours of its language."""
    size = path.stat().st_size
    with path.open("rb") as file:
        data = file.read(MAX_SHOWN_BYTES)
    if b"\0" in data:
        return [[("class:help", f"not a text: {size:,} bytes")]]
    lines = highlight(path.name, data.decode("utf-8-sig", "replace"))
    if size > MAX_SHOWN_BYTES:
        lines.append([("class:help", f"… cut here: the file has {size:,} bytes")])
    return lines


def highlight(name: str, text: str) -> list[Line]:
    """Color the lines of a text for the language of a file's name."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
    document = Document(f"{text}\n")  # some lexers need the end of the last line
    get_line = PygmentsLexer.from_filename(name).lex_document(document)
    return [
        [(style, make_safe(piece)) for style, piece, *_ in get_line(number)]
        for number in range(document.line_count - 1)
    ]


def make_safe(text: str) -> str:
    """Make a text safe to show on a terminal."""
    return make_printable(text.replace("\t", "    "))
