"""Run one prompt on the terminal, and restore the terminal, however the prompt ends."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

from prompt_toolkit.application import Application, create_app_session, get_app_session
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent, merge_key_bindings
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import FormattedTextControl, Layout, Window
from prompt_toolkit.output import create_output

from ..errors import Interrupted
from ..host import STOP_SIGNALS, handle_signals
from ..questions import BACK
from .styled_text import STYLE, Line, get_size

_SIGNALS = [number for number in STOP_SIGNALS if number != signal.SIGINT]  # that one is a key


READ_ALL: Final = object()
"""The result of a prompt when a person wants to read the text that did not fit."""

_rendering: list[Callable[[Application[Any]], None]] = []

Draw = Callable[[int, int], list[Line]]
"""Returns the lines of a prompt for a number of columns and rows."""


@contextmanager
def use_terminal() -> Iterator[None]:
    """Show prompts on standard error.

    Raises:
        Interrupted: Ctrl-C, Ctrl-D, or a terminal that went away.
    """
    try:
        with create_app_session(output=create_output(stdout=sys.stderr)):
            yield
    except (KeyboardInterrupt, EOFError, OSError) as error:
        raise Interrupted from error


@contextmanager
def avoid_flicker() -> Iterator[None]:
    """Let prompts follow each other without a flicker: send nothing between two of them."""
    output = get_app_session().output

    def hold(app: Application[Any]) -> None:
        vars(output).pop("flush", None)
        if app.is_done:  # the erasure is sent with the next prompt
            vars(output)["flush"] = lambda: None

    _rendering.append(hold)
    try:
        yield
    finally:
        _rendering.remove(hold)
        vars(output).pop("flush", None)
        output.flush()


def run_prompt(app: Application[Any]) -> Any:
    """Run a prompt, and erase it; return its result."""
    app.erase_when_done = True
    for handler in _rendering:
        app.before_render += handler
    app.ttimeoutlen = app.timeoutlen = 0.1  # or a single Esc would seem to be ignored

    stopped: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        stopped.append(number)
        if app.loop and app.is_running:
            app.loop.call_soon_threadsafe(leave)

    def leave() -> None:
        if stopped and not app.is_done:
            app.exit(exception=Interrupted())

    with handle_signals(stop, _SIGNALS):
        result = app.run(pre_run=leave)
    if stopped:
        raise Interrupted
    return result


def make_drawn_prompt(draw: Draw, keys: KeyBindings, *, whole: bool = False) -> Application[Any]:
    """Make a prompt of lines only, drawn again after every key; on the whole screen if `whole`."""
    control = FormattedTextControl(
        lambda: join_lines(draw(*get_size())), focusable=True, show_cursor=False
    )
    window = Window(control, dont_extend_height=True, always_hide_cursor=True)
    return Application(
        Layout(window),
        key_bindings=keys,
        style=STYLE,
        include_default_pygments_style=False,  # of fixed colours, some too dark for a terminal
        full_screen=whole,
    )


def join_lines(lines: list[Line]) -> FormattedText:
    """Join lines for prompt_toolkit."""
    pieces = [piece for line in lines for piece in (*line, ("", "\n"))]
    return FormattedText(pieces[:-1])


def make_leaving_keys(*, can_go_back: bool) -> KeyBindings:
    """Make the keys that leave any prompt."""
    keys = KeyBindings()
    bind_exit(keys, "c-c", "<sigint>", eager=True, exception=KeyboardInterrupt)
    bind_exit(keys, "c-d", eager=True, exception=EOFError)
    bind_exit(keys, "f1", eager=True, result=READ_ALL)

    @keys.add("c-j")
    def enter(event: KeyPressEvent) -> None:
        """Treat the code that Enter has between two prompts as Enter."""
        event.key_processor.feed(KeyPress(Keys.ControlM, "\r"), first=True)

    @keys.add("s-tab", eager=True)
    def back(event: KeyPressEvent) -> None:
        if can_go_back:
            event.app.exit(result=BACK)

    return keys


def bind_exit(keys: KeyBindings, *names: str, eager: bool = False, **outcome: Any) -> None:
    """Bind keys that end a prompt, with a ``result`` or an ``exception``."""
    for name in names:
        keys.add(name, eager=eager)(lambda event: event.app.exit(**outcome))


def add_keys(app: Application[Any], keys: KeyBindings) -> None:
    """Add keys that take precedence over those of a prompt."""
    app.key_bindings = merge_key_bindings([*filter(None, [app.key_bindings]), keys])
