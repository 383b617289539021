"""Run a command and exit with its code, one of `ExitCode`."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .. import report
from ..errors import (
    AnswersError,
    Bug,
    ExitCode,
    Failure,
    Interrupted,
    ScaffoldError,
    UsageError,
    clear_results,
)
from ..host import STOP_SIGNALS
from .app import app
from .output import OUTPUT, Output, discard_stdout, write_data, write_error

# Objects made between two searches for unused cycles: imported modules need no search.
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
    except Interrupted as error:  # a signal that came while the result was written
        _ignore_stops()
        write_error(report.format_error(error))
        code = error.exit_code
    sys.exit(code)


def _stop(_signal: int, _frame: object) -> None:
    _ignore_stops()  # one signal is enough: cleaning up must not be interrupted
    raise Interrupted


def _ignore_stops() -> None:
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; expected failures are printed, not raised."""
    vars(OUTPUT).update(vars(Output()))
    clear_results()
    try:
        return _run(arguments)
    except BrokenPipeError:  # the reader of the output has gone
        discard_stdout()
        return ExitCode.failed


def _run(arguments: list[str]) -> int:
    from typer import TyperException

    try:
        _refuse_removed_folder()
        code = app(arguments, prog_name="scaffold", standalone_mode=False)
    except Failure as error:
        return _handle_failure(error, arguments)
    except TyperException as error:
        return _handle_usage_error(error, arguments)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 1
    except BrokenPipeError:
        raise
    except Exception as error:
        return _handle_bug(error, arguments)
    return code if isinstance(code, int) else 0


def _refuse_removed_folder() -> None:
    try:
        Path.cwd()
    except FileNotFoundError:
        hint = "Go to a folder that exists: cd ~"
        raise UsageError("the current folder was removed", hint) from None


def _handle_failure(error: Failure, arguments: Sequence[str]) -> int:
    if isinstance(error, Interrupted) and isinstance(error.__context__, ScaffoldError):
        write_error(
            report.format_error(error.__context__)
        )  # a signal that was held back until it failed
    write_error(report.format_error(error))
    _write_annotation(error)
    _write_json_error(OUTPUT.command, error, arguments)
    return error.exit_code


def _write_annotation(error: Failure) -> None:
    """Write a usage error where GitHub Actions shows errors."""
    if isinstance(error, AnswersError | UsageError) and os.environ.get("GITHUB_ACTIONS") == "true":
        write_error(report.format_github_error(error))


def _handle_usage_error(error: Any, arguments: Sequence[str]) -> int:
    command = error.ctx.command_path if getattr(error, "ctx", None) else "scaffold"
    wrong = UsageError(error.format_message(), f"See {command} --help.")
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
    else:
        write_error(report.format_error(wrong))
        _write_annotation(wrong)
    _write_json_error(command.partition(" ")[2], wrong, arguments)
    return wrong.exit_code


def _handle_bug(error: Exception, arguments: Sequence[str]) -> int:
    from .. import report
    from .bug import describe_bug, write_log

    what = report.escape_line(f"scaffold has a bug: {describe_bug(error, arguments)}")
    log = write_log(error, arguments)
    hint = f"Report it with the log in {log}" if log else "Report it with the text above."
    bug = Bug(what, hint)
    write_error(report.format_error(bug))
    _write_json_error(OUTPUT.command, bug, arguments, log)
    return bug.exit_code


def _write_json_error(
    command: str, error: Failure, arguments: Sequence[str], log: Path | None = None
) -> None:
    """Write a failure as JSON if the command line asks for JSON, even if it cannot be parsed."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    if OUTPUT.json or "--json" in options:
        write_data(report.dump_result(command, report.encode_error(error, log)))
