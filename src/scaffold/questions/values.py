"""Types of answers: lenient casts of a blueprint's values, strict checks of a user's.

A blueprint's own values (defaults, choices) are cast as Copier casts them, which accepts nearly
anything. A user's values must have the question's type.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

from ..host import make_loader, read_yaml
from .display import describe_value

QUESTION_TYPES: Final[Mapping[str, str]] = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "path": "a path",
    "json": "JSON",
    "yaml": "YAML",
}
"""The types, each with its values in words."""

MAX_INT: Final = 2**63 - 1
MIN_INT: Final = -(2**63)
MAX_TEXT_CHARS: Final = 64 * 1024
# Controls, line and paragraph separators, marks that reorder what is shown, and what YAML refuses.
_SEPARATORS = "\u2028\u2029"
_REORDERING = "\u202a-\u202e\u2066-\u2069"
_NOT_CHARACTERS = "\ufeff\ufffe\uffff"
FORBIDDEN_CHARS: Final = "\x00-\x08\x0b-\x1f\x7f-\x9f" + _SEPARATORS + _REORDERING + _NOT_CHARACTERS
_FORBIDDEN = re.compile(f"[{FORBIDDEN_CHARS}]")
_FORBIDDEN_IN_LINE = re.compile(f"[\t\n{FORBIDDEN_CHARS}]")

_INT = re.compile(r"[+-]?[0-9]+")
_FLOAT = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_NUMBERS: Mapping[str, type] = {"int": int, "float": float}
_TRUE = {"true", "yes", "on", "y", "1"}
_FALSE = {"false", "no", "off", "n", "0"}
_COPIER_FALSE = {"n", "no", "f", "false", "off", "~", "null", "none", ""}


class InvalidValueError(ValueError):
    """A value does not answer its question; the message says why."""


class Missing(Enum):
    """The type of `MISSING`."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING


def cast_value(type_name: str, value: Any) -> Any:
    """Cast a blueprint's own value to a question's type, as Copier does.

    Raises:
        InvalidValueError: The value cannot be cast.
    """
    if type_name in {"json", "yaml"}:
        return read_document(type_name, value) if isinstance(value, str) else value
    if value is None:
        raise InvalidValueError(f"nothing is not a value of type {type_name}")
    if type_name == "bool":
        return cast_bool(value)
    if type_name == "path" or (type_name == "str" and isinstance(value, str | int | float)):
        return str(value)
    try:
        return _NUMBERS[type_name](value)
    except (KeyError, TypeError, ValueError, OverflowError) as error:  # str is no number
        why = f"{describe_value(value)} is not a value of type {type_name}"
        raise InvalidValueError(why) from error


def cast_bool(value: Any) -> bool:
    """Read anything as true or false, as Copier reads conditions."""
    try:
        return bool(float(value))
    except (TypeError, ValueError):
        is_false = isinstance(value, str) and value.strip().lower() in _COPIER_FALSE
        return bool(value) and not is_false


def read_document(type_name: str, text: str) -> Any:
    """Read the text of a JSON or YAML answer.

    Raises:
        InvalidValueError: The text is not JSON or YAML.
    """
    try:
        return json.loads(text) if type_name == "json" else _load_yaml(text)
    except json.JSONDecodeError as error:
        raise InvalidValueError(f"is not JSON: {error}") from error
    except RecursionError:
        raise InvalidValueError("is nested too deeply") from None


def _load_yaml(text: str) -> Any:
    import yaml

    try:
        return read_yaml(text, "the answer", exact=True)
    except yaml.YAMLError as error:
        why = getattr(error, "problem", None) or " ".join(str(error).split())
        raise InvalidValueError(f"is not YAML: {why}") from error


def quote_document_text(type_name: str, value: str) -> str:
    """Quote a text so that Copier, which parses JSON and YAML answers, gets it back."""
    try:
        if read_document(type_name, value) == value:
            return value
    except ValueError:
        pass
    return json.dumps(value, ensure_ascii=False)


def parse_text(type_name: str, text: str) -> Any:
    """Read a value of a question's type from a flag, the environment or a prompt.

    Raises:
        InvalidValueError: The text is not a value of the type; the message says why.
    """
    if type_name in {"str", "path"}:
        return text
    if type_name in {"json", "yaml"}:
        return read_document(type_name, text)
    word = text.strip()
    if type_name == "bool":
        return _parse_bool(word)
    if len(word) > MAX_TEXT_CHARS or not _FLOAT.fullmatch(word):
        raise InvalidValueError(f"must be {describe_type(type_name)}, not {describe_value(text)}")
    try:
        number = int(word) if _INT.fullmatch(word) else float(word)
    except ValueError:  # more digits than Python reads
        number = math.inf
    return check_type(type_name, number)


def _parse_bool(word: str) -> bool:
    if word.lower() in _TRUE | _FALSE:
        return word.lower() in _TRUE
    raise InvalidValueError(f"must be true or false, not {describe_value(word)}")


def check_type(type_name: str, value: Any, raw: str = "") -> Any:
    """Check that a typed value has a question's type.

    Args:
        type_name: The question's type.
        value: A value out of a YAML, TOML or JSON document.
        raw: The document's spelling of it.

    Raises:
        InvalidValueError: The value has another type; the message says what would be right.
    """
    if type_name in {"json", "yaml"}:
        return read_document(type_name, value) if isinstance(value, str) else value
    if type_name == "int":
        value = _check_whole(value)
    if type_name == "float":
        value = _check_real(value)
    if type(value) is not _PYTHON_TYPES[type_name]:
        raise InvalidValueError(_explain_mismatch(type_name, value, raw))
    return value


_PYTHON_TYPES = {"str": str, "path": str, "bool": bool, **_NUMBERS}


def _check_whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is int and not MIN_INT <= value <= MAX_INT:
        raise InvalidValueError("must be a whole number that fits into 64 bits")
    return value


def _check_real(value: Any) -> Any:
    if type(value) is int:
        try:
            value = float(value)
        except OverflowError:
            value = math.inf
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidValueError("must be a finite number")
    return value


def _explain_mismatch(type_name: str, value: Any, raw: str) -> str:
    if type_name in {"str", "path"} and isinstance(value, bool | int | float):
        spelled = raw or json.dumps(value)
        return f'is {describe_value(value)} but must be text: write it in quotes, "{spelled}"'
    if isinstance(value, str) and _is_needlessly_quoted(type_name, value):
        return f"must be {describe_type(type_name)}: write it without quotes"
    return f"must be {describe_type(type_name)}, not {describe_value(value)}"


def _is_needlessly_quoted(type_name: str, value: str) -> bool:
    try:
        parse_text(type_name, value)
    except ValueError:
        return False
    return True


def describe_type(type_name: str) -> str:
    """Describe in words the values of a type."""
    return QUESTION_TYPES[type_name]


def is_same_answer(left: Any, right: Any) -> bool:
    """Tell whether two answers are equal; unlike in Python, true is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right)


def check_texts(value: Any, *, lines: bool) -> None:
    """Refuse text that a file cannot hold unchanged.

    Args:
        value: An answer; texts inside of lists and mappings are checked, too.
        lines: Whether line breaks and tabs are allowed.

    Raises:
        InvalidValueError: The answer holds such text; the message says which.
    """
    if isinstance(value, str):
        _check_text(value, lines=lines)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise InvalidValueError(f"holds the key {describe_value(key)}: keys must be text")
            check_texts(key, lines=lines)
            check_texts(item, lines=lines)
    elif isinstance(value, list | tuple):
        for item in value:
            check_texts(item, lines=lines)
    else:
        _check_scalar(value)


def _check_text(text: str, *, lines: bool) -> None:
    if len(text) > MAX_TEXT_CHARS:
        raise InvalidValueError(
            f"is {len(text):,} characters long; at most {MAX_TEXT_CHARS:,} are allowed"
        )
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise InvalidValueError("holds half of a surrogate pair, which no file can hold")
    found = (_FORBIDDEN if lines else _FORBIDDEN_IN_LINE).search(text)
    if found and not lines and found.group() in "\n\r":
        raise InvalidValueError("holds a line break, and the question takes a single line")
    if found:
        code = ord(found.group())
        raise InvalidValueError(f"holds the control character U+{code:04X}, which is not allowed")


def _check_scalar(value: Any) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidValueError("holds a number that is not finite")
    if value is not None and not isinstance(value, bool | int | float):
        raise InvalidValueError(
            f"holds {describe_value(value)}: write it in quotes to make it text"
        )


def split_list(text: str) -> list[str]:
    """Split a list into its items, each as it is spelled: ``[a, b]``, ``- a``, or ``a,b``.

    Raises:
        InvalidValueError: The text is not a list.
    """
    stripped = text.strip()
    if not stripped.startswith(("[", "- ")):
        return [item.strip() for item in stripped.split(",") if item.strip()]
    return split_yaml_list(text)


def split_yaml_list(text: str) -> list[str]:
    """Split a YAML list into its items, each as it is spelled, without its quotes.

    Raises:
        InvalidValueError: The text is not a YAML list.
    """
    import yaml

    try:
        node = yaml.compose(text, Loader=make_loader(exact=True))
    except (yaml.YAMLError, RecursionError):
        node = None
    if not isinstance(node, yaml.SequenceNode):
        raise InvalidValueError(f"must be a list such as [a, b], not {describe_value(text)}")
    return [_cut_spelling(text, item) for item in node.value]


def _cut_spelling(text: str, node: Any) -> str:
    spelled: str = text[node.start_mark.index : node.end_mark.index].strip()
    quotes = getattr(node, "style", None)
    return spelled[1:-1] if quotes in {'"', "'"} else spelled
