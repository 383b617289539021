"""Results of `scaffold config` → text for people, JSON for machines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .. import operations
from ..questions import format_json
from ..user import TRUST_KEY, Setting, shorten_home
from .json import select_fields
from .text import escape_line, format_table, join_lines


def format_config(result: operations.ConfigResult, width: int | None = None) -> str:
    """Format a table of the settings with their origins, and the path of the file."""
    rows = [(s.key, _format_value(s), shorten_home(s.origin)) for s in result.settings]
    there = "" if result.path.exists() else " (does not exist yet)"
    table_lines = [*format_table(rows, width), ""] if rows else []
    lines = [*table_lines, f"file: {shorten_home(result.path)}{there}"]
    return join_lines(lines)


def format_settings(key: str, settings: Iterable[Setting]) -> str:
    """Format the values of one key, a line each; several answers each with its key."""
    return join_lines(
        _format_value(s) if s.key == key else f"{s.key}: {_format_value(s)}" for s in settings
    )


def format_setting_change(key: str, result: operations.ConfigResult, *, unset: bool) -> str:
    """Format a change of the settings file."""
    left = [setting for setting in result.settings if setting.key == key]
    if unset:
        done = "was removed"
        if left and key != TRUST_KEY:
            done += f"; {_format_value(left[0])} is used now, from {shorten_home(left[0].origin)}"
    elif not result.changed:
        done = "has this value already"
    elif key == TRUST_KEY:
        done = "has a new entry: its code runs without a question, at any commit"
    else:
        done = f"is {_format_value(left[0])}"
    return escape_line(f"{shorten_home(result.path)}: {key} {done}")


def encode_config(result: operations.ConfigResult) -> dict[str, Any]:
    """Encode settings."""
    return {
        "path": str(result.path.absolute()),
        "settings": [
            select_fields(setting, "key", "value", "origin") for setting in result.settings
        ],
        "changed": result.changed,
    }


def _format_value(setting: Setting) -> str:
    return setting.value if isinstance(setting.value, str) else format_json(setting.value)
