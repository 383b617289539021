"""Show the current work to a person who waits for more than a second.

No thread is needed, which would keep a render from copying this process: a timer of the system
interrupts the work. The interrupted code may be writing, so this writes past all buffers.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ..questions import make_printable

DELAY_SECONDS = 1.0  # seconds until something is shown
_ERASE = "\r\x1b[K"


class Spinner:
    """A listener to progress that draws one line; see `scaffold.host.progress`.

    Args:
        descriptor: Where to write.
        columns: The width of the terminal; 0 if there is none: then a line is written for each
            piece of work that takes long, and none is erased.
    """

    def __init__(self, descriptor: int, columns: int) -> None:
        self._descriptor = descriptor
        self._columns = columns
        self._works: list[tuple[str, bool, float]] = []
        self._told: set[float] = set()
        self._drawn = False

    @contextmanager
    def __call__(self, what: str, talks: bool) -> Iterator[None]:
        """Show ``what`` if it takes long; on a line that stays if the work prints, too.

        Nothing is shown if ``what`` is empty.
        """
        self._works.append((what, talks, time.monotonic()))
        if talks:
            self._erase()
        before = self._start() if len(self._works) == 1 else None
        try:
            yield
        finally:
            self._works.pop()
            if not self._works:
                self._stop(before)

    def _start(self) -> object:
        before = signal.signal(signal.SIGALRM, self._tick)
        signal.setitimer(signal.ITIMER_REAL, DELAY_SECONDS, 0.5)
        return before

    def _stop(self, before: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before if callable(before) else signal.SIG_DFL)
        self._erase()

    def _erase(self) -> None:
        if self._drawn:
            self._write(_ERASE)
            self._drawn = False

    def _tick(self, _signal: int, _frame: object) -> None:
        what, talks, since = self._works[-1] if self._works else ("", False, 0.0)
        what = make_printable(what)
        if not what:
            return
        if talks or not self._columns:
            if since not in self._told:
                self._told.add(since)
                self._write(f"{what} …\n")
            return
        seconds = f" … {time.monotonic() - since:.0f} s"
        room = self._columns - len(seconds) - 1
        self._drawn = True
        self._write(f"{_ERASE}{what[: max(room, 0)]}{seconds}")

    def _write(self, text: str) -> None:
        with suppress(OSError):  # nobody is there to read it
            os.write(self._descriptor, text.encode(errors="backslashreplace"))


def make_spinner() -> Spinner | None:
    """Make a spinner; None without timers, or outside the main thread."""
    if not hasattr(signal, "setitimer") or threading.current_thread() != threading.main_thread():
        return None
    try:
        descriptor = sys.stderr.fileno()
    except (OSError, ValueError, AttributeError):
        return None
    return Spinner(descriptor, _get_columns(descriptor))


def _get_columns(descriptor: int) -> int:
    plain = os.environ.get("CI") or os.environ.get("TERM", "dumb") == "dumb"
    if plain or not os.isatty(descriptor):
        return 0
    try:
        return os.get_terminal_size(descriptor).columns
    except OSError:
        return 80
