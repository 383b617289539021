"""The order of versions: names as PEP 440 reads them, ``v`` optional."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

_DISTANCE = re.compile(r"-\d+-g[0-9a-f]+$")  # of `git describe`


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


def is_newer(version: str, than: str) -> bool:
    """Whether one version comes after another; a commit after a tag counts as that tag."""
    new, old = parsed(version), parsed(_DISTANCE.sub("", than))
    return new is not None and old is not None and bool(new > old)


def in_order(names: Iterable[str]) -> Sequence[str]:
    """Those that are versions, the oldest first."""
    versions = ((parsed(name), name) for name in names)
    return tuple(name for _, name in sorted(v for v in versions if v[0] is not None))
