"""Find the values of JSON and TOML in a text, brackets within brackets."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import Any

from .brackets import HASH, Span, cut
from .keys import Conflict, Key, classify
from .outline import Block, split_lines


@dataclass(frozen=True)
class Dialect:
    """What tells JSON and TOML apart inside brackets.

    Attributes:
        value: Matches a value that is not in brackets.
        key: Matches a key, its sign (``:`` or ``=``) and the blank space behind it.
        load: Parses a value.
        name: Parses a key, with its sign, into its path.
        comment: Matches a comment.
    """

    value: re.Pattern[str]
    key: re.Pattern[str]
    load: Callable[[str], Any]
    name: Callable[[str], tuple[Key, ...]]
    comment: str = HASH


INDENT = re.compile(r"[ \t]*")


class Source:
    """A text that the places of a parser point into."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = split_lines(text)
        self.starts = list(accumulate(map(len, self.lines), initial=0))

    def slice(self, first: int, end: int) -> str:
        """The lines from one to before another."""
        return "".join(self.lines[first:end])

    def split(self, split: int, column: int, stop: int) -> int:
        """Where lines end, comments behind ``column`` among them, and what comes next starts."""
        for line in range(split, stop):
            text = self.lines[line]
            if text.lstrip().startswith("#") and len(text) - len(text.lstrip()) > column:
                split = line + 1
        return split


def scan(dialect: Dialect, text: str, at: int, path: Sequence[Key]) -> tuple[str | Block, int]:
    """The value that starts at ``at``, and where it ends."""
    opened = text[at : at + 1]
    if opened == "[":
        return _array(dialect, text, at, path)
    if opened == "{":
        return _table(dialect, text, at, path)
    end = _matched(dialect.value, text, at).end()
    return text[at:end], end


def _array(dialect: Dialect, text: str, start: int, path: Sequence[Key]) -> tuple[Block, int]:
    found: list[tuple[int, int, str | Block]] = []
    at = _matched(_gap(dialect.comment), text, start + 1).end()
    while text[at : at + 1] != "]":
        value, end = scan(dialect, text, at, (*path, "*"))
        found.append((at, end, value))
        at = _matched(_gap(dialect.comment), text, end).end()
    kind, keys = classify(path, dialect.load(text[start : at + 1]))
    spans = [Span(a, b, key, "", value) for (a, b, value), key in zip(found, keys, strict=True)]
    indent = indentation(text, start)
    block = cut(text, start, at + 1, spans, kind=kind, indent=indent, comment=dialect.comment)
    return block, at + 1


def _table(dialect: Dialect, text: str, start: int, path: Sequence[Key]) -> tuple[Block, int]:
    spans: list[Span] = []
    at = _matched(_gap(dialect.comment), text, start + 1).end()
    while text[at : at + 1] != "}":
        key = _matched(dialect.key, text, at)
        name = dialect.name(key[0])
        value, end = scan(dialect, text, key.end(), (*path, *name))
        spans.append(Span(at, end, name, key[0], value))
        at = _matched(_gap(dialect.comment), text, end).end()
    indent = indentation(text, start)
    block = cut(text, start, at + 1, spans, kind="map", indent=indent, comment=dialect.comment)
    return block, at + 1


@cache
def _gap(comment: str) -> re.Pattern[str]:
    return re.compile(rf"(?:[\s,]|{comment})*")


def indentation(text: str, at: int) -> str:
    """What the line that holds ``at`` is indented by."""
    return _matched(INDENT, text, text.rfind("\n", 0, at) + 1)[0]


def _matched(pattern: re.Pattern[str], text: str, at: int) -> re.Match[str]:
    found = pattern.match(text, at)
    if not found:
        raise Conflict("something unknown stands where a value was expected")
    return found
