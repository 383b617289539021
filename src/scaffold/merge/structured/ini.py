"""INI-like files with sections, options and values of several lines; and `.editorconfig`.

They are read as `configparser` reads them, with two exceptions: a comment after a value belongs
to the value, and the order of an `.editorconfig`'s sections matters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from .keys import Conflict, Key, classify
from .meaning import Group
from .outline import Block, Entry, join_lines, make_group, split_lines

HEADER = re.compile(r"\[(?P<name>.+)\][ \t]*\n")
OPTION = re.compile(r"(?P<name>[^\s=:\[#;][^=:\n]*)[=:][ \t]*")
COMMENT = re.compile(r"[ \t]*[#;]")
TRIVIA_LINE = r"(?:[^\S\n]*|[ \t]*[#;][^\n]*)\n"
TRIVIA = re.compile(rf"(?:{TRIVIA_LINE})*")
# A line and those indented below it, with comments and blank lines between them.
OPTION_LINES = re.compile(rf"[^\n]*\n(?:(?:{TRIVIA_LINE})*(?!{TRIVIA_LINE})[^\S\n][^\n]*\n)*")
REQUIREMENTS = frozenset({"install_requires", "setup_requires", "tests_require", "deps"})
# With one of these, a comma may not end an item.
ENCLOSING = frozenset("#;{}()[]\"'\n")
# fmt: off
COMMA_LISTS = frozenset({
    "ignore", "extend_ignore", "select", "extend_select", "exclude", "extend_exclude",
    "disable", "enable", "envlist", "env_list", "omit", "plugins", "skips", "source", "include",
    "disable_error_code", "enable_error_code", "load_plugins", "good_names", "ignored_modules",
    "ignored_classes", "extension_pkg_allow_list", "known_first_party", "known_third_party",
})
# fmt: on
SUFFIXES = frozenset({".ini", ".cfg"})
NAMES = frozenset({".flake8", ".pylintrc", "pylintrc", ".coveragerc", ".pydocstyle", ".bandit"})
EDITORCONFIG = ".editorconfig"
BRACES = re.compile(r"\*\.(?:\{(?P<many>[\w,]+)\}|(?P<one>\w+))")


def outline(text: str) -> Block:
    """Cut an INI file into its outline.

    Raises:
        Conflict: A line is no section, option or comment.
    """
    entries, at, lead = _cut_options(text, 0, "")
    while at < len(text):
        header = HEADER.match(text, at)
        if not header:
            raise Conflict("a line is not understood")
        options, at, close = _cut_options(text, header.end(), header["name"])
        block = Block("map", tuple(options))
        entries.append(Entry(("section", header["name"]), lead, header[0], block))
        lead = close
    return Block("map", tuple(entries), close=lead)


def read_meaning(text: str) -> Group:
    """Read the meaning of an INI file."""
    return make_group(outline(text), _read_value)


def outline_editorconfig(text: str) -> Block:
    """Cut an `.editorconfig`, whose values take one line, into its outline."""
    if any(line[0] in " \t" and line.strip() for line in split_lines(text)):
        raise Conflict("an indented line")
    return replace(outline(text), kind="list")


def read_editorconfig(text: str) -> Group:
    """Read the meaning of an `.editorconfig`: sections in order, since the last match wins."""
    return make_group(outline_editorconfig(text), _read_value)


def list_comments(text: str) -> list[str]:
    """List the comments of an INI file, which are whole lines."""
    return [line.strip() for line in text.split("\n") if COMMENT.match(line)]


def check_editorconfig(base: Group, ours: Group, theirs: Group) -> None:
    """Refuse sections of both sides that give one file two values of one property.

    Raises:
        Conflict: There are such sections.
    """
    for one, mine in _find_changed(base, ours):
        for other, new in _find_changed(base, theirs):
            differ = any(new.items.get(key, value) != value for key, value in mine.items.items())
            if one != other and differ and _may_match(str(one[1]), str(other[1])):
                raise Conflict("both sides set one property of one file")


# ------------------------------------------------------------------------------------- options
def _cut_options(text: str, at: int, section: str) -> tuple[list[Entry], int, str]:
    entries: list[Entry] = []
    while True:
        trivia = TRIVIA.match(text, at)
        start = trivia.end() if trivia else at
        lead = text[at:start]
        found, lines = OPTION.match(text, start), OPTION_LINES.match(text, start)
        if not found or not lines:
            return entries, start, lead
        at, name = lines.end(), found["name"].strip().lower()
        entries.append(_cut_option(section, name, lead, found[0], text[found.end() : at]))


def _cut_option(section: str, name: str, lead: str, head: str, text: str) -> Entry:
    key, value = ("option", name), text.rstrip()
    if (block := _cut_comma_list(name, value)) is not None:
        return Entry(key, lead, head, block, text[len(value) :])
    first, *below = split_lines(text)
    if first.strip() or not below:
        return Entry(key, lead, head, value, text[len(value) :])
    return Entry(key, lead, head + first, _cut_items(below, _find_path(section, name)))


def _cut_comma_list(name: str, value: str) -> Block | None:
    """Cut a list with commas: a known option, or lines that end in a comma."""
    parts = value.removesuffix(",").split(",")
    items = [part.strip() for part in parts]
    leads = [part.removesuffix(item) for part, item in zip(parts, items, strict=True)]
    is_spread = len(items) > 1 and all("\n" in lead for lead in leads[1:])
    is_known = name.replace("-", "_") in COMMA_LISTS and "\n" not in value
    is_plain = all(items) and not ENCLOSING & set("".join(items)) and not "".join(leads).strip()
    if not is_plain or not (is_spread or is_known):
        return None
    kind, keys = classify((name,), items)
    rows = zip(keys, leads, items, strict=True)
    entries = tuple(Entry(key, lead, "", item) for key, lead, item in rows)
    indent = leads[-1].rpartition("\n")[2]
    return Block(kind, entries, indent=indent, commas=True, trailing=value.endswith(","))


def _cut_items(below: Sequence[str], path: tuple[Key, ...]) -> Block:
    """Cut the lines below an option without a value on its own line; each is an item."""
    leads, texts = zip(*[*join_lines("".join(below), _is_trivia)][:-1], strict=True)
    kind, keys = classify(path, [" ".join(text.split()) for text in texts])
    rows = zip(keys, leads, texts, strict=True)
    indent = texts[0][: len(texts[0]) - len(texts[0].lstrip())]
    entries = (Entry(key, lead, "", text) for key, lead, text in rows)
    return Block(kind, tuple(entries), indent=indent)


def _find_path(section: str, option: str) -> tuple[Key, ...]:
    is_extra = section.endswith("extras_require")
    return ("dependencies",) if is_extra or option in REQUIREMENTS else (section, option)


def _is_trivia(line: str) -> bool:
    return not line.strip() or COMMENT.match(line) is not None


def _read_value(entry: Entry) -> Group | str:
    if isinstance(entry.value, str):
        lines = entry.value.split("\n")
        return "\n".join(line.strip() for line in lines if not COMMENT.match(line))
    if isinstance(entry.key, tuple) and entry.key[0] == "section":
        return make_group(entry.value, _read_value)
    items = {item.key: " ".join(item.text.split()) for item in entry.value.entries}
    return Group(entry.value.kind, items)


# --------------------------------------------------------------------------------- editorconfig
def _find_changed(base: Group, side: Group) -> Iterator[tuple[tuple[str, str], Group]]:
    for key, section in side.items.items():
        if isinstance(section, Group) and isinstance(key, tuple):
            old = base.items.get(key)
            known = old.items if isinstance(old, Group) else {}
            changed = {k: v for k, v in section.items.items() if known.get(k) != v}
            yield (str(key[0]), str(key[1])), Group("map", changed)


def _may_match(one: str, other: str) -> bool:
    """Tell whether two patterns may match one file; True where that is not clear."""
    endings = [_list_endings(pattern) for pattern in (one, other)]
    if all(endings):
        return bool(endings[0] & endings[1])
    for name, pattern, known in ((one, other, endings[1]), (other, one, endings[0])):
        if not re.search(r"[*?\[\\{]", name) and known:
            return any(fnmatchcase(name, f"*.{ending}") for ending in known) or pattern == name
    return bool(re.search(r"[*?\[\\{]", one + other)) or one == other


def _list_endings(pattern: str) -> set[str]:
    found = BRACES.fullmatch(pattern)
    return set((found["many"] or found["one"]).split(",")) if found else set()
