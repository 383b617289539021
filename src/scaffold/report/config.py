"""What a user set → text for people, JSON for machines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..questions import format_json
from .json import fields
from .text import joined, one_line, table

if TYPE_CHECKING:
    from ..operations import Configured
    from ..user import Setting


def configured_text(result: Configured, width: int | None = None) -> str:
    """A table of what counts, each with where it comes from, and the path of the file."""
    from ..user import shown

    rows = [(s.key, _value(s), shown(s.origin)) for s in result.settings]
    there = "" if result.path.exists() else " (not there yet)"
    table_lines = [*table(rows, width), ""] if rows else []
    lines = [*table_lines, f"file: {shown(result.path)}{there}"]
    return joined(lines)


def settings_text(key: str, settings: Iterable[Setting]) -> str:
    """The values of one key, a line each; of several answers, each with its key."""
    return joined(_value(s) if s.key == key else f"{s.key}: {_value(s)}" for s in settings)


def changed_text(key: str, result: Configured, *, unset: bool) -> str:
    """What was done to the file."""
    from ..user import TRUST, shown

    left = [setting for setting in result.settings if setting.key == key]
    if unset:
        done = "is taken out"
        if left and key != TRUST:
            done += f"; {_value(left[0])} counts now, from {shown(left[0].origin)}"
    elif not result.changed:
        done = "says so already"
    elif key == TRUST:
        done = "has one more: its code runs without a question, at any commit"
    else:
        done = f"is {_value(left[0])}"
    return one_line(f"{shown(result.path)}: {key} {done}")


def configured_json(result: Configured) -> dict[str, Any]:
    """The same for machines."""
    return {
        "path": str(result.path.absolute()),
        "settings": [fields(setting, "key", "value", "origin") for setting in result.settings],
        "changed": result.changed,
    }


def _value(setting: Setting) -> str:
    return setting.value if isinstance(setting.value, str) else format_json(setting.value)
