"""The terminal between prompts: whether there is one, and its echo of typed keys."""

from __future__ import annotations

import atexit
import contextlib
import sys
from collections.abc import Mapping
from typing import Any, TextIO

_settings_before: list[tuple[int, Any]] = []


def is_interactive(stdin: TextIO, stderr: TextIO, environ: Mapping[str, str]) -> bool:
    """Tell whether a person can be asked: both are terminals, and ``CI`` is not set."""
    return not environ.get("CI") and _is_terminal(stdin) and _is_terminal(stderr)


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def hide_echo() -> None:
    """Stop showing typed keys, until `restore_echo`, or until the program ends."""
    if _settings_before:
        return
    with contextlib.suppress(ImportError, OSError, ValueError):  # no such terminal
        import termios

        number = sys.stdin.fileno()
        settings = termios.tcgetattr(number)
        _settings_before.append((number, termios.tcgetattr(number)))
        settings[3] &= ~termios.ECHO
        termios.tcsetattr(number, termios.TCSANOW, settings)
        atexit.register(restore_echo)


def restore_echo() -> None:
    """Show typed keys again."""
    while _settings_before:
        import termios

        number, settings = _settings_before.pop()
        with contextlib.suppress(OSError, termios.error):
            termios.tcsetattr(number, termios.TCSANOW, settings)


def discard_typed_ahead() -> None:
    """Discard typed-ahead keys: they cannot answer what was not on the screen yet."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import termios

        with contextlib.suppress(termios.error):
            termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
