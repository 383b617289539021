"""Files that are a sequence of lines: ignore files, git attributes, requirements."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from .keys import Conflict, Key, identify_requirement, merge_keys
from .meaning import Group
from .outline import Block, Entry, join_lines, make_group

COMMENT = re.compile(r"(?:^|(?<=\s))#[^\n]*", re.MULTILINE)


def _cut_lines(
    text: str,
    identity: Callable[[str], Key],
    *,
    split: Callable[[str], tuple[str, str]] = lambda line: (line, ""),
    continued: bool = False,
) -> Block:
    *lines, (close, _) = join_lines(
        text, lambda line: not line.strip() or line.startswith("#"), continued=continued
    )
    entries = (Entry(identity(line.rstrip("\n")), lead, "", *split(line)) for lead, line in lines)
    return Block("set", tuple(entries), close=close)


def outline_ignore(text: str) -> Block:
    """Cut an ignore file into its outline; a repeated line is known by its number."""
    block = _cut_lines(text, lambda line: line)
    seen: Counter[Key] = Counter()
    entries: list[Entry] = []
    for entry in block.entries:
        entries.append(replace(entry, key=(entry.key, seen[entry.key])))
        seen[entry.key] += 1
    return replace(block, entries=tuple(entries))


def read_ignore(text: str) -> Group:
    """Read the meaning of an ignore file: patterns in order, since the last match wins."""
    return make_group(outline_ignore(text), lambda entry: entry.text)


def outline_attributes(text: str) -> Block:
    """Cut git attributes into their outline; a line is known by its pattern."""
    return replace(_cut_lines(text, lambda line: line.split()[0]), kind="list")


def read_attributes(text: str) -> Group:
    """Read the meaning of git attributes."""
    return make_group(outline_attributes(text), lambda entry: tuple(entry.text.split()[1:]))


def outline_requirements(text: str) -> Block:
    """Cut a requirements file into its outline; a line is known by its package."""
    return _cut_lines(text, _identify_line, split=_split_comment, continued=True)


def read_requirements(text: str) -> Group:
    """Read the meaning of a requirements file."""
    return make_group(outline_requirements(text), lambda entry: _remove_comments(entry.text))


def list_comments(text: str) -> list[str]:
    """List the comments of an ignore file, which are whole lines."""
    return [line.strip() for line in text.split("\n") if line.startswith("#")]


def list_requirements_comments(text: str) -> list[str]:
    """List the comments of a requirements file."""
    return [found.strip() for found in COMMENT.findall(text)]


def check_ignore(base: Group, ours: Group, theirs: Group) -> None:
    """Refuse changes whose order decides: exceptions of one side that the other may match.

    Raises:
        Conflict: There is such a pair, or there are exceptions and the order is not clear.
    """
    sides: list[list[Any]] = [list(side.items) for side in (base, ours, theirs)]
    if any(pattern.startswith("!") for side in sides for pattern, _ in side):
        merge_keys("list", *sides)
        if any(number for side in sides for _, number in side):
            raise Conflict("a line is there twice among exceptions")
    mine, new = ([pattern for pattern, _ in _find_added(base, side)] for side in (ours, theirs))
    for one in mine:
        for other in new:
            if one != other and "!" in (one[0], other[0]) and _may_overlap(one, other):
                raise Conflict("an exception of one side may match what the other ignores")


def check_attributes(base: Group, ours: Group, theirs: Group) -> None:
    """Refuse two different lines whose patterns may match one file.

    Raises:
        Conflict: There are such lines.
    """
    mine, new = (_find_added(base, side) for side in (ours, theirs))
    for one in mine:
        for other in new:
            if one != other and ours.items[one] != theirs.items[other] and _may_match(one, other):
                raise Conflict("both sides give attributes to one file")


def _find_added(base: Group, side: Group) -> list[Any]:
    return [key for key, item in side.items.items() if base.items.get(key) != item]


def _split_pattern(pattern: str) -> set[str]:
    return set(pattern.lstrip("!").strip().split("/")) - {""}


def _may_overlap(one: str, other: str) -> bool:
    parts = _split_pattern(one), _split_pattern(other)
    is_glob = any(re.search(r"[*?\[\\]", part) for side in parts for part in side)
    return is_glob or bool(parts[0] & parts[1])


def _may_match(one: str, other: str) -> bool:
    """Tell whether two patterns may match one file, unless both are an ending or a plain name."""
    plain = [re.fullmatch(r"\*\.(\w+)", pattern) for pattern in (one, other)]
    if all(plain):
        return one == other
    return bool(re.search(r"[*?\[\\!]", one + other)) or bool(
        _split_pattern(one) & _split_pattern(other)
    )


def _identify_line(line: str) -> Key:
    text = _remove_comments(line)
    if not text.startswith("-"):
        return identify_requirement(text.partition(" --")[0]) or ("text", text)
    option, _, value = text.replace("=", " ", 1).partition(" ")
    is_single = option in ("-i", "--index-url", "--no-index")
    return ("option", option, "" if is_single else value.strip())


def _split_comment(line: str) -> tuple[str, str]:
    """Split a requirement from the comment on its last line."""
    last = line.rfind("\n", 0, -1) + 1
    found = COMMENT.search(line, last)
    value = line[: found.start() if found else None].rstrip()
    return value, line[len(value) :]


def _remove_comments(text: str) -> str:
    return " ".join(COMMENT.sub("", text.replace("\\\n", " ")).split())
