"""Describe an answers file as JSON Schema 2020-12, for editors, forms and other tools.

The schema knows types, choices and what no file can hold. It does not know what takes Jinja to
know: validators, conditions, and choices or types that depend on other answers. Such questions
take more by the schema than they take in the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .expressions import ExpressionError, Expressions
from .question import Question, Situation, blueprint_error
from .values import FORBIDDEN, MAX_INT, MAX_TEXT, MIN_INT, MISSING, TYPES, printable

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_LARGEST = 1.7976931348623157e308
_TYPES: Mapping[str, Mapping[str, Any]] = {
    "bool": {"type": "boolean"},
    "int": {"type": "integer", "minimum": MIN_INT, "maximum": MAX_INT},
    "float": {"type": "number", "minimum": -_LARGEST, "maximum": _LARGEST},
}


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
        "$comment": "Validators and conditions are checked by the tool, not by this schema.",
        "type": "object",
        "properties": {name: _property(item) for name, item in situations.items()},
        # A record is an answers file, too; its own keys are passed over.
        "patternProperties": {"^_": {}},
        "required": [item.name for item in asked if _is_required(item)],
        "additionalProperties": False,
    }


def _is_required(question: Question) -> bool:
    return question.default is MISSING and question.when is True and question.ask is True


def _property(situation: Situation) -> dict[str, Any]:
    about = _about(situation)
    if not _is_static(situation):
        return {**about, "$comment": "What is allowed depends on other answers."}
    try:
        values = _values(situation)
    except ExpressionError as error:
        raise blueprint_error(situation.question.name, error) from error
    if situation.question.multiselect:
        return {**about, "type": "array", "items": values, **_default(situation)}
    return {**about, **values, **_default(situation)}


def _about(situation: Situation) -> dict[str, Any]:
    question = situation.question
    lines = printable_lines(question.help)
    about: dict[str, Any] = {"title": lines[0] if lines else question.name}
    if len(lines) > 1:
        about["description"] = "\n".join(lines)
    if question.secret:
        about["writeOnly"] = True
    return about


def printable_lines(text: str) -> list[str]:
    """Split a text into lines that are safe to show."""
    return [printable(line) for line in text.strip().splitlines()]


def _is_static(situation: Situation) -> bool:
    question, is_template = situation.question, situation.expressions.is_template
    if question.type not in TYPES or isinstance(question.choices, str):
        return False
    return not any(
        is_template(choice.value) or is_template(choice.disabled) for choice in question.choices
    )


def _values(situation: Situation) -> dict[str, Any]:
    if situation.question.choices:
        return _offered(situation)
    kind = situation.type
    if kind in {"json", "yaml"}:
        return {}
    if kind in _TYPES:
        return dict(_TYPES[kind])
    lines = situation.expressions.is_template(situation.question.multiline) or situation.multiline
    forbidden = FORBIDDEN if lines else f"\t\n{FORBIDDEN}"
    return {"type": "string", "maxLength": MAX_TEXT, "not": {"pattern": f"[{_escape(forbidden)}]"}}


def _escape(characters: str) -> str:
    return "".join(char if char == "-" else f"\\u{ord(char):04x}" for char in characters)


def _offered(situation: Situation) -> dict[str, Any]:
    choices = [choice for choice in situation.choices if not choice.disabled]
    offered: dict[str, Any] = {"enum": [choice.value for choice in choices]}
    if any(choice.help or choice.title != str(choice.value) for choice in choices):
        offered["anyOf"] = [
            {"const": choice.value, "title": printable(choice.title)}
            | ({"description": printable(choice.help)} if choice.help else {})
            for choice in choices
        ]
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
