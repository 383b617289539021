"""What a person types is what the files say that the built-in blueprint makes of it.

Every text question is given every text by every way in. What is refused gets its reason, and what
is accepted is read back from each file that holds it, by the parser of that file's language.
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
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
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

from scaffold import cli, record
from scaffold.answers import Given, commented, gather
from scaffold.blueprint import find
from scaffold.errors import AnswersError, Problem
from scaffold.layers import assemble
from scaffold.operations.create import load_questions
from scaffold.render.job import Job, list_files

from .blueprints.combinations import BLUEPRINT, MACHINE, Answers, render
from .factories import commit, git
from .typed_texts import TEXTS

STACK = ExitStack()
OPENED = STACK.enter_context(find(str(BLUEPRINT)).open())
QUESTIONS = load_questions(OPENED)
# Read from the blueprint, so that a new question is tried too.
FREE_TEXT = tuple(
    name
    for name, question in QUESTIONS.questions.items()
    if question.type == "str" and not question.choices and question.when is not False
)
NAMES = ("project_name", "description", "author_name", "author_email")
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


# ---------------------------------------------------------------- the ways in

Way = Callable[[Mapping[str, str], Path], dict[str, Given]]


def by_flags(texts: Mapping[str, str], folder: Path) -> dict[str, Given]:
    return gather([], [f"{name}={text}" for name, text in texts.items()], {}, {}, {})


def by_environment(texts: Mapping[str, str], folder: Path) -> dict[str, Given]:
    environ = {f"SCAFFOLD_DATA_{name.upper()}": text for name, text in texts.items()}
    return gather([], [], environ, {}, {})


def by_file(suffix: str, spell: Callable[[Mapping[str, str]], str]) -> Way:
    def way(texts: Mapping[str, str], folder: Path) -> dict[str, Given]:
        file = folder / f"answers.{suffix}"
        escaped = {name: not_interpolated(text) for name, text in texts.items()}
        file.write_text(spell(escaped), encoding="utf-8", newline="\n")
        return gather([file], [], {}, {}, {})

    return way


def not_interpolated(text: str) -> str:
    """As OmegaConf documents it: a backslash before ``${``, and those before it doubled."""
    parts = text.split("${")
    ends = [len(part) - len(part.rstrip("\\")) for part in parts[:-1]]
    marked = [part + "\\" * (end + 1) for part, end in zip(parts, ends, strict=False)]
    return "${".join([*marked, parts[-1]])


def toml_of(texts: Mapping[str, str]) -> str:
    lines = (f'{name} = "{"".join(map(toml_character, text))}"' for name, text in texts.items())
    return "\n".join(lines) + "\n"


def toml_character(character: str) -> str:
    plain = character.isalnum() and character.isascii()
    return character if plain else f"\\U{ord(character):08X}"


def yaml_of(texts: Mapping[str, str]) -> str:
    """As PyYAML writes it, unless YAML is read otherwise today: 1e3 without quotes, U+0085."""
    plain = yaml.safe_dump(dict(texts), allow_unicode=True, width=10**6)
    if OmegaConf.to_container(OmegaConf.create(plain), resolve=False) == texts:
        return plain
    return yaml.safe_dump(dict(texts), default_style='"', width=10**6)


def saved(texts: Mapping[str, str], folder: Path) -> dict[str, Given]:
    """As ``scaffold answers --from`` and the review write them."""
    file = folder / "saved.yml"
    file.write_text(commented(QUESTIONS, texts), encoding="utf-8", newline="\n")
    return gather([file], [], {}, {}, {})


WAYS: Mapping[str, Way] = {
    "--data": by_flags,
    "environment": by_environment,
    "yaml": by_file("yaml", yaml_of),
    "json": by_file("json", json.dumps),
    "toml": by_file("toml", toml_of),
}


def resolved(given: Mapping[str, Given]) -> tuple[Mapping[str, Any], Sequence[Problem]]:
    """The answers, or what is wrong with them."""
    try:
        return QUESTIONS.resolve(given, defaults=True).values, ()
    except AnswersError as error:
        return {}, error.problems


# ---------------------------------------------------------------- what is accepted

INVISIBLE = re.compile(
    r"[\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2060-\u206f\u2800\u3164"
    r"\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]+"
)
TAKEN = set(QUESTIONS.questions["taken_names"].default.split())
REORDERING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
LIMITS = {"project_name": 80, "description": 500, "author_name": 200}
ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
ADDRESS = re.compile(rf"{ATOM}(\.{ATOM})*@[\w-]+(\.[\w-]+)*")


def why_refused(name: str, text: str) -> str:
    """What the reason must say; nothing where the text is fine."""
    return unholdable(text) or (OWN_RULES.get(name) or wrong_text)(name, text)


def unholdable(text: str) -> str:
    """What no file can hold, whatever the question."""
    if len(text) > 65_536:
        return "characters long"
    if any("\ud800" <= c <= "\udfff" for c in text):
        return "surrogate"
    if wrong := next((c for c in text if forbidden(c)), ""):
        return "line break" if wrong == "\n" else f"U+{ord(wrong):04X}"
    return ""


def wrong_text(name: str, text: str) -> str:
    if not INVISIBLE.sub("", text) and (text or name == "project_name"):
        return "needs a name" if name == "project_name" else "shows nothing"
    return "longer than" if len(text) > LIMITS[name] else ""


def wrong_address(_: str, text: str) -> str:
    if len(text) > 254:
        return "longer than"
    if not text or ADDRESS.fullmatch(text):
        return ""
    return "no e-mail address" if text.partition("@")[0].isascii() or "@" not in text else "ASCII"


def wrong_package(_: str, text: str) -> str:
    if not re.fullmatch("[a-z][a-z0-9_]*", text):
        return "lower-case letters"
    if text in TAKEN:
        return "uses already"
    return "longer than" if len(text) > 50 else ""


OWN_RULES = {"package_name": wrong_package, "author_email": wrong_address}


def forbidden(character: str) -> bool:
    """Whether some file cannot hold it, or would show something else than it says."""
    code = ord(character)
    control = code < 0x20 or 0x7F <= code < 0xA0
    return control or character in f"\u2028\u2029\ufeff\ufffe\uffff{REORDERING}"


@dataclass
class Count:
    """How many texts were tried, and what became of them."""

    accepted: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    read_back: int = 0
    renders: int = 0

    def __str__(self) -> str:
        tried = (f"{n} {self.accepted[n]}/{self.refused[n]}" for n in FREE_TEXT)
        return (
            f"answers fuzz: {len(TEXTS)} texts by {len(WAYS)} ways; accepted/refused: "
            f"{', '.join(tried)}; {self.renders} renders, "
            f"{self.read_back} texts read back, 0 broken"
        )


@pytest.fixture(scope="module")
def counted(pytestconfig: pytest.Config) -> Iterator[Count]:
    """Counts, told at the end."""
    count = Count()
    yield count
    reporter = pytestconfig.pluginmanager.get_plugin("terminalreporter")
    if reporter:
        reporter.write_line(f"\n{count}")


def test_there_are_enough_texts() -> None:
    assert len(TEXTS) >= 200
    assert set(FREE_TEXT) == {"package_name", *NAMES}, "a new question: say where its text stands"


@pytest.mark.parametrize("way", WAYS)
def test_each_text_is_taken_as_it_is_or_refused_with_a_reason(
    way: str, tmp_path: Path, counted: Count
) -> None:
    for text in TEXTS:
        for name in FREE_TEXT:
            outcome(way, name, text, tmp_path)
            which = counted.refused if why_refused(name, text) else counted.accepted
            which[name] += way == "--data"


def outcome(way: str, name: str, text: str, folder: Path) -> None:
    """Give one text; hold what comes of it to what should."""
    expected = why_refused(name, text)
    if way in {"yaml", "json", "toml"} and text == "???":
        return  # says there that the answer is missing
    try:
        values, problems = resolved(WAYS[way]({name: text}, folder))
    except AnswersError as error:  # a file that cannot even be read
        values, problems = {}, error.problems
        assert expected, f"{way} cannot hold {text!r}"
        expected = re.escape(expected) + "|is not|cannot"
    else:
        expected = re.escape(expected)
    if not expected:
        assert values.get(name) == text, [str(problem) for problem in problems]
        return
    reasons = " ".join(problem.why for problem in problems)
    assert re.search(expected, reasons), f"{name}: {text!r}: {reasons or 'accepted'}"
    assert str(problems[0]).isprintable() or "\u200c" in text or "\u200d" in text


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
        assemble(OPENED.layers, self._answers(PLAIN), OPENED.config, self._template)
        other = {name: f"x{text}" for name, text in PLAIN.items()} | {"package_name": "plain"}
        one, two = (self(texts) for texts in (PLAIN, other))
        for file in list_files(one):
            if (one / file.path).read_bytes() == (two / file.path).read_bytes():
                self._drop(file.path)

    def __call__(self, texts: Mapping[str, str]) -> Path:
        """Render; gives the project."""
        into = self._folder / f"project-{next(self._numbers)}"
        options = {"unsafe": False, "skip_tasks": False, "exclude": (), "answers_file": None}
        answers = self._answers({**PLAIN, **texts})
        Job(OPENED, self._template, answers, into, "copy", options, {}, None)()
        return into

    def _answers(self, texts: Mapping[str, str]) -> dict[str, Any]:
        data = {**self._choices, **texts}
        given = {name: Given(value, "data") for name, value in data.items()}
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
    metadata = ProjectMetadata(str(project), None, {"project": {**about, "version": "1"}})
    assert metadata.core.description == about["description"]
    assert metadata.core.authors == about.get("authors", [])
    assert construct_metadata_file_2_4(metadata).startswith("Metadata-Version:")


def in_record(project: Path, typed: Mapping[str, str]) -> None:
    """PyYAML, Copier and scaffold read the record alike."""
    path = project / record.NAME
    copiers = Subproject(local_abspath=project, answers_relpath=Path(record.NAME)).last_answers
    for answers in (yaml.safe_load(path.read_text("utf-8")), copiers):
        assert {name: answers[name] for name in typed} == dict(typed)
    text = path.read_text("utf-8")
    if "_src_path" in text and "_commit" in text:
        assert {n: record.read(project).answers[n] for n in typed} == dict(typed)


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
                list(yaml.safe_load_all(text))
                if "/configs/" in file.path:
                    OmegaConf.to_container(OmegaConf.create(text))
            case ".json":
                json.loads(text)
            case ".ipynb":
                nbformat.validate(nbformat.reads(text, as_version=4))


def accepted(name: str) -> list[str]:
    return [text for text in TEXTS if not why_refused(name, text)]


def test_each_accepted_text_is_read_back(makers: Sequence[Renders], counted: Count) -> None:
    """A different text for each question of a render, every text once for each question."""
    columns = {name: accepted(name) for name in NAMES}
    rows = max(map(len, columns.values()))
    shifts = {name: 7 * number for number, name in enumerate(NAMES)}
    for row in range(rows):
        texts = {n: c[(row + shifts[n]) % len(c)] for n, c in columns.items()}
        project = makers[row % 2](texts)
        counted.read_back += check(project, texts)
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
    assert OmegaConf.load(configs / "logger/wandb.yaml")["wandb"]["project"] == distribution
    for target in targets(configs):
        assert target.startswith(("torch.", "pytorch_lightning.", f"{package}."))
    notebook = nbformat.read(project / "train.ipynb", as_version=4)
    assert f"from {package}.build import" in "".join(cell.source for cell in notebook.cells)
    assert f"python -m {package}.train" in (project / "README.md").read_text("utf-8")
    counted.read_back += 1
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
                if mark in text and file.path != record.NAME:
                    places[name].add(file.path)
    assert places == {
        "project_name": {"README.md", ".devcontainer/devcontainer.json"},
        "description": {"README.md", "pyproject.toml"},
        "author_name": {"LICENSE", "pyproject.toml"},
        "author_email": {"pyproject.toml"},
    }


# ---------------------------------------------------------------- any text

CHARACTERS = st.characters(exclude_categories=["Cs"])
TRICKY = st.sampled_from(
    "\\${}\"'#%:;,-|>&*!?@`~[]()<>= \u200d\u200c\u0301🎉漢م\ufe0f\u00a0\x85\u2028"
)
TYPED = st.text(CHARACTERS | TRICKY, max_size=90) | st.text(TRICKY, max_size=30)


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=90) | TYPED, name=st.sampled_from(FREE_TEXT))
def test_any_text_is_taken_as_it_is_or_refused(
    tmp_path_factory: pytest.TempPathFactory, text: str, name: str
) -> None:
    folder = tmp_path_factory.getbasetemp()
    for way in WAYS:
        outcome(way, name, text, folder)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts=st.fixed_dictionaries(dict.fromkeys(NAMES[:3], TYPED)))
def test_any_accepted_text_is_read_back(
    makers: Sequence[Renders], counted: Count, texts: dict[str, str]
) -> None:
    fine = {name: text for name, text in texts.items() if not why_refused(name, text)}
    project = makers[len(str(fine)) % 2](fine)
    counted.read_back += check(project, fine)
    counted.renders += 1
    shutil.rmtree(project)


def test_saved_answers_are_read_back(tmp_path: Path) -> None:
    for row in range(0, len(TEXTS), 3):
        texts = {
            name: fine[(row + 7 * number) % len(fine)]
            for number, (name, fine) in enumerate((n, accepted(n)) for n in NAMES)
        }
        texts = {name: text for name, text in texts.items() if text != "???"}
        values, problems = resolved(saved(texts, tmp_path))
        assert {name: values[name] for name in texts} == texts, problems


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
