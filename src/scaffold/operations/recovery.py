"""Open a project: recover an update that was killed, find one that is not committed."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .. import apply, git
from ..errors import Failure, ScaffoldError
from ..project import RECORD_NAME, find_project, read_record
from ..questions import describe_conflicts


def open_project(
    folder: Path, record_path: str | None = None, *, unborn: bool = False
) -> tuple[git.ProjectRepository, apply.Recovery]:
    """Find a project's repository, and finish or undo an update in it that was killed.

    Args:
        record_path: Its record; None for the usual one.
        unborn: Whether a repository without a commit is allowed.

    Returns:
        The repository, whose folder is the project, and the outcome of the recovery.

    Raises:
        UsageError: There is no such folder.
        ScaffoldError: It is in no repository, or an update is running right now.
    """
    project = find_project(folder, record_path)
    try:
        repo = git.find_repository(project, unborn=unborn)
    except ScaffoldError:
        # Its error names a folder that is no project.
        read_record(project, record_path or RECORD_NAME)
        raise
    return repo, apply.recover_update(repo.git_dir)


def make_recovery_notes(recovery: apply.Recovery) -> tuple[str, ...]:
    """Make notes on the outcome of a recovery."""
    if recovery.outcome == "nothing":
        return ()
    kept = (f"{path} was changed since, and was kept" for path in recovery.kept)
    return (f"an interrupted update was {recovery.outcome} first", *kept)


def needs_recovery(project: Path) -> bool:
    """Tell whether a killed update left something, without starting git."""
    return _has_state_folder(project, "running")


def _has_state_folder(project: Path, what: str) -> bool:
    for folder in (project, *project.parents):
        marker = folder / ".git"
        if marker.is_dir():
            return (marker / "scaffold" / what).is_dir()
        if marker.is_file():
            git_dir = marker.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
            return (folder / git_dir / "scaffold" / what).is_dir()
    return False


@dataclass(frozen=True)
class Pending:
    """An update in the project that is not committed yet.

    Attributes:
        conflicts: The paths that are left to resolve.
    """

    conflicts: tuple[str, ...] = ()

    def make_error(self, project: Path) -> ScaffoldError:
        """Make the error of another update on top of it."""
        count = len(self.conflicts)
        what = "the last update is not committed yet"
        if count:
            what += f", and {describe_conflicts(count)}"
        resolve = "Resolve each (edit, git add), then commit it" if count else "Commit it"
        take_back = f"scaffold update --abort {shlex.quote(str(project))}"
        return ScaffoldError(what, f"{resolve}, or undo it: {take_back}", self.conflicts)


def find_pending(project: Path) -> Pending | None:
    """Find an update that is not committed yet; starts no git where there was none."""
    if not _has_state_folder(project, "last"):
        return None
    repo = git.find_repository(project)
    if not apply.is_update_pending(repo):
        return None
    unmerged = {item.path for item in git.read_index(project) if item.stage}
    return Pending(tuple(sorted(unmerged)))


@contextmanager
def with_recovery_notes(notes: tuple[str, ...]) -> Iterator[None]:
    """Prepend recovery notes to the details of an error."""
    try:
        yield
    except Failure as error:
        error.details = (*(f"note: {note}" for note in notes), *error.details)
        raise
