"""Write an answers file to fill in: every question with its help, choices, default, condition."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from .expressions import ExpressionError
from .question import Question, Situation, spelled
from .questions import Questionnaire
from .values import MISSING, describe, expected, printable

_WIDTH = 96
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_WORDS = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
_INTERPOLATION = re.compile(r"(\\*)\$\{")


def commented(questionnaire: Questionnaire, values: Mapping[str, Any] | None = None) -> str:
    """Write a commented answers file, YAML.

    It gives the defaults as it stands: plain defaults are spelled out, those that depend on
    other answers are left to the blueprint. A question without default holds ``???``.

    Args:
        questionnaire: The questions.
        values: Answers to write in place of defaults.
    """
    blocks = [
        "\n".join(_block(questionnaire, question, values or {}))
        for question in questionnaire.questions.values()
        if not question.is_computed
    ]
    head = (
        "# Answers. Lines with a # in front say nothing; ??? is an answer that is still missing.\n"
    )
    return "\n\n".join([head.rstrip("\n"), *blocks]) + "\n"


def _block(
    questionnaire: Questionnaire, question: Question, values: Mapping[str, Any]
) -> Iterator[str]:
    situation = Situation(question, questionnaire.expressions, questionnaire.context)
    yield from _comment(question.help or question.name)
    yield from _comment(_kind(question))
    yield from _choices(situation)
    if question.when is not True:
        yield from _comment(f"only if: {question.when}")
    yield _line(situation, values)


def _kind(question: Question) -> str:
    words = "any of these, in a list" if question.multiselect else "one of these"
    if question.choices:
        return words if not isinstance(question.choices, str) else f"choices: {question.choices}"
    kind = expected(question.type) if "{" not in question.type else question.type
    return f"{kind}; kept out of the record" if question.secret else kind


def _choices(situation: Situation) -> Iterator[str]:
    if isinstance(situation.question.choices, str):
        return
    try:
        choices = situation.choices
    except ExpressionError:
        return
    for choice in choices:
        about = " — ".join(
            part for part in (choice.title, choice.help) if part and part != str(choice.value)
        )
        line = f"{spelled(choice.value)}: {about}" if about else spelled(choice.value)
        yield from _comment(f"- {line}", indent="  ")


def _line(situation: Situation, values: Mapping[str, Any]) -> str:
    question = situation.question
    if question.name in values:
        return f"{_key(question.name)}: {to_yaml(values[question.name])}"
    if question.default is MISSING:
        return f"{_key(question.name)}: ???"
    if question.secret or situation.expressions.is_template(question.default):
        return f"# {question.name}: {printable(str(question.default))}"
    try:
        default = situation.default
    except ExpressionError:
        return f"# {question.name}: {describe(question.default)}"
    return f"{_key(question.name)}: {to_yaml(default)}"


def _comment(text: str, indent: str = "") -> Iterator[str]:
    for line in text.strip().splitlines():
        wrapped = textwrap.wrap(printable(line), _WIDTH, subsequent_indent=indent) or [""]
        yield from (f"# {part}".rstrip() for part in wrapped)


def to_yaml(value: Any) -> str:
    """Spell a value on one line of YAML so that an answers file gives it back."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        items = (f"{_key(str(key))}: {to_yaml(item)}" for key, item in value.items())
        return "{" + ", ".join(items) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(to_yaml(item) for item in value) + "]"
    return json.dumps(value)


def _text(text: str) -> str:
    return _key(_INTERPOLATION.sub(lambda found: found[1] * 2 + "\\${", text))


def _key(text: str) -> str:
    """Spell a text in which nothing is interpolated."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)
