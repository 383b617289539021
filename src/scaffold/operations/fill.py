"""Fill a folder that holds files already: of a git repository by a merge, else what is missing."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .. import apply as applying
from .. import git, merge
from ..errors import ScaffoldError
from ..merge import (
    Change,
    ChangeKind,
    ProjectRepository,
    SideLabels,
    find_obstacles,
    find_repository,
    read_disk_file,
    read_index,
    select_ignored,
)
from ..project import RECORD_NAME, add_files, is_occupied
from ..user import Confirm, asked
from .recovery import notes_of

if TYPE_CHECKING:
    from ..blueprints import OpenedBlueprint
    from ..render import RenderResult

KEEP = "add --keep-existing to keep all existing files"


@dataclass(frozen=True)
class Occupied:
    """A folder that holds files.

    Attributes:
        folder: The folder.
        repo: The git repository that it lies in, or None.
        keeps: Whether files that are there stay as they are.
        notes: What was done to the repository first.
    """

    folder: Path
    repo: ProjectRepository | None
    keeps: bool
    notes: tuple[str, ...] = ()

    def filling(self, rendered: RenderResult, label: str, kept: Collection[str] = ()) -> Filling:
        """Plan what becomes of each file.

        Args:
            rendered: The new project.
            label: How its side is called.
            kept: Paths that stay as they are.

        Raises:
            ScaffoldError: The repository is in no state for it.
        """
        refuse_record(self.folder, rendered.record)
        stays = _Kept(self, rendered, frozenset(kept))
        known = {file.path for file in rendered.files if stays.is_kept(file.path)}
        named = tuple(
            Change(path, ChangeKind.kept, reason="it exists and differs")
            for path in sorted(known)
            if not _is_same(self.folder, rendered.folder, path)
        )
        if self.repo is None:
            changes = tuple(_compared(self.folder, rendered, known))
            return Filling(self, tuple(sorted((*changes, *named), key=lambda c: c.path)), None)
        plan = merge.plan_merge(
            self.folder,
            merge.Renders(
                None,
                rendered.folder,
                rendered.record or RECORD_NAME,
                SideLabels(label, markers=("nothing", "your project", label)),
                known.__contains__,
            ),
            merge.inspect_project(self.repo, uncommitted=True),
        )
        return Filling(self, tuple(sorted((*plan.changes, *named), key=lambda c: c.path)), plan)

    def told(self, rendered: RenderResult, label: str) -> tuple[tuple[str, str, str], ...]:
        """What becomes of each file that is there already: what happens, its path, and why."""
        changes = self.filling(rendered, label).changes
        return tuple(
            (c.kind.value, c.path, c.reason) for c in changes if c.kind is not ChangeKind.added
        )


@dataclass(frozen=True)
class Filling:
    """What becomes of each file of a new project in a folder that holds files.

    Attributes:
        occupied: The folder.
        changes: What happens, by path; what is the same is left out.
        plan: In a repository, all that is done.
    """

    occupied: Occupied
    changes: tuple[Change, ...]
    plan: merge.Plan | None

    @property
    def conflicts(self) -> int:
        """How many conflicts are left to resolve."""
        return len(self.plan.conflicts) if self.plan else 0

    @property
    def blocked(self) -> tuple[Change, ...]:
        """What stands in the way."""
        return tuple(change for change in self.changes if change.kind is ChangeKind.in_the_way)

    def write(self, stage: Path, record: str) -> None:
        """Do it; the record comes last.

        Raises:
            ScaffoldError: Something changed since, or cannot be written. Nothing was changed.
        """
        if self.plan:
            applying.apply_plan(self.plan)
            return
        paths = [change.path for change in self.changes if change.kind is ChangeKind.added]
        add_files(stage, self.occupied.folder, sorted(paths, key=lambda path: path == record))


def look_into(dest: Path, opened: OpenedBlueprint, record: str, keeps: bool) -> Occupied | None:
    """Look at the folder of a new project; None where it is not there, or holds nothing.

    Args:
        dest: The folder.
        opened: The blueprint.
        record: The record's path as the user named it.
        keeps: Whether files that are there stay as they are.

    Raises:
        ScaffoldError: It was made from a blueprint already, or its repository cannot be used.
    """
    if not is_occupied(dest):
        return None
    refuse_record(dest, record or str(opened.config.get("_answers_file") or RECORD_NAME))
    repo = _repository(dest)
    if repo is None:
        return Occupied(dest, None, keeps)
    return Occupied(dest, repo, keeps, notes_of(applying.recover_update(repo.git_dir)))


def refuse_record(dest: Path, record: str) -> None:
    """Refuse a folder that has a project of a blueprint already.

    Raises:
        ScaffoldError: The record is there.
    """
    if record and os.path.lexists(dest / record):
        hint = "Run `scaffold update` there, or give --record FILE for one more blueprint."
        raise ScaffoldError(f"{dest} was made from a blueprint already: it has {record}", hint)


def settle(
    filling: Filling, rendered: RenderResult, label: str, confirm: Confirm | None
) -> Filling:
    """Leave what stands in the way as it is, if a person says so.

    Raises:
        ScaffoldError: Nobody did.
    """
    blocked = filling.blocked
    if not blocked:
        return filling
    lines = [f"{change.path}: {change.reason}" for change in blocked]
    if asked(confirm, "Keep these, and write only what is missing?", lines):
        occupied, paths = filling.occupied, [change.path for change in blocked]
        return settle(occupied.filling(rendered, label, paths), rendered, label, None)
    error = applying.make_obstacle_error(blocked)
    other = "move, rename or commit them" if filling.plan else "make it a git repository (git init)"
    error.hint = f"Nothing was changed. {KEEP.capitalize()}; or {other} and run the command again."
    raise error


def _repository(dest: Path) -> ProjectRepository | None:
    """The repository that a folder lies in; none where the repository ignores it.

    Raises:
        ScaffoldError: There is one, and it cannot be used.
    """
    places = (dest, *dest.parents)
    if not any(os.path.lexists(place / ".git") for place in places) and not git.is_repository(dest):
        return None
    repo = find_repository(dest, unborn=True)
    is_ignored = repo.prefix and select_ignored(repo.top, [repo.prefix])
    return None if is_ignored and not read_index(dest) else repo


@dataclass(frozen=True)
class _Kept:
    """Which files of a new project are left out, for something is there."""

    occupied: Occupied
    rendered: RenderResult
    paths: frozenset[str]

    def is_kept(self, path: str) -> bool:
        """Whether a path is left as it is."""
        folder = self.occupied.folder
        there = {path} if os.path.lexists(folder / path) else set()
        there |= set(find_obstacles(folder, path, ()))
        is_wanted = self.occupied.keeps or self.rendered.is_left_alone(path) or there & self.paths
        return bool(there and is_wanted)


def _compared(folder: Path, rendered: RenderResult, kept: Collection[str]) -> Iterator[Change]:
    """What becomes of each file where there is no git to merge it."""
    for file in rendered.files:
        path = file.path
        stands = find_obstacles(folder, path, ())
        if path in kept or _is_same(folder, rendered.folder, path):
            continue
        if not stands and not os.path.lexists(folder / path):
            yield Change(path, ChangeKind.added)
        elif stands in ([], [path]):
            yield Change(path, ChangeKind.in_the_way, reason="it exists and differs")
        else:
            reason = f"{path} cannot be put there"
            yield from (Change(stand, ChangeKind.in_the_way, reason=reason) for stand in stands)


def _is_same(folder: Path, other: Path, path: str) -> bool:
    found = read_disk_file(folder, path)
    return found is not None and found == read_disk_file(other, path)
