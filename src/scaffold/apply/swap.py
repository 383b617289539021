"""Put in place what was written aside, take it back, or tidy up after it.

Every operation may be the last one of a process: each of the three can be started again from
whatever the one before has left, and looks at the disk, not at a note, to know what is done.
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
from ..merge import file_digest, is_behind_link, look, refuse_locked
from .journal import LAST, Journal, Stale, Step, parents

STILL_USED = {errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT, errno.ENOTDIR, errno.EBUSY}


@dataclass(frozen=True)
class Swap:
    """A change whose journal is in place.

    Attributes:
        folder: The journal's folder, ``scaffold/running`` in the git directory.
        journal: What is changed.
    """

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
        """Whether the index is in place, and so the whole change."""
        return not (self.folder / "index.new").exists()

    def forward(self, index_digest: str, check: Callable[[], None]) -> None:
        """Make the change.

        Args:
            index_digest: The index that the change was prepared for.
            check: Raises when the user wants to stop.

        Raises:
            Stale: A file is not what it was.
        """
        self._take_lock()
        if file_digest(self.index) != index_digest:
            raise Stale("the index")
        times = {number: self._keep(number, step) for number, step in self._steps()}
        sync_folder(self.folder / "old")
        for number, step in self._ordered():
            check()
            with naming(self.root / step.path):
                self._step(number, step, times[number])
        self._sync()
        check()
        (self.folder / "index.new").replace(self.index)

    def undo(self) -> tuple[str, ...]:
        """Take the change back; returns paths that someone else changed since, left as they are."""
        try:
            kept = self._undo()
        except OSError:  # once more: what failed may have been passing
            kept = self._undo()
        self._drop_lock()
        self._discard(self.folder)
        return kept

    def finish(self) -> None:
        """Tidy up after a change that is done; what it replaced is kept for `abort`."""
        try:
            self._drop_lock()
        except OSError:
            self._drop_lock()
        last = self.folder.with_name(LAST)
        if last.exists():
            self._discard(last)
        if self.journal.kind == "abort":
            self._discard(self.folder)
            return
        shutil.rmtree(self.folder / "new", ignore_errors=True)
        self.folder.rename(last)
        sync_folder(last.parent)

    def _steps(self) -> Iterator[tuple[int, Step]]:
        return enumerate(self.journal.steps)

    def _ordered(self) -> list[tuple[int, Step]]:
        """A place must be free before a file is put there: a folder or a file may have to go."""
        removed = {step.path for step in self.journal.steps if not step.after}
        emptied = {folder for folder, _ in self.journal.emptied}

        def order(item: tuple[int, Step]) -> int:
            _, step = item
            waits = step.path in emptied or removed & set(parents(step.path))
            return 2 if waits else 1 if not step.after else 0

        return sorted(self._steps(), key=order)

    def _keep(self, number: int, step: Step) -> tuple[int, ...]:
        """Give the file of before a second name, and make sure that it is the one we know."""
        if not step.before:
            return ()
        here, kept = self.root / step.path, self.folder / "old" / str(number)
        if is_behind_link(self.root, step.path):
            raise Stale(step.path)
        with naming(here):
            try:
                link_or_copy(here, kept)
            except (FileNotFoundError, NotADirectoryError):
                raise Stale(step.path) from None
            found = look(kept.parent, kept.name)
        if not found or found.seen != step.before:
            raise Stale(step.path)
        return _times(here)

    def _step(self, number: int, step: Step, times: tuple[int, ...]) -> None:
        here, aside = self.root / step.path, self.folder / "new" / str(number)
        if step.before and _times(here) != times:
            raise Stale(step.path)
        if not step.after:
            here.unlink()
            self._leave(step.path)
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
            raise Stale(str(here.relative_to(self.root))) from None
        except OSError as error:
            if error.errno not in NO_LINK_ERRNOS:
                raise
            if os.path.lexists(here):
                raise Stale(str(here.relative_to(self.root))) from None
            self._rename(aside, here, number)

    def _leave(self, path: str) -> None:
        """Remove the folders that a removed file leaves empty."""
        for parent in parents(path):
            try:
                (self.root / parent).rmdir()
            except OSError as error:
                if error.errno not in STILL_USED:
                    raise
                return

    def _beside(self, here: Path, number: int) -> Path:
        return here.with_name(f".scaffold-{number}")

    def _rename(self, source: Path, here: Path, number: int) -> None:
        """Replace in one step, also where the git directory is on another file system."""
        try:
            source.replace(here)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            beside = self._beside(here, number)
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
        """Remove the lock of the index if it is ours, which its content tells."""
        lock, token = self.git_dir / "index.lock", (self.folder / "token").read_bytes()
        with suppress(FileNotFoundError):
            content = lock.read_bytes()
            if content and token.startswith(content):
                lock.unlink()

    def _undo(self) -> tuple[str, ...]:
        kept = [step.path for number, step in self._steps() if not self._taken_back(number, step)]
        for folder in reversed(self.journal.made):
            try:
                (self.root / folder).rmdir()
            except OSError as error:
                if error.errno not in STILL_USED:
                    raise
        for folder, mode in self.journal.emptied:
            if not os.path.lexists(self.root / folder):
                (self.root / folder).mkdir(parents=True)
                (self.root / folder).chmod(mode)
        kept += [step.path for number, step in self._steps() if not self._restored(number, step)]
        return tuple(kept)

    def _taken_back(self, number: int, step: Step) -> bool:
        """Remove what the change added, unless it is not what the change added."""
        here = self.root / step.path
        self._beside(here, number).unlink(missing_ok=True) if here.parent.is_dir() else None
        if step.before or not os.path.lexists(here) or is_behind_link(self.root, step.path):
            return True
        found = look(self.root, step.path)
        if not found or found.seen != step.after:
            return here.is_dir() and not here.is_symlink()
        here.unlink()
        return True

    def _restored(self, number: int, step: Step) -> bool:
        """Put back what the change replaced or removed, unless someone put something else."""
        kept, here = self.folder / "old" / str(number), self.root / step.path
        if not step.before or not os.path.lexists(kept):
            return True
        found = look(self.root, step.path)
        if found and found.seen == step.before:
            return True
        stranger = found.seen != step.after if found else os.path.lexists(here)
        if stranger or is_behind_link(self.root, step.path):
            return False
        here.parent.mkdir(parents=True, exist_ok=True)
        self._rename(kept, here, number)
        return True

    def _discard(self, folder: Path) -> None:
        trash = folder.with_name(f"trash-{secrets.token_hex(4)}")
        folder.rename(trash)
        shutil.rmtree(trash, ignore_errors=True)


def _times(path: Path) -> tuple[int, ...]:
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let an error of the system name the project's file, not the one aside."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
