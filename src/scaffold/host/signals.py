"""Signals that stop a process, held back where it must not stop halfway."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

from ..errors import Interrupted

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
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        for number in numbers:
            signal.signal(number, handler)
        yield
    finally:
        _restore(before)


def _restore(handlers: Mapping[signal.Signals, Any]) -> None:
    """Give all handlers back, even if one that is back already raises meanwhile."""
    try:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    except BaseException:
        _restore(handlers)
        raise


@contextmanager
def held() -> Iterator[Callable[[], None]]:
    """Hold back the signals that stop a process; one that came is delivered at the end.

    Yields:
        What raises `Interrupted` if there was one.
    """
    asked: list[int] = []

    def check() -> None:
        if asked:
            asked.clear()
            raise Interrupted

    try:
        with handled(lambda number, _frame: asked.append(number)):
            yield check
    finally:
        if asked:
            signal.raise_signal(asked[0])
