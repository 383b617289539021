"""JSON files and notebooks. JSON with comments is left alone: it does not parse."""

from __future__ import annotations

import json
import re
from typing import Any

from .keys import Conflict, parsing
from .meaning import from_data
from .outline import Block, Entry
from .scanner import Dialect, scan


# A number longer than Python reads is a plain ValueError.
@parsing(ValueError)
def _load(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_without_duplicates)


STRING = r'"(?:[^"\\]|\\.)*"'
DIALECT = Dialect(
    value=re.compile(rf"{STRING}|[^\s,\]}}\[{{]+"),
    key=re.compile(rf"{STRING}\s*:\s*"),
    load=_load,
    name=lambda key: (json.loads(key.rstrip().removesuffix(":")),),
)


def meaning(text: str) -> Any:
    """The meaning of a JSON text."""
    return from_data(_load(text))


def outline(text: str) -> Block:
    """The outline of a JSON text."""
    start = len(text) - len(text.lstrip())
    value, end = scan(DIALECT, text, start, ())
    return Block("map", (Entry("document", "", text[:start], value, text[end:]),))


def comments(text: str) -> list[str]:
    """The comments: there are none in JSON."""
    return []


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        raise Conflict("a key stands twice")
    return data
