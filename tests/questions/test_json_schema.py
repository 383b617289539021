"""The JSON Schema of an answers file says what the questions accept: exactly, or it says so."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from scaffold.answers.file_writer import format_answers_file
from scaffold.answers.sources import gather_answers
from scaffold.blueprints import find_blueprint
from scaffold.errors import AnswersError
from scaffold.operations.loading import load_questions
from scaffold.questions.question import Choice
from scaffold.questions.questionnaire import Questionnaire

from ..generated.combinations import BLUEPRINT

pytestmark = pytest.mark.unit

CONFIG: dict[str, Any] = {
    "name": {"type": "str"},
    "title": {"type": "str", "default": "x", "help": "A title.\nMore of it.\x1b"},
    "notes": {"type": "str", "default": "", "multiline": True},
    "where": {"type": "path", "default": "."},
    "seed": 42,
    "lr": 1.5,
    "flag": True,
    "task": {"type": "str", "choices": {"Images": "image", "Text": "text"}, "default": "text"},
    "size": {"type": "int", "choices": [1, 2, 4], "default": 2},
    "ratio": {"type": "float", "choices": [0.5, 1], "default": 1},
    "answer": {"type": "bool", "choices": [["Yes", True], ["No", False]], "default": True},
    "loggers": {
        "type": "str",
        "choices": ["csv", "wandb"],
        "multiselect": True,
        "default": ["csv"],
    },
    "layers": {"type": "int", "choices": [1, 2, 4], "multiselect": True},
    "words": {"type": "str", "multiselect": True, "default": []},
    "gone": {
        "type": "str",
        "choices": {"A": {"value": "a", "validator": "no"}, "B": "b"},
        "default": "b",
    },
    "tree": {"type": "json", "default": "{}"},
    "deep": {"type": "yaml", "default": None},
    "shape": {
        "type": "yaml",
        "choices": [["Flat", [1, 2]], ["Deep", {"value": {"a": 1}}], 3],
        "default": 3,
    },
    "slug": {"type": "str", "default": "x", "validator": "{% if slug == '3' %}no{% endif %}"},
    "pairs": {"choices": "{{ [1, size] }}", "type": "int", "default": 1},
    "titled": {"choices": [["{{ name }}", "a"], ["B", "b"]], "type": "str", "default": "b"},
    "kind": {"type": "{{ 'int' if flag else 'str' }}", "default": "1"},
    "wide": {"type": "str", "multiline": "{{ flag }}", "default": "x"},
    "token": {"type": "str", "secret": True, "default": "hush"},
    "perhaps": {"type": "str", "default": "{{ UNSET if flag else 'x' }}"},
    "entity": {"type": "int", "when": "{{ 'wandb' in loggers }}"},
    "never": {"type": "int", "default": 1, "when": "false"},
    "quiet": {"type": "int", "ask": False},
    "computed": {"default": "{{ name }}", "when": False},
}


@dataclass(frozen=True)
class Case:
    """A blueprint's questions, their schema, and what it takes to answer all of them."""

    questions: Questionnaire
    enough: dict[str, Any]

    @property
    def schema(self) -> dict[str, Any]:
        """The schema."""
        return self.questions.make_schema()

    def new(self, answers: dict[str, Any], file: Path) -> tuple[set[str], set[str]]:
        """What `new` makes of a file: the answers that it refuses, and those it does not use."""
        file.write_text(json.dumps(answers), encoding="utf-8")
        try:
            asked = [n for n, item in self.questions.questions.items() if not item.is_computed]
            given = gather_answers([file], [], {}, {}, questions=asked)
            return set(), set(self.questions.resolve(given, defaults=True).hidden)
        except AnswersError as error:
            return {problem.key for problem in error.problems}, set()


STACK = ExitStack()
OPENED = STACK.enter_context(find_blueprint(str(BLUEPRINT)).open())
ENOUGH: dict[str, Any] = {"name": "x", "layers": [1], "entity": 1, "perhaps": "x"}
CASES = {
    "every type": Case(Questionnaire.from_config(CONFIG, Path()), ENOUGH),
    "lightning": Case(load_questions(OPENED), {}),
}
VALIDATORS = {name: Draft202012Validator(case.schema) for name, case in CASES.items()}

CHARACTERS = st.characters(exclude_categories=["Cs"]) | st.sampled_from("\0\t\n\r\x1b\x85\u2028")
OFFERED = ["image", "text", "csv", "wandb", "a", "b", "Images", "3", "true", "", "[1, 2]", "MIT"]
ELSEWHERE = ["???", "${name}", "${seed}", "${absent}", "${", "\\${x}", "a ${project_name} b"]
SCALARS = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.integers(0, 4)),
    st.sampled_from([*OFFERED, *ELSEWHERE]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([2**63, 10**400, 0.5, 2.0]),
    st.text(CHARACTERS, max_size=5),
)
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.text(max_size=2), SCALARS)


def documents(case: Case) -> st.SearchStrategy[dict[str, Any]]:
    """Answers files, right and wrong: some answers, mostly of a kind that the question takes."""
    names = list(case.schema["properties"])
    fitting = {name: st.one_of(VALUES, values_of(case, name)) for name in names}
    some = st.lists(st.sampled_from(names), max_size=4, unique=True)
    others = st.dictionaries(st.sampled_from(["sed", "computed", "_commit", ""]), SCALARS)
    return st.builds(
        lambda chosen, more, extra: {**case.enough, **chosen, **(more if extra == 0 else {})},
        some.flatmap(lambda chosen: st.fixed_dictionaries({n: fitting[n] for n in chosen})),
        others,
        st.integers(0, 9),
    )


def values_of(case: Case, name: str) -> st.SearchStrategy[Any]:
    """Values of the question's own type."""
    question = case.questions.questions[name]
    choices = [] if isinstance(question.choices, str) else [c.value for c in question.choices]
    kinds = {"int": st.integers(), "float": st.floats(-9, 9), "bool": st.booleans()}
    texts = st.text(CHARACTERS, max_size=5)
    single = st.sampled_from(choices) if choices else kinds.get(question.type, texts)
    return st.lists(single, max_size=3) if question.multiselect else single


def interpolates(value: Any) -> bool:
    return "${" in json.dumps(value)


@pytest.mark.parametrize("name", CASES)
def test_the_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(CASES[name].schema)


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=400, deadline=None)
@forall(data=st.data())
def test_the_schema_accepts_what_new_accepts(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    """And nothing else, but for what it says itself that it cannot know.

    1. What `new` takes is valid, save for answers that it does not use.
    2. What is valid is taken by `new`, save for answers that interpolate, and for questions with
       a ``$comment``.
    """
    case = CASES[name]
    answers = data.draw(documents(case))
    refused, unused = case.new(answers, tmp_path_factory.getbasetemp() / "answers.json")
    used = {key: value for key, value in answers.items() if key not in unused}
    if not refused:
        assert VALIDATORS[name].is_valid(used)
    if VALIDATORS[name].is_valid(answers):
        properties = case.schema["properties"]
        assert not [
            key
            for key in refused
            if "$comment" not in properties[key] and not interpolates(answers.get(key))
        ]


TELLING = [
    *(
        None,
        True,
        False,
        0,
        1,
        2,
        3,
        1.0,
        0.5,
        -1.5,
        1e-10,
        2**63 - 1,
        2**63,
        -(2**63) - 1,
        10**400,
    ),
    *OFFERED,
    *("???", "a\nb", "a\tb", "a\rb", "a\x85b", "a\u2028b", "a\u202eb", "\ufeff", "🤗", "\0"),
    *(
        [],
        {},
        [1],
        [1, 1],
        [2, 4.0],
        ["csv"],
        ["csv", "csv"],
        ["neptune"],
        [["csv"]],
        {"a": 1},
        ["x"],
    ),
]


@pytest.mark.parametrize("name", CASES)
def test_telling_answers_are_judged_alike(name: str, tmp_path: Path) -> None:
    """Each value for each question of which the schema says that it knows all."""
    case, file = CASES[name], tmp_path / "answers.json"
    for key, schema in case.schema["properties"].items():
        for value in [] if "$comment" in schema else TELLING:
            answers = {**case.enough, key: value}
            refused, unused = case.new(answers, file)
            if key not in unused:
                assert VALIDATORS[name].is_valid(answers) == (not refused), answers


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=200, deadline=None)
@forall(data=st.data())
def test_each_answer_is_judged_alike(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    """The same for one question at a time, where nothing else can be what is wrong."""
    case = CASES[name]
    properties = case.schema["properties"]
    exact = [key for key, schema in properties.items() if "$comment" not in schema]
    key = data.draw(st.sampled_from(exact))
    value = data.draw(VALUES.filter(lambda v: not interpolates(v)) | values_of(case, key))
    answers = {**case.enough, key: value}
    refused, unused = case.new(answers, tmp_path_factory.getbasetemp() / "answer.json")
    if key not in unused:
        assert VALIDATORS[name].is_valid(answers) == (not refused)


def test_most_questions_of_the_built_in_blueprint_are_told_exactly() -> None:
    """All but texts, which the blueprint validates, and extras, which some tasks exclude."""
    properties = CASES["lightning"].schema["properties"]
    assert {name for name, schema in properties.items() if "$comment" in schema} == {
        *("project_name", "package_name", "description", "author_name", "author_email"),
        "extras",
    }


@pytest.mark.parametrize("name", CASES)
def test_a_commented_file_is_valid(name: str, tmp_path: Path) -> None:
    """As it stands, but for what is still to be filled in."""
    file = tmp_path / "a.yml"
    file.write_text(format_answers_file(CASES[name].questions), encoding="utf-8")
    found = gather_answers([file], [], {}, {}, questions=CASES[name].questions.questions)
    answers = {key: given.value for key, given in found.items()}
    assert VALIDATORS[name].is_valid({**CASES[name].enough, **answers})


def test_an_open_answer_is_no_answer() -> None:
    """``???`` leaves a question to its default, and one without default open."""
    valid = VALIDATORS["every type"].is_valid
    for name in ("seed", "loggers", "task", "tree", "title"):
        assert valid({**ENOUGH, name: "???"})
    for name in ("name", "layers"):
        assert not valid({**ENOUGH, name: "???"})
        assert valid({**ENOUGH, name: "${oc.env:X}"})


def test_what_has_no_default_is_required() -> None:
    schema = CASES["every type"].schema
    assert schema["required"] == ["name", "layers"]
    for name in ("name", "layers"):
        assert not VALIDATORS["every type"].is_valid({k: v for k, v in ENOUGH.items() if k != name})


def test_long_texts_are_refused_by_both(tmp_path: Path) -> None:
    for length in (64 * 1024, 64 * 1024 + 1):
        answers = {**ENOUGH, "name": "x" * length}
        refused, _ = CASES["every type"].new(answers, tmp_path / "a.json")
        assert VALIDATORS["every type"].is_valid(answers) == (not refused) == (length == 64 * 1024)


def test_the_schema_explains_the_questions() -> None:
    layers = {"task": [Choice("Images", "image", "Classify images."), Choice("text", "text")]}
    properties = Questionnaire.from_config(CONFIG, Path(), layers).make_schema()["properties"]
    assert properties["title"] == {
        "title": "A title.",
        "description": "A title.\nMore of it.\\x1b",
        "type": "string",
        "maxLength": 65536,
        "not": properties["where"]["not"],
        "default": "x",
    }
    assert properties["task"] == {
        "title": "task",
        "anyOf": [
            {"const": "image", "title": "Images", "description": "Classify images."},
            {"const": "text"},
            {"$ref": "#/$defs/later"},
        ],
        "default": "text",
    }
    items = properties["loggers"]["anyOf"][0]["items"]["anyOf"]
    assert items == [{"const": "csv"}, {"const": "wandb"}, {"$ref": "#/$defs/from-elsewhere"}]
    assert properties["gone"]["anyOf"][0] == {"const": "b", "title": "B"}
    assert properties["token"]["writeOnly"]
    assert "computed" not in properties


@pytest.mark.parametrize(
    ("name", "comment"),
    [
        pytest.param("slug", "A validator of the blueprint checks it.", id="validator"),
        pytest.param("tree", "A text is read as JSON.", id="json"),
        pytest.param("pairs", "Other answers decide which values are allowed.", id="choices"),
        pytest.param("titled", "Other answers decide which values are allowed.", id="title"),
        pytest.param("kind", "Other answers decide which values are allowed.", id="type"),
        pytest.param("wide", "Other answers decide which values are allowed.", id="multiline"),
        pytest.param("entity", "Other answers decide whether it counts.", id="when"),
        pytest.param("perhaps", "Other answers decide whether it has a default.", id="unset"),
    ],
)
def test_what_it_cannot_know_it_says(name: str, comment: str) -> None:
    assert CASES["every type"].schema["properties"][name]["$comment"] == comment


def test_secrets_and_templates_are_no_defaults() -> None:
    schema = CASES["every type"].schema
    assert "hush" not in json.dumps(schema)
    assert "default" not in schema["properties"]["perhaps"]
