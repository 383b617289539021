"""What a command prints: data to standard output, talk to standard error, and how much of it."""

from __future__ import annotations

import sys
from dataclasses import dataclass


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


def say(text: str) -> None:
    """Data, to standard output."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def report(text: str) -> None:
    """What was done, to standard output, unless the user wants quiet."""
    if not OUTPUT.quiet:
        say(text)


def tell(text: str) -> None:
    """Talk that matters whatever the user wants, to standard error."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
