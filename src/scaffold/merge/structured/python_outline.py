"""Cut a Python text into definitions, statements, and the entries of calls and displays."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import Any

from . import scanner
from .brackets import Span, cut
from .keys import Conflict, Key
from .outline import Block, Entry
from .python import (
    Definition,
    Element,
    Parameter,
    comment_tokens,
    entries_of,
    has_body,
    kind_of_body,
    parameters_of,
    parsed,
    statement_keys,
    value_of,
)
from .scanner import indentation


def outline(text: str) -> Block:
    """The outline of a Python text."""
    source = Source(text)
    return source.block(parsed(text).body, "definitions", 0, len(source.lines))


class Source(scanner.Source):
    """The text that the positions of nodes point into."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.comments = {token.start[0] - 1: token.start[1] for token in comment_tokens(text)}

    def block(self, body: Sequence[ast.stmt], kind: str, first: int, end: int) -> Block:
        """The block of statements that fill the lines from ``first`` to before ``end``."""
        entries: list[Entry] = []
        at = first
        lines = [_first_line(node) for node in body]
        indent = indentation(self.text, self._start(body[0])) if body else ""
        keys = statement_keys(body)
        for key, node, line, stop in zip(
            keys, body, lines, [*lines[1:], end][: len(lines)], strict=True
        ):
            if line < at:
                raise Conflict("two statements stand on one line")
            split = self.split(node.end_lineno or stop, len(indent), stop)
            entries.append(self._entry(key, self.slice(at, line), node, line, split))
            at = split
        return Block(kind, tuple(entries), close=self.slice(at, end), indent=indent)

    def _entry(self, key: Key, lead: str, node: ast.stmt, line: int, split: int) -> Entry:
        start, stop = self.starts[line], self.starts[split]
        if has_body(node):
            return self._compound(key, lead, node, line, split)
        value = value_of(node)
        if isinstance(node, ast.ImportFrom):
            span = self._imported(node, start)
        else:
            span = self._expression(value) if value is not None else None
        if span is None:
            return self._atom(key, lead, node, start, stop)
        block, begin, end = span
        return Entry(key, lead, self.text[start:begin], block, self.text[end:stop])

    def _atom(self, key: Key, lead: str, node: ast.stmt, start: int, stop: int) -> Entry:
        """A statement that is not looked into, apart from the comment behind it."""
        value = value_of(node)
        begin, end = (self._start(value) if value else start), self._end(value or node)
        head, tail = self.text[start:begin], self.text[end:stop]
        return Entry(key, lead, head, self.text[begin:end], tail)

    def _compound(self, key: Key, lead: str, node: Any, line: int, split: int) -> Entry:
        first = _first_line(node.body[0])
        header = self._split_header(node, first)
        if header <= line or first <= node.lineno - 1:
            return Entry(key, lead, "", self.slice(line, split))
        head = self._head(node, line, header)
        body = self.block(node.body, kind_of_body(node), header, split)
        return Entry(key, lead, "", Block("map", (head, Entry("body", "", "", body))))

    def _split_header(self, node: Any, first: int) -> int:
        """The line behind the one with the header's colon: comments below it are the body's."""
        line = first
        while _is_trivia(self.lines[line - 1]):
            line -= 1
        return line

    def _head(self, node: Any, line: int, header: int) -> Entry:
        start, stop = self.starts[line], self.starts[header]
        block = None
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            block = self._signature(node, stop)
        if block is None:
            code = self.lines[header - 1][: self.comments.get(header - 1)]
            end = self.starts[header - 1] + len(code.rstrip())
            return Entry("head", "", "", self.text[start:end], self.text[end:stop])
        parameters, begin, end = block
        parts = Block(
            "map",
            (
                Entry("before", "", "", self.text[start:begin]),
                Entry("parameters", "", "", parameters),
                Entry("behind", "", "", self.text[end:stop]),
            ),
        )
        return Entry("head", "", "", parts)

    def _signature(self, node: Any, stop: int) -> tuple[Block, int, int] | None:
        parameters = parameters_of(node.args)
        if not parameters or parameters[0].arg is None:
            return None
        begin = self.text.rfind("(", 0, self._start(parameters[0].arg))
        spans: list[Span] = []
        for parameter in parameters:
            spans.append(self._parameter(parameter, spans[-1].end if spans else begin))
        end = self.text.find(")", spans[-1].end, stop) + 1
        return self._cut("parameters", begin, end, spans)

    def _parameter(self, parameter: Parameter, after: int) -> Span:
        if parameter.arg is None:
            star = self.text.index("*", after)
            return Span(star, star + 1, parameter.key, "", "*")
        start = self._start(parameter.arg) - len(parameter.stars)
        end = self._end(parameter.default or parameter.arg)
        return Span(start, end, parameter.key, "", self.text[start:end])

    def _imported(self, node: ast.ImportFrom, start: int) -> tuple[Block, int, int] | None:
        spans: list[Span] = []
        for alias in node.names:
            a, b = self._start(alias), self._end(alias)
            spans.append(Span(a, b, (alias.name, alias.asname), "", self.text[a:b]))
        # Without brackets, the blanks around the names stand in for them.
        begin, end = spans[0].start - 1, spans[-1].end + 1
        if "(" in self.text[start : begin + 1]:
            begin, end = self.text.index("(", start), self._end(node)
        return self._cut("map", begin, end, spans)

    def _expression(self, node: ast.expr) -> tuple[Block, int, int] | None:
        found = entries_of(node)
        if found is None:
            return None
        begin, end = self._start(node), self._end(node)
        if isinstance(node, ast.Call):
            begin = self._end(node.func)
        if self.text[begin : begin + 1] not in ("(", "[", "{"):
            return None
        return self._cut(found.kind, begin, end, [self._span(each) for each in found.elements])

    def _span(self, element: Element) -> Span:
        key, first, value = element
        start, end = self._start(first), self._end(value)
        inner = self._expression(value)
        if inner is None:
            begin = self._start(value)
            return Span(start, end, key, self.text[start:begin], self.text[begin:end])
        block, begin, stop = inner
        return Span(start, end, key, self.text[start:begin], block, self.text[stop:end])

    def _cut(
        self, kind: str, begin: int, end: int, spans: Iterable[Span]
    ) -> tuple[Block, int, int] | None:
        try:
            indent = indentation(self.text, begin)
            return cut(self.text, begin, end, list(spans), kind=kind, indent=indent), begin, end
        except Conflict:  # brackets around an entry: the whole is one piece of text
            return None

    def _start(self, node: Any) -> int:
        return self._index(node.lineno, node.col_offset)

    def _end(self, node: Any) -> int:
        return self._index(node.end_lineno, node.end_col_offset)

    def _index(self, line: int, column: int) -> int:
        text = self.lines[line - 1]
        if not text.isascii():  # columns are counted in bytes
            column = len(text.encode()[:column].decode())
        return self.starts[line - 1] + column


def _first_line(node: ast.stmt) -> int:
    decorators = node.decorator_list if isinstance(node, Definition) else []
    return min([node.lineno, *(item.lineno for item in decorators)]) - 1


def _is_trivia(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")
