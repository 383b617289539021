"""One answer's value: the types of questions, lenient casts of blueprints, strict checks of users.

A blueprint's own values (defaults, choices) are cast as Copier casts them, which takes nearly
anything. What a user gives is held to the question's type.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from ..errors import Problem
from ..host import yaml as yaml_loader
from .texts import MAX_TEXT, Refused, describe

TYPES: Final = ("str", "int", "float", "bool", "path", "json", "yaml")

FLAG: Final = "--data"
ENVIRONMENT: Final = "environment"
RECORD: Final = "record"
USER_DEFAULTS: Final = "user defaults"
PRESET: Final = "preset"
PROMPT: Final = "prompt"

MAX_INT: Final = 2**63 - 1
MIN_INT: Final = -(2**63)

_INT = re.compile(r"[+-]?[0-9]+")
_FLOAT = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_TRUE = {"true", "yes", "on", "y", "1"}
_FALSE = {"false", "no", "off", "n", "0"}
_COPIER_TRUE = {"y", "yes", "t", "true", "on"}
_COPIER_FALSE = {"n", "no", "f", "false", "off", "~", "null", "none", ""}


class Missing(Enum):
    """The type of `MISSING`."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING


@dataclass(frozen=True)
class Given:
    """A value that somebody gave for a question.

    Attributes:
        value: The value, not yet checked.
        origin: A file's name, ``--data``, ``environment``, ``record``, ``preset`` or
            ``user defaults``.
        line: 1-based line in a file, else 0.
        column: 1-based column in a file, else 0.
        raw: The value as a file spells it, where it is a scalar.
        is_text: The value is text to be read by the question's type, not a typed value.
        detail: Which one of its kind the origin is: the variable, the preset, whose defaults.
        is_guess: Whether it was not given for this question by name, so that nobody needs to hear
            where it does not fit.
        wrong: Why there is no value: the file does not give one, as it stands.
    """

    value: Any
    origin: str
    line: int = 0
    column: int = 0
    raw: str = ""
    is_text: bool = False
    detail: str = ""
    is_guess: bool = False
    wrong: Problem | None = None

    @property
    def place(self) -> str:
        """Where the value came from, as exactly as it is known."""
        if self.line:
            return f"{self.origin}:{self.line}:{self.column}"
        return f"{self.origin} {self.detail}".strip()

    @property
    def source(self) -> str:
        """Where the value came from, apart from its line: the file, or which one of its kind."""
        return self.origin if self.line else self.place

    @property
    def needs_parsing(self) -> bool:
        """Whether the value is text that its question's type has to read."""
        return isinstance(self.value, str) and (self.is_text or self.origin in {FLAG, ENVIRONMENT})

    @property
    def is_prior(self) -> bool:
        """Whether the value is only a default when a prompt asks."""
        return self.origin in {RECORD, USER_DEFAULTS, PRESET}


@dataclass(frozen=True)
class Answers:
    """The answers to a blueprint's questions, ready to render.

    Attributes:
        values: Answers of all visible questions, in the blueprint's order.
        hidden: Questions that a condition switched off, and those the blueprint computes.
        secrets: Questions whose answers are never recorded.
        sources: Where each answer came from: a `Given.place`, ``prompt`` or ``default``.
        notes: What was passed over on the way, a sentence each.
        computed: Values of hidden questions.
        recorded: The answers that belong in a project's record.
        given: What was given for this project alone, as it was spelled, in its order.
    """

    values: Mapping[str, Any]
    hidden: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()
    sources: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    computed: Mapping[str, Any] = field(default_factory=dict)
    recorded: Mapping[str, Any] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)


def cast(type_name: str, value: Any) -> Any:
    """Cast a blueprint's own value to a question's type, as Copier does.

    Raises:
        Refused: The value cannot be cast.
    """
    if type_name in {"json", "yaml"}:
        return read_document(type_name, value) if isinstance(value, str) else value
    if value is None:
        raise Refused(f"nothing is not a value of type {type_name}")
    if type_name == "bool":
        return cast_bool(value)
    if type_name in {"int", "float"}:
        return _cast_number(type_name, value)
    return _cast_text(type_name, value)


def cast_bool(value: Any) -> bool:
    """Read anything as true or false, as Copier reads conditions."""
    try:
        return bool(float(value))
    except (TypeError, ValueError):
        pass
    if isinstance(value, str):
        word = value.strip().lower()
        if word in _COPIER_TRUE:
            return True
        if word in _COPIER_FALSE:
            return False
    return bool(value)


def _cast_number(type_name: str, value: Any) -> int | float:
    try:
        return int(value) if type_name == "int" else float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise Refused(f"{describe(value)} is not a value of type {type_name}") from error


def _cast_text(type_name: str, value: Any) -> str:
    if type_name == "path" or isinstance(value, str | int | float):
        return str(value)
    raise Refused(f"{describe(value)} is not a value of type {type_name}")


def read_document(type_name: str, text: str) -> Any:
    """Read the text of a JSON or YAML answer.

    Raises:
        Refused: The text is not JSON or YAML.
    """
    try:
        return json.loads(text) if type_name == "json" else _load_yaml(text)
    except json.JSONDecodeError as error:
        raise Refused(f"is not JSON: {error}") from error
    except RecursionError:
        raise Refused("is nested too deeply") from None


def _load_yaml(text: str) -> Any:
    import yaml

    try:
        return yaml_loader.read(text, "the answer", exact=True)
    except yaml.YAMLError as error:
        why = getattr(error, "problem", None) or " ".join(str(error).split())
        raise Refused(f"is not YAML: {why}") from error


def document_text(type_name: str, value: str) -> str:
    """Spell a text so that Copier, which reads text answers of JSON and YAML, finds it again."""
    try:
        if read_document(type_name, value) == value:
            return value
    except ValueError:
        pass
    return json.dumps(value, ensure_ascii=False)


def parse(type_name: str, text: str) -> Any:
    """Read a value of a question's type from a flag, the environment or a prompt.

    Raises:
        Refused: The text is not a value of the type; the message says why.
    """
    if type_name in {"str", "path"}:
        return text
    if type_name in {"json", "yaml"}:
        return read_document(type_name, text)
    word = text.strip()
    if type_name == "bool":
        return _parse_bool(word)
    if len(word) > MAX_TEXT or not _FLOAT.fullmatch(word):
        raise Refused(f"must be {expected(type_name)}, not {describe(text)}")
    return typed(type_name, _number(word))


def _parse_bool(word: str) -> bool:
    if word.lower() in _TRUE | _FALSE:
        return word.lower() in _TRUE
    raise Refused(f"must be true or false, not {describe(word)}")


def _number(word: str) -> int | float:
    try:
        return int(word) if _INT.fullmatch(word) else float(word)
    except ValueError:  # more digits than Python reads
        return math.inf


def typed(type_name: str, value: Any, raw: str = "") -> Any:
    """Hold a typed value to a question's type.

    Args:
        type_name: The question's type.
        value: A value out of a YAML, TOML or JSON document.
        raw: How the document spells it.

    Raises:
        Refused: The value has another type; the message says what would be right.
    """
    if type_name in {"json", "yaml"}:
        return read_document(type_name, value) if isinstance(value, str) else value
    if type_name == "int":
        value = _whole(value)
    if type_name == "float":
        value = _real(value)
    if type(value) is not _PYTHON_TYPES[type_name]:
        raise Refused(_mismatch(type_name, value, raw))
    return value


_PYTHON_TYPES = {"str": str, "path": str, "int": int, "float": float, "bool": bool}


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is int and not MIN_INT <= value <= MAX_INT:
        raise Refused("must be a whole number that fits into 64 bits")
    return value


def _real(value: Any) -> Any:
    if type(value) is int:
        try:
            value = float(value)
        except OverflowError:
            value = math.inf
    if isinstance(value, float) and not math.isfinite(value):
        raise Refused("must be a finite number")
    return value


def _mismatch(type_name: str, value: Any, raw: str) -> str:
    if type_name in {"str", "path"} and isinstance(value, bool | int | float):
        spelled = raw or json.dumps(value)
        return f'is {describe(value)} but must be text: write it in quotes, "{spelled}"'
    if isinstance(value, str) and _looks_quoted(type_name, value):
        return f"must be {expected(type_name)}: write it without quotes"
    return f"must be {expected(type_name)}, not {describe(value)}"


def _looks_quoted(type_name: str, value: str) -> bool:
    try:
        parse(type_name, value)
    except ValueError:
        return False
    return True


def expected(type_name: str) -> str:
    """Say in words what a type takes."""
    return {
        "str": "text",
        "path": "a path",
        "int": "a whole number",
        "float": "a number",
        "bool": "true or false",
        "json": "JSON",
        "yaml": "YAML",
    }[type_name]


def same(left: Any, right: Any) -> bool:
    """Compare two answers; unlike in Python, true is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right)
