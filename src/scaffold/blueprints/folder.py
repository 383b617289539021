"""A blueprint in a folder that is not a git repository."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..errors import ScaffoldError, UsageError
from .blueprint import HEAD_VERSION, Blueprint, OpenedBlueprint


@dataclass(frozen=True)
class FolderBlueprint(Blueprint):
    """A blueprint in a folder, without versions."""

    path: Path

    @property
    def source(self) -> str:
        """The stable name that a record holds: the path."""
        return str(self.path)

    @contextmanager
    def open(self, version: str | None = None) -> Iterator[OpenedBlueprint]:
        """Open the folder in its current state.

        Raises:
            UsageError: A version is asked for.
            ScaffoldError: The folder is empty.
        """
        if version not in (None, "current", HEAD_VERSION):
            raise UsageError(
                f"{self.path} is a folder without versions, so there is no {version}",
                "Leave --to out, or make the folder a git repository with tags.",
            )
        if not any(self.path.iterdir()):
            raise ScaffoldError(
                f"{self.path} holds no blueprint",
                "It is empty: name a folder with a copier.yml, or run `scaffold list`.",
            )
        yield OpenedBlueprint(self.source, None, None, self.path, self.path.name)
