"""Keep what tasks print off the standard output, which is for data."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def talking() -> Iterator[None]:
    """Let what tasks print go where talk goes."""
    sys.stdout.flush()
    data = os.dup(1)
    try:
        os.dup2(2, 1)
        yield
    finally:
        os.dup2(data, 1)
        os.close(data)
