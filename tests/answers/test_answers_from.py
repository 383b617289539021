"""`scaffold answers`: a file to fill in, or one filled with what a project's record holds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import pytest
import yaml
from jsonschema import Draft202012Validator

from scaffold import Inputs, create
from scaffold.operations.answers import make_answers_file

from ..helpers.blueprints_on_disk import repository, tree
from ..helpers.factories import files_of
from ..helpers.pages import WAITING

RECORD = ".copier-answers.yml"
OLD = {
    "copier.yml": """\
_answers_file: .copier-answers.yml
_secret_questions: [token]
project_name: {type: str}
slug: {type: str, default: "{{ project_name|lower }}"}
loggers: {type: str, multiselect: true, choices: [csv, wandb], default: [csv]}
entity: {type: str, default: me, when: "{{ 'wandb' in loggers }}"}
tree: {type: json, default: "{}"}
deep: {type: yaml, default: null}
ratio: {type: float, default: 1e-10}
notes: {type: str, default: "", multiline: true}
token: {type: str, default: none}
old: {type: int, default: 1}
upper: {default: "{{ project_name|upper }}", when: false}
""",
    "all.txt.jinja": "{{ [project_name, slug, loggers, tree, deep, ratio, notes, upper] }}\\n",
    "[[ _copier_conf.answers_file ]].jinja": "",
    "{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers|to_nice_yaml }}",
}
ANSWERS: dict[str, Any] = {
    "project_name": 'Ünï "quoted" ${x} \\ # no 🤗',
    "loggers": ["wandb"],
    "tree": {"a": [1, None, "${y}"], "b": "yes"},
    "deep": "1",
    "ratio": 1e-12,
    "notes": "one\n\ttwo\n",
    "token": "hush-hush",
}


def run(*args: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scaffold", *map(str, args)]
    return subprocess.run(
        command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


@pytest.fixture
def source(tmp_path: Path) -> Path:
    old = {name: text for name, text in OLD.items() if not name.startswith("[[")}
    new = {**old, "copier.yml": old["copier.yml"].replace("old: {type: int", "new: {type: int")}
    new["copier.yml"] = new["copier.yml"].replace("[csv, wandb]", "[csv, mlflow]")
    return repository(tmp_path / "source", {"v1.0.0": old, "v2.0.0": new})


def made(source: Path, folder: Path, **more: Any) -> Path:
    return create(folder, str(source), Inputs(data=ANSWERS, defaults=True), **more).path


def contents(folder: Path) -> dict[str, Any]:
    """The files of a project; the order of the record's lines says nothing."""
    found: dict[str, Any] = dict(files_of(folder))
    return {**found, RECORD: yaml.safe_load(found[RECORD])}


def schema_of(text: str, folder: Path) -> dict[str, Any]:
    """The schema that the first line of a file names, as an editor finds it."""
    first = text.splitlines()[0]
    address = first.removeprefix("# yaml-language-server: $schema=")
    assert address != first
    path = unquote(urlparse(address).path) if address.startswith("file:") else unquote(address)
    schema: dict[str, Any] = json.loads((folder / path).read_text(encoding="utf-8"))
    return schema


# ---------------------------------------------------------------- a project, once more


def test_the_answers_of_a_project_make_an_equal_project(tmp_path: Path, source: Path) -> None:
    project = made(source, tmp_path / "one", version="v1.0.0")
    done = run("answers", "--from", "one", "--output", "my answers.yml", cwd=tmp_path)
    assert (done.returncode, WAITING.sub("", done.stderr)) == (0, "")
    text = (tmp_path / "my answers.yml").read_text()
    for absent in ("hush-hush", "upper", "???: "):
        assert absent not in text
    assert f"scaffold new DEST --blueprint {source} --to v1.0.0 --answers FILE" in text
    schema = schema_of(text, tmp_path)
    Draft202012Validator(schema).validate(yaml.safe_load(text))
    words = ["-b", source, "--to", "v1.0.0", "-a", "my answers.yml", "--defaults"]
    again = run("new", "other", *words, "-d", "token=hush-hush", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert contents(tmp_path / "other") == contents(project)


def test_the_answers_of_a_built_in_project_make_an_equal_project(tmp_path: Path) -> None:
    data = {"loggers": ["csv", "wandb"], "docker": True, "author_name": "Zoë", "license": "none"}
    project = create(tmp_path / "one", inputs=Inputs(data=data, defaults=True)).path
    file = make_answers_file(project=project)
    (tmp_path / "a.yml").write_text(file.text)
    made = create(tmp_path / "other", inputs=Inputs(files=[tmp_path / "a.yml"], defaults=True))
    assert contents(made.path) == contents(project)
    assert file.notes == ()
    Draft202012Validator(dict(file.schema)).validate(yaml.safe_load(file.text))


def test_what_a_newer_version_does_not_take_is_noted(tmp_path: Path, source: Path) -> None:
    made(source, tmp_path / "one", version="v1.0.0")
    done = run("answers", "--from", "one", "--to", "v2.0.0", cwd=tmp_path)
    assert done.returncode == 0
    notes = WAITING.sub("", done.stderr).splitlines()
    assert notes[0] == "note: old of the record is not a question of source v2.0.0"
    assert notes[1].startswith("note: record: loggers is no longer used: must be one of csv,")
    assert notes[2] == "note: entity of the record is not used there"
    assert len(notes) == 3
    assert "\nnew: 1" in done.stdout
    assert "\nloggers: [csv]" in done.stdout


def test_what_no_file_can_hold_is_noted(tmp_path: Path, source: Path) -> None:
    project = made(source, tmp_path / "one", version="v1.0.0")
    record = yaml.safe_load((project / RECORD).read_text())
    record |= {"slug": "two\nlines", "project_name": "???"}
    (project / RECORD).write_text(yaml.safe_dump(record, sort_keys=False))
    notes = make_answers_file(project=project).notes
    assert [note.split(" of ")[0] for note in notes] == ["project_name", "slug"]
    assert "line break" in notes[1]


def test_a_folder_without_a_record_is_told(tmp_path: Path) -> None:
    done = run("answers", "--from", ".", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Not a scaffold project" in done.stderr


# ---------------------------------------------------------------- files


def test_nothing_is_overwritten(tmp_path: Path, source: Path) -> None:
    words = ["answers", source, "-o", "a.yml"]
    (tmp_path / "a.yml").write_text("mine")
    assert run(*words, cwd=tmp_path).returncode == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.yml", "source"]
    (tmp_path / "a.yml").rename(tmp_path / "a.yml.schema.json")
    done = run(*words, cwd=tmp_path)
    assert (done.returncode, "already exists" in done.stderr) == (1, True)
    assert not (tmp_path / "a.yml").exists()
    assert (tmp_path / "a.yml.schema.json").read_text() == "mine"
    (tmp_path / "a.yml").symlink_to("nowhere")
    (tmp_path / "a.yml.schema.json").unlink()
    assert run(*words, cwd=tmp_path).returncode == 1
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(("name", "code"), [("a.json", 2), ("no/a.yml", 1)])
def test_a_place_that_does_not_do_is_told(tmp_path: Path, name: str, code: int) -> None:
    done = run("answers", "-o", name, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert list(tmp_path.iterdir()) == []


def test_what_is_printed_names_a_schema_that_exists(tmp_path: Path, source: Path) -> None:
    text = run("answers", source, cwd=tmp_path).stdout
    schema = schema_of(text, tmp_path)
    Draft202012Validator.check_schema(schema)
    assert schema == make_answers_file(str(source)).schema
    assert run("answers", source, cwd=tmp_path).stdout == text


def test_without_a_cache_there_is_no_line_that_names_a_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tree(tmp_path / "s", {"copier.yml": "a: 1\n", "x.txt": ""})
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    done = run("answers", source, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("# Answers for")


# ---------------------------------------------------------------- for people


def test_what_is_made_from_other_answers_is_shown_and_left_out(
    tmp_path: Path, source: Path
) -> None:
    text = run("answers", source, "--to", "v1.0.0", cwd=tmp_path).stdout
    assert "{{" not in text
    assert "# only if: 'wandb' in loggers\n# entity: me\n" in text
    assert "project_name: ???" in text
    built = run("answers", cwd=tmp_path).stdout
    assert "{{" not in built
    assert "{%" not in built
    hint = "# text; if left out, other answers determine it\n"
    assert f"{hint}# package_name: my_project\n" in built


def test_the_file_of_the_built_in_blueprint_is_accepted_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(run("answers", cwd=tmp_path).stdout)
    done = run("new", "p", "-a", "a.yml", "--defaults", "--dry-run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
