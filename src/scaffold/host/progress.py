"""Progress of long work, for a logger and for a listener of the user interface.

Long work runs in `track_progress`. Each piece goes to the logger ``scaffold`` with its duration,
and to the listener if a user interface set one; the library itself shows nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")

Listener = Callable[[str, bool], AbstractContextManager[None]]
"""Takes a piece of work and whether that prints something itself; returns a context to enter
meanwhile."""

MessageReceiver = Callable[[str], None]
"""Takes a message of a blueprint, as its author wrote it: not yet safe for a terminal."""

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)
_receiver: ContextVar[MessageReceiver | None] = ContextVar("receiver", default=None)


@contextmanager
def set_context(variable: ContextVar[T], value: T) -> Iterator[None]:
    """Set a context variable while the `with` block runs."""
    before = variable.set(value)
    try:
        yield
    finally:
        variable.reset(before)


def notify_listener(listener: Listener | None) -> AbstractContextManager[None]:
    """Notify a listener of all tracked work inside the `with` block; None for no listener."""
    return set_context(_listener, listener)


@contextmanager
def track_progress(what: str, *, prints: bool = False) -> Iterator[None]:
    """Track the work of the `with` block, with its duration.

    Args:
        what: A description, as in "rendering lightning 1.4.0".
        prints: Whether it prints something itself, as another program may.
    """
    listener = _listener.get()
    log(what)
    started = time.perf_counter()
    try:
        with listener(what, prints) if listener else nullcontext():
            yield
    finally:
        log(f"{what}: {time.perf_counter() - started:.2f} s")


@contextmanager
def pause_progress() -> Iterator[None]:
    """Hide the progress while a person is asked."""
    listener = _listener.get()
    with listener("", True) if listener else nullcontext():
        yield


def receive_messages(receiver: MessageReceiver | None) -> AbstractContextManager[None]:
    """Call a receiver with messages of blueprints inside the `with` block; None for no receiver."""
    return set_context(_receiver, receiver)


def pass_on_message(text: str) -> None:
    """Pass a message of a blueprint to the receiver."""
    if receiver := _receiver.get():
        with pause_progress():
            receiver(text)


def log(text: str) -> None:
    """Write a line to the logger ``scaffold``."""
    import logging  # late: commands without a log line start faster

    logging.getLogger("scaffold").debug("%s", text)
