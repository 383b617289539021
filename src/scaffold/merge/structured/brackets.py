"""Cut what stands between two brackets into entries separated by commas."""

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
def _gap(comment: str) -> re.Pattern[str]:
    """What may stand between two entries: a comma, a comment on the comma's line, and the rest."""
    after = rf"(?P<after>[ \t]*(?:{comment}))?"
    return re.compile(rf"(?P<comma>[ \t]*,)?{after}(?P<rest>(?:\s|{comment})*)")


@cache
def _lead(comment: str) -> re.Pattern[str]:
    """What may stand before the first entry."""
    return re.compile(rf"(?:\s|{comment})*")


class Span(NamedTuple):
    """An entry between brackets: where it stands and what it is made of."""

    start: int
    end: int
    key: Key
    head: str
    value: str | Block
    tail: str = ""


def cut(
    text: str,
    start: int,
    end: int,
    spans: Sequence[Span],
    *,
    kind: str,
    indent: str,
    comment: str = HASH,
) -> Block:
    """The block of ``text[start:end]``, brackets included.

    Args:
        text: The whole text.
        start: Where the opening bracket stands.
        end: Behind the closing bracket.
        spans: The entries, in order.
        kind: See `keys`.
        indent: The indentation of the line, where no entry has a line of its own.
        comment: Matches a comment.

    Raises:
        Conflict: Something else than commas, comments and blank space stands between entries.
    """
    if not spans:
        close = text[start + 1 : end]
        return Block(kind, open=text[start], close=close, commas=True, indent=indent)
    lead = _matched(_lead(comment), text[start + 1 : spans[0].start])[0]
    stops = [span.start for span in spans[1:]] + [end - 1]
    entries, trailing = [], False
    for span, stop in zip(spans, stops, strict=True):
        gap = _matched(_gap(comment), text[span.end : stop])
        trailing = gap["comma"] is not None
        if not trailing and stop != end - 1:
            raise Conflict("no comma between two entries")
        after = gap["after"] or ""
        entries.append(Entry(span.key, lead, span.head, span.value, span.tail, after))
        lead = gap["rest"]
    own_line = next((entry.lead for entry in entries if "\n" in entry.lead), None)
    block = Block(
        kind,
        tuple(entries),
        open=text[start],
        close=lead + text[end - 1],
        indent=indent if own_line is None else own_line.rpartition("\n")[2],
        commas=True,
        trailing=trailing,
    )
    if block.text != text[start:end]:
        raise Conflict("the entries are not all that stands between the brackets")
    return block


def _matched(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    found = pattern.fullmatch(text)
    if not found:
        raise Conflict("something unknown stands between two entries")
    return found
