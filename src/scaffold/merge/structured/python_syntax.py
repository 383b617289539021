"""Python syntax trees: identity and meaning of statements, and of entries of calls and displays."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from .keys import Conflict, Key, convert_parse_errors
from .meaning import Group, refuse_long_number

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
BLOCKS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.With, ast.If)


class Element(NamedTuple):
    """An entry of a display or a call: its identity, the node it starts with, its value."""

    key: Key
    first: ast.AST
    value: ast.expr


class Entries(NamedTuple):
    """The entries of a display or a call, and what their order means."""

    kind: str
    elements: list[Element]


def read_meaning(text: str) -> Any:
    """Read the meaning of a text: its syntax tree, cut at definitions and entries."""
    return _read_body(parse(text).body, "definitions")


def list_comments(text: str) -> list[str]:
    """List the comments of a Python text."""
    return [token.string.strip() for token in list_comment_tokens(text)]


def list_comment_tokens(text: str) -> list[tokenize.TokenInfo]:
    """List the comments of a Python text, with their places."""
    with convert_parse_errors(tokenize.TokenError, SyntaxError):
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    return [token for token in tokens if token.type == tokenize.COMMENT]


def check(base: str, ours: str, theirs: str, merged: str) -> None:
    """Refuse a text in which one side's change takes a name away from the other's.

    Raises:
        Conflict: Both sides bind one new name by different statements, or a side took away a
            name that the other one still uses.
    """
    trees = [parse(text) for text in (base, ours, theirs, merged)]
    bound = [_find_bound_names(tree) for tree in trees]
    for name in (bound[1].keys() & bound[2].keys()) - bound[0].keys():
        if bound[1][name] != bound[2][name]:
            raise Conflict("both sides define one name differently")
    used = [{n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} for tree in trees]
    for side in (1, 2):
        if (bound[0].keys() - bound[side].keys()) & (used[3] - used[side]):
            raise Conflict("one side removed the definition of a name that is still used")


def parse(text: str) -> ast.Module:
    """Parse a text into its syntax tree, without a warning."""
    # A zero byte is a ValueError; too deep nesting is a MemoryError.
    with warnings.catch_warnings(), convert_parse_errors(SyntaxError, ValueError, MemoryError):
        # Do not report an invalid escape in the user's text.
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            refuse_long_number(node.value)
    return tree


def _find_bound_names(tree: ast.Module) -> dict[str, str]:
    """Find the names that top-level statements bind, and the origin of each."""
    names: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= dict(_describe_alias(node, alias) for alias in node.names)
        elif isinstance(node, Definition):
            names[node.name] = "definition"
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for name in (n for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)):
                names[name.id] = "value"
    return names


def _describe_alias(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> tuple[str, str]:
    """Give the name that an import binds, and the thing that it names."""
    if isinstance(node, ast.ImportFrom):
        return alias.asname or alias.name, f"{node.level} {node.module} {alias.name}"
    top = alias.name.partition(".")[0]
    return (alias.asname, alias.name) if alias.asname else (top, top)


# ------------------------------------------------------------------------------------- identity
def identify_statements(body: Sequence[ast.stmt]) -> list[Key]:
    """Identify each statement of a body."""
    keys = [_identify_statement(node) for node in body]
    if body and _is_docstring(body[0]):
        keys[0] = ("docstring",)
    total, seen = Counter(keys), Counter[Key]()
    for at, key in enumerate(keys):
        # Of one name there may be many (overloads, setters): the number of each is part of its
        # identity, and how many there are too, so that none is taken for its neighbour.
        if total[key] > 1:
            keys[at] = (*key, seen[key], total[key])
            seen[key] += 1
    return list(keys)


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and _is_text(node.value)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _identify_statement(node: ast.stmt) -> tuple[Any, ...]:
    if isinstance(node, Definition):
        return ("name", node.name)
    if isinstance(node, ast.ImportFrom):
        return ("from", node.level, node.module)
    if isinstance(node, ast.Import):
        return ("import", ast.unparse(node))
    target = _find_target(node)
    if target is not None:
        return ("name", target.id) if isinstance(target, ast.Name) else ("target", ast.dump(target))
    if isinstance(node, ast.If) and not node.orelse:
        return ("if", ast.dump(node.test))
    return ("return",) if isinstance(node, ast.Return) else ("statement", ast.dump(node))


def _find_target(node: ast.stmt) -> ast.expr | None:
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        return node.targets[0]
    return node.target if isinstance(node, ast.AnnAssign) else None


def has_body(node: ast.stmt) -> bool:
    """Tell whether a statement is a header with one body that can be cut."""
    return isinstance(node, BLOCKS) and not getattr(node, "orelse", None)


def classify_body(node: ast.stmt) -> str:
    """Classify the meaning of the order of statements below a header."""
    return "definitions" if _is_typing(node) or isinstance(node, ast.ClassDef) else "code"


def _is_typing(node: ast.stmt) -> bool:
    test = node.test if isinstance(node, ast.If) else None
    return "TYPE_CHECKING" in (getattr(test, "id", ""), getattr(test, "attr", ""))


def list_entries(node: ast.expr) -> Entries | None:
    """List the entries of a display or a call; None where their identity is not clear."""
    found = _list_entries(node)
    keys = {element.key for element in found.elements} if found else set()
    return found if found and len(keys) == len(found.elements) else None


def _list_entries(node: ast.expr) -> Entries | None:
    if isinstance(node, ast.Call):
        return _list_arguments(node)
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        elements = [Element(ast.dump(k), k, value) for k, value in pairs if k is not None]
        return None if None in node.keys else Entries("map", elements)
    if not isinstance(node, ast.List | ast.Tuple | ast.Set):
        return None
    kind, keys = _identify_items(node)
    items = zip(keys, node.elts, strict=True)
    return Entries(kind, [Element(key, item, item) for key, item in items])


def _list_arguments(node: ast.Call) -> Entries | None:
    odd = any(isinstance(item, ast.Starred | ast.GeneratorExp) for item in node.args)
    if odd or any(word.arg is None for word in node.keywords):
        return None
    found = [Element(("position", at), item, item) for at, item in enumerate(node.args)]
    found += [Element(("keyword", word.arg), word, word.value) for word in node.keywords]
    return Entries("call", found)


def _identify_items(node: ast.List | ast.Tuple | ast.Set) -> tuple[str, list[Key]]:
    keys: list[Key] = [
        ("call", ast.dump(item.func)) if isinstance(item, ast.Call) else ast.dump(item)
        for item in node.elts
    ]
    texts = list(map(_is_text, node.elts))
    has_numbers = texts != [isinstance(item, ast.Constant) for item in node.elts]
    is_row = (has_numbers or isinstance(node, ast.Tuple)) and not all(texts)
    if is_row or len(set(keys)) < len(keys):
        return "row", list(range(len(keys)))
    is_plain = all(isinstance(i, ast.Constant | ast.Name | ast.Attribute) for i in node.elts)
    return ("list" if is_plain else "code"), keys


def get_value(node: ast.stmt) -> ast.expr | None:
    """Get the expression of a statement."""
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.Return | ast.Expr):
        return node.value
    return None


# -------------------------------------------------------------------------------------- meaning
def _read_body(body: Sequence[ast.stmt], kind: str) -> Group:
    keys = identify_statements(body)
    return Group(kind, {key: _read_statement(node) for key, node in zip(keys, body, strict=True)})


def _read_statement(node: ast.stmt) -> Any:
    if isinstance(node, ast.ImportFrom):
        return Group("map", {(alias.name, alias.asname): "" for alias in node.names})
    if has_body(node):
        assert isinstance(node, BLOCKS)  # noqa: S101 - said to the type checker
        body = _read_body(node.body, classify_body(node))
        return Group("map", {"head": _read_head(node), "body": body})
    if value := get_value(node):
        head = _dump_without(node, "value")
        return Group("map", {"head": head, "value": _read_expression(value)})
    return ast.dump(node)


def _read_head(node: ast.stmt) -> Any:
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return _dump_without(node, "body")
    parameters = list_parameters(node.args)
    rest = _dump_without(node, "body", "args")
    if parameters is None:
        return Group("map", {"rest": rest, "parameters": ast.dump(node.args)})
    items = {parameter.key: parameter.meaning for parameter in parameters}
    return Group("map", {"rest": rest, "parameters": Group("parameters", items)})


def _dump_without(node: ast.AST, *fields: str) -> str:
    kept = [(name, value) for name, value in ast.iter_fields(node) if name not in fields]
    return repr([type(node).__name__, *((name, _dump(value)) for name, value in kept)])


def _dump(value: Any) -> Any:
    if isinstance(value, list):
        return [_dump(item) for item in value]
    return ast.dump(value) if isinstance(value, ast.AST) else value


def _read_expression(node: ast.expr) -> Any:
    found = list_entries(node)
    if found is None:
        return ast.dump(node)
    items = {element.key: _read_expression(element.value) for element in found.elements}
    what = type(node).__name__ + (ast.dump(node.func) if isinstance(node, ast.Call) else "")
    return Group("map", {"what": what, "entries": Group(found.kind, items)})


class Parameter(NamedTuple):
    """A parameter with its stars, or the bare star, which has no node."""

    key: Key
    arg: ast.arg | None
    default: ast.expr | None = None
    stars: str = ""

    @property
    def meaning(self) -> tuple[str, ...]:
        """The annotation and the default, as text."""
        return tuple(ast.dump(node) if node else "" for node in (self.arg, self.default))


def list_parameters(args: ast.arguments) -> list[Parameter] | None:
    """List the parameters in order; None where there is a ``/``."""
    if args.posonlyargs:
        return None
    defaults = [None] * (len(args.args) - len(args.defaults)) + list(args.defaults)
    pairs = zip(args.args, defaults, strict=True)
    found = [Parameter(("parameter", arg.arg), arg, default) for arg, default in pairs]
    if args.vararg or args.kwonlyargs:
        found.append(Parameter(("stars", 1), args.vararg, stars="*"))
    keywords = zip(args.kwonlyargs, args.kw_defaults, strict=True)
    found += [Parameter(("keyword-only", arg.arg), arg, default) for arg, default in keywords]
    return [*found, Parameter(("stars", 2), args.kwarg, stars="**")] if args.kwarg else found
