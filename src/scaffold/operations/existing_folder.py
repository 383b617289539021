"""Make a project in a folder that holds files: merge in a git repository, else add files only."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .. import apply as applying
from .. import merge
from ..errors import ScaffoldError
from ..git import (
    ProjectRepository,
    find_repository,
    is_repository,
    read_index,
    select_ignored,
)
from ..merge import Change, ChangeKind, SideLabels, find_obstacles, read_disk_file
from ..project import RECORD_NAME, add_files
from ..user import Confirm, get_confirmation
from .recovery import make_recovery_notes

if TYPE_CHECKING:
    from ..blueprints import OpenedBlueprint
    from ..render import RenderResult

KEEP_HINT = "Add --keep-existing to keep all existing files"


@dataclass(frozen=True)
class ExistingFolder:
    """A folder that holds files.

    Attributes:
        repo: The git repository that it lies in, or None.
        keep_all: Whether all existing files stay as they are.
        notes: Notes on the recovery of an earlier update.
    """

    folder: Path
    repo: ProjectRepository | None
    keep_all: bool
    notes: tuple[str, ...] = ()

    def make_plan(self, rendered: RenderResult, label: str, kept: Collection[str] = ()) -> FillPlan:
        """Plan the change of each file.

        Args:
            label: The name of its side in a conflict.
            kept: Paths that stay as they are.

        Raises:
            ScaffoldError: The repository is in no state for it.
        """
        refuse_record(self.folder, rendered.record)
        known = {file.path for file in rendered.files if self._is_kept(file.path, rendered, kept)}
        named = tuple(
            Change(path, ChangeKind.kept, reason="it exists and differs")
            for path in sorted(known)
            if not _is_same(self.folder, rendered.folder, path)
        )
        if self.repo is None:
            return FillPlan(self, _sort((*_compare_files(self.folder, rendered, known), *named)))
        plan = merge.plan_merge(
            merge.inspect_project(self.repo, uncommitted=True),
            merge.Renders(
                None,
                rendered.folder,
                rendered.record or RECORD_NAME,
                SideLabels(label, markers=("nothing", "your project", label)),
                known.__contains__,
            ),
        )
        return FillPlan(self, _sort((*plan.changes, *named)), plan)

    def _is_kept(self, path: str, rendered: RenderResult, kept: Collection[str]) -> bool:
        there = {path} if os.path.lexists(self.folder / path) else set()
        there |= set(find_obstacles(self.folder, path, ()))
        is_wanted = self.keep_all or rendered.is_left_alone(path) or not there.isdisjoint(kept)
        return bool(there and is_wanted)

    def list_changes(self, rendered: RenderResult, label: str) -> tuple[tuple[str, str, str], ...]:
        """List the changes of existing files: kind of change, path, and reason."""
        changes = self.make_plan(rendered, label).changes
        return tuple(
            (c.kind.value, c.path, c.reason) for c in changes if c.kind is not ChangeKind.added
        )


@dataclass(frozen=True)
class FillPlan:
    """The changes that a new project makes in a folder that holds files.

    Attributes:
        changes: The changes, by path; without files that stay the same.
        merge_plan: In a repository, the plan of the merge.
    """

    existing: ExistingFolder
    changes: tuple[Change, ...]
    merge_plan: merge.Plan | None = None

    @property
    def conflicts(self) -> int:
        """The number of conflicts that are left to resolve."""
        return len(self.merge_plan.conflicts) if self.merge_plan else 0

    @property
    def obstacles(self) -> tuple[Change, ...]:
        """The changes that an existing file prevents."""
        return tuple(change for change in self.changes if change.kind is ChangeKind.in_the_way)

    def apply(self, stage: Path, record: str) -> None:
        """Apply the changes; the record comes last.

        Raises:
            ScaffoldError: A file changed since, or cannot be written. Nothing was changed.
        """
        if self.merge_plan:
            applying.apply_plan(self.merge_plan)
            return
        paths = [change.path for change in self.changes if change.kind is ChangeKind.added]
        add_files(stage, self.existing.folder, sorted(paths, key=lambda path: path == record))


def open_existing(
    dest: Path, opened: OpenedBlueprint, record: str, keep_all: bool
) -> ExistingFolder:
    """Open the folder of a new project, which holds files.

    Args:
        record: The record's path as the user named it.

    Raises:
        ScaffoldError: It was made from a blueprint already, or its repository cannot be used.
    """
    refuse_record(dest, record or str(opened.config.get("_answers_file") or RECORD_NAME))
    repo = _find_repository(dest)
    notes = make_recovery_notes(applying.recover_update(repo.git_dir)) if repo else ()
    return ExistingFolder(dest, repo, keep_all, notes)


def refuse_record(dest: Path, record: str) -> None:
    """Refuse a folder that was made from a blueprint already.

    Raises:
        ScaffoldError: It holds the record.
    """
    if record and os.path.lexists(dest / record):
        hint = "Run `scaffold update` there, or give --record FILE for one more blueprint."
        raise ScaffoldError(f"{dest} was made from a blueprint already: it has {record}", hint)


def keep_obstacles(
    plan: FillPlan, rendered: RenderResult, label: str, confirm: Confirm | None
) -> FillPlan:
    """Keep the existing files that prevent a change, if a person agrees.

    Raises:
        ScaffoldError: Nobody agreed.
    """
    obstacles = plan.obstacles
    if not obstacles:
        return plan
    lines = [f"{change.path}: {change.reason}" for change in obstacles]
    if get_confirmation(confirm, "Keep these, and write only what is missing?", lines):
        existing, paths = plan.existing, [change.path for change in obstacles]
        return keep_obstacles(existing.make_plan(rendered, label, paths), rendered, label, None)
    error = applying.make_obstacle_error(obstacles)
    other = (
        "move, rename or commit them" if plan.merge_plan else "make it a git repository (git init)"
    )
    error.hint = f"Nothing was changed. {KEEP_HINT}; or {other} and run the command again."
    raise error


def _find_repository(dest: Path) -> ProjectRepository | None:
    """Find the repository of a folder; None where the repository ignores the folder."""
    places = (dest, *dest.parents)
    if not any(os.path.lexists(place / ".git") for place in places) and not is_repository(dest):
        return None
    repo = find_repository(dest, unborn=True)
    is_ignored = repo.prefix and select_ignored(repo.top, [repo.prefix])
    return None if is_ignored and not read_index(dest) else repo


def _sort(changes: Iterable[Change]) -> tuple[Change, ...]:
    return tuple(sorted(changes, key=lambda change: change.path))


def _compare_files(folder: Path, rendered: RenderResult, kept: Collection[str]) -> Iterator[Change]:
    """Compare each file with the folder, where there is no git to merge them."""
    for file in rendered.files:
        path = file.path
        obstacles = find_obstacles(folder, path, ())
        if path in kept or _is_same(folder, rendered.folder, path):
            continue
        if not obstacles and not os.path.lexists(folder / path):
            yield Change(path, ChangeKind.added)
        elif obstacles in ([], [path]):
            yield Change(path, ChangeKind.in_the_way, reason="it exists and differs")
        else:
            reason = f"{path} cannot be put there"
            yield from (Change(place, ChangeKind.in_the_way, reason=reason) for place in obstacles)


def _is_same(folder: Path, other: Path, path: str) -> bool:
    found = read_disk_file(folder, path)
    return found is not None and found == read_disk_file(other, path)
