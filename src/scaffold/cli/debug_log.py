"""Write each step of the library to standard error."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ..report import escape_line


class _Lines(logging.Handler):
    """Handler that writes each record on a line, after the seconds since the start."""

    def __init__(self) -> None:
        super().__init__()
        self._started = time.perf_counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        seconds = time.perf_counter() - self._started
        sys.stderr.write(f"{seconds:6.2f}  {escape_line(record.getMessage())}\n")
        sys.stderr.flush()


@contextmanager
def log_to_stderr() -> Iterator[None]:
    """Write all log records to standard error."""
    logger = logging.getLogger("scaffold")
    before = logger.level, logger.handlers, logger.propagate
    logger.setLevel(logging.DEBUG)
    logger.handlers, logger.propagate = [_Lines()], False
    try:
        yield
    finally:
        logger.setLevel(before[0])
        logger.handlers, logger.propagate = before[1:]
