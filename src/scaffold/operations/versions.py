"""The version that a project's record names, and the one that is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ..blueprints import Blueprint, OpenedBlueprint, VersionRef
from ..errors import ScaffoldError, UsageError
from ..project import Record
from ..user import Confirm, asked
from .target import find_target, refuse_moved, refuse_nameless, refuse_older

CURRENT = "current"


@dataclass(frozen=True)
class Versions:
    """The two versions of an update.

    Attributes:
        old: What the project is taken to be made from.
        new: What the update goes to; the same object where it goes nowhere.
        notes: What the user should know of the choice.
    """

    old: OpenedBlueprint
    new: OpenedBlueprint
    notes: tuple[str, ...] = ()


@contextmanager
def versions(
    blueprint: Blueprint,
    known: Record,
    wanted: str | None,
    confirm: Confirm | None = None,
    base: str | None = None,
) -> Iterator[Versions]:
    """Open the recorded version, checked against the record, and the wanted one.

    Args:
        blueprint: The blueprint.
        known: The record.
        wanted: A version, ``current`` for the recorded one, or None for the newest.
        confirm: Asks whether to go on where the recorded version is not what it was.
        base: The version to take the project to be made from, if not the recorded one.

    Raises:
        UsageError: There is no such version, or it is older than the recorded one.
        ScaffoldError: The record names none, or one that is not what it was.
    """
    if wanted != CURRENT:
        refuse_nameless(known)
    with ExitStack() as stack:
        recorded = _open_recorded(blueprint, known, confirm, stack)
        old = stack.enter_context(blueprint.open(base)) if base else recorded
        if wanted == CURRENT:
            yield Versions(old, recorded)
        elif wanted is None:
            yield _to_newest(blueprint, known, Versions(old, recorded), stack)
        else:
            theirs: OpenedBlueprint = stack.enter_context(blueprint.open(wanted))
            refuse_older(blueprint, known, VersionRef(theirs.version or "", theirs.commit or ""))
            is_same = (recorded.commit, recorded.version) == (theirs.commit, theirs.version)
            yield Versions(old, recorded if is_same else theirs)


def _to_newest(blueprint: Blueprint, known: Record, stay: Versions, stack: ExitStack) -> Versions:
    target = find_target(blueprint, known)
    if not target.is_newer:
        return replace(stay, notes=(target.note,) if target.note else ())
    return replace(stay, new=stack.enter_context(blueprint.open()))


# ---------------------------------------------------------------- the recorded version


def _open_recorded(
    blueprint: Blueprint, known: Record, confirm: Confirm | None, stack: ExitStack
) -> OpenedBlueprint:
    """The recorded version as it was, if it can still be had; else one without files."""
    named, gone = _try_to_open(blueprint, known.version, stack)
    if named and known.commit in ("", named.commit):
        return named
    if named:
        _ask_if_moved(blueprint, known, confirm)
    exact, _ = _try_to_open(blueprint, known.commit, stack) if known.commit else (None, None)
    if exact:
        label = f"{exact.place.name} {known.version}"
        return replace(exact, version=known.version, label=label)
    return named or _without_files(known, gone)


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
        if not asked(confirm, f"{moved.what}. Continue?", (why,)):
            raise


def _without_files(known: Record, gone: UsageError | None) -> OpenedBlueprint:
    """A version that is gone: the project's git may hold what was made from it."""

    def fetch() -> None:
        raise gone or UsageError(f"{known.source} has no version {known.version}")

    label = f"{Path(known.source).name} {known.version}"
    return OpenedBlueprint(
        known.source, known.version, known.commit or None, Path(), label, fetch=fetch
    )
