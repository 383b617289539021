"""The choice between the two engines: Copier's worker, or only its public functions.

The worker is not public: a release of Copier may change it. Nothing breaks then: the public
functions give the same project, in more time.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from ..project import refuse_unsafe_path

if TYPE_CHECKING:
    from .public_engine import PublicEngine
    from .request import RenderRequest
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


def make_engine(request: RenderRequest) -> Engine:
    """Make the engine for a request.

    Raises:
        ScaffoldError: The blueprint's own path of the record is not safe.
    """
    refuse_unsafe_path(str(request.opened.config.get("_answers_file") or ""))
    if find_missing_name():
        from .public_engine import PublicEngine

        return PublicEngine(request)
    from .worker_engine import WorkerEngine

    return WorkerEngine(request)
