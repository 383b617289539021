"""Choose from rows: one or several, filtered by what is typed.

Questionary's own lists are not used: when filtered, they can give a separator or a choice that
cannot be chosen, and they cut off what does not fit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.utils import get_cwidth

from ..questions import BACK, MISSING, Choice, Step, is_same_answer, make_printable
from .look import Line, cut, fitted, pad, wrap
from .screen import drawn, leaving_keys
from .sheet import ARROWS, Sheet, indented, most, problem_lines, shortened

FILTER_FROM = 9
FEWEST = 3  # rows that are always shown
Part = Callable[[Choice], str]
YES_NO = (Choice("Yes", True), Choice("No", False))


class Rows:
    """The state of a list.

    Args:
        step: The question.
        start: What is taken at first.
    """

    def __init__(self, step: Step, start: Any = MISSING) -> None:
        self.step = step
        self.choices = step.choices or YES_NO
        self.problem = ""
        self.typed = ""
        self.at = 0
        self._top = 0
        self._measures: dict[int, tuple[int, Sequence[Part]]] = {}
        self._below_each: dict[int, list[list[str]]] = {}
        chosen = start if isinstance(start, list) and step.multiselect else [start]
        found = [n for n, c in enumerate(self.choices) if _is_among(c, chosen)]
        always = {n for n, choice in enumerate(self.choices) if choice.always}
        self.taken = always.union(found) if step.multiselect else set()
        free = [n for n, choice in enumerate(self.choices) if not choice.disabled]
        first = 1 if self.choices is YES_NO else (free or [0])[0]
        self.at = found[0] if found and not step.multiselect else first

    @property
    def is_filtered(self) -> bool:
        """Whether typing filters."""
        return len(self.choices) >= FILTER_FROM

    @property
    def shown(self) -> list[int]:
        """The numbers of the choices that the filter leaves."""
        word = self.typed.casefold()
        texts = [f"{choice.title} {choice.help}".casefold() for choice in self.choices]
        return [number for number, text in enumerate(texts) if word in text]

    def move(self, by: int, *, around: bool = False) -> None:
        """Point to another row."""
        shown = self.shown
        if not shown:
            return
        target = shown.index(self.at) + by
        last = len(shown) - 1
        self.at = shown[target % len(shown) if around else min(max(target, 0), last)]
        self.problem = ""

    def filter(self, text: str) -> None:
        """Leave only the rows that hold a text."""
        self.typed = text
        shown = self.shown
        self.problem = "" if shown else self._unmatched
        if shown and self.at not in shown:
            self.at = next((n for n in shown if not self.choices[n].disabled), shown[0])

    def toggle(self) -> None:
        """Take the row that is pointed at, or give it up."""
        if not self.can_take():
            return
        if self.choices[self.at].always:
            self.problem = f"{self.choices[self.at].title} is always on"
        else:
            self.taken ^= {self.at}

    @property
    def _unmatched(self) -> str:
        return f"nothing matches {self.typed!r}"

    def can_take(self) -> bool:
        """Whether the row that is pointed at may be chosen; says why where it may not."""
        choice, self.problem = self.choices[self.at], ""
        if self.at not in self.shown:
            self.problem = self._unmatched
        elif choice.disabled:
            self.problem = f"{choice.title} cannot be chosen: {choice.disabled}"
        return not self.problem

    def reply(self) -> Any:
        """What is chosen; `MISSING` where that does not do, and `problem` says why."""
        self.problem = ""
        if not (self.step.multiselect and self.shown) and not self.can_take():
            return MISSING
        many = [self.choices[number].value for number in sorted(self.taken)]
        reply = many if self.step.multiselect else self.choices[self.at].value
        try:
            self.step.check(reply)
        except ValueError as error:
            self.problem = str(error)
            return MISSING
        return reply

    # ------------------------------------------------------------ what is seen

    def draw(self, columns: int, rows: int) -> list[Line]:
        """The prompt."""
        sheet = Sheet(self.step, self._keys())
        head, cut_head = sheet.head(columns, rows)
        below, cut_below = self._below(columns, rows)
        foot = sheet.foot(columns, is_cut=cut_head or cut_below)
        room = rows - 1 - len(head) - len(below) - len(foot) - self.is_filtered
        return [*head, *self._filter_line(), *self._list(columns, max(room, FEWEST)), *below, *foot]

    def _keys(self) -> list[str]:
        if self.choices is YES_NO:
            return ["y", "n", "enter"]
        known = ["space: choose", "enter: done"] if self.step.multiselect else ["enter"]
        return [ARROWS, *known, *(["esc: show all"] if self.typed else [])]

    def _filter_line(self) -> list[Line]:
        if not self.is_filtered:
            return []
        count = f"  {len(self.shown)} of {len(self.choices)}"
        count += f", {len(self.taken)} chosen" if self.step.multiselect else ""
        typed = [("class:answer", make_printable(self.typed)), ("class:keys", count)]
        hint = [("class:placeholder", f"type to filter {len(self.choices)} choices")]
        return indented([[("class:pointer", "/ "), *(typed if self.typed else hint)]])

    def _list(self, columns: int, room: int) -> list[Line]:
        shown = self.shown
        if len(shown) <= room:
            return [self._row(number, columns) for number in shown]
        at = shown.index(self.at)
        inner = room - 1
        self._top = min(max(self._top, at - inner + 1), at, len(shown) - inner)
        window = shown[self._top : self._top + inner]
        above, after = self._top, len(shown) - self._top - inner
        more = [f"↑ {above}"] * bool(above) + [f"↓ {after}"] * bool(after)
        hint: Line = [("class:keys", f"    {'  '.join(more)} more")]
        return [*(self._row(number, columns) for number in window), hint]

    def _row(self, number: int, columns: int) -> Line:
        choice, pointed = self.choices[number], number == self.at
        mark = ""
        if self.step.multiselect:
            mark = "- " if choice.disabled else "● " if number in self.taken else "○ "
        width, parts = self._measured(columns)
        title = pad(make_printable(choice.title), width)
        style = "class:pointed" if pointed else "class:taken" if number in self.taken else ""
        style = "class:disabled" if choice.disabled else style
        about = "   ".join(part(choice) for part in parts if part(choice))
        if choice.disabled and _about not in parts:  # its colour alone may not show
            about = cut(_about(choice), max(self._room(columns, width), 2))
        pointer = ("class:pointer", "  » " if pointed else "    ")
        return [pointer, (style, mark + title), ("class:help", f"   {about}" if about else "")]

    def _room(self, columns: int, width: int) -> int:
        """The columns behind the titles."""
        return columns - 8 - width - 2 * self.step.multiselect

    def _measured(self, columns: int) -> tuple[int, Sequence[Part]]:
        """The width of the titles and what stands behind them; the same at every key."""
        if columns not in self._measures:
            widest = max(get_cwidth(make_printable(choice.title)) for choice in self.choices)
            width = min(widest, columns - 5 - 2 * self.step.multiselect)
            self._measures[columns] = width, self._parts(self._room(columns, width))
        return self._measures[columns]

    def _parts(self, room: int) -> Sequence[Part]:
        """What stands behind each title: all that fits, for every row alike."""
        for parts in ((_about, _cost), (_about,), (_cost,)):
            texts = ("   ".join(filter(None, (p(c) for p in parts))) for c in self.choices)
            if all(get_cwidth(text) <= room for text in texts):
                return parts
        return ()

    def _below(self, columns: int, rows: int) -> tuple[list[Line], bool]:
        """What is wrong, or what there was no room for beside the title."""
        if self.problem:
            return problem_lines(self.problem, columns, rows)
        texts = self._rests(columns)
        height = min(max(map(len, texts)), most(rows)) if any(map(any, texts)) else 0
        lines, is_cut = shortened(texts[self.at], max(height, 1), columns - 5)
        lines += [""] * (height - len(lines))
        return [[("class:help", f"    {line}")] for line in lines[:height]], is_cut

    def _rests(self, columns: int) -> list[list[str]]:
        if columns not in self._below_each:
            texts = [wrap(self._rest(c, columns), columns - 5) for c in self.choices]
            self._below_each[columns] = texts
        return self._below_each[columns]

    def _rest(self, choice: Choice, columns: int) -> str:
        title, (width, parts) = make_printable(choice.title), self._measured(columns)
        rest = [title] if get_cwidth(title) > width else []
        rest += [part(choice) for part in (_about, _cost) if part not in parts]
        return " · ".join(filter(None, rest))

    # ------------------------------------------------------------ what keys do

    def bindings(self) -> KeyBindings:
        """The keys of the list."""
        keys = leaving_keys(can_go_back=self.step.can_go_back)
        moves = {"up": (-1, True), "down": (1, True), "c-p": (-1, True), "c-n": (1, True)}
        moves |= {"pageup": (-8, False), "pagedown": (8, False)}
        moves |= {"home": (-(10**6), False), "end": (10**6, False)}
        moves |= {} if self.is_filtered else {"k": (-1, True), "j": (1, True)}
        for key, (by, around) in moves.items():
            keys.add(key)(lambda _event, by=by, around=around: self.move(by, around=around))
        keys.add("enter")(self._accept)
        if self.step.multiselect:
            keys.add(" ")(lambda _event: self.toggle())
        if self.is_filtered:
            keys.add("backspace")(lambda _event: self.filter(self.typed[:-1]))
            keys.add("c-u")(lambda _event: self.filter(""))
            keys.add(Keys.Any)(self._type)
        keys.add("escape")(self._escape)
        if self.choices is YES_NO:
            for key, number in (("y", 0), ("Y", 0), ("n", 1), ("N", 1)):
                keys.add(key)(lambda event, number=number: self._answer(event, number))
        return keys

    def _accept(self, event: KeyPressEvent) -> None:
        if (reply := self.reply()) is not MISSING:
            event.app.exit(result=reply)

    def _escape(self, event: KeyPressEvent) -> None:
        if self.typed:
            self.filter("")
        elif self.step.can_go_back and not self.step.position:
            event.app.exit(result=BACK)

    def _type(self, event: KeyPressEvent) -> None:
        if event.data.isprintable():
            self.filter(self.typed + event.data)

    def _answer(self, event: KeyPressEvent, number: int) -> None:
        self.at = number
        self._accept(event)


def _is_among(choice: Choice, values: Sequence[Any]) -> bool:
    return not choice.disabled and any(is_same_answer(choice.value, value) for value in values)


def _about(choice: Choice) -> str:
    """What explains a choice, or forbids it."""
    return make_printable(f"({choice.disabled})" if choice.disabled else choice.help)


def _cost(choice: Choice) -> str:
    return make_printable(choice.cost)


def choose(rows: Rows, *, whole: bool = False) -> Any:
    """The application that lets a person choose."""

    def draw(columns: int, height: int) -> list[Line]:
        return [fitted(line, columns - 1) for line in rows.draw(columns, height)]

    return drawn(draw, rows.bindings(), whole=whole)
