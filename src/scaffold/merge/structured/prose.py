"""Markdown and plain text: merge changes of neighbouring blocks.

Git leaves two changes in conflict that touch, even if one is in a list item and the other in the
next item. Here they are merged if they meet where a block ends (a heading, a paragraph, an item, a
row, a definition), if their order is clear, and if the merged text has the blocks of both sides.
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
MAX_EQUAL_PAIRS = 1_000_000  # of lines of two texts; comparing them costs that much


class ProseBlock(NamedTuple):
    """A block of a text: its lines and its kind."""

    start: int
    end: int
    kind: str


class CutText(NamedTuple):
    """A text cut into blocks."""

    lines: list[str]
    blocks: list[ProseBlock]

    def list_kinds(self, start: int, end: int) -> list[str]:
        """List the kinds of the blocks that some lines belong to."""
        return [block.kind for block in self.blocks if block.start < end and block.end > start]

    def is_edge(self, at: int) -> bool:
        """Tell whether no block continues over the start of a line."""
        return not any(block.start < at < block.end for block in self.blocks)

    def find_above(self, at: int) -> list[tuple[str, ...]]:
        """Find the block that ends before a line: its kind and its lines; empty if none does."""
        return [self._get_text(block) for block in self.blocks if block.end == at]

    def find_below(self, at: int) -> list[tuple[str, ...]]:
        """Find the block that starts with a line: its kind and its lines; empty if none does."""
        return [self._get_text(block) for block in self.blocks if block.start == at]

    def _get_text(self, block: ProseBlock) -> tuple[str, ...]:
        return (block.kind, *self.lines[block.start : block.end])


class BlockChange(NamedTuple):
    """Lines of the base that one side replaced, and the place of its own lines in its text."""

    start: int
    end: int
    lines: tuple[str, ...]
    at: int
    text: CutText

    @property
    def stop(self) -> int:
        """The line after its own last one."""
        return self.at + len(self.lines)

    @property
    def is_addition(self) -> bool:
        """Tell whether it replaces nothing."""
        return self.start == self.end

    def is_edit(self, base: CutText) -> bool:
        """Tell whether it keeps the number of blocks and their kinds."""
        kinds = base.list_kinds(self.start, self.end)
        return bool(kinds) and kinds == self.text.list_kinds(self.at, self.stop)


Cutter = Callable[[Sequence[str]], Iterator[ProseBlock]]


def merge_prose(cut: Cutter, base: str, ours: str, theirs: str) -> str:
    """Merge three texts into one that holds both sides' changes.

    Raises:
        Conflict: Two changes overlap, or meet where it is not clear that they are independent.
    """
    old, mine, new = (_cut_text(cut, text) for text in (base, ours, theirs))
    merged: list[str] = []
    places: list[tuple[BlockChange, int]] = []
    at = 0
    for change in _find_changes(old, mine, new):
        merged += old.lines[at : change.start]
        places.append((change, len(merged)))
        merged += change.lines
        at = change.end
    text = "".join([*merged, *old.lines[at:]])
    _check_edges(_cut_text(cut, text), places)
    return text


def _cut_text(cut: Cutter, text: str) -> CutText:
    lines = split_lines(text)
    return CutText(lines, list(cut(lines)))


def _find_changes(base: CutText, ours: CutText, theirs: CutText) -> list[BlockChange]:
    """Find the changes of both sides in order, each independent of the one before it."""
    found = sorted(
        [*_find_side_changes(base, ours), *_find_side_changes(base, theirs)],
        key=lambda change: change[:3],
    )
    changes = found[:1]
    for change in found[1:]:
        if change[:3] != changes[-1][:3]:
            _check_meeting(base, changes[-1], change)
            changes.append(change)
    return changes


def _find_side_changes(base: CutText, side: CutText) -> Iterator[BlockChange]:
    from difflib import SequenceMatcher

    counts = Counter(base.lines), Counter(side.lines)
    if sum(number * counts[1][line] for line, number in counts[0].items()) > MAX_EQUAL_PAIRS:
        raise Conflict("too many lines are equal")
    matcher = SequenceMatcher(None, base.lines, side.lines, autojunk=False)
    for kind, start, end, at, stop in matcher.get_opcodes():
        if kind != "equal":
            yield BlockChange(start, end, tuple(side.lines[at:stop]), at, side)


def _check_meeting(base: CutText, one: BlockChange, other: BlockChange) -> None:
    if other.start < one.end:
        raise Conflict("both sides changed one line")
    if any(line.strip() for line in base.lines[one.end : other.start]) or one.text is other.text:
        return
    if other.start == one.end and not base.is_edge(one.end):
        raise Conflict("both sides changed one block")
    # The order of an addition and an edited block beside it is clear.
    if (one.is_addition and not other.is_edit(base)) or (
        other.is_addition and not one.is_edit(base)
    ):
        raise Conflict("both sides added something at one place")


def _check_edges(merged: CutText, places: Sequence[tuple[BlockChange, int]]) -> None:
    """Check that the blocks at the edges of meeting changes are unchanged."""
    for (one, at), (other, start) in pairwise(places):
        end = at + len(one.lines)
        if end != start:
            continue
        is_above = not one.lines or one.text.find_above(one.stop) == merged.find_above(end)
        is_below = not other.lines or other.text.find_below(other.at) == merged.find_below(start)
        if not is_above or not is_below:
            raise Conflict("a block of one side continues in the other's")


# --------------------------------------------------------------------------------------- blocks
def cut_paragraphs(lines: Sequence[str]) -> Iterator[ProseBlock]:
    """Cut a plain text into paragraphs, the lines between blank ones."""
    start = 0
    for at, line in enumerate([*lines, ""]):
        if not line.strip():
            if start < at:
                yield ProseBlock(start, at, "paragraph")
            start = at + 1


def cut_markdown(lines: Sequence[str]) -> Iterator[ProseBlock]:
    """Cut a Markdown text into blocks; those of a nested list follow each other."""
    at = 0
    while at < len(lines):
        kind, end = _find_block(lines, at)
        if kind:
            yield ProseBlock(at, end, kind)
        at = end


def _find_block(lines: Sequence[str], at: int) -> tuple[str, int]:
    """Find the kind and the end of the block that starts with a line; no kind if it is blank."""
    line = lines[at]
    if not line.strip():
        return "", at + 1
    if at == 0 and line.rstrip() == "---":
        return "front matter", _find_end(lines, at, lambda text: text.rstrip() in ("---", "..."))
    if fence := FENCE.match(line):
        mark = fence["mark"]
        closing = re.compile(rf"\s*{re.escape(mark)}{re.escape(mark[0])}*\s*")
        return f"fence {mark}", _find_end(lines, at, lambda text: bool(closing.fullmatch(text)))
    if line.lstrip().startswith("<!--") and "-->" not in line:
        return "comment", _find_end(lines, at, lambda text: "-->" in text)
    if kind := _classify_line(line):
        return kind, at + 1
    item = ITEM.match(line)
    kind = f"item {item['indent']}{item['mark'][-1]}" if item else "paragraph"
    end = at + 1
    while end < len(lines) and not _is_start(lines[end]):
        end += 1
    return kind, end


def _classify_line(line: str) -> str:
    """Classify a block of one line; empty if it is not one."""
    if heading := HEADING.match(line):
        return f"heading {heading['mark']}"
    if line.lstrip().startswith("|"):
        return "row"
    if DEFINITION.match(line):
        return "definition"
    return "badge" if BADGE.fullmatch(line) else ""


def _is_start(line: str) -> bool:
    """Tell whether a line starts a block, or is blank: it does not continue the one above it."""
    is_other = FENCE.match(line) or ITEM.match(line) or _classify_line(line)
    return not line.strip() or bool(is_other) or line.lstrip().startswith("<!--")


def _find_end(lines: Sequence[str], at: int, is_last: Callable[[str], bool]) -> int:
    ends = (end for end in range(at + 1, len(lines)) if is_last(lines[end]))
    return next(ends, len(lines) - 1) + 1
