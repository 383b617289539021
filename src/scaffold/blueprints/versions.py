"""The order of versions: names as PEP 440 reads them, ``v`` optional."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

_DISTANCE = re.compile(r"(-\d+-g[0-9a-f]+)?(-dirty)?$")  # of `git describe`


def parsed(name: str) -> Any:
    """A version's name as PEP 440 reads it; None where it does not."""
    from packaging.version import InvalidVersion, Version

    try:
        return Version(name)
    except InvalidVersion:
        return None


def newest_release(names: Sequence[str], *, prereleases: bool = False) -> str:
    """The newest that is no pre-release, unless those count; empty where there is none."""
    found = ((name, parsed(name)) for name in sorted(names))
    counted = [name for name, v in found if v and (prereleases or not v.is_prerelease)]
    return max(counted, key=parsed, default="")  # the first of those that are one version


class Order(StrEnum):
    """Where one version stands to another."""

    newer = "newer"
    same = "same"
    older = "older"
    apart = "apart"  # on another line of history, where no name tells which comes first
    unknown = "unknown"


@dataclass(frozen=True)
class Point:
    """One version by its name, and by what it is known where that was told.

    Attributes:
        name: The version's name.
        commit: The full commit id; empty where only the name is known.
    """

    name: str
    commit: str = ""


def order_of_names(version: str, recorded: str) -> Order:
    """The order of two versions by their names; what comes after a tag is newer than the tag."""
    (new, is_past), (old, was_past) = _split(version), _split(recorded)
    if version == recorded:
        return Order.same
    if new is None or old is None or (new == old and is_past and was_past):
        return Order.unknown
    if (new, is_past) == (old, was_past):
        return Order.same
    return Order.newer if (new, is_past) > (old, was_past) else Order.older


def tag_behind(name: str) -> str:
    """The tag in the name of a commit after it; any other name as it is."""
    return _DISTANCE.sub("", name)


def _split(name: str) -> tuple[Any, bool]:
    return parsed(tag_behind(name)), tag_behind(name) != name


def in_order(names: Iterable[str]) -> Sequence[str]:
    """Those that are versions, the oldest first."""
    versions = ((parsed(name), name) for name in names)
    return tuple(name for _, name in sorted(v for v in versions if v[0] is not None))
