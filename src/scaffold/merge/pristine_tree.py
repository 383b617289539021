"""The pristine render in the project's own history, found by its tree id."""

from __future__ import annotations

from pathlib import Path

from ..git import ProjectRepository, run_git
from . import git_commands
from .git_commands import Listing
from .object_store import ObjectStore, read_folder

MAX_COMMITS = 16


def compute_tree_id(folder: Path, record_path: str) -> str:
    """Compute the SHA-1 id of the git tree of a rendered folder without its record."""
    store = ObjectStore("sha1")
    return _hash_listing(read_folder(folder, store), record_path, store)


def find_pristine_tree(repo: ProjectRepository, record_path: str, tree: str) -> str | None:
    """Find the tree of a commit that brought the record, if it is the pristine render.

    The record holds ``tree``, the result of `compute_tree_id` for the render.
    """
    if not tree:
        return None
    # The commits that wrote the tree's id into the record, or took it out.
    options = ("--no-ext-diff", "--no-textconv", "--full-history")  # no program of the user runs
    brought = ("log", f"-{MAX_COMMITS}", "--format=%H", f"-S{tree}", *options)
    path = f":(literal){record_path}"
    found = run_git(
        *brought, "--", path, cwd=repo.folder, config=("log.showRoot=true",), check=False
    )
    trees = (_find_tree(repo, commit, record_path, tree) for commit in found.text.split())
    return next((name for name in trees if name), None)


def _find_tree(repo: ProjectRepository, commit: str, record_path: str, tree: str) -> str | None:
    where = f"{commit}:{repo.prefix}"
    found = run_git("rev-parse", "--verify", "--quiet", where, cwd=repo.folder, check=False).text
    if not found:
        return None
    listing = git_commands.read_tree(repo.git_dir, found)
    return found if _hash_listing(listing, record_path, ObjectStore("sha1")) == tree else None


def _hash_listing(listing: Listing, record_path: str, store: ObjectStore) -> str:
    return store.write_tree({path: entry for path, entry in listing.items() if path != record_path})
