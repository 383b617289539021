"""Results of `scaffold show` → text for people, JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .. import operations
from ..questions import MISSING, Choice, Preset, Question
from .json import dump_json, encode_value, select_fields
from .list import encode_choice, sort_newest_first
from .text import format_pairs, join_lines, wrap


def format_blueprint(shown: operations.BlueprintDetails, width: int) -> str:
    """Format presets, and questions with their choices, defaults and help."""
    title = shown.about.get("title", "")
    label = f"{shown.source} {shown.version}".strip() + (f": {title}" if title else "")
    lines = [*wrap(label, "", width), *wrap(_get_description(shown), "", width)]
    if shown.presets:
        rows = [("", preset.name, preset.help) for preset in shown.presets]
        lines += ["", "presets (--preset NAME)", *format_pairs(rows, width)]
    for question in shown.questionnaire.questions.values():
        if question.when is not False:
            lines += ["", *_format_question(question, width)]
    return join_lines(lines)


def _get_description(shown: operations.BlueprintDetails) -> str:
    return str(shown.about.get("description") or "")


def _format_question(question: Question, width: int) -> Iterator[str]:
    many = ", several" if question.multiselect else ""
    many += f", {len(question.choices)} choices" if question.has_groups else ""
    about = f"{question.name} ({question.type}{many}, default: {_format_default(question)})"
    yield from wrap(about, "", width)
    for line in question.help.splitlines():
        yield from wrap(line, "  ", width)
    if isinstance(question.when, str):
        yield from wrap(f"asked if: {question.when}", "  ", width)
    if isinstance(question.choices, str):
        yield "  choices depend on other answers"
        return
    rows = [(c.group, _format_value(c.value), _explain(c)) for c in question.choices]
    yield from format_pairs(rows, width)


def _explain(choice: Choice) -> str:
    title = "" if choice.title == str(choice.value) else f"{choice.title}. "
    facts = "; ".join(filter(None, (choice.summary, choice.cost)))
    return f"{title}{choice.help}".strip() + (f" ({facts})" if facts else "")


def _format_default(question: Question) -> str:
    default = question.default
    if default is MISSING:
        return "none, an answer is required"
    is_template = isinstance(default, str) and any(mark in default for mark in ("{{", "{%"))
    return "computed from other answers" if is_template else _format_value(default)


def _format_value(value: Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, default=str)


def dump_schema(shown: operations.BlueprintDetails) -> str:
    """Dump the JSON Schema of an answers file, without our own header."""
    return dump_json(encode_value(shown.schema))


def encode_blueprint(shown: operations.BlueprintDetails) -> dict[str, Any]:
    """Encode a blueprint and its questions."""
    return {
        "blueprint": {
            "source": shown.source,
            "version": shown.version or None,
            "versions": sort_newest_first(shown.versions),
            "title": str(shown.about.get("title") or ""),
            "description": _get_description(shown),
        },
        "presets": [_encode_preset(preset) for preset in shown.presets],
        "questions": [
            _encode_question(question)
            for question in shown.questionnaire.questions.values()
            if question.when is not False
        ],
    }


def _encode_question(question: Question) -> dict[str, Any]:
    choices = question.choices
    return {
        **select_fields(question, "name", "type", "multiselect"),
        "default": None if question.default is MISSING else encode_value(question.default),
        "required": question.default is MISSING,
        **select_fields(question, "help", "when", "secret"),
        "choices": choices
        if isinstance(choices, str)
        else [encode_choice(choice) for choice in choices],
    }


def _encode_preset(preset: Preset) -> dict[str, Any]:
    return {
        **select_fields(preset, "name", "title", "help"),
        "answers": encode_value(preset.answers or {}),
        "ask": encode_value(preset.ask),
    }
