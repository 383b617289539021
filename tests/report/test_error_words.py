"""Errors name what was wrong where it was said, and lead to what was meant."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from scaffold.cli.main import run

from ..helpers.factories import tree

COPIER = """\
name: demo
loggers: {type: str, multiselect: true, choices: [csv, tensorboard, "a, b"], default: [csv]}
sizes: {type: int, multiselect: true, choices: [1, 2, 3], default: [1]}
"""
PAGE = "{{ loggers|join('+') }} {{ sizes|join('+') }}\n"
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def blueprint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    return str(tree(tmp_path / "b", {"copier.yml": COPIER, "page.txt.jinja": PAGE}))


def test_a_wrong_variable_is_named(
    blueprint: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("SCAFFOLD_DATA_LOGGERS", "nope")
    monkeypatch.setenv("SCAFFOLD_DATA_SIZE", "1")
    assert run(["new", "p", "-b", blueprint, "--defaults"]) == 2
    told = capsys.readouterr().err
    assert "  environment SCAFFOLD_DATA_LOGGERS: loggers: must be one of" in told
    assert "  environment SCAFFOLD_DATA_SIZE: size: is not a question" in told


ONE = {
    "loggers: tensorboard\n": "tensorboard 1",
    'loggers: "a, b"\n': "a, b 1",
    "sizes: 2\n": "csv 2",
    "loggers: [tensorboard]\nsizes: [3, 2]\n": "tensorboard 2+3",
}


@pytest.mark.parametrize("text", ONE)
def test_one_choice_is_a_list_of_one(blueprint: str, tmp_path: Path, text: str) -> None:
    tree(tmp_path, {"a.yml": text})
    assert run(["new", "p", "-b", blueprint, "-a", "a.yml", "--defaults", "--no-git"]) == 0
    assert (tmp_path / "p/page.txt").read_text() == f"{ONE[text]}\n"


@pytest.mark.parametrize("text", ["loggers:\n", "loggers: {csv: true}\n", "loggers: csv, a\n"])
def test_what_is_no_choice_is_refused(
    blueprint: str, tmp_path: Path, capsys: Capture, text: str
) -> None:
    tree(tmp_path, {"a.yml": text})
    assert run(["new", "p", "-b", blueprint, "-a", "a.yml", "--defaults"]) == 2
    assert "  a.yml:1:1: loggers: must be " in capsys.readouterr().err


def test_the_schema_takes_one_choice_too(blueprint: str, capsys: Capture) -> None:
    assert run(["show", blueprint, "--schema"]) == 0
    schema = Draft202012Validator(json.loads(capsys.readouterr().out))
    good: tuple[Mapping[str, object], ...] = ({"loggers": "csv"}, {"sizes": 2}, {"sizes": [2]})
    assert all(schema.is_valid(answers) for answers in good)
    assert not schema.is_valid({"loggers": "nope"})
    assert not schema.is_valid({"loggers": {"csv": True}})


def test_a_preset_that_was_meant_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["new", "p", "--preset", "papr"]) == 2
    assert "there is no preset 'papr' (did you mean paper?)" in capsys.readouterr().err


def test_versions_have_one_order(capsys: Capture) -> None:
    assert run(["list"]) == 0
    text = capsys.readouterr().out
    assert run(["list", "--json"]) == 0
    versions = json.loads(capsys.readouterr().out)["blueprints"][0]["versions"]
    assert len(versions) > 2
    assert f"versions: {', '.join(versions)}" in text
    assert run(["show", "lightning", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["blueprint"]["versions"] == versions


WRONG = {
    "unknown": (["-d", "zzz=1"], "::error title=--data::zzz: is not a question of this blueprint"),
    "value": (["-d", "loggers=x"], "::error title=--data::loggers: must be one of csv, "),
    "form": (["-d", "zzz"], "::error::--data 'zzz' is not KEY=VALUE. "),
    "option": (["--dta", "zzz"], "::error::No such option: --dta"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_a_command_line_gives_wrongly_is_annotated(
    blueprint: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture, case: str
) -> None:
    words, annotation = WRONG[case]
    command = ["new", "p", "-b", blueprint, "--defaults", *words]
    assert run(command) == 2
    assert "::error" not in capsys.readouterr().err
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert run(command) == 2
    assert f"\n{annotation}" in capsys.readouterr().err


@pytest.mark.parametrize("columns", ["24", "40", "60", "80", "200"])
def test_help_cuts_no_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert run(["--help"]) == 0
    told = capsys.readouterr().out
    commands = " ".join(told.partition("Commands:")[2].split())
    assert "..." not in commands
    assert "Show your changes since the last render, as a patch for git apply." in commands
    assert commands.endswith(".")


@pytest.mark.parametrize(
    ("words", "other"),
    [(["help"], ["--help"]), (["help", "new"], ["new", "--help"]), (["-q", "help"], ["--help"])],
)
def test_help_is_a_word_too(capsys: Capture, words: list[str], other: list[str]) -> None:
    assert run(words) == 0
    told = capsys.readouterr().out
    assert run(other) == 0
    assert told == capsys.readouterr().out


@pytest.mark.parametrize(
    ("word", "meant"),
    [("init", "new DEST"), ("Create", "new DEST"), ("upgrade", "update"), ("version", "--version")],
)
def test_commands_of_other_tools_lead_to_ours(capsys: Capture, word: str, meant: str) -> None:
    assert run([word, "x"]) == 2
    told = capsys.readouterr().err
    assert f"error: unknown command {word!r}\n" in told
    assert f"next: Did you mean `scaffold {meant}`?\n" in told


def test_an_unknown_command_is_unknown(capsys: Capture) -> None:
    assert run(["frobnicate"]) == 2
    assert "error: No such command 'frobnicate'." in capsys.readouterr().err
