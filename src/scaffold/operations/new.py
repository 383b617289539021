"""Make a project from a blueprint."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import git
from ..blueprints import DEFAULT_BLUEPRINT, find_blueprint
from ..errors import ScaffoldError
from ..merge import compute_tree_id
from ..project import (
    check_archive_path,
    check_destination,
    find_existing_parent,
    is_occupied,
    list_root_only_notes,
    make_staging_folder,
    publish_archive,
    publish_project,
    refuse_record_path,
    stamp_record,
    write_archive,
)
from ..user import EXTENSIONS, TASKS, Trust
from .answering import Inputs
from .loading import refuse_too_new, source_notes
from .preview import Making

if TYPE_CHECKING:
    from ..blueprints import OpenedBlueprint
    from ..merge import Change
    from ..render import RenderedFile, RenderResult
    from .fill import Filling, Occupied


@dataclass(frozen=True)
class Created:
    """A project that was made, or would be.

    Attributes:
        path: Where it is.
        source: The blueprint's stable name.
        version: The version's name; empty where the blueprint has none.
        files: What was written, sorted by path.
        answers: The answers, by question; secrets left out.
        sources: Where each answer came from.
        notes: What the user should know.
        steps: What to do next, as a layered blueprint says.
        message: What any other says after a render.
        repository: Whether a git repository was started.
        written: False for a dry run, and where the person quit in the review.
        first_run: What makes and tries the project's environment.
        archive: The archive that was written in place of ``path``; None where none was asked for.
        changes: What becomes of each file, in a folder that held files already; empty else.
        conflicts: How many of them are left to resolve.
        staged: Whether they are staged in a git repository, and can be taken back.
    """

    path: Path
    source: str
    version: str
    files: tuple[RenderedFile, ...]
    answers: Mapping[str, Any]
    sources: Mapping[str, str]
    notes: tuple[str, ...]
    steps: tuple[str, ...]
    message: str
    repository: bool
    written: bool
    first_run: Mapping[str, Sequence[str]]
    archive: Path | None = None
    changes: tuple[Change, ...] = ()
    conflicts: int = 0
    staged: bool = False


def create(
    dest: Path,
    blueprint: str = DEFAULT_BLUEPRINT,
    inputs: Inputs | None = None,
    *,
    version: str | None = None,
    start_git: bool = True,
    trust: bool = False,
    skip_tasks: bool = False,
    dry_run: bool = False,
    record: str = "",
    exclude: Sequence[str] = (),
    skip: Sequence[str] = (),
    prereleases: bool = False,
    archive: Path | None = None,
    keep_existing: bool = False,
) -> Created:
    """Make a project from a blueprint.

    It is rendered aside and put in place by one rename: a failure leaves nothing. A folder that
    holds files is filled: in a git repository by a merge that is staged, all of it or nothing, and
    that `operations.update.abort` takes back; elsewhere what is there is never changed.

    Args:
        dest: The project's folder.
        blueprint: A built-in name, a folder, a git URL, ``gh:owner/repo`` or ``gl:owner/repo``.
        inputs: Where answers come from.
        version: A version of the blueprint; the newest where it is None.
        start_git: Start a repository with one commit, unless ``dest`` lies in one already.
        trust: Allow the blueprint's tasks and Jinja extensions to run code.
        skip_tasks: Leave the blueprint's tasks out.
        dry_run: Render, report, and write nothing.
        record: The record's path in the project; empty for the blueprint's own choice.
        exclude: Further patterns of paths to leave out, as in ``_exclude``.
        skip: Further patterns of paths that stay as they are where they exist, as in
            ``_skip_if_exists``.
        prereleases: Whether a pre-release may be the newest version.
        archive: A zip archive to write in place of the folder, which then only gives its name.
        keep_existing: Whether files that are there stay as they are.

    Raises:
        AnswersError: Answers are unknown, missing or invalid.
        ScaffoldError: Anything else that was expected to go wrong.
    """
    inputs = inputs or Inputs()
    asked, dest, archive = str(dest), _absolute(dest), _absolute(archive) if archive else None
    refuse_record_path(record)
    if archive:
        check_archive_path(archive)
    else:
        check_destination(dest)
    source = find_blueprint(blueprint, prereleases=prereleases)
    consent = Trust(trust, True, inputs.confirm, inputs.environ)
    beside = archive.with_name(dest.name) if archive else dest
    with source.open(version) as opened, make_staging_folder(beside) as stage:
        consent.use(source)
        runs = consent.runs(opened, (EXTENSIONS,) if skip_tasks else (EXTENSIONS, TASKS))
        refuse_too_new(opened)
        occupied = None if archive else _look_into(dest, opened, record, keep_existing)
        making = Making(
            opened=opened,
            blueprint=blueprint,
            asked=asked,
            dest=dest,
            inputs=inputs,
            version=version,
            start_git=start_git and not archive,
            trust=runs,
            skip_tasks=skip_tasks,
            dry_run=dry_run,
            record=record,
            exclude=exclude,
            skip=skip,
            prereleases=prereleases,
            archive=archive,
            occupied=occupied,
        )
        return _made(making, stage, consent)


def _look_into(dest: Path, opened: OpenedBlueprint, record: str, keeps: bool) -> Occupied | None:
    if not is_occupied(dest):
        return None
    from .fill import look_into

    return look_into(dest, opened, record, keeps)


def _made(making: Making, stage: Path, consent: Trust) -> Created:
    """Ask, render aside, and put the project in place."""
    opened, answering = making.opened, making.answering()
    answers, rendered, is_wanted = making.render(answering, stage)
    is_written = is_wanted and not making.dry_run
    notes = (*source_notes(opened), *answers.notes, *_write_record(making, rendered))
    if not making.archive:
        notes += list_root_only_notes((file.path for file in rendered.files), making.dest)
    filling, repository, problem = None, False, ""
    if making.occupied:
        filling, problem = _fill(making, rendered, is_wanted=is_wanted, is_written=is_written)
        notes = (*making.occupied.notes, *notes)
    else:
        repository, problem = _start_repository(making, stage, is_written=is_written)
        if is_written:
            _publish(making, stage)
    if is_written:
        notes = (*notes, *answering.offer(answers, consent.memory))
    return Created(
        path=making.dest,
        source=opened.source,
        version=opened.version or "",
        files=rendered.files,
        answers={k: v for k, v in answers.values.items() if k not in answers.secrets},
        sources=answers.sources,
        notes=(*notes, *consent.memory.notes, *([problem] if problem else [])),
        steps=tuple(rendered.message.splitlines()) if opened.layered else (),
        message="" if opened.layered else rendered.message,
        repository=repository,
        written=is_written,
        first_run=rendered.first_run,
        archive=making.archive,
        changes=filling.changes if filling else (),
        conflicts=filling.conflicts if filling else 0,
        staged=bool(filling and filling.plan),
    )


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path.expanduser()))  # noqa: PTH100 - keeps symlinks as given


def _publish(making: Making, stage: Path) -> None:
    """Put the project in place, as a folder or as an archive."""
    if not making.archive:
        publish_project(stage, making.dest)
        return
    packed = stage.with_name(f"{stage.name}.zip")
    write_archive(stage, packed)
    publish_archive(packed, making.archive)


def _fill(
    making: Making, rendered: RenderResult, *, is_wanted: bool, is_written: bool
) -> tuple[Filling | None, str]:
    """Fill a folder that holds files; gives what becomes of them, and what to say of git."""
    from .fill import settle

    if making.occupied is None or not is_wanted:
        return None, ""
    label, confirm = making.opened.label, making.inputs.confirm
    filling = settle(making.occupied.filling(rendered, label), rendered, label, confirm)
    if is_written:
        filling.write(rendered.folder, rendered.record)
    is_missed = making.start_git and not filling.plan
    return filling, "no repository was started: the folder already held files" if is_missed else ""


def _write_record(making: Making, rendered: RenderResult) -> tuple[str, ...]:
    """Make the record exact; gives what to say where there is none."""
    if not rendered.record:
        name = making.record or "record"
        return (f"this blueprint writes no {name}, so `scaffold update` cannot update the project",)
    opened = making.opened
    # What was left out by hand is no part of the version: an update sees it as deleted.
    tree = "" if making.exclude else compute_tree_id(rendered.folder, rendered.record)
    stamp_record(rendered.folder / rendered.record, "" if opened.draft else opened.commit, tree)
    return ()


def _start_repository(making: Making, stage: Path, *, is_written: bool) -> tuple[bool, str]:
    """Make the project a repository; gives whether it is one, and why not though asked for."""
    if not making.start_git:
        return False, ""
    try:
        if around := git.find_work_tree(find_existing_parent(making.dest)):
            return False, f"no repository was started: {around} is one already"
        if is_written:
            git.init_repository(stage, f"Start from {making.opened.label}")
    except git.GitError:
        raise
    except ScaffoldError as error:
        return False, f"no repository was started: {error.what}"
    return True, ""
