"""The plan of an update: what happens to each path, decided before anything is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from . import plumbing
from .objects import Entry, scratch
from .plumbing import Repository
from .worktree import Seen

Stages = Mapping[int, Entry]


class Kind(StrEnum):
    """What happens to a path."""

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


@dataclass(frozen=True)
class Labels:
    """Names of the sides of a merge.

    Attributes:
        theirs: The new version, in messages.
        markers: Base, ours and theirs, in conflict markers. The default is Copier's, so that what
            searches a project for them finds these too.
    """

    theirs: str = "the new version"
    markers: tuple[str, str, str] = ("last update", "before updating", "after updating")

    def differ(self, ours: str, theirs: str) -> str:
        """Tell of a place that holds something of another type on each side."""
        return f"you have {ours} there, {self.theirs} has {theirs}"


@dataclass(frozen=True)
class Change:
    """What happens to one path.

    Attributes:
        path: The path in the project; of a rename the new one.
        kind: What happens.
        old_path: Of a rename, the path before.
        before: What the project has at ``path``, or at ``old_path`` of a rename.
        after: What it will have; None where the file goes or is in conflict.
        stages: Of a conflict, what the index will hold: 1 base, 2 ours, 3 theirs.
        shown: Of a conflict, what the file will hold; None where the disk is left alone.
        reason: Why, for conflicts and what is in the way.
    """

    path: str
    kind: Kind
    old_path: str = ""
    before: Entry | None = None
    after: Entry | None = None
    stages: Stages = field(default_factory=dict)
    shown: Entry | None = None
    reason: str = ""

    @property
    def written(self) -> Entry | None:
        """What the file on disk is made from."""
        return self.after or self.shown

    @property
    def is_moved(self) -> bool:
        """Whether this is a rename that leaves the content alone."""
        return bool(self.old_path) and self.after is not None and self.after == self.before


@dataclass(frozen=True)
class FileChange:
    """A file to write (or, without content, to remove) and what was there when it was planned."""

    path: str
    before: Seen | None
    mode: str = ""
    content: bytes | None = None


@dataclass(frozen=True)
class Plan:
    """All that an update does.

    Attributes:
        repo: Where the project lives.
        changes: Per path what happens, for people.
        files: What is written or removed on disk.
        index: Per path the stages that the index will hold (0 for a settled file).
        flags: Options of ``git update-index`` with the paths that keep them.
        blobs: Contents that the project's object store may lack.
        index_digest: The index file that the plan was made for.
        entries: A digest of its entries in the project, which other commands leave as they are.
        disarm: Settings that switch the user's filter drivers off.
    """

    repo: Repository
    changes: tuple[Change, ...]
    files: tuple[FileChange, ...]
    index: Mapping[str, Stages]
    flags: Mapping[str, tuple[str, ...]]
    blobs: Mapping[str, bytes]
    index_digest: str
    entries: str
    disarm: tuple[str, ...] = ()

    def of_kind(self, *kinds: Kind) -> tuple[Change, ...]:
        """The changes of some kinds."""
        return tuple(change for change in self.changes if change.kind in kinds)

    @property
    def conflicts(self) -> tuple[Change, ...]:
        """What is left to the user to resolve."""
        return self.of_kind(Kind.conflict)

    @property
    def blocked(self) -> tuple[Change, ...]:
        """What stands in the way: with any of it, the plan is refused as a whole."""
        return self.of_kind(Kind.in_the_way)


def diff(plan: Plan) -> str:
    """What the plan does to the files that git holds, as a patch for ``git apply``.

    A file in conflict is shown with its markers. Paths start at the top of the repository.
    """
    repo = plan.repo
    with scratch(repo.objects, repo.algorithm) as store:
        for data in plan.blobs.values():
            store.write("blob", data)
        before, after = {}, {}
        for change in plan.changes:
            if change.before:
                before[repo.prefix + (change.old_path or change.path)] = change.before
            if entry := change.after or (change.stages and (change.shown or change.before)):
                after[repo.prefix + change.path] = entry
        return plumbing.tree_patch(store.place, store.tree(before), store.tree(after))
