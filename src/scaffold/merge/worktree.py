"""What is on disk where a merge wants to write, and when a project is in no state for one."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from ..errors import ScaffoldError
from . import plumbing
from .line_endings import CRLF, LF
from .objects import FILE, LINK, PROGRAM, Entry, blob_id
from .plumbing import Indexed, Repository

AGAIN = "then run the command again."
# What git leaves in its folder while something is under way: its name, how to go on, how to stop.
UNFINISHED = {
    "MERGE_HEAD": ("a merge", "git merge --continue", "git merge --abort"),
    "rebase-apply/applying": ("git am", "git am --continue", "git am --abort"),
    "rebase-apply": ("a rebase", "git rebase --continue", "git rebase --abort"),
    "rebase-merge": ("a rebase", "git rebase --continue", "git rebase --abort"),
    "CHERRY_PICK_HEAD": ("a cherry-pick", "git cherry-pick --continue", "git cherry-pick --abort"),
    "REVERT_HEAD": ("a revert", "git revert --continue", "git revert --abort"),
    "BISECT_LOG": ("a bisection", "git bisect good or bad", "git bisect reset"),
}


class Seen(NamedTuple):
    """A file as it is on disk: git's mode and a digest of its bytes."""

    mode: str
    digest: str


@dataclass(frozen=True)
class OnDisk:
    """A file or link that was read."""

    mode: str
    data: bytes

    @property
    def seen(self) -> Seen:
        """Enough to know it again."""
        return Seen(self.mode, hashlib.sha256(self.data).hexdigest())

    def holds(self, entry: Entry, algorithm: str) -> bool:
        """Whether it is what git has for it, line endings aside."""
        plain = {self.data, self.data.replace(CRLF, LF)}
        return any(blob_id(data, algorithm) == entry.id for data in plain)


def look(root: Path, path: str) -> OnDisk | None:
    """The file or link at a path of the project, None where there is none (a folder is none).

    What lies behind a linked folder is not the project's.
    """
    target = root / path
    try:
        mode = target.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    if is_behind_link(root, path):
        return None
    if stat.S_ISLNK(mode):
        return OnDisk(LINK, bytes(target.readlink()))
    if not stat.S_ISREG(mode):
        return None
    return OnDisk(PROGRAM if mode & stat.S_IXUSR else FILE, target.read_bytes())


def file_digest(path: Path) -> str:
    """A digest of a file's bytes; of no file an empty text."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def entries_digest(index: Iterable[Indexed]) -> str:
    """A digest of what an index holds, whatever else its file says."""
    return hashlib.sha256(repr(sorted(map(astuple, index))).encode()).hexdigest()


def is_behind_link(root: Path, path: str) -> bool:
    """Whether a folder on the way to a path is a link: what is there is not the project's."""
    return any((root / parent).is_symlink() for parent in list(PurePosixPath(path).parents)[:-1])


def is_in_other_repository(root: Path, path: str) -> bool:
    """Whether a folder on the way to a path is a repository of its own, as a submodule is."""
    return any(os.path.lexists(root / p / ".git") for p in list(PurePosixPath(path).parents)[:-1])


def obstacles(root: Path, path: str, leaving: Iterable[str]) -> list[str]:
    """What stands where a new file shall be, other than what leaves anyway.

    Args:
        root: The project.
        path: The new file.
        leaving: Paths that the same update removes.
    """
    gone = set(leaving)
    parts = path.split("/")
    for depth in range(1, len(parts)):
        parent = "/".join(parts[:depth])
        is_folder = (root / parent).is_dir() and not (root / parent).is_symlink()
        if parent not in gone and not is_folder and os.path.lexists(root / parent):
            return [parent]
    target = root / path
    if target.is_dir() and not target.is_symlink():
        return sorted(set(_files(root, path)) - gone)
    return [path] if os.path.lexists(target) and path not in gone else []


def _files(root: Path, folder: str) -> Iterable[str]:
    for here, folders, files in os.walk(root / folder):
        links = [name for name in folders if Path(here, name).is_symlink()]
        for name in files + links:
            yield Path(here, name).relative_to(root).as_posix()


def refuse_unfinished(repo: Repository, index: Iterable[Indexed]) -> None:
    """Stop where something else is going on in the repository.

    Raises:
        ScaffoldError: Something is under way, unresolved or locked.
    """
    for name, (what, go_on, stop) in UNFINISHED.items():
        if (repo.git_dir / name).exists():
            hint = f"Finish it ({go_on}) or stop it ({stop}), {AGAIN}"
            raise ScaffoldError(f"{what} is under way in {repo.top}", hint)
    refuse_locked(repo.index)
    unmerged = sorted({item.path for item in index if item.stage})
    if unmerged:
        hint = f"Resolve them (git mergetool, or edit and git add), commit, {AGAIN}"
        raise ScaffoldError("there are conflicts that are not resolved", hint, unmerged)


def refuse_uncommitted(
    repo: Repository, index: Iterable[Indexed], settings: Mapping[str, str]
) -> None:
    """Stop where an update could not be told from the user's own changes.

    Raises:
        ScaffoldError: There are changes that no commit holds, or nothing is committed.
    """
    changed = plumbing.dirty(repo.folder, disarmed(settings))
    if changed:
        what = "there are changes that are not committed"
        raise ScaffoldError(what, f"Commit them, or put them aside (git stash), {AGAIN}", changed)
    if not index:
        hint = f"Commit it (git add -A && git commit), {AGAIN}"
        raise ScaffoldError(f"no file of {repo.folder} is committed", hint)


def refuse_locked(index: Path) -> None:
    """Stop where another git holds the index, or one that died left its lock."""
    lock = index.with_name(index.name + ".lock")
    if os.path.lexists(lock):
        hint = f"Wait for it; if no git is running, remove {lock}, {AGAIN}"
        raise ScaffoldError("another git command is at work in the project", hint)


def disarmed(settings: Mapping[str, str]) -> list[str]:
    """Settings that switch every filter driver off."""
    drivers = {name.rpartition(".")[0] for name in settings if name.startswith("filter.")}
    off = [f"{driver}.{what}=" for driver in drivers for what in ("clean", "smudge", "process")]
    return off + [f"{driver}.required=false" for driver in drivers]
