"""The recorded version and the target of an update: one decision for all commands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ..blueprints import (
    Blueprint,
    OpenedBlueprint,
    VersionOrder,
    VersionRef,
    find_blueprint,
    parse_version,
)
from ..errors import ScaffoldError, UsageError
from ..project import COMMIT_ID_KEY, Record
from ..user import Confirm, get_confirmation

CURRENT_VERSION = "current"


@dataclass(frozen=True)
class VersionPair:
    """The two versions of an update.

    Attributes:
        old: The version that the project counts as made from.
        new: The version that the update goes to; the same object where it goes nowhere.
        notes: Notes for the user about the choice.
    """

    old: OpenedBlueprint
    new: OpenedBlueprint
    notes: tuple[str, ...] = ()


def find_recorded_blueprint(
    project: Path, known: Record, *, prereleases: bool = False
) -> Blueprint:
    """Find the blueprint that a record names.

    Raises:
        UsageError: It names nothing that exists.
    """
    try:
        return find_blueprint(known.source, relative_to=project, prereleases=prereleases)
    except UsageError as error:
        error.hint = f"Put it back, or correct _src_path in {known.path} and commit that."
        raise


@contextmanager
def open_versions(
    blueprint: Blueprint,
    known: Record,
    wanted: str | None,
    confirm: Confirm | None = None,
    base: str | None = None,
) -> Iterator[VersionPair]:
    """Open the recorded version, checked against the record, and the wanted one.

    Args:
        wanted: A version, ``current`` for the recorded one, or None for the newest.
        confirm: Asks whether to go on where the recorded version's tag moved.
        base: The version that the project counts as made from, if not the recorded one.

    Raises:
        UsageError: There is no such version, or it is older than the recorded one.
        ScaffoldError: The record names no version, or one whose tag moved.
    """
    if wanted != CURRENT_VERSION:
        refuse_nameless(known)
    with ExitStack() as stack:
        recorded = _open_recorded(blueprint, known, confirm, stack)
        old = stack.enter_context(blueprint.open(base)) if base else recorded
        if wanted == CURRENT_VERSION:
            yield VersionPair(old, recorded)
        elif wanted is None:
            yield _open_newest(blueprint, known, VersionPair(old, recorded), stack)
        else:
            theirs: OpenedBlueprint = stack.enter_context(blueprint.open(wanted))
            refuse_older(blueprint, known, VersionRef(theirs.version or "", theirs.commit or ""))
            is_same = (recorded.commit, recorded.version) == (theirs.commit, theirs.version)
            yield VersionPair(old, recorded if is_same else theirs)


def _open_newest(
    blueprint: Blueprint, known: Record, stay: VersionPair, stack: ExitStack
) -> VersionPair:
    target = find_target(blueprint, known)
    if not target.is_newer:
        return replace(stay, notes=(target.note,) if target.note else ())
    return replace(stay, new=stack.enter_context(blueprint.open()))


# ---------------------------------------------------------------- the newest version


@dataclass(frozen=True)
class Target:
    """The newest version of a blueprint, compared with a project's record.

    Attributes:
        newest: The version of an update that names none; without a name there is no version.
        order: Its order relative to the recorded version.
        offline: Whether the source did not answer, so that an earlier answer counts.
    """

    newest: VersionRef
    order: VersionOrder
    offline: bool = False

    @property
    def is_newer(self) -> bool:
        """Tell whether an update goes there unless another version is named."""
        return self.order is VersionOrder.newer

    @property
    def note(self) -> str:
        """The reason why an update needs ``--to`` to go there; mostly empty."""
        if not self.newest.name or self.order not in (VersionOrder.diverged, VersionOrder.unknown):
            return ""
        return (
            f"{self.newest.name} is not known to come after the recorded version; "
            f"--to {self.newest.name} updates to it"
        )


def find_target(blueprint: Blueprint, known: Record) -> Target:
    """Find the version for an update that names none.

    Raises:
        ScaffoldError: The record names no version though the blueprint has some, or its source
            cannot be reached.
    """
    newest, offline = blueprint.find_newest()
    if not newest.name:
        return Target(newest, VersionOrder.unknown, offline)
    refuse_nameless(known)
    return Target(
        newest, blueprint.compare(newest, _make_recorded_point(blueprint, known)), offline
    )


def refuse_older(blueprint: Blueprint, known: Record, wanted: VersionRef) -> None:
    """Refuse a version that comes before the recorded one.

    Raises:
        UsageError: It comes before.
    """
    if not known.version or not wanted.name:
        return
    if blueprint.compare(wanted, _make_recorded_point(blueprint, known)) is VersionOrder.older:
        raise UsageError(
            f"{wanted.name} is older than the recorded {known.version}: that would be a downgrade",
            "Go back with git instead: revert the commit of the update.",
        )


def refuse_nameless(known: Record) -> None:
    """Refuse a record that names no version.

    Raises:
        ScaffoldError: It names no version.
    """
    if not known.version:
        raise ScaffoldError(
            f"{known.path} does not name a version of {known.source}, so nothing can be compared",
            "Give the blueprint a git repository with tags; `--to current` takes what it is now.",
        )


def refuse_moved(blueprint: Blueprint, known: Record) -> None:
    """Refuse a released version whose tag moved since it was recorded.

    Raises:
        ScaffoldError: It moved.
    """
    now = blueprint.find_commit(known.version)
    if known.commit and now not in ("", known.commit) and parse_version(known.version) is not None:
        raise ScaffoldError(
            f"{known.source} {known.version} has changed: the record names "
            f"{known.commit[:12]}, the source now has {now[:12]}",
            "Ask the blueprint's owners why the tag moved; "
            f"if the new one is right, put {COMMIT_ID_KEY}: {now} into {known.path}.",
        )


def _make_recorded_point(blueprint: Blueprint, known: Record) -> VersionRef:
    return VersionRef(known.version, known.commit or blueprint.find_commit(known.version))


# ---------------------------------------------------------------- the recorded version


def _open_recorded(
    blueprint: Blueprint, known: Record, confirm: Confirm | None, stack: ExitStack
) -> OpenedBlueprint:
    """Open the recorded version as it was, where it still exists; else one without files."""
    named, gone = _try_to_open(blueprint, known.version, stack)
    if named and known.commit in ("", named.commit):
        return named
    if named:
        _ask_if_moved(blueprint, known, confirm)
    exact, _ = _try_to_open(blueprint, known.commit, stack) if known.commit else (None, None)
    if exact:
        label = f"{exact.place.name} {known.version}"
        return replace(exact, version=known.version, label=label)
    return named or _make_empty_version(known, gone)


def _try_to_open(
    blueprint: Blueprint, version: str, stack: ExitStack
) -> tuple[OpenedBlueprint | None, UsageError | None]:
    try:
        return stack.enter_context(blueprint.open(version or None)), None
    except UsageError as error:
        return None, error


def _ask_if_moved(blueprint: Blueprint, known: Record, confirm: Confirm | None) -> None:
    try:
        refuse_moved(blueprint, known)
    except ScaffoldError as moved:
        why = "a moved tag may be a correction, or somebody else's code under an old name"
        if not get_confirmation(confirm, f"{moved.what}. Continue?", (why,)):
            raise


def _make_empty_version(known: Record, gone: UsageError | None) -> OpenedBlueprint:
    """Stand in for a version that is gone; the project's git may still hold its render."""

    def fetch() -> None:
        raise gone or UsageError(f"{known.source} has no version {known.version}")

    label = f"{Path(known.source).name} {known.version}"
    return OpenedBlueprint(
        known.source, known.version, known.commit or None, Path(), label, fetch=fetch
    )
