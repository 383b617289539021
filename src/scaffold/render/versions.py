"""Names of versions, as Copier compares them."""

from __future__ import annotations

import re

from packaging.version import InvalidVersion, Version

from ..blueprints import DIRTY


def pep440(name: str | None) -> Version | None:
    """What Copier takes a version's name for; what comes after a tag is a post-release of it."""
    name, dirty = (name or "").removesuffix(DIRTY), (name or "").endswith(DIRTY)
    after = re.fullmatch(r"(.+)-(\d+)-g(\w+)", name)
    local = f"{name}.post1+dirty" if dirty else name
    try:
        return Version("{}.post{}+{}".format(*after.groups()) if after else local)
    except InvalidVersion:
        return None
