"""YAML files, Hydra configs among them, read as OmegaConf reads them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from ...host import MERGE, MOST, make_loader
from . import scanner
from .brackets import Span, cut
from .keys import Conflict, Key, classify, parsing
from .meaning import Group, Tagged, from_data
from .outline import Block, Entry
from .scanner import indentation

if TYPE_CHECKING:
    from yaml import Node

# An anchor or a tag before a collection, and what may stand behind it.
PROPERTIES = re.compile(r"(?:[&!]\S*(?:\s|#[^\n]*(?=\n))*)*")
OWN_TAGS = frozenset(
    {"int", "float", "bool", "null", "timestamp", "binary", "omap", "pairs", "set"}
)
ALIAS = "alias"
LOADER = partial(make_loader, exact=True, as_omegaconf=True, unique_keys=True)


def meaning(text: str) -> Any:
    """The meaning of a YAML text to OmegaConf."""
    return from_data(_load(text)[1])


def outline(text: str) -> Block:
    """The outline of a YAML text.

    Raises:
        Conflict: It has a layout that is not understood.
    """
    import yaml

    root, data = _load(text)
    if root is None or not isinstance(root, yaml.CollectionNode):
        raise Conflict("not a mapping or a sequence")
    source = Source(text)
    if not _is_block(root):
        value = source.flow(root, data, ())
        start, end = source.begin(root), root.end_mark.index
        return Block("map", (Entry("document", "", text[:start], value, text[end:]),))
    return source.block(source.parts(root, data, ()), 0, len(source.lines))


def comments(text: str) -> list[str]:
    """The comments of a YAML text."""
    found, at = [], 0
    for token in _tokens(text):
        gap = text[at : token.start_mark.index]
        found += [line[line.index("#") :].strip() for line in gap.splitlines() if "#" in line]
        at = max(at, token.end_mark.index)
    return found


def check(base: Any, ours: Any, theirs: Any) -> None:
    """Refuse two changes of a defaults list of which one gives `_self_` its place.

    Raises:
        Conflict: One side does, and the other changed the list too.
    """
    lists = [_defaults(side) for side in (base, ours, theirs)]
    is_placed = [("text", "_self_") in side for side in lists]
    if len(set(is_placed)) > 1 and lists[0] not in lists[1:] and lists[1] != lists[2]:
        raise Conflict("one side gave _self_ a place, the other changed the defaults")


def _defaults(meaning: Any) -> list[Key]:
    found = meaning.items.get(("str", "defaults")) if isinstance(meaning, Group) else None
    return list(found.items) if isinstance(found, Group) else []


def _load(text: str) -> tuple[Any, Any]:
    """The root node of a text, in which aliases are as they are written, and its data.

    Raises:
        Conflict: It does not parse, or its aliases stand for too much.
    """
    import yaml

    for token in _tokens(text):
        is_tag = isinstance(token, yaml.TagToken) and token.value[0] == "!!"
        # PyYAML fails in many ways over a tag of its own on what it cannot be.
        if isinstance(token, yaml.DirectiveToken) or (is_tag and token.value[1] in OWN_TAGS):
            raise Conflict("directives, and tags that change a scalar, are left to people")
    # A number or date that Python cannot hold is a plain ValueError.
    with parsing(yaml.YAMLError, ValueError):
        _size(yaml.compose(text, Loader=LOADER()), {})
        data = yaml.load(text, Loader=_tagging())  # noqa: S506 - a safe one
        return yaml.compose(text, Loader=_unresolved()), data


def _size(node: Any, sizes: dict[int, int]) -> int:
    """How many values a node stands for, each as often as it is named."""
    if not node or not isinstance(node.value, list):
        return 1
    if id(node) not in sizes:
        sizes[id(node)] = MOST  # until it is known; a node that holds itself is too large
        parts = (part for item in node.value for part in (item if type(item) is tuple else [item]))
        sizes[id(node)] = 1 + sum(_size(part, sizes) for part in parts)
    if sizes[id(node)] > MOST:
        raise Conflict("aliases stand for too much")
    return sizes[id(node)]


@cache
def _tagging() -> Any:
    """The loader of data; a tag that YAML does not know stays with its value."""
    from yaml import MappingNode, ScalarNode

    class Loader(LOADER()):  # type: ignore[misc]
        pass

    def construct(self: Any, tag: str, node: Any) -> Tagged:
        if isinstance(node, ScalarNode):
            return Tagged(tag, self.construct_scalar(node))
        is_mapping = isinstance(node, MappingNode)
        read = self.construct_mapping if is_mapping else self.construct_sequence
        return Tagged(tag, read(node, deep=True))

    Loader.add_multi_constructor("", construct)
    return Loader


@cache
def _unresolved() -> Any:
    """The loader of nodes; an alias is a scalar of its own, where it stands."""
    from yaml import AliasEvent, ScalarNode

    class Loader(LOADER()):  # type: ignore[misc]
        def compose_node(self, parent: Any, index: Any) -> Any:
            if not self.check_event(AliasEvent):
                return super().compose_node(parent, index)
            event = self.get_event()
            return ScalarNode(ALIAS, event.anchor, event.start_mark, event.end_mark)

    return Loader


def _tokens(text: str) -> list[Any]:
    import yaml

    with parsing(yaml.YAMLError):
        return list(yaml.scan(text, Loader=LOADER()))


class Part(NamedTuple):
    """An item of a collection: its identity, the node it starts with, its value and its data."""

    name: Key
    first: Node
    value: Node
    data: Any
    path: tuple[Key, ...]


class Source(scanner.Source):
    """The text that the marks of nodes point into."""

    def block(self, parts: Parts, first: int, end: int, prefix: str = "") -> Block:
        """The block of a collection that fills the lines from ``first`` to before ``end``.

        Args:
            parts: The collection's items.
            first: Its first line.
            end: The line behind its last one.
            prefix: What stands in for the text before it, where it starts inside a line.
        """
        entries: list[Entry] = []
        at = first
        lines = [self._line(part.first, parts.column) for part in parts.items]
        for part, line, stop in zip(parts.items, lines, [*lines[1:], end], strict=True):
            split = min(
                self.split(_last_line(part.value, self.lines) + 1, parts.column, stop), stop
            )
            lead = self.slice(at, line)
            entries.append(self._entry(part, lead, line, split, prefix))
            at, prefix = split, ""
        close = self.slice(at, end)
        return Block(parts.kind, tuple(entries), close=close, indent=" " * parts.column)

    def parts(self, node: Node, data: Any, path: tuple[Key, ...]) -> Parts:
        """The items of a collection."""
        from yaml import MappingNode

        data = data.value if isinstance(data, Tagged) else data
        begin = self.begin(node)
        column = begin - self.text.rfind("\n", 0, begin) - 1
        if not isinstance(node, MappingNode):
            kind, keys = classify(path, data)
            rows = zip(keys, node.value, data, strict=True)
            below = (*path, "*")
            items = [Part(key, item, item, value, below) for key, item, value in rows]
            return Parts(kind, items, column)
        items = []
        for first, value in node.value:
            if first.tag == MERGE:
                if _is_block(value):
                    raise Conflict("a merge key with lines below it")
                items.append(Part((MERGE,), first, value, None, path))
                continue
            key = _key(first)
            items.append(Part((type(key).__name__, key), first, value, data[key], (*path, key)))
        return Parts("map", items, column)

    def begin(self, node: Node) -> int:
        """Where a node starts: a collection behind its anchor and its tag."""
        start: int = node.start_mark.index
        if not _is_collection(node):
            return start
        first = node.value[0] if node.value else None
        if _is_block(node) and isinstance(first, tuple):
            return int(first[0].start_mark.index)
        found = PROPERTIES.match(self.text, start)
        return found.end() if found else start

    def flow(self, node: Node, data: Any, path: tuple[Key, ...]) -> Block:
        """The block of a collection in brackets."""
        parts = self.parts(node, data, path)
        start, end = self.begin(node), node.end_mark.index
        spans = [
            Span(
                part.first.start_mark.index,
                part.value.end_mark.index,
                part.name,
                self.text[part.first.start_mark.index : self.begin(part.value)],
                self._value(part),
            )
            for part in parts.items
        ]
        indent = indentation(self.text, start)
        return cut(self.text, start, end, spans, kind=parts.kind, indent=indent)

    def _value(self, part: Part) -> str | Block:
        # What a merge key brings has no data of its own.
        if _is_collection(part.value) and part.data is not None:
            return self.flow(part.value, part.data, part.path)
        return self.text[part.value.start_mark.index : part.value.end_mark.index]

    def _entry(self, part: Part, lead: str, line: int, split: int, prefix: str) -> Entry:
        start, stop = self.starts[line] + len(prefix), self.starts[split]
        value = part.value
        if not _is_block(value):
            begin, end = self.begin(value), min(value.end_mark.index, stop)
            text = self._value(part)
            text = text[: end - begin] if isinstance(text, str) else text
            head = prefix + self.text[start:begin]
            return Entry(part.name, lead, head, text, self.text[end:stop])
        parts = self.parts(value, part.data, part.path)
        if self.begin(value) >= self.starts[line + 1]:
            head = prefix + self.text[start : self.starts[line + 1]]
            return Entry(part.name, lead, head, self.block(parts, line + 1, split))
        head = prefix + self.text[start : self.begin(value)]
        block = self.block(parts, line, split, " " * parts.column)
        return Entry(part.name, lead, head, block, inline=True)

    def _line(self, node: Node, column: int) -> int:
        """The line that an item starts on: its dash may stand above it."""
        line = node.start_mark.line
        while node.start_mark.column != column and self.lines[line][column : column + 1] != "-":
            line -= 1
            if line < 0:
                raise Conflict("an item starts in a column of its own")
        return line


class Parts(NamedTuple):
    """The items of a collection, its kind, and the column that it starts in."""

    kind: str
    items: list[Part]
    column: int


def _key(node: Node) -> Any:
    """What a key is in Python."""
    from yaml import YAMLError

    with parsing(YAMLError, ValueError):
        return LOADER()("").construct_object(node, deep=True)


def _is_collection(node: Node) -> bool:
    from yaml import CollectionNode

    return isinstance(node, CollectionNode)


def _is_block(node: Node) -> bool:
    from yaml import CollectionNode

    return isinstance(node, CollectionNode) and not node.flow_style


def _last_line(node: Node, lines: Sequence[str]) -> int:
    while _is_block(node):
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    line: int = node.end_mark.line
    if getattr(node, "style", None) not in ("|", ">"):
        return line
    # A literal text ends where the next line begins; blank lines below it are nobody's.
    line -= 1
    while not lines[line].strip():
        line -= 1
    return line
