"""The journal of a change to many files, the lock of its writer, and the folder of prepared files.

All files are written aside in the git directory first, together with a journal. The files that a
change replaces are linked aside before the first one is replaced, so their content is always on
disk. The index is put in place last, with one rename, which decides: while ``index.new`` is in the
journal's folder the change is not done and recovery undoes it; once it is gone, the change is done.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from ..errors import ScaffoldError
from ..host import lock_file, write_synced_file
from ..merge import LINK, PROGRAM, DiskFile, Fingerprint, list_parents

RUNNING_FOLDER, LAST_FOLDER, JOURNAL_FILE = "running", "last", "journal.json"


class StalePlan(ScaffoldError):
    """The project changed after the plan was made."""

    def __init__(self, path: str) -> None:
        hint = "Nothing was changed. Run the command again."
        super().__init__(f"{path} changed while the update was prepared", hint)


@dataclass(frozen=True)
class JournalStep:
    """One file of a change: its fingerprints before and after; None where it does not exist."""

    path: str
    before: Fingerprint | None
    after: Fingerprint | None


@dataclass(frozen=True)
class Journal:
    """A change, written to disk before it starts.

    Attributes:
        kind: ``update`` or ``abort``.
        top: The work tree; empty if it is the folder that holds the git directory.
        prefix: The project's path in the work tree.
        head: The commit that was checked out.
        steps: The files.
        made: Folders that the change makes, outer ones first.
        emptied: Folders that the change removes if they become empty, outer ones first, with
            their modes.
        had_index: Whether there was an index before; a repository without a commit may have none.
    """

    kind: str
    top: str
    prefix: str
    head: str
    steps: tuple[JournalStep, ...]
    made: tuple[str, ...]
    emptied: tuple[tuple[str, int], ...]
    had_index: bool = True

    def write(self, folder: Path) -> None:
        """Write it into a folder."""
        write_synced_file(folder / JOURNAL_FILE, json.dumps(asdict(self)).encode())

    @classmethod
    def read(cls, folder: Path) -> Journal:
        """Read it from a folder."""
        data = json.loads((folder / JOURNAL_FILE).read_bytes())
        data["steps"] = tuple(_read_step(**item) for item in data["steps"])
        data["made"] = tuple(data["made"])
        data["emptied"] = tuple((name, mode) for name, mode in data["emptied"])
        return cls(**data)


def _read_step(path: str, before: list[str] | None, after: list[str] | None) -> JournalStep:
    return JournalStep(
        path, Fingerprint(*before) if before else None, Fingerprint(*after) if after else None
    )


@contextmanager
def hold_lock(git_dir: Path) -> Iterator[Path]:
    """Hold the lock of the one writer; gives the state folder.

    Raises:
        ScaffoldError: Another writer holds it.
    """
    state = git_dir / "scaffold"
    with ExitStack() as stack:
        try:
            stack.enter_context(lock_file(state / "lock", waits=False))
        except BlockingIOError:
            hint = "Wait until it is done, then run the command again."
            raise ScaffoldError("another update of this project is running", hint) from None
        yield state


@contextmanager
def prepare_folder(state: Path) -> Iterator[Path]:
    """Prepare a folder for files written aside; it is removed if the preparation fails."""
    folder = Path(tempfile.mkdtemp(prefix="prepare-", dir=state))
    try:
        for name in ("new", "old"):
            (folder / name).mkdir()
        write_synced_file(folder / "token", secrets.token_hex(16).encode())
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def write_aside(target: Path, mode: str, data: bytes, like: Path) -> Fingerprint:
    """Write a file aside with the permissions of the one that it will replace."""
    if mode == LINK:
        target.symlink_to(os.fsdecode(data))
        return DiskFile(mode, data).fingerprint
    write_synced_file(target, data)
    with suppress(FileNotFoundError, NotADirectoryError):
        old = like.lstat().st_mode
        if stat.S_ISREG(old):
            target.chmod(stat.S_IMODE(old))
    now = stat.S_IMODE(target.stat().st_mode)
    target.chmod(now | (now & 0o444) >> 2 if mode == PROGRAM else now & ~0o111)
    return DiskFile(mode, data).fingerprint


def list_new_folders(root: Path, created: Iterable[str], removed: Iterable[str]) -> tuple[str, ...]:
    """List the folders that new files need and that do not exist."""
    gone = set(removed)
    needed = {parent for path in created for parent in list_parents(path)}
    missing = (f for f in needed if f in gone or not (root / f).is_dir())
    return tuple(sorted(missing))


def list_emptied_folders(
    root: Path, created: Iterable[str], removed: Iterable[str]
) -> tuple[tuple[str, int], ...]:
    """List the folders that may become empty, with their modes."""
    left = {parent for path in removed for parent in list_parents(path)}
    replaced = [path for path in created if (root / path).is_dir()]
    for path in replaced:
        left |= {Path(here).relative_to(root).as_posix() for here, _, _ in os.walk(root / path)}
    there = sorted(folder for folder in left if (root / folder).is_dir())
    return tuple((folder, stat.S_IMODE((root / folder).stat().st_mode)) for folder in there)
