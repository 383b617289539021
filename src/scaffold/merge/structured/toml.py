"""TOML files: tables one below the other, keys, arrays and inline tables."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .keys import Conflict, Key, classify, convert_parse_errors
from .meaning import make_meaning
from .outline import Block, Entry
from .scanner import Dialect, scan

STRING = r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\''
NAME_PART = r'(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\')'
NAME = rf"{NAME_PART}(?:[ \t]*\.[ \t]*{NAME_PART})*"
HEADER = re.compile(rf"[ \t]*(?P<open>\[\[?)[ \t]*(?P<name>{NAME})[ \t]*\]\]?[ \t]*(?:#[^\n]*)?\n")
TRIVIA = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*")
REST = re.compile(r"[ \t]*(?:#[^\n]*)?\n")
TOKEN = re.compile(rf"{STRING}|(?P<comment>#[^\n]*)", re.DOTALL)


def read_meaning(text: str) -> Any:
    """Read the meaning of a TOML text."""
    return make_meaning(_load(text))


def list_comments(text: str) -> list[str]:
    """List the comments of a TOML text."""
    return [token["comment"].strip() for token in TOKEN.finditer(text) if token["comment"]]


# A number longer than Python reads is a plain ValueError.
@convert_parse_errors(ValueError)
def _load(text: str) -> dict[str, Any]:
    return tomllib.loads(text)


def _split_name(key: str) -> tuple[Key, ...]:
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
    name=_split_name,
)
KEY = re.compile(rf"[ \t]*{NAME}[ \t]*=[ \t]*")


@dataclass(frozen=True)
class TomlTable:
    """A table: its header and the keys below it."""

    path: tuple[Key, ...]
    is_item: bool
    lead: str
    header: str
    keys: tuple[Entry, ...]

    def list_keys(self) -> Iterator[tuple[tuple[Key, ...], Entry]]:
        """List each key after its path."""
        return ((_split_name(entry.head), entry) for entry in self.keys)

    @property
    def text(self) -> str:
        """The table without the comments above it."""
        return self.header + "".join(entry.lead + entry.text for entry in self.keys)


def outline(text: str) -> Block:
    """Cut a TOML text into its outline."""
    tables, close = cut_toml_tables(text)
    groups = _group_tables(tables[1:])
    items: dict[tuple[Key, ...], list[Any]] = {}
    for group in groups:
        if group[0].is_item:
            items.setdefault(group[0].path, []).append(_load_group(group))
    names = {path: iter(classify(path, values)[1]) for path, values in items.items()}
    entries = [_make_entry(group, names) for group in groups]
    return Block("map", (*tables[0].keys, *entries), close=close)


def cut_toml_tables(text: str) -> tuple[list[TomlTable], str]:
    """Cut a text into tables; the keys before the first header are a table without a header."""
    tables: list[TomlTable] = []
    path: tuple[Key, ...] = ()
    is_item, lead, header, at = False, "", "", 0
    while True:
        keys, at, trivia = _cut_keys(text, at, path)
        tables.append(TomlTable(path, is_item, lead, header, tuple(keys)))
        found = HEADER.match(text, at)
        if not found:
            break
        path, is_item = _split_name(found["name"]), found["open"] == "[["
        lead, header, at = trivia, found[0], found.end()
    if at < len(text):
        raise Conflict("a line is not understood")
    return tables, trivia


def _cut_keys(text: str, at: int, path: tuple[Key, ...]) -> tuple[list[Entry], int, str]:
    entries: list[Entry] = []
    while True:
        trivia = TRIVIA.match(text, at)
        start = trivia.end() if trivia else at
        key = KEY.match(text, start)
        if not key:
            return entries, start, text[at:start]
        name = _split_name(key[0])
        value, end = scan(DIALECT, text, key.end(), (*path, *name))
        rest = REST.match(text, end)
        if not rest:
            raise Conflict("the text after a value is not understood")
        entries.append(Entry(("key", name), text[at:start], key[0], value, rest[0]))
        at = rest.end()


def _group_tables(tables: list[TomlTable]) -> list[list[TomlTable]]:
    """Group tables: an item of an array of tables together with the tables inside it."""
    groups: list[list[TomlTable]] = []
    for table in tables:
        if groups and groups[-1][0].is_item and _is_inside(table, groups[-1][0]):
            groups[-1].append(table)
        else:
            groups.append([table])
    return groups


def _is_inside(table: TomlTable, owner: TomlTable) -> bool:
    depth = len(owner.path)
    return len(table.path) > depth and table.path[:depth] == owner.path


def _load_group(group: list[TomlTable]) -> Any:
    first, *others = group
    data: Any = _load(first.text + "".join(table.lead + table.text for table in others))
    for name in first.path:
        data = data[name]
    return data[0]


def _make_entry(group: list[TomlTable], names: dict[tuple[Key, ...], Iterator[Key]]) -> Entry:
    first, *others = group
    name = next(names[first.path]) if first.is_item else None
    if any(table.is_item for table in others):
        text = "".join(table.lead + table.text for table in group)[len(first.lead) :]
        return Entry(("table", first.path, name), first.lead, "", text)
    tables = [_make_entry([table], names) for table in others]
    block = Block("map", (*first.keys, *tables))
    return Entry(("table", first.path, name), first.lead, first.header, block)
