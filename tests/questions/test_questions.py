"""The questions of a blueprint: what a copier.yml means, and which answers are accepted."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from copier import run_copy  # before a render imports Copier without its prompts

from scaffold.errors import AnswersError, ScaffoldError
from scaffold.questions.copier_yml import load_config
from scaffold.questions.given_answer import Answers, GivenAnswer
from scaffold.questions.jinja import BrokenFilterError
from scaffold.questions.question import Choice
from scaffold.questions.questionnaire import Questionnaire
from scaffold.questions.resolver import BACK, Step

pytestmark = pytest.mark.unit

STRICT = {"undefined": "jinja2.StrictUndefined"}
WANDB = {
    "loggers": {"type": "str", "multiselect": True, "choices": ["csv", "wandb"], "default": []},
    "entity": {"type": "str", "when": "{{ 'wandb' in loggers }}"},
}


def questionnaire(config: Mapping[str, Any], root: Path = Path(), **more: Any) -> Questionnaire:
    return Questionnaire.from_config(config, root, **more)


def answers(
    config: Mapping[str, Any], given: Mapping[str, Any] | None = None, origin: str = "a.yml"
) -> Answers:
    line = int(origin.endswith(".yml"))
    named = {key: GivenAnswer(value, origin, line, line) for key, value in (given or {}).items()}
    return questionnaire(config).resolve(named, defaults=True)


def refusals(
    config: Mapping[str, Any],
    given: Mapping[str, Any],
    origin: str = "a.yml",
    *,
    defaults: bool = True,
) -> list[str]:
    named = {key: GivenAnswer(value, origin) for key, value in given.items()}
    with pytest.raises(AnswersError) as caught:
        questionnaire(config).resolve(named, defaults=defaults)
    return [str(problem) for problem in caught.value.problems]


def write(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


# ---------------------------------------------------------------- copier.yml


def test_documents_are_merged_and_files_included(tmp_path: Path) -> None:
    main = "_exclude: [a]\nfirst: 1\nsame: old\n---\n!include parts/*.yml\n---\n_exclude: [b]\n"
    write(tmp_path, {"copier.yml": main, "parts/a.yml": "same: new\n", "parts/b.yml": "last: 2\n"})
    merged = load_config(tmp_path)
    assert merged == {"_exclude": ["a", "b"], "first": 1, "same": "new", "last": 2}


def test_no_file_means_no_questions(tmp_path: Path) -> None:
    assert load_config(tmp_path) == {}


@pytest.mark.parametrize(
    ("files", "message"),
    [
        pytest.param({"copier.yml": "", "copier.yaml": ""}, "both copier.yml and", id="both"),
        pytest.param({"copier.yml": "a: 1\nb: [\n"}, "copier.yml:3:1: ", id="syntax"),
        pytest.param({"copier.yml": "a: !x 1\n"}, "copier.yml:1:4: could not", id="tag"),
        pytest.param({"copier.yml": "just text\n"}, "must hold a mapping", id="text"),
        pytest.param({"copier.yml": "1: 2\n"}, "key 1 is not text", id="number-key"),
        pytest.param({"copier.yml": "!include /etc/passwd\n"}, "must be relative", id="absolute"),
        pytest.param({"copier.yml": "!include copier.yml\n"}, "includes itself", id="recursion"),
        pytest.param({"copier.yml": "!include b.yml", "b.yml": "x: ]\n"}, "b.yml:1:4", id="inner"),
        pytest.param({"copier.yml": "a: \x00\n"}, "copier.yml: ", id="nul"),
    ],
)
def test_a_bad_copier_yml_is_named(tmp_path: Path, files: dict[str, str], message: str) -> None:
    write(tmp_path, files)
    with pytest.raises(ScaffoldError) as caught:
        load_config(tmp_path)
    assert message in caught.value.what
    assert caught.value.hint.endswith(".")


def test_a_copier_yml_that_cannot_be_read_has_a_next_step(tmp_path: Path) -> None:
    (tmp_path / "copier.yml").write_text("!include more\n")
    (tmp_path / "more").mkdir()
    with pytest.raises(ScaffoldError, match="more cannot be read: Is a directory") as caught:
        load_config(tmp_path)
    assert "you may read" in caught.value.hint


def test_includes_never_leave_the_blueprint(tmp_path: Path) -> None:
    write(tmp_path, {"outside.yml": "a: 1\n", "bp/copier.yml": "!include link.yml\n"})
    (tmp_path / "bp" / "link.yml").symlink_to(tmp_path / "outside.yml")
    with pytest.raises(ScaffoldError, match="outside the blueprint") as caught:
        load_config(tmp_path / "bp")
    assert caught.value.hint == "Correct the blueprint's file."


@pytest.mark.parametrize(
    ("config", "message"),
    [
        pytest.param({"a": {"secret": True}}, "secret and has no default", id="secret"),
        pytest.param({"_secret_questions": ["a"], "a": {}}, "secret and has", id="secret-list"),
        pytest.param({"now": 1}, "name of a function of Copier", id="name"),
        pytest.param({"a": {"choices": 3}}, "must be a list or a mapping", id="choices"),
        pytest.param({"a": {"choices": {"x": {"validator": ""}}}}, "needs a value", id="no-value"),
        pytest.param({"a": {"choices": [[1, 2, 3]]}}, "a title and a value", id="triple"),
        pytest.param({"_envops": 3, "a": 1}, "_envops of the blueprint", id="envops"),
    ],
)
def test_a_question_that_is_stated_wrongly_is_named(config: dict[str, Any], message: str) -> None:
    with pytest.raises(ScaffoldError) as caught:
        questionnaire(config)
    assert message in caught.value.what


@pytest.mark.parametrize(
    ("config", "message"),
    [
        pytest.param({"a": {"type": "{{ 'strr' }}"}}, "type: 'strr'", id="type"),
        pytest.param({"a": {"type": "strr"}}, "type 'strr' is not one of str", id="plain-type"),
        pytest.param({"a": {"help": 3}}, "help cannot be the number 3", id="help"),
        pytest.param({"a": {"type": "int", "choices": ["x"]}}, "choice 'x': \"x\"", id="cast"),
        pytest.param({"_envops": STRICT, "a": "{{ b }}"}, "default: 'b' is undefined", id="name"),
        pytest.param({"a": "{{ 1 + }}"}, "default: ", id="syntax"),
        pytest.param({"a": {"when": "{{ 1/0 }}"}}, "when: ZeroDivisionError", id="when"),
        pytest.param({"a": {"default": 3, "choices": [1, 2]}}, "default: must be", id="choice"),
        pytest.param({"a": "{{ ''.__class__.__mro__ }}"}, "unsafe", id="sandbox"),
        pytest.param({"a": {"choices": "{{ '[' }}"}}, "is not YAML", id="choices"),
    ],
)
def test_an_expression_that_fails_is_named(config: dict[str, Any], message: str) -> None:
    with pytest.raises(ScaffoldError) as caught:
        answers(config)
    assert "question 'a'" in caught.value.what
    assert message in caught.value.what


def test_extensions_are_code_and_need_trust() -> None:
    config = {"_jinja_extensions": ["jinja2.ext.do"], "a": "{% do [] %}x"}
    with pytest.raises(ScaffoldError, match=r"run code of their own: jinja2\.ext\.do"):
        answers(config)
    trusted = questionnaire(config, trust=True)
    assert trusted.resolve({}, defaults=True).values == {"a": "x"}


def test_an_extension_that_is_not_installed_is_named() -> None:
    config = {"_jinja_extensions": ["no_such_package.Extension"], "a": "{{ 1 }}"}
    with pytest.raises(ScaffoldError, match="no_such_package"):
        questionnaire(config, trust=True).resolve({}, defaults=True)


def _fail(value: object) -> str:
    raise KeyError(str(value))


def test_a_bug_of_our_own_filter_is_not_shown_as_the_fault_of_the_blueprint() -> None:
    built = questionnaire({"a": "{{ 'x'|broken }}"}, filters={"broken": _fail})
    with pytest.raises(BrokenFilterError, match="_fail failed on 'x'") as caught:
        built.resolve({}, defaults=True)
    assert isinstance(caught.value.__cause__, KeyError)


@pytest.mark.parametrize("text", ["{{ 'x'|broken(1) }}", "{{ unknown|broken }}"])
def test_a_filter_used_wrongly_is_the_fault_of_the_blueprint(text: str) -> None:
    built = questionnaire({"_envops": STRICT, "a": text}, filters={"broken": _fail})
    with pytest.raises(ScaffoldError, match="question 'a' of the blueprint is wrong"):
        built.resolve({}, defaults=True)


def test_templates_import_from_the_blueprint_only(tmp_path: Path) -> None:
    write(tmp_path, {"bp/macros.jinja": "{% macro up(x) %}{{ x|upper }}{% endmacro %}"})
    write(tmp_path, {"secret": "s"})
    (tmp_path / "bp" / "link").symlink_to(tmp_path / "secret")
    good = {"a": "{% from 'macros.jinja' import up %}{{ up('x') }}"}
    assert questionnaire(good, tmp_path / "bp").resolve({}, defaults=True).values["a"] == "X"
    with pytest.raises(ScaffoldError, match="outside the blueprint"):
        questionnaire({"a": "{% include 'link' %}"}, tmp_path / "bp").resolve({}, defaults=True)


def test_templates_see_what_the_caller_passes(tmp_path: Path) -> None:
    write(tmp_path, {"other.yml": "from: there\n"})
    config = {
        "_external_data": {"other": "{{ name }}.yml", "absent": "no.yml", "outside": "../x.yml"},
        "name": "other",
        "a": "{{ _folder_name }} {{ _copier_conf.sep }} {{ _external_data.other['from'] }}",
        "b": "{{ _external_data.absent|length }}{{ pathjoin('x', 'y') }}{{ _copier_phase }}",
        "c": "{{ _copier_answers.name }}",
    }
    context = {"_folder_name": "demo", "_copier_conf": {"dst_path": tmp_path}, "name": "other"}
    found = questionnaire(config, context=context).resolve({}, defaults=True).values
    assert (found["a"], found["b"], found["c"]) == ("demo / there", "0x/yprompt", "other")
    outside = questionnaire({**config, "d": "{{ _external_data.outside }}"}, context=context)
    with pytest.raises(ScaffoldError, match="outside the project"):
        outside.resolve({}, defaults=True)


def test_a_path_in_the_context_gives_no_way_out() -> None:
    config = {"a": "{{ _copier_conf.src_path.parser.os }}"}
    with pytest.raises(ScaffoldError, match="parser"):
        answers(config)


def test_layers_bring_choices() -> None:
    layers = {"task": [Choice("Images", "image", "Classify images."), Choice("Text", "text")]}
    config = {"task": {"type": "str", "default": "text"}, "docker": False}
    layers["docker"] = [Choice("Docker", "yes")]
    built = questionnaire(config, layer_choices=layers)
    assert built.resolve({}, defaults=True).values == {"task": "text", "docker": False}
    assert built.questions["task"].choices == tuple(layers["task"])
    with pytest.raises(AnswersError):
        built.resolve({"task": GivenAnswer("sound", "a.yml")}, defaults=True)


@pytest.mark.parametrize("given", [None, [], ["wandb"], ["csv", "wandb"], "wandb"], ids=repr)
def test_a_choice_that_is_always_made_is_in_every_answer(given: object) -> None:
    loggers = [Choice("CSV", "csv", always=True), Choice("TB", "tb"), Choice("W&B", "wandb")]
    config = {"loggers": {"type": "str", "multiselect": True, "default": []}}
    built = questionnaire(config, layer_choices={"loggers": loggers})
    more = (
        {}
        if given is None
        else {"loggers": GivenAnswer(given, "--data", is_text=isinstance(given, str))}
    )
    expected = ["csv", "wandb"] if given else ["csv"]
    assert built.resolve(more, defaults=True).values == {"loggers": expected}


def test_other_delimiters_are_known() -> None:
    config = {"_envops": {"variable_start_string": "[[", "variable_end_string": "]]"}, "a": "x"}
    assert answers({**config, "b": "[[ a ]] {{ a }}"}).values["b"] == "x {{ a }}"


def test_line_statements_are_known() -> None:
    config = {"_envops": {"line_statement_prefix": "%%"}, "a": "%% if true\nx\n%% endif"}
    assert answers(config).values["a"] == "x\n"


# ---------------------------------------------------------------- as Copier has it

SAME_AS_COPIER = [
    pytest.param({"a": 1, "b": 1.5, "c": True, "d": "x", "e": [1], "f": None}, {}, id="inferred"),
    pytest.param({"a": "{{ 1 + 1 }}", "b": {"type": "int", "default": "{{ 1 }}"}}, {}, id="jinja"),
    pytest.param({"a": {"type": "yaml", "default": "[1, {b: 2}]"}}, {}, id="yaml"),
    pytest.param({"a": {"type": "json", "default": '{"b": [1]}'}}, {}, id="json"),
    pytest.param({"a": {"type": "json", "default": '"text"'}}, {}, id="json-text"),
    pytest.param({"a": {"type": "yaml", "default": "'1.0'"}}, {}, id="yaml-text"),
    pytest.param({"a": {"choices": ["3.10", "3.11"], "default": "3.10"}}, {}, id="choices"),
    pytest.param({"a": {"choices": ["3.10", "3.11"]}}, {"a": "3.10"}, id="choices-untyped"),
    pytest.param({"a": {"choices": {"X": 1, "Y": {"value": 2}}, "default": 2}}, {}, id="mapping"),
    pytest.param({"a": {"choices": [["X", "x"], ["Y", "y"]], "default": "y"}}, {}, id="pairs"),
    pytest.param({"b": 3, "a": {"choices": "{{ [b, 4] }}", "default": 4}}, {}, id="jinja-choices"),
    pytest.param(
        {"a": {"choices": ["x", "y", "z"], "multiselect": True, "default": ["z", "x"]}},
        {},
        id="many",
    ),
    pytest.param(
        {"a": {"choices": [1, 2], "multiselect": True, "default": "{{ [2] }}", "type": "int"}},
        {},
        id="many-jinja",
    ),
    pytest.param(WANDB, {"loggers": ["csv"]}, id="off"),
    pytest.param(WANDB, {"loggers": ["wandb"], "entity": "me"}, id="on"),
    pytest.param(
        {"a": "x", "b": {"default": "{{ a }}y", "when": False}, "c": "{{ b }}"}, {}, id="h"
    ),
    pytest.param({"a": {"type": "bool", "default": "{{ 'no' }}"}, "b": "{{ a }}"}, {}, id="bool"),
    pytest.param({"a": {"default": "x", "when": "{{ nothing }}"}, "b": "{{ a }}"}, {}, id="undef"),
    pytest.param({"a": {"default": "x", "ask": False}, "b": {"ask": False}}, {}, id="unasked"),
    pytest.param({"a": {"default": "s", "secret": True}, "b": "{{ a }}"}, {}, id="secret"),
    pytest.param({"a": {"type": "path", "default": "x/y"}}, {}, id="path"),
    pytest.param({"a": {"type": "float", "default": "1e-10"}}, {}, id="float"),
    pytest.param({"a": {"type": "str", "default": 3.1}}, {}, id="number-as-text"),
    pytest.param({"a": "{{ 'x.y'|basename }}{{ 'a'|hash('sha1') }}"}, {}, id="ansible"),
]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize(("config", "given"), SAME_AS_COPIER)
def test_copier_makes_the_same_of_it(
    tmp_path: Path, config: dict[str, Any], given: dict[str, Any]
) -> None:
    """Copier answers as we do by itself."""
    ours = answers(config, given)
    write(tmp_path, {"bp/copier.yml": yaml.safe_dump(config, sort_keys=False)})
    write(tmp_path, {"bp/r.yml.jinja": "{{ _copier_answers|to_nice_yaml }}"})
    seen = ", ".join(f'"{name}": {{{{ {name}|default(none)|to_json }}}}' for name in config)
    write(tmp_path, {"bp/seen.json.jinja": f"{{ {seen} }}"})
    run_copy(str(tmp_path / "bp"), tmp_path / "p", dict(given), defaults=True, quiet=True)
    record = yaml.safe_load((tmp_path / "p/r.yml").read_text())
    assert record == {"_src_path": str(tmp_path / "bp"), **ours.recorded}
    values = json.loads((tmp_path / "p/seen.json").read_text())
    assert values == dict.fromkeys(config) | {**ours.computed, **ours.values}


# ---------------------------------------------------------------- strictness

TYPED = [
    *[("str", good) for good in ("", "x", "é 漢 🎉", "3.12")],
    *[("int", good) for good in (0, -3, 2**63 - 1, 1000.0)],
    *[("float", good) for good in (1, 1e-10, -2.5)],
    *[("bool", good) for good in (True, False)],
    *[("json", good) for good in (None, [1, "x"], {"a": None}, "[1]")],
    *[("yaml", good) for good in (None, [1, "x"], {"a": None}, "line\nline", "")],
]
MISTYPED = [
    ("str", 3.12, 'is the number 3.12 but must be text: write it in quotes, "3.12"'),
    ("str", True, 'is true but must be text: write it in quotes, "true"'),
    ("str", None, "must be text, not null"),
    ("str", ["x"], "must be text, not a list"),
    ("str", {"x": 1}, "must be text, not a mapping"),
    ("path", 3, 'is the number 3 but must be text: write it in quotes, "3"'),
    ("int", "3", "must be a whole number: write it without quotes"),
    ("int", "x", 'must be a whole number, not "x"'),
    ("int", 1.5, "must be a whole number, not the number 1.5"),
    ("int", True, "must be a whole number, not true"),
    ("int", 2**63, "must be a whole number that fits into 64 bits"),
    ("float", "1e-3", "must be a number: write it without quotes"),
    ("float", float("nan"), "holds a number that is not finite"),
    ("float", 10**400, "must be a finite number"),
    ("float", False, "must be a number, not false"),
    ("bool", "maybe", 'must be true or false, not "maybe"'),
    ("bool", "yes", "must be true or false: write it without quotes"),
    ("bool", 1, "must be true or false, not the number 1"),
    ("json", "{", "is not JSON: "),
    ("yaml", "[", "is not YAML: "),
    ("yaml", "2020-01-01", "holds a date: write it in quotes"),
    ("yaml", {1: 2}, "holds the key the number 1: keys must be text"),
    ("yaml", [float("inf")], "holds a number that is not finite"),
]
TEXTS = [
    *[("bool", text, True) for text in ("true", "Yes", "on", "Y", "1")],
    *[("bool", text, False) for text in ("false", "NO", "off", "n", "0")],
    ("int", "42", 42),
    ("int", " -1 ", -1),
    ("int", "1e5", 100000),
    ("float", "1e-10", 1e-10),
    ("float", "3", 3.0),
    ("str", "3.10", "3.10"),
    ("str", " x ", " x "),
    ("json", '{"a": [1]}', {"a": [1]}),
    ("yaml", "{a: [1]}", {"a": [1]}),
]
BAD_TEXTS = [
    ("bool", "maybe"),
    ("bool", ""),
    ("int", "1_000"),
    ("int", "1.5"),
    ("int", "\u0663"),
    ("int", "9" * 5000),
    ("int", ""),
    ("float", "nan"),
    ("float", "inf"),
    ("float", "1e999"),
    ("json", "x"),
]


@pytest.mark.parametrize(("kind", "value"), TYPED)
def test_a_value_of_the_right_type_is_taken(kind: str, value: Any) -> None:
    found = answers({"a": {"type": kind}}, {"a": value}).values["a"]
    assert found == ([1] if value == "[1]" else None if (kind, value) == ("yaml", "") else
                     "line line" if value == "line\nline" else value)  # fmt: skip


@pytest.mark.parametrize(("kind", "value", "why"), MISTYPED)
def test_a_value_of_another_type_is_refused(kind: str, value: Any, why: str) -> None:
    (refusal,) = refusals({"a": {"type": kind}}, {"a": value})
    assert refusal.startswith(f"a.yml: a: {why}")


@pytest.mark.parametrize("origin", ["--data", "environment"])
@pytest.mark.parametrize(("kind", "text", "value"), TEXTS)
def test_text_is_read_by_the_type(kind: str, text: str, value: Any, origin: str) -> None:
    found = answers({"a": {"type": kind}}, {"a": text}, origin).values["a"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(("kind", "text"), BAD_TEXTS)
def test_text_that_is_no_value_of_the_type_is_refused(kind: str, text: str) -> None:
    (refusal,) = refusals({"a": {"type": kind}}, {"a": text}, "--data")
    assert refusal.startswith("--data: a: ")
    assert len(refusal) < 200


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("a\0b", "U+0000", id="nul"),
        pytest.param("\x1b[31m", "U+001B", id="escape"),
        pytest.param("a\tb", "U+0009", id="tab"),
        pytest.param("a\nb", "a line break", id="newline"),
        pytest.param("a\u2028b", "U+2028", id="line-separator"),
        pytest.param("a\x85b", "U+0085", id="nel"),
        pytest.param("a\u202eb", "U+202E", id="override"),
        pytest.param("\ufeffa", "U+FEFF", id="bom"),
        pytest.param("\ud800", "surrogate", id="surrogate"),
        pytest.param("x" * 65537, "65,537 characters", id="long"),
    ],
)
@pytest.mark.parametrize("origin", ["a.yml", "--data"])
def test_what_no_file_can_hold_is_refused(text: str, why: str, origin: str) -> None:
    (refusal,) = refusals({"a": {"type": "str"}}, {"a": text}, origin)
    assert why in refusal
    assert refusal.isprintable()


@pytest.mark.parametrize("value", [{"k": ["a\0"]}, {"\x1b": 1}, '"\\ud800"'])
def test_what_no_file_can_hold_is_found_inside(value: Any) -> None:
    refusals({"a": {"type": "yaml"}}, {"a": value})


def test_several_lines_are_for_questions_of_several_lines() -> None:
    config = {"a": {"type": "str", "multiline": "{{ true }}"}}
    assert answers(config, {"a": "x\n\ty\n"}).values["a"] == "x\n\ty\n"
    assert refusals(config, {"a": "x\0"})


@pytest.mark.parametrize(
    ("settings", "given", "origin", "why"),
    [
        pytest.param(
            {"choices": ["csv", "wandb"]}, "wanb", "--data", "(did you mean wandb?)", id="t"
        ),
        pytest.param(
            {"choices": {"Images": "image"}}, "images", "--data", "mean image?)", id="title"
        ),
        pytest.param({"choices": [1, 2], "type": "int"}, 3, "a.yml", "one of 1, 2, not", id="int"),
        pytest.param({"choices": [1], "type": "yaml"}, True, "a.yml", "one of 1, not true", id="1"),
        pytest.param(
            {"choices": {"X": {"value": "x", "validator": "{{ 'sold out' }}"}, "Y": "y"}},
            "x",
            "a.yml",
            '"x" cannot be chosen: sold out',
            id="disabled",
        ),
        pytest.param(
            {"choices": ["x"], "multiselect": True}, {"x": 1}, "a.yml", "must be a list", id="l"
        ),
        pytest.param({"choices": ["x"], "multiselect": True}, "x,z", "--data", 'not "z"', id="m"),
        pytest.param({"choices": ["x"], "multiselect": True}, ["x", 1], "a.yml", "quotes", id="mt"),
        pytest.param(
            {"validator": "{% if a != 'x' %}not x{% endif %}"}, "y", "--data", "not x", id="v"
        ),
    ],
)
def test_a_choice_must_be_one_of_them(
    settings: dict[str, Any], given: Any, origin: str, why: str
) -> None:
    (refusal,) = refusals({"a": {"type": "str", **settings}}, {"a": given}, origin)
    assert why in refusal


@pytest.mark.parametrize(
    "text", ["wandb,csv", "[csv, wandb]", "['csv', \"wandb\"]", "- wandb\n- csv"]
)
def test_lists_in_flags(text: str) -> None:
    found = answers(WANDB, {"loggers": text, "entity": "e"}, "--data").values
    assert found == {"loggers": ["csv", "wandb"], "entity": "e"}


def test_an_empty_list_in_a_flag_is_empty() -> None:
    assert answers(WANDB, {"loggers": ""}, "environment").values == {"loggers": []}


# ---------------------------------------------------------------- all problems at once


def test_all_problems_are_told_at_once() -> None:
    config = {"seed": 1, "name": {"type": "str"}, "task": {"type": "str", "choices": ["x", "y"]}}
    given = {
        "seed": GivenAnswer("a", "a.yml", 3, 1),
        "sede": GivenAnswer(1, "a.yml", 2, 1),
        "tsk": GivenAnswer("x", "--data"),
    }
    with pytest.raises(AnswersError) as caught:
        questionnaire(config).resolve(given, defaults=True)
    assert [str(problem) for problem in caught.value.problems] == [
        "--data: tsk: is not a question of this blueprint (did you mean task?)",
        "a.yml:2:1: sede: is not a question of this blueprint (did you mean seed?)",
        'a.yml:3:1: seed: must be a whole number, not "a"',
        "missing: name: text; there is no default",
        "missing: task: one of x, y; there is no default",
    ]
    assert "--data" in caught.value.hint
    assert caught.value.exit_code == 2


def test_without_defaults_every_visible_question_needs_an_answer() -> None:
    config = {"seed": 1, **WANDB, "computed": {"default": 1, "when": False}}
    assert refusals(config, {}, defaults=False) == [
        "missing: loggers: some of csv, wandb",
        "missing: seed: a whole number",
    ]
    assert refusals(config, {"loggers": ["wandb"], "seed": 2}, defaults=False) == [
        "missing: entity: text"
    ]


def test_a_default_that_does_not_validate_is_missing() -> None:
    config = {"a": {"type": "str", "default": "", "validator": "{% if not a %}empty{% endif %}"}}
    assert refusals(config, {}) == ['missing: a: the default "" is not valid: empty']
    assert answers(config, {"a": "x"}).values == {"a": "x"}


def test_a_wrong_answer_causes_no_further_complaints() -> None:
    config = {"_envops": STRICT, "n": {"type": "int"}, "m": "{{ n + 1 }}"}
    assert len(refusals(config, {"n": "x"}, "--data")) == 1


def test_unset_is_no_default() -> None:
    config = {"a": {"type": "str", "default": "{{ UNSET }}"}}
    assert refusals(config, {}) == ["missing: a: text; there is no default"]


def test_names_of_the_environment_are_upper_case() -> None:
    config = {"projectName": "x", "b": 1}
    given = {"projectname": GivenAnswer("env", "environment"), "b": GivenAnswer(2, "a.yml")}
    assert questionnaire(config).resolve(given, defaults=True).values == {
        "projectName": "env",
        "b": 2,
    }
    given["projectName"] = GivenAnswer("flag", "--data")
    assert questionnaire(config).resolve(given, defaults=True).values["projectName"] == "flag"
    given["nonsense"] = GivenAnswer("x", "environment")
    with pytest.raises(AnswersError, match="1 answer"):
        questionnaire(config).resolve(given, defaults=True)


# ---------------------------------------------------------------- conditions, records, secrets


def test_an_answer_whose_condition_is_off_is_dropped_with_a_note() -> None:
    found = answers(WANDB, {"entity": 3})
    assert found.values == {"loggers": []}
    assert found.hidden == {"entity"}
    assert "entity of a.yml was not used" in found.notes[0]


def test_what_the_blueprint_computes_cannot_be_answered() -> None:
    config = {"a": {"default": "x", "when": False}}
    assert "computed by the blueprint" in refusals(config, {"a": "y"})[0]
    assert answers(config).computed == {"a": "x"}


@pytest.mark.parametrize("origin", ["record", "user defaults"])
def test_prior_answers_are_defaults_that_may_go_stale(origin: str) -> None:
    config = {"task": {"type": "str", "choices": ["x", "y"], "default": "x"}, "seed": 1, **WANDB}
    prior = {"task": "gone", "seed": 7, "entity": "me", "unknown": 1}
    found = answers(config, prior, origin)
    assert found.values == {"task": "x", "seed": 7, "loggers": []}
    assert found.sources == {"task": "default", "seed": origin, "loggers": "default"}
    assert [note.split(" is ")[0] for note in found.notes] == [f"{origin}: task"]


def test_a_record_answers_without_defaults() -> None:
    given = {"seed": GivenAnswer(7, "record")}
    assert questionnaire({"seed": 1}).resolve(given, defaults=False).values == {"seed": 7}


def test_a_record_may_be_an_answers_file() -> None:
    assert answers({"a": 1}, {"_src_path": "x", "_commit": "1", "a": 2}).values == {"a": 2}


def test_secrets_are_not_recorded() -> None:
    config = {"_secret_questions": ["b"], "a": 1, "b": "", "c": {"default": "", "secret": True}}
    found = answers(config, {"b": "key", "c": "word"})
    assert found.secrets == {"b", "c"}
    assert found.recorded == {"a": 1}


@pytest.mark.parametrize("kind", ["json", "yaml"])
def test_a_recorded_text_of_a_document_stays_text(kind: str) -> None:
    first = answers({"a": {"type": kind}}, {"a": '"3.10"'})
    again = answers({"a": {"type": kind}}, first.recorded, "record")
    assert first.recorded == again.recorded == first.values == again.values == {"a": "3.10"}


# ---------------------------------------------------------------- asking


class Script:
    """An asker that replies from a list and keeps what it was asked."""

    def __init__(self, *replies: Any) -> None:
        self.replies = list(replies)
        self.steps: list[Step] = []

    def __call__(self, step: Step) -> Any:
        self.steps.append(step)
        reply = self.replies.pop(0)
        return step.default if reply is None else reply

    def asked(self) -> list[str]:
        return [step.name for step in self.steps]


def test_only_what_is_visible_and_not_given_is_asked() -> None:
    script = Script(["wandb"], "me")
    config = {**WANDB, "name": "x", "seed": 1, "fixed": {"default": 2, "ask": False}}
    given = {"name": GivenAnswer("y", "--data"), "seed": GivenAnswer(9, "record")}
    found = questionnaire(config).resolve(given, defaults=False, ask=script)
    assert found.values == {
        "loggers": ["wandb"],
        "entity": "me",
        "name": "y",
        "seed": 9,
        "fixed": 2,
    }
    assert script.asked() == ["loggers", "entity"]
    assert [(step.position, step.total) for step in script.steps] == [(1, 1), (2, 2)]
    assert [found.sources[name] for name in ("loggers", "name")] == ["prompt", "--data"]


def test_defaults_ask_nobody() -> None:
    script = Script()
    assert questionnaire({"a": 1}).resolve({}, defaults=True, ask=script).values == {"a": 1}


def test_problems_are_told_before_anything_is_asked() -> None:
    script = Script()
    with pytest.raises(AnswersError):
        questionnaire({"a": 1}).resolve({"b": GivenAnswer(1, "a.yml")}, defaults=False, ask=script)
    assert not script.steps


def test_going_back_keeps_later_answers_and_follows_conditions() -> None:
    config = {"name": "x", **WANDB, "seed": 1}
    script = Script("n", ["wandb"], "me", BACK, BACK, BACK, "m", None, None, 5)
    found = questionnaire(config).resolve({}, defaults=False, ask=script)
    assert found.values == {"name": "m", "loggers": ["wandb"], "entity": "me", "seed": 5}
    assert script.asked() == [
        *("name", "loggers", "entity", "seed", "entity", "loggers", "name"),
        *("loggers", "entity", "seed"),
    ]
    assert script.steps[7].default == ["wandb"]
    assert script.steps[8].default == "me"

    script = Script("n", ["wandb"], "me", BACK, BACK, ["csv"], 5)
    found = questionnaire(config).resolve({}, defaults=False, ask=script)
    assert found.values == {"name": "n", "loggers": ["csv"], "seed": 5}


def test_back_at_the_first_question_asks_it_again() -> None:
    script = Script(BACK, 2)
    assert questionnaire({"a": 1}).resolve({}, defaults=False, ask=script).values == {"a": 2}


def test_an_answer_that_an_earlier_one_makes_wrong_is_asked_again() -> None:
    config = {"b": 1, "a": {"choices": "{{ range(b)|list }}", "type": "int", "default": 0}}
    config["c"] = "y"
    script = Script(3, 2, BACK, BACK, 2, None, None)
    found = questionnaire(config).resolve({}, defaults=False, ask=script)
    assert found.values == {"b": 2, "a": 0, "c": "y"}


@pytest.mark.parametrize("bad", ["x", ["nope"], None])
def test_an_asker_is_not_trusted(bad: Any) -> None:
    config = {"a": {"type": "int", "choices": [1, 2]}}
    with pytest.raises(AnswersError, match="1 answer"):
        questionnaire(config).resolve({}, defaults=False, ask=lambda step: bad)


# ---------------------------------------------------------------- speed


def test_jinja_is_imported_only_for_templates() -> None:
    program = """
import sys
from pathlib import Path
from scaffold.answers import gather_answers
from scaffold.questions import Questionnaire
config = {f"q{i}": {"type": "str", "default": "x", "help": "h"} for i in range(15)}
built = Questionnaire.from_config(config, Path())
built.resolve(gather_answers([], ["q1=y"], {}, {}), defaults=True)
heavy = {"jinja2", "copier", "omegaconf", "questionary", "prompt_toolkit"} & set(sys.modules)
sys.exit(f"imported: {heavy}" if heavy else 0)
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_default_that_does_not_do_is_asked_for_where_a_preset_fills_the_rest(
    tmp_path: Path,
) -> None:
    refused = {"type": "str", "default": "bad", "validator": "{% if q == 'bad' %}no{% endif %}"}
    config = {"q": refused, "other": {"type": "str", "default": "fine"}}
    built = Questionnaire.from_config(config, tmp_path, {})
    interview = built.start_interview({}, defaults=False, asking=True)
    interview.apply_preset({}, ())
    asked: list[str] = []

    def ask(step: Step) -> str:
        asked.append(step.name)
        return "good"

    answers = interview.ask(ask)
    assert asked == ["q"]
    assert answers
    assert answers.values == {"q": "good", "other": "fine"}
