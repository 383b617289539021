"""The user's folders, locks, and files that are written in one step."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import ScaffoldError

NO_LINK_ERRNOS = {errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.EXDEV, errno.ENOSYS}


def get_user_folder(kind: str, app: str = "scaffold") -> Path:
    """Get an application's ``cache``, ``config`` or ``state``; relative if there is no home."""
    import platformdirs

    try:
        return Path(getattr(platformdirs, f"user_{kind}_path")(app, appauthor=False))
    except RuntimeError:
        return Path("~", app)


def make_cache_folder(*names: str) -> Path | None:
    """Make a folder in the user's cache if it is missing; None if it cannot be used."""
    folder = get_user_folder("cache").joinpath(*names)
    try:
        if folder.is_absolute():
            folder.mkdir(parents=True, exist_ok=True)
            return folder if os.access(folder, os.W_OK | os.X_OK) else None
    except OSError:  # no room
        pass
    return None


@contextmanager
def lock_file(path: Path, *, waits: bool = True) -> Iterator[int]:
    """Hold the lock of a file while the `with` block runs.

    Yields:
        The descriptor of the open file, which holds the lock.

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
    """Replace a file in one step, and keep its mode.

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
        raise make_exists_error(path) from None
    except OSError as error:
        what = f"{path} cannot be written: {error.strerror}"
        raise ScaffoldError(what, "Choose another place.") from None


def make_exists_error(path: Path) -> ScaffoldError:
    """Make the error for a path that exists already."""
    return ScaffoldError(f"{path} already exists", "Choose another name, or remove it.")


def write_synced_file(path: Path, data: bytes) -> None:
    """Write a new file, and wait until the disk has it."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the names in a folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some file systems cannot do it
            raise
    finally:
        os.close(handle)


def link_or_copy(source: Path, target: Path) -> None:
    """Link a file, or copy it where the file system has no links; never replace one."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in NO_LINK_ERRNOS or os.path.lexists(target):
            raise
        if source.is_symlink():
            target.symlink_to(source.readlink())
        else:
            with source.open("rb") as read, target.open("xb") as written:
                shutil.copyfileobj(read, written)
            shutil.copystat(source, target)
