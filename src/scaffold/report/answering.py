"""Answers and where they came from → text for people."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .base import clean

if TYPE_CHECKING:
    from ..operations.filling import AnswersFile

HIDDEN = "(secret)"


def explained_text(answers: Mapping[str, Any], sources: Mapping[str, str], width: int) -> str:
    """A table of the answers: the question, its answer, and where that came from.

    Args:
        answers: The answers by question, without those that are secret.
        sources: Where each came from, the secret ones among them.
        width: The columns that there are; what has no room in a row of a table gets lines.
    """
    rows = [(name, _value(answers, name), source) for name, source in sources.items()]
    names, values, places = (max(map(len, column), default=0) for column in zip(*rows, strict=True))
    room = min(values, width - names - places - 6)
    if room < min(values, 16):
        lines = [f"{name}: {value}\n  from {source}" for name, value, source in rows]
    else:
        lines = [f"{n:{names}}  {_cut(v, room):{room}}  {source}" for n, v, source in rows]
    return clean("answers:\n" + textwrap.indent("\n".join(lines), "  "))


def answers_json(made: AnswersFile) -> dict[str, Any]:
    """An answers file for machines."""
    return {
        "blueprint": {"source": made.source, "version": made.version or None},
        "answers": dict(made.answers),
        "text": made.text,
        "answers_schema": made.schema,
        "notes": made.notes,
        "path": None if made.path is None else str(made.path),
    }


def _value(answers: Mapping[str, Any], name: str) -> str:
    if name not in answers:
        return HIDDEN
    value = answers[name]
    if isinstance(value, str) and value.strip() == value != "" and value.isprintable():
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1] + "…"
