"""Write an answers file to fill in: every question with its help, choices, default, condition."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from ..errors import ScaffoldError
from ..questions import (
    FORBIDDEN_CHARS,
    FROM_RECORD,
    MISSING,
    QUESTION_TYPES,
    EvaluatedQuestion,
    ExpressionError,
    GivenAnswer,
    Questionnaire,
    describe_type,
    make_printable,
    quote_document_text,
    spell_value,
)
from .file import UNANSWERED

_T = TypeVar("_T")
_HEAD = "# Answers. Lines with a # in front say nothing; ??? is an answer that is still missing.\n"

_WIDTH = 96
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_WORDS = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
_EXPRESSION = re.compile(r"\{\{-?\s*((?:(?!\}\}).)*?)\s*-?\}\}", re.DOTALL)
_INTERPOLATION = re.compile(r"(\\*)\$\{")


def commented(
    questionnaire: Questionnaire, values: Mapping[str, Any] | None = None, head: str = _HEAD
) -> str:
    """Write a commented answers file, YAML.

    It gives the defaults as it stands: plain defaults are spelled out, those that are made from
    other answers are left to the blueprint; a comment shows what they come to with the other
    defaults. A question without default holds ``???``.

    Args:
        questionnaire: The questions.
        values: Answers to write in place of defaults.
        head: The first lines, comments.
    """
    values = values or {}
    evaluated_questions = _evaluate_questions(questionnaire, values)
    blocks = [
        "\n".join(_block(evaluated_questions[question.name], values))
        for question in questionnaire.questions.values()
        if not question.is_computed
    ]
    return "\n\n".join([head.rstrip("\n"), *blocks]) + "\n"


def _evaluate_questions(
    questionnaire: Questionnaire, values: Mapping[str, Any]
) -> Mapping[str, EvaluatedQuestion]:
    """Each question among the answers before it, which are those given and the defaults."""
    about = (questionnaire.questions, questionnaire.expressions, questionnaire.context)
    given = {name: GivenAnswer(value, FROM_RECORD) for name, value in values.items()}
    plain = {name: EvaluatedQuestion(question, *about[1:]) for name, question in about[0].items()}
    try:
        return {**plain, **questionnaire.resolve_once(given).evaluated_questions}
    except ScaffoldError:  # what takes code of the blueprint's own to know
        return plain


def _block(evaluated: EvaluatedQuestion, values: Mapping[str, Any]) -> Iterator[str]:
    question = evaluated.question
    yield from _comment(_or(lambda: evaluated.help, question.help) or question.name)
    yield from _comment("; ".join(_about(evaluated)))
    yield from _choices(evaluated)
    if question.when is not True:
        yield from _comment(f"only if: {bare(question.when)}")
    yield _line(evaluated, values)


def _about(evaluated: EvaluatedQuestion) -> Iterator[str]:
    question = evaluated.question
    if question.choices:
        yield "any of these, in a list" if question.multiselect else "one of these"
    else:
        kind = _or(lambda: evaluated.type, "")
        yield describe_type(kind) if kind in QUESTION_TYPES else "its type depends on other answers"
    if question.secret:
        yield "kept out of the record"
    elif question.default is not MISSING and evaluated.expressions.is_template(question.default):
        yield "left out, it is made from what else is known"


def bare(expression: Any) -> str:
    """An expression without the braces around all of it."""
    found = _EXPRESSION.fullmatch(str(expression).strip())
    return found[1] if found else str(expression)


def _or(get: Callable[[], _T], otherwise: _T) -> _T:
    """What can be evaluated, or something else where it cannot."""
    try:
        return get()
    except (ExpressionError, ScaffoldError):
        return otherwise


def _choices(evaluated: EvaluatedQuestion) -> Iterator[str]:
    choices = _or(lambda: evaluated.choices, None)
    if isinstance(evaluated.question.choices, str):
        yield from _comment("(they depend on other answers; with the defaults:)")
    for choice in choices or ():
        about = " — ".join(
            part for part in (choice.title, choice.help) if part and part != str(choice.value)
        )
        line = f"{spell_value(choice.value)}: {about}" if about else spell_value(choice.value)
        if choice.disabled:
            line += f" (not now: {choice.disabled})"
        yield from _comment(f"- {line}", indent="  ")


def _line(evaluated: EvaluatedQuestion, values: Mapping[str, Any]) -> str:
    question = evaluated.question
    key = key_to_yaml(question.name)
    if question.name in values:
        value = values[question.name]
        return f"{key}: {to_yaml(_document(evaluated, value))}"
    default = MISSING if question.secret else _or(lambda: evaluated.default, MISSING)
    shown = UNANSWERED if default is MISSING else to_yaml(_document(evaluated, default))
    counts = _or(lambda: evaluated.visible, True)
    is_plain = default is not MISSING and not evaluated.expressions.is_template(question.default)
    if counts and (question.default is MISSING or is_plain):
        return f"{key}: {shown}"
    return f"# {make_printable(key)}: {make_printable(shown)}"


def _document(evaluated: EvaluatedQuestion, value: Any) -> Any:
    """A value as it has to stand in a file: texts of JSON and YAML questions are read once more."""
    if isinstance(value, list) and evaluated.question.multiselect:
        return [_document(evaluated, item) for item in value]
    kind = _or(lambda: evaluated.type, "")
    is_read = kind in {"json", "yaml"} and isinstance(value, str)
    return quote_document_text(kind, value) if is_read else value


def _comment(text: str, indent: str = "") -> Iterator[str]:
    for line in text.strip().splitlines():
        wrapped = textwrap.wrap(make_printable(line), _WIDTH, subsequent_indent=indent) or [""]
        yield from (f"# {part}".rstrip() for part in wrapped)


def to_yaml(value: Any) -> str:
    """Spell a value on one line of YAML so that an answers file gives it back."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        items = (f"{key_to_yaml(str(key))}: {to_yaml(item)}" for key, item in value.items())
        return "{" + ", ".join(items) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(to_yaml(item) for item in value) + "]"
    # YAML 1.1 takes an exponent for a number only after a decimal point, 1.2 with or without one.
    return re.sub(r"^(-?\d+)e", r"\1.0e", json.dumps(value))


def _text(text: str) -> str:
    return key_to_yaml(_INTERPOLATION.sub(lambda found: found[1] * 2 + "\\${", text))


def key_to_yaml(text: str) -> str:
    """Spell a text in which nothing is interpolated."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    said = json.dumps(text, ensure_ascii=False)
    return re.sub(f"[{FORBIDDEN_CHARS}]", lambda found: f"\\u{ord(found.group()):04x}", said)
