"""Cut a Python text into definitions, statements, and the entries of calls and displays."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import Any

from . import scanner
from .brackets import Span, cut_brackets, find_indent
from .keys import Conflict, Key
from .outline import Block, Entry
from .python_syntax import (
    Definition,
    Element,
    Parameter,
    classify_body,
    get_value,
    has_body,
    identify_statements,
    list_comment_tokens,
    list_entries,
    list_parameters,
    parse,
)


def outline(text: str) -> Block:
    """Cut a Python text into its outline."""
    source = PythonSource(text)
    return source.cut_block(parse(text).body, "definitions", 0, len(source.lines))


class PythonSource(scanner.ScannedText):
    """A Python text that the positions of nodes point into."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.comments = {token.start[0] - 1: token.start[1] for token in list_comment_tokens(text)}

    def cut_block(self, body: Sequence[ast.stmt], kind: str, first: int, end: int) -> Block:
        """Cut statements that fill the lines from ``first`` to before ``end``."""
        entries: list[Entry] = []
        at = first
        lines = [_find_first_line(node) for node in body]
        indent = find_indent(self.text, self._find_start(body[0])) if body else ""
        keys = identify_statements(body)
        stops = [*lines[1:], end][: len(lines)]
        for key, node, line, stop in zip(keys, body, lines, stops, strict=True):
            if line < at:
                raise Conflict("two statements are on one line")
            split = self.find_split(node.end_lineno or stop, len(indent), stop)
            entries.append(self._cut_entry(key, self.slice(at, line), node, line, split))
            at = split
        return Block(kind, tuple(entries), close=self.slice(at, end), indent=indent)

    def _cut_entry(self, key: Key, lead: str, node: ast.stmt, line: int, split: int) -> Entry:
        start, stop = self.starts[line], self.starts[split]
        if has_body(node):
            return self._cut_compound(key, lead, node, line, split)
        value = get_value(node)
        if isinstance(node, ast.ImportFrom):
            span = self._cut_import(node, start)
        else:
            span = self._cut_expression(value) if value is not None else None
        if span is None:
            return self._cut_statement(key, lead, node, start, stop)
        block, begin, end = span
        return Entry(key, lead, self.text[start:begin], block, self.text[end:stop])

    def _cut_statement(self, key: Key, lead: str, node: ast.stmt, start: int, stop: int) -> Entry:
        """Cut a statement into its code and the comment after it, no further."""
        value = get_value(node)
        begin, end = (self._find_start(value) if value else start), self._find_end(value or node)
        head, tail = self.text[start:begin], self.text[end:stop]
        return Entry(key, lead, head, self.text[begin:end], tail)

    def _cut_compound(self, key: Key, lead: str, node: Any, line: int, split: int) -> Entry:
        first = _find_first_line(node.body[0])
        header = self._find_header_end(first)
        if header <= line or first <= node.lineno - 1:
            return Entry(key, lead, "", self.slice(line, split))
        head = self._cut_head(node, line, header)
        body = self.cut_block(node.body, classify_body(node), header, split)
        return Entry(key, lead, "", Block("map", (head, Entry("body", "", "", body))))

    def _find_header_end(self, first: int) -> int:
        """Find the line after the header's colon; comments below it belong to the body."""
        while _is_trivia(self.lines[first - 1]):
            first -= 1
        return first

    def _cut_head(self, node: Any, line: int, header: int) -> Entry:
        start, stop = self.starts[line], self.starts[header]
        block = None
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            block = self._cut_signature(node, stop)
        if block is None:
            code = self.lines[header - 1][: self.comments.get(header - 1)]
            end = self.starts[header - 1] + len(code.rstrip())
            return Entry("head", "", "", self.text[start:end], self.text[end:stop])
        parameters, begin, end = block
        before, behind = self.text[start:begin], self.text[end:stop]
        parts: dict[str, str | Block]
        parts = {"before": before, "parameters": parameters, "behind": behind}
        entries = tuple(Entry(key, "", "", part) for key, part in parts.items())
        return Entry("head", "", "", Block("map", entries))

    def _cut_signature(self, node: Any, stop: int) -> tuple[Block, int, int] | None:
        parameters = list_parameters(node.args)
        if not parameters or parameters[0].arg is None:
            return None
        begin = self.text.rfind("(", 0, self._find_start(parameters[0].arg))
        spans: list[Span] = []
        for parameter in parameters:
            spans.append(self._cut_parameter(parameter, spans[-1].end if spans else begin))
        end = self.text.find(")", spans[-1].end, stop) + 1
        return self._try_cut("parameters", begin, end, spans)

    def _cut_parameter(self, parameter: Parameter, after: int) -> Span:
        if parameter.arg is None:
            star = self.text.index("*", after)
            return Span(star, star + 1, parameter.key, "", "*")
        start = self._find_start(parameter.arg) - len(parameter.stars)
        end = self._find_end(parameter.default or parameter.arg)
        return Span(start, end, parameter.key, "", self.text[start:end])

    def _cut_import(self, node: ast.ImportFrom, start: int) -> tuple[Block, int, int] | None:
        spans: list[Span] = []
        for alias in node.names:
            a, b = self._find_start(alias), self._find_end(alias)
            spans.append(Span(a, b, (alias.name, alias.asname), "", self.text[a:b]))
        # Without brackets, the blanks around the names take their place.
        begin, end = spans[0].start - 1, spans[-1].end + 1
        if "(" in self.text[start : begin + 1]:
            begin, end = self.text.index("(", start), self._find_end(node)
        return self._try_cut("map", begin, end, spans)

    def _cut_expression(self, node: ast.expr) -> tuple[Block, int, int] | None:
        found = list_entries(node)
        if found is None:
            return None
        begin, end = self._find_start(node), self._find_end(node)
        if isinstance(node, ast.Call):
            begin = self._find_end(node.func)
        if self.text[begin : begin + 1] not in ("(", "[", "{"):
            return None
        return self._try_cut(
            found.kind, begin, end, [self._find_span(each) for each in found.elements]
        )

    def _find_span(self, element: Element) -> Span:
        key, first, value = element
        start, end = self._find_start(first), self._find_end(value)
        inner = self._cut_expression(value)
        if inner is None:
            begin = self._find_start(value)
            return Span(start, end, key, self.text[start:begin], self.text[begin:end])
        block, begin, stop = inner
        return Span(start, end, key, self.text[start:begin], block, self.text[stop:end])

    def _try_cut(
        self, kind: str, begin: int, end: int, spans: Iterable[Span]
    ) -> tuple[Block, int, int] | None:
        try:
            return cut_brackets(self.text, begin, end, list(spans), kind=kind), begin, end
        except Conflict:  # brackets around an entry: the whole is one piece of text
            return None

    def _find_start(self, node: Any) -> int:
        return self._find_index(node.lineno, node.col_offset)

    def _find_end(self, node: Any) -> int:
        return self._find_index(node.end_lineno, node.end_col_offset)

    def _find_index(self, line: int, column: int) -> int:
        text = self.lines[line - 1]
        if not text.isascii():  # columns are counted in bytes
            column = len(text.encode()[:column].decode())
        return self.starts[line - 1] + column


def _find_first_line(node: ast.stmt) -> int:
    decorators = node.decorator_list if isinstance(node, Definition) else []
    return min([node.lineno, *(item.lineno for item in decorators)]) - 1


def _is_trivia(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")
