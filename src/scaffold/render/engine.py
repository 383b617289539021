"""The way in which Copier renders here: by its worker, or by its public functions alone.

The worker is not public: a release of Copier may move what is used of it. Nothing breaks then:
the public functions give the same project, in more time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, Protocol

from ..blueprint import Opened
from ..limits import Limits
from ..values import Answers

Operation = Literal["copy", "update"]
Stage = Literal["before", "after"]


@dataclass(frozen=True)
class Request:
    """What to render.

    Attributes:
        opened: The version; templates and the record see its names.
        folder: Where its template lies.
        answers: The answers, or those of a record, which Copier completes.
        into: Where to write; its name is the project's folder name.
        options: Further arguments of Copier's ``run_copy``.
        filters: Filters that its templates use, beside Copier's.
        conf: What templates see in ``_copier_conf``, where that is not what Copier has.
    """

    opened: Opened
    folder: Path
    answers: Answers | Mapping[str, Any]
    into: Path
    options: Mapping[str, Any]
    filters: Mapping[str, Any] = field(default_factory=dict)
    conf: Mapping[str, Any] = field(default_factory=dict)

    @property
    def given(self) -> dict[str, Any]:
        """The answers that were given for this project alone, as they were spelled."""
        return dict(self.answers.given if isinstance(self.answers, Answers) else self.answers)


class Engine(Protocol):
    """Renders one version of a blueprint into one folder.

    Attributes:
        root: Where the template lies that Copier sees.
    """

    root: Path

    def run(self, operation: Operation, limits: Limits | None) -> None:
        """Render all files, and run the tasks."""
        ...

    def text(self, template: str) -> str:
        """Render a text with the answers, after `run`."""
        ...

    def record(self) -> Path:
        """The path of the record in the project, after `run`."""
        ...

    def recorded(self) -> dict[str, Any]:
        """The content of the record, after `run`."""
        ...

    def migrate(self, stage: Stage, before: Opened) -> None:
        """Run the migrations of one stage between two versions, and nothing else."""
        ...


@cache
def missing() -> str:
    """The private name of Copier that is not as we know it; empty where all are."""
    try:
        from . import worker
    except (ImportError, AttributeError, TypeError) as error:
        return str(error)
    return worker.moved()


def make_engine(request: Request) -> Engine:
    """Prepare to render."""
    if missing():
        from .public import PublicEngine

        return PublicEngine(request)
    from .worker import WorkerEngine

    return WorkerEngine(request)
