"""Plan the merge of two pristine trees into a project. This is the door; see `planning`."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .migrate import Migrations
    from .objects import snapshot
    from .plan import Change, FileChange, Kind, Labels, Plan, diff
    from .planning import (
        Inspected,
        Planning,
        Renders,
        find_refusal,
        inspect,
        make_plan,
        plan_merges,
    )
    from .several import Merged

__all__ = [
    "Change",
    "FileChange",
    "Inspected",
    "Kind",
    "Labels",
    "Merged",
    "Migrations",
    "Plan",
    "Planning",
    "Renders",
    "diff",
    "find_refusal",
    "inspect",
    "make_plan",
    "plan_merges",
    "snapshot",
]

_HOMES = {
    "planning": (
        "Inspected",
        "Planning",
        "Renders",
        "find_refusal",
        "inspect",
        "make_plan",
        "plan_merges",
    ),
    "plan": ("Change", "FileChange", "Kind", "Labels", "Plan", "diff"),
    "migrate": ("Migrations",),
    "objects": ("snapshot",),
    "several": ("Merged",),
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: a new project needs `objects` alone."""
    from importlib import import_module

    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
