"""Type an answer: text on one line or several, a secret, a path, JSON or YAML.

The fields are Questionary's; the text around them is our own, as its messages are cut off at the
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
from .prompt_runner import add_keys, join_lines, make_leaving_keys
from .question_frame import QuestionFrame, format_problem
from .styled_text import STYLE, Line, get_size

MAX_PROPOSALS = 5  # rows of proposals
MIN_ROWS_FOR_HINT = 16  # the fewest rows with an extra hint


class TextField:
    """The state of a field.

    Until it is touched, typing replaces the text at the start; a key that moves keeps it, to be
    edited. A field of several lines is an editor, where typing never replaces.
    """

    def __init__(self, step: Step, text: str) -> None:
        self.step = step
        self.text = text
        self.problem = ""
        self.is_refused = False
        self.is_untouched = bool(text) and not step.multiline

    def is_valid(self, text: str) -> bool:
        """Tell whether a text is valid; set `problem` if not."""
        try:
            self.step.check(text)
        except ValueError as error:
            self.problem = str(error)
            if self.step.secret and text:
                self.problem = self.problem.replace(text, "•••")
            return False
        self.problem, self.is_refused = "", False
        return True

    def on_type(self, buffer: Buffer) -> None:
        """Show the problem of the text so far while a person types."""
        self.is_refused = self.is_untouched = False
        try:
            self.is_valid(buffer.text)
        except ScaffoldError:  # shown when the answer is sent
            self.problem = ""

    def on_move(self, _buffer: Buffer) -> None:
        """Keep the text at the start, to be edited."""
        self.is_untouched = False

    def on_enter(self, event: KeyPressEvent) -> None:
        """Take the answer, or show its problem."""
        buffer = event.app.current_buffer
        try:
            if self.is_valid(buffer.text):
                event.app.exit(result=buffer.text)
            self.is_refused, self.is_untouched = True, False
        except ScaffoldError as error:
            event.app.exit(exception=error)

    @property
    def frame(self) -> QuestionFrame:
        """The frame of the field."""
        is_hinted = self.is_untouched and get_size()[1] >= MIN_ROWS_FOR_HINT
        keys = ["enter", *(["→: edit"] if is_hinted else [])]
        if self.step.multiline:
            keys = ["enter: new line", "esc enter: done"]
        elif self.step.type == "path":
            keys = ["tab: complete", "enter"]
        return QuestionFrame(self.step, keys)

    def draw_head(self) -> list[Line]:
        """Draw the lines above the field."""
        return self.frame.draw_head(*get_size())[0]

    def draw_foot(self) -> list[Line]:
        """Draw the lines below the field."""
        columns, rows = get_size()
        problem, is_cut = self._draw_problem(columns, rows)
        is_cut = is_cut or self.frame.draw_head(columns, rows)[1]
        return [*problem, *self.frame.draw_foot(columns, is_cut=is_cut)]

    def _draw_problem(self, columns: int, rows: int) -> tuple[list[Line], bool]:
        if not self.problem:
            return [], False
        return format_problem(self.problem, columns, rows, is_refused=self.is_refused)


def make_field_prompt(state: TextField, *, whole: bool = False) -> Application[str]:
    """Make the prompt that lets a person type."""
    app = _make_questionary_field(state.step, state.text).application
    window = app.layout.current_window
    if isinstance(window.content, BufferControl):
        window.content.buffer.on_text_changed += state.on_type
        window.content.buffer.on_cursor_position_changed += state.on_move
    window.style = lambda: "class:placeholder" if state.is_untouched else ""
    window.get_line_prefix = lambda *parts: [("class:pointer", "    " if any(parts) else "  » ")]
    window.height = lambda: Dimension(
        min=1, max=max(1, get_size()[1] - 1 - len(state.draw_head()) - len(state.draw_foot()))
    )
    window.dont_extend_height = Condition(lambda: True)
    head, foot = _make_window(state.draw_head), _make_window(state.draw_foot)
    parts = [head, window, _make_menu_room(window), foot]
    menu = CompletionsMenu(max_height=MAX_PROPOSALS, scroll_offset=1)
    float_menu = Float(menu, xcursor=True, ycursor=True)
    body = FloatContainer(HSplit(parts, align=VerticalAlign.TOP), [float_menu])
    app.layout = Layout(body, focused_element=window)
    app.full_screen = app.renderer.full_screen = whole
    add_keys(app, _make_keys(state))
    return app


def _make_questionary_field(step: Step, start: str) -> questionary.Question:
    if step.secret:
        return questionary.password("", default=start, style=STYLE)
    if step.type == "path":
        return questionary.path("", default=start, style=STYLE)
    hint = [("class:placeholder", make_printable(step.placeholder))] if step.placeholder else None
    return questionary.text(
        "", default=start, multiline=step.multiline, placeholder=hint, style=STYLE
    )


def _make_window(draw: Callable[[], list[Line]]) -> Window:
    return Window(FormattedTextControl(lambda: join_lines(draw())), dont_extend_height=True)


def _make_menu_room(window: Window) -> ConditionalContainer:
    """Make empty rows for proposals, which would hide the lines below the field."""

    def proposals() -> int:
        control = window.content
        state = control.buffer.complete_state if isinstance(control, BufferControl) else None
        return min(len(state.completions), MAX_PROPOSALS) if state else 0

    room = Window(height=lambda: Dimension.exact(proposals()))
    return ConditionalContainer(room, filter=Condition(lambda: proposals() > 0))


def _make_keys(state: TextField) -> KeyBindings:
    keys = make_leaving_keys(can_go_back=state.step.can_go_back)

    @Condition
    def is_choosing() -> bool:
        proposals = get_app().current_buffer.complete_state
        return proposals is not None and proposals.current_completion is not None

    if state.step.multiline:
        keys.add("escape", "enter", eager=True)(state.on_enter)
    else:
        keys.add("enter", eager=True, filter=~is_choosing)(state.on_enter)
        if state.step.can_go_back and not state.step.position:
            keys.add("escape")(lambda event: event.app.exit(result=BACK))

    @keys.add("enter", eager=True, filter=is_choosing)
    def take(event: KeyPressEvent) -> Any:
        event.app.current_buffer.complete_state = None

    _bind_first_key(keys, state)
    return keys


def _bind_first_key(keys: KeyBindings, state: TextField) -> None:
    """Let the first key replace the text at the start, or keep it to be edited."""
    is_untouched = Condition(lambda: state.is_untouched)

    @keys.add("<any>", filter=is_untouched)
    @keys.add("<bracketed-paste>", filter=is_untouched)
    def replace(event: KeyPressEvent) -> None:
        event.current_buffer.text = ""
        again(event)

    def again(event: KeyPressEvent) -> None:
        state.is_untouched = False
        event.key_processor.feed(event.key_sequence[-1], first=True)

    for key in ("right", "end", "c-e", "c-f"):
        keys.add(key, filter=is_untouched)(again)
