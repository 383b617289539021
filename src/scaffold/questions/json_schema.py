"""Describe an answers file as JSON Schema 2020-12, for editors, forms and other tools.

What `create` accepts the schema accepts, in files whose keys all count. The other way round, what
the schema accepts is accepted, save where it says so: a question with a ``$comment`` takes Jinja or
another parser to know (validators, conditions, choices or types that depend on other answers, texts
that are read as JSON or YAML), and so does an answer that interpolates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .evaluated import Situation
from .jinja import ExpressionError, Expressions
from .question import Choice, Question, blueprint_error
from .texts import FORBIDDEN, MAX_TEXT, printable
from .values import MAX_INT, MIN_INT, MISSING, TYPES

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_LARGEST = 1.7976931348623157e308
_TYPES: Mapping[str, Mapping[str, Any]] = {
    "bool": {"type": "boolean"},
    "int": {"type": "integer", "minimum": MIN_INT, "maximum": MAX_INT},
    "float": {"type": "number", "minimum": -_LARGEST, "maximum": _LARGEST},
}
_INTERPOLATES = {"type": "string", "pattern": r"\$\{"}
_LATER = {
    "title": "An answer for later, or from elsewhere",
    "anyOf": [{"const": "???"}, _INTERPOLATES],
}
_FROM_ELSEWHERE = {"title": "An answer from elsewhere", **_INTERPOLATES}


def schema(
    questions: Mapping[str, Question], expressions: Expressions, context: Mapping[str, Any]
) -> dict[str, Any]:
    """Give the JSON Schema of an answers file that is enough together with the defaults.

    Args:
        questions: The questions by name.
        expressions: Tells templates from plain values.
        context: What templates see.
    """
    asked = [question for question in questions.values() if not question.is_computed]
    situations = {item.name: Situation(item, expressions, context) for item in asked}
    return {
        "$schema": _DIALECT,
        "title": "Answers",
        "$comment": "What a $comment of a property tells of is checked by scaffold alone.",
        "type": "object",
        "properties": {name: _property(item) for name, item in situations.items()},
        # A record is an answers file, too; its own keys are passed over.
        "patternProperties": {"^_": {}},
        "required": [name for name, item in situations.items() if _is_required(item)],
        "additionalProperties": False,
        "$defs": {"later": _LATER, "from-elsewhere": _FROM_ELSEWHERE},
    }


def _is_required(situation: Situation) -> bool:
    question = situation.question
    plain = not any(map(situation.expressions.is_template, (question.when, question.ask)))
    return question.default is MISSING and plain and situation.visible and situation.asked


def _property(situation: Situation) -> dict[str, Any]:
    about = _about(situation)
    try:
        if comments := " ".join(_comments(situation)):
            about["$comment"] = comments
        if not _is_static(situation):
            return about
        return {**about, **_answers(situation), **_default(situation)}
    except ExpressionError as error:
        raise blueprint_error(situation.question.name, error) from error


def _about(situation: Situation) -> dict[str, Any]:
    question = situation.question
    lines = [printable(line) for line in question.help.strip().splitlines()]
    about: dict[str, Any] = {"title": lines[0] if lines else question.name}
    if len(lines) > 1:
        about["description"] = "\n".join(lines)
    if question.secret:
        about["writeOnly"] = True
    return about


def _comments(situation: Situation) -> Iterator[str]:
    """What has the last word, and is not said by the schema."""
    question, is_template = situation.question, situation.expressions.is_template
    if not _is_static(situation) or is_template(question.multiline):
        yield "What is allowed depends on other answers."
    elif situation.type in {"json", "yaml"}:
        yield f"A text is read as {situation.type.upper()}."
    if is_template(question.when):
        yield "Whether it counts depends on other answers."
    if question.validator:
        yield "A validator of the blueprint's looks at it."
    if is_template(question.default) and "UNSET" in str(question.default):
        yield "Whether it has a default depends on other answers."


def _is_static(situation: Situation) -> bool:
    question, is_template = situation.question, situation.expressions.is_template
    if question.type not in TYPES or isinstance(question.choices, str):
        return False
    return not any(
        is_template(part)
        for choice in question.choices
        for part in (choice.title, choice.value, choice.disabled)
    )


def _answers(situation: Situation) -> dict[str, Any]:
    """The answers in a file: the values of the question, and what stands for one."""
    later = "from-elsewhere" if _is_required(situation) else "later"
    values = _values(situation)
    if situation.question.multiselect:
        several = {"type": "array", "items": _or_else(values, "from-elsewhere")}
        return {} if {} in values else _or_else([several, *values], later)
    if situation.type in {"str", "path"} and not situation.choices:
        return values[0]  # any words, and so those that stand for an answer
    return _or_else(values, later)


def _or_else(values: list[dict[str, Any]], other: str) -> dict[str, Any]:
    if {} in values:
        return {}
    return {"anyOf": [*values, {"$ref": f"#/$defs/{other}"}]}


def _values(situation: Situation) -> list[dict[str, Any]]:
    kind = situation.type
    if situation.choices:
        offered = [_offered(choice) for choice in situation.choices if not choice.disabled]
        return [*offered, {"type": "string"}] if kind in {"json", "yaml"} else offered
    if kind in {"json", "yaml"}:
        return [{}]
    return [dict(_TYPES[kind])] if kind in _TYPES else [_text(situation)]


def _text(situation: Situation) -> dict[str, Any]:
    lines = situation.expressions.is_template(situation.question.multiline) or situation.multiline
    forbidden = FORBIDDEN if lines else f"\t\n{FORBIDDEN}"
    wrong: dict[str, Any] = {"pattern": f"[{_escape(forbidden)}]"}
    if _is_required(situation):
        wrong = {"anyOf": [wrong, {"const": "???"}]}
    return {"type": "string", "maxLength": MAX_TEXT, "not": wrong}


def _escape(characters: str) -> str:
    return "".join(char if char == "-" else f"\\u{ord(char):04x}" for char in characters)


def _offered(choice: Choice) -> dict[str, Any]:
    offered: dict[str, Any] = {"const": choice.value}
    if choice.title != str(choice.value):
        offered["title"] = printable(choice.title)
    if choice.help:
        offered["description"] = printable(choice.help)
    return offered


def _default(situation: Situation) -> dict[str, Any]:
    question = situation.question
    if question.secret or situation.expressions.is_template(question.default):
        return {}
    try:
        default = situation.default
    except ExpressionError:
        return {}
    return {} if default is MISSING else {"default": default}
