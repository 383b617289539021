"""Tell all that the library does, on standard error."""

from __future__ import annotations

import logging
import sys
import time

from ..report import clean


class _Lines(logging.Handler):
    """Writes each record on a line, after the seconds since the first."""

    def __init__(self) -> None:
        super().__init__()
        self._started = time.perf_counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        seconds = time.perf_counter() - self._started
        sys.stderr.write(f"{seconds:6.2f}  {clean(record.getMessage())}\n")
        sys.stderr.flush()


def tell_all() -> None:
    """Have all that is done told from now on."""
    logger = logging.getLogger("scaffold")
    logger.setLevel(logging.DEBUG)
    logger.handlers = [_Lines()]
    logger.propagate = False
