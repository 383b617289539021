"""Values and names as messages show them: short, on one line, safe for a terminal."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def describe_value(value: Any) -> str:
    """Describe a value in a few words that are safe to show."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str):
        return quote_text(value)
    if isinstance(value, int | float):
        return f"the number {shorten(repr(value))}" if abs(value) < 10**40 else "a huge number"
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, Sequence) else f"a {type(value).__name__}"


def quote_text(text: str) -> str:
    """Quote a text for a message: on one line, not too long, without control characters."""
    return json.dumps(shorten(make_printable(text)), ensure_ascii=False).replace("\\\\", "\\")


def format_json(value: Any) -> str:
    """Format a value as JSON; a value that JSON cannot hold becomes text."""
    return json.dumps(value, ensure_ascii=False, default=str)


def describe_conflicts(count: int) -> str:
    """State the number of conflicts that are left."""
    return f"{count} conflict{'s are' if count > 1 else ' is'} left to resolve"


def shorten(text: str, width: int = 60) -> str:
    """Cut a text that is too long for a message."""
    return text if len(text) <= width else text[: width - 1] + "…"


def make_printable(text: str) -> str:
    """Replace characters that may not reach a terminal by escapes."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in text
    )


def spell_value(value: Any) -> str:
    """Write a choice's value as a message names it."""
    if isinstance(value, str) and value.isprintable() and value == value.strip() != "":
        return shorten(value)
    return describe_value(value).removeprefix("the number ")  # a text starts with a quote


def suggest_similar(word: Any, known: Iterable[Any]) -> str:
    """Suggest the closest of the known words, in parentheses, or nothing."""
    words = {str(item).casefold(): str(item) for item in known}
    close = difflib.get_close_matches(str(word).casefold(), list(words), n=1)
    return f" (did you mean {make_printable(words[close[0]])}?)" if close else ""
