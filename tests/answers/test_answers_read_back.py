"""What a person types is what the files say that the built-in blueprint makes of it.

Every text that a question takes is read back from each file that holds it, by the parser of that
file's language.
"""

# ruff: noqa: RUF001

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from copier._subproject import Subproject
from hatchling.metadata.core import ProjectMetadata
from hatchling.metadata.spec import construct_metadata_file_2_4
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from omegaconf import OmegaConf

from scaffold import cli
from scaffold.blueprints.assembly import assemble_template
from scaffold.project import RECORD_NAME, read_record
from scaffold.questions.given_answer import GivenAnswer
from scaffold.render.request import RenderRequest
from scaffold.render.work import list_files, render_files

from ..generated.combinations import BLUEPRINT, MACHINE, Answers, render
from ..helpers.factories import commit, git
from ..helpers.typed_answers import NAMES, OPENED, QUESTIONS, TYPED, WAYS, accepted, why_refused

PLAIN = {
    "project_name": "Plain",
    "package_name": "plain",
    "description": "Plain words",
    "author_name": "Ada",
    "author_email": "ada@example.org",
}
# All that holds a text, once with each licence that names its holder and each environment.
FIRST: Answers = {
    "loggers": ["csv", "tensorboard", "mlflow", "wandb"],
    "notebook": True,
    "docker": True,
    "devcontainer": True,
    "ci": "github",
    "license": "MIT",
}
SECOND: Answers = {**FIRST, "license": "BSD-3-Clause", "environment": "conda"}


@dataclass
class Count:
    """How much was read back."""

    renders: int = 0
    texts: int = 0


@pytest.fixture(scope="module")
def counted(pytestconfig: pytest.Config) -> Iterator[Count]:
    """Counts, told at the end."""
    count = Count()
    yield count
    reporter = pytestconfig.pluginmanager.get_plugin("terminalreporter")
    if reporter:
        told = f"{count.renders} renders, {count.texts} texts read back, 0 broken"
        reporter.write_line(f"\nanswers fuzz: {told}")


# ---------------------------------------------------------------- what the files say


class Renders:
    """Renders with the same choices, from a template made once that holds what holds typed text.

    Args:
        folder: Where to work.
        choices: The answers to all questions that are not free text.
    """

    def __init__(self, folder: Path, choices: Answers) -> None:
        self._folder, self._choices, self._numbers = folder, choices, count()
        self._template = folder / "blueprint"
        self._template.mkdir(parents=True)
        assemble_template(OPENED.layers, self._answers(PLAIN), OPENED.config, self._template)
        other = {name: f"x{text}" for name, text in PLAIN.items()} | {"package_name": "plain"}
        one, two = (self(texts) for texts in (PLAIN, other))
        for file in list_files(one):
            if (one / file.path).read_bytes() == (two / file.path).read_bytes():
                self._drop(file.path)
        for place in sorted(self._template.rglob("*"), reverse=True):
            if place.is_dir() and not any(place.iterdir()):
                place.rmdir()

    def __call__(self, texts: Mapping[str, str]) -> Path:
        """Render; gives the project."""
        into = self._folder / f"project-{next(self._numbers)}"
        options = {"unsafe": False, "skip_tasks": False, "exclude": (), "answers_file": None}
        answers = self._answers({**PLAIN, **texts})
        render_files(RenderRequest(OPENED, self._template, answers, into, options=options))
        return into

    def _answers(self, texts: Mapping[str, str]) -> dict[str, Any]:
        data = {**self._choices, **texts}
        given = {name: GivenAnswer(value, "data") for name, value in data.items()}
        return dict(QUESTIONS.resolve(given, defaults=True).values)

    def _drop(self, path: str) -> None:
        named = path.replace("src/plain", "src/{{ package_name }}")
        for candidate in (named, f"{named}.jinja"):
            (self._template / "template" / candidate).unlink(missing_ok=True)


@pytest.fixture(scope="module")
def makers(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Renders]:
    roots = (tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("second"))
    return [Renders(root, choices) for root, choices in zip(roots, (FIRST, SECOND), strict=True)]


def check(project: Path, texts: Mapping[str, str]) -> int:
    """Read every file, and every text from each place that holds it; gives how often."""
    read_all(project)
    typed = {**PLAIN, **texts}
    name, author, address = (typed[key] for key in ("project_name", "author_name", "author_email"))
    found = shown_by_markdown(project / "README.md")
    shown = [text for text in (name, typed["description"]) if text]
    assert found[: len(shown)] == [one_line(text) for text in shown]
    about = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"]
    author_of = {k: v for k, v in (("name", author), ("email", address)) if v}
    assert about["description"] == typed["description"]
    assert about.get("authors", []) == ([author_of] if author_of else [])
    holder = (author or f"the authors of {name}").strip()
    assert f"\nCopyright (c) {holder}\n" in (project / "LICENSE").read_text("utf-8")
    assert (
        json.loads((project / ".devcontainer/devcontainer.json").read_text("utf-8"))["name"] == name
    )
    in_package(project, about)
    in_record(project, typed)
    return len(texts)


def one_line(text: str) -> str:
    """Markdown makes one space of several."""
    return re.sub(r"[ \t\n]+", " ", text).strip()


def shown_by_markdown(path: Path) -> list[str]:
    """The text that a reader sees in each heading and paragraph of a Markdown file."""
    blocks = MarkdownIt("gfm-like", {"linkify": False}).parse(path.read_text("utf-8"))
    outside = [block for block in blocks if block.type == "inline" and block.level == 1]
    return ["".join(child.content for child in block.children or []) for block in outside]


def in_package(project: Path, about: Mapping[str, Any]) -> None:
    """The tool that builds the package takes what ``pyproject.toml`` says."""
    metadata: ProjectMetadata[Any] = ProjectMetadata(
        str(project), None, {"project": {**about, "version": "1"}}
    )
    assert metadata.core.description == about["description"]
    assert metadata.core.authors == about.get("authors", [])
    assert construct_metadata_file_2_4(metadata).startswith("Metadata-Version:")


def in_record(project: Path, typed: Mapping[str, str]) -> None:
    """PyYAML, Copier and scaffold read the record alike."""
    path = project / RECORD_NAME
    copiers = Subproject(local_abspath=project, answers_relpath=Path(RECORD_NAME)).last_answers
    for answers in (yaml.safe_load(path.read_text("utf-8")), copiers):
        assert {name: answers[name] for name in typed} == dict(typed)
    if "_src_path: " in path.read_text("utf-8"):  # else it was rendered without one
        ours = read_record(project).answers
        assert {name: ours[name] for name in typed} == dict(typed)


def read_all(project: Path) -> None:
    """Every file is UTF-8 and what its name says."""
    for file in list_files(project):
        if file.path.startswith(".git/"):
            continue
        text = (project / file.path).read_text("utf-8")
        match Path(file.path).suffix:
            case ".py":
                ast.parse(text)
                compile(text, file.path, "exec", dont_inherit=True)
            case ".toml":
                tomllib.loads(text)
            case ".yaml" | ".yml":
                list(yaml.load_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
                if "/configs/" in file.path:
                    OmegaConf.to_container(OmegaConf.create(text))
            case ".json":
                json.loads(text)
            case ".ipynb":
                nbformat.validate(json.loads(text))


def test_accepted_texts_are_read_back(makers: Sequence[Renders], counted: Count) -> None:
    """More than 200 texts for each question, a different one for each; every text for two."""
    columns = {name: accepted(name) for name in NAMES}
    for row in range(220):
        texts = {
            name: column[(row + 110 * number) % len(column)]
            for number, (name, column) in enumerate(columns.items())
        }
        project = makers[row % 2](texts)
        counted.texts += check(project, texts)
        counted.renders += 1
        shutil.rmtree(project)


PACKAGES = (*accepted("package_name"), "nan", "inf", "e1", "o7", "zebra", "a" * 50)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_project_may_have_any_package_name(package: str, tmp_path: Path, counted: Count) -> None:
    """It stands in code, in configs that YAML might take for something else, and in commands."""
    distribution = package.replace("_", "-").strip("-")
    project = render(tmp_path / "p", {**PLAIN, **SECOND, "package_name": package})
    read_all(project)
    pyproject = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    assert pyproject["project"]["name"] == distribution
    assert pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == [f"src/{package}"]
    in_package(project, pyproject["project"])
    configs = project / "src" / package / "configs"
    conda = yaml.safe_load((project / "environment.yml").read_text("utf-8"))
    assert conda["name"] == distribution
    wandb = OmegaConf.load(configs / "logger/wandb.yaml")
    assert OmegaConf.select(wandb, "wandb.project") == distribution
    for target in targets(configs):
        assert target.startswith(("torch.", "pytorch_lightning.", f"{package}."))
    notebook = json.loads((project / "train.ipynb").read_text("utf-8"))
    source = "".join(line for cell in notebook["cells"] for line in cell["source"])
    assert f"from {package}.build import" in source
    assert f"python -m {package}.train" in (project / "README.md").read_text("utf-8")
    counted.texts += 1
    counted.renders += 1


def targets(configs: Path) -> Iterator[str]:
    for path in configs.rglob("*.yaml"):
        for line in path.read_text("utf-8").splitlines():
            if line.strip().startswith("_target_:"):
                target = yaml.safe_load(line)["_target_"]
                assert isinstance(target, str)
                yield target


def test_a_text_that_files_hold_stands_where_it_is_looked_for(tmp_path: Path) -> None:
    """So that a new place of a text gets a reader above."""
    marks = {name: f"Mark{number}er" for number, name in enumerate(NAMES)}
    marks["author_email"] = "mark3er@example.org"
    places = {name: set[str]() for name in NAMES}
    for licence in ("MIT", "BSD-3-Clause", "Apache-2.0", "MPL-2.0", "none"):
        answers = {**FIRST, **marks, "license": licence, "package_name": "plain"}
        project = render(tmp_path / licence, answers)
        for file in list_files(project):
            text = (project / file.path).read_text("utf-8")
            for name, mark in marks.items():
                if mark in text and file.path != RECORD_NAME:
                    places[name].add(file.path)
    assert places == {
        "project_name": {"README.md", ".devcontainer/devcontainer.json"},
        "description": {"README.md", "pyproject.toml"},
        "author_name": {"LICENSE", "pyproject.toml"},
        "author_email": {"pyproject.toml"},
    }


# ---------------------------------------------------------------- any text


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts=st.fixed_dictionaries(dict.fromkeys(NAMES[:3], TYPED)))
def test_any_accepted_text_is_read_back(
    makers: Sequence[Renders], counted: Count, texts: dict[str, str]
) -> None:
    fine = {name: text for name, text in texts.items() if not why_refused(name, text)}
    project = makers[len(str(fine)) % 2](fine)
    counted.texts += check(project, fine)
    counted.renders += 1
    shutil.rmtree(project)


# ---------------------------------------------------------------- through the command

NASTY = (
    {
        "project_name": '👩‍🔬 {{ 7 * 7 }} "it\'s" ${x}',
        "description": "- a: {b} # [c], &d *e !f | > % @ \\ ''' \"\"\" {% raw %}",
        "author_name": "می\u200cخواهم, O'Brien \\${oc.env:HOME}",
    },
    {"project_name": "--flag", "description": "null", "author_name": "1e3"},
    {"project_name": "~", "description": "  2024-01-01  ", "author_name": "<script>`$(x)`"},
)


@pytest.mark.parametrize("way", ["--data", "environment", "json", "toml"])
@pytest.mark.parametrize("texts", NASTY, ids=["all", "words", "spaces"])
def test_the_command_takes_them(way: str, texts: Mapping[str, str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scaffold", "new", "made", "--blueprint", str(BLUEPRINT)]
    command += ["--defaults", "--data", "package_name=plain", "--data", "devcontainer=true"]
    environ = {**os.environ, **MACHINE}
    if way == "--data":
        command += [word for name, text in texts.items() for word in ("--data", f"{name}={text}")]
    elif way == "environment":
        environ |= {f"SCAFFOLD_DATA_{name.upper()}": text for name, text in texts.items()}
    else:
        WAYS[way](texts, tmp_path)
        command += ["--answers", f"answers.{way}"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    check(tmp_path / "made", {**texts, "author_email": ""})


def test_an_update_keeps_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The record goes through once more, and an answer that changes leaves the others alone."""
    monkeypatch.setenv("CI", "true")
    data = [word for k, v in NASTY[0].items() for word in ("--data", f"{k}={v}")]
    start = ["new", str(tmp_path / "made"), "--data", "package_name=plain", "--defaults"]
    assert cli.run([*start, "--blueprint", str(BLUEPRINT), *data]) == 0
    update = ["update", str(tmp_path / "made"), "--defaults", "--to", "current"]
    assert cli.run(update) == 0
    assert git(tmp_path / "made", "status", "--porcelain") == ""
    assert cli.run([*update, "--data", "devcontainer=true"]) == 0
    commit(tmp_path / "made")
    check(tmp_path / "made", {**NASTY[0], "author_email": ""})
