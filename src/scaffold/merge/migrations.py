"""Migrations of a blueprint: code that changes the project's files, run on copies of them.

What runs before the merge changes ours; what runs after changes the result. Both work in a
scratch copy of the project's tracked files, so a plan stays complete and a failure costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ..host import make_temporary_folder
from . import plumbing
from .objects import LINK, PROGRAM, SUBMODULE, Entry, Listing, Store, read_folder
from .plan import Change, Kind

REASON = "by a migration of the blueprint"


@dataclass(frozen=True)
class Migrations:
    """What runs in a copy of the project.

    Attributes:
        before: Runs on the project as it is.
        after: Runs on the merged project.
    """

    before: Callable[[Path], None]
    after: Callable[[Path], None]


def before(store: Store, project: Listing, migrations: Migrations, name: str) -> Listing:
    """The project's files as the migrations leave them, before anything is merged."""
    return _run(store, project, migrations.before, name)


def after(
    store: Store,
    changes: Iterable[Change],
    project: Listing,
    migrations: Migrations,
    name: str,
) -> list[Change]:
    """The changes of a merge, with those that the migrations make of its result."""
    by_path = {change.path: change for change in changes}
    merged = result(project, by_path.values())
    now = _run(store, merged, migrations.after, name)
    for path in sorted(merged.keys() | now.keys()):
        if merged.get(path) != now.get(path):
            made = _changed(path, by_path.pop(path, None), project.get(path), now.get(path))
            if made:
                by_path[path] = made
    return sorted(by_path.values(), key=lambda change: (change.path, change.old_path))


def result(project: Listing, changes: Iterable[Change]) -> Listing:
    """The project's files after changes; those in conflict with their markers."""
    listing = dict(project)
    for change in changes:
        if change.kind is Kind.in_the_way:
            continue
        if change.old_path:
            listing.pop(change.old_path, None)
        if change.written:
            listing[change.path] = change.written
        elif change.kind is Kind.deleted:
            listing.pop(change.path, None)
    return listing


def _changed(
    path: str, change: Change | None, before: Entry | None, now: Entry | None
) -> Change | None:
    if change and change.stages:
        return replace(change, shown=now)
    if change and now:
        return replace(change, after=now)
    if change and change.old_path:
        return Change(change.old_path, Kind.deleted, before=change.before, reason=REASON)
    if before == now:
        return None
    kind = Kind.added if before is None else Kind.updated if now else Kind.deleted
    return Change(path, kind, before=before, after=now, reason=REASON)


def _run(store: Store, listing: Listing, action: Callable[[Path], None], name: str) -> Listing:
    with make_temporary_folder() as temporary:
        folder = temporary / name
        folder.mkdir()
        _write(store, listing, folder)
        action(folder)
        submodules = {path: entry for path, entry in listing.items() if entry.mode == SUBMODULE}
        return {**read_folder(folder, store), **submodules}


def _write(store: Store, listing: Mapping[str, Entry], folder: Path) -> None:
    files = {path: entry for path, entry in listing.items() if entry.mode != SUBMODULE}
    blobs = plumbing.read_blobs(store.place, {entry.id for entry in files.values()})
    for path, entry in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if entry.mode == LINK:
            target.symlink_to(blobs[entry.id].decode("utf-8", "surrogateescape"))
            continue
        target.write_bytes(blobs[entry.id])
        target.chmod(0o755 if entry.mode == PROGRAM else 0o644)
