"""The rooms of the code: who imports whom, through which door, and what starts light."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest
from tools.code_tree import ROOMS

import scaffold

ROOT = Path(scaffold.__file__).parent
WRAPPER = "render.worker_engine"  # the only one that uses what dependencies call private
# Who may import what others made.
ONLY = {
    "copier": {"render"},
    "questionary": {"prompts"},
    "typer": {"cli"},
    "subprocess": {"git", "render", "project"},
}
HEAVY = {"copier", "questionary", "prompt_toolkit", "hydra", "omegaconf", "torch", "jinja2", "yaml"}
HEAVY |= {"pydantic", "rich", "libcst", "tomlkit", "ruamel", "platformdirs", "packaging"}
# A first line of a docstring says what is done, or names what there is.
QUESTION_WORDS = ("What ", "How ", "Who ", "Whether ", "Where ", "Why ", "Which ")


class Import(NamedTuple):
    """One name that a module imports from another of ours."""

    module: str
    name: str
    local: str = ""


def modules() -> dict[str, Path]:
    """Every module of the package but its root, by its dotted name."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if name and name != "__main__":
            found[name] = path
    return found


MODULES = modules()


@cache
def code_of(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text())


def imports_of(code: ast.Module, module: str, is_package: bool) -> Iterator[Import]:
    """What a module imports from ours, late imports and those for types too."""
    package = module.split(".") if is_package else module.split(".")[:-1]
    for node in ast.walk(code):
        if isinstance(node, ast.ImportFrom) and node.level:
            above = package[: len(package) - node.level + 1]
            source = ".".join([*above, *filter(None, [node.module])])
            for alias in node.names:
                yield Import(source, alias.name, alias.asname or alias.name)


@cache
def imports(module: str) -> list[Import]:
    is_package = MODULES[module].name == "__init__.py"
    return list(imports_of(code_of(module), module, is_package))


@cache
def door(room: str) -> dict[str, str]:
    """The names that a room exports, with the module of each."""
    stub = ROOT / room / "__init__.pyi"
    if not stub.is_file():
        return {}
    found = imports_of(ast.parse(stub.read_text()), room, is_package=True)
    return {one.name: one.module for one in found}


def packages_of_others(code: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(code):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add((node.module or "").partition(".")[0])
    return found


def room_of(module: str) -> str:
    return module.partition(".")[0]


def target(one: Import) -> str:
    """The module that an import reaches, behind doors."""
    full = f"{one.module}.{one.name}".lstrip(".")
    if full in MODULES:
        return full
    return door(one.module).get(one.name, one.module)


def test_every_module_is_in_a_room() -> None:
    assert {room_of(module) for module in MODULES} == set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_imports_point_one_way(room: str) -> None:
    above = {"", *ROOMS[: ROOMS.index(room) + 1]}
    found = {one for module in MODULES if room_of(module) == room for one in imports(module)}
    assert {one for one in found if room_of(target(one)) not in above} == set()


@pytest.mark.parametrize("module", MODULES)
def test_others_come_in_by_the_door(module: str) -> None:
    for one in imports(module):
        if not one.module or room_of(one.module) == room_of(module) or one.module == "errors":
            continue
        assert one.name in door(one.module), f"{module} imports {one}"


@pytest.mark.parametrize("module", MODULES)
def test_no_module_imports_the_door_of_its_own_room(module: str) -> None:
    own = {f"{one.module}.{one.name}" for one in imports(module) if one.module == room_of(module)}
    assert own <= set(MODULES)


def used_through_doors() -> set[tuple[str, str]]:
    """Room and name, of what modules of other rooms take."""
    used = set()
    for module in MODULES:
        whole = {one.local: one.name for one in imports(module) if not one.module}
        used |= {(one.module, one.name) for one in imports(module)}
        for node in ast.walk(code_of(module)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                used.add((whole.get(node.value.id, ""), node.attr))
    return used


@pytest.mark.parametrize("room", ROOMS)
def test_a_door_exports_what_others_use(room: str) -> None:
    unused = {name for name in door(room) if (room, name) not in used_through_doors()}
    assert unused == set()


@pytest.mark.parametrize("room", ROOMS)
def test_every_name_of_a_door_is_there(room: str) -> None:
    program = f"import scaffold.{room} as room\nfor name in {list(door(room))}: getattr(room, name)"
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("room", ROOMS)
def test_no_name_of_a_door_is_a_module_too(room: str) -> None:
    """The import of the module would put it in the place of the name."""
    taken = {name for name, home in door(room).items() if home != room} & {
        module.rpartition(".")[2] for module in MODULES if module.rpartition(".")[0] == room
    }
    assert taken == set()


def test_there_is_no_cycle() -> None:
    graph = {module: {target(one) for one in imports(module)} - {module, ""} for module in MODULES}
    list(TopologicalSorter(graph).static_order())


@pytest.mark.parametrize("package", ONLY)
def test_one_room_talks_to(package: str) -> None:
    users = {room_of(m) for m in MODULES if package in packages_of_others(code_of(m))}
    assert users == ONLY[package]


def test_one_module_picks_a_loader_of_yaml() -> None:
    """Others name no loader of PyYAML, and no function that brings one of its own."""
    picked = re.compile(r"yaml\.(\w+Loader|safe_load|full_load|unsafe_load)|get_yaml_loader|CSafe")
    users = {module for module, path in MODULES.items() if picked.search(path.read_text())}
    assert users == {"host.yaml"}


def definitions(kind: type[ast.AST]) -> Iterator[tuple[str, ast.AST]]:
    for module in MODULES:
        yield from ((module, n) for n in ast.walk(code_of(module)) if isinstance(n, kind))


def test_a_class_has_its_name_for_itself() -> None:
    names = Counter(node.name for _, node in definitions(ast.ClassDef))  # type: ignore[attr-defined]
    assert [name for name, count in names.items() if count > 1] == []


def test_no_docstring_begins_with_a_question_word() -> None:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    found = [
        f"{module}: {text}"
        for kind in kinds
        for module, node in definitions(kind)
        if (text := (ast.get_docstring(node) or "").partition("\n")[0]).startswith(QUESTION_WORDS)  # type: ignore[arg-type]
    ]
    assert found == []


def test_the_way_of_an_answer_leads_through_what_there_is() -> None:
    page = (ROOT.parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    way = page.partition("### From `--data description=x` to a rendered file")[2].partition("##")[0]
    stops = re.findall(r"^\d+\. `([\w/]+)\.py`: `(\w+)`", way, re.MULTILINE)
    assert 0 < len(stops) <= 10
    for path, name in stops:
        tree = code_of(path.replace("/", "."))
        assert name in {getattr(node, "name", "") for node in tree.body}, path
    for path in re.findall(r"`([\w/]+)\.py`", way):
        assert path.replace("/", ".") in MODULES


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def private_imports(code: ast.Module) -> Iterator[str]:
    """Private names that a module imports from packages of others."""
    for node in ast.walk(code):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name for name in names if any(map(is_private, name.split("."))))


def private_accesses(code: ast.Module, own: set[str]) -> Iterator[str]:
    """Private attributes that a module reads, and that none of our modules defines."""
    for node in ast.walk(code):
        if isinstance(node, ast.Attribute) and is_private(node.attr) and node.attr not in own:
            text = ast.unparse(node)
            if text.partition(".")[0] not in sys.stdlib_module_names:
                yield text


def defined(code: ast.Module) -> Iterator[str]:
    for node in ast.walk(code):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def test_one_module_uses_private_names_of_dependencies() -> None:
    code = {module: code_of(module) for module in MODULES}
    wrapper = code.pop(WRAPPER)
    assert list(private_imports(wrapper))
    own = {name for each in code.values() for name in defined(each)}
    for module, each in code.items():
        assert [*private_imports(each), *private_accesses(each, own)] == [], module


PRIVATE = """\
import typer._click
from copier._main import Worker
from copier import _main
from os import _exit
typer._click.exceptions
worker._render_string("")
self._own
os._exit(0)
"""


def test_private_names_are_found() -> None:
    code = ast.parse(PRIVATE)
    assert len(list(private_imports(code))) == 4
    found = ["typer._click", "worker._render_string"]
    assert list(private_accesses(code, {"_own"})) == found


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["new", "--help"]])
def test_the_command_line_starts_light(arguments: list[str]) -> None:
    program = "import sys\nfrom scaffold.cli import run\ncode = run(sys.argv[1:])\n"
    program += "sys.stderr.write(' '.join(sys.modules))\nsys.exit(code)"
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    started = {name.partition(".")[0] for name in done.stderr.split()}
    assert not started & HEAVY
    ours = {name for name in done.stderr.split() if name.startswith("scaffold")}
    doors = {"scaffold", *(f"scaffold.{room}" for room in ROOMS)}
    assert {name for name in ours - doors if not name.startswith("scaffold.cli")} == {
        "scaffold.host.doors",
        "scaffold.host.signals",
    }


MAKE = """\
import atexit, gc, json, sys
from scaffold.cli import main

def searches():
    return sum(generation["collections"] for generation in gc.get_stats())

before = searches()
atexit.register(lambda: print(json.dumps([searches() - before, *sys.modules]), file=sys.stderr))
main()
"""
ELSEWHERE = {"apply.transaction", "merge.merger", "merge.structured.merge", "prompts.person"}
ELSEWHERE = {
    f"scaffold.{name}"
    for name in (*ELSEWHERE, "render.public_engine", "operations.existing_folder")
}
ELSEWHERE |= {"questionary", "time_machine"}


def test_a_new_project_costs_only_what_it_needs(tmp_path: Path) -> None:
    """It loads nothing that other commands need, and never searches for cycles what it loaded."""
    assert {n for n in ELSEWHERE if n.startswith("scaffold")} <= {f"scaffold.{m}" for m in MODULES}
    command = [sys.executable, "-c", MAKE, "new", "p", "--defaults", "--no-git"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    searched, *loaded = json.loads(done.stderr.splitlines()[-1])
    assert not ELSEWHERE & set(loaded)
    assert searched == 0
