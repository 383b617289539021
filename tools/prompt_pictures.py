"""Make the pictures of the prompts: real runs, as an emulated terminal shows them.

python -m tools.prompt_pictures
"""

from __future__ import annotations

import html
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from .terminal import CTRL_U, DIM, DOWN, ENTER, SCAFFOLD, Terminal

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "images"
CELL = (8.4, 18)  # of one character, in pixels
MARGIN, BAR = 14, 42
BACKGROUND, FOREGROUND = "#1e2127", "#d7dae0"
COLOURS = {
    "default": FOREGROUND,
    DIM: "#8b93a1",
    "red": "#f0717a",
    "green": "#98c379",
    "cyan": "#56c2d0",
    "magenta": "#cf8ee4",
}
WORDS = re.compile(r"\S+(?: \S+)*")
FONT = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"
GIT = "[user]\n\tname = Ada Example\n\temail = ada@example.org\n"


@dataclass(frozen=True)
class Shot:
    """A picture to take.

    Attributes:
        about: Its description, for those who cannot see it.
        size: The columns and rows of the terminal; the rows below the last text are left out.
        go: Presses the keys that lead there.
    """

    about: str
    size: tuple[int, int]
    go: Callable[[Terminal], object]


def _preset(terminal: Terminal) -> None:
    terminal.sees("What kind of project")


def _choices(terminal: Terminal) -> None:
    _preset(terminal)
    terminal.types(DOWN, DOWN, DOWN, ENTER)
    for number in (1, 2, 3):
        terminal.sees(f"{number} of 4")
        terminal.types(ENTER)
    terminal.sees("4 of 4")


def _tasks(terminal: Terminal) -> None:
    _preset(terminal)
    terminal.types(DOWN, DOWN, DOWN, DOWN, ENTER)
    terminal.sees("1 of")


def _refused(terminal: Terminal) -> None:
    _tasks(terminal)
    for number in (2, 3):
        terminal.types(ENTER)
        terminal.sees(f"{number} of")
    terminal.types(CTRL_U, "torch", ENTER)
    terminal.sees("✗")


def _review(terminal: Terminal, preset: int = 0, questions: int = 2) -> None:
    """Take a preset of the list, and the default of each question that it asks."""
    _preset(terminal)
    terminal.types(*[DOWN] * preset, ENTER)
    for number in range(1, questions + 1):
        terminal.sees(f"{number} of {questions}")
        terminal.types(ENTER)
    terminal.sees("quit")


def _file(terminal: Terminal) -> None:
    _review(terminal)
    terminal.types("f")
    terminal.sees("Which file?")
    terminal.types("train.py", ENTER)
    terminal.sees("q: close")


SHOTS = {
    "preset": Shot("The question for a preset, Minimal pointed at", (80, 24), _preset),
    "tasks": Shot("The tasks in groups, each with data, result and time", (80, 24), _tasks),
    "choices": Shot("Four loggers, two chosen, each with what it adds", (110, 24), _choices),
    "refused": Shot("A name that is refused, with the reason below it", (80, 24), _refused),
    "review": Shot("The review: answers with their sources, files, a menu", (100, 30), _review),
    "file": Shot("A file that will be written, with line numbers and colours", (92, 26), _file),
    "review-paper": Shot(
        "The review of the preset Paper", (100, 34), partial(_review, preset=1, questions=3)
    ),
    "review-kaggle": Shot(
        "The review of the preset Kaggle", (100, 34), partial(_review, preset=2, questions=3)
    ),
    "review-team": Shot(
        "The review of the preset Team", (100, 34), partial(_review, preset=3, questions=4)
    ),
    "review-small": Shot("The review in a window of 40 columns and 12 rows", (40, 12), _review),
}


@contextmanager
def start_new(size: tuple[int, int]) -> Iterator[Terminal]:
    """Start `scaffold new demo` in a folder and a home of its own."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()
        (folder / ".gitconfig").write_text(GIT)
        caches = {f"XDG_{kind}_HOME": str(folder / kind) for kind in ("CACHE", "CONFIG")}
        environ = {"HOME": str(folder), "PATH": os.environ["PATH"], **caches}
        terminal = Terminal([*SCAFFOLD, "new", "demo"], folder, *size, environ)
        try:
            yield terminal
        finally:
            terminal.closes()


def draw(terminal: Terminal, about: str) -> str:
    """Draw the content of a terminal in a window, as SVG."""
    screen = terminal.screen
    rows = screen.lines if screen.is_alternate else len(terminal.text().split("\n")) + 1
    width = round(screen.columns * CELL[0] + 2 * MARGIN)
    height = rows * CELL[1] + BAR + MARGIN
    body = [piece for row in range(rows) for piece in _row(screen, row)]
    dots = [f'<circle cx="{20 + 18 * n}" cy="17" r="5.5" fill="#4b515c"/>' for n in range(3)]
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" role="img" font-family="{FONT}" font-size="14">',
        f"<title>{html.escape(about)}</title>",
        f'<rect width="{width}" height="{height}" rx="8" fill="{BACKGROUND}"/>',
        *dots,
        f'<text x="{width / 2:g}" y="22" text-anchor="middle" fill="#8b93a1" font-size="13">'
        "scaffold new demo</text>",
        *body,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _row(screen: Any, row: int) -> Iterator[str]:
    """Draw the pieces of a row that look alike, each at its place."""
    cells = screen.buffer[row]
    at = (screen.cursor.y, screen.cursor.x)
    looks = [
        _look(cells[column], is_cursor=not screen.cursor.hidden and (row, column) == at)
        for column in range(screen.columns)
    ]
    for look, group in groupby(enumerate(looks), key=lambda pair: pair[1]):
        columns = [column for column, _ in group]
        text = "".join(cells[column].data for column in columns)
        yield from _piece(text, look, (columns[0], row), len(columns))


def _look(cell: Any, *, is_cursor: bool) -> Mapping[str, str]:
    colour, ground = COLOURS[cell.fg], ""
    if cell.reverse or is_cursor:
        colour, ground = BACKGROUND, colour
    styles = {
        "font-weight": "bold" * cell.bold,
        "font-style": "italic" * cell.italics,
        "text-decoration": "underline" * cell.underscore,
    }
    return {"fill": colour, "ground": ground, **{k: v for k, v in styles.items() if v}}


def _piece(text: str, look: Mapping[str, str], place: tuple[int, int], cells: int) -> Iterator[str]:
    x, y = MARGIN + place[0] * CELL[0], BAR + place[1] * CELL[1]
    if look["ground"]:
        size = f'width="{cells * CELL[0]:g}" height="{CELL[1]}"'
        yield f'<rect x="{x:g}" y="{y}" {size} fill="{look["ground"]}"/>'
    style = " ".join(f'{name}="{value}"' for name, value in look.items() if name != "ground")
    for words in WORDS.finditer(text):  # each where it belongs, in whatever font
        start, length = x + words.start() * CELL[0], len(words[0]) * CELL[0]
        placed = f'x="{start:g}" y="{y + 13}" textLength="{length:g}"'
        yield f"<text {placed} {style}>{html.escape(words[0])}</text>"


def main() -> None:
    """Take all pictures."""
    for name, shot in SHOTS.items():
        with start_new(shot.size) as terminal:
            shot.go(terminal)
            picture = draw(terminal, shot.about)
        (PICTURES / f"prompt-{name}.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
