"""An answers file described by JSON Schema 2020-12, for editors, forms and other tools.

The schema accepts every file that `create` accepts and whose keys all count. `create` accepts every
file that the schema accepts, with two exceptions: a question with a ``$comment`` needs Jinja or
another parser (validators, conditions, choices or types that depend on other answers, texts that
are read as JSON or YAML), and so does an answer with an interpolation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from .display import make_printable
from .evaluated_question import EvaluatedQuestion
from .jinja import ExpressionError, Expressions
from .question import Choice, Question, make_blueprint_error
from .values import FORBIDDEN_CHARS, MAX_INT, MAX_TEXT_CHARS, MIN_INT, MISSING, QUESTION_TYPES

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_MAX_FLOAT = 1.7976931348623157e308
_TYPES: Mapping[str, Mapping[str, Any]] = {
    "bool": {"type": "boolean"},
    "int": {"type": "integer", "minimum": MIN_INT, "maximum": MAX_INT},
    "float": {"type": "number", "minimum": -_MAX_FLOAT, "maximum": _MAX_FLOAT},
}
_INTERPOLATES = {"type": "string", "pattern": r"\$\{"}
_LATER = {
    "title": "An answer for later, or from elsewhere",
    "anyOf": [{"const": "???"}, _INTERPOLATES],
}
_FROM_ELSEWHERE = {"title": "An answer from elsewhere", **_INTERPOLATES}


def make_json_schema(
    questions: Mapping[str, Question], expressions: Expressions, context: Mapping[str, Any]
) -> dict[str, Any]:
    """Make the JSON Schema of an answers file that is complete together with the defaults."""
    evaluated_questions = {
        name: EvaluatedQuestion(question, expressions, context)
        for name, question in questions.items()
        if not question.is_computed
    }
    return {
        "$schema": _DIALECT,
        "title": "Answers",
        "$comment": "Only scaffold checks what the $comment of a property describes.",
        "type": "object",
        "properties": {name: _make_property(item) for name, item in evaluated_questions.items()},
        # A record is an answers file, too; its own keys are passed over.
        "patternProperties": {"^_": {}},
        "required": [name for name, item in evaluated_questions.items() if _is_required(item)],
        "additionalProperties": False,
        "$defs": {"later": _LATER, "from-elsewhere": _FROM_ELSEWHERE},
    }


def _is_required(evaluated: EvaluatedQuestion) -> bool:
    question = evaluated.question
    plain = not any(map(evaluated.expressions.is_template, (question.when, question.ask)))
    return question.default is MISSING and plain and evaluated.visible and evaluated.asked


def _offer_every_choice(evaluated: EvaluatedQuestion) -> EvaluatedQuestion:
    """Offer choices that other answers may forbid, too, with the possible reasons."""
    question, expressions = evaluated.question, evaluated.expressions
    choices = (
        replace(choice, disabled="", help=f"{choice.help} {_list_reasons(choice.disabled)}".strip())
        if expressions.is_template(choice.disabled)
        else choice
        for choice in question.choices
        if isinstance(choice, Choice)
    )
    whole = replace(question, choices=tuple(choices))
    return EvaluatedQuestion(whole, expressions, evaluated.context)


def _list_reasons(disabled: str) -> str:
    reasons = filter(str.strip, re.split(r"\{%.*?%\}|\{\{.*?\}\}", disabled))
    return f"(Other answers may forbid it. {' '.join(reasons)})".replace(" )", ")")


def _make_property(evaluated: EvaluatedQuestion) -> dict[str, Any]:
    about = _describe_question(evaluated)
    try:
        if comments := " ".join(_list_comments(evaluated)):
            about["$comment"] = comments
        if not _is_static(evaluated):
            return about
        unconditional = _offer_every_choice(evaluated)
        return {**about, **_describe_answers(unconditional), **_make_default(evaluated)}
    except ExpressionError as error:
        raise make_blueprint_error(evaluated.question.name, error) from error


def _describe_question(evaluated: EvaluatedQuestion) -> dict[str, Any]:
    question = evaluated.question
    lines = [make_printable(line) for line in question.help.strip().splitlines()]
    about: dict[str, Any] = {"title": lines[0] if lines else question.name}
    if len(lines) > 1:
        about["description"] = "\n".join(lines)
    if question.secret:
        about["writeOnly"] = True
    return about


def _list_comments(evaluated: EvaluatedQuestion) -> Iterator[str]:
    """List the checks that JSON Schema cannot express."""
    question, is_template = evaluated.question, evaluated.expressions.is_template
    forbidden = any(is_template(getattr(choice, "disabled", "")) for choice in question.choices)
    if not _is_static(evaluated) or is_template(question.multiline) or forbidden:
        yield "Other answers decide which values are allowed."
    elif evaluated.type in {"json", "yaml"}:
        yield f"A text is read as {evaluated.type.upper()}."
    if is_template(question.when):
        yield "Other answers decide whether it counts."
    if question.validator:
        yield "A validator of the blueprint checks it."
    if is_template(question.default) and "UNSET" in str(question.default):
        yield "Other answers decide whether it has a default."


def _is_static(evaluated: EvaluatedQuestion) -> bool:
    question, is_template = evaluated.question, evaluated.expressions.is_template
    if question.type not in QUESTION_TYPES or isinstance(question.choices, str):
        return False
    return not any(
        is_template(part) for choice in question.choices for part in (choice.title, choice.value)
    )


def _describe_answers(evaluated: EvaluatedQuestion) -> dict[str, Any]:
    """Describe the answers in a file: the values of the question, and their placeholders."""
    later = "from-elsewhere" if _is_required(evaluated) else "later"
    values = _describe_values(evaluated)
    if evaluated.question.multiselect:
        several = {"type": "array", "items": _allow_other(values, "from-elsewhere")}
        return {} if {} in values else _allow_other([several, *values], later)
    if evaluated.type in {"str", "path"} and not evaluated.choices:
        return values[0]  # any text, placeholders included
    return _allow_other(values, later)


def _allow_other(values: list[dict[str, Any]], other: str) -> dict[str, Any]:
    if {} in values:
        return {}
    return {"anyOf": [*values, {"$ref": f"#/$defs/{other}"}]}


def _describe_values(evaluated: EvaluatedQuestion) -> list[dict[str, Any]]:
    kind = evaluated.type
    if evaluated.choices:
        offered = [_describe_choice(choice) for choice in evaluated.choices if not choice.disabled]
        return [*offered, {"type": "string"}] if kind in {"json", "yaml"} else offered
    if kind in {"json", "yaml"}:
        return [{}]
    return [dict(_TYPES[kind])] if kind in _TYPES else [_describe_text(evaluated)]


def _describe_text(evaluated: EvaluatedQuestion) -> dict[str, Any]:
    lines = evaluated.expressions.is_template(evaluated.question.multiline) or evaluated.multiline
    forbidden = FORBIDDEN_CHARS if lines else f"\t\n{FORBIDDEN_CHARS}"
    wrong: dict[str, Any] = {"pattern": f"[{_escape(forbidden)}]"}
    if _is_required(evaluated):
        wrong = {"anyOf": [wrong, {"const": "???"}]}
    return {"type": "string", "maxLength": MAX_TEXT_CHARS, "not": wrong}


def _escape(characters: str) -> str:
    return "".join(char if char == "-" else f"\\u{ord(char):04x}" for char in characters)


def _describe_choice(choice: Choice) -> dict[str, Any]:
    offered: dict[str, Any] = {"const": choice.value}
    if choice.title != str(choice.value):
        offered["title"] = make_printable(choice.title)
    about = ": ".join(filter(None, [choice.group, choice.help]))
    if about := " ".join(filter(None, [about, f"({choice.summary})" if choice.facts else ""])):
        offered["description"] = make_printable(about)
    return offered


def _make_default(evaluated: EvaluatedQuestion) -> dict[str, Any]:
    question = evaluated.question
    if question.secret or evaluated.expressions.is_template(question.default):
        return {}
    try:
        default = evaluated.default
    except ExpressionError:
        return {}
    return {} if default is MISSING else {"default": default}
