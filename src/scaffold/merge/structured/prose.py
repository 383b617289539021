"""Markdown and plain text: changes of neighbouring blocks, each side's its own.

Git leaves two changes in conflict that touch, even where one is of a list's item and the other of
the next one. Here they are merged if they meet where a block ends (a heading, a paragraph, an
item, a row, a definition), if their order is clear, and if both sides' blocks are found again in
what comes out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from .keys import Conflict
from .outline import split_lines

FENCE = re.compile(r"\s*(?P<mark>`{3,}|~{3,})")
HEADING = re.compile(r" {0,3}(?P<mark>#{1,6})(?:\s|$)")
ITEM = re.compile(r"(?P<indent>\s*)(?P<mark>[-*+]|\d+[.)])\s")
DEFINITION = re.compile(r" {0,3}\[[^\]\n]+\]:\s")
IMAGE = r"!\[[^\]\n]*\]\([^)\n]*\)"
BADGE = re.compile(rf"\s*(?:(?:\[{IMAGE}\]\([^)\n]*\)|{IMAGE})\s*)+")
MOST_PAIRS = 1_000_000  # equal lines of two texts, each with each: what comparing them costs


class Part(NamedTuple):
    """A block of a text: its lines, and what it is."""

    start: int
    end: int
    kind: str


class Text(NamedTuple):
    """A text with its blocks."""

    lines: list[str]
    parts: list[Part]

    def kinds(self, start: int, end: int) -> list[str]:
        """The kinds of the blocks that some lines are of."""
        return [part.kind for part in self.parts if part.start < end and part.end > start]

    def is_edge(self, at: int) -> bool:
        """Whether no block goes on over the start of a line."""
        return not any(part.start < at < part.end for part in self.parts)

    def above(self, at: int) -> list[str]:
        """The block that ends before a line, with its kind; nothing where none does."""
        return self._shown(part for part in self.parts if part.end == at)

    def below(self, at: int) -> list[str]:
        """The block that starts with a line, with its kind; nothing where none does."""
        return self._shown(part for part in self.parts if part.start == at)

    def _shown(self, parts: Iterator[Part]) -> list[str]:
        return [text for part in parts for text in (part.kind, *self.lines[part.start : part.end])]


class Change(NamedTuple):
    """Lines of the base that one side replaced, and where its own lines stand in its text."""

    start: int
    end: int
    lines: tuple[str, ...]
    at: int
    text: Text

    @property
    def stop(self) -> int:
        """The line behind its own last one."""
        return self.at + len(self.lines)

    @property
    def is_addition(self) -> bool:
        """Whether it replaces nothing."""
        return self.start == self.end

    def is_edit(self, base: Text) -> bool:
        """Whether it leaves as many blocks as there were, of the same kinds."""
        kinds = base.kinds(self.start, self.end)
        return bool(kinds) and kinds == self.text.kinds(self.at, self.stop)


Cutter = Callable[[Sequence[str]], Iterator[Part]]


def merge(cut: Cutter, base: str, ours: str, theirs: str) -> str:
    """The text that holds both sides' changes.

    Args:
        cut: Cuts lines into blocks.
        base: The pristine old render.
        ours: The user's text.
        theirs: The pristine new render.

    Raises:
        Conflict: Two changes overlap, or meet where it is not clear that they are independent.
    """
    old, mine, new = (_text(cut, text) for text in (base, ours, theirs))
    merged: list[str] = []
    places: list[tuple[Change, int]] = []
    at = 0
    for change in _changes(old, mine, new):
        merged += old.lines[at : change.start]
        places.append((change, len(merged)))
        merged += change.lines
        at = change.end
    text = "".join([*merged, *old.lines[at:]])
    _check_found(_text(cut, text), places)
    return text


def _text(cut: Cutter, text: str) -> Text:
    lines = split_lines(text)
    return Text(lines, list(cut(lines)))


def _changes(base: Text, ours: Text, theirs: Text) -> list[Change]:
    """The changes of both sides in order, each of which is independent of the one before it."""
    found = sorted([*_diff(base, ours), *_diff(base, theirs)], key=lambda change: change[:3])
    changes = found[:1]
    for change in found[1:]:
        if change[:3] != changes[-1][:3]:
            _check_meeting(base, changes[-1], change)
            changes.append(change)
    return changes


def _diff(base: Text, side: Text) -> Iterator[Change]:
    from difflib import SequenceMatcher

    counts = Counter(base.lines), Counter(side.lines)
    if sum(number * counts[1][line] for line, number in counts[0].items()) > MOST_PAIRS:
        raise Conflict("too many lines are equal")
    matcher = SequenceMatcher(None, base.lines, side.lines, autojunk=False)
    for kind, start, end, at, stop in matcher.get_opcodes():
        if kind != "equal":
            yield Change(start, end, tuple(side.lines[at:stop]), at, side)


def _check_meeting(base: Text, one: Change, other: Change) -> None:
    if other.start < one.end:
        raise Conflict("both sides changed one line")
    if any(line.strip() for line in base.lines[one.end : other.start]) or one.text is other.text:
        return
    if other.start == one.end and not base.is_edge(one.end):
        raise Conflict("both sides changed one block")
    # Of something added beside an edited block it is clear on which side of that it stands.
    if (one.is_addition and not other.is_edit(base)) or (
        other.is_addition and not one.is_edit(base)
    ):
        raise Conflict("both sides added something at one place")


def _check_found(merged: Text, places: Sequence[tuple[Change, int]]) -> None:
    """Look for the blocks at the edges where changes of the two sides meet."""
    for (one, at), (other, start) in pairwise(places):
        end = at + len(one.lines)
        if end != start:
            continue
        is_above = not one.lines or one.text.above(one.stop) == merged.above(end)
        is_below = not other.lines or other.text.below(other.at) == merged.below(start)
        if not is_above or not is_below:
            raise Conflict("a block of one side goes on in the other's")


# --------------------------------------------------------------------------------------- blocks
def paragraphs(lines: Sequence[str]) -> Iterator[Part]:
    """The paragraphs of a plain text: lines between blank ones."""
    start = 0
    for at, line in enumerate([*lines, ""]):
        if not line.strip():
            if start < at:
                yield Part(start, at, "paragraph")
            start = at + 1


def markdown(lines: Sequence[str]) -> Iterator[Part]:
    """The blocks of a Markdown text; those of a nested list stand one below the other."""
    at = 0
    while at < len(lines):
        kind, end = _block(lines, at)
        if kind:
            yield Part(at, end, kind)
        at = end


def _block(lines: Sequence[str], at: int) -> tuple[str, int]:
    """The kind of the block that starts with a line, and where it ends; no kind if it is blank."""
    line = lines[at]
    if not line.strip():
        return "", at + 1
    if at == 0 and line.rstrip() == "---":
        return "front matter", _behind(lines, at, lambda text: text.rstrip() in ("---", "..."))
    if fence := FENCE.match(line):
        mark = fence["mark"]
        closing = re.compile(rf"\s*{re.escape(mark)}{re.escape(mark[0])}*\s*")
        return f"fence {mark}", _behind(lines, at, lambda text: bool(closing.fullmatch(text)))
    if line.lstrip().startswith("<!--") and "-->" not in line:
        return "comment", _behind(lines, at, lambda text: "-->" in text)
    if kind := _kind_of_line(line):
        return kind, at + 1
    item = ITEM.match(line)
    kind = f"item {item['indent']}{item['mark'][-1]}" if item else "paragraph"
    end = at + 1
    while end < len(lines) and not _starts(lines[end]):
        end += 1
    return kind, end


def _kind_of_line(line: str) -> str:
    """The kind of a block that is one line."""
    if heading := HEADING.match(line):
        return f"heading {heading['mark']}"
    if line.lstrip().startswith("|"):
        return "row"
    if DEFINITION.match(line):
        return "definition"
    return "badge" if BADGE.fullmatch(line) else ""


def _starts(line: str) -> bool:
    """Whether a line cannot go on with the paragraph or the item above it."""
    is_other = FENCE.match(line) or ITEM.match(line) or _kind_of_line(line)
    return not line.strip() or bool(is_other) or line.lstrip().startswith("<!--")


def _behind(lines: Sequence[str], at: int, is_last: Callable[[str], bool]) -> int:
    ends = (end for end in range(at + 1, len(lines)) if is_last(lines[end]))
    return next(ends, len(lines) - 1) + 1
