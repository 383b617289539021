"""Change many files and the index of a work tree all at once, or not at all.

Everything is written aside in the git directory first, together with a journal. What a change
replaces is linked aside before anything is replaced, so no word is ever only in a buffer. The
index is put in place last, with one rename: that instant decides. While ``index.new`` is in the
journal's folder the change is not done and is undone; once it is gone, the change is done.
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
from pathlib import Path, PurePosixPath

from ..errors import ScaffoldError
from ..host import lock_file, write_synced_file
from ..merge import LINK, PROGRAM, OnDisk, Seen

RUNNING, LAST, JOURNAL = "running", "last", "journal.json"


class Stale(ScaffoldError):
    """The project is not any more what a plan was made for."""

    def __init__(self, path: str) -> None:
        hint = "Nothing was changed. Run the command again."
        super().__init__(f"{path} changed while the update was prepared", hint)


@dataclass(frozen=True)
class Step:
    """One file of a change: what it is before and after, None where it is not."""

    path: str
    before: Seen | None
    after: Seen | None


@dataclass(frozen=True)
class Journal:
    """What a change does, as it is written down before it starts.

    Attributes:
        kind: ``update`` or ``abort``.
        top: The work tree; empty where it is the folder that holds the git directory.
        prefix: The project's path in the work tree.
        head: The commit that was checked out.
        steps: The files.
        made: Folders that will be made, outer ones first.
        emptied: Folders that go if nothing is left in them, outer ones first, with their modes.
        had_index: Whether there was an index before; a repository without a commit may have none.
    """

    kind: str
    top: str
    prefix: str
    head: str
    steps: tuple[Step, ...]
    made: tuple[str, ...]
    emptied: tuple[tuple[str, int], ...]
    had_index: bool = True

    def write(self, folder: Path) -> None:
        """Put it into a folder."""
        write_synced_file(folder / JOURNAL, json.dumps(asdict(self)).encode())

    @classmethod
    def read(cls, folder: Path) -> Journal:
        """Read it from a folder."""
        data = json.loads((folder / JOURNAL).read_bytes())
        data["steps"] = tuple(_step(**item) for item in data["steps"])
        data["made"] = tuple(data["made"])
        data["emptied"] = tuple((name, mode) for name, mode in data["emptied"])
        return cls(**data)


def _step(path: str, before: list[str] | None, after: list[str] | None) -> Step:
    return Step(path, Seen(*before) if before else None, Seen(*after) if after else None)


@contextmanager
def locked(git_dir: Path) -> Iterator[Path]:
    """The one writer's folder for as long as it works.

    Raises:
        ScaffoldError: Another writer is at work.
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
def prepared(state: Path) -> Iterator[Path]:
    """A folder for what is written aside; gone if the preparation fails."""
    folder = Path(tempfile.mkdtemp(prefix="prepare-", dir=state))
    try:
        for name in ("new", "old"):
            (folder / name).mkdir()
        write_synced_file(folder / "token", secrets.token_hex(16).encode())
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def write_aside(target: Path, mode: str, data: bytes, like: Path) -> Seen:
    """Write a file aside with the permissions that the one in its place has."""
    if mode == LINK:
        target.symlink_to(os.fsdecode(data))
        return OnDisk(mode, data).seen
    write_synced_file(target, data)
    with suppress(FileNotFoundError, NotADirectoryError):
        old = like.lstat().st_mode
        if stat.S_ISREG(old):
            target.chmod(stat.S_IMODE(old))
    now = stat.S_IMODE(target.stat().st_mode)
    target.chmod(now | (now & 0o444) >> 2 if mode == PROGRAM else now & ~0o111)
    return OnDisk(mode, data).seen


def folders_made(root: Path, created: Iterable[str], removed: Iterable[str]) -> tuple[str, ...]:
    """The folders that new files need and that are not there."""
    gone = set(removed)
    needed = {parent for path in created for parent in parents(path)}
    missing = (f for f in needed if f in gone or not (root / f).is_dir())
    return tuple(sorted(missing))


def folders_emptied(
    root: Path, created: Iterable[str], removed: Iterable[str]
) -> tuple[tuple[str, int], ...]:
    """The folders that go if what is removed was all they held, with their modes."""
    left = {parent for path in removed for parent in parents(path)}
    replaced = [path for path in created if (root / path).is_dir()]
    for path in replaced:
        left |= {Path(here).relative_to(root).as_posix() for here, _, _ in os.walk(root / path)}
    there = sorted(folder for folder in left if (root / folder).is_dir())
    return tuple((folder, stat.S_IMODE((root / folder).stat().st_mode)) for folder in there)


def parents(path: str) -> list[str]:
    """The folders above a path of the project, the project itself left out."""
    return [parent.as_posix() for parent in PurePosixPath(path).parents][:-1]
