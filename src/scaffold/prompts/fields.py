"""Type an answer: text on one line or several, a secret, a path, JSON or YAML.

The fields are Questionary's; what stands around them is our own, as its messages are cut off at the
edge of the screen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import questionary
from prompt_toolkit.application import Application, get_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import Condition
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import (
    BufferControl,
    ConditionalContainer,
    Dimension,
    Float,
    FloatContainer,
    FormattedTextControl,
    HSplit,
    Layout,
    VerticalAlign,
    Window,
)
from prompt_toolkit.layout.menus import CompletionsMenu

from ..errors import ScaffoldError
from ..questions import BACK, Step, make_printable
from .look import STYLE, Line, size
from .screen import add_keys, joined, leaving_keys
from .sheet import Sheet, problem_lines

MENU = 5  # rows of proposals
ROOMY = 16  # rows from which on a hint that one can do without is shown


class Field:
    """The state of a field.

    Until it is touched, typing replaces what it starts from; a key that moves leaves it to be
    edited. A field of several lines is an editor, where typing never replaces.

    Args:
        step: The question.
        text: What it starts from.
        problem: What is wrong with that.
    """

    def __init__(self, step: Step, text: str, problem: str = "") -> None:
        self.step = step
        self.text = text
        self.problem = problem
        self.is_refused = bool(problem)
        self.is_untouched = bool(text) and not step.multiline

    def look_at(self, text: str) -> bool:
        """Whether a text would do; `problem` says why not."""
        try:
            self.step.check(text)
        except ValueError as error:
            self.problem = str(error)
            if self.step.secret and text:
                self.problem = self.problem.replace(text, "•••")
            return False
        self.problem, self.is_refused = "", False
        return True

    def typed(self, buffer: Buffer) -> None:
        """Tell while a person types what is wrong so far."""
        self.is_refused = self.is_untouched = False
        try:
            self.look_at(buffer.text)
        except ScaffoldError:  # told when the answer is sent
            self.problem = ""

    def touched(self, _buffer: Buffer) -> None:
        """Let what it starts from be edited from now on."""
        self.is_untouched = False

    def sent(self, event: KeyPressEvent) -> None:
        """Take the answer, or say what is wrong with it."""
        buffer = event.app.current_buffer
        try:
            if self.look_at(buffer.text):
                event.app.exit(result=buffer.text)
            self.is_refused, self.is_untouched = True, False
        except ScaffoldError as error:
            event.app.exit(exception=error)

    @property
    def sheet(self) -> Sheet:
        """What stands around the field."""
        is_hinted = self.is_untouched and size()[1] >= ROOMY
        keys = ["enter", *(["→: edit"] if is_hinted else [])]
        if self.step.multiline:
            keys = ["enter: new line", "esc enter: done"]
        elif self.step.type == "path":
            keys = ["tab: complete", "enter"]
        return Sheet(self.step, keys)

    def head(self) -> list[Line]:
        """What stands above the field."""
        return self.sheet.head(*size())[0]

    def foot(self) -> list[Line]:
        """What stands below it."""
        columns, rows = size()
        problem, is_cut = self._problem_lines(columns, rows)
        is_cut = is_cut or self.sheet.head(columns, rows)[1]
        return [*problem, *self.sheet.foot(columns, is_cut=is_cut)]

    def _problem_lines(self, columns: int, rows: int) -> tuple[list[Line], bool]:
        if not self.problem:
            return [], False
        return problem_lines(self.problem, columns, rows, is_refused=self.is_refused)


def field(state: Field, *, whole: bool = False) -> Application[str]:
    """The application that lets a person type."""
    app = _questionary(state.step, state.text).application
    window = app.layout.current_window
    if isinstance(window.content, BufferControl):
        window.content.buffer.on_text_changed += state.typed
        window.content.buffer.on_cursor_position_changed += state.touched
    window.style = lambda: "class:placeholder" if state.is_untouched else ""
    window.get_line_prefix = lambda line, wrapped: [
        ("class:pointer", "    " if line or wrapped else "  » ")
    ]
    window.height = lambda: Dimension(
        min=1, max=max(1, size()[1] - 1 - len(state.head()) - len(state.foot()))
    )
    window.dont_extend_height = Condition(lambda: True)
    parts = [_lines(state.head), window, _menu_room(window), _lines(state.foot)]
    menu = Float(CompletionsMenu(max_height=MENU, scroll_offset=1), xcursor=True, ycursor=True)
    body = FloatContainer(HSplit(parts, align=VerticalAlign.TOP), [menu])
    app.layout = Layout(body, focused_element=window)
    app.full_screen = app.renderer.full_screen = whole
    add_keys(app, _keys(state))
    return app


def _questionary(step: Step, start: str) -> questionary.Question:
    if step.secret:
        return questionary.password("", default=start, style=STYLE)
    if step.type == "path":
        return questionary.path("", default=start, style=STYLE)
    hint = [("class:placeholder", make_printable(step.placeholder))] if step.placeholder else None
    return questionary.text(
        "", default=start, multiline=step.multiline, placeholder=hint, style=STYLE
    )


def _lines(draw: Callable[[], list[Line]]) -> Window:
    return Window(FormattedTextControl(lambda: joined(draw())), dont_extend_height=True)


def _menu_room(window: Window) -> ConditionalContainer:
    """Empty rows for proposals, which would hide what stands below the field."""

    def proposals() -> int:
        control = window.content
        state = control.buffer.complete_state if isinstance(control, BufferControl) else None
        return min(len(state.completions), MENU) if state else 0

    room = Window(height=lambda: Dimension.exact(proposals()))
    return ConditionalContainer(room, filter=Condition(lambda: proposals() > 0))


def _keys(state: Field) -> KeyBindings:
    keys = leaving_keys(can_go_back=state.step.can_go_back)

    @Condition
    def is_choosing() -> bool:
        proposals = get_app().current_buffer.complete_state
        return proposals is not None and proposals.current_completion is not None

    if state.step.multiline:
        keys.add("escape", "enter", eager=True)(state.sent)
    else:
        keys.add("enter", eager=True, filter=~is_choosing)(state.sent)
        if state.step.can_go_back and not state.step.position:
            keys.add("escape")(lambda event: event.app.exit(result=BACK))

    @keys.add("enter", eager=True, filter=is_choosing)
    def take(event: KeyPressEvent) -> Any:
        event.app.current_buffer.complete_state = None

    _bind_first_key(keys, state)
    return keys


def _bind_first_key(keys: KeyBindings, state: Field) -> None:
    """Let the first key replace what the field starts from, or leave it to be edited."""
    is_untouched = Condition(lambda: state.is_untouched)

    @keys.add("<any>", filter=is_untouched)
    @keys.add("<bracketed-paste>", filter=is_untouched)
    def replace(event: KeyPressEvent) -> None:
        event.current_buffer.text = ""
        again(event)

    @keys.add("right", filter=is_untouched)
    @keys.add("end", filter=is_untouched)
    @keys.add("c-e", filter=is_untouched)
    @keys.add("c-f", filter=is_untouched)
    def again(event: KeyPressEvent) -> None:
        state.is_untouched = False
        event.key_processor.feed(event.key_sequence[-1], first=True)
