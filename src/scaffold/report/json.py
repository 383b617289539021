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


def dump_result(command: str, body: Mapping[str, Any]) -> str:
    """Dump one versioned JSON object."""
    return dump_json({"schema": SCHEMA, "command": command, **body})


def dump_json(body: Mapping[str, Any]) -> str:
    """Dump a JSON object without our version, such as a JSON Schema."""
    # In ASCII: it suits any encoding of standard output, and cannot control a terminal.
    return json.dumps(body, indent=2, allow_nan=False)


def select_fields(source: Any, *names: str) -> dict[str, Any]:
    """Encode attributes; an empty value is null if its name ends in ``?``."""
    known = ((name.removesuffix("?"), name.endswith("?")) for name in names)
    found = ((name, getattr(source, name), is_optional) for name, is_optional in known)
    return {n: None if is_optional and not v else encode_value(v) for n, v, is_optional in found}


def encode_value(value: Any) -> Any:
    """Encode an answer, a default or a schema as JSON can hold it.

    Values that only YAML has (dates, infinite numbers, keys that are not text) become their
    YAML text.
    """
    if isinstance(value, Mapping):
        return {
            key if isinstance(key, str) else _encode_scalar(key): encode_value(v)
            for key, v in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [encode_value(item) for item in value]
    is_plain = value is None or isinstance(value, bool | int | float | str)
    return value if is_plain and not _is_endless(value) else _encode_scalar(value)


def _encode_scalar(value: Any) -> str:
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
