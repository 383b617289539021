"""A project as a zip archive: the same files give the same bytes on every machine."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ScaffoldError, add_result
from ..host import hold_signals, make_exists_error

if TYPE_CHECKING:
    from zipfile import ZipInfo

ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip archive can hold
UNIX_SYSTEM = 3


def check_archive_path(path: Path) -> None:
    """Refuse a path that cannot take a new archive.

    Raises:
        ScaffoldError: It exists already, or its folder does not.
    """
    if os.path.lexists(path):
        raise make_exists_error(path)
    if not path.parent.is_dir():
        raise ScaffoldError(f"there is no folder {path.parent}", "Create it, or choose another.")


def write_archive(folder: Path, into: Path) -> None:
    """Write the files of a folder, below its name, into a new zip archive.

    Nothing is compressed, as compressors differ between their versions. Of the modes, only the
    executable bit is kept.

    Raises:
        ScaffoldError: A file's name is not UTF-8.
        OSError: It cannot be written.
    """
    import zipfile

    with zipfile.ZipFile(into, "x", zipfile.ZIP_STORED) as packed:
        files = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
        for path in sorted(files, key=lambda path: path.relative_to(folder).parts):
            name = path.relative_to(folder.parent).as_posix()
            content = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
            try:
                packed.writestr(_make_entry(name, path.lstat().st_mode), content)
            except UnicodeEncodeError:
                what = f"{name!r} is not UTF-8, so an archive cannot hold it"
                raise ScaffoldError(what, "Leave --zip out.") from None


def _make_entry(name: str, mode: int) -> ZipInfo:
    import zipfile

    entry = zipfile.ZipInfo(name, ZIP_EPOCH)
    entry.create_system = UNIX_SYSTEM
    kept = stat.S_IFLNK | 0o777 if stat.S_ISLNK(mode) else stat.S_IFREG | 0o644
    executable = stat.S_ISREG(mode) and mode & stat.S_IXUSR
    entry.external_attr = (kept | (0o111 if executable else 0)) << 16
    return entry


def publish_archive(archive: Path, target: Path) -> None:
    """Put a finished archive in place, in one step that replaces nothing.

    Raises:
        ScaffoldError: The target exists meanwhile.
        OSError: The system refused it.
    """
    with hold_signals():
        try:
            os.link(archive, target)
        except FileExistsError:
            check_archive_path(target)
            raise
        except OSError:  # not every file system has links
            check_archive_path(target)
            archive.rename(target)
        add_result(f"{target} is written")
