"""Places that hold something of another type on each side: a file, a link, a folder, a submodule.

git would move one of the two aside, or lose sight of a file that moved on and left a link behind.
So such places are taken out of the sides before git merges them, and settled here afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from .objects import LINK, REGULAR, SUBMODULE, Entry, Listing
from .plan import Change, Kind, Labels, Stages


@dataclass(frozen=True)
class Retyped:
    """What was taken out of the sides.

    Attributes:
        left: Where a side has a link in place of the base's file, which may have moved on; all
            that the three sides have there.
        ours: Those of ``left`` whose link is the project's.
        theirs: Those of ``left`` whose link is the new version's.
        clashes: Places that differ in type and are in conflict.
        submodules: The project's submodules.
        replaced: Files of the base in whose place the project has another type, and the new
            version a folder.
    """

    left: Mapping[str, Stages]
    ours: frozenset[str]
    theirs: frozenset[str]
    clashes: Mapping[str, Stages]
    submodules: frozenset[str]
    replaced: Mapping[str, Entry]

    def visible(self, project: Listing) -> Listing:
        """The project's files without those that were taken out."""
        hidden = self.ours | self.clashes.keys() | self.submodules
        return {path: entry for path, entry in project.items() if path not in hidden}


def take_out(base: Listing, ours: Listing, theirs: Listing) -> Retyped:
    """Take what differs in type out of the listings, so that git merges the rest."""
    submodules = frozenset(path for path in ours if ours[path].mode == SUBMODULE)
    for path in submodules:
        del ours[path]
    found = {p: _stages(p, base, ours, theirs) for p in ours.keys() & theirs.keys()}
    both = {p: s for p, s in found.items() if s.get(1) not in {s[2], s[3]}}
    left = {p: s for p, s in both.items() if _is_file(s.get(1)) and LINK in {s[2].mode, s[3].mode}}
    by_ours = frozenset(p for p, s in left.items() if s[2].mode == LINK)
    by_theirs = frozenset(p for p, s in left.items() if s[3].mode == LINK)
    clashes = {p: s for p, s in both.items() if p not in left and _is_file(s[2]) != _is_file(s[3])}
    for side, paths in ((ours, by_ours), (theirs, by_theirs)):
        for path in paths:
            del side[path]
    for path in clashes:
        del ours[path], theirs[path]
        base.pop(path, None)
    folders = {p[:end] for p in theirs for end in range(len(p)) if p[end] == "/"}
    became = ours.keys() & base.keys() & folders
    others = [path for path in became if _is_file(ours[path]) != _is_file(base[path])]
    replaced = {path: base.pop(path) for path in others}
    return Retyped(left, by_ours, by_theirs, clashes, submodules, replaced)


def _is_file(entry: Entry | None) -> bool:
    return entry is not None and entry.mode in REGULAR


def _stages(path: str, *sides: Listing) -> Stages:
    return {number: side[path] for number, side in enumerate(sides, 1) if path in side}


@dataclass(frozen=True)
class Settling:
    """Settle what was taken out, together with what git made of the rest.

    Attributes:
        retyped: What was taken out.
        project: The project's files as they are.
        labels: How the sides are called.
        suffix: What names get that are put beside a submodule.
    """

    retyped: Retyped
    project: Listing
    labels: Labels
    suffix: str

    def lay_back(self, changes: Iterable[Change]) -> list[Change]:
        """All changes, out of those that git's merge came to."""
        found = {change.path: change for change in changes}
        for path, stages in self.retyped.clashes.items():
            found[path] = self._conflict(path, stages)
        for path, stages in self.retyped.left.items():
            settled = self._settled(path, stages, found.pop(path, None))
            found |= {change.path: change for change in settled}
        for path, change in found.items():
            entry = self.retyped.replaced.get(change.old_path)
            if entry and change.kind is Kind.conflict:
                found[path] = replace(change, stages={1: entry, **change.stages})
        return list(map(self._beside_submodule, found.values()))

    def _settled(self, path: str, stages: Stages, change: Change | None) -> Iterable[Change]:
        """A link in place of a file: a conflict, unless the file moved on and left it behind."""
        by_both = path in self.retyped.ours & self.retyped.theirs
        if stages[2] != stages[3] and (by_both or (change and change.stages)):
            yield self._conflict(path, stages)
            return
        link = stages[2 if path in self.retyped.ours else 3]
        before = self.project.get(path)
        if link != before:
            yield Change(path, Kind.updated, before=before, after=link)

    def _conflict(self, path: str, stages: Stages) -> Change:
        """Both sides in the index, and on disk what the project has."""
        ours, theirs = noun(stages[2]), noun(stages[3])
        reason = self.labels.differ(ours, theirs) + "; yours is in place"
        if ours == theirs:
            reason = "both sides changed it and it has no lines; yours is in place"
        before = self.project.get(path)
        shown = stages[2] if stages[2] != before else None
        return Change(path, Kind.conflict, before=before, stages=stages, shown=shown, reason=reason)

    def _beside_submodule(self, change: Change) -> Change:
        """What would be written into a submodule, or in its place, is put beside it."""
        entry, path = change.written, change.path
        inner = next((s for s in self.retyped.submodules if _collide(s, path)), "")
        if not entry or not inner:
            return change
        shorter = min(inner, path, key=len)
        beside = shorter + self.suffix + path.removeprefix(shorter)
        reason = f"you have the submodule {inner} where {self.labels.theirs} has files"
        moved = replace(change, path=beside, kind=Kind.conflict, after=None, reason=reason)
        return replace(moved, stages=change.stages or {3: entry}, shown=entry)


def _collide(one: str, other: str) -> bool:
    return one == other or one.startswith(other + "/") or other.startswith(one + "/")


def noun(entry: Entry) -> str:
    """The word for what an entry is."""
    return "a link" if entry.mode == LINK else "a file"
