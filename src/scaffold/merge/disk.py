"""The files on disk at the paths where a merge wants to write."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from .git_commands import TreeEntry
from .line_endings import CRLF, LF
from .object_store import FILE, LINK, PROGRAM, hash_blob, list_parents


class Fingerprint(NamedTuple):
    """A fingerprint of a file on disk: git's mode and a digest of its bytes."""

    mode: str
    digest: str


@dataclass(frozen=True)
class DiskFile:
    """A file or link that was read from disk."""

    mode: str
    data: bytes

    @property
    def fingerprint(self) -> Fingerprint:
        """The fingerprint, to recognize it later."""
        return Fingerprint(self.mode, hashlib.sha256(self.data).hexdigest())

    def holds(self, entry: TreeEntry, algorithm: str) -> bool:
        """Tell whether it equals git's entry, line endings aside."""
        plain = {self.data, self.data.replace(CRLF, LF)}
        return any(hash_blob(data, algorithm) == entry.id for data in plain)


def read_disk_file(root: Path, path: str) -> DiskFile | None:
    """Read the file or link at a path of the project; None if there is none, or a folder.

    A file behind a linked folder is not the project's.
    """
    target = root / path
    try:
        mode = target.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    if is_behind_link(root, path):
        return None
    if stat.S_ISLNK(mode):
        return DiskFile(LINK, bytes(target.readlink()))
    if not stat.S_ISREG(mode):
        return None
    return DiskFile(PROGRAM if mode & stat.S_IXUSR else FILE, target.read_bytes())


def hash_file(path: Path) -> str:
    """Hash a file's bytes; returns an empty text if there is no file."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def is_behind_link(root: Path, path: str) -> bool:
    """Tell whether a folder above a path is a link, so that the path is not the project's."""
    return any((root / parent).is_symlink() for parent in list_parents(path))


def is_in_other_repository(root: Path, path: str) -> bool:
    """Tell whether a folder above a path is a repository of its own, such as a submodule."""
    return any(os.path.lexists(root / p / ".git") for p in list_parents(path))


def find_obstacles(root: Path, path: str, leaving: Iterable[str]) -> list[str]:
    """Find the files at the place of a new file, except those that the same update removes."""
    gone = set(leaving)
    for parent in reversed(list_parents(path)):
        if parent not in gone and not _is_folder(root / parent) and os.path.lexists(root / parent):
            return [parent]
    if _is_folder(root / path):
        return sorted(set(_walk_files(root, path)) - gone)
    return [path] if os.path.lexists(root / path) and path not in gone else []


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _walk_files(root: Path, folder: str) -> Iterable[str]:
    for here, folders, files in os.walk(root / folder):
        links = [name for name in folders if Path(here, name).is_symlink()]
        for name in files + links:
            yield Path(here, name).relative_to(root).as_posix()
