"""The review of a project before it is made, on the whole screen: look, save, edit, create."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prompt_toolkit.application import Application
from prompt_toolkit.utils import get_cwidth

from ..errors import ScaffoldError
from ..operations import QUIT, Quit
from ..questions import BACK, MISSING, Choice, Step, make_printable
from .file_tree import MAX_WHOLE_FILES, draw_tree, format_size, summarize_tree
from .pager import Scroll, make_pager, number_lines, read_file_lines
from .prompt_runner import (
    avoid_flicker,
    bind_exit,
    make_drawn_prompt,
    make_leaving_keys,
    run_prompt,
)
from .question_prompt import ask_question
from .styled_text import (
    Line,
    break_text,
    cut_text,
    fit_line,
    format_answer,
    format_name,
    get_size,
    pad_text,
    wrap,
)

if TYPE_CHECKING:
    from ..operations import Review, ReviewedAnswer

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
DEFAULT_FILE = "answers.yml"
MIN_WIDTH_FOR_TWO_COLUMNS = 100
MAX_ANSWER_COLUMNS = 40  # so that the origins behind the answers stay near
_WORD = re.compile(r"""(?:[^\s'"]|'[^']*'|"[^"]*")+""")


@dataclass
class ReviewScreen:
    """The state of a review: the visible lines, and the selected entry of its menu."""

    review: Review
    done: str = ""  # the last action, in words
    at: int = 0  # the number of the selected menu entry
    is_whole: bool = False  # whether all files are shown, where there are many
    scroll: Scroll = field(default_factory=Scroll)

    def draw(self, columns: int, rows: int) -> list[Line]:
        """Draw the screen."""
        menu = self._draw_menu(columns)
        about = f"  {list(MENU.values())[self.at]} · ← → enter, or a letter"
        hint: list[Line] = [[("class:help", about)]] if rows >= 16 else []
        top = [self._draw_title(columns), *([[]] if rows >= 16 else [])]
        room = max(1, rows - 1 - len(top) - len(menu) - len(hint))
        lines = self.scroll.cut_window(self.draw_lines(columns), room)
        lines += [[]] * (room - len(lines))
        screen = [*top, *lines, self._draw_rule(columns), *menu, *hint]
        return [fit_line(line, columns - 1) for line in screen[-rows:]]

    def _draw_title(self, columns: int) -> Line:
        name = make_printable(self.review.path.name)
        about = make_printable(f"  {self.review.label}, {len(self.review.files)} files")
        hint = ", not written yet"
        hint = hint if get_cwidth(name + about + hint) < columns - 2 else ""
        return [("class:title", f" {name}"), ("class:help", about + hint)]

    def _draw_rule(self, columns: int) -> Line:
        if self.done:
            return [("class:done", f" ✓ {self.done}")]
        place = f" ── {self.scroll.place} " if self.scroll.place else " ──"
        return [("class:rule", place + "─" * (columns - 1 - get_cwidth(place)))]

    def _draw_menu(self, columns: int) -> list[Line]:
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

    def toggle_tree(self) -> None:
        """Show all files, or the folders only."""
        self.is_whole = not self.is_whole
        lines = self.draw_lines(get_size()[0])
        titles = [n for n, line in enumerate(lines) if ("class:title", " Files") in line]
        self.scroll.top = titles[0]

    # ------------------------------------------------------------ content

    def draw_lines(self, columns: int) -> list[Line]:
        """Draw all lines, visible or not."""
        half = columns * 11 // 20
        is_wide = columns >= MIN_WIDTH_FOR_TWO_COLUMNS
        left, right = (half, columns - half) if is_wide else (columns, columns)
        answers = _draw_section("Answers", self._draw_answers(left))
        files = _draw_section("Files", self._draw_files(right))
        needs = _indent_text(", ".join(self.review.dependencies), right)
        files += _draw_section("Dependencies", needs)
        command = format_command_lines(self.review.command, columns - 4)
        notes = [line for note in self.review.notes for line in _indent_text(note, columns)]
        return [
            *_draw_section("Already there", self._draw_existing_files(columns)),
            *(_join_columns(answers, files, half) if is_wide else [*answers, *files]),
            *_draw_section("The same without questions", _indent_lines(command)),
            *_draw_section("Notes", notes),
        ][:-1]

    def _draw_existing_files(self, columns: int) -> list[Line]:
        """Draw the fate of existing files: conflicts come first."""
        urgent = ("in the way", "conflict")
        rows = sorted(self.review.there, key=lambda row: row[0] not in urgent)
        texts = [f"{kind}: {path}{f'  ({why})' if why else ''}" for kind, path, why in rows]
        return [line for text in texts for line in _indent_text(make_printable(text), columns)]

    def _draw_answers(self, columns: int) -> list[Line]:
        rows = [("preset", self.review.preset, "", "")] if self.review.preset else []
        for a in self.review.answers:
            answer = format_answer(a.value, secret=a.secret)
            rows.append((format_name(a.name), answer, _describe_source(a), a.about))
        labels = min(max(get_cwidth(label) for label, *_ in rows), columns // 3) if rows else 0
        room = columns - labels - 6
        sources = max((get_cwidth(source) for _, _, source, _ in rows), default=0)
        values = max((get_cwidth(value) for _, value, *_ in rows), default=0)
        widths = (labels, min(values, max(room - sources - 2, 12), MAX_ANSWER_COLUMNS), room)
        return [line for row in rows for line in _draw_answer(row, widths)]

    def _draw_files(self, columns: int) -> list[Line]:
        is_whole = self.is_whole or len(self.review.files) <= MAX_WHOLE_FILES
        rows = draw_tree(self.review.files) if is_whole else summarize_tree(self.review.files)
        width = min(max((get_cwidth(name) for name, _ in rows), default=0), columns - 15)
        lines = [
            [("", f"   {pad_text(name, width)}  "), ("class:help", about)] for name, about in rows
        ]
        return lines if is_whole else [*lines, [("class:help", "   t: the whole tree")]]


def describe_changes(review: Review) -> str:
    """Name the answers that changed since the last review."""
    names = [format_name(a.name) for a in review.answers if a.before is not MISSING]
    return f"changed: {', '.join(names)}" if names else ""


def _describe_source(answer: ReviewedAnswer) -> str:
    """Describe the origin of an answer, and its value before."""
    if answer.before is MISSING:
        return answer.source
    return f"{answer.source}, was {format_answer(answer.before, secret=answer.secret)}"


def _draw_answer(row: tuple[str, str, str, str], widths: tuple[int, int, int]) -> list[Line]:
    """Draw an answer with its origin, beside it or below where there is no room, and its facts."""
    label, value, source, about = row
    labels, values, room = widths
    first, *rest = wrap(value, room) or [""]
    lines: list[Line] = [[("class:label", f"   {pad_text(label, labels)}  "), ("", first)]]
    lines += [[("", " " * (labels + 5) + part)] for part in rest]
    taken = values if get_cwidth(value) <= values else get_cwidth((rest or [first])[-1])
    if source and taken + 2 + get_cwidth(source) <= room:
        filled = taken - get_cwidth((rest or [first])[-1])
        lines[-1].append(("class:help", f"{' ' * filled}  {make_printable(source)}"))
    elif source:
        lines.append([("class:help", " " * (labels + 5) + cut_text(make_printable(source), room))])
    return lines + [[("class:help", " " * (labels + 5) + text)] for text in wrap(about, room)]


def _indent_text(text: str, columns: int) -> list[Line]:
    return _indent_lines(wrap(text, columns - 4)) if text else []


def _indent_lines(lines: list[str]) -> list[Line]:
    return [[("", f"   {line}")] for line in lines]


def _draw_section(title: str, lines: list[Line]) -> list[Line]:
    return [[("class:title", f" {title}")], *lines, []] if lines else []


def _join_columns(left: list[Line], right: list[Line], width: int) -> list[Line]:
    """Put two columns of lines next to each other."""
    found = []
    for one, other in zip_longest(left, right, fillvalue=Line()):
        used = sum(get_cwidth(text) for _, text in one)
        found.append([*fit_line(one, width), ("", " " * (width - used)), *other])
    return found


def format_command_lines(command: str, columns: int) -> list[str]:
    """Split a command into lines that the shell reads as one; break only too long words."""
    lines = [""]
    for word in _group_options(_WORD.findall(command.replace("\t", "    "))):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if get_cwidth(joined) <= columns - 2 or not lines[-1]:
            lines[-1] = joined
        else:
            lines[-1] += " \\"
            lines.append(f"  {word}")
    parts = (part for line in lines for part in line.split("\n"))
    return [piece for part in parts for piece in break_text(make_printable(part), columns)]


def _group_options(parts: list[str]) -> list[str]:
    """Join each option of a command with its value."""
    found: list[str] = []
    for part in parts:
        if found and found[-1] in {"--data", "--answers", "--preset", "--blueprint", "--to"}:
            found[-1] += f" {part}"
        else:
            found.append(part)
    return found


def make_menu_prompt(screen: ReviewScreen) -> Application[Any]:
    """Make the prompt that shows a review until a menu entry is chosen."""
    keys = make_leaving_keys(can_go_back=False)
    screen.scroll.bind(keys)
    names = list(MENU)

    def move(by: int) -> None:
        screen.at, screen.done = (screen.at + by) % len(names), ""

    for key, by in {"left": -1, "right": 1, "tab": 1}.items():
        keys.add(key)(lambda _event, by=by: move(by))
    keys.add("enter")(lambda event: event.app.exit(result=names[screen.at]))
    for name in names:
        bind_exit(keys, name[0], result=name)
    return make_drawn_prompt(screen.draw, keys, whole=True)


def review_project(review: Review, print_command: Callable[[str], None]) -> str | Quit | None:
    """Show a review until a person decides.

    Returns:
        The name of the question to ask again, None to make the project, or `QUIT` to make none.

    Raises:
        Interrupted: Ctrl-C, Ctrl-D, or a terminal that went away.
    """
    screen = ReviewScreen(review, done=describe_changes(review))
    while True:
        with avoid_flicker():
            chosen, edited = _run_menu(review, screen)
        if chosen == LEAVE:
            return QUIT
        if chosen != PRINT:
            return edited
        print_command(review.command)
        keys = make_leaving_keys(can_go_back=False)
        bind_exit(keys, "enter", "escape", "q")
        run_prompt(
            make_drawn_prompt(lambda *_: [[("class:keys", "  enter: back to the review")]], keys)
        )


def _run_menu(review: Review, screen: ReviewScreen) -> tuple[str, str | None]:
    """Run the menu until a person decides; return the entry, and the answer to edit."""
    while (chosen := run_prompt(make_menu_prompt(screen))) not in {CREATE, PRINT, LEAVE}:
        screen.done = ""
        if chosen == EDIT and (name := _choose_answer(review)) is not BACK:
            return EDIT, str(name)
        if chosen == FILES:
            _show_files(review)
        elif chosen == TREE:
            screen.toggle_tree()
        elif chosen == SAVE:
            screen.done = _save_answers(review)
    return chosen, None


def _choose_answer(review: Review) -> Any:
    preset = [Choice("preset", "preset", review.preset)] if review.preset else []
    answers = [
        Choice(format_name(a.name), a.name, format_answer(a.value, secret=a.secret))
        for a in review.answers
    ]
    return ask_question(
        _make_step("Which answer do you want to change?", [*preset, *answers]), whole=True
    )


def _show_files(review: Review) -> None:
    """Show the files that a person chooses, one after the other."""
    choices = [Choice(file.path, file.path, format_size(file.size)) for file in review.files]
    path: Any = choices[0].value if choices else BACK
    while path is not BACK:
        path = ask_question(_make_step("Which file?", choices, default=path), whole=True)
        if path is not BACK:
            _show_file(review.folder / path, path)


def _show_file(file: Path, name: str) -> None:
    """Show a file on the whole screen."""
    if file.is_symlink():
        lines: list[Line] = [[("class:help", make_printable(f"a link to {os.readlink(file)}"))]]  # noqa: PTH115
    else:
        lines = read_file_lines(file)
    run_prompt(make_pager(make_printable(name), lambda columns: number_lines(lines, columns)))


def _save_answers(review: Review) -> str:
    """Ask for a file and save the answers; return a message."""

    def check(text: str) -> str:
        name = text.strip()
        if not name:
            raise ValueError("a file needs a name")
        if os.path.lexists(Path(name).expanduser()):
            raise ValueError(f"{name} is there already; choose another name")
        return name

    step = _make_step("Into which file?", default=DEFAULT_FILE, check=check)
    if (reply := ask_question(step, whole=True)) is BACK:
        return ""
    path = Path(check(reply)).expanduser()
    try:
        review.save(path)
    except ScaffoldError as error:
        return f"not saved: {make_printable(error.what)}"
    return f"saved; use it with --answers {make_printable(str(path))}"


def _make_step(question: str, choices: Sequence[Choice] = (), **changed: Any) -> Step:
    settings: dict[str, Any] = {"default": "", "check": lambda value: value, **changed}
    settings |= {"name": "review", "type": "str", "help": question, "can_go_back": True}
    return Step(choices=tuple(choices), **settings)
