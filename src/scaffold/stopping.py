"""Signals that stop a process, held back where it must not stop halfway."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from .errors import Interrupted

Handler = Callable[[int, FrameType | None], None]

STOPS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


@contextmanager
def handled(handler: Handler, numbers: Sequence[signal.Signals] = STOPS) -> Iterator[None]:
    """Let a handler take signals, and give them back as they were; in the main thread only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


@contextmanager
def held() -> Iterator[Callable[[], None]]:
    """Hold back the signals that stop a process.

    Yields:
        What raises `Interrupted` if there was one.
    """
    asked: list[int] = []

    def check() -> None:
        if asked:
            raise Interrupted

    with handled(lambda number, _frame: asked.append(number)):
        yield check
