"""The user's edits since the render, added files included."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..git import find_repository, list_uncommitted, read_index, run_git
from . import disk, git_commands
from .git_commands import Listing, TreeEntry
from .object_store import ObjectStore, open_scratch_store, read_listing


def find_edits(project: Path, bases: Sequence[Path | str], records: Sequence[str]) -> str:
    """Make a patch for ``git apply`` that turns the pristine render into the project.

    Args:
        project: The project, edits that are not committed included; ignored files are left out.
        bases: Pristine renders, laid over each other: folders, or trees of the project's git.
        records: The records, which are left out.

    Raises:
        ScaffoldError: The project is in no git repository.
    """
    repo = find_repository(project)
    with open_scratch_store(repo.objects, repo.algorithm) as store:
        pristine: Listing = {}
        for base in bases:
            pristine |= read_listing(base, store)
        sides = pristine, _read_project(project, repo.prefix, store)
        old, new = (
            store.write_tree({repo.prefix + p: side[p] for p in side if p not in records})
            for side in sides
        )
        return git_commands.make_patch(store.git_dir, old, new)


def _read_project(project: Path, prefix: str, store: ObjectStore) -> Listing:
    """Read the project's files as git would store them."""
    listing = {item.path: TreeEntry(item.mode, item.id) for item in read_index(project)}
    changed = [path.removeprefix(prefix) for path in list_uncommitted(project)]
    done = run_git("ls-files", "-z", "--others", "--exclude-standard", cwd=project)
    for path in [*changed, *done.parts]:
        listing.pop(path, None)
        if found := disk.read_disk_file(project, path):
            listing[path] = TreeEntry(found.mode, store.write("blob", found.data))
    return listing
