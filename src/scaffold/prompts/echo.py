"""Keep what is typed between two prompts off the screen."""

from __future__ import annotations

import atexit
import contextlib
import sys
from typing import Any

_before: list[tuple[int, Any]] = []


def hush() -> None:
    """Show no more what is typed, until `restore`, or until the program ends."""
    if _before:
        return
    with contextlib.suppress(ImportError, OSError, ValueError):  # no such terminal
        import termios

        number = sys.stdin.fileno()
        settings = termios.tcgetattr(number)
        _before.append((number, termios.tcgetattr(number)))
        settings[3] &= ~termios.ECHO
        termios.tcsetattr(number, termios.TCSANOW, settings)
        atexit.register(restore)


def restore() -> None:
    """Show what is typed again."""
    while _before:
        import termios

        number, settings = _before.pop()
        with contextlib.suppress(OSError, termios.error):
            termios.tcsetattr(number, termios.TCSANOW, settings)


def forget() -> None:
    """Drop what was typed ahead: nobody wants to answer what they could not see."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import termios

        with contextlib.suppress(termios.error):
            termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
