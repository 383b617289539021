"""Ask a person at a terminal: questions, and a review before anything is made.

Prompts are shown on standard error, so that standard output stays free for data. What draws them is
imported when somebody is asked, not before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

from .confirmation import confirm
from .person import Person

__all__ = ["Person", "confirm", "interactive"]


def interactive(stdin: TextIO, stderr: TextIO, environ: Mapping[str, str]) -> bool:
    """Tell whether there is a person to ask: both are terminals, and ``CI`` is not set."""
    return not environ.get("CI") and _is_terminal(stdin) and _is_terminal(stderr)


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False
