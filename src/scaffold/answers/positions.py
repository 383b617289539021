"""Find where the keys of a YAML, TOML or JSON document stand, so that errors can point there.

Each function takes a document's text and gives the places of its top-level keys. Texts are ones
that their parser has accepted already.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Place(NamedTuple):
    """Where a key stands and how its value is spelled.

    Attributes:
        line: 1-based line.
        column: 1-based column.
        raw: The value as it is spelled, where it is a scalar on one line.
    """

    line: int
    column: int
    raw: str = ""


_COLON = re.compile(r"\s*:")
_JSON_PIECE = re.compile(r'"(?:\\.|[^"\\])*"|[\[\]{}:,]|[^\s\[\]{}:,"]+')


def toml_keys(text: str) -> dict[str, Place]:
    """Locate the top-level keys of a TOML document, tables included."""
    from ..merge import cut_toml_tables

    places: dict[str, Place] = {}
    at = 0
    for table in cut_toml_tables(f"{text}\n")[0]:
        at += len(table.lead)
        if table.header:
            name = len(table.header) - len(table.header.lstrip(" \t["))
            places.setdefault(str(table.path[0]), _place(text, at + name))
            at += len(table.text)
            continue
        for path, entry in table.list_keys():
            start = at + len(entry.lead) + len(entry.head) - len(entry.head.lstrip())
            is_plain = isinstance(entry.value, str) and entry.value[0] not in "\"'"
            raw = str(entry.value) if is_plain else ""
            places.setdefault(str(path[0]), _place(text, start, raw))
            at += len(entry.lead + entry.text)
    return places


class Repeated(NamedTuple):
    """A key that stands twice in one mapping.

    Attributes:
        key: The key.
        place: Where it stands the second time.
        top: The top-level key that it is, or that holds it.
    """

    key: str
    place: Place
    top: str


def json_keys(text: str) -> tuple[dict[str, Place], list[Repeated]]:
    """Locate the top-level keys of a JSON document, and those that stand twice, at any depth."""
    import json

    stack: list[dict[str, Place]] = [{}]
    repeated: list[Repeated] = []
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
            stack[-1][key] = Place(*stack[-1][key][:2], piece)
        elif _COLON.match(text, match.end()):
            key, place = str(json.loads(piece)), _place(text, match.start())
            top = key if len(stack) == 2 else top
            if key in stack[-1]:
                repeated.append(Repeated(key, place, top))
            stack[-1][key] = place
        after_colon = False
    return found, repeated


def _place(text: str, offset: int, raw: str = "") -> Place:
    line = text.count("\n", 0, offset) + 1
    return Place(line, offset - (text.rfind("\n", 0, offset) + 1) + 1, raw)
