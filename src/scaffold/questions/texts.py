"""Texts: what an answer may hold, how a value is told in a message, how a list is taken apart."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..host import make_loader

MAX_TEXT: Final = 64 * 1024
# Controls, line and paragraph separators, marks that reorder what is shown, and what YAML refuses.
_SEPARATORS = "\u2028\u2029"
_REORDERING = "\u202a-\u202e\u2066-\u2069"
_NOT_CHARACTERS = "\ufeff\ufffe\uffff"
FORBIDDEN: Final = "\x00-\x08\x0b-\x1f\x7f-\x9f" + _SEPARATORS + _REORDERING + _NOT_CHARACTERS
_FORBIDDEN = re.compile(f"[{FORBIDDEN}]")
_FORBIDDEN_IN_LINE = re.compile(f"[\t\n{FORBIDDEN}]")


class Refused(ValueError):
    """A value does not answer its question; the message says why."""


def describe(value: Any) -> str:
    """Say in a few words, safe to show, what a value is."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, int | float):
        return f"the number {shorten(repr(value))}" if abs(value) < 10**40 else "a huge number"
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, Sequence) else f"a {type(value).__name__}"


def quoted(text: str) -> str:
    """Quote a text for a message: on one line, not too long, without control characters."""
    return json.dumps(shorten(printable(text)), ensure_ascii=False).replace("\\\\", "\\")


def json_text(value: Any) -> str:
    """Spell a value as JSON; what JSON has not becomes text."""
    return json.dumps(value, ensure_ascii=False, default=str)


def tell_conflicts(count: int) -> str:
    """Say how many conflicts are left."""
    return f"{count} conflict{'s are' if count > 1 else ' is'} left to resolve"


def shorten(text: str, width: int = 60) -> str:
    """Cut a text that is too long for a message."""
    return text if len(text) <= width else text[: width - 1] + "…"


def printable(text: str) -> str:
    """Replace what may not reach a terminal by escapes."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in text
    )


def check_texts(value: Any, *, lines: bool) -> None:
    """Refuse text that no file can hold as it is.

    Args:
        value: An answer; texts inside of lists and mappings are looked at, too.
        lines: Whether line breaks and tabs are fine.

    Raises:
        Refused: The answer holds such text; the message says which.
    """
    if isinstance(value, str):
        _check_text(value, lines=lines)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise Refused(f"holds the key {describe(key)}: keys must be text")
            check_texts(key, lines=lines)
            check_texts(item, lines=lines)
    elif isinstance(value, list | tuple):
        for item in value:
            check_texts(item, lines=lines)
    else:
        _check_scalar(value)


def _check_text(text: str, *, lines: bool) -> None:
    if len(text) > MAX_TEXT:
        raise Refused(f"is {len(text):,} characters long; {MAX_TEXT:,} are the most")
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise Refused("holds half of a surrogate pair, which no file can hold")
    found = (_FORBIDDEN if lines else _FORBIDDEN_IN_LINE).search(text)
    if found and not lines and found.group() in "\n\r":
        raise Refused("holds a line break, and the question takes a single line")
    if found:
        code = ord(found.group())
        raise Refused(f"holds the control character U+{code:04X}, which is not allowed")


def _check_scalar(value: Any) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise Refused("holds a number that is not finite")
    if value is not None and not isinstance(value, bool | int | float):
        raise Refused(f"holds {describe(value)}: write it in quotes to make it text")


def split_list(text: str) -> list[str]:
    """Take the items of a list apart, each as it is spelled: ``[a, b]``, ``- a``, or ``a,b``.

    Raises:
        Refused: The text is not a list.
    """
    stripped = text.strip()
    if not stripped.startswith(("[", "- ")):
        return [item.strip() for item in stripped.split(",") if item.strip()]
    return yaml_items(text)


def yaml_items(text: str) -> list[str]:
    """Take the items of a YAML list apart, each as it is spelled but for its quotes.

    Raises:
        Refused: The text is not a YAML list.
    """
    import yaml

    try:
        node = yaml.compose(text, Loader=make_loader(exact=True))
    except (yaml.YAMLError, RecursionError):
        node = None
    if not isinstance(node, yaml.SequenceNode):
        raise Refused(f"must be a list such as [a, b], not {describe(text)}")
    return [_spelled(text, item) for item in node.value]


def _spelled(text: str, node: Any) -> str:
    spelled: str = text[node.start_mark.index : node.end_mark.index].strip()
    quotes = getattr(node, "style", None)
    return spelled[1:-1] if quotes in {'"', "'"} else spelled
