"""Carry a render out in a process of its own, which may take only so much of the machine.

Where the system can, this process is copied (`os.fork`): Copier, once imported, need not be
imported again. That is safe only while nothing else runs in it; elsewhere a new Python is
started. What comes back is JSON, so nothing that a blueprint makes is ever more than data here.
"""

from __future__ import annotations

import errno
import json
import os
import pickle
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, NoReturn, Protocol

from .. import errors
from ..errors import ScaffoldError
from ..host import LIMIT_VARIABLE_PREFIX, MIB, Limits, get_address_space_bytes, lower_limit

LONGEST = 32 * MIB  # what a child may say
EXCEEDED = "limit"
PROGRAM = """\
import pickle, sys
sys.path[:] = pickle.load(sys.stdin.buffer)
from scaffold.render.child import main
main()
"""


class Work(Protocol):
    """What a child does; it can be pickled."""

    def prepare(self) -> None:
        """Import what is needed, before this process is copied."""

    def __call__(self) -> dict[str, Any]:
        """Do it; gives what JSON can hold."""
        ...


class RenderBug(Exception):
    """Something unexpected happened in the child; its own traceback is a note of this."""


def carry_out(work: Work, what: str, limits: Limits) -> dict[str, Any]:
    """Do a piece of work in a child, and give back what it gave.

    Args:
        work: What to do.
        what: How errors call it.
        limits: What it may take.

    Raises:
        ScaffoldError: It did, or it took more than it may.
        OSError: It did.
    """
    run = _forked if _can_fork() else _started
    code, said = run(work, what, limits)
    if not said:
        raise _died(code, what, limits)
    return _heard(json.loads(said), what, limits)


def _can_fork() -> bool:
    """Whether a copy of this process is sure to work: on Linux, and with one thread only."""
    try:
        tasks = os.listdir("/proc/self/task")  # noqa: PTH208
        return sys.platform == "linux" and len(tasks) == 1
    except OSError:
        return False


# ---------------------------------------------------------------- a copy of this process


def _forked(work: Work, what: str, limits: Limits) -> tuple[int, bytes]:
    work.prepare()
    reader, writer = os.pipe()
    stops = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    # Nobody may stop us while there is a child that nobody knows of.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, stops)
    try:
        pid = os.fork()
    except OSError as error:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.close(reader)
        os.close(writer)
        raise ScaffoldError(f"no process can be started: {error.strerror}") from None
    if not pid:
        os.close(reader)
        _serve(work, writer, limits)
    try:
        os.close(writer)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        said = _listen(reader, what, limits)
    except BaseException:
        os.kill(pid, signal.SIGKILL)
        raise
    finally:
        os.close(reader)
        _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), said


def _listen(reader: int, what: str, limits: Limits) -> bytes:
    """All that a child says before it closes its end."""
    ends, said = time.monotonic() + limits.clock, bytearray()
    poll = select.poll()
    poll.register(reader, select.POLLIN)
    while len(said) <= LONGEST:
        if not poll.poll(max(0, ends - time.monotonic()) * 1000):
            raise limits.make_error(what, "clock")
        part = os.read(reader, MIB)
        if not part:
            return bytes(said)
        said += part
    raise ScaffoldError(f"{what} gives messages that are too long")


def _serve(work: Work, writer: int, limits: Limits) -> NoReturn:
    """Be the child: do the work, say what came of it, and be gone."""
    code = 1
    try:
        _deafen()
        _watch(os.getppid())
        data = json.dumps(_answer(work, limits)).encode()
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(data)
        code = 0
    finally:
        os._exit(code)  # nothing of the parent's may run or be written twice


def _deafen() -> None:
    """A key that stops the command reaches both of us: the parent decides, and ends us."""
    import gc

    gc.freeze()  # what is the parent's is never collected here, nor copied to be looked at
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _watch(parent: int) -> None:
    """Leave as soon as nobody listens any more, even where the parent was killed."""

    def look(_signal: int, _frame: object) -> None:
        if os.getppid() != parent:
            os._exit(1)

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, 0.5, 0.5)


# ---------------------------------------------------------------- a new Python


def _started(work: Work, what: str, limits: Limits) -> tuple[int, bytes]:
    import subprocess

    command = [sys.executable, "-P", "-c", PROGRAM]
    given = pickle.dumps(sys.path) + pickle.dumps((work, limits))
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            said, _ = process.communicate(given, timeout=limits.clock)
        except subprocess.TimeoutExpired:
            raise limits.make_error(what, "clock") from None
        finally:
            process.kill()
    return process.returncode, said


def main() -> None:
    """Be a child that was started: the work comes by standard input."""
    work, limits = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the parent, not from outside
    if os.name != "nt":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        _watch(os.getppid())
    said = json.dumps(_answer(work, limits)).encode()
    sys.stdout.buffer.write(said)
    sys.stdout.flush()


# ---------------------------------------------------------------- both


def _answer(work: Work, limits: Limits) -> dict[str, Any]:
    """What came of the work, as data."""
    before = _confined(limits)
    try:
        return {"gave": work()}
    except MemoryError:
        return {EXCEEDED: "memory"}
    except ScaffoldError as error:
        about = {"what": error.what, "hint": error.hint, "details": error.details}
        return {"failed": about, "kind": type(error).__name__}
    except OSError as error:
        if error.errno == errno.EFBIG:  # which Python makes of the signal for the size of a file
            return {EXCEEDED: "size"}
        return {"system": [error.errno, error.strerror, str(error.filename or "")]}
    except Exception as error:  # a bug, to be told where others are
        return {"bug": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()}
    finally:
        before()


def _confined(limits: Limits) -> Callable[[], None]:
    """Take the limits on; gives what makes room again to tell how it went."""
    try:
        import resource
    except ImportError:  # Windows has none; the clock is watched from outside
        return lambda: None
    lower_limit(resource.RLIMIT_CORE, 0)
    lower_limit(resource.RLIMIT_FSIZE, limits.size * MIB)
    spent = resource.getrusage(resource.RUSAGE_SELF)
    lower_limit(resource.RLIMIT_CPU, limits.seconds + int(spent.ru_utime + spent.ru_stime))
    space = resource.getrlimit(resource.RLIMIT_AS)
    if taken := get_address_space_bytes():
        lower_limit(resource.RLIMIT_AS, taken + limits.memory * MIB)
    return lambda: resource.setrlimit(resource.RLIMIT_AS, space)


def _heard(answer: dict[str, Any], what: str, limits: Limits) -> dict[str, Any]:
    if limit := answer.get(EXCEEDED):
        raise limits.make_error(what, limit)
    if about := answer.get("failed"):
        kind = getattr(errors, answer["kind"], ScaffoldError)
        raise (kind if kind in (ScaffoldError, errors.UsageError) else ScaffoldError)(**about)
    if system := answer.get("system"):
        number, text, name = system
        raise OSError(number, text, name or None)
    if bug := answer.get("bug"):
        error = RenderBug(bug)
        error.add_note(answer["trace"])
        raise error
    gave: dict[str, Any] = answer["gave"]
    return gave


def _died(code: int, what: str, limits: Limits) -> ScaffoldError:
    """The error for a child that ended without a word."""
    if os.name != "nt" and -code == signal.SIGXCPU:
        return limits.make_error(what, "seconds")
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    variable = f"{LIMIT_VARIABLE_PREFIX}MEMORY"
    hint = f"It may be nested too deeply, or need more memory: {variable}={4 * limits.memory}"
    return ScaffoldError(f"{what} ended with {how}", hint)
