"""The way in which Copier renders here: by its worker, or by its public functions alone.

The worker is not public: a release of Copier may move what is used of it. Nothing breaks then:
the public functions give the same project, in more time.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from .job import Job
    from .public import PublicEngine
    from .worker import WorkerEngine

    Engine: TypeAlias = PublicEngine | WorkerEngine

Operation = Literal["copy", "update"]
Stage = Literal["before", "after"]


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
