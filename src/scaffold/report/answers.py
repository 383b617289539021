"""Answers and their origins → text for people; an answers file as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import operations
from ..questions import format_json, shorten
from .json import encode_value, select_fields
from .text import format_table, join_lines

HIDDEN = "(secret)"


def format_answers(answers: Mapping[str, Any], sources: Mapping[str, str], width: int) -> str:
    """Format a table of questions, answers and origins.

    Args:
        sources: The origin of each answer, secret ones included.
        width: The columns of the terminal; if a table does not fit, each answer takes two lines.
    """
    rows = [(name, _format_value(answers, name), source) for name, source in sources.items()]
    names, values, places = (max(map(len, column), default=0) for column in zip(*rows, strict=True))
    room = min(values, width - names - places - 6)
    if room < min(values, 16):
        lines = []
        for name, value, source in rows:
            cut = shorten(value, max(16, width - len(name) - 4))
            lines += [f"{name}: {cut}", f"  from {source}"]
    else:
        lines = list(
            format_table([(name, shorten(v, room), source) for name, v, source in rows], None)
        )
    return join_lines(["answers:", *(f"  {line}".rstrip() for line in lines)])


def encode_answers_file(made: operations.AnswersFile) -> dict[str, Any]:
    """Encode an answers file."""
    return {
        "blueprint": {"source": made.source, "version": made.version or None},
        "answers": encode_value(made.answers),
        "text": made.text,
        "answers_schema": encode_value(made.schema),
        **select_fields(made, "notes", "path?"),
    }


def _format_value(answers: Mapping[str, Any], name: str) -> str:
    if name not in answers:
        return HIDDEN
    value = answers[name]
    if isinstance(value, str) and value.strip() == value != "" and value.isprintable():
        return value
    return format_json(value)
