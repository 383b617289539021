"""Plan the merge of two pristine trees into a project: base is the old render, theirs the new.

What stands on disk is looked at here, so that the plan is complete: nothing of the project is
written, and what the plan says is what `apply` does.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from ..errors import ScaffoldError
from . import line_endings, plumbing, several, threeway, worktree
from . import migrations as migrate
from .migrations import Migrations
from .objects import LINK, Entry, Listing, Store, listing_of, scratch
from .plan import Change, FileChange, Kind, Labels, Plan, Stages
from .plumbing import Indexed, Repository
from .several import Merged
from .worktree import OnDisk

Source = Path | str
SKIPPED, ASSUMED = frozenset("Ss"), frozenset("hs")
FLAGS = {"--skip-worktree": SKIPPED, "--assume-unchanged": ASSUMED}


@dataclass(frozen=True)
class Inspected:
    """A project that is in a state for an update, as it was looked at.

    Attributes:
        repo: Where it lives.
        digest: Its index; a plan for another one is stale.
        settings: The settings of its git.
        index: What its index holds.
    """

    repo: Repository
    digest: str
    settings: Mapping[str, str]
    index: tuple[Indexed, ...]


def inspect(repo: Repository, *, uncommitted: bool = False) -> Inspected:
    """Look at a project before an update.

    Args:
        repo: Where it lives.
        uncommitted: Whether it may have changes that no commit holds.

    Raises:
        ScaffoldError: It is in no state for one.
    """
    digest = worktree.file_digest(repo.index)
    settings = plumbing.settings(repo.folder)
    index = tuple(plumbing.index_entries(repo.folder))
    worktree.refuse_unfinished(repo, index)
    if not uncommitted:
        worktree.refuse_uncommitted(repo, index, settings)
    return Inspected(repo, digest, settings, index)


def find_refusal(found: Inspected) -> ScaffoldError | None:
    """Why a plan of a project with uncommitted changes cannot be carried out; None without any."""
    try:
        worktree.refuse_uncommitted(found.repo, found.index, found.settings)
    except ScaffoldError as refusal:
        return refusal
    return None


@dataclass(frozen=True)
class Renders:
    """Two pristine trees of a blueprint, and how they are merged.

    Attributes:
        base: The pristine old render: a folder, or a tree that the project's git holds. None
            where the project was not made from a blueprint: then its files are those on disk,
            committed or not, as far as theirs has files of these names.
        theirs: The pristine new render.
        record: The record; theirs is taken as it is.
        labels: How the sides are called.
        skip: Which paths are left alone where the project has them, and made where it has not.
        left_out: Which paths theirs leaves out, so that it is no deletion.
        migrations: What changes the project's files before the merge, and the result after it.
    """

    base: Source | None
    theirs: Source
    record: str
    labels: Labels = field(default_factory=Labels)
    skip: Callable[[str], bool] = lambda path: False
    left_out: Callable[[str], bool] = lambda path: False
    migrations: Migrations | None = None


def make_plan(project: Path, renders: Renders, inspected: Inspected | None = None) -> Plan:
    """Plan the merge of two pristine trees into a project.

    Args:
        project: The project; may be a folder of a larger repository.
        renders: The two trees.
        inspected: What `inspect` gave for the project, where it was called already.

    Raises:
        ScaffoldError: The project is in no state for an update.
    """
    with plan_merges(inspected or inspect(plumbing.repository(project))) as work:
        work.add(work.merge(renders))
        return work.plan()


@contextmanager
def plan_merges(found: Inspected, *, as_on_disk: bool = False) -> Iterator[Planning]:
    """Start to plan what happens to a project.

    Args:
        found: The project.
        as_on_disk: Whether to take changes that are not committed for committed ones. Such a
            plan is one to look at.
    """
    index = {item.path: item for item in found.index}
    known = frozenset(item.id for item in found.index)
    with scratch(found.repo.objects, found.repo.algorithm, known) as store:
        yield Planning(found, store, _as_on_disk(found, index, store) if as_on_disk else index)


@dataclass
class Planning:
    """The merges of one or several blueprints, each into the result of the one before.

    Attributes:
        inspected: The project.
        store: Where objects are.
        index: What the project's index holds, or would hold.
        turns: The merges so far.
    """

    inspected: Inspected
    store: Store
    index: dict[str, Indexed]
    turns: list[Merged] = field(default_factory=list)

    def merge(self, renders: Renders) -> Merged:
        """Merge a blueprint; it counts once it is added."""
        store, repo, base = self.store, self.inspected.repo, renders.base
        old = {} if base is None else listing_of(base, store)
        new = listing_of(renders.theirs, store)
        old = {path: entry for path, entry in old.items() if not renders.left_out(path)}
        if base is None:
            self.index = _as_on_disk(self.inspected, new, store)
        ours, migrations, labels = self._result(), renders.migrations, renders.labels
        old.pop(renders.record, None)
        if renders.record in ours:  # only theirs changed the record
            old[renders.record] = ours[renders.record]
        self._leave_alone(old, ours, new, renders.skip)
        dropped = self._take_untracked(old, ours, new)
        name = repo.folder.name
        migrated = migrate.before(store, ours, migrations, name) if migrations else None
        sides = threeway.prepare(store, old, ours, new, migrated)
        style = self.inspected.settings.get("merge.conflictstyle", "merge")
        merged = threeway.merge(store, repo.folder, sides, labels, style)
        if migrations:
            merged = migrate.after(store, merged, ours, migrations, name)
        changes = (*merged, *_drop_untracked(repo, dropped, labels))
        return Merged(renders.record, changes, sides, labels)

    def add(self, merged: Merged) -> None:
        """Let a merge count: the next one is made into its result.

        Raises:
            ScaffoldError: It changes what an earlier one leaves in conflict.
        """
        several.refuse_conflicts(self.turns, merged)
        self.turns.append(merged)

    def plan(self) -> Plan:
        """The complete plan of all merges that count."""
        turns = {path: turn for turn in self.turns for path in turn.paths}
        changes = several.compose(self._committed(), self.turns, self._result())
        noted = [change for turn in self.turns for change in turn.changes]
        return _Planner(self.inspected, self.index, turns, self.store).plan(changes, noted)

    def split(self, plan: Plan) -> Iterator[Plan]:
        """The part of each merge in the plan, for people."""
        return several.split(plan, self.turns)

    def _committed(self) -> Listing:
        return {path: Entry(item.mode, item.id) for path, item in self.index.items()}

    def _result(self) -> Listing:
        """The project's files as the merges so far leave them."""
        listing = self._committed()
        for turn in self.turns:
            listing = migrate.result(listing, turn.changes)
        return listing

    def _leave_alone(
        self, base: Listing, ours: Listing, theirs: Listing, skip: Callable[[str], bool]
    ) -> None:
        """Make what is skipped equal on all sides if the project has it, new if it has not."""
        project, leaving = self.inspected.repo.folder, self.index.keys() - ours.keys()
        for path in filter(skip, list(base | theirs)):
            if path in ours:
                base[path] = theirs[path] = ours[path]
                continue
            base.pop(path, None)
            is_there = path not in leaving and os.path.lexists(project / path)
            if is_there or worktree.obstacles(project, path, leaving):
                theirs.pop(path, None)

    def _take_untracked(self, base: Listing, ours: Listing, theirs: Listing) -> Listing:
        """Take out of the base what the new version drops and the project has, but not in git."""
        project, known = self.inspected.repo.folder, self.index.keys() | ours.keys() | theirs.keys()
        gone = [path for path in base if path not in known]
        found = [p for p in gone if not worktree.is_in_other_repository(project, p)]
        return {p: base.pop(p) for p in found if worktree.look(project, p)}


def _as_on_disk(found: Inspected, names: Iterable[str], store: Store) -> dict[str, Indexed]:
    """The index, as if all files of some names were staged as they are on disk.

    What git ignores, or was told not to look at, or keeps in another form than the disk does,
    is left as the index has it.
    """
    index, repo = {item.path: item for item in found.index}, found.repo
    changed = plumbing.dirty(repo.folder, worktree.disarmed(found.settings))
    dirty = {path.removeprefix(repo.prefix) for path in changed}
    paths = [path for path in names if path in dirty or path not in index]
    hidden = plumbing.ignored(repo.folder, [path for path in paths if path not in index])
    attributes = plumbing.attributes(repo.folder, ("text", "eol", "filter"), paths)
    for path in paths:
        item, asked = index.get(path), attributes[path]
        is_filtered = asked.get("filter", "unspecified") not in {"unspecified", "unset"}
        if path in hidden or (item and (item.flag in SKIPPED | ASSUMED or is_filtered)):
            continue
        index.pop(path, None)
        if on_disk := worktree.look(repo.folder, path):
            data = on_disk.data
            if on_disk.mode != LINK:
                data = line_endings.to_git(data, asked, found.settings)
            index[path] = Indexed(path, on_disk.mode, store.write("blob", data), 0, "H")
    return index


def _drop_untracked(repo: Repository, dropped: Listing, labels: Labels) -> Iterator[Change]:
    """A file that git does not track goes with the blueprint's, unless it was edited."""
    for path, entry in dropped.items():
        found = worktree.look(repo.folder, path)
        if found and found.holds(entry, repo.algorithm):
            yield Change(path, Kind.deleted, reason="git does not track it")
        else:
            reason = f"{labels.theirs} deletes it; you edited it, git does not track it"
            yield Change(path, Kind.kept, reason=reason)


@dataclass(frozen=True)
class _Planner:
    """Turns what the merge says into what is done on disk and in the index."""

    inspected: Inspected
    index: dict[str, Indexed]
    turns: Mapping[str, Merged]
    store: Store

    def plan(self, merged: Iterable[Change], noted: Iterable[Change]) -> Plan:
        """The complete plan.

        Args:
            merged: What happens to each path.
            noted: Changes whose contents the plan has to hold, besides.
        """
        disk = self._look(merged)
        changes = [done for change in merged if (done := self._checked(change, disk))]
        blobs = self._read([*changes, *noted])
        written = [change.path for change in changes if change.written]
        attributes = plumbing.attributes(self.inspected.repo.folder, ("text", "eol"), written)
        changes = [
            self._stored(change, attributes.get(change.path, {}), blobs) for change in changes
        ]
        files, blocked = self._files(changes, disk, attributes, blobs)
        index = _index(changes)
        return Plan(
            self.inspected.repo,
            tuple(sorted([*changes, *blocked], key=lambda change: change.path)),
            files,
            index,
            self._flags(index, {file.path for file in files}),
            {name: blobs[name] for name in blobs if name not in self.known},
            self.inspected.digest,
            worktree.entries_digest(self.inspected.index),
            tuple(worktree.disarmed(self.inspected.settings)),
        )

    @cached_property
    def known(self) -> frozenset[str]:
        """Contents that the project's object store has."""
        return frozenset(item.id for item in self.inspected.index)

    def _look(self, changes: Iterable[Change]) -> dict[str, OnDisk | None]:
        """What is on disk where something happens."""
        paths = {path for change in changes for path in (change.path, change.old_path) if path}
        return {path: worktree.look(self.inspected.repo.folder, path) for path in paths}

    def _checked(self, change: Change, disk: Mapping[str, OnDisk | None]) -> Change | None:
        """The change, unless what is on disk is not what git holds."""
        path = change.old_path or change.path
        found, item = disk[path], self.index.get(path)
        if change.kind is Kind.kept_deleted:
            return self._kept_deleted(change, found)
        is_untouched = change.kind is Kind.kept and change.after is None
        if item is None or change.kind is Kind.in_the_way or is_untouched:
            return change
        if found and found.holds(Entry(item.mode, item.id), self.inspected.repo.algorithm):
            return change
        if item.flag in SKIPPED and found is None:
            shown = change.shown or change.before
            return replace(change, shown=shown) if change.stages else change
        if item.flag in SKIPPED | ASSUMED:
            flag = "skip-worktree" if item.flag in SKIPPED else "assume-unchanged"
            reason = f"it has edits that git does not see ({flag})"
            return Change(path, Kind.in_the_way, reason=reason)
        return self._filtered(change)

    def _kept_deleted(self, change: Change, found: OnDisk | None) -> Change | None:
        """A file that git does not have may still be on disk: rendered once, ignored since."""
        path, algorithm = change.path, self.inspected.repo.algorithm
        sides = self.turns[path].sides
        base, theirs = sides.base.get(path), sides.theirs.get(path)
        if found is None or base is None or theirs is None:
            return replace(change, stages={})
        if found.holds(theirs, algorithm):
            return None
        if found.holds(base, algorithm):
            return Change(path, Kind.updated, shown=theirs, reason="git does not track it")
        return self._in_the_way(path, change)

    def _in_the_way(self, path: str, change: Change) -> Change:
        theirs = self.turns[change.path].labels.theirs
        reason = f"git does not track it, and {theirs} has something else there"
        return Change(path, Kind.in_the_way, reason=reason)

    def _filtered(self, change: Change) -> Change:
        """A filter driver of the user keeps something on disk that git never saw."""
        if change.is_moved:
            return change
        reason = "a git filter keeps other content on disk than in git; yours is in place"
        if change.old_path:
            return Change(change.old_path, Kind.in_the_way, reason=reason)
        path = change.path
        sides = self.turns[path].sides
        listings = (sides.base, sides.project, sides.theirs)
        held = {n: side[path] for n, side in enumerate(listings, 1) if path in side}
        stages = change.stages or held
        return Change(path, Kind.conflict, before=change.before, stages=stages, reason=reason)

    def _read(self, changes: Iterable[Change]) -> dict[str, bytes]:
        """The contents that will be written, in one go."""
        names = {c.written.id for c in changes if c.written}
        names |= {entry.id for c in changes for entry in c.stages.values()}
        # What is on disk alone, so that a diff can be made of it.
        names |= {c.before.id for c in changes if c.before and c.before.id not in self.known}
        return plumbing.read_blobs(self.store.place, names)

    def _stored(
        self, change: Change, attributes: Mapping[str, str], blobs: dict[str, bytes]
    ) -> Change:
        """An added file as the project's own git would store it."""
        after = change.after
        if change.kind is not Kind.added or not after or after.mode == LINK:
            return change
        data = line_endings.to_git(blobs[after.id], attributes, self.inspected.settings)
        if data == blobs[after.id]:
            return change
        name = self.store.write("blob", data)
        blobs[name] = data
        return replace(change, after=Entry(after.mode, name))

    def _files(
        self,
        changes: Iterable[Change],
        disk: Mapping[str, OnDisk | None],
        attributes: Mapping[str, Mapping[str, str]],
        blobs: Mapping[str, bytes],
    ) -> tuple[tuple[FileChange, ...], list[Change]]:
        """What is done on disk, and what stands in the way of it."""
        leaving = _leaving(changes)
        removed = {p: found for p in leaving if (found := disk[p])}
        files = {p: FileChange(p, found.seen) for p, found in removed.items()}
        blocked: dict[str, Change] = {}
        for change in changes:
            content = self._content(change, disk, attributes.get(change.path, {}), blobs)
            found = disk[change.path]
            if content is None or content == found:
                continue
            is_known = change.kind is Kind.updated and change.before is None
            may_replace = change.path in self.index or is_known
            root = self.inspected.repo.folder
            stands = [] if may_replace else worktree.obstacles(root, change.path, leaving)
            blocked |= {path: self._in_the_way(path, change) for path in stands}
            seen = found.seen if found else None
            files[change.path] = FileChange(change.path, seen, content.mode, content.data)
        return tuple(files.values()), list(blocked.values())

    def _content(
        self,
        change: Change,
        disk: Mapping[str, OnDisk | None],
        attributes: Mapping[str, str],
        blobs: Mapping[str, bytes],
    ) -> OnDisk | None:
        """What the file will be on disk; None where the disk is left alone."""
        entry = change.written
        if entry is None or (not change.stages and self._is_sparse(change, disk)):
            return None
        moved = disk.get(change.old_path)
        if change.is_moved and moved:
            return moved
        data = blobs[entry.id]
        if entry.mode != LINK:
            data = line_endings.to_disk(data, attributes, self.inspected.settings)
        return OnDisk(entry.mode, data)

    def _is_sparse(self, change: Change, disk: Mapping[str, OnDisk | None]) -> bool:
        """Whether the project keeps this place in the index only."""
        path = change.old_path or change.path
        if item := self.index.get(path):
            return item.flag in SKIPPED and disk[path] is None
        return disk[change.path] is None and self._sparse_folder(path)

    def _sparse_folder(self, path: str) -> bool:
        if not any(item.flag in SKIPPED for item in self.index.values()):
            return False
        while "/" in path:
            path = path.rpartition("/")[0]
            inside = [i for p, i in self.index.items() if p.startswith(path + "/")]
            if inside:
                return all(item.flag in SKIPPED for item in inside)
        return False

    def _flags(self, index: Mapping[str, Stages], written: set[str]) -> dict[str, tuple[str, ...]]:
        """What the settled paths were marked with; new paths in a sparse folder are marked too."""
        settled = [path for path, stages in index.items() if 0 in stages]
        sparse = [p for p in settled if p not in self.index | dict.fromkeys(written)]
        flags = {
            option: tuple(p for p in settled if p in self.index and self.index[p].flag in letters)
            for option, letters in FLAGS.items()
        }
        hidden = tuple(p for p in sparse if self._sparse_folder(p))
        return flags | {"--skip-worktree": flags["--skip-worktree"] + hidden}


def _leaving(changes: Iterable[Change]) -> frozenset[str]:
    """The paths that the project will not have any more."""
    old = {change.old_path for change in changes if change.old_path}
    gone = {change.path for change in changes if change.kind is Kind.deleted}
    return frozenset(old | gone)


def _index(changes: Iterable[Change]) -> dict[str, Stages]:
    """What the index will hold of each path; nothing of what goes."""
    index: dict[str, Stages] = {c.old_path: {} for c in changes if c.old_path}
    for change in changes:
        if change.after:
            index[change.path] = {0: change.after}
        elif change.stages or (change.kind is Kind.deleted and change.before):
            index[change.path] = change.stages
    return index
