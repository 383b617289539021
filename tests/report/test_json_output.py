"""What --json prints: one object, also of a failure, as docs/output.schema.json says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from jsonschema import Draft202012Validator

from scaffold.cli.main import run
from scaffold.errors import Interrupted
from scaffold.merge.plan import ChangeKind
from scaffold.report.json import SCHEMA

from ..helpers.blueprints_on_disk import copier_template, layered, repository, tree
from ..helpers.factories import commit
from ..helpers.pages import ROOT

PAGE = json.loads((ROOT / "docs" / "output.schema.json").read_text(encoding="utf-8"))
Draft202012Validator.check_schema(PAGE)
COMMANDS = [item["$ref"].rpartition("/")[2] for item in PAGE["oneOf"]]
OBJECT = re.compile(r"<[\w.]+ object|(Posix|Windows|Pure)\w*Path\(")


def valid(text: str) -> tuple[str, dict[str, Any]]:
    """The object that a text is, and the one definition that it fits."""
    found = json.loads(text)
    fitting = [
        name
        for name in COMMANDS
        if Draft202012Validator({**PAGE, "oneOf": [{"$ref": f"#/$defs/{name}"}]}).is_valid(found)
    ]
    if len(fitting) != 1:
        near = "error" if "error" in found else found["command"]
        only = Draft202012Validator({**PAGE, "oneOf": [{"$ref": f"#/$defs/{near}"}]})
        told = [e for error in only.iter_errors(found) for e in error.context or ()]
        pytest.fail(f"{fitting}: {[(list(e.path), e.message) for e in told]}\n{text}")
    assert not OBJECT.search(text)
    return fitting[0], found


# ---------------------------------------------------------------- every command


class Case(NamedTuple):
    """A command, and what is said of it.

    Attributes:
        fits: The definition that its object fits.
        words: The command, without ``--json``.
        says: What the object holds, among other things.
        code: The exit code.
        before: A command that is run first.
    """

    fits: str
    words: str
    says: dict[str, Any]
    code: int = 0
    before: str = ""


NEW = "new made -b tiny --defaults"
CASES = {
    "new": Case("new", NEW, {"written": True, "repository": True}),
    "new, dry": Case("new", f"{NEW} --dry-run", {"written": False}),
    "new, no version": Case(
        "new",
        "new made -b plain --defaults --no-git",
        {"blueprint": {"source": "{folder}/plain", "version": None}, "repository": False},
    ),
    "update": Case("update", "update p", {"outcome": "updated", "written": True, "conflicts": 0}),
    "update, dry": Case("update", "update p --dry-run", {"outcome": "planned", "written": False}),
    "update, conflicts": Case("update", "update q", {"outcome": "conflicts", "conflicts": 1}, 4),
    "update, nothing": Case(
        "update", "update current", {"outcome": "nothing to do", "changes": [], "written": False}
    ),
    "update, all": Case("updates", "update current --all", {}),
    "abort": Case("abort", "update p --abort", {"outcome": "taken back"}, before="update p"),
    "check": Case("check", "check p current plain", {}, 3),
    "check, unknown": Case("check", "check plain", {}, 1),
    "diff": Case("diff", "diff q", {"path": "{folder}/q"}),
    "diff, nothing": Case("diff", "diff p", {"patch": ""}),
    "diff, update": Case("diff", "diff p --to v2.0.0", {}),
    "list": Case("list", "list", {}),
    "show": Case("show", "show", {}),
    "show, presets": Case("show", "show tiny", {}),
    "show, odd": Case("show", "show odd", {}),
    "answers": Case("answers", "answers tiny", {"answers": {}, "path": None}),
    "answers, from": Case("answers", "answers --from p", {"answers": {"name": "world"}}),
    "answers, file": Case("answers", "answers tiny -o a.yml", {"path": "a.yml"}),
    "config": Case("config", "config", {"changed": False}),
    "config, set": Case("config", "config license MIT", {"changed": True}),
    "config, unset": Case("config", "config --unset license", {}, before="config license MIT"),
    "failure": Case("error", "new p -b tiny --defaults", {"command": "new", "exit_code": 1}, 1),
    "answers that are wrong": Case(
        "error", f"{NEW} -a wrong.yml -d no=1", {"command": "new", "exit_code": 2}, 2
    ),
    "an option that there is not": Case(
        "error", "update p --nonsense", {"command": "update", "exit_code": 2}, 2
    ),
    "an argument too few": Case("error", "new", {"command": "new", "exit_code": 2}, 2),
    "a command that there is not": Case("error", "nonsense", {"command": "", "exit_code": 2}, 2),
    "quiet and verbose": Case("error", "list -q -v", {"command": "list", "exit_code": 2}, 2),
}
SEEN: dict[str, Path] = {}


@pytest.fixture
def folder(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Blueprints, and projects made of them; the first test that asks makes them for all."""
    if "built" not in SEEN:
        SEEN["built"] = tmp_path_factory.mktemp("built")
        build(SEEN["built"])
    shutil.copytree(SEEN["built"], tmp_path, symlinks=True, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def build(root: Path) -> None:
    files = layered()
    files["blueprint.yml"] += "presets:\n- {name: small, title: Small, answers: {task: text}}\n"
    tree(root / "tiny", files)
    tree(root / "plain", copier_template())
    odd = "day: {type: yaml, default: 2026-11-25}\nmost: {type: float, default: .inf}\n"
    odd += "seen: {type: str, default: a, choices: {A: a, B: {value: b, validator: 'no'}}}\n"
    odd += "map: {type: yaml, default: {2: x, true: [2026-01-01], y: .nan}}\n"
    odd += 'which: {type: str, default: x, choices: "{{ [day] }}", when: "{{ most }}"}\n'
    tree(root / "odd", {"copier.yml": odd, "x": ""})
    source = repository(
        root / "source", {"v1.0.0": copier_template("one\n"), "v2.0.0": copier_template("two\n")}
    )
    for name, version in (("p", "v1.0.0"), ("q", "v1.0.0"), ("current", "v2.0.0")):
        words = ["new", str(root / name), "-b", str(source), "--to", version, "--defaults", "-q"]
        assert run(words) == 0
    tree(root / "q", {"hello.txt": "mine\n"})
    commit(root / "q")
    (root / "wrong.yml").write_text("task: nothing\nthe: 1\n")


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_each_object_is_what_the_schema_says(
    case: Case, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    if case.before:
        assert run(case.before.split()) == 0
    capfd.readouterr()
    code = run([*case.words.split(), "--json"])
    fits, found = valid(capfd.readouterr().out)
    assert (fits, code) == (case.fits, case.code)
    wanted = json.loads(json.dumps(case.says).replace("{folder}", str(folder)))
    assert {name: found[name] for name in wanted} == wanted


def test_each_definition_is_held_against_real_output() -> None:
    assert {case.fits for case in CASES.values()} == set(COMMANDS)


def test_what_cannot_be_written_in_json_is_written_as_in_yaml(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["show", "odd", "--json"]) == 0
    _, found = valid(capfd.readouterr().out)
    assert [question["default"] for question in found["questions"]] == [
        "2026-11-25",
        ".inf",
        "a",
        {"2": "x", "true": ["2026-01-01"], "y": ".nan"},
        "x",
    ]


def test_a_setting_that_is_a_date_is_written_as_in_yaml(
    home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    tree(home, {".config/scaffold/config.yml": "defaults: {day: 2026-11-25}\n"})
    assert run(["config", "--json"]) == 0
    settings = valid(capfd.readouterr().out)[1]["settings"]
    assert ("defaults.day", "2026-11-25") in [(s["key"], s["value"]) for s in settings]


def test_problems_say_where_they_are(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run([*NEW.split(), "-a", "wrong.yml", "-d", "no=1", "--json"]) == 2
    _, found = valid(capfd.readouterr().out)
    places = [(p["origin"], p["line"], p["column"], p["key"]) for p in found["error"]["problems"]]
    assert places == [
        ("--data", None, None, "no"),
        ("wrong.yml", 1, 1, "task"),
        ("wrong.yml", 2, 1, "the"),
    ]


# ---------------------------------------------------------------- one object, whatever happens


@pytest.mark.parametrize(
    ("raised", "what"),
    [
        pytest.param(Interrupted(), "interrupted, nothing was changed", id="interrupted"),
        pytest.param(KeyError("oops"), "scaffold has a bug: KeyError: 'oops'", id="a bug"),
    ],
)
def test_what_ends_a_command_is_an_object_too(
    raised: Exception,
    what: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def fails(*_: object) -> Iterator[Any]:
        raise raised

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("scaffold.operations.catalog.list_builtin_names", fails)
    code = run(["list", "--json"])
    assert code == (130 if isinstance(raised, Interrupted) else 70)
    fits, found = valid(capfd.readouterr().out)
    assert (fits, found["command"], found["exit_code"]) == ("error", "list", code)
    assert found["error"]["what"] == what
    logs = [str(path) for path in tmp_path.glob("scaffold-*.log")]
    assert [found["error"]["log"]] == (logs if code == 70 else [None])


def test_a_folder_that_was_removed_is_an_object_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert run(["check", "--json"]) == 2
    assert valid(capfd.readouterr().out)[1]["command"] == ""
    assert run(["check", "--", "--json"]) == 2
    assert capfd.readouterr().out == ""


def test_tasks_talk_to_standard_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    template = copier_template()
    template["copier.yml"] += "_tasks: [echo TALK]\n_message_after_copy: Welcome\n"
    source = tree(tmp_path / "s", template)
    words = ["new", str(tmp_path / "p"), "-b", str(source), "--defaults", "--trust", "--json"]
    assert run(words) == 0
    done = capfd.readouterr()
    assert valid(done.out)[0] == "new"
    assert "TALK" in done.err


def test_it_is_the_same_in_every_encoding_and_steers_no_terminal(tmp_path: Path) -> None:
    help_text = "Zażółć \N{GRINNING FACE}"
    config = {"name": {"type": "str", "default": "é\x9b2J\u202e", "help": help_text}}
    tree(tmp_path / "s", {"copier.yml": yaml.safe_dump(config), "x": ""})
    printed = set()
    for encoding in ("utf-8", "ascii", "latin-1"):
        done = subprocess.run(
            [sys.executable, "-m", "scaffold", "show", "s", "--json"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONIOENCODING": encoding},
            capture_output=True,
            check=True,
        )
        printed.add(done.stdout)
    (only,) = printed
    assert only.isascii()
    question = valid(only.decode())[1]["questions"][0]
    assert (question["default"], question["help"]) == (config["name"]["default"], help_text)


# ---------------------------------------------------------------- the schema


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    """All schemas of objects whose properties are listed."""
    if isinstance(schema, dict):
        if "properties" in schema:
            yield schema
        for value in schema.values():
            yield from objects(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from objects(value)


def test_the_schema_is_strict() -> None:
    found = list(objects(PAGE["$defs"]))
    assert len(found) > len(COMMANDS)
    for schema in found:
        assert schema["additionalProperties"] is False
        assert schema["required"] == list(schema["properties"])


def test_the_schema_says_what_the_code_says() -> None:
    assert PAGE["$defs"]["schema"]["const"] == SCHEMA
    kinds = PAGE["$defs"]["change"]["properties"]["kind"]["enum"]
    assert {*kinds, ChangeKind.in_the_way} == set(ChangeKind)


def test_each_definition_is_used() -> None:
    used = set(re.findall(r"#/\$defs/(\w+)", json.dumps(PAGE)))
    assert used == set(PAGE["$defs"])
