"""Run a command, and leave with its exit code."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import (
    AnswersError,
    Bug,
    Failure,
    Interrupted,
    ScaffoldError,
    UsageError,
    clear_results,
)
from ..host import STOP_SIGNALS
from .app import app
from .output import OUTPUT, Output, drop, write_data, write_error

# Objects made between two searches for unused cycles: all that is imported must not be searched.
GC_THRESHOLD = 100_000


def main() -> None:
    """Run the command line and exit with its code."""
    if "_SCAFFOLD_COMPLETE" in os.environ:
        from .suggestions import complete

        sys.exit(complete(os.environ["_SCAFFOLD_COMPLETE"], sys.argv[1:]))
    gc.set_threshold(GC_THRESHOLD)
    for number in STOP_SIGNALS:
        signal.signal(number, _stop)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # it was closed before the start
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115 - until the end
        stream = getattr(sys, name)
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = run(sys.argv[1:])
        _ignore_stops()  # Python gives them back their defaults while it ends
    except Interrupted as error:  # a signal that came while the end was told
        from .. import report

        _ignore_stops()
        write_error(report.error_text(error))
        code = error.exit_code
    sys.exit(code)


def _stop(_signal: int, _frame: object) -> None:
    _ignore_stops()  # once is enough: what ends now shall end in peace
    raise Interrupted


def _ignore_stops() -> None:
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; expected failures are told, not raised."""
    vars(OUTPUT).update(vars(Output()))
    clear_results()
    try:
        return _run(arguments)
    except BrokenPipeError:  # whoever read the output has gone
        drop()
        return 1


def _run(arguments: list[str]) -> int:
    from typer import TyperException

    try:
        _refuse_removed_folder()
        code = app(arguments, prog_name="scaffold", standalone_mode=False)
    except Failure as error:
        return _failed(error, arguments)
    except TyperException as error:
        return _misused(error, arguments)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 1
    except BrokenPipeError:
        raise
    except Exception as error:
        return _bug(error, arguments)
    return code if isinstance(code, int) else 0


def _refuse_removed_folder() -> None:
    try:
        Path.cwd()
    except FileNotFoundError:
        hint = "Go to one that exists: cd ~"
        raise UsageError("the folder that you stand in was removed", hint) from None


def _failed(error: Failure, arguments: Sequence[str]) -> int:
    from .. import report

    if isinstance(error, Interrupted) and isinstance(error.__context__, ScaffoldError):
        write_error(
            report.error_text(error.__context__)
        )  # a signal that was held back until it failed
    write_error(report.error_text(error))
    _annotate(error)
    _write_json(OUTPUT.command, error, arguments)
    return error.exit_code


def _annotate(error: Failure) -> None:
    """Show what was called wrongly where GitHub Actions shows errors."""
    from .. import report

    if isinstance(error, AnswersError | UsageError) and os.environ.get("GITHUB_ACTIONS") == "true":
        write_error(report.github_text(error))


def _misused(error: Any, arguments: Sequence[str]) -> int:
    """What Typer says of a command line that it cannot read."""
    from .. import report

    command = error.ctx.command_path if getattr(error, "ctx", None) else "scaffold"
    wrong = UsageError(error.format_message(), f"See {command} --help.")
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
    else:
        write_error(report.error_text(wrong))
        _annotate(wrong)
    _write_json(command.partition(" ")[2], wrong, arguments)
    return wrong.exit_code


def _bug(error: Exception, arguments: Sequence[str]) -> int:
    from .. import report
    from .bug import described, write_log

    what = report.one_line(f"scaffold has a bug: {described(error, arguments)}")
    log = write_log(error, arguments)
    hint = f"Report it with the log in {log}" if log else "Report it with what stands above."
    bug = Bug(what, hint)
    write_error(report.error_text(bug))
    _write_json(OUTPUT.command, bug, arguments, log)
    return bug.exit_code


def _write_json(
    command: str, error: Failure, arguments: Sequence[str], log: Path | None = None
) -> None:
    """The one object that was asked for, also where the command line could not be read."""
    from .. import report

    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    if OUTPUT.json or "--json" in options:
        write_data(report.as_json(command, report.error_json(error, log)))
