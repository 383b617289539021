"""The modules, who imports whom, and what starts with the command line."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import scaffold

ROOT = Path(scaffold.__file__).parent
WRAPPER = ROOT / "render/worker.py"  # the only one that uses what dependencies call private
# Each imports only from those before it.
ORDER = [
    *("errors", "stopping", "folders", "temporary", "limits", "yaml_loader", "progress"),
    *("git", "naming", "quoting"),
    *("texts", "values", "expressions", "config", "question", "situation"),
    *("walk", "session", "schema", "questions"),
    "presets",
    "structured",
    *("locate", "answers_file", "commented", "answers", "settings_file", "settings"),
    *("layers", "version_order", "blueprint", "render", "record", "memory", "trust"),
    *("merge", "apply"),
    *("archive", "destination", "operations", "cpus", "first_run", "prompts", "report", "cli"),
]
ONLY = {
    "copier": {"render"},
    "questionary": {"prompts"},
    "typer": {"cli"},
    "subprocess": {"git", "render", "first_run"},
}
HEAVY = {"copier", "questionary", "prompt_toolkit", "hydra", "omegaconf", "torch", "jinja2", "yaml"}
HEAVY |= {"pydantic", "rich", "libcst", "tomlkit", "ruamel", "platformdirs", "packaging"}


def modules() -> dict[str, list[Path]]:
    names: dict[str, list[Path]] = {}
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).parts[0].removesuffix(".py")
        if not name.startswith("__"):
            names.setdefault(name, []).append(path)
    return names


def imported(path: Path) -> tuple[set[str], set[str]]:
    """The modules of ours and the packages of others that a file imports, late ones too."""
    ours, others = set(), set()
    depth = len(path.relative_to(ROOT).parts)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            others |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            others.add((node.module or "").partition(".")[0])
        elif isinstance(node, ast.ImportFrom) and node.level == depth:
            named = [node.module] if node.module else [alias.name for alias in node.names]
            ours |= {name.partition(".")[0] for name in named}
    return ours - {"__version__"}, others


def test_every_module_has_its_place() -> None:
    assert set(modules()) <= set(ORDER)


@pytest.mark.parametrize("module", modules())
def test_imports_point_one_way(module: str) -> None:
    before = set(ORDER[: ORDER.index(module)])
    found = set().union(*(imported(path)[0] for path in modules()[module])) - {module}
    assert found <= before, f"{module} imports {sorted(found - before)}"


@pytest.mark.parametrize("package", ONLY)
def test_one_module_talks_to(package: str) -> None:
    users = {m for m, paths in modules().items() for p in paths if package in imported(p)[1]}
    assert users == ONLY[package]


def test_one_module_picks_a_loader_of_yaml() -> None:
    """Others name no loader of PyYAML, and no function that brings one of its own."""
    picked = re.compile(r"yaml\.(\w+Loader|safe_load|full_load|unsafe_load)|get_yaml_loader|CSafe")
    users = {path.name for path in ROOT.rglob("*.py") if picked.search(path.read_text())}
    assert users == {"yaml_loader.py"}


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
    code = {path: ast.parse(path.read_text()) for paths in modules().values() for path in paths}
    wrapper = code.pop(WRAPPER)
    assert list(private_imports(wrapper))
    own = {name for each in code.values() for name in defined(each)}
    for path, each in code.items():
        assert [*private_imports(each), *private_accesses(each, own)] == [], path


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
    assert {name for name in ours if not name.startswith("scaffold.cli")} == {
        "scaffold",
        "scaffold.errors",
        "scaffold.stopping",
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
ELSEWHERE = {"scaffold.apply", "scaffold.merge.plan", "scaffold.structured", "scaffold.prompts"}
ELSEWHERE |= {"scaffold.render.public", "scaffold.operations.into", "questionary", "time_machine"}


def test_a_new_project_costs_only_what_it_needs(tmp_path: Path) -> None:
    """It loads nothing that other commands need, and never searches for cycles what it loaded."""
    command = [sys.executable, "-c", MAKE, "new", "p", "--defaults", "--no-git"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    searched, *loaded = json.loads(done.stderr.splitlines()[-1])
    assert not ELSEWHERE & set(loaded)
    assert searched == 0


def test_no_public_name_is_a_module_too() -> None:
    """Importing a module would put it in the place of a function of the same name."""
    assert not {path.stem for path in ROOT.glob("*")} & set(scaffold.__all__)
