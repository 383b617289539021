"""What templates see in ``_copier_conf``: how Copier would have been called for the same."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Literal

from ..blueprints import OpenedBlueprint

if TYPE_CHECKING:
    from .preview import Making
    from .update import Options


def conf_of(
    opened: OpenedBlueprint,
    dest: PurePath,
    options: Options | Making,
    *,
    operation: Literal["copy", "update"] = "copy",
    version: str | None = None,
    defaults: bool = False,
    pretend: bool = False,
) -> Mapping[str, Any]:
    """The values, for questions and files alike.

    Args:
        opened: The version of the blueprint.
        dest: The project, as the user named it.
        options: What the user asked for besides.
        operation: What is done.
        version: The version that was asked for.
        defaults: Whether defaults answer.
        pretend: Whether nothing is written.
    """
    return {
        "dst_path": PurePath(dest),
        "vcs_ref": version,
        "vcs_ref_hash": opened.commit,
        "exclude": tuple(options.exclude),
        "use_prereleases": options.prereleases,
        "skip_if_exists": tuple(options.skip),
        "cleanup_on_error": True,
        "defaults": defaults,
        "user_defaults": {},
        "overwrite": operation == "update",
        "pretend": pretend,
        "quiet": False,
        "conflict": "inline",
        "context_lines": 3,
        "unsafe": options.trust,
        "skip_answered": operation == "update",
        "skip_tasks": options.skip_tasks,
    }
