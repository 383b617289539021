"""The version that a project's record names, and the one that is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from .. import record
from ..blueprint import Blueprint, Opened
from ..errors import ScaffoldError, UsageError
from ..trust import Confirm, asked
from ..version_order import is_newer

CURRENT = "current"


@contextmanager
def versions(
    blueprint: Blueprint, known: record.Record, wanted: str | None, confirm: Confirm | None = None
) -> Iterator[tuple[Opened, Opened]]:
    """Open the recorded version, checked against the record, and the wanted one.

    Args:
        blueprint: The blueprint.
        known: The record.
        wanted: A version, ``current`` for the recorded one, or None for the newest.
        confirm: Asks whether to go on where the recorded version is not what it was.

    Raises:
        UsageError: There is no such version, or it is older than the recorded one.
        ScaffoldError: The record names none, or one that is not what it was.
    """
    if not known.version and wanted != CURRENT:
        raise ScaffoldError(
            f"{known.path} names no version of {known.source}, so nothing can be compared",
            "Give the blueprint a git repository with tags; answers change with --to current.",
        )
    with ExitStack() as open_ones:
        base = _recorded(blueprint, known, confirm, open_ones)
        if wanted == CURRENT:
            yield base, base
            return
        theirs = open_ones.enter_context(blueprint.open(wanted))
        if known.version and theirs.version and is_newer(known.version, theirs.version):
            raise UsageError(
                f"{theirs.version} is older than the recorded {known.version}: "
                "that would be a downgrade",
                "Go back with git instead: revert the commit of the update.",
            )
        same = (base.commit, base.version) == (theirs.commit, theirs.version)
        yield base, base if same else theirs


def _recorded(
    blueprint: Blueprint, known: record.Record, confirm: Confirm | None, open_ones: ExitStack
) -> Opened:
    opened: Opened = open_ones.enter_context(blueprint.open(known.version or None))
    if not known.commit or opened.commit == known.commit:
        return opened
    moved = ScaffoldError(
        f"{known.source} {known.version} is not what it was: the record names "
        f"{known.commit[:12]}, the source now has {(opened.commit or '')[:12]}",
        "Ask the blueprint's owners why the tag moved; "
        f"if the new one is right, put {record.COMMIT_ID}: {opened.commit} into {known.path}.",
    )
    why = ("a tag that moves may be an honest repair, or somebody else's work under an old name",)
    if not asked(confirm, f"{moved.what}. Go on?", why):
        raise moved
    try:  # what the project was made from may be there still
        earlier: Opened = open_ones.enter_context(blueprint.open(known.commit))
    except UsageError:
        return opened
    return earlier
