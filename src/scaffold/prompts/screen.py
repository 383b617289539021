"""Run one prompt on the terminal, and leave the terminal as it was, however the prompt ends."""

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
from .look import STYLE, Line, size

SIGNALS = [number for number in STOP_SIGNALS if number != signal.SIGINT]  # that one is a key


MORE: Final = object()
"""What a prompt gives when a person wants to read what there was no room for."""

_rendering: list[Callable[[Application[Any]], None]] = []

Draw = Callable[[int, int], list[Line]]
"""Gives the lines of a prompt for so many columns and rows."""


@contextmanager
def terminal() -> Iterator[None]:
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
def steady() -> Iterator[None]:
    """Let prompts follow each other without a flicker: nothing is sent between two of them."""
    output = get_app_session().output

    def hold(app: Application[Any]) -> None:
        vars(output).pop("flush", None)
        if app.is_done:  # what erases it goes out along with the next one
            vars(output)["flush"] = lambda: None

    _rendering.append(hold)
    try:
        yield
    finally:
        _rendering.remove(hold)
        vars(output).pop("flush", None)
        output.flush()


def run(app: Application[Any]) -> Any:
    """Run a prompt, and erase it; gives what it ends with."""
    app.erase_when_done = True
    for handler in _rendering:
        app.before_render += handler
    app.ttimeoutlen = app.timeoutlen = 0.1  # or Esc alone would seem to be ignored

    stopped: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        stopped.append(number)
        if app.loop and app.is_running:
            app.loop.call_soon_threadsafe(leave)

    def leave() -> None:
        if stopped and not app.is_done:
            app.exit(exception=Interrupted())

    with handle_signals(stop, SIGNALS):
        result = app.run(pre_run=leave)
    if stopped:
        raise Interrupted
    return result


def drawn(draw: Draw, keys: KeyBindings, *, whole: bool = False) -> Application[Any]:
    """A prompt that is nothing but lines, drawn anew after every key.

    Args:
        draw: Gives the lines.
        keys: What keys do.
        whole: Take the whole screen, and give it back as it was.
    """
    control = FormattedTextControl(lambda: joined(draw(*size())), focusable=True, show_cursor=False)
    window = Window(control, dont_extend_height=True, always_hide_cursor=True)
    return Application(Layout(window), key_bindings=keys, style=STYLE, full_screen=whole)


def joined(lines: list[Line]) -> FormattedText:
    """Lines as prompt_toolkit takes them."""
    pieces = [piece for line in lines for piece in (*line, ("", "\n"))]
    return FormattedText(pieces[:-1])


def leaving_keys(*, can_go_back: bool) -> KeyBindings:
    """The keys that leave any prompt."""
    keys = KeyBindings()
    end_by(keys, "c-c", "<sigint>", eager=True, exception=KeyboardInterrupt)
    end_by(keys, "c-d", eager=True, exception=EOFError)
    end_by(keys, "f1", eager=True, result=MORE)

    @keys.add("c-j")
    def enter(event: KeyPressEvent) -> None:
        """What Enter gives when it is pressed between two prompts."""
        event.key_processor.feed(KeyPress(Keys.ControlM, "\r"), first=True)

    @keys.add("s-tab", eager=True)
    def back(event: KeyPressEvent) -> None:
        if can_go_back:
            event.app.exit(result=BACK)

    return keys


def end_by(keys: KeyBindings, *names: str, eager: bool = False, **how: Any) -> None:
    """Let keys end a prompt, with a ``result`` or an ``exception``."""
    for name in names:
        keys.add(name, eager=eager)(lambda event: event.app.exit(**how))


def add_keys(app: Application[Any], keys: KeyBindings) -> None:
    """Let keys come before those that a prompt has already."""
    app.key_bindings = merge_key_bindings([*filter(None, [app.key_bindings]), keys])
