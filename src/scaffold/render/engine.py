"""The choice between the two engines: Copier's worker, or only its public functions.

The worker is not public: a release of Copier may change it. Nothing breaks then: the public
functions give the same project, in more time.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from .job import RenderJob
    from .public_engine import PublicEngine
    from .worker_engine import WorkerEngine

    Engine: TypeAlias = PublicEngine | WorkerEngine


@cache
def find_missing_name() -> str:
    """Find a private name of Copier that is not as expected; empty if all are."""
    try:
        from . import worker_engine
    except (ImportError, AttributeError, TypeError) as error:
        return str(error)
    return worker_engine.find_moved_name()


def make_engine(job: RenderJob) -> Engine:
    """Make the engine for a job."""
    if find_missing_name():
        from .public_engine import PublicEngine

        return PublicEngine(job)
    from .worker_engine import WorkerEngine

    return WorkerEngine(job)
