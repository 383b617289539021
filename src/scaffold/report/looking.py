"""Blueprints and their questions → text for people, JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from .base import clean

if TYPE_CHECKING:
    from ..operations.catalog import Listed, Shown
    from ..questions import Question


def list_text(blueprints: Iterable[Listed]) -> str:
    """One blueprint a paragraph."""
    paragraphs = [
        f"{b.name}  {b.title}\n  {b.description}\n  versions: {', '.join(reversed(b.versions))}"
        for b in blueprints
    ]
    return clean("\n\n".join(paragraphs))


def list_json(blueprints: Iterable[Listed]) -> dict[str, Any]:
    """The same for machines."""
    return {"blueprints": [vars(blueprint) for blueprint in blueprints]}


def show_text(shown: Shown) -> str:
    """The questions with their choices, defaults and help."""
    title = shown.about.get("title", "")
    lines = [f"{shown.source} {shown.version}".strip() + (f": {title}" if title else "")]
    if description := shown.about.get("description"):
        lines.append(str(description))
    for question in shown.questionnaire.questions.values():
        if question.when is not False:
            lines += ["", *_question(question)]
    return clean("\n".join(lines))


def _question(question: Question) -> Iterator[str]:
    many = ", several" if question.multiselect else ""
    yield f"{question.name} ({question.type}{many}, default: {_default(question)})"
    if question.help:
        yield f"  {question.help}"
    if isinstance(question.when, str):
        yield f"  asked when: {question.when}"
    if isinstance(question.choices, str):
        yield "  choices depend on other answers"
        return
    width = max((len(_value(choice.value)) for choice in question.choices), default=0)
    for choice in question.choices:
        title = "" if choice.title == str(choice.value) else f"{choice.title}. "
        yield f"    {_value(choice.value):{width}}  {title}{choice.help}".rstrip()


def _default(question: Question) -> str:
    from ..values import MISSING

    default = question.default
    if default is MISSING:
        return "none, it must be given"
    is_template = isinstance(default, str) and any(mark in default for mark in ("{{", "{%"))
    return "made from other answers" if is_template else _value(default)


def _value(value: Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, default=str)


def show_json(shown: Shown) -> dict[str, Any]:
    """The same for machines."""
    return {
        "blueprint": {
            "source": shown.source,
            "version": shown.version or None,
            "versions": shown.versions,
            **shown.about,
        },
        "questions": [
            _question_json(question)
            for question in shown.questionnaire.questions.values()
            if question.when is not False
        ],
    }


def _question_json(question: Question) -> dict[str, Any]:
    from ..values import MISSING

    choices = question.choices
    return {
        "name": question.name,
        "type": question.type,
        "multiselect": question.multiselect,
        "default": None if question.default is MISSING else question.default,
        "required": question.default is MISSING,
        "help": question.help,
        "when": question.when,
        "secret": question.secret,
        "choices": choices if isinstance(choices, str) else [vars(choice) for choice in choices],
    }
