"""Plan the files and the index from the result of a merge, after a look at the disk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from ..git import IndexEntry, read_attributes
from . import disk, line_endings, readiness
from .composition import BlueprintMerge, list_paths
from .disk import DiskFile
from .git_commands import Stages, TreeEntry
from .object_store import LINK, ObjectStore, list_parents
from .plan import Change, ChangeKind, FileChange, Plan
from .readiness import ProjectState

SKIPPED, ASSUMED = frozenset("Ss"), frozenset("hs")
FLAGS = {"--skip-worktree": SKIPPED, "--assume-unchanged": ASSUMED}


@dataclass(frozen=True)
class DiskPlanner:
    """A planner of the writes to the disk and the index that a merge needs."""

    state: ProjectState
    index: dict[str, IndexEntry]
    merges: Mapping[str, BlueprintMerge]
    store: ObjectStore
    shared: frozenset[str] = frozenset()

    def make_plan(self, merged: Iterable[Change], noted: Iterable[Change]) -> Plan:
        """Make the complete plan; it holds also the contents of the ``noted`` changes."""
        on_disk = self._read_disk(merged)
        changes = [done for change in merged if (done := self._check(change, on_disk))]
        blobs = self._read_blobs([*changes, *noted])
        written = [change.path for change in changes if change.disk_entry]
        attributes = read_attributes(self.state.repo.folder, ("text", "eol"), written)
        changes = [self._normalize(c, attributes.get(c.path, {}), blobs) for c in changes]
        files, obstacles = self._plan_files(changes, on_disk, attributes, blobs)
        index = _plan_index(changes)
        return Plan(
            self.state.repo,
            tuple(sorted([*changes, *obstacles], key=lambda change: change.path)),
            files,
            index,
            self._list_flags(index, {file.path for file in files}),
            {name: blobs[name] for name in blobs if name not in self.known_blobs},
            self.state.digest,
            readiness.hash_index(self.state.index),
            tuple(readiness.list_filters_off(self.state.settings)),
        )

    @cached_property
    def known_blobs(self) -> frozenset[str]:
        """The ids of contents that the project's object store has."""
        return frozenset(item.id for item in self.state.index)

    def _read_disk(self, changes: Iterable[Change]) -> dict[str, DiskFile | None]:
        folder = self.state.repo.folder
        return {path: disk.read_disk_file(folder, path) for path in list_paths(changes)}

    def _check(self, change: Change, on_disk: Mapping[str, DiskFile | None]) -> Change | None:
        """Check a change against the disk; returns another one if the file is not as git has it."""
        path = change.old_path or change.path
        found, item = on_disk[path], self.index.get(path)
        if change.kind is ChangeKind.kept_deleted:
            return self._check_kept_deleted(change, found)
        is_untouched = change.kind is ChangeKind.kept and change.after is None
        if item is None or change.kind is ChangeKind.in_the_way or is_untouched:
            return change
        if found and found.holds(TreeEntry(item.mode, item.id), self.state.repo.algorithm):
            return change
        if item.flag in SKIPPED and found is None:
            conflict_entry = change.conflict_entry or change.before
            return replace(change, conflict_entry=conflict_entry) if change.stages else change
        if item.flag in SKIPPED | ASSUMED:
            flag = "skip-worktree" if item.flag in SKIPPED else "assume-unchanged"
            reason = f"it has edits that git does not see ({flag})"
            return Change(path, ChangeKind.in_the_way, reason=reason)
        return self._check_filtered(change)

    def _check_kept_deleted(self, change: Change, found: DiskFile | None) -> Change | None:
        """Check a deleted file, which may still be on disk: rendered once, ignored since."""
        path, algorithm = change.path, self.state.repo.algorithm
        sides = self.merges[path].sides
        base, theirs = sides.base.get(path), sides.theirs.get(path)
        if found is None or base is None or theirs is None:
            return replace(change, stages={})
        if path in self.shared:  # no single merge has the content of all
            return self._make_obstacle(path, change)
        if found.holds(theirs, algorithm):
            return None
        if found.holds(base, algorithm):
            reason = "git does not track it"
            return Change(path, ChangeKind.updated, conflict_entry=theirs, reason=reason)
        return self._make_obstacle(path, change)

    def _make_obstacle(self, path: str, change: Change) -> Change:
        theirs = self.merges[change.path].labels.theirs
        reason = f"git does not track it, and {theirs} has something else there"
        return Change(path, ChangeKind.in_the_way, reason=reason)

    def _check_filtered(self, change: Change) -> Change:
        """Make a conflict where a filter driver keeps other content on disk than in git."""
        if change.is_moved:
            return change
        reason = "a git filter keeps other content on disk than in git; your version is kept"
        if change.old_path:
            return Change(change.old_path, ChangeKind.in_the_way, reason=reason)
        path = change.path
        sides = self.merges[path].sides
        listings = (sides.base, sides.project, sides.theirs)
        held = {n: side[path] for n, side in enumerate(listings, 1) if path in side}
        stages = change.stages or held
        return Change(path, ChangeKind.conflict, before=change.before, stages=stages, reason=reason)

    def _read_blobs(self, changes: Iterable[Change]) -> dict[str, bytes]:
        """Read the contents that will be written, all at once."""
        names = {c.disk_entry.id for c in changes if c.disk_entry}
        names |= {entry.id for c in changes for entry in c.stages.values()}
        # Contents that are only on disk, so that a diff can be made of them.
        names |= {c.before.id for c in changes if c.before and c.before.id not in self.known_blobs}
        return self.store.read(names)

    def _normalize(
        self, change: Change, attributes: Mapping[str, str], blobs: dict[str, bytes]
    ) -> Change:
        """Normalize an added file to the form that the project's own git would store."""
        after = change.after
        if change.kind is not ChangeKind.added or not after or after.mode == LINK:
            return change
        data = line_endings.convert_for_git(blobs[after.id], attributes, self.state.settings)
        if data == blobs[after.id]:
            return change
        name = self.store.write("blob", data)
        blobs[name] = data
        return replace(change, after=TreeEntry(after.mode, name))

    def _plan_files(
        self,
        changes: Iterable[Change],
        on_disk: Mapping[str, DiskFile | None],
        attributes: Mapping[str, Mapping[str, str]],
        blobs: Mapping[str, bytes],
    ) -> tuple[tuple[FileChange, ...], list[Change]]:
        """Plan the writes to the disk; returns them and the obstacles in their way."""
        leaving = _list_leaving(changes)
        removed = {p: found for p in leaving if (found := on_disk[p])}
        files = {p: FileChange(p, found.fingerprint) for p, found in removed.items()}
        obstacles: dict[str, Change] = {}
        for change in changes:
            content = self._make_content(change, on_disk, attributes.get(change.path, {}), blobs)
            found = on_disk[change.path]
            if content is None or content == found:
                continue
            is_known = change.kind is ChangeKind.updated and change.before is None
            may_replace = change.path in self.index or is_known
            root = self.state.repo.folder
            stands = [] if may_replace else disk.find_obstacles(root, change.path, leaving)
            obstacles |= {path: self._make_obstacle(path, change) for path in stands}
            fingerprint = found.fingerprint if found else None
            files[change.path] = FileChange(change.path, fingerprint, content.mode, content.data)
        return tuple(files.values()), list(obstacles.values())

    def _make_content(
        self,
        change: Change,
        on_disk: Mapping[str, DiskFile | None],
        attributes: Mapping[str, str],
        blobs: Mapping[str, bytes],
    ) -> DiskFile | None:
        """Make the new file on disk; None where the disk is left alone."""
        entry = change.disk_entry
        if entry is None or (not change.stages and self._is_sparse(change, on_disk)):
            return None
        moved = on_disk.get(change.old_path)
        if change.is_moved and moved:
            return moved
        data = blobs[entry.id]
        if entry.mode != LINK:
            data = line_endings.convert_for_disk(data, attributes, self.state.settings)
        return DiskFile(entry.mode, data)

    def _is_sparse(self, change: Change, on_disk: Mapping[str, DiskFile | None]) -> bool:
        """Tell whether the project keeps this path only in the index."""
        path = change.old_path or change.path
        if item := self.index.get(path):
            return item.flag in SKIPPED and on_disk[path] is None
        return on_disk[change.path] is None and self._is_sparse_folder(path)

    def _is_sparse_folder(self, path: str) -> bool:
        if not any(item.flag in SKIPPED for item in self.index.values()):
            return False
        for folder in list_parents(path):
            inside = [i for p, i in self.index.items() if p.startswith(folder + "/")]
            if inside:
                return all(item.flag in SKIPPED for item in inside)
        return False

    def _list_flags(
        self, index: Mapping[str, Stages], written: set[str]
    ) -> dict[str, tuple[str, ...]]:
        """List the flags of resolved paths; new paths in a sparse folder are flagged too."""
        settled = [path for path, stages in index.items() if 0 in stages]
        known = [path for path in settled if path in self.index]
        flags = {
            option: tuple(path for path in known if self.index[path].flag in letters)
            for option, letters in FLAGS.items()
        }
        new = [path for path in settled if path not in self.index and path not in written]
        flags["--skip-worktree"] += tuple(filter(self._is_sparse_folder, new))
        return flags


def _list_leaving(changes: Iterable[Change]) -> frozenset[str]:
    """List the paths that the project will not have any more."""
    old = {change.old_path for change in changes if change.old_path}
    gone = {change.path for change in changes if change.kind is ChangeKind.deleted}
    return frozenset(old | gone)


def _plan_index(changes: Iterable[Change]) -> dict[str, Stages]:
    """Plan the index entries of each path; a path that goes has none."""
    index: dict[str, Stages] = {c.old_path: {} for c in changes if c.old_path}
    for change in changes:
        if change.after:
            index[change.path] = {0: change.after}
        elif change.stages or (change.kind is ChangeKind.deleted and change.before):
            index[change.path] = change.stages
    return index
