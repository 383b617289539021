"""Before anything else: finish or undo what a killed update left."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Failure, ScaffoldError
from ..project import RECORD_NAME, read_record, refuse_missing_folder
from ..questions import describe_conflicts

if TYPE_CHECKING:
    from ..apply import Recovery
    from ..merge import ProjectRepository


def heal(
    project: Path, record_path: str | None = None, *, unborn: bool = False
) -> tuple[ProjectRepository, Recovery]:
    """Finish or undo what a killed update left in a project's repository.

    Args:
        project: The project.
        record_path: Its record; None for the usual one.
        unborn: Whether a repository without a commit is one, too.

    Returns:
        The repository, and what was done.

    Raises:
        UsageError: There is no such folder.
        ScaffoldError: It is in no repository, or an update is running right now.
    """
    from .. import apply
    from ..merge import find_repository

    refuse_missing_folder(project)
    try:
        repo = find_repository(project, unborn=unborn)
    except ScaffoldError:
        read_record(project, record_path or RECORD_NAME)  # a folder that is no project is told so
        raise
    return repo, apply.recover_update(repo.git_dir)


def notes_of(healed: Recovery) -> tuple[str, ...]:
    """What to say of it."""
    if healed.outcome == "nothing":
        return ()
    kept = (f"{path} was changed since, and was kept" for path in healed.kept)
    return (f"an interrupted update was {healed.outcome} first", *kept)


def is_needed(project: Path) -> bool:
    """Whether a killed update left something, told without starting git."""
    return _has_left(project, "running")


def _has_left(project: Path, what: str) -> bool:
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
    """An update that is in the project and not committed yet.

    Attributes:
        conflicts: The paths that are left to resolve.
    """

    conflicts: tuple[str, ...] = ()

    def refusal(self, project: Path) -> ScaffoldError:
        """The refusal of another update on top of it."""
        count = len(self.conflicts)
        what = "the last update is not committed yet"
        if count:
            what += f", and {describe_conflicts(count)}"
        resolve = "Resolve each (edit, git add), then commit it" if count else "Commit it"
        take_back = f"scaffold update --abort {shlex.quote(str(project))}"
        return ScaffoldError(what, f"{resolve}, or undo it: {take_back}", self.conflicts)


def find_pending(project: Path) -> Pending | None:
    """The update that is pending in a project; no git is started where there was none."""
    from .. import apply
    from ..merge import find_repository, read_index

    if not _has_left(project, "last"):
        return None
    repo = find_repository(project)
    if not apply.is_update_pending(repo):
        return None
    unmerged = {item.path for item in read_index(project) if item.stage}
    return Pending(tuple(sorted(unmerged)))


@contextmanager
def told(notes: tuple[str, ...]) -> Iterator[None]:
    """Let a refusal say what was done before it."""
    try:
        yield
    except Failure as error:
        error.details = (*(f"note: {note}" for note in notes), *error.details)
        raise
