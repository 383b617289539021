"""The JSON Schema of an answers file says what the questions accept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from scaffold.answers import Given
from scaffold.errors import AnswersError
from scaffold.questions import Choice, Questionnaire

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
    "loggers": {
        "type": "str",
        "choices": ["csv", "wandb"],
        "multiselect": True,
        "default": ["csv"],
    },
    "gone": {
        "type": "str",
        "choices": {"A": {"value": "a", "validator": "no"}, "B": "b"},
        "default": "b",
    },
    "tree": {"type": "json", "default": "{}"},
    "computed": {"default": "{{ name }}", "when": False},
}
BUILT = Questionnaire.load(CONFIG, Path())
SCHEMA = BUILT.schema()
VALIDATOR = Draft202012Validator(SCHEMA)

CHARACTERS = st.characters(exclude_categories=["Cs"]) | st.sampled_from("\0\t\n\r\x1b\x85\u2028")
OFFERED = ["image", "text", "csv", "wandb", "a", "b", "Images", "3", "true", ""]
SCALARS = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.integers(0, 4), st.sampled_from(OFFERED)),
    *(
        st.floats(allow_nan=False, allow_infinity=False),
        st.sampled_from([2**63, 10**400, 0.5, 2.0]),
    ),
    st.text(CHARACTERS, max_size=5),
)
VALUES = SCALARS | st.lists(SCALARS, max_size=3)
STATIC = [name for name in CONFIG if name not in {"tree", "computed"}]


def is_accepted(values: dict[str, Any]) -> bool:
    try:
        BUILT.resolve({k: Given(v, "a.json") for k, v in values.items()}, defaults=True)
    except AnswersError:
        return False
    return True


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@settings(max_examples=500, deadline=None)
@forall(st.sampled_from(STATIC), VALUES)
def test_schema_and_questions_accept_the_same_value(name: str, value: Any) -> None:
    values = {"name": "x", name: value}
    assert VALIDATOR.is_valid(values) == is_accepted(values)


@pytest.mark.parametrize("name", ["sed", "computed", "", "_commit"])
def test_schema_and_questions_know_the_same_names(name: str) -> None:
    values = {"name": "x", name: 1}
    assert VALIDATOR.is_valid(values) == is_accepted(values) == name.startswith("_")


def test_what_has_no_default_is_required() -> None:
    assert SCHEMA["required"] == ["name"]
    assert not VALIDATOR.is_valid({})
    assert not is_accepted({})


def test_long_texts_are_refused_by_both() -> None:
    for length in (64 * 1024, 64 * 1024 + 1):
        values = {"name": "x" * length}
        assert VALIDATOR.is_valid(values) == is_accepted(values) == (length == 64 * 1024)


def test_the_schema_explains_the_questions() -> None:
    layers = {"task": [Choice("Images", "image", "Classify images."), Choice("Text", "text")]}
    properties = Questionnaire.load(CONFIG, Path(), layers).schema()["properties"]
    assert properties["title"] == {
        "title": "A title.",
        "description": "A title.\nMore of it.\\x1b",
        "type": "string",
        "maxLength": 65536,
        "not": properties["name"]["not"],
        "default": "x",
    }
    assert properties["task"] == {
        "title": "task",
        "enum": ["image", "text"],
        "anyOf": [
            {"const": "image", "title": "Images", "description": "Classify images."},
            {"const": "text", "title": "Text"},
        ],
        "default": "text",
    }
    assert properties["loggers"]["items"] == {"enum": ["csv", "wandb"]}
    assert properties["gone"]["enum"] == ["b"]
    assert "computed" not in properties


def test_what_depends_on_answers_is_left_open() -> None:
    config: dict[str, Any] = {
        "rows": {"choices": "{{ [1] }}"},
        "kind": {"type": "{{ rows }}", "default": 1},
        "both": {"choices": ["{{ rows }}", "x"], "default": "x"},
        "only": {"type": "str", "when": "{{ rows }}"},
        "late": "{{ rows }}",
        "key": {"type": "str", "default": "hush", "secret": True},
    }
    found = Questionnaire.load(config, Path()).schema()
    for name in ("rows", "kind", "both"):
        assert set(found["properties"][name]) == {"title", "$comment"}
    assert found["required"] == ["rows"]
    assert "default" not in found["properties"]["late"]
    assert found["properties"]["key"]["writeOnly"]
    assert "hush" not in str(found)
