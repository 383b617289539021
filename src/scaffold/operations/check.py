"""Is a newer version there? Reads the record and the source's tags; renders nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import record
from ..blueprint import find, is_newer
from ..errors import ScaffoldError
from .healing import heal, is_needed


@dataclass(frozen=True)
class Checked:
    """What is known about one project.

    Attributes:
        path: The project.
        source: Its blueprint; empty where the record could not be read.
        current: The recorded version.
        newest: The newest version; empty where that is not known.
        available: Whether ``newest`` is newer than ``current``.
        offline: Whether ``newest`` is only what was known when the source last answered.
        problem: Why nothing is known; empty where something is.
    """

    path: Path
    source: str = ""
    current: str = ""
    newest: str = ""
    available: bool = False
    offline: bool = False
    problem: str = ""


def check(paths: Sequence[Path], record_path: str = record.NAME) -> tuple[Checked, ...]:
    """Compare each project's recorded version with its blueprint's newest; never raises."""
    return tuple(_check(path, record_path) for path in paths)


def _check(path: Path, record_path: str) -> Checked:
    try:
        if is_needed(path.absolute()):
            heal(path.resolve(), record_path)
        known = record.read(path, record_path)
    except ScaffoldError as error:
        return Checked(path, problem=error.what)
    try:
        blueprint = find(known.source, relative_to=path)
        newest, offline = blueprint.newest()
    except ScaffoldError as error:
        return Checked(path, known.source, known.version, problem=error.what)
    available = is_newer(newest, known.version)
    return Checked(path, known.source, known.version, newest, available, offline)
