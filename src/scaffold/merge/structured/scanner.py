"""Find the values of JSON and TOML in a text, brackets within brackets."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import Any

from .brackets import HASH, Span, cut_brackets
from .keys import Conflict, Key, classify
from .outline import Block, split_lines


@dataclass(frozen=True)
class Dialect:
    """The differences between JSON and TOML inside brackets.

    Attributes:
        value: Matches a value that is not in brackets.
        key: Matches a key, its sign (``:`` or ``=``) and the blank space after it.
        load: Parses a value.
        name: Parses a key, with its sign, into its path.
        comment: Matches a comment.
    """

    value: re.Pattern[str]
    key: re.Pattern[str]
    load: Callable[[str], Any]
    name: Callable[[str], tuple[Key, ...]]
    comment: str = HASH


CLOSING = {"[": "]", "{": "}"}


class ScannedText:
    """A text that the positions of a parser point into."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = split_lines(text)
        self.starts = list(accumulate(map(len, self.lines), initial=0))

    def slice(self, first: int, end: int) -> str:
        """Join the lines from ``first`` to before ``end``."""
        return "".join(self.lines[first:end])

    def find_split(self, split: int, column: int, stop: int) -> int:
        """Find the line that the next part starts on; comments right of ``column`` come before."""
        for line in range(split, stop):
            text = self.lines[line]
            if text.lstrip().startswith("#") and len(text) - len(text.lstrip()) > column:
                split = line + 1
        return split


def scan(dialect: Dialect, text: str, at: int, path: Sequence[Key]) -> tuple[str | Block, int]:
    """Cut the value that starts at ``at``; returns it and its end."""
    if text[at : at + 1] in CLOSING:
        return _scan_brackets(dialect, text, at, path)
    end = _match(dialect.value, text, at).end()
    return text[at:end], end


def _scan_brackets(
    dialect: Dialect, text: str, start: int, path: Sequence[Key]
) -> tuple[Block, int]:
    spans: list[Span] = []
    gap, close = _compile_gap(dialect.comment), CLOSING[text[start]]
    at = _match(gap, text, start + 1).end()
    while text[at : at + 1] != close:
        head = "" if close == "]" else _match(dialect.key, text, at)[0]
        name = dialect.name(head) if head else ("*",)
        value, end = scan(dialect, text, at + len(head), (*path, *name))
        spans.append(Span(at, end, name, head, value))
        at = _match(gap, text, end).end()
    kind = "map"
    if close == "]":
        kind, keys = classify(path, dialect.load(text[start : at + 1]))
        pairs = zip(spans, keys, strict=True)
        spans = [Span(span.start, span.end, key, "", span.value) for span, key in pairs]
    block = cut_brackets(text, start, at + 1, spans, kind=kind, comment=dialect.comment)
    return block, at + 1


@cache
def _compile_gap(comment: str) -> re.Pattern[str]:
    return re.compile(rf"(?:[\s,]|{comment})*")


def _match(pattern: re.Pattern[str], text: str, at: int) -> re.Match[str]:
    found = pattern.match(text, at)
    if not found:
        raise Conflict("a value was expected and not found")
    return found
