"""Cut the text between two brackets into entries separated by commas."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from .keys import Conflict, Key
from .outline import Block, Entry

LINE_END = r"(?=\n|\Z)"
HASH = rf"#[^\n]*{LINE_END}"


@cache
def _compile_gap(comment: str) -> re.Pattern[str]:
    """Compile the gap between two entries: a comma, a comment on its line, and the rest."""
    after = rf"(?P<after>[ \t]*(?:{comment}))?"
    return re.compile(rf"(?P<comma>[ \t]*,)?{after}(?P<rest>(?:\s|{comment})*)")


class Span(NamedTuple):
    """An entry between brackets: its place and its parts."""

    start: int
    end: int
    key: Key
    head: str
    value: str | Block
    tail: str = ""


def cut_brackets(
    text: str,
    start: int,
    end: int,
    spans: Sequence[Span],
    *,
    kind: str,
    comment: str = HASH,
) -> Block:
    """Cut ``text[start:end]``, brackets included, into a block.

    Its kind is one of those in `keys`; ``comment`` matches a comment.

    Raises:
        Conflict: There is other text than commas, comments and blank space between entries.
    """
    indent = find_indent(text, start)
    if not spans:
        close = text[start + 1 : end]
        return Block(kind, open=text[start], close=close, commas=True, indent=indent)
    lead = _match_all(re.compile(rf"(?:\s|{comment})*"), text[start + 1 : spans[0].start])[0]
    stops = [span.start for span in spans[1:]] + [end - 1]
    entries, trailing = [], False
    for span, stop in zip(spans, stops, strict=True):
        gap = _match_all(_compile_gap(comment), text[span.end : stop])
        trailing = gap["comma"] is not None
        if not trailing and stop != end - 1:
            raise Conflict("a comma is missing between two entries")
        after = gap["after"] or ""
        entries.append(Entry(span.key, lead, span.head, span.value, span.tail, after))
        lead = gap["rest"]
    if own_line := next((entry.lead for entry in entries if "\n" in entry.lead), ""):
        indent = own_line.rpartition("\n")[2]
    block = Block(
        kind,
        tuple(entries),
        open=text[start],
        close=lead + text[end - 1],
        indent=indent,
        commas=True,
        trailing=trailing,
    )
    if block.text != text[start:end]:
        raise Conflict("the entries are not all of the text between the brackets")
    return block


def find_indent(text: str, at: int) -> str:
    """Find the indentation of the line that holds ``at``."""
    start = text.rfind("\n", 0, at) + 1
    return text[start : len(text) - len(text[start:].lstrip(" \t"))]


def _match_all(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    found = pattern.fullmatch(text)
    if not found:
        raise Conflict("the text between two entries is not understood")
    return found
