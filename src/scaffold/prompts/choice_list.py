"""A list to choose from, one or several, filtered by typed text.

Questionary's own lists are not used: when filtered, they can give a separator or a choice that
cannot be chosen, and they cut off what does not fit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property
from itertools import combinations, groupby
from typing import Any

from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.utils import get_cwidth

from ..questions import BACK, MISSING, Choice, Step, is_same_answer, make_printable
from .prompt_runner import make_drawn_prompt, make_leaving_keys
from .question_frame import (
    ARROWS,
    QuestionFrame,
    format_problem,
    get_max_lines,
    indent_lines,
    shorten_lines,
)
from .styled_text import Line, cut_text, fit_line, pad_text, wrap

MIN_CHOICES_TO_FILTER = 9
MIN_ROWS = 3  # rows that are always shown
Part = Callable[[Choice], str]
YES_NO = (Choice("Yes", True), Choice("No", False))


class ChoiceList:
    """The state of a list, where the values of ``start`` are chosen at first."""

    def __init__(self, step: Step, start: Any = MISSING) -> None:
        self.step = step
        self.choices = step.choices or YES_NO
        self.problem = ""
        self.typed = ""
        self._first_row = 0
        self._measure = cache(self._measure_columns)
        self._wrap_rests = cache(self._wrap_all_rests)
        chosen = start if isinstance(start, list) and step.multiselect else [start]
        found = [n for n, c in enumerate(self.choices) if _is_among(c, chosen)]
        always = {n for n, choice in enumerate(self.choices) if choice.always}
        self.taken = always.union(found) if step.multiselect else set()
        free = [n for n, choice in enumerate(self.choices) if not choice.disabled]
        self.is_yes_no = [str(choice.value) for choice in self.choices] == ["True", "False"]
        first = 1 if self.is_yes_no else (free or [0])[0]
        self.at = found[0] if found and not step.multiselect else first

    @property
    def is_filtered(self) -> bool:
        """Tell whether typing filters."""
        return len(self.choices) >= MIN_CHOICES_TO_FILTER

    @property
    def shown(self) -> list[int]:
        """The numbers of the choices that match the filter."""
        word = self.typed.casefold()
        texts = [
            f"{c.group} {c.title} {c.help} {' '.join(c.facts.values())}".casefold()
            for c in self.choices
        ]
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
        """Show only the rows that contain a text."""
        self.typed = text
        shown = self.shown
        self.problem = "" if shown else self._no_match
        if shown and self.at not in shown:
            self.at = next((n for n in shown if not self.choices[n].disabled), shown[0])

    def toggle(self) -> None:
        """Choose the current row, or stop choosing it."""
        if not self.can_take():
            return
        if self.choices[self.at].always:
            self.problem = f"{self.choices[self.at].title} is always on"
        else:
            self.taken ^= {self.at}

    @property
    def _no_match(self) -> str:
        return f"nothing matches {self.typed!r}"

    def can_take(self) -> bool:
        """Tell whether the current row may be chosen; set `problem` if not."""
        choice, self.problem = self.choices[self.at], ""
        if self.at not in self.shown:
            self.problem = self._no_match
        elif choice.disabled:
            self.problem = f"{choice.title} cannot be chosen: {choice.disabled}"
        return not self.problem

    def reply(self) -> Any:
        """Return the chosen values; `MISSING` where they are not valid, see `problem`."""
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

    # ------------------------------------------------------------ drawing

    def draw(self, columns: int, rows: int) -> list[Line]:
        """Draw the prompt."""
        frame = QuestionFrame(self.step, self._list_keys())
        head, cut_head = frame.draw_head(columns, rows)
        below, cut_below = self._draw_below(columns, rows)
        foot = frame.draw_foot(columns, is_cut=cut_head or cut_below)
        room = rows - 1 - len(head) - len(below) - len(foot) - self.is_filtered
        return [
            *head,
            *self._draw_filter(),
            *self._draw_list(columns, max(room, MIN_ROWS)),
            *below,
            *foot,
        ]

    def _list_keys(self) -> list[str]:
        if self.is_yes_no:
            return ["y", "n", "enter"]
        known = ["space: choose", "enter: done"] if self.step.multiselect else ["enter"]
        return [ARROWS, *known, *(["esc: show all"] if self.typed else [])]

    def _draw_filter(self) -> list[Line]:
        if not self.is_filtered:
            return []
        text = [("class:placeholder", f"type to filter {len(self.choices)} choices")]
        if self.typed:
            count = f"  {len(self.shown)} of {len(self.choices)}"
            count += f", {len(self.taken)} chosen" if self.step.multiselect else ""
            text = [("class:answer", make_printable(self.typed)), ("class:keys", count)]
        return indent_lines([[("class:pointer", "/ "), *text]])

    def _list_rows(self, columns: int) -> list[int | str]:
        """List the numbers of the choices that match the filter, each group after its heading.

        Facts without a group have a heading without a title, too.
        """
        rows: list[int | str] = []
        has_facts = self._fact_widths and self._format_facts in self._measure(columns)[1]
        for group, numbers in groupby(self.shown, lambda number: self.choices[number].group):
            heading = [group] if group or (has_facts and not rows) else []
            rows += [*heading, *numbers]
        return rows

    def _draw_list(self, columns: int, room: int) -> list[Line]:
        rows = self._list_rows(columns)
        if len(rows) <= room:
            return [self._draw_row(row, columns) for row in rows]
        at = rows.index(self.at)
        top = at - (at > 0 and isinstance(rows[at - 1], str))  # with its heading
        inner = room - 1
        self._first_row = min(max(self._first_row, at - inner + 1), top, len(rows) - inner)
        last_row = self._first_row + inner
        above, after = map(_count_choices, (rows[: self._first_row], rows[last_row:]))
        more = [f"↑ {above}"] * bool(above) + [f"↓ {after}"] * bool(after)
        hint: Line = [("class:keys", f"    {'  '.join(more)} more")] if more else []
        return [*(self._draw_row(row, columns) for row in rows[self._first_row : last_row]), hint]

    def _draw_row(self, row: int | str, columns: int) -> Line:
        """Draw a choice, or the heading of a group."""
        if isinstance(row, str):
            return self._draw_heading(row, columns)
        return self._draw_choice(row, columns)

    def _draw_heading(self, group: str, columns: int) -> Line:
        """Draw the heading of a group; the first one is also that of the facts."""
        width, parts = self._measure(columns)
        title = pad_text(make_printable(group), width + 2 + 2 * self.step.multiselect)
        is_first = self._format_facts in parts and group == self.choices[self.shown[0]].group
        names = self._join_cells({name: name for name in self._fact_widths}) if is_first else ""
        return [("class:title", f"  {title}"), ("class:keys", f"   {names}")]

    def _draw_choice(self, number: int, columns: int) -> Line:
        choice, pointed = self.choices[number], number == self.at
        mark = ""
        if self.step.multiselect:
            mark = "- " if choice.disabled else "● " if number in self.taken else "○ "
        width, parts = self._measure(columns)
        title = pad_text(make_printable(choice.title), width)
        style = "class:pointed" if pointed else "class:taken" if number in self.taken else ""
        style = "class:disabled" if choice.disabled else style
        about = "   ".join(part(choice) for part in parts if part(choice))
        if choice.disabled and _explain not in parts:  # its colour alone may not show
            about = cut_text(_explain(choice), max(self._get_room(columns, width), 2))
        pointer = ("class:pointer", "  » " if pointed else "    ")
        return [pointer, (style, mark + title), ("class:help", f"   {about}" if about else "")]

    def _get_room(self, columns: int, width: int) -> int:
        """The columns behind the titles."""
        return columns - 8 - width - 2 * self.step.multiselect

    def _measure_columns(self, columns: int) -> tuple[int, Sequence[Part]]:
        """Measure the width of the titles, and choose the parts after them."""
        widest = max(get_cwidth(make_printable(choice.title)) for choice in self.choices)
        width = min(widest, columns - 5 - 2 * self.step.multiselect)
        return width, self._choose_parts(self._get_room(columns, width))

    def _choose_parts(self, room: int) -> Sequence[Part]:
        """Choose the parts after each title: all that fit, the same for every row."""
        known = (self._format_facts, _explain, _format_cost)
        for count in range(len(known), 0, -1):
            for parts in combinations(known, count):
                texts = ("   ".join(filter(None, (p(c) for p in parts))) for c in self.choices)
                if all(get_cwidth(text) <= room for text in texts):
                    return parts
        return ()

    @cached_property
    def _fact_widths(self) -> dict[str, int]:
        """The width of each fact's column."""
        widths: dict[str, int] = {}
        for name, text in (pair for choice in self.choices for pair in choice.facts.items()):
            texts = map(make_printable, (name, text))
            widths[name] = max(widths.get(name, 0), *map(get_cwidth, texts))
        return widths

    def _format_facts(self, choice: Choice) -> str:
        """Format the facts of a choice, each in its column."""
        return self._join_cells(choice.facts)

    def _join_cells(self, texts: Mapping[str, str]) -> str:
        cells = ((texts.get(name, ""), width) for name, width in self._fact_widths.items())
        return "  ".join(pad_text(make_printable(text), width) for text, width in cells)

    def _draw_below(self, columns: int, rows: int) -> tuple[list[Line], bool]:
        """Draw the problem, or the text for which there was no room beside the title."""
        if self.problem:
            return format_problem(self.problem, columns, rows)
        texts = self._wrap_rests(columns)
        height = min(max(map(len, texts)), get_max_lines(rows)) if any(map(any, texts)) else 0
        lines, is_cut = shorten_lines(texts[self.at], max(height, 1), columns - 5)
        lines += [""] * (height - len(lines))
        return [[("class:help", f"    {line}")] for line in lines[:height]], is_cut

    def _wrap_all_rests(self, columns: int) -> list[list[str]]:
        return [wrap(self._join_rest(choice, columns), columns - 5) for choice in self.choices]

    def _join_rest(self, choice: Choice, columns: int) -> str:
        title, (width, parts) = make_printable(choice.title), self._measure(columns)
        rest = [title] if get_cwidth(title) > width else []
        rest += [] if self._format_facts in parts else [make_printable(choice.summary)]
        rest += [part(choice) for part in (_explain, _format_cost) if part not in parts]
        return " · ".join(filter(None, rest))

    # ------------------------------------------------------------ keys

    def make_keys(self) -> KeyBindings:
        """Make the keys of the list."""
        keys = make_leaving_keys(can_go_back=self.step.can_go_back)
        moves = {"up": -1, "down": 1, "c-p": -1, "c-n": 1}
        moves |= {} if self.is_filtered else {"k": -1, "j": 1}
        moves |= {"pageup": -8, "pagedown": 8, "home": -(10**6), "end": 10**6}
        for key, by in moves.items():
            keys.add(key)(lambda _event, by=by: self.move(by, around=abs(by) == 1))
        keys.add("enter")(self._on_enter)
        if self.step.multiselect:
            keys.add(" ")(lambda _event: self.toggle())
        if self.is_filtered:
            keys.add("backspace")(lambda _event: self.filter(self.typed[:-1]))
            keys.add("c-u")(lambda _event: self.filter(""))
            keys.add(Keys.Any)(self._on_type)
        keys.add("escape")(self._on_escape)
        if self.is_yes_no:
            for key in "yYnN":
                keys.add(key)(self._on_yes_no)
        return keys

    def _on_enter(self, event: KeyPressEvent) -> None:
        if (reply := self.reply()) is not MISSING:
            event.app.exit(result=reply)

    def _on_escape(self, event: KeyPressEvent) -> None:
        if self.typed:
            self.filter("")
        elif self.step.can_go_back and not self.step.position:
            event.app.exit(result=BACK)

    def _on_type(self, event: KeyPressEvent) -> None:
        if event.data.isprintable():
            self.filter(self.typed + event.data)

    def _on_yes_no(self, event: KeyPressEvent) -> None:
        self.at = "yn".index(event.data.lower())
        self._on_enter(event)


def _count_choices(rows: Sequence[int | str]) -> int:
    return sum(isinstance(row, int) for row in rows)


def _is_among(choice: Choice, values: Sequence[Any]) -> bool:
    return not choice.disabled and any(is_same_answer(choice.value, value) for value in values)


def _explain(choice: Choice) -> str:
    """Format the explanation of a choice, or the reason why it is disabled."""
    return make_printable(f"({choice.disabled})" if choice.disabled else choice.help)


def _format_cost(choice: Choice) -> str:
    return make_printable(choice.cost)


def make_choice_prompt(rows: ChoiceList, *, whole: bool = False) -> Any:
    """Make the prompt that lets a person choose."""

    def draw(columns: int, height: int) -> list[Line]:
        return [fit_line(line, columns - 1) for line in rows.draw(columns, height)]

    return make_drawn_prompt(draw, rows.make_keys(), whole=whole)
