"""Merges of several blueprints, each into the result of the one before, as one change."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import ScaffoldError
from .git_commands import Listing
from .plan import Change, ChangeKind, Plan, SideLabels
from .three_way_merge import Sides


@dataclass(frozen=True)
class BlueprintMerge:
    """The merge of one blueprint, before a look at the disk."""

    record: str
    changes: tuple[Change, ...]
    sides: Sides
    labels: SideLabels

    @property
    def paths(self) -> frozenset[str]:
        """The paths that it changes."""
        return list_paths(self.changes)

    @property
    def conflicts(self) -> frozenset[str]:
        """The paths that are in conflict."""
        return list_paths(change for change in self.changes if change.kind is ChangeKind.conflict)


def list_paths(changes: Iterable[Change]) -> frozenset[str]:
    """List the paths of changes, old paths of renames included."""
    return frozenset(path for c in changes for path in (c.path, c.old_path) if path)


def refuse_conflicts(
    project: Path, earlier: Sequence[BlueprintMerge], merged: BlueprintMerge
) -> None:
    """Refuse to merge into a file that an earlier merge leaves in conflict.

    Raises:
        ScaffoldError: There is one.
    """
    for merge in earlier:
        if both := merge.conflicts & merged.paths:
            one, other = merge.labels.theirs, merged.labels.theirs
            what = f"{one} conflicts with your changes in files that {other} changes, too"
            again = shlex.join(["scaffold", "update", str(project), "--record", merge.record])
            hint = f"Nothing was changed. Run {again}, resolve and commit, then --all again."
            raise ScaffoldError(what, hint, sorted(both))


def compose_changes(
    before: Listing, merges: Sequence[BlueprintMerge], after: Listing
) -> tuple[Change, ...]:
    """Compose the changes of all merges; ``after`` holds conflicts with their markers."""
    shared = find_shared(merges)
    alone = [c for merge in merges for c in merge.changes if not shared & list_paths([c])]
    touched = [c for merge in merges for c in merge.changes if shared & list_paths([c])]
    return (*alone, *_join_changes(before, touched, after))


def split_plan(plan: Plan, merges: Sequence[BlueprintMerge]) -> Iterator[Plan]:
    """Split the plan of all merges into the part of each, for people."""
    final, shared = {change.path: change for change in plan.changes}, find_shared(merges)
    last = {path: merge for merge in merges for path in merge.paths}
    for merge in merges:
        own = {path for path in merge.paths if path not in shared or last[path] is merge}
        wanted = [_find_part(c, final.get(c.path), shared, own) for c in merge.changes]
        changes = tuple(change for change in wanted if change)
        paths = list_paths(changes)
        files = tuple(file for file in plan.files if file.path in paths)
        yield replace(plan, changes=changes, files=files)


def find_shared(merges: Iterable[BlueprintMerge]) -> frozenset[str]:
    """Find the paths that several merges change."""
    counts = Counter(path for merge in merges for path in merge.paths)
    return frozenset(path for path, count in counts.items() if count > 1)


def _join_changes(before: Listing, changes: Sequence[Change], after: Listing) -> Iterator[Change]:
    """Join the changes of each path that several merges touch; a rename becomes two changes."""
    conflicts = {c.path: c for c in changes if c.kind is ChangeKind.conflict}
    kept_deleted = {c.path: c for c in changes if c.kind is ChangeKind.kept_deleted}
    for path in sorted(list_paths(changes)):
        old, new = before.get(path), after.get(path)
        if conflict := conflicts.get(path):
            conflict_entry = new if new != old else None
            yield replace(conflict, old_path="", before=old, conflict_entry=conflict_entry)
        elif new != old:
            yield Change(path, ChangeKind.compare(old, new), before=old, after=new)
        elif not new and path in kept_deleted:  # it may still be on disk
            yield kept_deleted[path]


def _find_part(
    change: Change, final: Change | None, shared: frozenset[str], own: Collection[str]
) -> Change | None:
    """Find the planned form of a merge's change, unless other merges touch the path too."""
    if not shared & list_paths([change]):
        return final
    if final and final.kind is ChangeKind.conflict and change.path in own:
        return replace(final, old_path=change.old_path, before=change.before)
    return change
