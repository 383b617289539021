"""Start machine-learning projects from blueprints, and keep them current.

The use cases are plain functions: they never print, exit or change the working directory.

    >>> from scaffold import Inputs, create
    >>> create(Path("demo"), inputs=Inputs(defaults=True))  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .operations.answering import Inputs
    from .operations.catalog import Listed, Shown, list_blueprints, show
    from .operations.check import Checked, check
    from .operations.create import Created, create
    from .operations.diff import diff
    from .operations.filling import AnswersFile, make_answers_file
    from .operations.update import Options, Updated, abort, update, update_all

__version__ = "0.1.0"
__all__ = [
    "AnswersFile",
    "Checked",
    "Created",
    "Inputs",
    "Listed",
    "Options",
    "Shown",
    "Updated",
    "abort",
    "check",
    "create",
    "diff",
    "list_blueprints",
    "make_answers_file",
    "show",
    "update",
    "update_all",
]

_HOMES: dict[str, tuple[str, ...]] = {
    "answering": ("Inputs",),
    "catalog": ("Listed", "Shown", "list_blueprints", "show"),
    "check": ("Checked", "check"),
    "create": ("Created", "create"),
    "diff": ("diff",),
    "filling": ("AnswersFile", "make_answers_file"),
    "update": ("Options", "Updated", "abort", "update", "update_all"),
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for, so that the command line starts fast."""
    from importlib import import_module

    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f".operations.{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
