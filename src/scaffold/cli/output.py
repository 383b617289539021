"""Output of a command: data to standard output, notes and errors to standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from .. import report
from ..errors import ScaffoldError


@dataclass
class Output:
    """Output options of the running command.

    Attributes:
        command: Its name; empty before it is known.
        json: Whether its data are one JSON object.
        quiet: Whether it prints only data and errors.
        verbose: Whether it prints every step.
    """

    command: str = ""
    json: bool = False
    quiet: bool = False
    verbose: bool = False


OUTPUT = Output()


def write_data(text: str) -> None:
    """Write data to standard output."""
    with guard_stdout():
        sys.stdout.write(text + "\n")


def write_json(body: Mapping[str, Any]) -> None:
    """Write the result of the running command as JSON."""
    write_data(report.dump_result(OUTPUT.command, body))


@contextmanager
def guard_stdout() -> Iterator[None]:
    """Turn failed writes to standard output into errors.

    Raises:
        BrokenPipeError: The reader has gone.
        ScaffoldError: It cannot be written, as on a full disk.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        discard_stdout()
        raise
    except OSError as error:
        discard_stdout()
        raise ScaffoldError(
            f"standard output cannot be written: {error.strerror}", "Make room, or write elsewhere."
        ) from error


def discard_stdout() -> None:
    """Discard buffered output, which Python would otherwise write at exit and fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def write_result(text: str) -> None:
    """Write a result to standard output, unless the user wants quiet."""
    if not OUTPUT.quiet:
        write_data(text)


def has_colour() -> bool:
    """Tell whether standard output may be coloured."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("CI")
    return sys.stdout.isatty() and not plain and os.environ.get("TERM", "dumb") != "dumb"


def get_table_width() -> int | None:
    """Get the width for tables; None if output is no terminal, where each row takes one line."""
    return report.get_width() if sys.stdout.isatty() else None


def write_error(text: str) -> None:
    """Write to standard error, even if the user wants quiet."""
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except BrokenPipeError:
        raise
    except OSError:  # a terminal that was closed: nobody is left to read it
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def write_note(message: str) -> None:
    """Write a blueprint's message to standard error, unless the user wants quiet."""
    if message.strip() and not OUTPUT.quiet:
        write_error(report.replace_controls(message.rstrip()))


def write_notes(notes: Sequence[str]) -> None:
    """Write notes to standard error, unless the user wants quiet."""
    for note in notes if not OUTPUT.quiet else ():
        write_error(report.escape_line(f"note: {note}"))


def write_patch(patch: str) -> None:
    """Write a patch: coloured and safe on a terminal, byte for byte elsewhere."""
    if patch and not sys.stdout.isatty():
        with guard_stdout():
            sys.stdout.buffer.write(patch.encode("utf-8", "surrogateescape"))
    elif patch:
        make_safe = report.colour_patch if has_colour() else report.replace_controls
        write_data(make_safe(patch).rstrip("\n"))
