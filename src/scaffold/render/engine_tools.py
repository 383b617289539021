"""Tools of both engines: a limit of the written files, standard output, and versions."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from packaging.version import InvalidVersion, Version

from ..blueprints import DIRTY_SUFFIX
from ..host import MIB, Limits


class WriteCounter:
    """Counter of written files and bytes, which stops a render that writes too much."""

    def __init__(self, limits: Limits | None) -> None:
        self.limits = limits
        self.files = 0
        self.bytes = 0

    def add_path(self) -> None:
        """Count a path.

        Raises:
            ScaffoldError: There are too many.
        """
        self.files += 1
        if self.limits and self.files > self.limits.files:
            raise self.limits.make_error("the blueprint", "files")

    def add_size(self, path: Path) -> None:
        """Add a file's size.

        Raises:
            ScaffoldError: All files together are too large.
        """
        if self.limits:
            self.bytes += os.lstat(path).st_size
            if self.bytes > self.limits.size * MIB:
                raise self.limits.make_error("the blueprint", "size")

    def recount(self, folder: Path) -> None:
        """Count all files of a folder again."""
        self.files = self.bytes = 0
        for path in folder.rglob("*"):
            self.add_path()
            self.add_size(path)


@contextmanager
def redirect_stdout() -> Iterator[None]:
    """Send the output of tasks to standard error, as standard output is for data."""
    sys.stdout.flush()
    data = os.dup(1)
    try:
        os.dup2(2, 1)
        yield
    finally:
        os.dup2(data, 1)
        os.close(data)


def parse_copier_version(name: str | None) -> Version | None:
    """Parse a version's name as Copier does: a commit after a tag is a post-release of it."""
    name, dirty = (name or "").removesuffix(DIRTY_SUFFIX), (name or "").endswith(DIRTY_SUFFIX)
    after = re.fullmatch(r"(.+)-(\d+)-g(\w+)", name)
    local = f"{name}.post1+dirty" if dirty else name
    try:
        return Version("{}.post{}+{}".format(*after.groups()) if after else local)
    except InvalidVersion:
        return None
