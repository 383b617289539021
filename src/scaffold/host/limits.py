"""How much of the machine a foreign blueprint may take, and its expressions kept within that.

A blueprint's Jinja runs no code of its own, yet can ask for any amount of time and memory. Its
render happens in a process of its own (`render.child`); what is evaluated here, while questions
are asked, is bounded by `bounded`. Variables of the environment raise the limits.
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

PREFIX = "SCAFFOLD_RENDER_"
UNITS = {
    "seconds": "seconds of CPU time",
    "memory": "MiB of memory",
    "size": "MiB on disk",
    "files": "files and folders",
}
MIB = 1 << 20
MOST = 200_000  # values in a YAML file, each counted as often as it is named
DEEPEST = 100  # levels of lists and mappings in one
LONGEST = 4096  # bits of a number in one
AGAIN = 0.2  # seconds until the timer speaks up once more, should a template swallow it


@dataclass(frozen=True)
class Limits:
    """What one render may take.

    Attributes:
        seconds: CPU time; by the clock it may take four times as long.
        memory: MiB, on top of what the process has when it begins.
        size: MiB of all files that it writes.
        files: Files and folders that it writes.
    """

    seconds: int = 30
    memory: int = 1024
    size: int = 512
    files: int = 20_000

    @classmethod
    def of(cls, environ: Mapping[str, str] = os.environ) -> Limits:
        """The limits, as far as the environment sets them.

        Raises:
            UsageError: A variable holds no positive whole number.
        """
        found = {}
        for field in fields(cls):
            name = PREFIX + field.name.upper()
            text = environ.get(name, "").strip()
            if text and not (text.isascii() and text.isdigit() and int(text) > 0):
                hint = f"Give it a whole number of {UNITS[field.name]}."
                raise UsageError(f"{name} is {text!r}", hint)
            if text:
                found[field.name] = min(int(text), sys.maxsize // MIB)
        return cls(**found)

    @property
    def clock(self) -> int:
        """Seconds by the clock."""
        return 4 * self.seconds

    def exceeded(self, what: str, limit: str) -> ScaffoldError:
        """The error for something that took more than it may.

        Args:
            what: What did.
            limit: The name of the limit, or ``clock``.
        """
        clock = limit == "clock"
        allowed = self.clock if clock else getattr(self, limit)
        name = "seconds" if clock else limit
        unit = "seconds" if clock else UNITS[limit]
        hint = f"If you trust it, allow more: {PREFIX}{name.upper()}={4 * getattr(self, name)}"
        return ScaffoldError(f"{what} takes more than {allowed} {unit}", hint)


class TooLong(BaseException):
    """The time is up. No ``except Exception`` on the way may take it for its own.

    Args:
        limit: The limit that was exceeded, as `Limits.exceeded` takes it.
    """

    def __init__(self, limit: str) -> None:
        super().__init__(limit)
        self.limit = limit


@dataclass
class Spent:
    """The time that a blueprint's expressions took so far: they share one limit.

    Attributes:
        seconds: CPU time.
        clock: Seconds by the clock; what a person takes to answer is not among them.
    """

    seconds: float = 0.0
    clock: float = 0.0


_busy = False


@contextmanager
def bounded(what: str, spent: Spent | None = None) -> Iterator[None]:
    """Keep what is evaluated in here within the limits of CPU time, clock and memory.

    Only where the system has the means, and only in the main thread: timers are the process's.
    Within another one it changes nothing.

    Args:
        what: How the error calls what is evaluated.
        spent: What others took of the same time; counted on.

    Raises:
        ScaffoldError: It takes more; names ``what`` and the limit.
    """
    global _busy  # noqa: PLW0603 - timers and limits are the process's, too
    if _busy or os.name == "nt" or threading.current_thread() is not threading.main_thread():
        yield
        return
    limits, state = Limits.of(), _State(spent or Spent())
    _busy = True
    try:
        try:
            state.confine(limits)
            yield
        finally:
            state.restore()
            _busy = False
    except TooLong as error:
        raise limits.exceeded(what, error.limit) from None
    except MemoryError:
        raise limits.exceeded(what, "memory") from None


class _State:
    """The timers, their handlers and the memory limit as they were."""

    def __init__(self, spent: Spent) -> None:
        self.spent = spent
        self.armed = 0.0
        self.clock = _Clock()
        self.handler: Any = signal.getsignal(signal.SIGPROF)
        self.timer = signal.getitimer(signal.ITIMER_PROF)
        self.memory: tuple[int, int] | None = None

    def confine(self, limits: Limits) -> None:
        if taken := memory_taken():
            import resource

            self.memory = resource.getrlimit(resource.RLIMIT_AS)
            confine(resource.RLIMIT_AS, taken + limits.memory * MIB)
        signal.signal(signal.SIGPROF, _time_is_up)
        self.armed = max(limits.seconds - self.spent.seconds, 0.01)
        signal.setitimer(signal.ITIMER_PROF, self.armed, AGAIN)
        self.clock.start(max(limits.clock - self.spent.clock, 0.01))

    def restore(self) -> None:
        self.spent.clock += self.clock.stop()
        left, again = signal.setitimer(signal.ITIMER_PROF, *self.timer)
        self.spent.seconds += self.armed - left if again else 0.0
        signal.signal(signal.SIGPROF, self.handler or signal.SIG_DFL)
        if self.memory:
            import resource

            resource.setrlimit(resource.RLIMIT_AS, self.memory)


def _time_is_up(_signal: int, _frame: FrameType | None) -> None:
    raise TooLong("seconds")


class _Clock:
    """A limit by the clock, for a machine where CPU time hardly passes.

    There is one such timer in a process. Where another runs (the line that tells what takes long,
    the child that looks for its parent), its ticks are passed on, and looked at.
    """

    def __init__(self) -> None:
        self._handler: Any = signal.getsignal(signal.SIGALRM)
        self._started = self._ends = 0.0
        self._is_own = False

    def start(self, seconds: float) -> None:
        """Raise `TooLong` in the main thread once so many seconds have passed."""
        self._started = time.monotonic()
        self._ends = self._started + seconds
        signal.signal(signal.SIGALRM, self._tick)
        if not any(signal.getitimer(signal.ITIMER_REAL)):
            self._is_own = True
            signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)

    def stop(self) -> float:
        """Leave the timer as it was; gives the seconds since the start."""
        if self._is_own:
            signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self._handler or signal.SIG_DFL)
        return time.monotonic() - self._started

    def _tick(self, number: int, frame: FrameType | None) -> None:
        if callable(self._handler):
            self._handler(number, frame)
        if time.monotonic() >= self._ends:
            raise TooLong("clock")


def refuse_endless(data: Any, what: str) -> None:
    """Refuse data whose parts stand for each other so often that writing it out would never end.

    YAML lets a line stand for all of the line before, nine times: a few lines hold billions. Nor
    may it be nested so deeply, or hold a number so long, that Python gives up on it later.

    Raises:
        ScaffoldError: Written out, it holds too much.
    """
    left, open_ = MOST, [(data, 0)]
    while open_:
        item, depth = open_.pop()
        left -= 1 + (len(item) // 1000 if isinstance(item, str) else 0)
        if left < 0:
            raise _made_to_harm(f"{what} stands for more than {MOST:,} values")
        if depth > DEEPEST:
            raise too_deep(what)
        if isinstance(item, int) and item.bit_length() > LONGEST:
            raise _made_to_harm(f"{what} holds a number of more than {LONGEST:,} bits")
        if isinstance(item, Mapping):
            open_ += [(value, depth + 1) for value in item.values()]
        elif isinstance(item, list | tuple | set):
            open_ += [(value, depth + 1) for value in item]


def too_deep(what: str) -> ScaffoldError:
    """The error for a document that is nested deeper than anybody would write it."""
    return _made_to_harm(f"{what} is nested more than {DEEPEST} levels deep")


def _made_to_harm(what: str) -> ScaffoldError:
    return ScaffoldError(what, "Do not use it: a text of that kind is made to fill the memory.")


def memory_taken() -> int:
    """The bytes of address space that this process has; 0 where that cannot be known."""
    try:
        with open("/proc/self/statm", "rb", buffering=0) as file:  # noqa: PTH123 - many times
            return int(file.read(64).split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0


def confine(kind: int, amount: int) -> None:
    """Lower one soft limit of this process; a stricter one stays."""
    import resource

    soft, hard = resource.getrlimit(kind)
    stricter = [value for value in (soft, hard) if value != resource.RLIM_INFINITY]
    resource.setrlimit(kind, (min([amount, *stricter]), hard))
