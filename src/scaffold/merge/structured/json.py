"""JSON files and notebooks; JSON with comments and commas behind the last entry, too."""

from __future__ import annotations

import json
import re
from typing import Any

from .brackets import LINE_END
from .keys import Conflict, parsing
from .meaning import from_data
from .outline import Block, Entry
from .scanner import Dialect, scan

STRING = r'"(?:[^"\\]|\\.)*"'
COMMENT = rf"//[^\n]*{LINE_END}|/\*(?:[^*]|\*(?!/))*(?:\*/|\Z)"
LAST_COMMA = rf",(?=(?:\s|{COMMENT})*[\]}}])"
TOKEN = re.compile(rf"(?P<text>{STRING})|(?P<comment>{COMMENT})|{LAST_COMMA}")
LEAD = re.compile(rf"(?:\s|{COMMENT})*")


def meaning(text: str) -> Any:
    """The meaning of a JSON text."""
    return from_data(_load(text))


def outline(text: str) -> Block:
    """The outline of a JSON text."""
    lead = LEAD.match(text)
    start = lead.end() if lead else 0
    value, end = scan(DIALECT, text, start, ())
    return Block("map", (Entry("document", "", text[:start], value, text[end:]),))


def comments(text: str) -> list[str]:
    """The comments of a JSON text."""
    found = (token["comment"] for token in TOKEN.finditer(text))
    return [" ".join(comment.split()) for comment in found if comment]


def check(base: str, ours: str, theirs: str, merged: str) -> None:
    """Refuse a text that is no plain JSON where no side has more than that.

    Raises:
        Conflict: It is not.
    """
    if not any(map(_is_extended, (base, ours, theirs))) and _is_extended(merged):
        raise Conflict("the proposed text is no plain JSON")


def _is_extended(text: str) -> bool:
    return any(not token["text"] for token in TOKEN.finditer(text))


# A number longer than Python reads is a plain ValueError.
@parsing(ValueError)
def _load(text: str) -> Any:
    plain = TOKEN.sub(lambda token: token["text"] or " ", text)
    return json.loads(plain, object_pairs_hook=_without_duplicates)


DIALECT = Dialect(
    value=re.compile(rf"{STRING}|[^\s,\]}}\[{{/]+"),
    key=re.compile(rf"{STRING}\s*:\s*"),
    load=_load,
    name=lambda key: (json.loads(key.rstrip().removesuffix(":")),),
    comment=COMMENT,
)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        raise Conflict("a key stands twice")
    return data
