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
from typing import Any, NoReturn, TypeAlias

from ..errors import ScaffoldError, UsageError
from ..host import LIMIT_VARIABLE_PREFIX, MIB, Limits, limit_memory, lower_limit

MAX_REPLY_BYTES = 32 * MIB
Work: TypeAlias = Callable[[], dict[str, Any]]  # returns data for JSON; can be pickled
CHILD_PROGRAM = """\
import pickle, sys
sys.path[:] = pickle.load(sys.stdin.buffer)
from scaffold.render.child import main
main()
"""


class RenderBug(Exception):
    """An unexpected exception in the child, whose traceback is a note of this one."""


def run_in_child(
    work: Work, what: str, limits: Limits, prepare: Callable[[], None]
) -> dict[str, Any]:
    """Do a piece of work in a child, and return its result.

    Args:
        work: The work.
        what: Its name in errors.
        limits: Its limits.
        prepare: Imports the modules that it needs, before this process is copied.

    Raises:
        ScaffoldError: The work raised it, or exceeded a limit.
        OSError: The work raised it.
        RenderBug: The work raised any other exception.
    """
    if _can_fork():
        prepare()
        code, reply = _run_forked(work, what, limits)
    else:
        code, reply = _run_started(work, what, limits)
    if not reply:
        raise _make_death_error(code, what, limits)
    return _get_result(json.loads(reply), what, limits)


def _can_fork() -> bool:
    """Tell whether it is safe to copy this process: on Linux, with one thread."""
    try:
        tasks = os.listdir("/proc/self/task")  # noqa: PTH208
        return sys.platform == "linux" and len(tasks) == 1
    except OSError:
        return False


# ---------------------------------------------------------------- a copy of this process


def _run_forked(work: Work, what: str, limits: Limits) -> tuple[int, bytes]:
    """Do the work in a copy of this process; return its exit code and its reply."""
    reader, writer = os.pipe()
    stops = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    # No signal may stop this process before it knows its child.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, stops)
    try:
        pid = os.fork()
    except OSError as error:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        os.close(reader)
        os.close(writer)
        raise ScaffoldError(f"no process can be started: {error.strerror}") from None
    if not pid:
        os.close(reader)
        _serve_parent(work, writer, limits)
    try:
        os.close(writer)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        reply = _read_reply(reader, what, limits)
    except BaseException:
        os.kill(pid, signal.SIGKILL)
        raise
    finally:
        os.close(reader)
        _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), reply


def _read_reply(reader: int, what: str, limits: Limits) -> bytes:
    """Read all that a child writes before it closes its end of the pipe."""
    deadline, reply = time.monotonic() + limits.clock, bytearray()
    poll = select.poll()
    poll.register(reader, select.POLLIN)
    while len(reply) <= MAX_REPLY_BYTES:
        if not poll.poll(max(0, deadline - time.monotonic()) * 1000):
            raise limits.make_error(what, "clock")
        part = os.read(reader, MIB)
        if not part:
            return bytes(reply)
        reply += part
    raise ScaffoldError(f"{what} sends messages that are too long")


def _serve_parent(work: Work, writer: int, limits: Limits) -> NoReturn:
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


def _run_started(work: Work, what: str, limits: Limits) -> tuple[int, bytes]:
    """Do the work in a new Python; return its exit code and its reply."""
    import subprocess

    command = [sys.executable, "-P", "-c", CHILD_PROGRAM]
    data = pickle.dumps(sys.path) + pickle.dumps((work, limits))
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            reply, _ = process.communicate(data, timeout=limits.clock)
        except subprocess.TimeoutExpired:
            raise limits.make_error(what, "clock") from None
        finally:
            process.kill()
    return process.returncode, reply


def main() -> None:
    """Do the work as a new Python; the work comes by standard input."""
    work, limits = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the parent, not from outside
    if os.name != "nt":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        _watch_parent(os.getppid())
    sys.stdout.buffer.write(json.dumps(_do_work(work, limits)).encode())
    sys.stdout.flush()


# ---------------------------------------------------------------- both


def _do_work(work: Work, limits: Limits) -> dict[str, Any]:
    """Do the work within the limits; return its result or error as data."""
    _limit_time_and_files(limits)
    try:
        with limit_memory(limits.memory):
            return {"result": work()}
    except MemoryError:
        return {"limit": "memory"}
    except ScaffoldError as error:
        about = {"what": error.what, "hint": error.hint, "details": error.details}
        return {"failed": about, "kind": type(error).__name__}
    except OSError as error:
        if error.errno == errno.EFBIG:  # which Python makes of the signal for the size of a file
            return {"limit": "size"}
        return {"system": [error.errno, error.strerror, str(error.filename or "")]}
    except Exception as error:  # a bug; the parent reports it
        return {"bug": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()}


def _limit_time_and_files(limits: Limits) -> None:
    try:
        import resource
    except ImportError:  # Windows has none; the clock is watched from outside
        return
    lower_limit(resource.RLIMIT_CORE, 0)
    lower_limit(resource.RLIMIT_FSIZE, limits.size * MIB)
    spent = resource.getrusage(resource.RUSAGE_SELF)
    lower_limit(resource.RLIMIT_CPU, limits.seconds + int(spent.ru_utime + spent.ru_stime))


def _get_result(reply: dict[str, Any], what: str, limits: Limits) -> dict[str, Any]:
    """Get the result in a reply, or raise the error in it."""
    if limit := reply.get("limit"):
        raise limits.make_error(what, limit)
    if about := reply.get("failed"):
        kind = UsageError if reply["kind"] == "UsageError" else ScaffoldError
        raise kind(**about)
    if system := reply.get("system"):
        number, text, name = system
        raise OSError(number, text, name or None)
    if bug := reply.get("bug"):
        error = RenderBug(bug)
        error.add_note(reply["trace"])
        raise error
    result: dict[str, Any] = reply["result"]
    return result


def _make_death_error(code: int, what: str, limits: Limits) -> ScaffoldError:
    """Make the error for a child that ended without a reply."""
    if os.name != "nt" and -code == signal.SIGXCPU:
        return limits.make_error(what, "seconds")
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    variable = f"{LIMIT_VARIABLE_PREFIX}MEMORY"
    hint = f"It may be nested too deeply, or need more memory: {variable}={4 * limits.memory}"
    return ScaffoldError(f"{what} ended with {how}", hint)
