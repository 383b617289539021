"""Where answers come from: who wins, how files are read, and where errors point."""

from __future__ import annotations

import io
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st

from scaffold.answers.file_reader import read_answers_file
from scaffold.answers.file_writer import format_answers_file, format_yaml_value
from scaffold.answers.key_positions import locate_json_keys, locate_toml_keys
from scaffold.answers.sources import gather_answers, read_flags
from scaffold.errors import AnswersError, UsageError
from scaffold.questions.question import Choice
from scaffold.questions.questionnaire import Questionnaire
from scaffold.questions.values import MISSING

pytestmark = pytest.mark.unit

NAME = {"project_name": {"type": "str", "default": "x"}}


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def values(file: Path) -> dict[str, Any]:
    return {key: given.value for key, given in read_answers_file(file).items()}


def complaint(file: Path) -> str:
    """What is wrong with a file, or with its one answer that is wrong."""
    try:
        (problem,) = (given.wrong for given in read_answers_file(file).values() if given.wrong)
    except AnswersError as error:
        (problem,) = error.problems
    return str(problem).removeprefix(f"{file}:").removeprefix(" ")


def resolved(files: list[Path], config: Mapping[str, Any], data: tuple[str, ...] = ()) -> Any:
    built = Questionnaire.from_config(config, Path())
    asked = [name for name, question in built.questions.items() if not question.is_computed]
    given = gather_answers(files, data, {}, {}, questions=asked)
    return built.resolve(given, defaults=True)


# ---------------------------------------------------------------- who wins


def test_the_strongest_wins(tmp_path: Path) -> None:
    first = write(tmp_path, "1.yml", "a: 1\nb: 1\nc: 1\nd: 1\n")
    second = write(tmp_path, "2.toml", "a = 2\nb = 2\nc = 2\n")
    environ = {"SCAFFOLD_DATA_A": "3", "SCAFFOLD_DATA_B": "3", "OTHER": "x"}
    record = {"_commit": "v1", "d": 0, "e": "r", "f": "r"}
    found = gather_answers([first, second], ["a=4", "a=5"], environ, record)
    assert {key: (item.value, item.origin) for key, item in found.items()} == {
        "a": ("5", "--data"),
        "b": ("3", "environment"),
        "c": (2, str(second)),
        "d": (1, str(first)),
        "e": ("r", "record"),
        "f": ("r", "record"),
    }


def test_all_bad_files_are_told_at_once(tmp_path: Path) -> None:
    files = [write(tmp_path, "1.yml", "a: ["), tmp_path / "no.toml"]
    with pytest.raises(AnswersError) as caught:
        gather_answers(files, [], {}, {})
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize("flag", ["name", "=x", " =x", ""])
def test_a_flag_needs_a_key_and_a_value(flag: str) -> None:
    with pytest.raises(UsageError, match="KEY=VALUE"):
        read_flags([flag])


def test_a_flag_may_hold_further_equals_signs() -> None:
    assert read_flags(["a=b=c", "d="])["a"].value == "b=c"


# ---------------------------------------------------------------- files

FORMATS = {
    "a.yml": "# c\nname: x\nseed: 3\nlr: 1e-10\nflag: true\nmany: [a, b]\nwhen: 2020-01-01\n",
    "a.YAML": "\ufeff{name: x, seed: 3, lr: 1E-10, flag: yes, many: [a, b], when: '2020-01-01'}",
    "a.toml": 'name = "x"\nseed = 3\nlr = 1e-10\nflag = true\nmany=["a",\n"b"]\nwhen="2020-01-01"',
    "a.json": '{"name": "x", "seed": 3, "lr": 1e-10, "flag": true,\r\n\t"many": ["a", "b"],'
    ' "when": "2020-01-01"}',
}


@pytest.mark.parametrize(("name", "text"), FORMATS.items())
def test_all_formats_say_the_same(tmp_path: Path, name: str, text: str) -> None:
    want = {"name": "x", "seed": 3, "lr": 1e-10, "flag": True, "many": ["a", "b"]}
    assert values(write(tmp_path, name, text)) == {**want, "when": "2020-01-01"}


@pytest.mark.parametrize("text", FORMATS.values())
def test_standard_input_is_recognized(text: str) -> None:
    found = read_answers_file("-", io.BytesIO(text.encode()))
    assert found["lr"].value == 1e-10
    assert found["lr"].origin == "stdin"


@pytest.mark.parametrize("name", ["a.yml", "a.toml"])
def test_an_empty_file_answers_nothing(tmp_path: Path, name: str) -> None:
    assert values(write(tmp_path, name, "# nothing\n")) == {}


BAD_FILES = [
    pytest.param("a.yml", "a: 1\n b: 2\n", "2:3: is not YAML: ", id="yaml-syntax"),
    pytest.param("a.yml", "a: 1\nb: 2\na: 3\n", "3:1: a: appears here a second", id="yaml-twice"),
    pytest.param("a.yml", "a:\n  b: 1\n  b: 2\n", "3:3: b: appears here a second", id="yaml-deep"),
    pytest.param("a.yml", "1: x\n", "1:1: the key 1 is not text", id="yaml-number-key"),
    pytest.param("a.yml", "a: {yes: 1}\n", "1:5: the key yes is not text", id="yaml-yes"),
    pytest.param("a.yml", "? [a]\n: 1\n", "1:3: the key a list or mapping", id="yaml-list-key"),
    pytest.param(
        "a.yml", "- a\n", "1:1: must map questions to answers, not a list", id="yaml-list"
    ),
    pytest.param("a.yml", "text\n", '1:1: must map questions to answers, not "te', id="yaml-text"),
    pytest.param("a.yml", "a: 1\n---\nb: 1\n", "2:1: is not YAML: ", id="yaml-documents"),
    pytest.param("a.yml", "a: !!python/object:os.x 1\n", "1:4: is not YAML: ", id="yaml-tag"),
    pytest.param("a.yml", "a: *b\n", "1:4: is not YAML: ", id="yaml-alias"),
    pytest.param("a.yml", "a: &x [*x]\n", "1:4: holds itself", id="yaml-recursion"),
    pytest.param("a.yml", "a: 1\nb: \x07\n", "2:4: is not YAML: ", id="yaml-control"),
    pytest.param(
        "a.yml", "a: " + "[" * 999 + "]" * 999, "is nested too deeply", id="yaml-deep-nesting"
    ),
    pytest.param("a.yml", b"a: 1\nb: \xff\n", "2:4: is not UTF-8", id="not-utf-8"),
    pytest.param("a.yml", "a: 1".encode("utf-16"), "1:1: is not UTF-8", id="utf-16"),
    pytest.param("a.toml", "a = 1\nb = \n", "2:5: is not TOML: Invalid value", id="toml-syntax"),
    pytest.param("a.toml", "a = 1\na = 2\n", "2:6: is not TOML: Cannot overwrite", id="toml-twice"),
    pytest.param("a.toml", "a = [", "1:1: is not TOML: Invalid value", id="toml-end"),
    pytest.param(
        "a.json", '{"a": 1,\n "b" 2}', "2:6: is not JSON: Expecting ':'", id="json-syntax"
    ),
    pytest.param("a.json", '{"a": 1,\n "a": 2}', "2:2: a: appears here a second", id="json-twice"),
    pytest.param("a.json", '{"a": {"b": 1, "b": 2}}', "1:16: b: appears here", id="json-deep"),
    pytest.param("a.json", '[{"a": 1}]', "1:1: must map questions to answers", id="json-list"),
    pytest.param("a.json", '{"a": NaN}', "is not JSON: it holds NaN", id="json-nan"),
    pytest.param("a.json", "[" * 99999, "is nested too deeply", id="json-deep-nesting"),
    pytest.param("a.json", "", "1:1: is not JSON: Expecting value", id="json-empty"),
    pytest.param("a.json", '{"a": ' + "9" * 5000 + "}", "is not JSON: ", id="json-huge"),
    pytest.param("a.yml", "a: " + "9" * 5000, "is not YAML: ", id="yaml-huge"),
    pytest.param("a.toml", "a = " + "9" * 5000, "is not TOML: ", id="toml-huge"),
    pytest.param("a.txt", "a: 1", "must end in one of .yml, .yaml, .toml, .json", id="suffix"),
]


@pytest.mark.parametrize(("name", "text", "message"), BAD_FILES)
def test_a_bad_file_is_told_with_its_place(
    tmp_path: Path, name: str, text: str | bytes, message: str
) -> None:
    assert complaint(write(tmp_path, name, text)).startswith(message)


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    assert complaint(tmp_path / "no.yml") == "cannot be read: No such file or directory"
    (tmp_path / "folder.yml").mkdir()
    assert complaint(tmp_path / "folder.yml") == "cannot be read: Is a directory"


@pytest.mark.parametrize(
    ("name", "text", "places"),
    [
        pytest.param("a.yml", "# c\na: 1\n\n'b': [\n 2]\n", {"a": (2, 1), "b": (4, 1)}, id="yaml"),
        pytest.param("a.yml", "{a: 1, b: 2}", {"a": (1, 2), "b": (1, 8)}, id="yaml-flow"),
        pytest.param(
            "a.json", '{\n\t"a": {"b": 1},\n "b": []}', {"a": (2, 2), "b": (3, 2)}, id="j"
        ),
        pytest.param("a.toml", 'a = """\nb = 1\n"""\nb = 2', {"a": (1, 1), "b": (4, 1)}, id="toml"),
        pytest.param("a.toml", "a.x = 1\n[b]\na = 2", {"a": (1, 1), "b": (2, 2)}, id="toml-table"),
        pytest.param("a.toml", "[[a]]\nb = 1\n[[a]]\n['b']\n", {"a": (1, 3), "b": (4, 2)}, id="tt"),
    ],
)
def test_each_answer_knows_its_place(
    tmp_path: Path, name: str, text: str, places: dict[str, tuple[int, int]]
) -> None:
    found = read_answers_file(write(tmp_path, name, text))
    assert {key: (item.line, item.column) for key, item in found.items()} == places


KEYS = st.text("ab.'\"# =[]\\é-_1\t", max_size=4)
SCALARS = st.one_of(st.integers(-9, 9), st.booleans(), st.text("a'\"\n#=[]{},\\", max_size=6))
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@forall(st.dictionaries(KEYS, TREES, max_size=4))
def test_places_are_found_in_any_toml(document: dict[str, Any]) -> None:
    text = tomlkit.dumps(document)
    parsed = tomllib.loads(text)
    places = locate_toml_keys(text)
    assert set(places) == set(parsed)
    lines = text.split("\n")
    for key, place in places.items():
        rest = lines[place.line - 1][place.column - 1 :]
        assert rest.startswith((key or '"', '"', "'"))


@settings(max_examples=150, deadline=None)
@forall(st.dictionaries(KEYS, TREES, max_size=4), st.sampled_from([None, 2, "\t"]))
def test_places_are_found_in_any_json(document: dict[str, Any], indent: int | str | None) -> None:
    text = json.dumps(document, indent=indent)
    places, repeated = locate_json_keys(text)
    assert list(places) == list(document)
    assert not repeated
    lines = text.split("\n")
    for key, place in places.items():
        assert lines[place.line - 1][place.column - 1 :].startswith(json.dumps(key) + ":")


def test_an_unquoted_version_is_told_as_it_is_spelled(tmp_path: Path) -> None:
    config = {"python": {"type": "str", "choices": ["3.10", "3.11"], "default": "3.11"}}
    for name, text in {"a.yml": "python: 3.10", "a.toml": "python = 3.10"}.items():
        file = write(tmp_path, name, text)
        with pytest.raises(AnswersError) as caught:
            resolved([file], config)
        why = 'is the number 3.1 but must be text: write it in quotes, "3.10"'
        assert str(caught.value.problems[0]) == f"{file}:1:1: python: {why}"


def test_problems_of_files_point_into_them(tmp_path: Path) -> None:
    file = write(tmp_path, "a.json", '{\n  "projct_name": "x",\n  "project_name": 1\n}')
    with pytest.raises(AnswersError) as caught:
        resolved([file], NAME)
    assert [(item.line, item.column) for item in caught.value.problems] == [(2, 3), (3, 3)]


def test_control_characters_of_a_file_never_reach_a_message(tmp_path: Path) -> None:
    file = write(tmp_path, "a.json", json.dumps({"\x1b[31m": "\x1b[0m", "project_name": ["\x07"]}))
    with pytest.raises(AnswersError) as caught:
        resolved([file], NAME)
    shown = [str(problem).removeprefix(str(file)) for problem in caught.value.problems]
    assert len(shown) == 2
    assert all(line.isprintable() for line in shown)


# ---------------------------------------------------------------- interpolation


def test_interpolations_are_read_by_the_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEED", "7")
    monkeypatch.setenv("MANY", "b,a")
    text = (
        "name: demo\nproject_name: my ${name} \\${x}\nseed: ${oc.env:SEED}\n"
        "many: ${oc.env:MANY}\nitems: ['${name}']\nask: ${oc.env:NO,false}\ncopy: ${seed}\n"
    )
    config = {
        "name": "",
        "project_name": "",
        "seed": 1,
        "many": {"type": "str", "choices": ["a", "b"], "multiselect": True, "default": []},
        "items": {"type": "yaml", "default": []},
        "ask": True,
        "copy": 0,
    }
    found = resolved([write(tmp_path, "a.yml", text)], config).values
    assert found == {
        "name": "demo",
        "project_name": "my demo ${x}",
        "seed": 7,
        "many": ["a", "b"],
        "items": ["demo"],
        "ask": False,
        "copy": 7,
    }


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param("${absent}", "2:1: b: Interpolation key 'absent' not found", id="key"),
        pytest.param("${oc.env:ABSENT}", "2:1: b: Environment variable 'ABSENT'", id="variable"),
        pytest.param("${", "2:1: b: ", id="grammar"),
        pytest.param("${b}", "2:1: b: ", id="itself"),
        pytest.param(
            "${nothing:1}", "2:1: b: Unsupported interpolation type nothing", id="resolver"
        ),
        pytest.param("['${absent}']", "2:1: b: Interpolation key", id="inside"),
    ],
)
def test_an_interpolation_that_fails_is_told(tmp_path: Path, value: str, message: str) -> None:
    told = complaint(write(tmp_path, "a.yml", f"a: 1\nb: {value}\n"))
    assert told.startswith(message)
    assert told.endswith("(write \\${ for a plain ${)")


def test_an_interpolation_that_cannot_be_read_spoils_no_other_answer(tmp_path: Path) -> None:
    text = "a: ${oc.env:ABSENT}\nb: ${oc.env:ABSENT,bob}\nc: ${x\nd: ${b}\n"
    given = gather_answers([write(tmp_path, "a.yml", text)], [], {}, {})
    assert {k: item.value for k, item in given.items() if not item.wrong} == {
        "b": "bob",
        "d": "bob",
    }
    whys = {k: item.wrong.why for k, item in given.items() if item.wrong}
    assert whys["a"].startswith("Environment variable 'ABSENT' not found")
    assert whys["c"].startswith("holds ${ but no ${name} or ${oc.env:NAME}")


def test_a_file_without_an_end_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.yml"
    file.symlink_to("/dev/zero")
    with pytest.raises(AnswersError) as caught:
        gather_answers([file], [], {}, {})
    assert str(caught.value.problems[0]) == f"{file}: is larger than 16 MiB"


def test_three_question_marks_are_no_answer(tmp_path: Path) -> None:
    file = write(tmp_path, "a.yml", "a: ???\nb: ${c}\nc: x\n")
    assert values(file) == {"a": MISSING, "b": "x", "c": "x"}
    assert list(gather_answers([file], [], {}, {}, questions=["a"])) == ["b", "c"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        pytest.param("projct_name", "is not a question", id="unknown"),
        pytest.param("loud", "is computed", id="computed"),
    ],
)
def test_three_question_marks_answer_no_name_that_is_none(
    tmp_path: Path, name: str, why: str
) -> None:
    file = write(tmp_path, "a.yml", f"{name}: ???\n")
    with pytest.raises(AnswersError) as caught:
        resolved([file], {**NAME, "loud": {"default": "X", "when": False}})
    assert str(caught.value.problems[0]).startswith(f"{file}:1:1: {name}: {why}")


# ---------------------------------------------------------------- the commented file

CONFIG = {
    "name": {"type": "str", "help": "The name.\nSecond line."},
    "package": {"type": "str", "default": "{{ name|lower }}", "help": "[0;1mhelp\x1b"},
    "task": {"type": "str", "choices": {"Images": "image", "Text": "text"}, "default": "text"},
    "many": {"type": "str", "choices": ["a", "b"], "multiselect": True, "default": ["b"]},
    "extra": {"type": "str", "default": "x", "when": "{{ 'a' in many }}"},
    "rows": {"choices": "{{ [1, 2] }}", "type": "int", "default": 2},
    "seed": 42,
    "lr": 1e-10,
    "flag": True,
    "yes": "no",
    "odd": {"type": "str", "default": "1e-10"},
    "price": {"type": "str", "default": "${x} \\${y} 'é' # \"z\""},
    "tree": {"type": "yaml", "default": {"a": [1, None, "no"], "b": {}}},
    "text": {"type": "str", "multiline": True, "default": "a\nb\n"},
    "key": {"type": "str", "default": "hush", "secret": True},
    "computed": {"default": "{{ name }}", "when": False},
}


def test_the_commented_file_gives_the_defaults(tmp_path: Path) -> None:
    layers = {"task": [Choice("Images", "image", "Classify."), Choice("Text", "text")]}
    built = Questionnaire.from_config(CONFIG, Path(), layers)
    text = format_answers_file(built)
    file = write(tmp_path, "a.yml", text)
    given = gather_answers([file], ["name=Demo"], {}, {}, questions=built.questions)
    assert built.resolve(given, defaults=True).values == (
        built.resolve(read_flags(["name=Demo"]), defaults=True).values
    )
    assert "name: ???" in text
    assert "# - image: Images — Classify." in text
    assert "# only if: 'a' in many" in text
    assert "# The name.\n# Second line.\n# text\n" in text
    assert "hush" not in text
    assert "# text; not saved in the record\n# key: ???" in text
    assert "\x1b" not in text
    assert "computed" not in text


def test_the_commented_file_holds_given_answers(tmp_path: Path) -> None:
    built = Questionnaire.from_config(CONFIG, Path())
    wanted = {"name": "yes", "package": "x", "many": ["a", "b"], "extra": "${", "seed": 1}
    found = read_answers_file(write(tmp_path, "a.yml", format_answers_file(built, wanted)))
    assert {key: found[key].value for key in wanted} == wanted


CHARACTERS = st.characters(exclude_categories=["Cs", "Cc", "Cn"], exclude_characters="\ufeff")
PLAIN = st.text(CHARACTERS, max_size=12)
PIECES = st.lists(
    st.sampled_from(["\\", "$", "{", "}", "${", "a", "'", '"', " ", "\n"]), max_size=8
)
TEXTS = PLAIN | PIECES.map("".join) | st.sampled_from(["yes", "null", "1e5", "012", "~", "a: b"])
YAML_VALUES = st.recursive(
    TEXTS | st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.none() | st.floats(-1e300, 1e300),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@forall(YAML_VALUES)
def test_every_value_survives_an_answers_file(value: Any) -> None:
    if "???" in json.dumps(value):
        return
    text = f"key: {format_yaml_value(value)}\n"
    assert read_answers_file("-", io.BytesIO(text.encode()))["key"].value == value


def test_every_given_value_knows_where_it_came_from(tmp_path: Path) -> None:
    file = write(tmp_path, "1.yml", "a: 1\n\nb:\n  2\n")
    environ = {"SCAFFOLD_DATA_C": "3"}
    found = gather_answers([file], ["d=4"], environ, {"e": 5})
    assert {key: item.place for key, item in found.items()} == {
        "a": f"{file}:1:1",
        "b": f"{file}:3:1",
        "c": "environment SCAFFOLD_DATA_C",
        "d": "--data",
        "e": "record",
    }
