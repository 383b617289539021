"""The order of versions: their names follow PEP 440, with an optional ``v``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

_DISTANCE = re.compile(r"(-\d+-g[0-9a-f]+)?(-dirty)?$")  # of `git describe`


def parse_version(name: str) -> Any:
    """Parse a version's name by PEP 440; None if it does not follow it."""
    from packaging.version import InvalidVersion, Version

    try:
        return Version(name)
    except InvalidVersion:
        return None


def find_newest_release(names: Sequence[str], *, prereleases: bool = False) -> str:
    """Find the newest release; empty if there is none. Pre-releases count only if asked for."""
    found = ((name, parse_version(name)) for name in sorted(names))
    counted = [name for name, v in found if v and (prereleases or not v.is_prerelease)]
    return max(counted, key=parse_version, default="")  # the first of those that are one version


class VersionOrder(StrEnum):
    """The relation of one version to another."""

    newer = "newer"
    same = "same"
    older = "older"
    diverged = "diverged"  # on another line of history, and the names give no order
    unknown = "unknown"


@dataclass(frozen=True)
class VersionRef:
    """A version by its name and, if known, its commit.

    Attributes:
        name: The version's name.
        commit: The full commit id; empty if only the name is known.
    """

    name: str
    commit: str = ""


def compare_names(version: str, recorded: str) -> VersionOrder:
    """Compare two versions by name; a commit after a tag is newer than the tag."""
    (new, is_past), (old, was_past) = _split(version), _split(recorded)
    if version == recorded:
        return VersionOrder.same
    if new is None or old is None or (new == old and is_past and was_past):
        return VersionOrder.unknown
    if (new, is_past) == (old, was_past):
        return VersionOrder.same
    return VersionOrder.newer if (new, is_past) > (old, was_past) else VersionOrder.older


def get_base_tag(name: str) -> str:
    """Get the tag in the name of a commit after it; return any other name unchanged."""
    return _DISTANCE.sub("", name)


def _split(name: str) -> tuple[Any, bool]:
    return parse_version(get_base_tag(name)), get_base_tag(name) != name


def sort_versions(names: Iterable[str]) -> Sequence[str]:
    """Sort the names that are versions, the oldest first; leave out others."""
    versions = ((parse_version(name), name) for name in names)
    return tuple(name for _, name in sorted(v for v in versions if v[0] is not None))
