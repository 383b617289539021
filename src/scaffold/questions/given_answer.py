"""Answers: given ones with their origins, and the resolved ones, ready to render."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ..errors import Problem

FROM_FLAG: Final = "--data"
FROM_ENVIRONMENT: Final = "environment"
FROM_RECORD: Final = "record"
FROM_USER_DEFAULTS: Final = "user defaults"
FROM_PRESET: Final = "preset"
FROM_PROMPT: Final = "prompt"


@dataclass(frozen=True)
class GivenAnswer:
    """A value given for a question, with its origin.

    Attributes:
        value: The value, not yet checked.
        origin: A file's name, ``--data``, ``environment``, ``record``, ``preset`` or
            ``user defaults``.
        line: 1-based line in a file, else 0.
        column: 1-based column in a file, else 0.
        raw: The value as a file spells it, where it is a scalar.
        is_text: The value is text to be read by the question's type, not a typed value.
        detail: The name within the origin: of the variable, of the preset.
        is_guess: Whether it was not given for this question by name, so that no note is needed
            where it is not valid.
        wrong: The problem of a file that gives no usable value.
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
        """The origin, with line and column where they are known."""
        if self.line:
            return f"{self.origin}:{self.line}:{self.column}"
        return f"{self.origin} {self.detail}".strip()

    @property
    def source(self) -> str:
        """The origin without line and column."""
        return self.origin if self.line else self.place

    @property
    def needs_parsing(self) -> bool:
        """Tell whether the value is text that its question's type has to read."""
        return isinstance(self.value, str) and (
            self.is_text or self.origin in {FROM_FLAG, FROM_ENVIRONMENT}
        )

    @property
    def is_prior(self) -> bool:
        """Tell whether the value is only a default when a prompt asks."""
        return self.origin in {FROM_RECORD, FROM_USER_DEFAULTS, FROM_PRESET}


@dataclass(frozen=True)
class Answers:
    """The answers to a blueprint's questions, ready to render.

    Attributes:
        values: Answers of all visible questions, in the blueprint's order.
        hidden: Questions whose condition is not met, and those the blueprint computes.
        secrets: Questions whose answers are never recorded.
        sources: The origin of each answer: a `GivenAnswer.place`, ``prompt`` or ``default``.
        notes: Values that were not used, a sentence each.
        computed: Values of hidden questions.
        recorded: The answers that belong in a project's record.
        given: The values given for this project only, as they were spelled, in their order.
    """

    values: Mapping[str, Any]
    hidden: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()
    sources: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    computed: Mapping[str, Any] = field(default_factory=dict)
    recorded: Mapping[str, Any] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
