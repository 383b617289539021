"""The plan of an update: the changes of all paths, decided before anything is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ..git import ProjectRepository
from . import git_commands
from .disk import Fingerprint
from .git_commands import Stages, TreeEntry
from .object_store import open_scratch_store


class ChangeKind(StrEnum):
    """The kind of change of a path."""

    updated = "updated"
    added = "added"
    deleted = "deleted"
    renamed = "renamed"
    merged = "merged"
    merged_by_structure = "merged by structure"
    kept_deleted = "kept deleted"
    kept = "kept as it is"
    conflict = "conflict"
    in_the_way = "in the way"

    @classmethod
    def compare(cls, before: TreeEntry | None, after: TreeEntry | None) -> ChangeKind:
        """Name the change between two entries of a path."""
        return cls.added if before is None else cls.updated if after else cls.deleted


@dataclass(frozen=True)
class SideLabels:
    """Names of the sides of a merge.

    Attributes:
        theirs: The new version, in messages.
        markers: Base, ours and theirs, in conflict markers. The default is Copier's, so that what
            searches a project for them finds these too.
    """

    theirs: str = "the new version"
    markers: tuple[str, str, str] = ("last update", "before updating", "after updating")

    def explain_difference(self, ours: str, theirs: str) -> str:
        """Explain a path that has another type on each side."""
        return f"you have {ours} there, {self.theirs} has {theirs}"


@dataclass(frozen=True)
class Change:
    """The change of one path.

    Attributes:
        path: The path in the project; of a rename the new one.
        kind: The kind of change.
        old_path: Of a rename, the path before.
        before: The project's entry at ``path``, or at ``old_path`` of a rename.
        after: Its entry after the update; None where the file goes or is in conflict.
        stages: Of a conflict, the entries in the index: 1 base, 2 ours, 3 theirs.
        conflict_entry: Of a conflict, the file on disk; None where the disk is left alone.
        reason: The reason of a conflict or of an obstacle.
    """

    path: str
    kind: ChangeKind
    old_path: str = ""
    before: TreeEntry | None = None
    after: TreeEntry | None = None
    stages: Stages = field(default_factory=dict)
    conflict_entry: TreeEntry | None = None
    reason: str = ""

    @property
    def disk_entry(self) -> TreeEntry | None:
        """The entry that the file on disk is written from."""
        return self.after or self.conflict_entry

    @property
    def is_moved(self) -> bool:
        """Tell whether this is a rename that leaves the content alone."""
        return bool(self.old_path) and self.after is not None and self.after == self.before


@dataclass(frozen=True)
class FileChange:
    """A file to write (or, without content, to remove), and its state when it was planned."""

    path: str
    before: Fingerprint | None
    mode: str = ""
    content: bytes | None = None


@dataclass(frozen=True)
class Plan:
    """All that an update does.

    Attributes:
        repo: The project's repository.
        changes: The change of each path, for people.
        files: The files that are written or removed on disk.
        index: For each path the stages that the index will hold (0 for a resolved file).
        flags: Options of ``git update-index`` with the paths that keep them.
        blobs: Contents that the project's object store may lack.
        index_digest: The index file that the plan was made for.
        entries: A digest of its entries in the project, which other commands leave as they are.
        filters_off: Settings that switch the user's filter drivers off.
    """

    repo: ProjectRepository
    changes: tuple[Change, ...]
    files: tuple[FileChange, ...]
    index: Mapping[str, Stages]
    flags: Mapping[str, tuple[str, ...]]
    blobs: Mapping[str, bytes]
    index_digest: str
    entries: str
    filters_off: tuple[str, ...] = ()

    def list_changes(self, *kinds: ChangeKind) -> tuple[Change, ...]:
        """List the changes of some kinds."""
        return tuple(change for change in self.changes if change.kind in kinds)

    @property
    def conflicts(self) -> tuple[Change, ...]:
        """The conflicts, which the user resolves."""
        return self.list_changes(ChangeKind.conflict)

    @property
    def obstacles(self) -> tuple[Change, ...]:
        """The files in the way: with any of them, the plan is refused as a whole."""
        return self.list_changes(ChangeKind.in_the_way)


def diff_plan(plan: Plan) -> str:
    """Make a patch for ``git apply`` of the changes of files that git holds.

    A file in conflict is shown with its markers. Paths start at the top of the repository.
    """
    repo = plan.repo
    with open_scratch_store(repo.objects, repo.algorithm) as store:
        for data in plan.blobs.values():
            store.write("blob", data)
        before, after = {}, {}
        for change in plan.changes:
            if change.before:
                before[repo.prefix + (change.old_path or change.path)] = change.before
            if entry := change.after or (
                change.stages and (change.conflict_entry or change.before)
            ):
                after[repo.prefix + change.path] = entry
        return git_commands.make_patch(
            store.git_dir, store.write_tree(before), store.write_tree(after)
        )
