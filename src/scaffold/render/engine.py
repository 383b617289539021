"""The way in which Copier renders here: by its worker, or by its public functions alone.

The worker is not public: a release of Copier may move what is used of it. Nothing breaks then:
the public functions give the same project, in more time.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from ..blueprint import Opened
from ..limits import Limits

if TYPE_CHECKING:
    from .job import Job

Operation = Literal["copy", "update"]
Stage = Literal["before", "after"]


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


def make_engine(job: Job) -> Engine:
    """Prepare to render."""
    if missing():
        from .public import PublicEngine

        return PublicEngine(job)
    from .worker import WorkerEngine

    return WorkerEngine(job)
