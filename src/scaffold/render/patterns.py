"""Patterns of paths, as Copier and git take them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from unicodedata import normalize


def matcher(patterns: Iterable[str]) -> Callable[[Path], bool]:
    """Which paths the patterns mean."""
    from pathspec import PathSpec

    spec = PathSpec.from_lines("gitignore", (normalize("NFD", pattern) for pattern in patterns))
    return spec.match_file
