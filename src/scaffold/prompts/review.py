"""The last look at a project before it is made, on the whole screen."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from prompt_toolkit.application import Application
from prompt_toolkit.utils import get_cwidth

from ..questions import MISSING, make_printable
from . import tree
from .look import Line, broken, cut, fitted, pad, size, spelled, words, wrap
from .pager import Scroll
from .screen import drawn, end_by, leaving_keys

if TYPE_CHECKING:
    from ..operations import Review, Reviewed

CREATE, EDIT, FILES, TREE = "create", "edit", "files", "tree"
SAVE, PRINT, LEAVE = "save", "print", "quit"
MENU = {
    CREATE: "Write the project",
    EDIT: "Change an answer; the project is rendered again",
    FILES: "Look at a file as it will be written",
    TREE: "Show all files, or the folders only",
    SAVE: "Write the answers to a file, for --answers",
    PRINT: "Print the command, to copy it",
    LEAVE: "Leave, with nothing written",
}
TWO_COLUMNS = 100
WIDE = 40  # what answers stand in, so that the sources behind them stay near
_WORD = re.compile(r"""(?:[^\s'"]|'[^']*'|"[^"]*")+""")


@dataclass
class Screen:
    """What is seen of a review, and where its menu points.

    Attributes:
        review: The project.
        done: What was done last, in words.
        at: The number of the menu's entry that is pointed at.
        is_whole: Whether all files are shown, where there are many.
        scroll: Which lines are seen.
    """

    review: Review
    done: str = ""
    at: int = 0
    is_whole: bool = False
    scroll: Scroll = field(default_factory=Scroll)

    def draw(self, columns: int, rows: int) -> list[Line]:
        """The screen."""
        menu = self._menu(columns)
        about = f"  {list(MENU.values())[self.at]} · ← → enter, or a letter"
        hint: list[Line] = [[("class:help", about)]] if rows >= 16 else []
        top = [self._title(columns), *([[]] if rows >= 16 else [])]
        room = max(1, rows - 1 - len(top) - len(menu) - len(hint))
        lines = self.scroll.window(self.lines(columns), room)
        lines += [[]] * (room - len(lines))
        whole = [*top, *lines, self._rule(columns), *menu, *hint]
        return [fitted(line, columns - 1) for line in whole[-rows:]]

    def _title(self, columns: int) -> Line:
        name = make_printable(self.review.path.name)
        about = make_printable(f"  {self.review.label}, {len(self.review.files)} files")
        hint = ", not written yet"
        hint = hint if get_cwidth(name + about + hint) < columns - 2 else ""
        return [("class:title", f" {name}"), ("class:help", about + hint)]

    def _rule(self, columns: int) -> Line:
        if self.done:
            return [("class:done", f" ✓ {self.done}")]
        place = f" ── {self.scroll.place} " if self.scroll.place else " ──"
        return [("class:rule", place + "─" * (columns - 1 - get_cwidth(place)))]

    def _menu(self, columns: int) -> list[Line]:
        lines, used = [Line()], 1
        for number, name in enumerate(MENU):
            if used + len(name) + 3 > columns:
                lines.append([])
                used = 1
            style = "class:entry" if number == self.at else ""
            letter = f"{style} underline" if number != self.at else style
            lines[-1] += [("", " "), (style, " "), (letter, name[0]), (style, f"{name[1:]} ")]
            used += len(name) + 3
        return lines

    def show_whole(self) -> None:
        """Show all files, or the folders only."""
        self.is_whole = not self.is_whole
        lines = self.lines(size()[0])
        titles = [n for n, line in enumerate(lines) if ("class:title", " Files") in line]
        self.scroll.top = titles[0]

    # ------------------------------------------------------------ what is told

    def lines(self, columns: int) -> list[Line]:
        """All there is to tell."""
        there = _section("Already there", self._there(columns))
        if columns < TWO_COLUMNS:
            answers, files = self._answers(columns), self._files(columns)
            upper = [*there, *_section("Answers", answers), *_section("Files", files)]
        else:
            half = columns * 11 // 20
            left = _section("Answers", self._answers(half))
            right = _section("Files", self._files(columns - half))
            right += _section("Dependencies", self._dependencies(columns - half))
            return [*there, *_beside(left, right, half), *self._end(columns)]
        needs = _section("Dependencies", self._dependencies(columns))
        return [*upper, *needs, *self._end(columns)]

    def _end(self, columns: int) -> list[Line]:
        command = [[("", f"   {line}")] for line in command_lines(self.review.command, columns - 4)]
        notes = [line for note in self.review.notes for line in _told(note, columns)]
        return [*_section("The same without questions", command), *_section("Notes", notes)][:-1]

    def _there(self, columns: int) -> list[Line]:
        """What becomes of files that are there already: what asks for a person comes first."""
        urgent = ("in the way", "conflict")
        rows = sorted(self.review.there, key=lambda row: row[0] not in urgent)
        texts = [f"{kind}: {path}{f'  ({why})' if why else ''}" for kind, path, why in rows]
        return [line for text in texts for line in _told(make_printable(text), columns)]

    def _answers(self, columns: int) -> list[Line]:
        rows = [("preset", self.review.preset, "")] if self.review.preset else []
        rows += [
            (words(a.name), spelled(a.value, secret=a.secret), _source(a))
            for a in self.review.answers
        ]
        labels = min(max(get_cwidth(label) for label, _, _ in rows), columns // 3) if rows else 0
        room = columns - labels - 6
        told = max((get_cwidth(source) for _, _, source in rows), default=0)
        values = max((get_cwidth(value) for _, value, _ in rows), default=0)
        widths = (labels, min(values, max(room - told - 2, 12), WIDE), room)
        return [line for row in rows for line in _answer(row, widths)]

    def _files(self, columns: int) -> list[Line]:
        is_whole = self.is_whole or len(self.review.files) <= tree.FEW
        rows = tree.whole(self.review.files) if is_whole else tree.short(self.review.files)
        width = min(max((get_cwidth(name) for name, _ in rows), default=0), columns - 15)
        lines = [[("", f"   {pad(name, width)}  "), ("class:help", about)] for name, about in rows]
        hint: list[Line] = [] if is_whole else [[("class:help", "   t: the whole tree")]]
        return [*lines, *hint]

    def _dependencies(self, columns: int) -> list[Line]:
        return _told(", ".join(self.review.dependencies), columns)


def changes(review: Review) -> str:
    """The answers that are not what they were in the review before, in words."""
    names = [words(a.name) for a in review.answers if a.before is not MISSING]
    return f"changed: {', '.join(names)}" if names else ""


def _source(answer: Reviewed) -> str:
    """Where an answer came from, and what it was before."""
    if answer.before is MISSING:
        return answer.source
    return f"{answer.source}, was {spelled(answer.before, secret=answer.secret)}"


def _answer(row: tuple[str, str, str], widths: tuple[int, int, int]) -> list[Line]:
    """An answer with where it came from: beside it, or below where there is no room."""
    label, value, source = row
    labels, values, room = widths
    first, *rest = wrap(value, room) or [""]
    lines: list[Line] = [[("class:label", f"   {pad(label, labels)}  "), ("", first)]]
    lines += [[("", " " * (labels + 5) + part)] for part in rest]
    taken = values if get_cwidth(value) <= values else get_cwidth((rest or [first])[-1])
    if source and taken + 2 + get_cwidth(source) <= room:
        filled = taken - get_cwidth((rest or [first])[-1])
        lines[-1].append(("class:help", f"{' ' * filled}  {make_printable(source)}"))
    elif source:
        lines.append([("class:help", " " * (labels + 5) + cut(make_printable(source), room))])
    return lines


def _told(text: str, columns: int) -> list[Line]:
    return [[("", f"   {line}")] for line in wrap(text, columns - 4)] if text else []


def _section(title: str, lines: list[Line]) -> list[Line]:
    return [[("class:title", f" {title}")], *lines, []] if lines else []


def _beside(left: list[Line], right: list[Line], width: int) -> list[Line]:
    """Lines next to each other."""
    count = max(len(left), len(right))
    rows = zip(left + [[]] * (count - len(left)), right + [[]] * (count - len(right)), strict=True)
    found = []
    for one, other in rows:
        used = sum(get_cwidth(text) for _, text in one)
        found.append([*fitted(one, width), ("", " " * max(0, width - used)), *other])
    return found


def command_lines(command: str, columns: int) -> list[str]:
    """A command on lines that the shell reads as one; only a word that is too long is broken."""
    lines = [""]
    for word in _grouped(_WORD.findall(command.replace("\t", "    "))):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if get_cwidth(joined) <= columns - 2 or not lines[-1]:
            lines[-1] = joined
        else:
            lines[-1] += " \\"
            lines.append(f"  {word}")
    parts = (part for line in lines for part in line.split("\n"))
    return [piece for part in parts for piece in broken(make_printable(part), columns)]


def _grouped(parts: list[str]) -> list[str]:
    """Words of a command, each option with its value."""
    found: list[str] = []
    for part in parts:
        if found and found[-1] in {"--data", "--answers", "--preset", "--blueprint", "--to"}:
            found[-1] += f" {part}"
        else:
            found.append(part)
    return found


def menu(screen: Screen) -> Application[Any]:
    """The application that shows a review until something is chosen."""
    keys = leaving_keys(can_go_back=False)
    screen.scroll.bind(keys)
    names = list(MENU)

    def move(by: int) -> None:
        screen.at, screen.done = (screen.at + by) % len(names), ""

    keys.add("left")(lambda _event: move(-1))
    keys.add("right")(lambda _event: move(1))
    keys.add("tab")(lambda _event: move(1))
    keys.add("enter")(lambda event: event.app.exit(result=names[screen.at]))
    for name in names:
        end_by(keys, name[0], result=name)
    return drawn(screen.draw, keys, whole=True)
