"""Run a command, and leave with its exit code."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from .. import __version__
from ..errors import AnswersError, Interrupted, ScaffoldError, UsageError
from .app import app, say, tell


def main() -> None:
    """Run the command line and exit with its code."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _stop)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))


def _stop(_signal: int, _frame: object) -> None:
    raise Interrupted


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; expected failures are told, not raised."""
    if "_SCAFFOLD_COMPLETE" in os.environ:
        from typer._completion_classes import completion_init

        completion_init()
    try:
        _refuse_removed_folder()
        app(arguments, prog_name="scaffold")
    except ScaffoldError as error:
        return _failed(error, arguments)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 1
    except BrokenPipeError:
        # Whoever read the output has gone; Python must not complain when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except Exception as error:
        return _bug(error)
    return 0


def _refuse_removed_folder() -> None:
    try:
        Path.cwd()
    except FileNotFoundError:
        hint = "Go to one that exists: cd ~"
        raise UsageError("the folder that you stand in was removed", hint) from None


def _failed(error: ScaffoldError, arguments: list[str]) -> int:
    from .. import report

    tell(report.error_text(error))
    if isinstance(error, AnswersError) and os.environ.get("GITHUB_ACTIONS") == "true":
        tell(report.github_text(error))
    if "--json" in arguments:
        command = next((word for word in arguments if not word.startswith("-")), "")
        say(report.as_json(command, report.error_json(error)))
    return error.exit_code


def _bug(error: Exception) -> int:
    import platform
    import tempfile
    import traceback

    about = f"scaffold {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
    with tempfile.NamedTemporaryFile("w", prefix="scaffold-", suffix=".log", delete=False) as log:
        log.write(about + "".join(traceback.format_exception(error)))
    tell(f"error: scaffold has a bug: {type(error).__name__}: {error}")
    tell(f"next: Report it with the log in {log.name}")
    return 70
