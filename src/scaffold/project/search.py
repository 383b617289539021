"""The search for the project that a folder belongs to, as git and uv search for theirs."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from ..errors import UsageError
from .record import RECORD_NAME, list_records


def find_project(folder: Path, record_path: str | None = None) -> Path:
    """Find the project that a folder is, or lies in.

    The search goes upwards to the top of the git repository, or to the home folder if there is no
    repository, and never out of one project into another.

    Args:
        record_path: The path of the record in the project; None for any.

    Returns:
        The project; the folder itself if no record was found.

    Raises:
        UsageError: There is no such folder.
    """
    if not folder.is_dir():
        is_there = os.path.lexists(folder)
        what = f"{folder} is not a folder" if is_there else f"there is no folder {folder}"
        raise UsageError(what, "Give the folder of a project.")
    start = folder.resolve()
    for place in _walk_upwards(start):
        if record_path and os.path.lexists(place / record_path):
            return place
        if list_records(place):
            return start if record_path else place
    return start


def choose_record(project: Path, record_path: str | None = None, instead: str = "") -> str:
    """Choose the given record, or else the only one.

    Args:
        instead: The other next step if there are several.

    Raises:
        UsageError: There are several, and none is given.
    """
    found = (record_path,) if record_path else list_records(project) or (RECORD_NAME,)
    if len(found) > 1:
        one = f"Choose one, for example --record {shlex.quote(found[0])}"
        hint = f"{one}, {instead}." if instead else f"{one}."
        raise UsageError(f"{project} has {len(found)} records: {', '.join(found)}", hint)
    return found[0]


def _walk_upwards(start: Path) -> Iterator[Path]:
    places = (start, *start.parents)
    top = next((place for place in places if os.path.lexists(place / ".git")), None)
    home = Path(os.path.expanduser("~")).absolute()  # noqa: PTH111 - never fails
    limits = () if top else (home, Path(start.anchor))
    for place in places:
        if place in limits and place != start:
            return
        yield place
        if place == top:
            return
