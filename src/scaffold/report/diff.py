"""A patch in colours, and as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .text import clean


def diff_json(path: Path, patch: str) -> dict[str, Any]:
    """A patch for machines."""
    return {"path": str(path), "patch": patch}


def coloured(patch: str) -> str:
    """A unified diff with the colours that git gives it."""
    colours = {"+": "32", "-": "31", "@": "36"}
    lines = (
        line
        if line.startswith(("+++", "---")) or line[:1] not in colours
        else f"\x1b[{colours[line[0]]}m{line}\x1b[m"
        for line in clean(patch).split("\n")
    )
    return "\n".join(lines)
