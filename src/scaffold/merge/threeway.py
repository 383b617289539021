"""Three-way merge of three listings: git merges them, and what git leaves open is settled here.

Deletions by the user are kept, small renames are followed, structured files are offered to
`structured`, and the markers of what stays in conflict say whose lines they hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, count
from pathlib import Path

from . import line_endings, plumbing, retyped
from .objects import LINK, PROGRAM, REGULAR, Entry, Listing, Store, blob_id
from .plan import Change, Kind, Labels, Stages
from .plumbing import Altered, MergedTree
from .renames import follow, in_moved_folder, small_renames
from .retyped import Retyped, Settling, noun

EMPTY = frozenset(blob_id(b"", algorithm) for algorithm in ("sha1", "sha256"))
MARKER = re.compile(rb"^([<|>]{4,}) ([0-9a-f]{4,64})(?=[:\r\n])", re.MULTILINE)


@dataclass(frozen=True)
class Sides:
    """What is merged.

    Attributes:
        base: The pristine old files, as far as they were renamed where both sides agree.
        ours: The project's files, likewise.
        theirs: The pristine new files, likewise.
        project: The project's files as they are.
        renames: Small files that theirs renamed, old path to new.
        retyped: What was taken out of the three, because it differs in type.
    """

    base: Listing
    ours: Listing
    theirs: Listing
    project: Listing
    renames: Mapping[str, str]
    retyped: Retyped

    def free(self, suffix: str) -> str:
        """A suffix for what is put beside something, that no name of the project holds."""
        names = "\n".join(self.project)
        numbered = chain([suffix], (f"{suffix}{number}" for number in count(2)))
        return next(name for name in numbered if name not in names)


def prepare(
    store: Store, base: Listing, project: Listing, theirs: Listing, migrated: Listing | None = None
) -> Sides:
    """Bring the three sides as close as they can be without touching a word.

    Args:
        store: Where objects are.
        base: The pristine old files.
        project: The project's files.
        theirs: The pristine new files.
        migrated: The project's files as migrations left them; ours where it is given.
    """

    def read(names: Iterable[str]) -> Mapping[str, bytes]:
        return plumbing.read_blobs(store.place, names)

    ours = dict(project if migrated is None else migrated)
    line_endings.align((base, theirs), ours, read, lambda data: store.write("blob", data))
    apart = retyped.take_out(base, ours, theirs)
    by_theirs = small_renames(base, theirs, ours, read)
    follow(by_theirs, base, ours)
    follow(small_renames(base, ours, theirs, read), base, theirs)
    return Sides(base, ours, theirs, project, by_theirs, apart)


def merge(
    store: Store, work_tree: Path, sides: Sides, labels: Labels, style: str = "merge"
) -> list[Change]:
    """Merge; returns what happens to each path, the disk not yet considered."""
    base = store.commit(store.tree(sides.base))
    ours = store.commit(store.tree(sides.ours), base)
    theirs = store.commit(store.tree(sides.theirs), base)
    merged = plumbing.merge_trees(store.place, work_tree, ours, theirs, style)
    visible = sides.retyped.visible(sides.project)
    altered = plumbing.tree_changes(store.place, store.tree(visible), merged.tree)
    names = dict(zip((base, ours, theirs), labels.markers, strict=True))
    found = _paired(_without_kept_deleted(altered, merged), sides.renames)
    stages = _in_place(merged.stages, found, "~" + ours)
    beside = {"~" + ours: sides.free("~yours"), "~" + theirs: sides.free("~theirs")}
    work = _Work(store, sides, labels, names, beside, replace(merged, stages=stages), found)
    settling = Settling(sides.retyped, sides.project, labels, sides.free("~theirs"))
    changes = settling.lay_back(work.changes())
    return sorted(changes, key=lambda change: (change.path, change.old_path))


def _without_kept_deleted(altered: Iterable[Altered], merged: MergedTree) -> Iterable[Altered]:
    """What changes, where git takes the new version's file for the new place of another."""
    for item in altered:
        is_kept_deleted = set(merged.stages.get(item.path, ())) == {1, 3}
        if item.status == "R" and is_kept_deleted:
            yield replace(item, status="D", path=item.old_path, mode="", id="")
        else:
            yield item


def _paired(altered: Iterable[Altered], renames: Mapping[str, str]) -> dict[str, Altered]:
    """By path; where we know of a rename, its two halves are one."""
    found = {item.path: item for item in altered}
    for old, new in {**_moved_empty(found), **renames}.items():
        gone, made = found.get(old), found.get(new)
        if gone and made and gone.status == "D" and made.status == "A":
            sides = {"old_mode": gone.old_mode, "old_id": gone.old_id}
            found[new] = replace(made, status="R", old_path=old, **sides)
            del found[old]
    return found


def _moved_empty(found: Mapping[str, Altered]) -> dict[str, str]:
    """Empty files in a folder that moved, old path to new; git sees no rename of such a file."""
    gone = {item.old_path for item in found.values() if item.status in "DR"}
    new = {path for path, item in found.items() if item.status in "AR"}
    empty = [p for p, i in found.items() if i.status == "D" and i.old_id in EMPTY]
    moved = {path: in_moved_folder(path, gone, new) for path in empty}
    return {old: to for old, to in moved.items() if to and found[to].id in EMPTY}


def _in_place(
    stages: Mapping[str, Mapping[int, tuple[str, str]]], altered: dict[str, Altered], suffix: str
) -> dict[str, Mapping[int, tuple[str, str]]]:
    """Where git puts a file of ours beside a file of theirs, leave ours where it is."""
    found = dict(stages)
    for path in [path for path in stages if path.endswith(suffix)]:
        plain = path.removesuffix(suffix)
        if set(stages.get(plain, ())) == {3}:
            found[plain] = {**found.pop(path), **stages[plain]}
        elif _is_free(plain, stages, altered):
            del found[path]
        else:
            continue
        altered.pop(path, None)
        altered.pop(plain, None)
    return found


def _is_free(
    folder: str, stages: Mapping[str, Mapping[int, tuple[str, str]]], altered: Mapping[str, Altered]
) -> bool:
    """Whether nothing comes into a folder but files that the project has deleted."""
    inside = folder + "/"
    written = {p for p, item in altered.items() if item.status != "D" and p not in stages}
    written |= {p for p, numbers in stages.items() if set(numbers) != {1, 3}}
    return not any(path.startswith(inside) for path in written)


@dataclass(frozen=True)
class _Work:
    store: Store
    sides: Sides
    labels: Labels
    names: Mapping[str, str]
    beside: Mapping[str, str]
    merged: MergedTree
    altered: dict[str, Altered]

    def changes(self) -> Iterable[Change]:
        contents = self._contents()
        for path, stages in self.merged.stages.items():
            entries = {number: Entry(*entry) for number, entry in stages.items()}
            yield self._in_conflict(path, entries, contents)
        for item in self.altered.values():
            if item.path not in self.merged.stages:
                yield self._settled(item)

    def _contents(self) -> Mapping[str, bytes]:
        """All that conflicts are about, read in one go."""
        stages = self.merged.stages
        wanted = {entry for entries in stages.values() for entry in entries.values()}
        wanted |= {(i.mode, i.id) for i in self.altered.values() if i.path in stages and i.id}
        return plumbing.read_blobs(self.store.place, [name for _, name in wanted])

    def _settled(self, item: Altered) -> Change:
        before = Entry(item.old_mode, item.old_id) if item.old_id else None
        after = Entry(item.mode, item.id) if item.id else None
        old = item.old_path if item.status == "R" else ""
        return Change(item.path, self._kind(item, before), old, before, after)

    def _kind(self, item: Altered, before: Entry | None) -> Kind:
        kinds = {"A": Kind.added, "D": Kind.deleted, "R": Kind.renamed}
        untouched = before in self._pristine
        return kinds.get(item.status, Kind.updated if untouched else Kind.merged)

    @cached_property
    def _pristine(self) -> frozenset[Entry]:
        return frozenset(self.sides.base.values())

    def _in_conflict(self, path: str, stages: Stages, contents: Mapping[str, bytes]) -> Change:
        item = self.altered.get(path)
        old = self._origin(path, stages)
        before = self.sides.project.get(old or path)
        if set(stages) == {1, 3}:
            return self._kept_deleted(path, stages)
        if self._is_renamed_by_user(path, stages):
            reason = f"you renamed {self.merged.origins[path]}, {self.labels.theirs} deletes it"
            return Change(path, Kind.kept, before=before, reason=reason)
        change = Change(self._plain(path), Kind.conflict, old, before, stages=stages)
        if set(stages) == {2, 3} and stages[2].id == stages[3].id and stages[2].mode in REGULAR:
            reason = _mode_reason(stages, self.labels)
            return replace(change, kind=Kind.kept, after=stages[2], stages={}, reason=reason)
        if settled := self._by_structure(path, stages, contents):
            change = replace(change, reason=_mode_reason(stages, self.labels))
            return replace(change, kind=Kind.merged_by_structure, after=settled, stages={})
        shown = Entry(item.mode, item.id) if item and item.id else None
        if shown and shown.mode in REGULAR:
            shown = Entry(shown.mode, self._labelled(contents[shown.id]))
        reason = self._reason(path, stages)
        return replace(change, shown=shown if shown != before or old else None, reason=reason)

    def _origin(self, path: str, stages: Stages) -> str:
        """Where the project has the file that the merge moved to this path."""
        if path in self.sides.project or 2 not in stages:
            return ""
        item = self.altered.get(path)
        if item and item.status == "R":
            return item.old_path
        gone = [p for p, i in self.altered.items() if i.status == "D" and i.old_id == stages[2].id]
        if gone:
            del self.altered[gone[0]]
        return gone[0] if gone else ""

    def _kept_deleted(self, path: str, stages: Stages) -> Change:
        plain = self._plain(path, beside=False)
        old = self.merged.origins.get(path, plain)
        does = "changes it" if old == plain else f"renames it to {plain}"
        reason = f"you deleted it, {self.labels.theirs} {does}"
        return Change(old, Kind.kept_deleted, stages=stages, reason=reason)

    def _is_renamed_by_user(self, path: str, stages: Stages) -> bool:
        is_theirs_gone = set(stages) == {1, 2} and path in self.merged.origins
        return is_theirs_gone and path in self.sides.project

    def _plain(self, path: str, beside: bool = True) -> str:
        """A path without the commit that git adds where a file and a folder share a name."""
        for suffix, name in self.beside.items():
            path = path.replace(suffix, name if beside else "")
        return path

    def _by_structure(
        self, path: str, stages: Stages, contents: Mapping[str, bytes]
    ) -> Entry | None:
        if not {2, 3} <= set(stages) or any(e.mode not in REGULAR for e in stages.values()):
            return None
        try:
            texts = {number: contents[e.id].decode("utf-8") for number, e in stages.items()}
        except UnicodeDecodeError:
            return None
        from .structured.formats import merge_structured

        text = merge_structured(path, texts.get(1), texts[2], texts[3])
        if text is None:
            return None
        unchanged = 1 in stages and stages[1].mode == stages[2].mode
        mode = stages[3].mode if unchanged else stages[2].mode
        return Entry(mode, self.store.write("blob", text.encode("utf-8")))

    def _labelled(self, data: bytes) -> str:
        """Say in the markers whose lines they hold; returns the new content's id."""

        def name(match: re.Match[bytes]) -> bytes:
            found = match[2].decode()
            label = next((n for c, n in self.names.items() if c.startswith(found)), found)
            return match[1] + b" " + "".join(filter(str.isprintable, label)).encode()

        return self.store.write("blob", MARKER.sub(name, data))

    def _reason(self, path: str, stages: Stages) -> str:
        kinds = " ".join(self.merged.kinds.get(path, ()))
        if "file/directory" in kinds and 2 in stages:
            return self.labels.differ(noun(stages[2]), "a folder")
        if "file/directory" in kinds:
            return self.labels.differ("a folder", noun(stages[3]))
        if len(stages) == 1:
            return f"you and {self.labels.theirs} renamed it differently"
        if set(stages) == {1, 2}:
            return f"{self.labels.theirs} deletes it, you changed it; yours is kept"
        return self._changed_by_both(stages, is_binary="binary" in kinds)

    def _changed_by_both(self, stages: Stages, is_binary: bool) -> str:
        if is_binary or stages[2].mode == LINK:
            return "both sides changed it and it has no lines; yours is in place"
        if 1 in stages and stages[1].mode == LINK:
            return "both sides have a file in place of the link"
        return "both sides changed the same lines" if 1 in stages else "both sides added it"


def _mode_reason(stages: Stages, labels: Labels) -> str:
    """What to say of a file that both sides made, executable on one of them: ours decides."""
    if 1 in stages or stages[2].mode == stages[3].mode:
        return ""
    one, other = (labels.theirs, "yours") if stages[3].mode == PROGRAM else ("yours", labels.theirs)
    return f"{one} is executable, {other} is not; it stays as yours"
