"""Blueprints and their questions → text for people, JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from .json import bare_json, fields, plain
from .list import newest_first
from .text import joined, wrapped

if TYPE_CHECKING:
    from ..operations import Shown
    from ..questions import Preset, Question


def show_text(shown: Shown, width: int) -> str:
    """The presets, and the questions with their choices, defaults and help."""
    title = shown.about.get("title", "")
    label = f"{shown.source} {shown.version}".strip() + (f": {title}" if title else "")
    lines = [*wrapped(label, "", width), *wrapped(_description(shown), "", width)]
    if presets := _presets(shown):
        rows = [(preset.name, preset.help) for preset in presets]
        lines += ["", "presets (--preset NAME)", *_table(rows, width)]
    for question in shown.questionnaire.questions.values():
        if question.when is not False:
            lines += ["", *_question(question, width)]
    return joined(lines)


def _description(shown: Shown) -> str:
    return str(shown.about.get("description") or "")


def _presets(shown: Shown) -> Sequence[Preset]:
    from ..questions import read_presets

    return read_presets(shown.about, shown.questionnaire.questions)


def _question(question: Question, width: int) -> Iterator[str]:
    many = ", several" if question.multiselect else ""
    about = f"{question.name} ({question.type}{many}, default: {_default(question)})"
    yield from wrapped(about, "", width)
    for line in question.help.splitlines():
        yield from wrapped(line, "  ", width)
    if isinstance(question.when, str):
        yield from wrapped(f"asked when: {question.when}", "  ", width)
    if isinstance(question.choices, str):
        yield "  choices depend on other answers"
        return
    titles = ("" if c.title == str(c.value) else f"{c.title}. " for c in question.choices)
    pairs = zip(question.choices, titles, strict=True)
    yield from _table([(_value(c.value), f"{title}{c.help}") for c, title in pairs], width)


def _table(rows: Sequence[tuple[str, str]], width: int) -> Iterator[str]:
    """Two columns; the right one below the left where there is no room beside it."""
    left = max((len(name) for name, _ in rows), default=0)
    room = width - left - 6
    for name, about in rows:
        if len(about) <= room or room >= max(24, 2 * left):
            first, *rest = wrapped(about, "", room) or [""]
            yield f"    {name:{left}}  {first}".rstrip()
            yield from (" " * (left + 6) + line for line in rest)
        else:
            yield f"    {name}"
            yield from wrapped(about, "      ", width)


def _default(question: Question) -> str:
    from ..questions import MISSING

    default = question.default
    if default is MISSING:
        return "none, it must be given"
    is_template = isinstance(default, str) and any(mark in default for mark in ("{{", "{%"))
    return "made from other answers" if is_template else _value(default)


def _value(value: Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, default=str)


def schema_json(shown: Shown) -> str:
    """The JSON Schema of an answers file: a document of its own, so without a head of ours."""
    return bare_json(plain(shown.schema))


def show_json(shown: Shown) -> dict[str, Any]:
    """The same for machines."""
    return {
        "blueprint": {
            "source": shown.source,
            "version": shown.version or None,
            "versions": newest_first(shown.versions),
            "title": str(shown.about.get("title") or ""),
            "description": _description(shown),
        },
        "presets": [_preset_json(preset) for preset in _presets(shown)],
        "questions": [
            _question_json(question)
            for question in shown.questionnaire.questions.values()
            if question.when is not False
        ],
    }


def _question_json(question: Question) -> dict[str, Any]:
    from ..questions import MISSING

    choices = question.choices
    return {
        **fields(question, "name", "type", "multiselect"),
        "default": None if question.default is MISSING else plain(question.default),
        "required": question.default is MISSING,
        **fields(question, "help", "when", "secret"),
        "choices": choices
        if isinstance(choices, str)
        else [fields(c, "value", "title", "help", "disabled?", "cost") for c in choices],
    }


def _preset_json(preset: Preset) -> dict[str, Any]:
    return {
        **fields(preset, "name", "title", "help"),
        "answers": plain(preset.answers or {}),
        "ask": None if preset.ask is None else sorted(preset.ask),
    }
