"""Results of `scaffold diff` in colours, and as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .text import replace_controls


def encode_patch(path: Path, patch: str) -> dict[str, Any]:
    """Encode a patch."""
    return {"path": str(path), "patch": patch}


def colour_patch(patch: str) -> str:
    """Colour a unified diff as git does."""
    colours = {"+": "32", "-": "31", "@": "36"}
    lines = (
        line
        if line.startswith(("+++", "---")) or line[:1] not in colours
        else f"\x1b[{colours[line[0]]}m{line}\x1b[m"
        for line in replace_controls(patch).split("\n")
    )
    return "\n".join(lines)
