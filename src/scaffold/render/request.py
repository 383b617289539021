"""The input of one render, as data that another process can take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from ..blueprints import OpenedBlueprint
from ..host import Limits
from ..questions import Answers
from .filters import FILTERS

Operation = Literal["copy", "update"]
Stage = Literal["before", "after"]


@dataclass(frozen=True)
class RenderRequest:
    """One render.

    Attributes:
        opened: The version of the blueprint.
        folder: The template: the version's own folder, or one made of its layers.
        answers: The answers, or those of a record, which Copier completes.
        into: The folder to write.
        operation: The value of ``_copier_operation`` in templates.
        options: Further arguments of Copier's worker.
        conf: Values of ``_copier_conf`` in templates that differ from the worker's own.
        limits: Its limits; None for a blueprint whose code is trusted.
        now: The time that templates see, in seconds since the epoch; None for the real time.
    """

    opened: OpenedBlueprint
    folder: Path
    answers: Answers | Mapping[str, Any]
    into: Path
    operation: Operation = "copy"
    options: Mapping[str, Any] = field(default_factory=dict)
    conf: Mapping[str, Any] = field(default_factory=dict)
    limits: Limits | None = None
    now: float | None = None

    @property
    def given(self) -> dict[str, Any]:
        """The answers that were given for this project, in their original form."""
        return dict(self.answers.given if isinstance(self.answers, Answers) else self.answers)

    @property
    def values(self) -> Mapping[str, Any]:
        """The answers by question."""
        return self.answers.values if isinstance(self.answers, Answers) else self.answers

    @property
    def filters(self) -> Mapping[str, Any]:
        """Filters that its templates may use, in addition to Copier's."""
        return FILTERS if self.opened.layered else {}

    def __getstate__(self) -> dict[str, Any]:
        """Fetch the files, and return the data for another process."""
        opened = replace(self.opened, place=self.opened.folder, fetch=None)
        return {**self.__dict__, "opened": opened}
