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
    Choice,
    EvaluatedQuestion,
    ExpressionError,
    GivenAnswer,
    Questionnaire,
    describe_type,
    group_choices,
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
    defaults. A question without default has ``???``. The ``values`` take the place of defaults;
    the ``head`` is a comment.
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
    given = {name: GivenAnswer(value, FROM_RECORD) for name, value in values.items()}
    plain = {
        name: EvaluatedQuestion(question, questionnaire.expressions, questionnaire.context)
        for name, question in questionnaire.questions.items()
    }
    try:
        return {**plain, **questionnaire.resolve_once(given).evaluated_questions}
    except ScaffoldError:  # it needs code of the blueprint
        return plain


def _list_block_lines(evaluated: EvaluatedQuestion, values: Mapping[str, Any]) -> Iterator[str]:
    question = evaluated.question
    about = _try_evaluate(lambda: evaluated.help, question.help)
    yield from _list_comment_lines(about or question.name)
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
    for group, members in group_choices(choices or ()):
        yield from _list_comment_lines(f"{group}:" if group else "")
        for choice in members:
            yield from _list_comment_lines(f"- {_describe_choice(choice)}", indent="  ")


def _describe_choice(choice: Choice) -> str:
    parts = (choice.title, choice.help, choice.summary)
    about = " — ".join(part for part in parts if part and part != str(choice.value))
    why = f" (not now: {choice.disabled})" if choice.disabled else ""
    return f"{spell_value(choice.value)}{f': {about}' if about else ''}{why}"


def _format_answer_line(evaluated: EvaluatedQuestion, values: Mapping[str, Any]) -> str:
    question = evaluated.question
    key = format_yaml_key(question.name)
    if question.name in values:
        return f"{key}: {_format_value(evaluated, values[question.name])}"
    default = MISSING if question.secret else _try_evaluate(lambda: evaluated.default, MISSING)
    line = f"{key}: {_format_value(evaluated, default)}"
    counts = _try_evaluate(lambda: evaluated.visible, True)
    is_plain = default is not MISSING and not evaluated.expressions.is_template(question.default)
    is_given = counts and (question.default is MISSING or is_plain)
    return line if is_given else f"# {make_printable(line)}"


def _format_value(evaluated: EvaluatedQuestion, value: Any) -> str:
    if value is MISSING:
        return UNANSWERED_MARK
    return format_yaml_value(_encode_value(evaluated, value))


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
        pairs = ((format_yaml_key(str(key)), format_yaml_value(v)) for key, v in value.items())
        return "{" + ", ".join(map(": ".join, pairs)) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(format_yaml_value, value)) + "]"
    # YAML 1.1 takes an exponent for a number only after a decimal point, 1.2 with or without one.
    return re.sub(r"^(-?\d+)e", r"\1.0e", json.dumps(value))


def _format_yaml_text(text: str) -> str:
    return format_yaml_key(_INTERPOLATION.sub(lambda found: found[1] * 2 + "\\${", text))


def format_yaml_key(text: str) -> str:
    """Format a key, or a text without interpolation."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return re.sub(f"[{FORBIDDEN_CHARS}]", lambda found: f"\\u{ord(found.group()):04x}", quoted)
