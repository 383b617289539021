"""Doors of rooms: a stub lists the public names, and each is imported when it is first used.

The command line starts fast this way, and each name is listed once. Only the standard library is
used: `bootstrap.py` imports this before anything is installed.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any


def open_door(room: str, path: str) -> tuple[Callable[[str], Any], list[str]]:
    """Give a room the names in the stub beside its ``__init__.py``.

    Args:
        room: The package's ``__name__``.
        path: Its ``__file__``. Each import in the stub is ``from .module import name as name``.

    Returns:
        The package's ``__getattr__`` and ``__all__``.
    """
    lines = Path(path).with_suffix(".pyi").read_text(encoding="utf-8").splitlines()
    homes = {words[3]: words[1] for line in lines if (words := line.split())[:1] == ["from"]}

    def import_name(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        if homes[name] == ".":
            return import_module(f".{name}", room)
        return getattr(import_module(homes[name], room), name)

    return import_name, list(homes)
