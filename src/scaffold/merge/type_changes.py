"""Paths that have another type on each side: a file, a link, a folder, a submodule.

git would move one of the two aside, or miss a file that moved and left a link in its place. So such
paths are taken out of the sides before git merges them, and are resolved here afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from .git_commands import Listing, Stages, TreeEntry
from .object_store import LINK, REGULAR, SUBMODULE, list_parents
from .plan import Change, ChangeKind, SideLabels


@dataclass(frozen=True)
class TypeChanges:
    """The paths that were taken out of the sides.

    Attributes:
        links: Paths where a side has a link in place of the base's file, which may have moved, with
            the entries of the three sides.
        ours: Those of ``links`` whose link is the project's.
        theirs: Those of ``links`` whose link is the new version's.
        clashes: Paths that differ in type and are in conflict.
        submodules: The project's submodules.
        replaced: Files of the base in whose place the project has another type, and the new
            version a folder.
    """

    links: Mapping[str, Stages]
    ours: frozenset[str]
    theirs: frozenset[str]
    clashes: Mapping[str, Stages]
    submodules: frozenset[str]
    replaced: Mapping[str, TreeEntry]

    def select_visible(self, project: Listing) -> Listing:
        """Select the project's files without those that were taken out."""
        hidden = self.ours | self.clashes.keys() | self.submodules
        return {path: entry for path, entry in project.items() if path not in hidden}


def take_out_type_changes(base: Listing, ours: Listing, theirs: Listing) -> TypeChanges:
    """Take paths that differ in type out of the listings, so that git merges the rest."""
    submodules = frozenset(path for path in ours if ours[path].mode == SUBMODULE)
    for path in submodules:
        del ours[path]
    found = {p: _list_stages(p, base, ours, theirs) for p in ours.keys() & theirs.keys()}
    both = {p: s for p, s in found.items() if s.get(1) not in {s[2], s[3]}}
    links = {p: s for p, s in both.items() if _is_file(s.get(1)) and LINK in {s[2].mode, s[3].mode}}
    by_ours = frozenset(p for p, s in links.items() if s[2].mode == LINK)
    by_theirs = frozenset(p for p, s in links.items() if s[3].mode == LINK)
    clashes = {p: s for p, s in both.items() if p not in links and _is_file(s[2]) != _is_file(s[3])}
    for side, paths in ((ours, by_ours), (theirs, by_theirs)):
        for path in paths:
            del side[path]
    for path in clashes:
        del ours[path], theirs[path]
        base.pop(path, None)
    folders = {folder for path in theirs for folder in list_parents(path)}
    became = ours.keys() & base.keys() & folders
    others = [path for path in became if _is_file(ours[path]) != _is_file(base[path])]
    replaced = {path: base.pop(path) for path in others}
    return TypeChanges(links, by_ours, by_theirs, clashes, submodules, replaced)


def _is_file(entry: TreeEntry | None) -> bool:
    return entry is not None and entry.mode in REGULAR


def _list_stages(path: str, *sides: Listing) -> Stages:
    return {number: side[path] for number, side in enumerate(sides, 1) if path in side}


@dataclass(frozen=True)
class TypeChangeResolver:
    """A resolver of the paths that were taken out, after git merged the rest.

    ``suffix`` ends the names of files that are put beside a submodule.
    """

    type_changes: TypeChanges
    project: Listing
    labels: SideLabels
    suffix: str

    def put_back(self, changes: Iterable[Change]) -> list[Change]:
        """Put the changes of these paths to those of git's merge."""
        found = {change.path: change for change in changes}
        for path, stages in self.type_changes.clashes.items():
            found[path] = self._make_conflict(path, stages)
        for path, stages in self.type_changes.links.items():
            settled = self._resolve_link(path, stages, found.pop(path, None))
            found |= {change.path: change for change in settled}
        for path, change in found.items():
            entry = self.type_changes.replaced.get(change.old_path)
            if entry and change.kind is ChangeKind.conflict:
                found[path] = replace(change, stages={1: entry, **change.stages})
        return list(map(self._move_beside_submodule, found.values()))

    def _resolve_link(self, path: str, stages: Stages, change: Change | None) -> Iterable[Change]:
        """Resolve a link in place of a file: a conflict, unless the file moved."""
        by_both = path in self.type_changes.ours & self.type_changes.theirs
        if stages[2] != stages[3] and (by_both or (change and change.stages)):
            yield self._make_conflict(path, stages)
            return
        link = stages[2 if path in self.type_changes.ours else 3]
        before = self.project.get(path)
        if link != before:
            yield Change(path, ChangeKind.updated, before=before, after=link)

    def _make_conflict(self, path: str, stages: Stages) -> Change:
        """Make a conflict with both sides in the index, and the project's own entry on disk."""
        ours, theirs = name_type(stages[2]), name_type(stages[3])
        reason = self.labels.explain_difference(ours, theirs) + "; your version is kept"
        if ours == theirs:
            reason = "both sides changed it and it is not text; your version is kept"
        before = self.project.get(path)
        change = Change(path, ChangeKind.conflict, before=before, stages=stages, reason=reason)
        return replace(change, conflict_entry=stages[2] if stages[2] != before else None)

    def _move_beside_submodule(self, change: Change) -> Change:
        """Move a file beside a submodule if it would be written into it or in its place."""
        entry, path = change.disk_entry, change.path
        inner = next((s for s in self.type_changes.submodules if _is_collision(s, path)), "")
        if not entry or not inner:
            return change
        shorter = min(inner, path, key=len)
        beside = shorter + self.suffix + path.removeprefix(shorter)
        reason = f"you have the submodule {inner} where {self.labels.theirs} has files"
        moved = replace(change, path=beside, kind=ChangeKind.conflict, after=None, reason=reason)
        return replace(moved, stages=change.stages or {3: entry}, conflict_entry=entry)


def _is_collision(one: str, other: str) -> bool:
    return one == other or one.startswith(other + "/") or other.startswith(one + "/")


def name_type(entry: TreeEntry) -> str:
    """Name the type of an entry."""
    return "a link" if entry.mode == LINK else "a file"
