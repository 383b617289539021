"""Merge pristine trees into a project: base is the old render, theirs the new.

The result is a complete plan, made after a look at the disk. Nothing of the project is written
here; `apply` does exactly what the plan says.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ..git import (
    IndexEntry,
    ProjectRepository,
    list_uncommitted,
    read_attributes,
    select_ignored,
)
from . import composition, disk, line_endings, three_way_merge
from .composition import BlueprintMerge
from .disk_planner import ASSUMED, SKIPPED, DiskPlanner
from .git_commands import Listing, TreeEntry
from .migrations import Migrations, apply_changes, migrate_after, run_migrations
from .object_store import (
    LINK,
    SUBMODULE,
    ObjectStore,
    list_parents,
    open_scratch_store,
    read_listing,
)
from .plan import Change, ChangeKind, Plan, SideLabels
from .readiness import ProjectState, list_filters_off


@dataclass(frozen=True)
class Renders:
    """Two pristine trees of a blueprint, and how they are merged.

    Attributes:
        base: The pristine old render: a folder, or a tree that the project's git holds. None
            where the project was not made from a blueprint: then its files are those on disk,
            committed or not, as far as theirs has files of these names.
        theirs: The pristine new render.
        record: The record; theirs is taken as it is.
        labels: The names of the sides.
        skip: Tells paths that are left alone if the project has them, and else made.
        left_out: Tells paths that theirs leaves out, which is not a deletion.
        migrations: Functions that change the project's files before the merge, and the result.
    """

    base: Path | str | None
    theirs: Path | str
    record: str
    labels: SideLabels = field(default_factory=SideLabels)
    skip: Callable[[str], bool] = lambda path: False
    left_out: Callable[[str], bool] = lambda path: False
    migrations: Migrations | None = None


def plan_merge(found: ProjectState, renders: Renders) -> Plan:
    """Plan the merge of two pristine trees into a project."""
    with open_merger(found) as merger:
        merger.add(merger.merge(renders))
        return merger.make_plan()


@contextmanager
def open_merger(found: ProjectState, *, as_on_disk: bool = False) -> Iterator[Merger]:
    """Open a merger for a project.

    ``as_on_disk`` merges uncommitted changes as if they were committed; such a plan is only for
    people to read.
    """
    index = {item.path: item for item in found.index}
    known = frozenset(item.id for item in found.index)
    with open_scratch_store(found.repo.objects, found.repo.algorithm, known) as store:
        yield Merger(found, store, _stage_as_on_disk(found, index, store) if as_on_disk else index)


@dataclass
class Merger:
    """The merges of one or several blueprints, each into the result of the one before it.

    Attributes:
        index: The entries that the project's index holds, or would hold.
        merges: The merges so far.
    """

    state: ProjectState
    store: ObjectStore
    index: dict[str, IndexEntry]
    merges: list[BlueprintMerge] = field(default_factory=list)

    def merge(self, renders: Renders) -> BlueprintMerge:
        """Merge a blueprint; it counts once it is added."""
        store, repo, base = self.store, self.state.repo, renders.base
        old = {} if base is None else read_listing(base, store)
        new = read_listing(renders.theirs, store)
        old = {path: entry for path, entry in old.items() if not renders.left_out(path)}
        if base is None:
            self.index = _stage_as_on_disk(self.state, new, store)
        ours, migrations, labels = self._read_result(), renders.migrations, renders.labels
        old.pop(renders.record, None)
        if renders.record in ours:  # only theirs changed the record
            old[renders.record] = ours[renders.record]
        self._skip(old, ours, new, renders.skip)
        dropped = self._take_untracked(old, ours, new)
        name = repo.folder.name
        migrated = run_migrations(store, ours, migrations.before, name) if migrations else None
        sides = three_way_merge.prepare_sides(store, old, ours, new, migrated)
        style = self.state.settings.get("merge.conflictstyle", "merge")
        merged = three_way_merge.merge_sides(store, repo.folder, sides, labels, style)
        if migrations:
            merged = migrate_after(store, merged, ours, migrations, name)
        changes = (*merged, *_drop_untracked(repo, dropped, labels))
        return BlueprintMerge(renders.record, changes, sides, labels)

    def add(self, merged: BlueprintMerge) -> None:
        """Add a merge; the next one is made into its result.

        Raises:
            ScaffoldError: It changes a file that an earlier one leaves in conflict.
        """
        composition.refuse_conflicts(self.state.repo.folder, self.merges, merged)
        self.merges.append(merged)

    def make_plan(self) -> Plan:
        """Make the complete plan of all merges that were added."""
        merges = {path: merge for merge in self.merges for path in merge.paths}
        changes = composition.compose_changes(
            self._read_committed(), self.merges, self._read_result()
        )
        noted = [change for merge in self.merges for change in merge.changes]
        shared = composition.find_shared(self.merges)
        planner = DiskPlanner(self.state, self.index, merges, self.store, shared)
        return planner.make_plan(changes, noted)

    def split_plan(self, plan: Plan) -> Iterator[Plan]:
        """Split the plan into the part of each merge, for people."""
        return composition.split_plan(plan, self.merges)

    def _read_committed(self) -> Listing:
        return {path: TreeEntry(item.mode, item.id) for path, item in self.index.items()}

    def _read_result(self) -> Listing:
        """Read the project's files after the merges so far."""
        listing = self._read_committed()
        for merge in self.merges:
            listing = apply_changes(listing, merge.changes)
        return listing

    def _skip(
        self, base: Listing, ours: Listing, theirs: Listing, skip: Callable[[str], bool]
    ) -> None:
        """Make skipped files equal on all sides if the project has them, else new."""
        project, leaving = self.state.repo.folder, self.index.keys() - ours.keys()
        for path in filter(skip, list(base | theirs)):
            if path in ours:
                base[path] = theirs[path] = ours[path]
                continue
            base.pop(path, None)
            is_there = path not in leaving and os.path.lexists(project / path)
            if is_there or disk.find_obstacles(project, path, leaving):
                theirs.pop(path, None)

    def _take_untracked(self, base: Listing, ours: Listing, theirs: Listing) -> Listing:
        """Take files out of the base that the new version drops and git does not track."""
        project, known = self.state.repo.folder, self.index.keys() | ours.keys() | theirs.keys()
        gone = [path for path in base if path not in known]
        found = [p for p in gone if not disk.is_in_other_repository(project, p)]
        return {p: base.pop(p) for p in found if disk.read_disk_file(project, p)}


def _stage_as_on_disk(
    found: ProjectState, names: Iterable[str], store: ObjectStore
) -> dict[str, IndexEntry]:
    """Stage all files of some names, as they are on disk, in a copy of the index.

    A file that git ignores, that has skip-worktree or assume-unchanged, or that a filter converts,
    is left as the index has it.
    """
    index, repo = {item.path: item for item in found.index}, found.repo
    changed = list_uncommitted(repo.folder, list_filters_off(found.settings))
    dirty = {path.removeprefix(repo.prefix) for path in changed}
    untracked = [
        path for path in names if path not in index and not _is_elsewhere(repo.folder, index, path)
    ]
    paths = [*(path for path in names if path in index and path in dirty), *untracked]
    hidden = select_ignored(repo.folder, untracked)
    attributes = read_attributes(repo.folder, ("text", "eol", "filter"), paths)
    for path in paths:
        item, asked = index.get(path), attributes[path]
        is_filtered = asked.get("filter", "unspecified") not in {"unspecified", "unset"}
        if path in hidden or (item and (item.flag in SKIPPED | ASSUMED or is_filtered)):
            continue
        index.pop(path, None)
        if on_disk := disk.read_disk_file(repo.folder, path):
            data = on_disk.data
            if on_disk.mode != LINK:
                data = line_endings.convert_for_git(data, asked, found.settings)
            index[path] = IndexEntry(path, on_disk.mode, store.write("blob", data), 0, "H")
    return index


def _is_elsewhere(root: Path, index: Mapping[str, IndexEntry], path: str) -> bool:
    """Tell whether a path is behind a link or in a submodule: git refuses to answer for it."""
    above = (index.get(parent) for parent in list_parents(path))
    in_submodule = any(item and item.mode == SUBMODULE for item in above)
    return in_submodule or disk.is_behind_link(root, path)


def _drop_untracked(
    repo: ProjectRepository, dropped: Listing, labels: SideLabels
) -> Iterator[Change]:
    """Delete files that git does not track and the blueprint dropped, unless they were edited."""
    for path, entry in dropped.items():
        found = disk.read_disk_file(repo.folder, path)
        if found and found.holds(entry, repo.algorithm):
            yield Change(path, ChangeKind.deleted, reason="git does not track it")
        else:
            reason = f"{labels.theirs} deletes it; you edited it, git does not track it"
            yield Change(path, ChangeKind.kept, reason=reason)
