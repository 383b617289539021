"""Temporary folders: a full disk gives a clear error, and leftovers of killed runs are removed."""

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
from .signals import hold_signals

FOLDER_PREFIX = "scaffold-"
HINT = "Make room there, or set the variable TMPDIR to another folder."
DISK_FULL_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT})
MIN_FREE_BYTES = 1 << 16  # an error without a path is about a file system that has less


@contextmanager
def make_temporary_folder() -> Iterator[Path]:
    """Make a folder below TMPDIR for the `with` block, and remove the folders of killed runs.

    Raises:
        ScaffoldError: It cannot be made, or a write inside the block fails.
    """
    home = _find_temporary_folder()
    folder = make_process_folder(home, FOLDER_PREFIX, HINT)
    with ExitStack() as cleaning:
        cleaning.callback(_remove_folder, folder)
        try:
            yield folder
        except OSError as error:
            if not is_about_folder(error, folder):
                raise
            raise ScaffoldError(describe_write_error(error, home), HINT) from error


def make_process_folder(home: Path, prefix: str, hint: str = "") -> Path:
    """Make a folder that names this process in ``home``; remove those of processes that ended.

    Raises:
        ScaffoldError: It cannot be made.
    """
    _remove_stale_folders(home, prefix)
    try:
        return Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-", dir=home))
    except OSError as error:
        raise ScaffoldError(f"{home} cannot be written: {error.strerror}", hint) from None


def describe_write_error(error: OSError, home: Path) -> str:
    """Describe a system error in one line: the place is full, or a file cannot be written."""
    if error.errno in DISK_FULL_ERRNOS:
        return f"{home} is full: {error.strerror}"
    return f"{error.filename or home} cannot be written: {error.strerror or error}"


def is_about_folder(error: OSError, folder: Path) -> bool:
    """Tell whether an error names a file in a folder, or the folder's disk is full."""
    if isinstance(error.filename, str | bytes) and error.filename:
        return Path(os.fsdecode(error.filename)).is_relative_to(folder)
    return error.errno in DISK_FULL_ERRNOS and is_disk_full(folder)


def is_disk_full(folder: Path) -> bool:
    """Tell whether the file system of a folder is full; False if unknown."""
    try:
        found = os.statvfs(folder)
    except (OSError, AttributeError):
        return False
    return found.f_bavail * found.f_frsize < MIN_FREE_BYTES or (
        found.f_files > 0 and not found.f_favail
    )


def make_disk_full_hint(folder: Path) -> str:
    """Make the hint for a program that failed: a folder or TMPDIR is full; empty if neither is."""
    for place in (folder, Path(tempfile.gettempdir())):
        if is_disk_full(place):
            return f"{place} is full. {HINT}"
    return ""


def _find_temporary_folder() -> Path:
    try:
        return Path(tempfile.gettempdir())
    except OSError as error:
        raise ScaffoldError(f"no temporary folder can be written: {error.strerror}", HINT) from None


def _remove_folder(folder: Path) -> None:
    """Remove a folder, unreadable content included; signals wait until it is gone."""
    with hold_signals():
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            for place, _, _ in os.walk(folder):
                with suppress(OSError):
                    Path(place).chmod(0o700)
            shutil.rmtree(folder, ignore_errors=True)


@cache
def _remove_stale_folders(home: Path, prefix: str) -> None:
    """Remove folders of this user whose process ended, once a run."""
    if os.name == "nt":
        return
    with suppress(OSError), os.scandir(home) as entries:
        for entry in entries:
            name = re.fullmatch(rf"{re.escape(prefix)}(\d+)-\w+", entry.name)
            if name and _is_own_folder(entry) and not is_alive(int(name[1])):
                _remove_folder(Path(entry.path))


def _is_own_folder(entry: os.DirEntry[str]) -> bool:
    try:
        is_folder = entry.is_dir(follow_symlinks=False)
        return is_folder and entry.stat(follow_symlinks=False).st_uid == os.getuid()
    except OSError:
        return False


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; True if unknown."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
