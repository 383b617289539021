"""Three-way merge of listings: git merges them, and this module resolves the rest.

Deletions by the user are kept, small renames are followed, structured files are merged by
`structured`, and the markers of a conflict name the sides of the lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, count
from pathlib import Path

from . import git_commands, line_endings, type_changes
from .git_commands import Listing, MergedTree, Stages, TreeDifference, TreeEntry
from .object_store import LINK, PROGRAM, REGULAR, ObjectStore, hash_blob
from .plan import Change, ChangeKind, SideLabels
from .renames import apply_renames, find_in_moved_folder, find_small_renames
from .type_changes import TypeChangeResolver, TypeChanges, name_type

EMPTY = frozenset(hash_blob(b"", algorithm) for algorithm in ("sha1", "sha256"))
MARKER = re.compile(rb"^([<|>]{4,}) ([0-9a-f]{4,64})(?=[:\r\n])", re.MULTILINE)


@dataclass(frozen=True)
class Sides:
    """The three sides of a merge.

    Attributes:
        base: The pristine old files, as far as they were renamed where both sides agree.
        ours: The project's files, likewise.
        theirs: The pristine new files, likewise.
        project: The project's files as they are.
        renames: Small files that theirs renamed, old path to new.
        type_changes: The paths taken out of the three, because they differ in type.
    """

    base: Listing
    ours: Listing
    theirs: Listing
    project: Listing
    renames: Mapping[str, str]
    type_changes: TypeChanges

    def find_free_suffix(self, suffix: str) -> str:
        """Find a suffix that no name of the project holds, for a file put beside another."""
        names = "\n".join(self.project)
        numbered = chain([suffix], (f"{suffix}{number}" for number in count(2)))
        return next(name for name in numbered if name not in names)


def prepare_sides(
    store: ObjectStore,
    base: Listing,
    project: Listing,
    theirs: Listing,
    migrated: Listing | None,
) -> Sides:
    """Prepare the three sides: equal line endings, renames and types, no text changed.

    Ours is the project's files, or ``migrated``, as migrations left them.
    """
    ours = dict(project if migrated is None else migrated)
    line_endings.align_line_endings((base, theirs), ours, store)
    apart = type_changes.take_out_type_changes(base, ours, theirs)
    by_theirs = find_small_renames(base, theirs, ours, store.read)
    apply_renames(by_theirs, base, ours)
    apply_renames(find_small_renames(base, ours, theirs, store.read), base, theirs)
    return Sides(base, ours, theirs, project, by_theirs, apart)


def merge_sides(
    store: ObjectStore, work_tree: Path, sides: Sides, labels: SideLabels, style: str
) -> list[Change]:
    """Merge three sides; returns the change of each path, before a look at the disk."""
    base = store.write_commit(store.write_tree(sides.base))
    ours = store.write_commit(store.write_tree(sides.ours), base)
    theirs = store.write_commit(store.write_tree(sides.theirs), base)
    merged = git_commands.merge_trees(store.git_dir, work_tree, ours, theirs, style)
    visible = sides.type_changes.select_visible(sides.project)
    altered = git_commands.compare_trees(store.git_dir, store.write_tree(visible), merged.tree)
    names = dict(zip((base, ours, theirs), labels.markers, strict=True))
    found = _pair_renames(_split_kept_deleted(altered, merged), sides.renames)
    missed = _find_missed_conflicts(store, sides, merged, found.values(), ours)
    stages = _keep_in_place({**merged.stages, **missed}, found, "~" + ours)
    suffix = sides.find_free_suffix("~theirs")
    beside = {"~" + ours: sides.find_free_suffix("~yours"), "~" + theirs: suffix}
    merged = replace(merged, stages=stages)
    builder = _ChangeBuilder(store, sides, labels, names, beside, merged, found, ours)
    resolver = TypeChangeResolver(sides.type_changes, sides.project, labels, suffix)
    changes = resolver.put_back(builder.build_changes())
    return sorted(changes, key=lambda change: (change.path, change.old_path))


def _split_kept_deleted(
    altered: Iterable[TreeDifference], merged: MergedTree
) -> Iterable[TreeDifference]:
    """Split a rename into its deletion where its new path is a file that the user deleted."""
    for item in altered:
        is_kept_deleted = set(merged.stages.get(item.path, ())) == {1, 3}
        if item.status == "R" and is_kept_deleted:
            yield replace(item, status="D", path=item.old_path, after=None)
        else:
            yield item


def _pair_renames(
    altered: Iterable[TreeDifference], renames: Mapping[str, str]
) -> dict[str, TreeDifference]:
    """Pair the two halves of known renames; returns the differences by path."""
    found = {item.path: item for item in altered}
    for old, new in {**_find_moved_empty(found), **renames}.items():
        gone, made = found.get(old), found.get(new)
        if gone and made and gone.status == "D" and made.status == "A":
            found[new] = replace(made, status="R", old_path=old, before=gone.before)
            del found[old]
    return found


def _find_moved_empty(found: Mapping[str, TreeDifference]) -> dict[str, str]:
    """Find empty files in a moved folder, old path to new; git finds no such renames."""
    gone = {item.old_path for item in found.values() if item.status in "DR"}
    new = {path for path, item in found.items() if item.status in "AR"}
    empty = [p for p, i in found.items() if i.status == "D" and _is_empty(i.before)]
    moved = {path: find_in_moved_folder(path, gone, new) for path in empty}
    return {old: to for old, to in moved.items() if to and _is_empty(found[to].after)}


def _is_empty(entry: TreeEntry | None) -> bool:
    return entry is not None and entry.id in EMPTY


def _find_missed_conflicts(
    store: ObjectStore,
    sides: Sides,
    merged: MergedTree,
    altered: Iterable[TreeDifference],
    ours: str,
) -> dict[str, Stages]:
    """Find conflicts that git reports as merged, of a renamed and an empty file at one path.

    git merges the renamed file first, then takes its text, markers included, for a change of the
    empty file.
    """
    found: dict[str, Stages] = {}
    for item in altered:
        both = [side.get(item.path) for side in (sides.ours, sides.theirs)]
        added = {entry.id for entry in both if entry and item.path not in sides.base}
        if item.after and item.path not in merged.stages and len(added) == 2 and added & EMPTY:
            name = item.after.id
            if _is_inner_conflict(store.read([name])[name], ours):
                found[item.path] = {n: entry for n, entry in enumerate(both, 2) if entry}
    return found


def _is_inner_conflict(text: bytes, ours: str) -> bool:
    """Tell whether git put the conflict of a rename into a file that both sides added."""
    return b"<<<<<<<< " + ours.encode() in text


def _keep_in_place(
    stages: Mapping[str, Stages],
    altered: dict[str, TreeDifference],
    suffix: str,
) -> dict[str, Stages]:
    """Keep a file of ours in its place where git puts it beside a file of theirs."""
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
    folder: str, stages: Mapping[str, Stages], altered: Mapping[str, TreeDifference]
) -> bool:
    """Tell whether only files that the project deleted come into a folder."""
    inside = folder + "/"
    written = {p for p, item in altered.items() if item.status != "D" and p not in stages}
    written |= {p for p, numbers in stages.items() if set(numbers) != {1, 3}}
    return not any(path.startswith(inside) for path in written)


@dataclass(frozen=True)
class _ChangeBuilder:
    store: ObjectStore
    sides: Sides
    labels: SideLabels
    names: Mapping[str, str]
    beside: Mapping[str, str]
    merged: MergedTree
    altered: dict[str, TreeDifference]
    ours: str

    def build_changes(self) -> Iterable[Change]:
        contents = self._read_contents()
        for path, stages in self.merged.stages.items():
            yield self._make_conflict(path, stages, contents)
        for item in self.altered.values():
            if item.path not in self.merged.stages:
                yield self._make_settled(item)

    def _read_contents(self) -> Mapping[str, bytes]:
        """Read the contents of all conflicts at once."""
        stages = self.merged.stages
        names = {entry.id for entries in stages.values() for entry in entries.values()}
        names |= {i.after.id for i in self.altered.values() if i.path in stages and i.after}
        return self.store.read(names)

    def _make_settled(self, item: TreeDifference) -> Change:
        kinds = {"A": ChangeKind.added, "D": ChangeKind.deleted, "R": ChangeKind.renamed}
        untouched = item.before in self._pristine
        kind = kinds.get(item.status, ChangeKind.updated if untouched else ChangeKind.merged)
        old = item.old_path if item.status == "R" else ""
        return Change(item.path, kind, old, item.before, item.after)

    @cached_property
    def _pristine(self) -> frozenset[TreeEntry]:
        return frozenset(self.sides.base.values())

    def _make_conflict(self, path: str, stages: Stages, contents: Mapping[str, bytes]) -> Change:
        item = self.altered.get(path)
        entry = item.after if item else None
        old = self._take_origin(path, stages)
        before = self.sides.project.get(old or path)
        if set(stages) == {1, 3}:
            return self._make_kept_deleted(path, stages)
        if self._is_renamed_by_user(path, stages):
            reason = f"you renamed {self.merged.origins[path]}, {self.labels.theirs} deletes it"
            return Change(path, ChangeKind.kept, before=before, reason=reason)
        change = Change(self._clean_path(path), ChangeKind.conflict, old, before, stages=stages)
        if set(stages) == {2, 3} and stages[2].id == stages[3].id and stages[2].mode in REGULAR:
            reason = _explain_mode(stages, self.labels)
            return replace(change, kind=ChangeKind.kept, after=stages[2], stages={}, reason=reason)
        ids = {entry.id for entry in stages.values()} | ({entry.id} if entry else set())
        is_inner = any(_is_inner_conflict(contents[name], self.ours) for name in ids)
        if not is_inner and (settled := self._merge_by_structure(path, stages, contents)):
            change = replace(change, reason=_explain_mode(stages, self.labels))
            return replace(change, kind=ChangeKind.merged_by_structure, after=settled, stages={})
        if entry and entry.mode in REGULAR:
            entry = TreeEntry(entry.mode, self._write_labels(contents[entry.id]))
        conflict_entry = entry if entry != before or old else None
        return replace(change, conflict_entry=conflict_entry, reason=self._explain(path, stages))

    def _take_origin(self, path: str, stages: Stages) -> str:
        """Find the project's path of a file that the merge moved, and take it out of the rest."""
        if path in self.sides.project or 2 not in stages:
            return ""
        item = self.altered.get(path)
        if item and item.status == "R":
            return item.old_path
        for old, gone in self.altered.items():
            if gone.status == "D" and gone.before and gone.before.id == stages[2].id:
                del self.altered[old]
                return old
        return ""

    def _make_kept_deleted(self, path: str, stages: Stages) -> Change:
        plain = self._clean_path(path, beside=False)
        old = self.merged.origins.get(path, plain)
        does = "changes it" if old == plain else f"renames it to {plain}"
        reason = f"you deleted it, {self.labels.theirs} {does}"
        return Change(old, ChangeKind.kept_deleted, stages=stages, reason=reason)

    def _is_renamed_by_user(self, path: str, stages: Stages) -> bool:
        is_theirs_gone = set(stages) == {1, 2} and path in self.merged.origins
        return is_theirs_gone and path in self.sides.project

    def _clean_path(self, path: str, beside: bool = True) -> str:
        """Remove the commit that git adds to a path where a file and a folder share a name."""
        for suffix, name in self.beside.items():
            path = path.replace(suffix, name if beside else "")
        return path

    def _merge_by_structure(
        self, path: str, stages: Stages, contents: Mapping[str, bytes]
    ) -> TreeEntry | None:
        if not {2, 3} <= set(stages) or any(e.mode not in REGULAR for e in stages.values()):
            return None
        try:
            texts = {number: contents[e.id].decode("utf-8") for number, e in stages.items()}
        except UnicodeDecodeError:
            return None
        from .structured.merge import merge_structured

        text = merge_structured(path, texts.get(1), texts[2], texts[3])
        if text is None:
            return None
        unchanged = 1 in stages and stages[1].mode == stages[2].mode
        mode = stages[3].mode if unchanged else stages[2].mode
        return TreeEntry(mode, self.store.write("blob", text.encode("utf-8")))

    def _write_labels(self, data: bytes) -> str:
        """Write the sides' names into the markers; returns the new content's id."""

        def name(match: re.Match[bytes]) -> bytes:
            found = match[2].decode()
            label = next((n for c, n in self.names.items() if c.startswith(found)), found)
            return match[1] + b" " + "".join(filter(str.isprintable, label)).encode()

        return self.store.write("blob", MARKER.sub(name, data))

    def _explain(self, path: str, stages: Stages) -> str:
        kinds = " ".join(self.merged.kinds.get(path, ()))
        if "file/directory" in kinds and 2 in stages:
            return self.labels.explain_difference(name_type(stages[2]), "a folder")
        if "file/directory" in kinds:
            return self.labels.explain_difference("a folder", name_type(stages[3]))
        if len(stages) == 1:
            return f"you and {self.labels.theirs} renamed it differently"
        if set(stages) == {1, 2}:
            return f"{self.labels.theirs} deletes it, you changed it; your version is kept"
        return self._explain_both_changed(stages, is_binary="binary" in kinds)

    def _explain_both_changed(self, stages: Stages, is_binary: bool) -> str:
        if is_binary or stages[2].mode == LINK:
            return "both sides changed it and it is not text; your version is kept"
        if 1 in stages and stages[1].mode == LINK:
            return "both sides have a file in place of the link"
        return "both sides changed the same lines" if 1 in stages else "both sides added it"


def _explain_mode(stages: Stages, labels: SideLabels) -> str:
    """Explain a file that both sides made and one made executable; ours decides."""
    if 1 in stages or stages[2].mode == stages[3].mode:
        return ""
    one, other = (labels.theirs, "yours") if stages[3].mode == PROGRAM else ("yours", labels.theirs)
    return f"{one} is executable, {other} is not; your mode is kept"
