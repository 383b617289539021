"""What is being done, for those who want to show it or write it down. Nobody has to listen.

What takes its time says so with `doing`. Each piece goes to the logger ``scaffold`` with the time
it took, and to the listener that a user interface may have set; the library itself shows nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")

Listener = Callable[[str, bool], AbstractContextManager[None]]
"""Called with what is about to be done, and whether that shows something of its own. What it
gives is entered meanwhile."""

Teller = Callable[[str], None]
"""Called with what a blueprint says, as its author wrote it: not yet safe for a terminal."""

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)
_teller: ContextVar[Teller | None] = ContextVar("teller", default=None)


@contextmanager
def holding(variable: ContextVar[T], value: T) -> Iterator[None]:
    """Give a variable of the context a value in here."""
    before = variable.set(value)
    try:
        yield
    finally:
        variable.reset(before)


def listening(listener: Listener | None) -> AbstractContextManager[None]:
    """Have a listener told of all that is done in here; None for nobody."""
    return holding(_listener, listener)


@contextmanager
def doing(what: str, *, talks: bool = False) -> Iterator[None]:
    """Tell what is being done in here.

    Args:
        what: As in "rendering lightning 1.4.0".
        talks: Whether it prints something of its own, as another program may.
    """
    listener = _listener.get()
    log(what)
    started = time.perf_counter()
    try:
        with listener(what, talks) if listener else nullcontext():
            yield
    finally:
        log(f"{what}: {time.perf_counter() - started:.2f} s")


@contextmanager
def asking() -> Iterator[None]:
    """Have nothing shown while a person is asked in the middle of something."""
    listener = _listener.get()
    with listener("", True) if listener else nullcontext():
        yield


def hearing(teller: Teller | None) -> AbstractContextManager[None]:
    """Have a teller called with what blueprints say in here; None for nobody."""
    return holding(_teller, teller)


def said(text: str) -> None:
    """Pass on what a blueprint says while something is done."""
    if teller := _teller.get():
        with asking():
            teller(text)


def log(text: str) -> None:
    """Write a line to the logger, for those who want to know all that is done."""
    import logging  # what does nothing worth telling starts without it

    logging.getLogger("scaffold").debug("%s", text)
