"""What the user changed since the render, added files too."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ..git import git
from . import plumbing, worktree
from .objects import Entry, Listing, Store, listing_of, scratch


def find_edits(project: Path, bases: Sequence[Path | str], records: Sequence[str]) -> str:
    """A patch for ``git apply`` that makes the project out of its pristine render.

    Args:
        project: The project, edits that are not committed included; ignored files are left out.
        bases: Pristine renders, laid over each other: folders, or trees of the project's git.
        records: The records, which are left out.

    Raises:
        ScaffoldError: The project is in no git repository.
    """
    repo = plumbing.repository(project)
    with scratch(repo.objects, repo.algorithm) as store:
        pristine: Listing = {}
        for base in bases:
            pristine |= listing_of(base, store)
        sides = pristine, _on_disk(project, repo.prefix, store)
        for side in sides:
            for path in records:
                side.pop(path, None)
        old, new = (
            store.tree({repo.prefix + path: entry for path, entry in side.items()})
            for side in sides
        )
        return plumbing.tree_patch(store.place, old, new)


def _on_disk(project: Path, prefix: str, store: Store) -> Listing:
    """The project's files as git would take them in."""
    listing = {item.path: Entry(item.mode, item.id) for item in plumbing.index_entries(project)}
    changed = [path.removeprefix(prefix) for path in plumbing.dirty(project)]
    done = git("ls-files", "-z", "--others", "--exclude-standard", cwd=project)
    untracked = [os.fsdecode(path) for path in done.out.split(b"\0") if path]
    for path in [*changed, *untracked]:
        listing.pop(path, None)
        if found := worktree.look(project, path):
            listing[path] = Entry(found.mode, store.write("blob", found.data))
    return listing
