"""The pristine render in the project's own history, where it is there, known by its tree id."""

from __future__ import annotations

from pathlib import Path

from ..git import git
from . import plumbing
from .objects import Entry, Listing, Store, read_folder

MAX_COMMITS = 16


def tree_id(folder: Path, record_path: str) -> str:
    """The id of the git tree of a rendered folder, its record left out, by SHA-1."""
    store = Store("sha1")
    return _id(read_folder(folder, store), record_path, store)


def find_pristine(repo: plumbing.Repository, record_path: str, tree: str) -> str | None:
    """The tree of a commit that brought the record, if it is the pristine render.

    Args:
        repo: Where the project lives.
        record_path: Its record.
        tree: What `tree_id` gave for the render; the record names it.
    """
    if not tree:
        return None
    # The commits that wrote the tree's id into the record, or took it out.
    options = ("--no-ext-diff", "--no-textconv", "--full-history")  # no program of the user runs
    brought = ("log", f"-{MAX_COMMITS}", "--format=%H", f"-S{tree}", *options)
    path = f":(literal){record_path}"
    found = git(*brought, "--", path, cwd=repo.folder, config=("log.showRoot=true",), check=False)
    trees = (_tree_if_pristine(repo, commit, record_path, tree) for commit in found.text.split())
    return next((name for name in trees if name), None)


def _tree_if_pristine(
    repo: plumbing.Repository, commit: str, record_path: str, tree: str
) -> str | None:
    where = f"{commit}:{repo.prefix}"
    found = git("rev-parse", "--verify", "--quiet", where, cwd=repo.folder, check=False).text
    if not found:
        return None
    entries = plumbing.tree_entries(repo.git_dir, found)
    listing = {path: Entry(mode, name) for path, mode, name in entries}
    return found if _id(listing, record_path, Store("sha1")) == tree else None


def _id(listing: Listing, record_path: str, store: Store) -> str:
    return store.tree({path: entry for path, entry in listing.items() if path != record_path})
