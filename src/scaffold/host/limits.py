"""Limits of time, memory and disk for untrusted blueprints.

A blueprint's Jinja runs no code of its own, yet can ask for any amount of time and memory. Its
render happens in a process of its own (`render.child`); `enforce_limits` bounds the expressions
that are evaluated in this one. Environment variables raise the limits.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from types import FrameType
from typing import Any

from ..errors import ScaffoldError, UsageError

LIMIT_VARIABLE_PREFIX = "SCAFFOLD_RENDER_"
UNITS = {
    "clock": "seconds",
    "seconds": "seconds of CPU time",
    "memory": "MiB of memory",
    "size": "MiB on disk",
    "files": "files and folders",
}
MIB = 1 << 20
MAX_YAML_VALUES = 200_000  # an alias counts as all that it repeats
MAX_YAML_DEPTH = 100  # levels of lists and mappings
MAX_INT_BITS = 4096
TIMER_REPEAT_SECONDS = 0.2  # a template may swallow the first signal


@dataclass(frozen=True)
class Limits:
    """Limits of one render.

    Attributes:
        seconds: CPU time; wall-clock time may be four times as long.
        memory: MiB beyond those that the process has when it begins.
        size: MiB of all files that it writes.
        files: Number of files and folders that it writes.
    """

    seconds: int = 30
    memory: int = 1024
    size: int = 512
    files: int = 20_000

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> Limits:
        """Read the limits from environment variables.

        Raises:
            UsageError: A variable does not hold a positive whole number.
        """
        found = {}
        for field in fields(cls):
            name = LIMIT_VARIABLE_PREFIX + field.name.upper()
            text = environ.get(name, "").strip()
            if text and not (text.isascii() and text.isdigit() and int(text) > 0):
                hint = f"Give it a whole number of {UNITS[field.name]}."
                raise UsageError(f"{name} is {text!r}", hint)
            if text:
                found[field.name] = min(int(text), sys.maxsize // MIB)
        return cls(**found)

    @property
    def clock(self) -> int:
        """The limit of wall-clock time, in seconds."""
        return 4 * self.seconds

    def make_error(self, what: str, limit: str) -> ScaffoldError:
        """Make the error for an exceeded limit.

        Args:
            what: The subject of the message.
            limit: The name of the limit, or ``clock``.
        """
        name = "seconds" if limit == "clock" else limit
        variable = f"{LIMIT_VARIABLE_PREFIX}{name.upper()}"
        hint = f"If you trust it, allow more: {variable}={4 * getattr(self, name)}"
        what = f"{what} takes more than {getattr(self, limit)} {UNITS[limit]}"
        return ScaffoldError(what, hint)


class TimeLimitExceeded(BaseException):
    """Signal that the time is up; no `Exception`, so that no template catches it.

    Attributes:
        limit: The limit that was exceeded, as `Limits.make_error` takes it.
    """

    def __init__(self, limit: str) -> None:
        super().__init__(limit)
        self.limit = limit


@dataclass
class SpentTime:
    """Time that a blueprint's expressions took so far; they share one limit.

    Attributes:
        seconds: CPU time.
        clock: Wall-clock seconds, without those that a person takes to answer.
    """

    seconds: float = 0.0
    clock: float = 0.0


_is_limiting = False


@contextmanager
def enforce_limits(what: str, spent: SpentTime | None = None) -> Iterator[None]:
    """Limit the CPU time, wall-clock time and memory of an evaluation inside the `with` block.

    Nothing is limited on Windows, outside the main thread, or inside another limit: a process has
    one timer.

    Args:
        what: The subject of the error's message.
        spent: Time that earlier evaluations took of the same limit; increased here.

    Raises:
        ScaffoldError: The evaluation takes more; names ``what`` and the limit.
    """
    global _is_limiting  # noqa: PLW0603 - timers and limits are the process's, too
    if _is_limiting or os.name == "nt" or threading.current_thread() is not threading.main_thread():
        yield
        return
    limits, spent = Limits.from_environ(), spent or SpentTime()
    _is_limiting = True
    try:
        with (
            _limit_clock(limits.clock, spent),
            _limit_cpu_time(limits.seconds, spent),
            limit_memory(limits.memory),
        ):
            yield
    except TimeLimitExceeded as error:
        raise limits.make_error(what, error.limit) from None
    except MemoryError:
        raise limits.make_error(what, "memory") from None
    finally:
        _is_limiting = False


@contextmanager
def limit_memory(mebibytes: int) -> Iterator[None]:
    """Limit the memory that this process takes in addition inside the `with` block."""
    taken = _get_address_space_bytes()
    if not taken:
        yield
        return
    import resource

    before = resource.getrlimit(resource.RLIMIT_AS)
    lower_limit(resource.RLIMIT_AS, taken + mebibytes * MIB)
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


@contextmanager
def _limit_cpu_time(seconds: int, spent: SpentTime) -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TimeLimitExceeded("seconds")

    handler: Any = signal.getsignal(signal.SIGPROF)
    timer = signal.getitimer(signal.ITIMER_PROF)
    allowed = max(seconds - spent.seconds, 0.01)
    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, allowed, TIMER_REPEAT_SECONDS)
    try:
        yield
    finally:
        left, again = signal.setitimer(signal.ITIMER_PROF, *timer)
        spent.seconds += allowed - left if again else 0.0
        signal.signal(signal.SIGPROF, handler or signal.SIG_DFL)


@contextmanager
def _limit_clock(seconds: int, spent: SpentTime) -> Iterator[None]:
    """Limit wall-clock time, for a machine where CPU time hardly passes.

    A process has one such timer. If another one runs (the progress line, the child that watches
    its parent), its ticks are passed on and checked.
    """

    def check(number: int, frame: FrameType | None) -> None:
        if callable(handler):
            handler(number, frame)
        if time.monotonic() >= started + allowed:
            raise TimeLimitExceeded("clock")

    handler: Any = signal.getsignal(signal.SIGALRM)
    started, allowed = time.monotonic(), max(seconds - spent.clock, 0.01)
    signal.signal(signal.SIGALRM, check)
    is_own = not any(signal.getitimer(signal.ITIMER_REAL))
    if is_own:
        signal.setitimer(signal.ITIMER_REAL, allowed, TIMER_REPEAT_SECONDS)
    try:
        yield
    finally:
        if is_own:
            signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler or signal.SIG_DFL)
        spent.clock += time.monotonic() - started


def refuse_oversized(data: Any, what: str) -> None:
    """Refuse data with too many values, too many levels or too long a number.

    A YAML line may repeat all of the line before nine times: a few lines hold billions of values.

    Raises:
        ScaffoldError: It has too many; names the limit.
    """
    left, open_ = MAX_YAML_VALUES, [(data, 0)]
    while open_:
        item, depth = open_.pop()
        left -= 1 + (len(item) // 1000 if isinstance(item, str) else 0)
        if left < 0:
            raise _make_harm_error(f"{what} holds more than {MAX_YAML_VALUES:,} values")
        if depth > MAX_YAML_DEPTH:
            raise make_depth_error(what)
        if isinstance(item, int) and item.bit_length() > MAX_INT_BITS:
            raise _make_harm_error(f"{what} holds a number of more than {MAX_INT_BITS:,} bits")
        if isinstance(item, Mapping):
            open_ += [(value, depth + 1) for value in item.values()]
        elif isinstance(item, list | tuple | set):
            open_ += [(value, depth + 1) for value in item]


def make_depth_error(what: str) -> ScaffoldError:
    """Make the error for a document with too many levels."""
    return _make_harm_error(f"{what} is nested more than {MAX_YAML_DEPTH} levels deep")


def _make_harm_error(what: str) -> ScaffoldError:
    return ScaffoldError(what, "Do not use it: such a text can fill the memory.")


def _get_address_space_bytes() -> int:
    """Get the bytes of address space that this process has; 0 if unknown."""
    try:
        with open("/proc/self/statm", "rb", buffering=0) as file:  # noqa: PTH123 - many times
            return int(file.read(64).split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0


def lower_limit(kind: int, amount: int) -> None:
    """Lower one soft limit of this process, unless it is lower already.

    Args:
        kind: A constant of `resource`, such as ``RLIMIT_CPU``.
        amount: The new limit, in the unit of that constant.
    """
    import resource

    soft, hard = resource.getrlimit(kind)
    stricter = [value for value in (soft, hard) if value != resource.RLIM_INFINITY]
    resource.setrlimit(kind, (min([amount, *stricter]), hard))
