"""Find where the keys of a YAML, TOML or JSON document stand, so that errors can point there.

Each function takes a document's text and gives the places of its top-level keys. Texts are ones
that their parser has accepted already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
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


_TOML_PIECE = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*"
    r"|[A-Za-z0-9_+:-]+"
    r"|[\[\]{}=.,\n]",
    re.DOTALL,
)
_TOML_SCALAR = re.compile(r"=[ \t]*([^\s,#\[\]{}\"']+)")
_COLON = re.compile(r"\s*:")
_JSON_PIECE = re.compile(r'"(?:\\.|[^"\\])*"|[\[\]{}:,]|[^\s\[\]{}:,"]+')


def toml_keys(text: str) -> dict[str, Place]:
    """Locate the top-level keys of a TOML document, tables included."""
    places: dict[str, Place] = {}
    for offset, spelled, in_table in _toml_statements(text):
        key = _toml_key(spelled)
        if key not in places and not in_table:
            scalar = _TOML_SCALAR.match(text, text.find("=", offset + len(spelled)))
            places[key] = _place(text, offset, scalar.group(1) if scalar else "")
    return places


def _toml_statements(text: str) -> Iterator[tuple[int, str, bool]]:
    """Give offset and first key of each statement, and whether it belongs to a table above it."""
    depth, fresh, in_table = 0, True, False
    for match in _TOML_PIECE.finditer(text):
        piece = match.group()
        if piece == "\n":
            fresh = fresh or depth == 0
        elif piece.startswith("#"):
            continue
        elif fresh and piece == "[":  # a table's header
            in_table = True
            yield from _toml_header(text, match.start())
            fresh, depth = False, 1
        elif fresh:
            yield match.start(), piece, in_table
            fresh = False
        else:
            depth += (piece in "[{") - (piece in "]}")


def _toml_header(text: str, offset: int) -> Iterator[tuple[int, str, bool]]:
    for match in _TOML_PIECE.finditer(text, offset):
        if match.group() != "[":
            yield match.start(), match.group(), False
            return


def _toml_key(spelled: str) -> str:
    if spelled.startswith("'"):
        return spelled[1:-1]
    if not spelled.startswith('"'):
        return spelled
    import tomllib

    return next(iter(tomllib.loads(f"{spelled} = 0")))


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
            stack[-1][key] = stack[-1][key]._replace(raw=piece)
        elif _is_key(text, match.end()):
            key, place = str(json.loads(piece)), _place(text, match.start())
            top = key if len(stack) == 2 else top
            if key in stack[-1]:
                repeated.append(Repeated(key, place, top))
            stack[-1][key] = place
        after_colon = False
    return found, repeated


def _is_key(text: str, end: int) -> bool:
    return _COLON.match(text, end) is not None


def _place(text: str, offset: int, raw: str = "") -> Place:
    line = text.count("\n", 0, offset) + 1
    return Place(line, offset - (text.rfind("\n", 0, offset) + 1) + 1, raw)
