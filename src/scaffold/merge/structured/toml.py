"""TOML files: tables as they stand one below the other, keys, arrays and inline tables."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .keys import Conflict, Key, classify, parsing
from .meaning import from_data
from .outline import Block, Entry
from .scanner import Dialect, scan

STRING = r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\''
PART = r'(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\')'
NAME = rf"{PART}(?:[ \t]*\.[ \t]*{PART})*"
HEADER = re.compile(rf"[ \t]*(?P<open>\[\[?)[ \t]*(?P<name>{NAME})[ \t]*\]\]?[ \t]*(?:#[^\n]*)?\n")
TRIVIA = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*")
REST = re.compile(r"[ \t]*(?:#[^\n]*)?\n")
TOKEN = re.compile(rf"{STRING}|(?P<comment>#[^\n]*)", re.DOTALL)


def meaning(text: str) -> Any:
    """The meaning of a TOML text."""
    return from_data(_load(text))


def comments(text: str) -> list[str]:
    """The comments of a TOML text."""
    return [token["comment"].strip() for token in TOKEN.finditer(text) if token["comment"]]


# A number longer than Python reads is a plain ValueError.
@parsing(ValueError)
def _load(text: str) -> dict[str, Any]:
    return tomllib.loads(text)


def _name(key: str) -> tuple[Key, ...]:
    path: list[Key] = []
    data: Any = _load(key.rstrip().removesuffix("=") + "=0")
    while isinstance(data, dict):
        name, data = next(iter(data.items()))
        path.append(name)
    return tuple(path)


DIALECT = Dialect(
    value=re.compile(rf"{STRING}|[^\s,\]}}#][^,\]}}#\n]*(?<![ \t])", re.DOTALL),
    key=re.compile(rf"{NAME}[ \t]*=[ \t]*"),
    load=lambda text: _load("value = " + text)["value"],
    name=_name,
)
KEY = re.compile(rf"[ \t]*{NAME}[ \t]*=[ \t]*")


@dataclass(frozen=True)
class Section:
    """A header with the keys below it."""

    path: tuple[Key, ...]
    is_item: bool
    lead: str
    header: str
    keys: tuple[Entry, ...]

    def named_keys(self) -> Iterator[tuple[tuple[Key, ...], Entry]]:
        """The keys, each after its path."""
        return ((_name(entry.head), entry) for entry in self.keys)

    @property
    def text(self) -> str:
        """The section without what stands above it."""
        return self.header + "".join(entry.lead + entry.text for entry in self.keys)


def outline(text: str) -> Block:
    """The outline of a TOML text."""
    sections, close = cut_sections(text)
    groups = list(_grouped(sections[1:]))
    items: dict[tuple[Key, ...], list[Any]] = {}
    for group in groups:
        if group[0].is_item:
            items.setdefault(group[0].path, []).append(_data(group))
    names = {path: iter(classify(path, values)[1]) for path, values in items.items()}
    entries = [_entry(group, names) for group in groups]
    return Block("map", (*sections[0].keys, *entries), close=close)


def cut_sections(text: str) -> tuple[list[Section], str]:
    """The keys before the first header as a section without one, then the others."""
    sections: list[Section] = []
    path: tuple[Key, ...] = ()
    is_item, lead, header, at = False, "", "", 0
    while True:
        keys, at, trivia = _keys(text, at, path)
        sections.append(Section(path, is_item, lead, header, tuple(keys)))
        found = HEADER.match(text, at)
        if not found:
            break
        path, is_item = _name(found["name"]), found["open"] == "[["
        lead, header, at = trivia, found[0], found.end()
    if at < len(text):
        raise Conflict("something unknown stands on a line of its own")
    return sections, trivia


def _keys(text: str, at: int, path: tuple[Key, ...]) -> tuple[list[Entry], int, str]:
    entries: list[Entry] = []
    while True:
        trivia = TRIVIA.match(text, at)
        start = trivia.end() if trivia else at
        key = KEY.match(text, start)
        if not key:
            return entries, start, text[at:start]
        name = _name(key[0])
        value, end = scan(DIALECT, text, key.end(), (*path, *name))
        rest = REST.match(text, end)
        if not rest:
            raise Conflict("something unknown stands behind a value")
        entries.append(Entry(("key", name), text[at:start], key[0], value, rest[0]))
        at = rest.end()


def _grouped(sections: list[Section]) -> Iterator[list[Section]]:
    """Sections, an item of an array of tables together with the tables inside it."""
    group: list[Section] = []
    for section in sections:
        owner = group[0] if group and group[0].is_item else None
        inside = owner and section.path[: len(owner.path)] == owner.path
        if inside and owner and len(section.path) > len(owner.path):
            group.append(section)
            continue
        if group:
            yield group
        group = [section]
    if group:
        yield group


def _data(group: list[Section]) -> Any:
    first, *others = group
    data: Any = _load(first.text + "".join(section.lead + section.text for section in others))
    for name in first.path:
        data = data[name]
    return data[0]


def _entry(group: list[Section], names: dict[tuple[Key, ...], Iterator[Key]]) -> Entry:
    first, *others = group
    name = next(names[first.path]) if first.is_item else None
    if any(section.is_item for section in others):
        text = "".join(section.lead + section.text for section in group)[len(first.lead) :]
        return Entry(("table", first.path, name), first.lead, "", text)
    tables = [_entry([section], names) for section in others]
    block = Block("map", (*first.keys, *tables))
    return Entry(("table", first.path, name), first.lead, first.header, block)
