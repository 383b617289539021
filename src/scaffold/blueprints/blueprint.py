"""A blueprint, and one of its versions as an open folder."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from ..errors import UsageError
from ..questions import find_config_files
from .layer_check import check_conditions
from .layer_questions import add_values
from .layers import Layer, find_layers, is_layered, load_mapping, read_format
from .versions import VersionOrder, VersionRef

EXTENSIONS_KEY, TASKS_KEY, MIGRATIONS_KEY = "_jinja_extensions", "_tasks", "_migrations"
HEAD_VERSION = "HEAD"  # the current state, uncommitted changes included
DIRTY_SUFFIX = "-dirty"  # of the name of a version with uncommitted changes, as git has it


@dataclass(frozen=True)
class OpenedBlueprint:
    """One version of a blueprint, as a folder that may be read while it is open.

    Attributes:
        source: The stable name that the record holds.
        version: The version's name in the record; None for a folder without versions.
        commit: The full commit id, or the SHA-256 of an archive; None for a folder.
        place: The folder that has its files once they are fetched.
        label: Its name in messages.
        offline: Whether its source did not answer, so that newer versions may be unknown.
        draft: Whether it holds uncommitted changes of the source's work tree.
        fetch: Brings the files to their place, when they are needed; None if they are there.
    """

    source: str
    version: str | None
    commit: str | None
    place: Path
    label: str
    offline: bool = False
    draft: bool = False
    fetch: Callable[[], None] | None = None

    @cached_property
    def folder(self) -> Path:
        """The folder with its files; fetched at the first use."""
        if self.fetch:
            self.fetch()
        return self.place

    @cached_property
    def config(self) -> Mapping[str, Any]:
        """The content of its ``copier.yml``, and the values that its layers bring."""
        from ..questions import load_config

        config = load_config(self.folder)
        if self.strict:
            check_conditions(self.layers, config)
        return add_values(self.layers, config)

    @property
    def names(self) -> dict[str, str]:
        """Its source and version, under their names in records and templates."""
        names = {"_commit": self.version, "_src_path": self.source}
        return {name: value for name, value in names.items() if value is not None}

    @property
    def is_described(self) -> bool:
        """True if it has a ``copier.yml`` or layers; Copier takes any folder for a template."""
        return self.layered or bool(find_config_files(self.folder))

    @cached_property
    def layered(self) -> bool:
        """True if it is made of layers; else it is a plain Copier template."""
        return is_layered(self.folder)

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """Its layers; none for a plain Copier template."""
        return find_layers(self.folder) if self.layered else ()

    @cached_property
    def strict(self) -> bool:
        """True if what has no effect in its layers is an error: format 2, and later ones."""
        return self.layered and read_format(self.about) > 1

    @cached_property
    def about(self) -> Mapping[str, Any]:
        """The content of ``blueprint.yml``; empty for a plain Copier template."""
        path = self.folder / "blueprint.yml"
        return load_mapping(path) if path.is_file() else {}

    @property
    def has_migrations(self) -> bool:
        """True if it has migrations; a folder without versions has none."""
        return bool(self.commit and self.config.get(MIGRATIONS_KEY))

    def list_code(self, keys: Sequence[str]) -> tuple[str, ...]:
        """List the code that it would run, one line per command.

        Args:
            keys: The settings that name code, such as `TASKS_KEY`.
        """
        found = {key: self.config.get(key) or () for key in keys}
        lists = {key: i if isinstance(i, list | tuple) else [i] for key, i in found.items()}
        return tuple(
            f"{k}: {_format_command(item)}" for k, items in lists.items() for item in items
        )


def _format_command(item: Any) -> str:
    """Format a command for a shell; one with conditions as in the blueprint."""
    command = item.get("command", "") if isinstance(item, dict) and len(item) == 1 else item
    return shlex.join(map(str, command)) if isinstance(command, list) else str(command)


class Blueprint(Protocol):
    """A source of versions of a blueprint; the methods here suit one without versions."""

    @property
    def source(self) -> str:
        """The stable name that a record holds."""
        ...

    def list_versions(self) -> Sequence[str]:
        """List its versions, oldest first; empty if it has none."""
        return ()

    def find_newest(self) -> tuple[VersionRef, bool]:
        """Find the newest release, or the head of a repository that has none.

        Returns:
            The version, its name empty without versions; whether it may be out of date, as the
            source did not answer.
        """
        return VersionRef(""), False

    def find_commit(self, version: str) -> str:
        """Find the commit or digest of a released version; empty if unknown."""
        return ""

    def compare(self, version: VersionRef, recorded: VersionRef) -> VersionOrder:
        """Compare a version with the recorded one: by history, if there is one."""
        return VersionOrder.unknown

    def read_file(self, version: VersionRef, name: str) -> bytes | None:
        """Read a file at the top of one version; None if missing or out of reach."""
        return None

    def open(self, version: str | None = None) -> Any:
        """Open one version (default: the newest) as a context with an `OpenedBlueprint`."""
        ...


def make_version_error(
    name: str, version: str, known: Sequence[str], *, offline: bool
) -> UsageError:
    """Make the error for a version that a blueprint does not have."""
    newest = ", ".join(reversed(known[-5:])) or "none"
    has = "did not answer, and its local copy has" if offline else "has"
    return UsageError(f"{name} {has} no version {version}", f"Its newest versions: {newest}.")
