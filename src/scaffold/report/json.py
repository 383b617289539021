"""Results as JSON."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from typing import Any

SCHEMA = 1


def as_json(command: str, body: Mapping[str, Any]) -> str:
    """One versioned JSON object."""
    return bare_json({"schema": SCHEMA, "command": command, **body})


def bare_json(body: Mapping[str, Any]) -> str:
    """A JSON object that has its own form, as a JSON Schema."""
    # In ASCII: whatever encoding standard output has, and nothing that would steer a terminal.
    return json.dumps(body, indent=2, allow_nan=False)


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
