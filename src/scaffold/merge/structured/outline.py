"""A text cut into nested entries without loss, and the three-way merge of outlines.

The merge keeps the pieces of ours with their comments and layout, and takes from theirs what theirs
changed. It only proposes a text; `merge` checks it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .keys import Conflict, Key, merge_keys
from .meaning import Group


@dataclass(frozen=True)
class Entry:
    """One entry of a block.

    Attributes:
        key: Its identity in the block.
        lead: Blank space and comments above it.
        head: Its text up to its value.
        value: The part that is merged on its own; a block where it can be cut.
        tail: Its text after its value.
        after: In a block with commas: the comment behind the comma.
        inline: Its value is a block that starts on the line of the head (YAML's ``- key: 1``).
    """

    key: Key
    lead: str
    head: str
    value: str | Block
    tail: str = ""
    after: str = ""
    inline: bool = False

    @property
    def text(self) -> str:
        """The entry without the comments above it."""
        if not isinstance(self.value, Block):
            return self.head + self.value + self.tail
        text = self.value.text
        if self.inline:
            # The first line of the block is stored as if it were indented like the others.
            if text[: len(self.head)].strip(" "):
                raise Conflict("there is text before the first entry of an inline block")
            text = text[len(self.head) :]
        return self.head + text + self.tail


@dataclass(frozen=True)
class Block:
    """A sequence of entries: whole lines, or parts between commas.

    Attributes:
        kind: The meaning of the order, see `keys`.
        entries: The entries.
        open: The text before the first entry.
        close: The text after the last entry.
        indent: The start of the lines of its entries.
        commas: Entries are separated by commas.
        trailing: A comma follows the last entry.
    """

    kind: str
    entries: tuple[Entry, ...] = ()
    open: str = ""
    close: str = ""
    indent: str = ""
    commas: bool = False
    trailing: bool = False

    @property
    def text(self) -> str:
        """The text that was cut."""
        parts = [self.open]
        last = len(self.entries) - 1
        for at, entry in enumerate(self.entries):
            comma = "," if self.commas and (at < last or self.trailing) else ""
            parts += [entry.lead, entry.text, comma, entry.after]
        return "".join((*parts, self.close))

    @property
    def is_spread(self) -> bool:
        """Tell whether the entries are on lines of their own."""
        return any("\n" in entry.lead for entry in self.entries)


EMPTY = Block("")
# Kinds whose keys are names, or places: an entry with another one is another entry.
NAMED = frozenset({"map", "row", "call", "parameters"})
MIN_SIMILARITY = 0.5
MAX_COMPARED_CHARS = 500  # of an entry


def merge_outlines(base: Block, ours: Block, theirs: Block) -> Block:
    """Merge three outlines into one that holds both sides' changes.

    Raises:
        Conflict: Both sides changed one piece of text differently.
    """
    theirs = theirs if base.entries else _set_off(ours, theirs)
    base, ours, theirs = _pair_replaced(base, ours, theirs)
    blocks = (base, ours, theirs)
    kinds = {block.kind for block in blocks if block.entries}
    if len(kinds) > 1:
        raise Conflict("a container changed its kind")
    if len({block.commas for block in (ours, theirs) if block.entries}) > 1:
        raise Conflict("a container changed its layout")
    kind = kinds.pop() if kinds else ""
    sides = [{entry.key: entry for entry in block.entries} for block in blocks]
    order = merge_keys(kind, *([entry.key for entry in block.entries] for block in blocks))
    _check_deletions(*sides)
    frame = _choose_frame(base, ours, theirs)
    entries = [
        _merge_entries((sides[0].get(key), sides[1].get(key), sides[2].get(key)), frame, theirs)
        for key in order
    ]
    merged = replace(
        frame,
        kind=kind,
        entries=tuple(entries),
        open=_merge_text(base.open, ours.open, theirs.open),
        close=_merge_trivia(base.close, ours.close, theirs.close, frame),
    )
    return _lay_out(merged, frame) if frame.commas else merged


def make_group(block: Block, read: Callable[[Entry], Any]) -> Group:
    """Make the meaning of a block from those of its entries.

    Raises:
        Conflict: A key is there twice.
    """
    items = {entry.key: read(entry) for entry in block.entries}
    if len(items) < len(block.entries):
        raise Conflict("an entry is there twice")
    return Group(block.kind, items)


def split_lines(text: str) -> list[str]:
    """Split a text into lines with their ends; only a newline ends a line."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def join_lines(
    text: str, is_trivia: Callable[[str], bool], *, continued: bool = True
) -> Iterator[tuple[str, str]]:
    """Pair each line with the trivia above it; the trivia at the end comes last, with no line.

    If ``continued`` is set, a backslash at its end joins a line with the next one.

    Raises:
        Conflict: A backslash ends the text.
    """
    lead = held = ""
    for line in split_lines(text):
        if not held and is_trivia(line):
            lead += line
            continue
        held += line
        if continued and line.rstrip("\n").endswith("\\"):
            continue
        yield lead, held
        lead = held = ""
    if held:
        raise Conflict("a backslash ends the text")
    yield lead, ""


def shift(text: str, old: str, new: str) -> str:
    """Indent lines by ``new`` that are indented by ``old``."""
    if old == new:
        return text
    lines = split_lines(text)
    return "".join(new + line[len(old) :] if line.startswith(old) else line for line in lines)


def list_comment_lines(trivia: str) -> list[str]:
    """List the comments in blank space."""
    return [line.strip() for line in trivia.split("\n") if line.strip()]


def _pair_replaced(base: Block, ours: Block, theirs: Block) -> tuple[Block, Block, Block]:
    """Give an entry one key in all blocks where one side replaced and one commented it."""
    if base.kind in NAMED:
        return base, ours, theirs
    new = _find_new_keys(base, ours, theirs)
    base, ours = _set_keys(base, new), _set_keys(ours, new)
    new = _find_new_keys(base, theirs, ours)
    return _set_keys(base, new), ours, _set_keys(theirs, new)


def _find_new_keys(base: Block, commented: Block, replaced: Block) -> dict[Key, Key]:
    """Find the new key of each entry that one side replaced and the other commented.

    The comparison of meanings checks that the other side changed only comments.
    """
    old = {entry.key: entry for entry in base.entries}
    mine = {entry.key: entry for entry in commented.entries}
    found: dict[Key, Key] = {}
    for entry, other in _find_replacements(base, replaced):
        kept = mine.get(entry.key)
        is_free = other.key not in old and other.key not in mine
        is_commented = kept and _list_words(kept) != _list_words(entry)
        if is_free and is_commented and _is_similar(entry, other):
            found[entry.key] = other.key
    return found


def _find_replacements(base: Block, side: Block) -> Iterator[tuple[Entry, Entry]]:
    """Find each entry of the base that a side replaced by one of another key."""
    from difflib import SequenceMatcher

    old, new = ([entry.key for entry in block.entries] for block in (base, side))
    if set(old) <= set(new):
        return
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "replace" and b - a == d - c:
            yield from zip(base.entries[a:b], side.entries[c:d], strict=True)


def _is_similar(entry: Entry, other: Entry) -> bool:
    from difflib import SequenceMatcher

    one, two = ("".join(_list_words(each)) for each in (entry, other))
    is_short = max(len(one), len(two)) <= MAX_COMPARED_CHARS
    return is_short and SequenceMatcher(None, one, two).ratio() >= MIN_SIMILARITY


def _set_keys(block: Block, new: Mapping[Key, Key]) -> Block:
    if not new:
        return block
    entries = (replace(entry, key=new.get(entry.key, entry.key)) for entry in block.entries)
    return replace(block, entries=tuple(entries))


def _choose_frame(base: Block, ours: Block, theirs: Block) -> Block:
    """Choose the side whose layout is kept: ours, unless only theirs spread it over lines."""
    if not ours.commas or not theirs.entries:
        return ours
    only_theirs = bool(base.open) and ours.is_spread == base.is_spread != theirs.is_spread
    return theirs if only_theirs or not ours.entries else ours


def _set_off(ours: Block, theirs: Block) -> Block:
    """Put a blank line above the first entry of theirs if all entries below it have one."""
    first, *below = theirs.entries or (None,)
    if first is None or not ours.entries or not below or theirs.commas:
        return theirs
    if first.key in {entry.key for entry in ours.entries} or first.lead.startswith("\n"):
        return theirs
    if not all(e.lead.startswith("\n") for e in below):
        return theirs
    return replace(theirs, entries=(replace(first, lead="\n" + first.lead), *below))


def _check_deletions(
    base: dict[Key, Entry], ours: dict[Key, Entry], theirs: dict[Key, Entry]
) -> None:
    for key, entry in base.items():
        for side, other in ((ours, theirs), (theirs, ours)):
            if key not in side and key in other and _list_words(other[key]) != _list_words(entry):
                raise Conflict("one side deleted what the other edited")


def _list_words(entry: Entry) -> list[str]:
    return [*list_comment_lines(entry.lead), *entry.text.split(), *entry.after.split()]


def _merge_entries(
    sides: tuple[Entry | None, Entry | None, Entry | None], frame: Block, other: Block
) -> Entry:
    base, ours, theirs = sides
    if theirs is None or ours is None:
        entry = theirs or ours
        assert entry is not None  # noqa: S101 - every key stems from one side
        return _move(entry, other, frame) if theirs else entry
    base = base or Entry(ours.key, "", "", EMPTY if isinstance(ours.value, Block) else "")
    lead = _merge_trivia(base.lead, ours.lead, theirs.lead, frame)
    after = _merge_text(base.after, ours.after, theirs.after)
    if theirs.text in (ours.text, base.text):
        return replace(ours, lead=lead, after=after)
    if ours.text == base.text:
        return replace(_move(theirs, other, frame), lead=lead, after=after)
    return replace(
        ours,
        lead=lead,
        head=_merge_text(base.head, ours.head, theirs.head),
        value=_merge_values(base.value, ours.value, theirs.value),
        tail=_merge_text(base.tail, ours.tail, theirs.tail),
        after=after,
    )


def _merge_values(base: str | Block, ours: str | Block, theirs: str | Block) -> str | Block:
    if isinstance(ours, Block) and isinstance(theirs, Block):
        return merge_outlines(base if isinstance(base, Block) else EMPTY, ours, theirs)
    if isinstance(ours, str) and isinstance(theirs, str):
        return _merge_text(base if isinstance(base, str) else "", ours, theirs)
    raise Conflict("a value changed its kind")


def _merge_text(base: str, ours: str, theirs: str) -> str:
    """Merge three texts that cannot be cut further; a change of blank space is ignored."""
    if ours != base and theirs.split() in (base.split(), ours.split()):
        return ours
    if ours.split() == base.split():
        return theirs
    raise Conflict("both sides changed one text")


def _merge_trivia(base: str, ours: str, theirs: str, frame: Block) -> str:
    """Merge the comments between two entries."""
    if ours == base:
        return theirs
    before, mine, new = map(list_comment_lines, (base, ours, theirs))
    if new in (before, mine):
        return ours if frame.commas else _merge_blank_lines(base, ours, theirs)
    if mine == before:
        return theirs
    if frame.commas:
        raise Conflict("both sides changed the comments at one place")
    lines = merge_keys("list", before, mine, new)
    space = ours[: len(ours) - len(ours.lstrip("\n"))]
    return space + "".join(f"{frame.indent}{line}\n" for line in lines)


def _merge_blank_lines(base: str, ours: str, theirs: str) -> str:
    """Keep the comments of ours, with the blank lines around them that only theirs changed."""
    (above, words, below), *others = (_split_blank_lines(text) for text in (ours, base, theirs))
    if not words or not all(side[1] for side in others):
        return ours
    old, new = others
    return (new[0] if above == old[0] else above) + words + (new[2] if below == old[2] else below)


def _split_blank_lines(text: str) -> tuple[str, str, str]:
    """Split into the blank lines above the comments, these, and the blank lines below."""
    lines = split_lines(text)
    used = [at for at, line in enumerate(lines) if line.strip()] or [len(lines)]
    first, last = used[0], used[-1] + 1
    return "".join(lines[:first]), "".join(lines[first:last]), "".join(lines[last:])


def _move(entry: Entry, old: Block, new: Block) -> Entry:
    """Move an entry to a block with another indentation."""
    if old.indent == new.indent:
        return entry
    lead, text = shift(entry.lead, old.indent, new.indent), entry.text
    # Between commas the first line may start inside a line.
    first, newline, rest = text.partition("\n") if old.commas else ("", "", text)
    moved = first + newline + shift(rest, old.indent, new.indent)
    return Entry(entry.key, lead, "", moved, after=entry.after)


def _lay_out(block: Block, frame: Block) -> Block:
    """Lay out a block with commas: each entry on a line of its own, or after a space."""
    may_trail = frame.is_spread or len(block.entries) == 1 or len(frame.entries) > 1
    framed = {entry.key: at for at, entry in enumerate(frame.entries)}
    entries = []
    for at, entry in enumerate(block.entries):
        stood = framed.get(entry.key)
        is_kept = stood is not None and (stood == 0) == (at == 0)
        entries.append(entry if is_kept else replace(entry, lead=_make_lead(entry, at, frame)))
    return replace(block, entries=tuple(entries), trailing=frame.trailing and may_trail)


def _make_lead(entry: Entry, at: int, frame: Block) -> str:
    comments = list_comment_lines(entry.lead)
    if frame.is_spread:
        return "".join(f"\n{frame.indent}{line}" for line in (*comments, ""))
    if comments:
        raise Conflict("a comment needs a line of its own")
    return next((entry.lead for entry in frame.entries[bool(at) :]), " ")
