"""Every combination of answers renders to files that their own tools accept."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations as pairs_of
from itertools import product
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from packaging.requirements import Requirement

from ..helpers.factories import tree
from .combinations import (
    Answers,
    Factor,
    all_pairs,
    combinations,
    combinations_of,
    factors,
    is_allowed,
    list_tasks,
)
from .conftest import Heavy
from .scars import of_text, scars
from .typed_code import list_digests

EACH = pytest.mark.parametrize("project", list(combinations()), indirect=True)


def test_every_pair_of_choices_occurs() -> None:
    chosen = factors()
    rows = [[value_of(factor, answers) for factor in chosen] for answers in all_pairs().values()]
    for (i, one), (j, other) in pairs_of(enumerate(chosen), 2):
        pairs = product(one.choices, other.choices)
        wanted = {pair for pair in pairs if is_allowed(pair, (one, other))}
        assert {(row[i], row[j]) for row in rows} == wanted


def value_of(factor: Factor, answers: Answers) -> Any:
    """What was chosen."""
    answer = answers[factor.question]
    return answer if factor.item is None else factor.item in answer


# ---------------------------------------------------------------- linter, formatter, types


@pytest.mark.parametrize("check", [("check",), ("format", "--check")], ids=" ".join)
def test_ruff_accepts_every_render(check: tuple[str, ...], renders: Mapping[str, Path]) -> None:
    """One process for all: ruff takes the configuration that is nearest to each file."""
    command = [sys.executable, "-m", "ruff", *check, "--no-cache"]
    command += [str(renders[name]) for name in combinations()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("task", list_tasks())
def test_mypy_accepts(task: str, renders: Mapping[str, Path], heavy: Heavy) -> None:
    """One cache for all, as most modules are those of the libraries; equal code only once."""
    cache = heavy.python.parents[1] / "mypy-cache"
    for project in list_unlike([renders[name] for name in combinations_of(task)]):
        done = heavy.run("-m", "mypy", "--cache-dir", cache, cwd=project)
        assert done.returncode == 0, f"{project.name}: {done.stdout}"


def list_unlike(projects: Sequence[Path]) -> Iterator[Path]:
    """Projects with code that none before them has, the largest first."""
    digests = {project: set(list_digests(project).values()) for project in projects}
    seen: set[str] = set()
    for project in sorted(projects, key=lambda project: -len(digests[project])):
        if digests[project] - seen:
            yield project
        seen |= digests[project]


def test_equal_code_is_what_has_equal_imports_and_settings(tmp_path: Path) -> None:
    overrides = '[[tool.mypy.overrides]]\nmodule = ["x.*", "y.*"]\n'
    code = {
        "pyproject.toml": f'[tool.mypy]\nfiles = ["src"]\n{overrides}',
        "src/p/__init__.py": "",
        "src/p/a.py": "from . import b\nimport x.z\n",
        "src/p/b.py": "one = 1\n",
        "src/p/c.py": "one = 1\n",
    }
    changes = {
        "src/p/b.py": ("two = 2\n", {"p.a", "p.b"}),
        "pyproject.toml": (code["pyproject.toml"].replace("x.*", "z.*"), {"p.a"}),
        "src/p/__init__.py": ("import q\n", {"p.__init__", "p.a"}),
    }
    before = list_digests(tree(tmp_path / "before", code))
    for path, (text, changed) in changes.items():
        after = list_digests(tree(tmp_path / path.replace("/", "-"), {**code, path: text}))
        assert {name for name in after if before[name] != after[name]} == changed


# ---------------------------------------------------------------- Hydra


def test_every_config_composes(renders: Mapping[str, Path], heavy: Heavy) -> None:
    """In one process, which imports Hydra once."""
    projects = [str(renders[name]) for name in combinations()]
    script = Path(__file__).with_name("compose.py")
    done = heavy.run(script, *projects, cwd=script.parent)
    assert done.returncode == 0, done.stdout
    assert len(done.stdout.splitlines()) == len(projects), done.stdout


# ---------------------------------------------------------------- parsers


@EACH
def test_every_file_parses(project: Path) -> None:
    parsed = {path.suffix for path in _files(project) if _parse(path)}
    assert parsed >= {".py", ".toml", ".yaml", ".yml"}


def _files(project: Path) -> Iterator[Path]:
    return (path for path in sorted(project.rglob("*")) if path.is_file())


def _parse(path: Path) -> bool:
    """Whether there is a parser; it raises where it does not like the file."""
    text = path.read_text(encoding="utf-8")
    match path.suffix:
        case ".py":
            compile(text, str(path), "exec", dont_inherit=True)
        case ".toml":
            tomllib.loads(text)
        case ".yaml" | ".yml":
            list(yaml.safe_load_all(text))
        case ".json":
            json.loads(text)
        case ".ipynb":
            nbformat.validate(json.loads(text))
        case _:
            return False
    return True


@EACH
def test_no_scar_of_the_template_is_left(project: Path) -> None:
    assert list(scars(project)) == []


@pytest.mark.parametrize(
    ("name", "text", "scar"),
    [
        pytest.param("a.md", "one\n\n\ntwo\n", "two empty lines in a row", id="blank"),
        pytest.param("a.md", "one \n", "1: trailing space", id="space"),
        pytest.param("a.md", "{{ x }}\n", "1: a tag of the template: {{ x }}", id="tag"),
        pytest.param("a.md", "", "empty", id="empty"),
        pytest.param("__init__.py", "\n", "empty", id="not quite empty"),
        pytest.param("a.py", "x = 1", "does not end in one newline", id="end"),
        pytest.param("a.py", "\nx = 1\n", "begins with an empty line", id="begin"),
        pytest.param("a.py", "from scaffold import x\n", "imports scaffold", id="import"),
        pytest.param("a.sh", "a\r\n", "carriage returns", id="cr"),
    ],
)
def test_scars_are_seen(name: str, text: str, scar: str) -> None:
    assert scar in list(of_text(Path(name), text))


def test_expressions_of_github_are_no_scars() -> None:
    assert list(of_text(Path("ci.yml"), "a: ${{ b }}\n")) == []
    assert list(of_text(Path("__init__.py"), "")) == []


@EACH
def test_no_project_needs_scaffold(project: Path) -> None:
    about = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    groups = [about["dependencies"], *about.get("optional-dependencies", {}).values()]
    names = {Requirement(text).name.lower() for group in groups for text in group}
    assert names
    assert not names & {"scaffold", "copier"}


def test_projects_pin_what_this_repository_pins() -> None:
    """A generated project is trained in the versions that it names itself."""
    from tools.pin import PINS

    ours = set(PINS.read_text().splitlines())
    blueprints = PINS.parent.glob("blueprints/*/layers/base/constraints.txt")
    for line in (line for path in blueprints for line in path.read_text().splitlines()):
        assert line.startswith("#") or line in ours
