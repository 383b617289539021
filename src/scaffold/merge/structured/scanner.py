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


INDENT = re.compile(r"[ \t]*")


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
    opened = text[at : at + 1]
    if opened == "[":
        return _scan_array(dialect, text, at, path)
    if opened == "{":
        return _scan_table(dialect, text, at, path)
    end = _match(dialect.value, text, at).end()
    return text[at:end], end


def _scan_array(dialect: Dialect, text: str, start: int, path: Sequence[Key]) -> tuple[Block, int]:
    found: list[tuple[int, int, str | Block]] = []
    at = _match(_compile_gap(dialect.comment), text, start + 1).end()
    while text[at : at + 1] != "]":
        value, end = scan(dialect, text, at, (*path, "*"))
        found.append((at, end, value))
        at = _match(_compile_gap(dialect.comment), text, end).end()
    kind, keys = classify(path, dialect.load(text[start : at + 1]))
    spans = [Span(a, b, key, "", value) for (a, b, value), key in zip(found, keys, strict=True)]
    indent = find_indent(text, start)
    block = cut_brackets(
        text, start, at + 1, spans, kind=kind, indent=indent, comment=dialect.comment
    )
    return block, at + 1


def _scan_table(dialect: Dialect, text: str, start: int, path: Sequence[Key]) -> tuple[Block, int]:
    spans: list[Span] = []
    at = _match(_compile_gap(dialect.comment), text, start + 1).end()
    while text[at : at + 1] != "}":
        key = _match(dialect.key, text, at)
        name = dialect.name(key[0])
        value, end = scan(dialect, text, key.end(), (*path, *name))
        spans.append(Span(at, end, name, key[0], value))
        at = _match(_compile_gap(dialect.comment), text, end).end()
    indent = find_indent(text, start)
    block = cut_brackets(
        text, start, at + 1, spans, kind="map", indent=indent, comment=dialect.comment
    )
    return block, at + 1


@cache
def _compile_gap(comment: str) -> re.Pattern[str]:
    return re.compile(rf"(?:[\s,]|{comment})*")


def find_indent(text: str, at: int) -> str:
    """Find the indentation of the line that holds ``at``."""
    return _match(INDENT, text, text.rfind("\n", 0, at) + 1)[0]


def _match(pattern: re.Pattern[str], text: str, at: int) -> re.Match[str]:
    found = pattern.match(text, at)
    if not found:
        raise Conflict("a value was expected and not found")
    return found
