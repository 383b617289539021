"""Answers and where they came from → text for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..questions import format_json, shorten
from .json import fields, plain
from .text import joined, table

if TYPE_CHECKING:
    from ..operations import AnswersFile

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
        lines = []
        for name, value, source in rows:
            cut = shorten(value, max(16, width - len(name) - 4))
            lines += [f"{name}: {cut}", f"  from {source}"]
    else:
        lines = list(table([(name, shorten(v, room), source) for name, v, source in rows], None))
    return joined(["answers:", *(f"  {line}".rstrip() for line in lines)])


def answers_json(made: AnswersFile) -> dict[str, Any]:
    """An answers file for machines."""
    return {
        "blueprint": {"source": made.source, "version": made.version or None},
        "answers": plain(made.answers),
        "text": made.text,
        "answers_schema": plain(made.schema),
        **fields(made, "notes", "path?"),
    }


def _value(answers: Mapping[str, Any], name: str) -> str:
    if name not in answers:
        return HIDDEN
    value = answers[name]
    if isinstance(value, str) and value.strip() == value != "" and value.isprintable():
        return value
    return format_json(value)
