"""What templates see in ``_copier_conf``: how Copier would have been called for the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any, Literal

from ..blueprint import Opened


def conf_of(
    opened: Opened,
    dest: PurePath,
    *,
    operation: Literal["copy", "update"] = "copy",
    version: str | None = None,
    trust: bool = False,
    skip_tasks: bool = False,
    defaults: bool = False,
    pretend: bool = False,
    exclude: Sequence[str] = (),
    skip: Sequence[str] = (),
    prereleases: bool = False,
) -> Mapping[str, Any]:
    """The values, for questions and files alike.

    Args:
        opened: The version of the blueprint.
        dest: The project, as the user named it.
        operation: What is done.
        version: The version that was asked for.
        trust: Whether the blueprint's code may run.
        skip_tasks: Whether its tasks are left out.
        defaults: Whether defaults answer.
        pretend: Whether nothing is written.
        exclude: Patterns of paths that the user leaves out.
        skip: Patterns of paths that the user leaves alone where they exist.
        prereleases: Whether a pre-release may be the newest version.
    """
    return {
        "dst_path": PurePath(dest),
        "vcs_ref": version,
        "vcs_ref_hash": opened.commit,
        "exclude": tuple(exclude),
        "use_prereleases": prereleases,
        "skip_if_exists": tuple(skip),
        "cleanup_on_error": True,
        "defaults": defaults,
        "user_defaults": {},
        "overwrite": operation == "update",
        "pretend": pretend,
        "quiet": False,
        "conflict": "inline",
        "context_lines": 3,
        "unsafe": trust,
        "skip_answered": operation == "update",
        "skip_tasks": skip_tasks,
    }


def names_of(opened: Opened) -> dict[str, str]:
    """The blueprint and its version, under the names that records and templates know."""
    names = {"_commit": opened.version, "_src_path": opened.source}
    return {name: value for name, value in names.items() if value is not None}
