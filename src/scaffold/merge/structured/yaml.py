"""YAML files, Hydra configs included: their entries and meaning, read as OmegaConf reads them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from ...host import MAX_YAML_VALUES, YAML_MERGE_TAG, make_loader
from . import scanner
from .brackets import Span, cut_brackets
from .keys import Conflict, Key, classify, convert_parse_errors
from .meaning import Group, Tagged, make_meaning
from .outline import Block, Entry

if TYPE_CHECKING:
    from yaml import Node

# An anchor or a tag before a collection, and the text that may follow it.
PROPERTIES = re.compile(r"(?:[&!]\S*(?:\s|#[^\n]*(?=\n))*)*")
OWN_TAGS = frozenset(
    {"int", "float", "bool", "null", "timestamp", "binary", "omap", "pairs", "set"}
)
ALIAS = "alias"
LOADER = partial(make_loader, exact=True, as_omegaconf=True, unique_keys=True)


def read_meaning(text: str) -> Any:
    """Read the meaning that a YAML text has for OmegaConf."""
    return make_meaning(_load(text)[1])


def outline(text: str) -> Block:
    """Cut a YAML text into its outline.

    Raises:
        Conflict: Its layout is not understood.
    """
    import yaml

    root, data = _load(text)
    if root is None or not isinstance(root, yaml.CollectionNode):
        raise Conflict("not a mapping or a sequence")
    source = YamlSource(text)
    if not _is_block(root):
        value = source.cut_flow(root, data, ())
        start, end = source.find_begin(root), root.end_mark.index
        return Block("map", (Entry("document", "", text[:start], value, text[end:]),))
    return source.cut_block(source.list_items(root, data, ()), 0, len(source.lines))


def list_comments(text: str) -> list[str]:
    """List the comments of a YAML text."""
    found, at = [], 0
    for token in _list_tokens(text):
        gap = text[at : token.start_mark.index]
        found += [line[line.index("#") :].strip() for line in gap.splitlines() if "#" in line]
        at = max(at, token.end_mark.index)
    return found


def check(base: Any, ours: Any, theirs: Any) -> None:
    """Refuse two changes of a defaults list where one of them places `_self_`.

    Raises:
        Conflict: One side placed `_self_`, and the other changed the list too.
    """
    lists = [_list_defaults(side) for side in (base, ours, theirs)]
    is_placed = [("text", "_self_") in side for side in lists]
    if len(set(is_placed)) > 1 and lists[0] not in lists[1:] and lists[1] != lists[2]:
        raise Conflict("one side placed _self_, the other changed the defaults")


def _list_defaults(meaning: Any) -> list[Key]:
    found = meaning.items.get(("str", "defaults")) if isinstance(meaning, Group) else None
    return list(found.items) if isinstance(found, Group) else []


def _load(text: str) -> tuple[Any, Any]:
    """Load the root node of a text, with aliases as they are written, and its data.

    Raises:
        Conflict: It does not parse, or its aliases repeat too many values.
    """
    import yaml

    for token in _list_tokens(text):
        is_tag = isinstance(token, yaml.TagToken) and token.value[0] == "!!"
        # PyYAML fails in many ways on one of its own tags with an impossible value.
        if isinstance(token, yaml.DirectiveToken) or (is_tag and token.value[1] in OWN_TAGS):
            raise Conflict("directives, and tags that change a scalar, are not merged")
    # A number or date that Python cannot hold is a plain ValueError.
    with convert_parse_errors(yaml.YAMLError, ValueError):
        _count_values(yaml.compose(text, Loader=LOADER()), {})
        data = yaml.load(text, Loader=_make_tagging_loader())  # noqa: S506 - a safe one
        return yaml.compose(text, Loader=_make_alias_loader()), data


def _count_values(node: Any, sizes: dict[int, int]) -> int:
    """Count the values of a node; each counts as often as an alias names it."""
    if not node or not isinstance(node.value, list):
        return 1
    if id(node) not in sizes:
        # Until it is known; a node that holds itself is too large.
        sizes[id(node)] = MAX_YAML_VALUES
        pairs = (item if type(item) is tuple else [item] for item in node.value)
        sizes[id(node)] = 1 + sum(_count_values(each, sizes) for pair in pairs for each in pair)
    if sizes[id(node)] > MAX_YAML_VALUES:
        raise Conflict("aliases repeat too many values")
    return sizes[id(node)]


@cache
def _make_tagging_loader() -> Any:
    """Make the loader of data; a tag that YAML does not know stays with its value."""
    from yaml import MappingNode, ScalarNode

    class TaggingLoader(LOADER()):  # type: ignore[misc]
        pass

    def construct(self: Any, tag: str, node: Any) -> Tagged:
        if isinstance(node, ScalarNode):
            return Tagged(tag, self.construct_scalar(node))
        is_mapping = isinstance(node, MappingNode)
        read = self.construct_mapping if is_mapping else self.construct_sequence
        return Tagged(tag, read(node, deep=True))

    TaggingLoader.add_multi_constructor("", construct)
    return TaggingLoader


@cache
def _make_alias_loader() -> Any:
    """Make the loader of nodes; an alias becomes a scalar of its own."""
    from yaml import AliasEvent, ScalarNode

    class AliasLoader(LOADER()):  # type: ignore[misc]
        def compose_node(self, parent: Any, index: Any) -> Any:
            if not self.check_event(AliasEvent):
                return super().compose_node(parent, index)
            event = self.get_event()
            return ScalarNode(ALIAS, event.anchor, event.start_mark, event.end_mark)

    return AliasLoader


def _list_tokens(text: str) -> list[Any]:
    import yaml

    with convert_parse_errors(yaml.YAMLError):
        return list(yaml.scan(text, Loader=LOADER()))


class YamlItem(NamedTuple):
    """An item of a collection: its identity, the node it starts with, its value and its data."""

    name: Key
    first: Node
    value: Node
    data: Any
    path: tuple[Key, ...]


class YamlSource(scanner.ScannedText):
    """The text that the marks of nodes point into."""

    def cut_block(self, parts: YamlItems, first: int, end: int, prefix: str = "") -> Block:
        """Cut a collection that fills the lines from ``first`` to before ``end``.

        Where it starts inside a line, ``prefix`` replaces the text before it.
        """
        entries: list[Entry] = []
        at = first
        lines = [self._find_line(item.first, parts.column) for item in parts.items]
        for item, line, stop in zip(parts.items, lines, [*lines[1:], end], strict=True):
            below = _find_last_line(item.value, self.lines) + 1
            split = min(self.find_split(below, parts.column, stop), stop)
            lead = self.slice(at, line)
            entries.append(self._cut_entry(item, lead, line, split, prefix))
            at, prefix = split, ""
        close = self.slice(at, end)
        return Block(parts.kind, tuple(entries), close=close, indent=" " * parts.column)

    def list_items(self, node: Node, data: Any, path: tuple[Key, ...]) -> YamlItems:
        """List the items of a collection."""
        from yaml import MappingNode

        data = data.value if isinstance(data, Tagged) else data
        begin = self.find_begin(node)
        column = begin - self.text.rfind("\n", 0, begin) - 1
        if not isinstance(node, MappingNode):
            kind, keys = classify(path, data)
            rows = zip(keys, node.value, data, strict=True)
            below = (*path, "*")
            items = [YamlItem(key, item, item, value, below) for key, item, value in rows]
            return YamlItems(kind, items, column)
        items = []
        for first, value in node.value:
            if first.tag == YAML_MERGE_TAG:
                if _is_block(value):
                    raise Conflict("a merge key with lines below it")
                items.append(YamlItem((YAML_MERGE_TAG,), first, value, None, path))
                continue
            key = _read_key(first)
            items.append(YamlItem((type(key).__name__, key), first, value, data[key], (*path, key)))
        return YamlItems("map", items, column)

    def find_begin(self, node: Node) -> int:
        """Find the start of a node; a collection starts after its anchor and its tag."""
        start: int = node.start_mark.index
        if not _is_collection(node):
            return start
        first = node.value[0] if node.value else None
        if _is_block(node) and isinstance(first, tuple):
            return int(first[0].start_mark.index)
        found = PROPERTIES.match(self.text, start)
        return found.end() if found else start

    def cut_flow(self, node: Node, data: Any, path: tuple[Key, ...]) -> Block:
        """Cut a collection in brackets."""
        parts = self.list_items(node, data, path)
        start, end = self.find_begin(node), node.end_mark.index
        spans = [
            Span(
                item.first.start_mark.index,
                item.value.end_mark.index,
                item.name,
                self.text[item.first.start_mark.index : self.find_begin(item.value)],
                self._cut_value(item),
            )
            for item in parts.items
        ]
        return cut_brackets(self.text, start, end, spans, kind=parts.kind)

    def _cut_value(self, item: YamlItem) -> str | Block:
        # The value of a merge key has no data of its own.
        if _is_collection(item.value) and item.data is not None:
            return self.cut_flow(item.value, item.data, item.path)
        return self.text[item.value.start_mark.index : item.value.end_mark.index]

    def _cut_entry(self, item: YamlItem, lead: str, line: int, split: int, prefix: str) -> Entry:
        start, stop = self.starts[line] + len(prefix), self.starts[split]
        value = item.value
        if not _is_block(value):
            begin, end = self.find_begin(value), min(value.end_mark.index, stop)
            text = self._cut_value(item)
            text = text[: end - begin] if isinstance(text, str) else text
            head = prefix + self.text[start:begin]
            return Entry(item.name, lead, head, text, self.text[end:stop])
        parts = self.list_items(value, item.data, item.path)
        if self.find_begin(value) >= self.starts[line + 1]:
            head = prefix + self.text[start : self.starts[line + 1]]
            return Entry(item.name, lead, head, self.cut_block(parts, line + 1, split))
        head = prefix + self.text[start : self.find_begin(value)]
        block = self.cut_block(parts, line, split, " " * parts.column)
        return Entry(item.name, lead, head, block, inline=True)

    def _find_line(self, node: Node, column: int) -> int:
        """Find the line that an item starts on; its dash may be above it."""
        line = node.start_mark.line
        while node.start_mark.column != column and self.lines[line][column : column + 1] != "-":
            line -= 1
            if line < 0:
                raise Conflict("an item starts in a column of its own")
        return line


class YamlItems(NamedTuple):
    """The items of a collection, its kind, and the column that it starts in."""

    kind: str
    items: list[YamlItem]
    column: int


def _read_key(node: Node) -> Any:
    from yaml import YAMLError

    with convert_parse_errors(YAMLError, ValueError):
        return LOADER()("").construct_object(node, deep=True)


def _is_collection(node: Node) -> bool:
    from yaml import CollectionNode

    return isinstance(node, CollectionNode)


def _is_block(node: Node) -> bool:
    from yaml import CollectionNode

    return isinstance(node, CollectionNode) and not node.flow_style


def _find_last_line(node: Node, lines: Sequence[str]) -> int:
    while _is_block(node):
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    line: int = node.end_mark.line
    if getattr(node, "style", None) not in ("|", ">"):
        return line
    # A literal text ends where the next line begins; blank lines below it do not belong to it.
    line -= 1
    while not lines[line].strip():
        line -= 1
    return line
