"""A child process with limits, in which the render of an untrusted blueprint runs.

On Linux this process is copied (`os.fork`), so that Copier need not be imported again. That is
safe only while it has one thread; otherwise a new Python is started. The reply is JSON, so that
everything a blueprint makes stays data in this process.
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

MAX_REPLY_BYTES = 32 * MIB
LIMIT_KEY = "limit"
CHILD_PROGRAM = """\
import pickle, sys
sys.path[:] = pickle.load(sys.stdin.buffer)
from scaffold.render.child import main
main()
"""


class ChildWork(Protocol):
    """Work for a child; it can be pickled."""

    def prepare(self) -> None:
        """Import the needed modules, before this process is copied."""

    def __call__(self) -> dict[str, Any]:
        """Do the work; return data for JSON."""
        ...


class RenderBug(Exception):
    """An unexpected exception in the child, whose traceback is a note of this one."""


def run_in_child(work: ChildWork, what: str, limits: Limits) -> dict[str, Any]:
    """Do a piece of work in a child, and return its result.

    Args:
        work: The work.
        what: Its name in errors.
        limits: Its limits.

    Raises:
        ScaffoldError: The work raised it, or exceeded a limit.
        OSError: The work raised it.
        RenderBug: The work raised any other exception.
    """
    run = _run_forked if _can_fork() else _run_started
    code, said = run(work, what, limits)
    if not said:
        raise _make_death_error(code, what, limits)
    return _read_answer(json.loads(said), what, limits)


def _can_fork() -> bool:
    """Tell whether it is safe to copy this process: on Linux, with one thread."""
    try:
        tasks = os.listdir("/proc/self/task")  # noqa: PTH208
        return sys.platform == "linux" and len(tasks) == 1
    except OSError:
        return False


# ---------------------------------------------------------------- a copy of this process


def _run_forked(work: ChildWork, what: str, limits: Limits) -> tuple[int, bytes]:
    work.prepare()
    reader, writer = os.pipe()
    stops = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    # No signal may stop this process before it knows its child.
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
        _serve_parent(work, writer, limits)
    try:
        os.close(writer)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        said = _read_reply(reader, what, limits)
    except BaseException:
        os.kill(pid, signal.SIGKILL)
        raise
    finally:
        os.close(reader)
        _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), said


def _read_reply(reader: int, what: str, limits: Limits) -> bytes:
    """Read all that a child writes before it closes its end of the pipe."""
    ends, said = time.monotonic() + limits.clock, bytearray()
    poll = select.poll()
    poll.register(reader, select.POLLIN)
    while len(said) <= MAX_REPLY_BYTES:
        if not poll.poll(max(0, ends - time.monotonic()) * 1000):
            raise limits.make_error(what, "clock")
        part = os.read(reader, MIB)
        if not part:
            return bytes(said)
        said += part
    raise ScaffoldError(f"{what} sends messages that are too long")


def _serve_parent(work: ChildWork, writer: int, limits: Limits) -> NoReturn:
    """Do the work as the child, send the reply, and exit."""
    code = 1
    try:
        _ignore_stop_signals()
        _watch_parent(os.getppid())
        data = json.dumps(_do_work(work, limits)).encode()
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(data)
        code = 0
    finally:
        os._exit(code)  # no clean-up of the parent may run twice


def _ignore_stop_signals() -> None:
    """Ignore Ctrl-C, which reaches both processes: the parent decides, and ends the child."""
    import gc

    gc.freeze()  # the parent's objects are never collected here, so their memory is not copied
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _watch_parent(parent: int) -> None:
    """Exit soon after the parent has ended, even if it was killed."""

    def look(_signal: int, _frame: object) -> None:
        if os.getppid() != parent:
            os._exit(1)

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, 0.5, 0.5)


# ---------------------------------------------------------------- a new Python


def _run_started(work: ChildWork, what: str, limits: Limits) -> tuple[int, bytes]:
    import subprocess

    command = [sys.executable, "-P", "-c", CHILD_PROGRAM]
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
    """Do the work as a new Python; the work comes by standard input."""
    work, limits = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the parent, not from outside
    if os.name != "nt":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        _watch_parent(os.getppid())
    said = json.dumps(_do_work(work, limits)).encode()
    sys.stdout.buffer.write(said)
    sys.stdout.flush()


# ---------------------------------------------------------------- both


def _do_work(work: ChildWork, limits: Limits) -> dict[str, Any]:
    """Do the work within the limits; return its result or error as data."""
    before = _apply_limits(limits)
    try:
        return {"gave": work()}
    except MemoryError:
        return {LIMIT_KEY: "memory"}
    except ScaffoldError as error:
        about = {"what": error.what, "hint": error.hint, "details": error.details}
        return {"failed": about, "kind": type(error).__name__}
    except OSError as error:
        if error.errno == errno.EFBIG:  # which Python makes of the signal for the size of a file
            return {LIMIT_KEY: "size"}
        return {"system": [error.errno, error.strerror, str(error.filename or "")]}
    except Exception as error:  # a bug; the parent reports it
        return {"bug": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()}
    finally:
        before()


def _apply_limits(limits: Limits) -> Callable[[], None]:
    """Apply the limits to this process; return a function that lifts the one of memory."""
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


def _read_answer(answer: dict[str, Any], what: str, limits: Limits) -> dict[str, Any]:
    if limit := answer.get(LIMIT_KEY):
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


def _make_death_error(code: int, what: str, limits: Limits) -> ScaffoldError:
    """Make the error for a child that ended without a reply."""
    if os.name != "nt" and -code == signal.SIGXCPU:
        return limits.make_error(what, "seconds")
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    variable = f"{LIMIT_VARIABLE_PREFIX}MEMORY"
    hint = f"It may be nested too deeply, or need more memory: {variable}={4 * limits.memory}"
    return ScaffoldError(f"{what} ended with {how}", hint)
