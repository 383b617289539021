"""Migrations of a blueprint: code that changes the project's files, run on copies of them.

One function runs before the merge and changes ours; one runs after it and changes the result. Both
work in a scratch copy of the project's tracked files, so a failure leaves the project as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ..host import make_temporary_folder
from .git_commands import Listing, TreeEntry
from .object_store import LINK, PROGRAM, SUBMODULE, ObjectStore, read_folder
from .plan import Change, ChangeKind

MIGRATION_REASON = "by a migration of the blueprint"


@dataclass(frozen=True)
class Migrations:
    """The functions that run in a copy of the project, before the merge and of its result."""

    before: Callable[[Path], None]
    after: Callable[[Path], None]


def migrate_after(
    store: ObjectStore,
    changes: Iterable[Change],
    project: Listing,
    migrations: Migrations,
    name: str,
) -> list[Change]:
    """Run the migrations after a merge; returns the changes of both."""
    by_path = {change.path: change for change in changes}
    merged = apply_changes(project, by_path.values())
    now = run_migrations(store, merged, migrations.after, name)
    for path in sorted(merged.keys() | now.keys()):
        if merged.get(path) != now.get(path):
            made = _make_change(path, by_path.pop(path, None), project.get(path), now.get(path))
            if made:
                by_path[path] = made
    return sorted(by_path.values(), key=lambda change: (change.path, change.old_path))


def apply_changes(project: Listing, changes: Iterable[Change]) -> Listing:
    """Apply changes to the project's files; a file in conflict gets its markers."""
    listing = dict(project)
    for change in changes:
        if change.kind is ChangeKind.in_the_way:
            continue
        if change.old_path:
            listing.pop(change.old_path, None)
        if change.disk_entry:
            listing[change.path] = change.disk_entry
        elif change.kind is ChangeKind.deleted:
            listing.pop(change.path, None)
    return listing


def _make_change(
    path: str, change: Change | None, before: TreeEntry | None, now: TreeEntry | None
) -> Change | None:
    if change and change.stages:
        return replace(change, conflict_entry=now)
    if change and now:
        return replace(change, after=now)
    if change and change.old_path:
        path, before = change.old_path, change.before
    elif before == now:
        return None
    kind = ChangeKind.compare(before, now)
    return Change(path, kind, before=before, after=now, reason=MIGRATION_REASON)


def run_migrations(
    store: ObjectStore, listing: Listing, action: Callable[[Path], None], name: str
) -> Listing:
    """Run migrations in a copy of files, in a folder of some name; returns the files after them."""
    with make_temporary_folder() as temporary:
        folder = temporary / name
        folder.mkdir()
        _write_listing(store, listing, folder)
        action(folder)
        submodules = {path: entry for path, entry in listing.items() if entry.mode == SUBMODULE}
        return {**read_folder(folder, store), **submodules}


def _write_listing(store: ObjectStore, listing: Mapping[str, TreeEntry], folder: Path) -> None:
    files = {path: entry for path, entry in listing.items() if entry.mode != SUBMODULE}
    blobs = store.read(entry.id for entry in files.values())
    for path, entry in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if entry.mode == LINK:
            target.symlink_to(blobs[entry.id].decode("utf-8", "surrogateescape"))
            continue
        target.write_bytes(blobs[entry.id])
        target.chmod(0o755 if entry.mode == PROGRAM else 0o644)
