"""Signals that stop a process, delayed while it must not stop halfway."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

from ..errors import Interrupted

Handler = Callable[[int, FrameType | None], None]

STOP_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


@contextmanager
def handle_signals(
    handler: Handler, numbers: Sequence[signal.Signals] = STOP_SIGNALS
) -> Iterator[None]:
    """Let a handler take signals, then restore the old ones; does nothing in other threads."""
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
    """Restore all handlers, even if one that is restored raises meanwhile."""
    try:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    except BaseException:
        _restore(handlers)
        raise


@contextmanager
def hold_signals() -> Iterator[Callable[[], None]]:
    """Delay the signals that stop a process; one that came is delivered at the end.

    Yields:
        A function that raises `Interrupted` if one came.
    """
    asked: list[int] = []

    def check() -> None:
        if asked:
            asked.clear()
            raise Interrupted

    try:
        with handle_signals(lambda number, _frame: asked.append(number)):
            yield check
    finally:
        if asked:
            signal.raise_signal(asked[0])
