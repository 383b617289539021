"""JSON files and notebooks, also with comments and commas after the last entry."""

from __future__ import annotations

import json
import re
from typing import Any

from .brackets import LINE_END
from .keys import Conflict, convert_parse_errors
from .meaning import make_meaning
from .outline import Block, Entry
from .scanner import Dialect, scan

STRING = r'"(?:[^"\\]|\\.)*"'
COMMENT = rf"//[^\n]*{LINE_END}|/\*(?:[^*]|\*(?!/))*(?:\*/|\Z)"
LAST_COMMA = rf",(?=(?:\s|{COMMENT})*[\]}}])"
TOKEN = re.compile(rf"(?P<text>{STRING})|(?P<comment>{COMMENT})|{LAST_COMMA}")
LEAD = re.compile(rf"(?:\s|{COMMENT})*")


def read_meaning(text: str) -> Any:
    """Read the meaning of a JSON text."""
    return make_meaning(_load(text))


def outline(text: str) -> Block:
    """Cut a JSON text into its outline."""
    lead = LEAD.match(text)
    start = lead.end() if lead else 0
    value, end = scan(DIALECT, text, start, ())
    return Block("map", (Entry("document", "", text[:start], value, text[end:]),))


def list_comments(text: str) -> list[str]:
    """List the comments of a JSON text."""
    found = (token["comment"] for token in TOKEN.finditer(text))
    return [" ".join(comment.split()) for comment in found if comment]


def check(base: str, ours: str, theirs: str, merged: str) -> None:
    """Refuse a text with comments or last commas where all sides are plain JSON.

    Raises:
        Conflict: The merged text is not plain JSON.
    """
    if not any(map(_is_extended, (base, ours, theirs))) and _is_extended(merged):
        raise Conflict("the proposed text is not plain JSON")


def _is_extended(text: str) -> bool:
    return any(not token["text"] for token in TOKEN.finditer(text))


# A number longer than Python reads is a plain ValueError.
@convert_parse_errors(ValueError)
def _load(text: str) -> Any:
    plain = TOKEN.sub(lambda token: token["text"] or " ", text)
    return json.loads(plain, object_pairs_hook=_refuse_duplicates)


DIALECT = Dialect(
    value=re.compile(rf"{STRING}|[^\s,\]}}\[{{/]+"),
    key=re.compile(rf"{STRING}\s*:\s*"),
    load=_load,
    name=lambda key: (json.loads(key.rstrip().removesuffix(":")),),
    comment=COMMENT,
)


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        raise Conflict("a key is there twice")
    return data
