"""Temporary folders: what has no room there says so, and what killed runs left is removed."""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path

from ..errors import ScaffoldError
from .signals import held

PREFIX = "scaffold-"
HINT = "Make room there, or let the variable TMPDIR name another folder."
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
LITTLE = 1 << 16  # bytes; a file system that has less is what an error without a path is about


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A new folder below TMPDIR, gone at the end; what killed runs left there is removed, too.

    Raises:
        ScaffoldError: It cannot be made, or what is done in here cannot write to it.
    """
    home = _home()
    folder = make_folder(home, PREFIX, HINT)
    with ExitStack() as cleaning:
        cleaning.callback(_remove, folder)
        try:
            yield folder
        except OSError as error:
            if not concerns(error, folder):
                raise
            raise ScaffoldError(unwritable(error, home), HINT) from error


def make_folder(home: Path, prefix: str, hint: str = "") -> Path:
    """Make a folder that names this process; those of processes that are gone are removed.

    Raises:
        ScaffoldError: It cannot be made.
    """
    _sweep(home, prefix)
    try:
        return Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-", dir=home))
    except OSError as error:
        raise ScaffoldError(f"{home} cannot be written: {error.strerror}", hint) from None


def unwritable(error: OSError, home: Path) -> str:
    """What an error of the system says of a place: that it is full, or which file cannot be."""
    if error.errno in NO_ROOM:
        return f"{home} is full: {error.strerror}"
    return f"{error.filename or home} cannot be written: {error.strerror or error}"


def concerns(error: OSError, folder: Path) -> bool:
    """Whether an error is about a folder: it names a file in it, or there is no room left."""
    if isinstance(error.filename, str | bytes) and error.filename:
        return Path(os.fsdecode(error.filename)).is_relative_to(folder)
    return error.errno in NO_ROOM and is_full(folder)


def is_full(folder: Path) -> bool:
    """Whether the file system of a folder has no room left; never where that cannot be known."""
    try:
        found = os.statvfs(folder)
    except (OSError, AttributeError):
        return False
    return found.f_bavail * found.f_frsize < LITTLE or (found.f_files > 0 and not found.f_favail)


def hint_of_room(folder: Path) -> str:
    """The next step where a program failed that writes to a folder or to TMPDIR: if one is full."""
    for place in (folder, Path(tempfile.gettempdir())):
        if is_full(place):
            return f"{place} is full. {HINT}"
    return ""


def _home() -> Path:
    try:
        return Path(tempfile.gettempdir())
    except OSError as error:
        raise ScaffoldError(f"no temporary folder can be written: {error.strerror}", HINT) from None


def _remove(folder: Path) -> None:
    """Remove a folder, what cannot be read in it included; a signal waits until it is gone."""
    with held():
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            for place, _, _ in os.walk(folder):
                with suppress(OSError):
                    Path(place).chmod(0o700)
            shutil.rmtree(folder, ignore_errors=True)


@cache
def _sweep(home: Path, prefix: str) -> None:
    """Remove folders of this user whose process is gone, once a run."""
    if os.name == "nt":
        return
    with suppress(OSError), os.scandir(home) as entries:
        for entry in entries:
            name = re.fullmatch(rf"{re.escape(prefix)}(\d+)-\w+", entry.name)
            if name and _is_own(entry) and not is_alive(int(name[1])):
                _remove(Path(entry.path))


def _is_own(entry: os.DirEntry[str]) -> bool:
    try:
        is_folder = entry.is_dir(follow_symlinks=False)
        return is_folder and entry.stat(follow_symlinks=False).st_uid == os.getuid()
    except OSError:
        return False


def is_alive(pid: int) -> bool:
    """Whether a process runs; yes where that cannot be known."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
