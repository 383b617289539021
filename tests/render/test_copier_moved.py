"""A Copier that has moved what is not public: a project is made and updated all the same.

Each time Copier's source is copied with one private name written otherwise throughout, as if a
release had renamed it; the installed one stays as it is.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import copier
import pytest
from jinja2 import Environment

import scaffold
from scaffold import Inputs, create
from scaffold.render import engine, worker_engine

from ..helpers.copier_templates import TEMPLATES, Template
from ..helpers.factories import commit, git, tree
from .test_copier_equality import by_scaffold, contents

COPIER = Path(copier.__file__).parent
SOURCE = Path(worker_engine.__file__)
MODULES = ("_jinja_ext", "_main", "_settings", "_template", "_user_data")
PUBLIC = {"__init__", "run_copy"}
GROUPS = (worker_engine.METHODS, worker_engine.CACHED, worker_engine.READ)
NAMES = sorted({n for group in GROUPS for names in group.values() for n in names} - PUBLIC)
CLASSES = ("AnswersMap", "SettingsModel", "Task", "Template", "Worker", "get_yield_context")
ANYWHERE = r"(?<!\w)NAME(?!\w)"
# Attributes, their definitions and keywords: such words are names in other modules, too.
PLAIN = r"(?<!importlib\.)(?<!packaging\.)(?<!metadata\.)(?<=\.)NAME(?!\w)|(?<=def )NAME(?=\()"
PLAIN += r"|(?m:(?<=^    )NAME(?=:))|(?<=[(\s])NAME(?==)"
RUN = """\
import sys
from scaffold.cli import run
for words in sys.argv[1:]:
    code = run(words.split("|"))
    if code:
        sys.exit(code)
"""


@pytest.fixture
def blueprint(tmp_path: Path) -> Path:
    """Two versions of a template that shows what templates can see, with a migration."""
    root = tree(
        tmp_path / "blueprint",
        {
            "copier.yml": "name: demo\nkind: {type: str, choices: [a, b], default: a}\n"
            "_message_after_copy: made {{ name }}\n_skip_if_exists: [kept.txt]\n",
            "{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers|to_nice_yaml }}",
            "{{ name }}/a.txt.jinja": "{{ _copier_answers._commit }} {{ kind }} "
            "{{ _copier_conf.vcs_ref_hash }}\n",
            "kept.txt": "1\n",
        },
    )
    git(root, "init", "--quiet", "--initial-branch=main")
    commit(root)
    git(root, "tag", "v1.0.0")
    tree(root, {"new.txt": "new\n", "kept.txt": "2\n"})
    commit(root)
    git(root, "tag", "v2.0.0")
    return root


def renamed(folder: Path, name: str) -> Path:
    """A copy of Copier in which one name is another; gives the folder to import it from."""
    target = folder / "copier"
    shutil.copytree(COPIER, target, ignore=shutil.ignore_patterns("__pycache__"))
    wanted = ANYWHERE if name.startswith("_") or name in CLASSES else PLAIN
    pattern = wanted.replace("NAME", name)
    for path in target.rglob("*.py"):
        path.write_text(re.sub(pattern, f"{name}_moved", path.read_text()))
    module = target / f"{name}.py"
    if module.exists():
        module.rename(target / f"{name}_moved.py")
    return folder


def run(place: Path, *commands: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join((str(place), str(Path(scaffold.__file__).parents[1])))
    environ = {**os.environ, "PYTHONPATH": path, "CI": "true"}
    words = ["|".join(command) for command in commands]
    command = [sys.executable, "-c", RUN, *words]
    return subprocess.run(
        command, cwd=cwd, env=environ, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("name", [*MODULES, "_operation", *CLASSES, *NAMES])
def test_a_project_is_made_and_updated(tmp_path: Path, blueprint: Path, name: str) -> None:
    place = renamed(tmp_path / "copier", name)
    url = f"file://{blueprint}"
    new = ["new", "p", "-b", url, "--to", "v1.0.0", "--defaults", "--verbose"]
    made = run(place, new, cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "public functions" in made.stderr
    assert "made demo" in made.stderr
    first = git(blueprint, "rev-parse", "v1.0.0").strip()
    assert (tmp_path / "p/demo/a.txt").read_text() == f"v1.0.0 a {first}\n"
    assert f"_src_path: git+{url}\n" in (tmp_path / "p/.copier-answers.yml").read_text()
    done = run(place, ["update", "p", "--data", "kind=b"], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    second = git(blueprint, "rev-parse", "v2.0.0").strip()
    assert (tmp_path / "p/demo/a.txt").read_text() == f"v2.0.0 b {second}\n"
    assert (tmp_path / "p/new.txt").read_text() == "new\n"
    assert (tmp_path / "p/kept.txt").read_text() == "1\n"


def test_nothing_is_said_where_copier_is_as_expected(tmp_path: Path, blueprint: Path) -> None:
    done = run(COPIER.parent, ["new", "p", "-b", str(blueprint), "--defaults", "-v"], cwd=tmp_path)
    assert done.returncode == 0
    assert "public functions" not in done.stderr


def test_all_that_is_used_is_compared() -> None:
    """Each method that ours overrides, and each attribute with a private name."""
    text = ast.parse(SOURCE.read_text())
    classes = {owner.__name__: owner for owner in worker_engine.METHODS}
    own = {"_compile", "_forget_yield", "_is_plain", "_folder", "_request", "_worker"}
    arguments = worker_engine.METHODS[classes["Worker"]]["__init__"]
    known = {*NAMES, *arguments, *PUBLIC, "__dict__", "__annotations__"}
    renderer = next(
        n for n in text.body if isinstance(n, ast.ClassDef) and n.name == "FolderRenderer"
    )
    overridden = {n.name for n in renderer.body if isinstance(n, ast.FunctionDef)}
    assert overridden & set(dir(classes["Worker"])) <= known
    used = {n.attr for n in ast.walk(text) if isinstance(n, ast.Attribute)}
    private = {name for name in used if name.startswith("_") and not name.startswith("__")}
    assert private - own <= known
    of_copier = set(vars(classes["Worker"])) | set(vars(classes["Template"]))
    assert used & of_copier - {"unsafe"} <= known


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("template", TEMPLATES, ids=[template.name for template in TEMPLATES])
def test_both_ways_make_the_same(
    tmp_path: Path, home: Path, template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (home / ".gitconfig").open("a") as config:
        config.write('[protocol "file"]\n\tallow = always\n')
    source = template.make(tmp_path / "template")
    dest = tmp_path / "work" / "My Project"
    dest.parent.mkdir()
    by_scaffold(template, source, dest)
    expected = contents(dest)
    shutil.rmtree(dest)
    monkeypatch.setattr(engine, "find_missing_name", lambda: "Worker._render_file")
    by_scaffold(template, source, dest)
    found: Mapping[str, object] = contents(dest)
    assert found == expected


def test_the_built_in_blueprint_renders_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for side in ("worker", "public"):
        (tmp_path / side).mkdir()
        if side == "public":
            monkeypatch.setattr(engine, "find_missing_name", lambda: "Worker._render_file")
        create(tmp_path / side / "demo", inputs=Inputs(defaults=True), start_git=False)
    assert contents(tmp_path / "worker/demo") == contents(tmp_path / "public/demo")


def test_the_name_of_a_folder_is_compiled_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"{{{{ name }}}}/{number}.txt" for number in range(3)]
    tree(tmp_path / "b", {"copier.yml": "name: demo\n", **dict.fromkeys(names, "")})
    compiled: list[object] = []
    compile_text = Environment.from_string

    def counting(self: Environment, source: str, *arguments: object) -> object:
        compiled.append(source)
        return compile_text(self, source, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Environment, "from_string", counting)
    create(tmp_path / "p", str(tmp_path / "b"), Inputs(defaults=True), trust=True, start_git=False)
    assert (tmp_path / "p/demo/2.txt").is_file()
    assert compiled.count("{{ name }}") == 1
