"""Run a command, and leave with its exit code."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import AnswersError, Interrupted, ScaffoldError, UsageError
from .app import app, say, tell
from .output import OUTPUT, Output


def main() -> None:
    """Run the command line and exit with its code."""
    if "_SCAFFOLD_COMPLETE" in os.environ:
        from .completing import complete

        sys.exit(complete(os.environ["_SCAFFOLD_COMPLETE"], sys.argv[1:]))
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
    from typer._click.exceptions import ClickException  # it has no public name

    vars(OUTPUT).update(vars(Output()))
    try:
        _refuse_removed_folder()
        code = app(arguments, prog_name="scaffold", standalone_mode=False)
    except ScaffoldError as error:
        return _failed(error)
    except ClickException as error:
        return _misused(error, arguments)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 1
    except BrokenPipeError:
        # Whoever read the output has gone; Python must not complain when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except Exception as error:
        return _bug(error, arguments)
    return code if isinstance(code, int) else 0


def _refuse_removed_folder() -> None:
    try:
        Path.cwd()
    except FileNotFoundError:
        hint = "Go to one that exists: cd ~"
        raise UsageError("the folder that you stand in was removed", hint) from None


def _failed(error: ScaffoldError) -> int:
    from .. import report

    tell(report.error_text(error))
    if isinstance(error, AnswersError) and os.environ.get("GITHUB_ACTIONS") == "true":
        tell(report.github_text(error))
    if OUTPUT.json:
        say(report.as_json(OUTPUT.command, report.error_json(error)))
    return error.exit_code


def _misused(error: Any, arguments: Sequence[str]) -> int:
    """What Typer says of a command line that it cannot read."""
    from .. import report

    command = error.ctx.command_path if getattr(error, "ctx", None) else "scaffold"
    wrong = UsageError(error.format_message(), f"See {command} --help.")
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
    else:
        tell(report.error_text(wrong))
    if OUTPUT.json or "--json" in arguments:
        say(report.as_json(command.partition(" ")[2], report.error_json(wrong)))
    return int(error.exit_code)


def _bug(error: Exception, arguments: Sequence[str]) -> int:
    from .. import report
    from .bug import hide, write_log

    log = write_log(error, arguments)
    told = hide(f"{type(error).__name__}: {error}".splitlines()[0], arguments, os.environ)
    what = report.clean(f"scaffold has a bug: {told}")
    hint = f"Report it with the log in {log}"
    tell(f"error: {what}\nnext: {hint}")
    if OUTPUT.json:
        bug = report.error_json(ScaffoldError(what, hint))
        say(report.as_json(OUTPUT.command, {**bug, "exit_code": 70}))
    return 70
