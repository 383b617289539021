"""Merges of several blueprints, each into the result of the one before, as one change."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ..errors import ScaffoldError
from .objects import Listing
from .plan import Change, Kind, Labels, Plan
from .threeway import Sides


@dataclass(frozen=True)
class Merged:
    """The merge of one blueprint, the disk not yet considered.

    Attributes:
        record: Its record.
        changes: What happens to each path.
        sides: What was merged.
        labels: How its sides are called.
    """

    record: str
    changes: tuple[Change, ...]
    sides: Sides
    labels: Labels

    @property
    def paths(self) -> frozenset[str]:
        """The paths that something happens to."""
        return paths_of(self.changes)

    @property
    def conflicts(self) -> frozenset[str]:
        """The paths that are in conflict."""
        return paths_of(change for change in self.changes if change.kind is Kind.conflict)


def paths_of(changes: Iterable[Change]) -> frozenset[str]:
    """The paths of changes, those before a rename included."""
    return frozenset(path for c in changes for path in (c.path, c.old_path) if path)


def refuse_conflicts(earlier: Sequence[Merged], merged: Merged) -> None:
    """Refuse to merge into a file that an earlier merge leaves in conflict.

    Raises:
        ScaffoldError: There is one.
    """
    for turn in earlier:
        if both := turn.conflicts & merged.paths:
            one, other = turn.labels.theirs, merged.labels.theirs
            what = f"{one} conflicts with your changes in files that {other} changes, too"
            again = f"scaffold update --record {shlex.quote(turn.record)}"
            hint = f"Nothing was changed. Run {again}, resolve and commit, then --all again."
            raise ScaffoldError(what, hint, sorted(both))


def compose(before: Listing, turns: Sequence[Merged], after: Listing) -> tuple[Change, ...]:
    """The changes of all merges together.

    Args:
        before: The project's files.
        turns: The merges.
        after: The project's files as the last merge leaves them, conflicts with their markers.
    """
    shared = _shared(turns)
    alone = [c for turn in turns for c in turn.changes if not shared & paths_of([c])]
    touched = [c for turn in turns for c in turn.changes if shared & paths_of([c])]
    return (*alone, *_joined(before, touched, after))


def split(plan: Plan, turns: Sequence[Merged]) -> Iterator[Plan]:
    """The part of each merge in the plan of them all, for people."""
    final, shared = {change.path: change for change in plan.changes}, _shared(turns)
    last = {path: turn for turn in turns for path in turn.paths}
    for turn in turns:
        own = {path for path in turn.paths if path not in shared or last[path] is turn}
        wanted = [_part(c, final.get(c.path), shared, own) for c in turn.changes]
        changes = tuple(change for change in wanted if change)
        paths = paths_of(changes)
        files = tuple(file for file in plan.files if file.path in paths)
        yield replace(plan, changes=changes, files=files)


def _shared(turns: Iterable[Merged]) -> frozenset[str]:
    counts = Counter(path for turn in turns for path in turn.paths)
    return frozenset(path for path, count in counts.items() if count > 1)


def _joined(before: Listing, changes: Sequence[Change], after: Listing) -> Iterator[Change]:
    """One change for each path that several merges touch; a rename falls apart."""
    conflicts = {c.path: c for c in changes if c.kind is Kind.conflict}
    for path in sorted(paths_of(changes)):
        old, new = before.get(path), after.get(path)
        if conflict := conflicts.get(path):
            shown = new if new != old else None
            yield replace(conflict, old_path="", before=old, shown=shown)
        elif new != old:
            kind = Kind.updated if new and old else Kind.added if new else Kind.deleted
            yield Change(path, kind, before=old, after=new)


def _part(
    change: Change, final: Change | None, shared: frozenset[str], own: Collection[str]
) -> Change | None:
    """A change of one merge: as it is planned, unless other merges touch the path, too."""
    if not shared & paths_of([change]):
        return final
    if final and final.kind is Kind.conflict and change.path in own:
        return replace(final, old_path=change.old_path, before=change.before)
    return change
