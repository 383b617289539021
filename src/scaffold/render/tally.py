"""How much a render wrote so far, and how much it may write."""

from __future__ import annotations

import os
from pathlib import Path

from ..host import MIB, Limits


class Tally:
    """Counts files and bytes, and stops a render that writes too much."""

    def __init__(self, limits: Limits | None) -> None:
        self.limits = limits
        self.files = 0
        self.bytes = 0

    def count(self) -> None:
        """Count a path."""
        self.files += 1
        if self.limits and self.files > self.limits.files:
            raise self.limits.make_error("the blueprint", "files")

    def weigh(self, path: Path) -> None:
        """Count a file's size."""
        if self.limits:
            self.bytes += os.lstat(path).st_size
            if self.bytes > self.limits.size * MIB:
                raise self.limits.make_error("the blueprint", "size")

    def take(self, folder: Path) -> None:
        """Count anew all that a folder holds."""
        self.files = self.bytes = 0
        for path in folder.rglob("*"):
            self.count()
            self.weigh(path)
