"""A project as a zip archive: the same files are the same bytes, whenever and wherever."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ScaffoldError, add_result
from ..host import hold_signals, make_exists_error

if TYPE_CHECKING:
    from zipfile import ZipInfo

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip archive can hold
UNIX = 3


def check_archive(path: Path) -> None:
    """Refuse a place that cannot take a new archive.

    Raises:
        ScaffoldError: Something is there, or its folder is none.
    """
    if os.path.lexists(path):
        raise make_exists_error(path)
    if not path.parent.is_dir():
        raise ScaffoldError(f"there is no folder {path.parent}", "Make it, or choose another.")


def write_archive(folder: Path, into: Path) -> None:
    """Write the files of a folder, below its name, into a new zip archive.

    Nothing is compressed: what a compressor makes of a text differs from one version of it to the
    next. Of modes, it keeps which files may be run.

    Raises:
        ScaffoldError: A file has a name that no archive can hold.
        OSError: It cannot be written.
    """
    import zipfile

    with zipfile.ZipFile(into, "x", zipfile.ZIP_STORED) as packed:
        files = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
        for path in sorted(files, key=lambda path: path.relative_to(folder).parts):
            name = path.relative_to(folder.parent).as_posix()
            content = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
            try:
                packed.writestr(_entry(name, path.lstat().st_mode), content)
            except UnicodeEncodeError:
                what = f"{name!r} is no UTF-8, and no archive can hold it"
                raise ScaffoldError(what, "Leave --zip out.") from None


def _entry(name: str, mode: int) -> ZipInfo:
    import zipfile

    entry = zipfile.ZipInfo(name, EPOCH)
    entry.create_system = UNIX
    kept = stat.S_IFLNK | 0o777 if stat.S_ISLNK(mode) else stat.S_IFREG | 0o644
    executable = stat.S_ISREG(mode) and mode & stat.S_IXUSR
    entry.external_attr = (kept | (0o111 if executable else 0)) << 16
    return entry


def publish_archive(archive: Path, target: Path) -> None:
    """Put a finished archive in place, by one step that replaces nothing.

    Raises:
        ScaffoldError: Something is there by now.
        OSError: It could not be done.
    """
    with hold_signals():
        try:
            os.link(archive, target)
        except FileExistsError:
            check_archive(target)
            raise
        except OSError:  # not every file system has links
            check_archive(target)
            archive.rename(target)
        add_result(f"{target} is written")
