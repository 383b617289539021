"""An answers file to fill in: every question with its help, choices, default and condition."""

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
from .file_reader import UNANSWERED_MARK

_T = TypeVar("_T")
_HEAD = (
    "# Answers. Lines with a # in front have no effect; ??? is an answer that is still missing.\n"
)

_WIDTH = 96
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_WORDS = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
_EXPRESSION = re.compile(r"\{\{-?\s*((?:(?!\}\}).)*?)\s*-?\}\}", re.DOTALL)
_INTERPOLATION = re.compile(r"(\\*)\$\{")


def format_answers_file(
    questionnaire: Questionnaire, values: Mapping[str, Any] | None = None, head: str = _HEAD
) -> str:
    """Format a commented answers file, YAML.

    Unchanged, it gives the defaults: plain defaults are written out; those that are made from
    other answers are left to the blueprint, and a comment shows their values with the other
    defaults. A question without default has ``???``.

    Args:
        questionnaire: The questions.
        values: Answers to write in place of defaults.
        head: The first lines, comments.
    """
    values = values or {}
    evaluated_questions = _evaluate_questions(questionnaire, values)
    blocks = [
        "\n".join(_list_block_lines(evaluated_questions[question.name], values))
        for question in questionnaire.questions.values()
        if not question.is_computed
    ]
    return "\n\n".join([head.rstrip("\n"), *blocks]) + "\n"


def _evaluate_questions(
    questionnaire: Questionnaire, values: Mapping[str, Any]
) -> Mapping[str, EvaluatedQuestion]:
    """Evaluate each question with the answers before it: the given ones, or the defaults."""
    about = (questionnaire.questions, questionnaire.expressions, questionnaire.context)
    given = {name: GivenAnswer(value, FROM_RECORD) for name, value in values.items()}
    plain = {name: EvaluatedQuestion(question, *about[1:]) for name, question in about[0].items()}
    try:
        return {**plain, **questionnaire.resolve_once(given).evaluated_questions}
    except ScaffoldError:  # it needs code of the blueprint
        return plain


def _list_block_lines(evaluated: EvaluatedQuestion, values: Mapping[str, Any]) -> Iterator[str]:
    question = evaluated.question
    yield from _list_comment_lines(
        _try_evaluate(lambda: evaluated.help, question.help) or question.name
    )
    yield from _list_comment_lines("; ".join(_list_remarks(evaluated)))
    yield from _list_choices(evaluated)
    if question.when is not True:
        yield from _list_comment_lines(f"only if: {strip_braces(question.when)}")
    yield _format_answer_line(evaluated, values)


def _list_remarks(evaluated: EvaluatedQuestion) -> Iterator[str]:
    question = evaluated.question
    if question.choices:
        yield "any of these, in a list" if question.multiselect else "one of these"
    else:
        kind = _try_evaluate(lambda: evaluated.type, "")
        yield describe_type(kind) if kind in QUESTION_TYPES else "its type depends on other answers"
    if question.secret:
        yield "not saved in the record"
    elif question.default is not MISSING and evaluated.expressions.is_template(question.default):
        yield "if left out, other answers determine it"


def strip_braces(expression: Any) -> str:
    """Remove the braces around an expression."""
    found = _EXPRESSION.fullmatch(str(expression).strip())
    return found[1] if found else str(expression)


def _try_evaluate(get: Callable[[], _T], otherwise: _T) -> _T:
    """Evaluate, or return another value where that is not possible."""
    try:
        return get()
    except (ExpressionError, ScaffoldError):
        return otherwise


def _list_choices(evaluated: EvaluatedQuestion) -> Iterator[str]:
    choices = _try_evaluate(lambda: evaluated.choices, None)
    if isinstance(evaluated.question.choices, str):
        yield from _list_comment_lines("(they depend on other answers; with the defaults:)")
    for choice in choices or ():
        about = " — ".join(
            part for part in (choice.title, choice.help) if part and part != str(choice.value)
        )
        line = f"{spell_value(choice.value)}: {about}" if about else spell_value(choice.value)
        if choice.disabled:
            line += f" (not now: {choice.disabled})"
        yield from _list_comment_lines(f"- {line}", indent="  ")


def _format_answer_line(evaluated: EvaluatedQuestion, values: Mapping[str, Any]) -> str:
    question = evaluated.question
    key = format_yaml_key(question.name)
    if question.name in values:
        value = values[question.name]
        return f"{key}: {format_yaml_value(_encode_value(evaluated, value))}"
    default = MISSING if question.secret else _try_evaluate(lambda: evaluated.default, MISSING)
    shown = (
        UNANSWERED_MARK
        if default is MISSING
        else format_yaml_value(_encode_value(evaluated, default))
    )
    counts = _try_evaluate(lambda: evaluated.visible, True)
    is_plain = default is not MISSING and not evaluated.expressions.is_template(question.default)
    if counts and (question.default is MISSING or is_plain):
        return f"{key}: {shown}"
    return f"# {make_printable(key)}: {make_printable(shown)}"


def _encode_value(evaluated: EvaluatedQuestion, value: Any) -> Any:
    """Encode a value for a file, where texts of JSON and YAML questions are read once more."""
    if isinstance(value, list) and evaluated.question.multiselect:
        return [_encode_value(evaluated, item) for item in value]
    kind = _try_evaluate(lambda: evaluated.type, "")
    is_read = kind in {"json", "yaml"} and isinstance(value, str)
    return quote_document_text(kind, value) if is_read else value


def _list_comment_lines(text: str, indent: str = "") -> Iterator[str]:
    for line in text.strip().splitlines():
        wrapped = textwrap.wrap(make_printable(line), _WIDTH, subsequent_indent=indent) or [""]
        yield from (f"# {part}".rstrip() for part in wrapped)


def format_yaml_value(value: Any) -> str:
    """Format a value on one line of YAML so that an answers file gives it back."""
    if isinstance(value, str):
        return _format_yaml_text(value)
    if isinstance(value, Mapping):
        items = (
            f"{format_yaml_key(str(key))}: {format_yaml_value(item)}" for key, item in value.items()
        )
        return "{" + ", ".join(items) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(format_yaml_value(item) for item in value) + "]"
    # YAML 1.1 takes an exponent for a number only after a decimal point, 1.2 with or without one.
    return re.sub(r"^(-?\d+)e", r"\1.0e", json.dumps(value))


def _format_yaml_text(text: str) -> str:
    return format_yaml_key(_INTERPOLATION.sub(lambda found: found[1] * 2 + "\\${", text))


def format_yaml_key(text: str) -> str:
    """Format a key, or a text without interpolation."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    said = json.dumps(text, ensure_ascii=False)
    return re.sub(f"[{FORBIDDEN_CHARS}]", lambda found: f"\\u{ord(found.group()):04x}", said)
