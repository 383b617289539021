"""Answers and where they came from → text for people."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..questions import json_text, shorten
from .base import joined, table

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


def fields(source: Any, *names: str) -> dict[str, Any]:
    """Attributes as JSON can hold them; of a name that ends in ``?``, what is empty is null."""
    known = ((name.removesuffix("?"), name.endswith("?")) for name in names)
    found = ((name, getattr(source, name), is_optional) for name, is_optional in known)
    return {n: None if is_optional and not v else plain(v) for n, v, is_optional in found}


def plain(value: Any) -> Any:
    """An answer, a default or a schema as JSON can hold it.

    What YAML has and JSON has not (a date, an infinite number, a key that is no text) becomes the
    text that stands for it in YAML.
    """
    if isinstance(value, Mapping):
        return {key if isinstance(key, str) else _text(key): plain(v) for key, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    is_plain = value is None or isinstance(value, bool | int | float | str)
    return value if is_plain and not _is_endless(value) else _text(value)


def _text(value: Any) -> str:
    if _is_endless(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, date | time | int | float | Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def _is_endless(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _value(answers: Mapping[str, Any], name: str) -> str:
    if name not in answers:
        return HIDDEN
    value = answers[name]
    if isinstance(value, str) and value.strip() == value != "" and value.isprintable():
        return value
    return json_text(value)
