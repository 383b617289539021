"""The state of a project before an update, and the states that an update refuses."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path

from ..errors import ScaffoldError
from ..git import (
    IndexEntry,
    ProjectRepository,
    list_uncommitted,
    read_git_settings,
    read_index,
)
from .disk import hash_file

RETRY = "then run the command again."
# Files in git's folder while a command is under way: its name, how to continue, how to stop.
UNFINISHED = {
    "MERGE_HEAD": ("a merge", "git merge --continue", "git merge --abort"),
    "rebase-apply/applying": ("git am", "git am --continue", "git am --abort"),
    "rebase-apply": ("a rebase", "git rebase --continue", "git rebase --abort"),
    "rebase-merge": ("a rebase", "git rebase --continue", "git rebase --abort"),
    "CHERRY_PICK_HEAD": ("a cherry-pick", "git cherry-pick --continue", "git cherry-pick --abort"),
    "REVERT_HEAD": ("a revert", "git revert --continue", "git revert --abort"),
    "BISECT_LOG": ("a bisection", "git bisect good or bad", "git bisect reset"),
}


@dataclass(frozen=True)
class ProjectState:
    """The state of a project that is ready for an update.

    Attributes:
        digest: The digest of its index; a plan for another one is stale.
        settings: The settings of its git.
        index: The entries of its index.
    """

    repo: ProjectRepository
    digest: str
    settings: Mapping[str, str]
    index: tuple[IndexEntry, ...]


def inspect_project(repo: ProjectRepository, *, uncommitted: bool = False) -> ProjectState:
    """Inspect a project before an update.

    Args:
        repo: The project's repository.
        uncommitted: Whether it may have uncommitted changes.

    Raises:
        ScaffoldError: It is not ready for an update.
    """
    digest, settings = hash_file(repo.index), read_git_settings(repo.folder)
    found = ProjectState(repo, digest, settings, tuple(read_index(repo.folder)))
    _refuse_unfinished(repo, found.index)
    if not uncommitted and (refusal := find_refusal(found)):
        raise refusal
    return found


def find_refusal(found: ProjectState) -> ScaffoldError | None:
    """Find the error of a project where an update would mix with the user's own changes."""
    if changed := list_uncommitted(found.repo.folder, list_filters_off(found.settings)):
        hint = f"Commit them, or stash them (git stash), {RETRY}"
        return ScaffoldError("there are uncommitted changes", hint, changed)
    if not found.index:
        hint = f"Commit it (git add -A && git commit), {RETRY}"
        return ScaffoldError(f"no file of {found.repo.folder} is committed", hint)
    return None


def hash_index(index: Iterable[IndexEntry]) -> str:
    """Hash the entries of an index, whatever else its file holds."""
    return hashlib.sha256(repr(sorted(map(astuple, index))).encode()).hexdigest()


def _refuse_unfinished(repo: ProjectRepository, index: Iterable[IndexEntry]) -> None:
    for name, (what, go_on, stop) in UNFINISHED.items():
        if (repo.git_dir / name).exists():
            hint = f"Finish it ({go_on}) or stop it ({stop}), {RETRY}"
            raise ScaffoldError(f"{what} is in progress in {repo.top}", hint)
    refuse_locked(repo.index)
    unmerged = sorted({item.path for item in index if item.stage})
    if unmerged:
        hint = f"Resolve them (git mergetool, or edit and git add), commit, {RETRY}"
        raise ScaffoldError("there are unresolved conflicts", hint, unmerged)


def refuse_locked(index: Path) -> None:
    """Refuse a locked index: another git holds it, or a killed one left its lock.

    Raises:
        ScaffoldError: It is locked.
    """
    lock = index.with_name(index.name + ".lock")
    if os.path.lexists(lock):
        hint = f"Wait for it; if no git is running, remove {lock}, {RETRY}"
        raise ScaffoldError("another git command is running in the project", hint)


def list_filters_off(settings: Mapping[str, str]) -> list[str]:
    """List settings that switch every filter driver off."""
    drivers = {name.rpartition(".")[0] for name in settings if name.startswith("filter.")}
    off = [f"{driver}.{what}=" for driver in drivers for what in ("clean", "smudge", "process")]
    return off + [f"{driver}.required=false" for driver in drivers]
