"""Structured merges of random edits, held against oracles that know nothing of the merge.

A document is a tree of plain data in which each entry carries a comment of its own. Both sides
edit it; the texts are written by the small writers below. What comes out, if anything does, must
hold what the edits say: it is read back by the format's own parser.
"""

from __future__ import annotations

import ast
import configparser
import json
import re
import tomllib
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scaffold.merge.structured.keys import Conflict
from scaffold.merge.structured.merge import merge_structured, prove_merge

FEW = settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
NAMES = [
    "a.toml",
    "a.yaml",
    "a.json",
    "a.ipynb",
    ".vscode/settings.json",
    "a.py",
    "setup.cfg",
    ".editorconfig",
    ".gitignore",
    ".gitattributes",
    "requirements.txt",
    "README.md",
    "notes.txt",
    "Makefile",
]
ABSENT = "absent"
Three = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]

# ------------------------------------------------------------------------- documents and edits
words = st.sampled_from(["alpha", "beta", "gamma", "delta", "eps", "zeta", "eta", "theta"])
scalars = st.one_of(st.integers(0, 9), st.booleans(), st.sampled_from(["x", "y # z", "é: [", "1"]))
rows = st.lists(st.integers(0, 3), min_size=1, max_size=3)
texts = st.lists(words, min_size=1, max_size=4, unique=True)
flat = st.dictionaries(words, st.one_of(scalars, rows, texts), min_size=1, max_size=4)
documents = st.dictionaries(words, st.one_of(scalars, rows, texts, flat), min_size=2, max_size=6)


@st.composite
def edited(draw: st.DrawFn, data: dict[str, Any]) -> dict[str, Any]:
    """The document after one to three edits, each somewhere in it."""
    data = json.loads(json.dumps(data))
    for _ in range(draw(st.integers(1, 3))):
        _edit(draw, data)
    return data


def _edit(draw: st.DrawFn, data: dict[str, Any]) -> None:
    key = draw(st.sampled_from([*data, draw(words)]))
    value = data.get(key)
    if isinstance(value, dict) and value and draw(st.booleans()):
        return _edit(draw, value)
    if isinstance(value, list) and draw(st.booleans()):
        return _edit_list(draw, value)
    if key in data and draw(st.booleans()):
        del data[key]
        return None
    data[key] = draw(st.one_of(scalars, rows, texts))
    return None


def _edit_list(draw: st.DrawFn, value: list[Any]) -> None:
    at = draw(st.integers(0, len(value)))
    new = draw(words if value and isinstance(value[0], str) else st.integers(0, 3))
    if at < len(value) and len(value) > 1 and draw(st.booleans()):
        value.pop(at)
    elif not isinstance(new, str) or new not in value:
        value.insert(at, new)


@st.composite
def three(draw: st.DrawFn) -> Three:
    base = draw(documents)
    return base, draw(edited(base)), draw(edited(base))


# ------------------------------------------------------------------------------------- writers
def to_json(data: dict[str, Any]) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def to_jsonc(data: dict[str, Any], path: str = "", indent: str = "  ") -> str:
    lines = ["{"]
    for key, value in data.items():
        lines.append(f"{indent}/* about {path}{key} */")
        if isinstance(value, dict):
            text = to_jsonc(value, f"{key}.", indent + "  ")
        else:
            text = json.dumps(value, ensure_ascii=False)
        lines.append(f'{indent}"{key}": {text}, // of {path}{key}')
    return "\n".join((*lines, indent[2:] + "}")) + ("" if path else "\n")


def from_jsonc(text: str) -> Any:
    plain = re.sub(r"/\*.*?\*/|//.*", "", text)
    return json.loads(re.sub(r",(\s*[}\]])", r"\1", plain))


def to_toml(data: dict[str, Any]) -> str:
    plain = {key: value for key, value in data.items() if not isinstance(value, dict)}
    lines = [*_toml_lines("", plain)]
    for key, value in data.items():
        if isinstance(value, dict):
            lines += ["", f"# table {key}", f"[{key}]", *_toml_lines(f"{key}.", value)]
    return "\n".join(lines) + "\n"


def _toml_lines(path: str, data: dict[str, Any]) -> list[str]:
    lines = []
    for key, value in data.items():
        comment = f"  # about {path}{key}"
        if isinstance(value, list) and len(value) > 2:
            lines += [f"{key} = [{comment}", *(f"    {json.dumps(v)}," for v in value), "]"]
        else:
            lines.append(f"{key} = {json.dumps(value, ensure_ascii=False)}{comment}")
    return lines


def to_yaml(data: dict[str, Any], path: str = "") -> str:
    text = ""
    for key, value in data.items():
        indent = "  " if path else ""
        text += f"{indent}# about {path}{key}\n{indent}{key}:"
        if isinstance(value, dict) and value:
            text += "\n" + to_yaml(value, f"{key}.")
        elif isinstance(value, list) and len(value) > 2:
            text += "".join(f"\n{indent}  - {json.dumps(item)}" for item in value) + "\n"
        else:
            text += f" {json.dumps(value, ensure_ascii=False)}  # of {path}{key}\n"
    return text or "{}\n"


def to_ini(data: dict[str, Any]) -> str:
    lines = []
    for section, options in data.items():
        lines += ["", f"# about {section}", f"[{section}]"]
        for key, value in options.items():
            lines.append(f"; about {section}.{key}")
            if isinstance(value, list) and value and isinstance(value[0], str):
                comma = "," if section == "main" else ""
                lines += [f"{key} =", *(f"    {word}{comma}" for word in value)]
            else:
                lines.append(f"{key}: {json.dumps(value, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"


def from_ini(text: str) -> dict[str, Any]:
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    return {name: {k: _value(v) for k, v in parser[name].items()} for name in parser.sections()}


def _value(text: str) -> Any:
    return text.replace(",", "").split() if text.startswith("\n") else json.loads(text)


def sections(data: dict[str, Any]) -> dict[str, Any]:
    """The document as a file without nesting can hold it."""
    tables = {f"table-{key}": item for key, item in data.items() if isinstance(item, dict)}
    return {"main": {k: v for k, v in data.items() if not isinstance(v, dict)}, **tables}


ANCHORED = """\
shared: &shared  # by all
  image: &image python  # about shared
  more: &more
  - 1
  - 2
uses:
  <<: *shared
  list: [*image, !ENV name]
  rest: *more
"""


def to_anchored(data: dict[str, Any]) -> str:
    return ANCHORED + ("" if not data else to_yaml(data))


def from_anchored(text: str) -> Any:
    class Loader(yaml.SafeLoader):
        pass

    Loader.add_constructor("!ENV", lambda _, node: node.value)
    data = yaml.load(text, Loader=Loader)
    assert data.pop("uses") == {**data.pop("shared"), "list": ["python", "name"], "rest": [1, 2]}
    return data


FORMATS: dict[str, tuple[Callable[[Any], str], Callable[[str], Any]]] = {
    "a.ini": (to_ini, from_ini),
    "a.json": (to_json, json.loads),
    "a.jsonc": (to_jsonc, from_jsonc),
    "a.toml": (to_toml, tomllib.loads),
    "a.yaml": (to_yaml, yaml.safe_load),
    "anchored.yaml": (to_anchored, from_anchored),
}


def shaped(name: str, sides: Three) -> Three:
    """The sides as the format can hold them."""
    if name != "a.ini":
        return sides
    base, ours, theirs = map(sections, sides)
    return base, ours, theirs


# -------------------------------------------------------------------------------------- oracle
class Disputed(Exception):
    """The two sides say different things about one thing."""


def exact(value: Any) -> Any:
    """A value that is equal only to values of its type."""
    return json.dumps(value, sort_keys=True)


def hold(base: Any, ours: Any, theirs: Any, got: Any) -> None:
    """Assert that ``got`` is what three people would agree on; raise where they would not."""
    if exact(ours) == exact(theirs) or exact(theirs) == exact(base):
        assert exact(got) == exact(ours)
    elif exact(ours) == exact(base):
        assert exact(got) == exact(theirs)
    elif isinstance(ours, dict) and isinstance(theirs, dict):
        if not isinstance(base, dict) and base != ABSENT:
            raise Disputed
        old = base if isinstance(base, dict) else {}
        assert isinstance(got, dict)
        for key in {*old, *ours, *theirs, *got}:
            hold(
                old.get(key, ABSENT),
                ours.get(key, ABSENT),
                theirs.get(key, ABSENT),
                got.get(key, ABSENT),
            )
    elif all(isinstance(side, list) for side in (base, ours, theirs)):
        hold_list(base, ours, theirs, got)
    else:
        raise Disputed


def hold_list(base: list[Any], ours: list[Any], theirs: list[Any], got: list[Any]) -> None:
    if not all(isinstance(item, str) for side in (base, ours, theirs) for item in side):
        return hold_row(base, ours, theirs, got)
    mine, new, old = set(ours), set(theirs), set(base)
    assert sorted(got) == sorted((mine & new) | (mine - old) | (new - old))
    for side in (ours, theirs):
        common = [item for item in got if item in side]
        assert common == [item for item in side if item in got]
    return None


def hold_row(base: list[Any], ours: list[Any], theirs: list[Any], got: list[Any]) -> None:
    assert len(got) in (len(ours), len(theirs))
    for at, item in enumerate(got):
        old, mine, new = (s[at] if at < len(s) else ABSENT for s in (base, ours, theirs))
        hold(old, mine, new, item)


def comments(text: str) -> set[str]:
    return set(re.findall(r"(?:[#;]|//|/\*) (?:about|of|table) \S+", text))


@pytest.mark.parametrize("name", FORMATS)
@FEW
@given(sides=three())
def test_accepted_is_the_merge_of_the_meanings(name: str, sides: Three) -> None:
    write, read = FORMATS[name]
    sides = shaped(name, sides)
    base, ours, theirs = map(write, sides)
    try:
        got = prove_merge(name, base, ours, theirs)
    except Conflict:
        return
    try:
        hold(*sides, read(got))
    except Disputed:
        pytest.fail(f"merged what is in dispute:\n{got}")
    old, mine, new = map(comments, (base, ours, theirs))
    assert comments(got) == (mine & new) | (mine - old) | (new - old)


@pytest.mark.parametrize("name", FORMATS)
@FEW
@given(sides=three())
def test_sides_may_be_swapped(name: str, sides: Three) -> None:
    """Which side is which decides the order of additions, never whether there is a merge."""
    write, read = FORMATS[name]
    sides = shaped(name, sides)
    base, ours, theirs = map(write, sides)
    one, other = (
        merge_structured(name, base, ours, theirs),
        merge_structured(name, base, theirs, ours),
    )
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert unordered(read(one)) == unordered(read(other))


def unordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: unordered(item) for key, item in value.items()}
    is_texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
    return sorted(value) if is_texts else value


@st.composite
def apart(draw: st.DrawFn) -> Three:
    """Two sides that never touch one key: ours edits one half of the keys, theirs the other."""
    base = draw(documents)
    halves = [{key: base[key] for key in list(base)[at::2]} for at in (0, 1)]
    sides = []
    for name, half, other in zip(("mine", "new"), halves, reversed(halves), strict=True):
        changed = draw(edited(half))
        named = {key if key in half else f"{key}-{name}": changed[key] for key in changed}
        sides.append(named | other if draw(st.booleans()) else other | named)
    return base | {"kept": 1}, sides[0] | {"kept": 1}, sides[1] | {"kept": 1}


@pytest.mark.parametrize("name", FORMATS)
@FEW
@given(sides=apart())
def test_edits_of_different_keys_always_merge(name: str, sides: Three) -> None:
    write, read = FORMATS[name]
    sides = shaped(name, sides)
    got = prove_merge(name, *map(write, sides))
    hold(*sides, read(got))


# -------------------------------------------------------------------------------------- Python
functions = st.dictionaries(words, st.integers(0, 9), min_size=1, max_size=4)
modules = st.tuples(functions, functions, functions)


@st.composite
def edited_module(draw: st.DrawFn, module: tuple[dict[str, int], ...]) -> Any:
    parts = [dict(part) for part in module]
    for _ in range(draw(st.integers(1, 3))):
        part = draw(st.sampled_from(parts))
        key = draw(st.sampled_from([*part, draw(words)]))
        if key in part and len(part) > 1 and draw(st.booleans()):
            del part[key]
        else:
            part[key] = draw(st.integers(10, 99))
    return tuple(parts)


def to_python(module: tuple[dict[str, int], ...]) -> str:
    """Constants with comments, functions, and a class with methods."""
    constants, functions, methods = module
    lines = ['"""Module."""', "", "import os", ""]
    lines += [f"{key.upper()} = {value}  # about {key.upper()}" for key, value in constants.items()]
    for key, value in functions.items():
        lines += ["", "", f"# about {key}", f"def {key}(x):", f"    return x + {value}"]
    lines += ["", "", "class Net:", '    """A net."""']
    for key, value in methods.items():
        lines += ["", f"    # about Net.{key}", f"    def {key}(self):", f"        return {value}"]
    return "\n".join(lines) + "\n"


def from_python(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign):
            found[ast.unparse(node.targets[0])] = ast.unparse(node.value)
        elif isinstance(node, ast.FunctionDef):
            found[node.name] = ast.unparse(node)
        elif isinstance(node, ast.ClassDef):
            methods = [part for part in node.body if isinstance(part, ast.FunctionDef)]
            found[node.name] = {part.name: ast.unparse(part) for part in methods}
    return found


@FEW
@given(data=st.data())
def test_python_definitions(data: st.DataObject) -> None:
    module = data.draw(modules)
    sides = module, data.draw(edited_module(module)), data.draw(edited_module(module))
    base, ours, theirs = map(to_python, sides)
    try:
        got = prove_merge("a.py", base, ours, theirs)
    except Conflict:
        return
    try:
        hold(*map(from_python, (base, ours, theirs, got)))
    except Disputed:
        pytest.fail(f"merged what is in dispute:\n{got}")
    old, mine, new = map(comments, (base, ours, theirs))
    assert comments(got) == (mine & new) | (mine - old) | (new - old)


# --------------------------------------------------------------------------------- every format
@pytest.mark.parametrize("name", NAMES)
@settings(FEW, max_examples=40)
@given(base=st.text(), ours=st.text(), theirs=st.text())
def test_garbage_never_raises(name: str, base: str, ours: str, theirs: str) -> None:
    got = merge_structured(name, base, ours, theirs)
    assert got is None or isinstance(got, str)


SCRAPS = (
    *(
        "a",
        "b: 1",
        "- x",
        "  ",
        "\n",
        "[t]",
        "a = 1",
        "{",
        "}",
        '"',
        ",",
        "# c",
        "def f():",
        "\\",
        "; d",
        "k =",
        "[*.py]",
        "    x,",
    ),
    *("    pass", "'''", "!x", "|", "&a", "*a", "\r\n", "\t", "==1", "\ufeff", "\u2028", "\0"),
)
fragments = st.lists(st.sampled_from(SCRAPS), max_size=12).map("".join)


@pytest.mark.parametrize("name", NAMES)
@settings(FEW, max_examples=60)
@given(base=fragments, ours=fragments, theirs=fragments)
def test_nearly_right_texts_never_raise(name: str, base: str, ours: str, theirs: str) -> None:
    got = merge_structured(name, base, ours, theirs)
    assert got is None or isinstance(got, str)


@pytest.mark.parametrize("name", NAMES)
@settings(FEW, max_examples=20)
@given(one=fragments, other=fragments)
def test_a_change_of_one_side_alone_is_taken(name: str, one: str, other: str) -> None:
    assert merge_structured(name, one, one, other) == other
    assert merge_structured(name, one, other, one) == other
    assert merge_structured(name, one, other, other) == other


lines = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=5)


@FEW
@given(base=lines, ours=lines, theirs=lines)
def test_ignore_files(base: list[str], ours: list[str], theirs: list[str]) -> None:
    got = merge_structured(
        ".gitignore", *("".join(f"{x}\n" for x in side) for side in (base, ours, theirs))
    )
    if got is not None:
        # Without exceptions the order of patterns means nothing.
        old, mine, new, found = (set(side) for side in (base, ours, theirs, got.split()))
        assert len(got.split()) == len(found)
        assert found == (mine & new) | (mine - old) | (new - old)


packages = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 3), max_size=4)


@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml"])
@FEW
@given(base=packages, ours=packages, theirs=packages)
def test_requirements(
    name: str, base: dict[str, int], ours: dict[str, int], theirs: dict[str, int]
) -> None:
    def write(side: dict[str, int]) -> str:
        wanted = [f"{package}=={version}" for package, version in side.items()]
        plain = "".join(f"{line}\n" for line in wanted)
        return plain if name.endswith("txt") else f"[project]\ndependencies = {wanted}\n"

    got = merge_structured(name, *map(write, (base, ours, theirs)))
    if got is not None:
        found = dict(re.findall(r"(\w)==(\d)", got))
        hold(base, ours, theirs, {package: int(version) for package, version in found.items()})


# ------------------------------------------------------------------------------------- Markdown
BLOCKS = (
    "# {0}\n",
    "- {0}\n",
    "- {0}\n  {0} goes on\n",
    "{0}\n\n",
    "| {0} |\n",
    "```\n{0}\n```\n",
    "\n",
)
blocks = st.lists(st.tuples(words, st.sampled_from(BLOCKS)), max_size=6, unique_by=lambda b: b[0])


@st.composite
def edited_blocks(draw: st.DrawFn, base: list[tuple[str, str]], mark: str) -> Any:
    """The blocks after some were edited, taken out and added, each word with a mark."""
    side: list[tuple[str, str]] = []
    for name, block in base:
        what = draw(st.sampled_from(["kept"] * 5 + ["edited", "gone", "followed"]))
        side += [] if what == "gone" else [(name + (mark if what == "edited" else ""), block)]
        if what == "followed":
            side.append((f"{name}{mark}{mark}", draw(st.sampled_from(BLOCKS))))
    return side


@pytest.mark.parametrize("name", ["README.md", "notes.txt"])
@settings(FEW, max_examples=400)
@given(data=st.data())
def test_prose(name: str, data: st.DataObject) -> None:
    """Each line of a side is there if it should be, once, and in that side's order."""

    def lines(text: str) -> list[str]:
        return [line for line in text.split("\n") if re.search(r"\w", line)]

    base = data.draw(blocks)
    sides = base, data.draw(edited_blocks(base, "-mine")), data.draw(edited_blocks(base, "-new"))
    texts = ["".join(block.format(word) for word, block in side) for side in sides]
    got = merge_structured(name, *texts)
    if got is None:
        return
    old, mine, new, found = map(lines, (*texts, got))
    expected = (set(mine) & set(new)) | (set(mine) - set(old)) | (set(new) - set(old))
    assert sorted(found) == sorted(expected)
    for side in (mine, new):
        assert [line for line in found if line in side] == [line for line in side if line in found]
