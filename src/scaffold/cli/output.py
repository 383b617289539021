"""What a command prints: data to standard output, talk to standard error, and how much of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from ..errors import ScaffoldError


@dataclass
class Output:
    """How the command that runs was asked to speak.

    Attributes:
        command: Its name; empty before it is known.
        json: Whether its data are one JSON object.
        quiet: Whether it prints nothing but data and errors.
        verbose: Whether it tells all that is done.
    """

    command: str = ""
    json: bool = False
    quiet: bool = False
    verbose: bool = False


OUTPUT = Output()


def write_data(text: str) -> None:
    """Data, to standard output."""
    with writing():
        sys.stdout.write(text + "\n")


@contextmanager
def writing() -> Iterator[None]:
    """Write to standard output in here.

    Raises:
        BrokenPipeError: Whoever read it has gone.
        ScaffoldError: It cannot be written, as on a full disk.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        drop()
        raise
    except OSError as error:
        drop()
        raise ScaffoldError(
            f"standard output cannot be written: {error.strerror}", "Make room, or write elsewhere."
        ) from error


def drop() -> None:
    """Throw away what is not written yet: Python would write it at exit, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def write_result(text: str) -> None:
    """What was done, to standard output, unless the user wants quiet."""
    if not OUTPUT.quiet:
        write_data(text)


def has_colour() -> bool:
    """Whether standard output may be coloured."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("CI")
    return sys.stdout.isatty() and not plain and os.environ.get("TERM", "dumb") != "dumb"


def table_width() -> int | None:
    """What a table has to fit; None where nobody looks at it, and a row is best on a line."""
    from ..report import columns

    return columns() if sys.stdout.isatty() else None


def write_error(text: str) -> None:
    """Talk that matters whatever the user wants, to standard error."""
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except BrokenPipeError:
        raise
    except OSError:  # a terminal that was closed: nobody is left to be told
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def write_note(message: str) -> None:
    """What a blueprint says, to standard error, unless the user wants quiet."""
    if message.strip() and not OUTPUT.quiet:
        from ..report import clean

        write_error(clean(message.rstrip()))


def write_notes(notes: Sequence[str]) -> None:
    """Write notes to standard error, unless the user wants quiet."""
    from ..report import one_line

    for note in notes if not OUTPUT.quiet else ():
        write_error(one_line(f"note: {note}"))


def write_patch(patch: str) -> None:
    """A patch: coloured and safe on a terminal, byte for byte elsewhere."""
    from .. import report

    if not patch:
        return
    if not sys.stdout.isatty():
        with writing():
            sys.stdout.buffer.write(patch.encode("utf-8", "surrogateescape"))
    else:
        write_data((report.coloured if has_colour() else report.clean)(patch).rstrip("\n"))
