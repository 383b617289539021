"""The version that an update goes to: one decision for `check` and `update`."""

from __future__ import annotations

from dataclasses import dataclass

from ..blueprints import Blueprint, VersionOrder, VersionRef, parse_version
from ..errors import ScaffoldError, UsageError
from ..project import COMMIT_ID_KEY, Record


@dataclass(frozen=True)
class Target:
    """What a blueprint has to offer to a project.

    Attributes:
        newest: What an update takes where no version is named; without a name there is none.
        order: Where that stands to the recorded version.
        offline: Whether it is only what was known when the source last answered.
    """

    newest: VersionRef
    order: VersionOrder
    offline: bool = False

    @property
    def is_newer(self) -> bool:
        """Whether an update goes there unless another version is named."""
        return self.order is VersionOrder.newer

    @property
    def note(self) -> str:
        """Why an update does not go there by itself, where that is no matter of course."""
        if not self.newest.name or self.order not in (VersionOrder.apart, VersionOrder.unknown):
            return ""
        return (
            f"{self.newest.name} is not known to come after the recorded version; "
            f"--to {self.newest.name} updates to it"
        )


def find_target(blueprint: Blueprint, known: Record) -> Target:
    """Decide where an update goes that names no version.

    Args:
        blueprint: The blueprint.
        known: The project's record.

    Raises:
        ScaffoldError: The record names no version though the blueprint has some, or its source
            cannot be reached.
    """
    newest, offline = blueprint.find_newest()
    if not newest.name:
        return Target(newest, VersionOrder.unknown, offline)
    refuse_nameless(known)
    return Target(newest, blueprint.compare(newest, _recorded(blueprint, known)), offline)


def refuse_older(blueprint: Blueprint, known: Record, wanted: VersionRef) -> None:
    """Refuse a version that comes before the recorded one.

    Raises:
        UsageError: It does.
    """
    if not known.version or not wanted.name:
        return
    if blueprint.compare(wanted, _recorded(blueprint, known)) is VersionOrder.older:
        raise UsageError(
            f"{wanted.name} is older than the recorded {known.version}: that would be a downgrade",
            "Go back with git instead: revert the commit of the update.",
        )


def refuse_nameless(known: Record) -> None:
    """Refuse a record that names no version.

    Raises:
        ScaffoldError: It names none.
    """
    if not known.version:
        raise ScaffoldError(
            f"{known.path} does not name a version of {known.source}, so nothing can be compared",
            "Give the blueprint a git repository with tags; `--to current` takes what it is now.",
        )


def refuse_moved(blueprint: Blueprint, known: Record) -> None:
    """Refuse a released version that is not what it was when it was recorded.

    Raises:
        ScaffoldError: It has moved.
    """
    now = blueprint.find_commit(known.version)
    if known.commit and now not in ("", known.commit) and parse_version(known.version) is not None:
        raise ScaffoldError(
            f"{known.source} {known.version} has changed: the record names "
            f"{known.commit[:12]}, the source now has {now[:12]}",
            "Ask the blueprint's owners why the tag moved; "
            f"if the new one is right, put {COMMIT_ID_KEY}: {now} into {known.path}.",
        )


def _recorded(blueprint: Blueprint, known: Record) -> VersionRef:
    return VersionRef(known.version, known.commit or blueprint.find_commit(known.version))
