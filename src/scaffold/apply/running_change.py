"""Put files written aside in place, take them back, or clean up.

A process may be killed at any operation: each of the three can be started again from any state,
and reads the disk to find what is done.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ..host import NO_LINK_ERRNOS, link_or_copy, sync_folder
from ..merge import hash_file, is_behind_link, list_parents, read_disk_file, refuse_locked
from .journal import LAST_FOLDER, Journal, JournalStep, StalePlan

STILL_USED = {errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT, errno.ENOTDIR, errno.EBUSY}


@dataclass(frozen=True)
class RunningChange:
    """A change whose journal is in place, in ``scaffold/running`` of the git directory."""

    folder: Path
    journal: Journal

    @property
    def git_dir(self) -> Path:
        """The git directory of the work tree."""
        return self.folder.parent.parent

    @property
    def root(self) -> Path:
        """The project."""
        return Path(self.journal.top or self.git_dir.parent) / self.journal.prefix

    @property
    def index(self) -> Path:
        """The index of the work tree."""
        return self.git_dir / "index"

    @property
    def is_done(self) -> bool:
        """Tell whether the index is in place, so that the whole change is done."""
        return not (self.folder / "index.new").exists()

    def carry_out(self, index_digest: str, check: Callable[[], None]) -> None:
        """Carry out the change.

        Args:
            index_digest: The digest of the index that the change was prepared for.
            check: Raises if the user wants to stop.

        Raises:
            StalePlan: A file changed.
        """
        self._take_lock()
        if hash_file(self.index) != index_digest:
            raise StalePlan("the index")
        steps = enumerate(self.journal.steps)
        times = {number: self._back_up(number, step) for number, step in steps}
        sync_folder(self.folder / "old")
        for number, step in self._order_steps():
            check()
            with name_in_errors(self.root / step.path):
                self._do_step(number, step, times[number])
        self._sync()
        check()
        (self.folder / "index.new").replace(self.index)

    def undo(self) -> tuple[str, ...]:
        """Undo the change; returns paths that someone else changed since, left as they are."""
        try:
            kept = self._undo()
        except OSError:  # try again: the failure may be temporary
            kept = self._undo()
        self._drop_lock()
        self._discard(self.folder)
        return kept

    def finish(self) -> None:
        """Clean up after a change that is done; replaced files are kept for `abort_update`."""
        try:
            self._drop_lock()
        except OSError:
            self._drop_lock()
        last = self.folder.with_name(LAST_FOLDER)
        if last.exists():
            self._discard(last)
        if self.journal.kind == "abort":
            self._discard(self.folder)
            return
        shutil.rmtree(self.folder / "new", ignore_errors=True)
        self.folder.rename(last)
        sync_folder(last.parent)

    def _order_steps(self) -> list[tuple[int, JournalStep]]:
        """Order the steps: what is in the way of a new file or folder goes first."""
        removed = {step.path for step in self.journal.steps if not step.after}
        emptied = {folder for folder, _ in self.journal.emptied}

        def order(item: tuple[int, JournalStep]) -> int:
            _, step = item
            waits = step.path in emptied or removed & set(list_parents(step.path))
            return 2 if waits else 1 if not step.after else 0

        return sorted(enumerate(self.journal.steps), key=order)

    def _back_up(self, number: int, step: JournalStep) -> tuple[int, ...]:
        """Give the old file a second name, and check its fingerprint; returns its times."""
        if not step.before:
            return ()
        here, kept = self.root / step.path, self.folder / "old" / str(number)
        if is_behind_link(self.root, step.path):
            raise StalePlan(step.path)
        with name_in_errors(here):
            try:
                link_or_copy(here, kept)
            except (FileNotFoundError, NotADirectoryError):
                raise StalePlan(step.path) from None
            found = read_disk_file(kept.parent, kept.name)
        if not found or found.fingerprint != step.before:
            raise StalePlan(step.path)
        return _read_times(here)

    def _do_step(self, number: int, step: JournalStep, times: tuple[int, ...]) -> None:
        here, aside = self.root / step.path, self.folder / "new" / str(number)
        if step.before and _read_times(here) != times:
            raise StalePlan(step.path)
        if not step.after:
            here.unlink()
            self._remove_empty_parents(step.path)
        elif step.before:
            self._rename(aside, here, number)
        else:
            self._create(aside, here, number)

    def _create(self, aside: Path, here: Path, number: int) -> None:
        for folder, _ in reversed(self.journal.emptied):
            if (self.root / folder).is_relative_to(here):
                with suppress(FileNotFoundError):
                    (self.root / folder).rmdir()
        here.parent.mkdir(parents=True, exist_ok=True)
        try:
            # unlike a rename, a link never replaces what someone else put there meanwhile
            os.link(aside, here, follow_symlinks=False)
        except FileExistsError:
            raise StalePlan(str(here.relative_to(self.root))) from None
        except OSError as error:
            if error.errno not in NO_LINK_ERRNOS:
                raise
            if os.path.lexists(here):
                raise StalePlan(str(here.relative_to(self.root))) from None
            self._rename(aside, here, number)

    def _remove_empty_parents(self, path: str) -> None:
        for parent in list_parents(path):
            if not _remove_if_empty(self.root / parent):
                return

    def _name_beside(self, here: Path, number: int) -> Path:
        return here.with_name(f".scaffold-{number}")

    def _rename(self, source: Path, here: Path, number: int) -> None:
        """Rename in one step, also if the git directory is on another file system."""
        try:
            source.replace(here)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            beside = self._name_beside(here, number)
            beside.unlink(missing_ok=True)
            link_or_copy(source, beside)
            beside.replace(here)

    def _sync(self) -> None:
        folders = {(self.root / step.path).parent for step in self.journal.steps}
        for folder in sorted(folders):
            if folder.is_dir():
                sync_folder(folder)

    def _take_lock(self) -> None:
        refuse_locked(self.index)
        try:
            link_or_copy(self.folder / "token", self.git_dir / "index.lock")
        except FileExistsError:
            refuse_locked(self.index)
            raise

    def _drop_lock(self) -> None:
        """Remove the lock of the index if its content shows that it is ours."""
        lock, token = self.git_dir / "index.lock", (self.folder / "token").read_bytes()
        with suppress(FileNotFoundError):
            content = lock.read_bytes()
            if content and token.startswith(content):
                lock.unlink()

    def _undo(self) -> tuple[str, ...]:
        steps = list(enumerate(self.journal.steps))
        kept = [step.path for number, step in steps if not self._take_back(number, step)]
        for folder in reversed(self.journal.made):
            _remove_if_empty(self.root / folder)
        for folder, mode in self.journal.emptied:
            if not os.path.lexists(self.root / folder):
                (self.root / folder).mkdir(parents=True)
                (self.root / folder).chmod(mode)
        kept += [step.path for number, step in steps if not self._restore(number, step)]
        return tuple(kept)

    def _take_back(self, number: int, step: JournalStep) -> bool:
        """Remove a file that the change added; False if someone else changed it."""
        here = self.root / step.path
        if here.parent.is_dir():
            self._name_beside(here, number).unlink(missing_ok=True)
        if step.before or not os.path.lexists(here) or is_behind_link(self.root, step.path):
            return True
        found = read_disk_file(self.root, step.path)
        if not found or found.fingerprint != step.after:
            return here.is_dir() and not here.is_symlink()
        here.unlink()
        return True

    def _restore(self, number: int, step: JournalStep) -> bool:
        """Put back what the change replaced or removed, unless someone put something else."""
        kept, here = self.folder / "old" / str(number), self.root / step.path
        if not step.before or not os.path.lexists(kept):
            return True
        found = read_disk_file(self.root, step.path)
        if found and found.fingerprint == step.before:
            return True
        stranger = found.fingerprint != step.after if found else os.path.lexists(here)
        if stranger or is_behind_link(self.root, step.path):
            return False
        here.parent.mkdir(parents=True, exist_ok=True)
        self._rename(kept, here, number)
        return True

    def _discard(self, folder: Path) -> None:
        trash = folder.with_name(f"trash-{secrets.token_hex(4)}")
        folder.rename(trash)
        shutil.rmtree(trash, ignore_errors=True)


def _remove_if_empty(folder: Path) -> bool:
    """Remove a folder if nothing is in it; False if it is still used, or gone."""
    try:
        folder.rmdir()
    except OSError as error:
        if error.errno not in STILL_USED:
            raise
        return False
    return True


def _read_times(path: Path) -> tuple[int, ...]:
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns


@contextmanager
def name_in_errors(path: Path) -> Iterator[None]:
    """Name the project's file in an error of the system, not the one aside."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
