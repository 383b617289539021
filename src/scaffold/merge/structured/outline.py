"""A text cut into nested entries, no character left out, and the three-way merge of three outlines.

The merge keeps the pieces of ours as they stand, with their comments and layout, and takes from
theirs what theirs changed. It only proposes: whether the proposal is right is decided elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from .keys import Conflict, Key, merge_keys


@dataclass(frozen=True)
class Entry:
    """One entry of a block.

    Attributes:
        key: Its identity in the block.
        lead: Blank space and comments above it.
        head: Its text up to its value.
        value: What may be merged on its own; a block where it can be looked into.
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
        """The entry without what stands above it."""
        if not isinstance(self.value, Block):
            return self.head + self.value + self.tail
        text = self.value.text
        if self.inline:
            # The first line of the block is stored as if it were indented like the others.
            if text[: len(self.head)].strip(" "):
                raise Conflict("nothing may stand before the first entry of an inline block")
            text = text[len(self.head) :]
        return self.head + text + self.tail


@dataclass(frozen=True)
class Block:
    """A sequence of entries: whole lines, or parts between commas.

    Attributes:
        kind: What the order means, see `keys`.
        entries: The entries.
        open: What stands before the first entry.
        close: What stands after the last one.
        indent: What the lines of its entries start with.
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
        """Whether the entries stand on lines of their own."""
        return any("\n" in entry.lead for entry in self.entries)


EMPTY = Block("")
# Kinds whose keys are names, or places: an entry with another one is another entry.
NAMED = frozenset({"map", "row", "call", "parameters"})
ALIKE = 0.5
LONGEST = 500  # characters of an entry that is compared


def merge(base: Block, ours: Block, theirs: Block) -> Block:
    """The outline that holds both sides' changes.

    Raises:
        Conflict: Both sides changed one piece of text differently.
    """
    theirs = theirs if base.entries else _set_off(ours, theirs)
    base, ours, theirs = _paired(base, ours, theirs)
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
    frame = _frame(base, ours, theirs)
    entries = [
        _merge_entry((sides[0].get(key), sides[1].get(key), sides[2].get(key)), frame, theirs)
        for key in order
    ]
    merged = replace(
        frame,
        kind=kind,
        entries=tuple(entries),
        open=_atom(base.open, ours.open, theirs.open),
        close=_trivia(base.close, ours.close, theirs.close, frame),
    )
    return _laid_out(merged, frame) if frame.commas else merged


def split_lines(text: str) -> list[str]:
    """The lines of a text, with their ends; only a newline ends a line."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def joined_lines(
    text: str, is_trivia: Callable[[str], bool], *, continued: bool = True
) -> Iterator[tuple[str, str]]:
    """Each line after what stands above it, at last what stands below all; backslashes go on.

    Raises:
        Conflict: The last line goes on.
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
        raise Conflict("the last line goes on")
    yield lead, ""


def shift(text: str, old: str, new: str) -> str:
    """Indent lines by ``new`` that are indented by ``old``."""
    if old == new:
        return text
    lines = split_lines(text)
    return "".join(new + line[len(old) :] if line.startswith(old) else line for line in lines)


def comment_lines(trivia: str) -> list[str]:
    """The comments in blank space."""
    return [line.strip() for line in trivia.split("\n") if line.strip()]


def _paired(base: Block, ours: Block, theirs: Block) -> tuple[Block, Block, Block]:
    """The blocks, in which an entry has one key where one side replaced and one commented it."""
    if base.kind in NAMED:
        return base, ours, theirs
    new = _renamed(base, ours, theirs)
    base, ours = _with_keys(base, new), _with_keys(ours, new)
    new = _renamed(base, theirs, ours)
    return _with_keys(base, new), ours, _with_keys(theirs, new)


def _renamed(base: Block, commented: Block, replaced: Block) -> dict[Key, Key]:
    """The new key of each entry that one side replaced and the other commented.

    That the other one changed only comments is for the meanings to say.
    """
    old = {entry.key: entry for entry in base.entries}
    mine = {entry.key: entry for entry in commented.entries}
    found: dict[Key, Key] = {}
    for entry, other in _replacements(base, replaced):
        kept = mine.get(entry.key)
        is_free = other.key not in old and other.key not in mine
        if kept and is_free and _words(kept) != _words(entry) and _is_alike(entry, other):
            found[entry.key] = other.key
    return found


def _replacements(base: Block, side: Block) -> Iterator[tuple[Entry, Entry]]:
    """Each entry of the base that stands where a side has one of another key."""
    from difflib import SequenceMatcher

    old, new = ([entry.key for entry in block.entries] for block in (base, side))
    if set(old) <= set(new):
        return
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "replace" and b - a == d - c:
            yield from zip(base.entries[a:b], side.entries[c:d], strict=True)


def _is_alike(entry: Entry, other: Entry) -> bool:
    from difflib import SequenceMatcher

    one, two = ("".join(_words(each)) for each in (entry, other))
    is_short = max(len(one), len(two)) <= LONGEST
    return is_short and SequenceMatcher(None, one, two).ratio() >= ALIKE


def _with_keys(block: Block, new: Mapping[Key, Key]) -> Block:
    if not new:
        return block
    entries = (replace(entry, key=new.get(entry.key, entry.key)) for entry in block.entries)
    return replace(block, entries=tuple(entries))


def _frame(base: Block, ours: Block, theirs: Block) -> Block:
    """The side whose layout is kept: ours, unless only theirs spread it over lines."""
    if not ours.commas or not theirs.entries:
        return ours
    only_theirs = bool(base.open) and ours.is_spread == base.is_spread != theirs.is_spread
    return theirs if only_theirs or not ours.entries else ours


def _set_off(ours: Block, theirs: Block) -> Block:
    """Give what stands at the top of theirs a blank line above, where all below it have one."""
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
            if key not in side and key in other and _words(other[key]) != _words(entry):
                raise Conflict("one side deleted what the other edited")


def _words(entry: Entry) -> list[str]:
    return [*comment_lines(entry.lead), *entry.text.split(), *entry.after.split()]


def _merge_entry(
    sides: tuple[Entry | None, Entry | None, Entry | None], frame: Block, other: Block
) -> Entry:
    base, ours, theirs = sides
    if theirs is None or ours is None:
        entry = theirs or ours
        assert entry is not None  # noqa: S101 - every key stems from one side
        return _moved(entry, other, frame) if theirs else entry
    base = base or Entry(ours.key, "", "", EMPTY if isinstance(ours.value, Block) else "")
    lead = _trivia(base.lead, ours.lead, theirs.lead, frame)
    after = _atom(base.after, ours.after, theirs.after)
    if theirs.text in (ours.text, base.text):
        return replace(ours, lead=lead, after=after)
    if ours.text == base.text:
        return replace(_moved(theirs, other, frame), lead=lead, after=after)
    return replace(
        ours,
        lead=lead,
        head=_atom(base.head, ours.head, theirs.head),
        value=_value(base.value, ours.value, theirs.value),
        tail=_atom(base.tail, ours.tail, theirs.tail),
        after=after,
    )


def _value(base: str | Block, ours: str | Block, theirs: str | Block) -> str | Block:
    if isinstance(ours, Block) and isinstance(theirs, Block):
        return merge(base if isinstance(base, Block) else EMPTY, ours, theirs)
    if isinstance(ours, str) and isinstance(theirs, str):
        return _atom(base if isinstance(base, str) else "", ours, theirs)
    raise Conflict("a value changed its kind")


def _atom(base: str, ours: str, theirs: str) -> str:
    """Merge three texts that cannot be cut further; blank space alone is no change."""
    if theirs in (base, ours):
        return ours
    if ours == base:
        return theirs
    if theirs.split() in (base.split(), ours.split()):
        return ours
    if ours.split() == base.split():
        return theirs
    raise Conflict("both sides changed one text")


def _trivia(base: str, ours: str, theirs: str, frame: Block) -> str:
    """Merge the comments between two entries."""
    if ours == base:
        return theirs
    before, mine, new = comment_lines(base), comment_lines(ours), comment_lines(theirs)
    if new in (before, mine):
        return ours if frame.commas else _spaced(base, ours, theirs)
    if mine == before:
        return theirs
    if frame.commas:
        raise Conflict("both sides changed the comments at one place")
    lines = merge_keys("list", before, mine, new)
    space = ours[: len(ours) - len(ours.lstrip("\n"))]
    return space + "".join(f"{frame.indent}{line}\n" for line in lines)


def _spaced(base: str, ours: str, theirs: str) -> str:
    """The comments of ours, with the blank lines around them that only theirs changed."""
    (above, words, below), *others = (_spaces(text) for text in (ours, base, theirs))
    if not words or not all(side[1] for side in others):
        return ours
    old, new = others
    return (new[0] if above == old[0] else above) + words + (new[2] if below == old[2] else below)


def _spaces(text: str) -> tuple[str, str, str]:
    """The blank lines above the comments, these, and the blank lines below."""
    lines = split_lines(text)
    said = [at for at, line in enumerate(lines) if line.strip()] or [len(lines)]
    first, last = said[0], said[-1] + 1
    return "".join(lines[:first]), "".join(lines[first:last]), "".join(lines[last:])


def _moved(entry: Entry, old: Block, new: Block) -> Entry:
    """An entry as it stands in a block with another indentation."""
    if old.indent == new.indent:
        return entry
    lead, text = shift(entry.lead, old.indent, new.indent), entry.text
    # Between commas the first line starts somewhere in a line.
    first, newline, rest = text.partition("\n") if old.commas else ("", "", text)
    moved = first + newline + shift(rest, old.indent, new.indent)
    return Entry(entry.key, lead, "", moved, after=entry.after)


def _laid_out(block: Block, frame: Block) -> Block:
    """Give each entry of a block with commas its place: a line of its own, or a space."""
    may_trail = frame.is_spread or len(block.entries) == 1 or len(frame.entries) > 1
    framed = {entry.key: at for at, entry in enumerate(frame.entries)}
    entries = []
    for at, entry in enumerate(block.entries):
        stood = framed.get(entry.key)
        is_kept = stood is not None and (stood == 0) == (at == 0)
        entries.append(entry if is_kept else replace(entry, lead=_lead(entry, at, frame)))
    return replace(block, entries=tuple(entries), trailing=frame.trailing and may_trail)


def _lead(entry: Entry, at: int, frame: Block) -> str:
    comments = comment_lines(entry.lead)
    if frame.is_spread:
        return "".join(f"\n{frame.indent}{line}" for line in (*comments, ""))
    if comments:
        raise Conflict("a comment needs a line of its own")
    return next((entry.lead for entry in frame.entries[bool(at) :]), " ")
