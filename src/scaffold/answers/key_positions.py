"""Positions of keys in TOML and JSON documents, so that errors can point there.

Each function takes the text of a document that its parser has accepted.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class KeyPosition(NamedTuple):
    """The position of a key, and the spelling of its value.

    Attributes:
        line: 1-based line.
        column: 1-based column.
        raw: The value as the document spells it, where it is a scalar on one line.
    """

    line: int
    column: int
    raw: str = ""


_COLON = re.compile(r"\s*:")
_JSON_PIECE = re.compile(r'"(?:\\.|[^"\\])*"|[\[\]{}:,]|[^\s\[\]{}:,"]+')


def locate_toml_keys(text: str) -> dict[str, KeyPosition]:
    """Locate the top-level keys of a TOML document, tables included."""
    from ..merge import cut_toml_tables

    places: dict[str, KeyPosition] = {}
    at = 0
    for table in cut_toml_tables(f"{text}\n")[0]:
        at += len(table.lead)
        if table.header:
            name = len(table.header) - len(table.header.lstrip(" \t["))
            places.setdefault(str(table.path[0]), _make_position(text, at + name))
            at += len(table.text)
            continue
        for path, entry in table.list_keys():
            start = at + len(entry.lead) + len(entry.head) - len(entry.head.lstrip())
            is_plain = isinstance(entry.value, str) and entry.value[0] not in "\"'"
            raw = str(entry.value) if is_plain else ""
            places.setdefault(str(path[0]), _make_position(text, start, raw))
            at += len(entry.lead + entry.text)
    return places


def locate_json_keys(
    text: str,
) -> tuple[dict[str, KeyPosition], dict[str, tuple[str, KeyPosition]]]:
    """Locate the top-level keys of a JSON document, and those with a repeated key.

    Returns:
        The positions, and by top-level key the first repeated key at it or in it, with the second
        position of that.
    """
    import json

    stack: list[dict[str, KeyPosition]] = [{}]
    repeated: dict[str, tuple[str, KeyPosition]] = {}
    key = top = ""
    after_colon = False
    for match in _JSON_PIECE.finditer(text):
        piece = match.group()
        if piece in "[{":
            stack.append({})
        elif piece in "]}":
            found = stack.pop()
        elif piece == ":":
            after_colon = True
            continue
        elif after_colon:
            stack[-1][key] = KeyPosition(*stack[-1][key][:2], piece)
        elif _COLON.match(text, match.end()):
            key, place = str(json.loads(piece)), _make_position(text, match.start())
            top = key if len(stack) == 2 else top
            if key in stack[-1]:
                repeated.setdefault(top, (key, place))
            stack[-1][key] = place
        after_colon = False
    return found, repeated


def _make_position(text: str, offset: int, raw: str = "") -> KeyPosition:
    line = text.count("\n", 0, offset) + 1
    return KeyPosition(line, offset - (text.rfind("\n", 0, offset) + 1) + 1, raw)
