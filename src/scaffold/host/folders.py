"""The user's own folders, and files that are written whole and locked while they are changed."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import ScaffoldError

NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.EXDEV, errno.ENOSYS}


def folder_of_user(kind: str, app: str = "scaffold") -> Path:
    """An application's ``cache``, ``config`` or ``state``; relative where there is no home."""
    import platformdirs

    try:
        return Path(getattr(platformdirs, f"user_{kind}_path")(app, appauthor=False))
    except RuntimeError:
        return Path("~", app)


def cache_folder(*names: str) -> Path | None:
    """A folder in the user's cache, made where it is missing; None where it cannot be used."""
    folder = folder_of_user("cache").joinpath(*names)
    try:
        if folder.is_absolute():
            folder.mkdir(parents=True, exist_ok=True)
            return folder if os.access(folder, os.W_OK | os.X_OK) else None
    except OSError:  # no room
        pass
    return None


@contextmanager
def locked(path: Path, *, waits: bool = True) -> Iterator[int]:
    """Hold the lock of a file in here; gives the open file, which holds it.

    Raises:
        BlockingIOError: Another process holds it, and ``waits`` is not set.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        if os.name != "nt":
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield file.fileno()


def replace_file(path: Path, text: str, mode: int = 0o600) -> None:
    """Put a file in its place in one step; where there is one, its mode stays.

    Raises:
        OSError: It cannot be written; nothing was left behind.
    """
    with tempfile.NamedTemporaryFile("wb", dir=path.parent, delete=False) as file:
        aside = Path(file.name)
        try:
            file.write(text.encode())
            file.close()
            aside.chmod(path.stat().st_mode & 0o777 if path.exists() else mode)
            aside.replace(path)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise


def create_file(path: Path, text: str) -> None:
    """Write a file that is not there yet.

    Raises:
        ScaffoldError: It is there already, or cannot be written.
    """
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise is_there(path) from None
    except OSError as error:
        what = f"{path} cannot be written: {error.strerror}"
        raise ScaffoldError(what, "Choose another place.") from None


def is_there(path: Path) -> ScaffoldError:
    """The error for something that stands where a new file shall be."""
    return ScaffoldError(f"{path} is there already", "Choose another name, or remove it.")


def write_file(path: Path, data: bytes) -> None:
    """Write a new file to the disk itself."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Write the names in a folder to the disk itself."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some file systems know no such thing
            raise
    finally:
        os.close(handle)


def link_or_copy(source: Path, target: Path) -> None:
    """A second name for a file; where the file system has none, a copy. Never replaces."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in NO_LINKS or os.path.lexists(target):
            raise
        if source.is_symlink():
            target.symlink_to(source.readlink())
        else:
            with source.open("rb") as read, target.open("xb") as written:
                shutil.copyfileobj(read, written)
            shutil.copystat(source, target)
