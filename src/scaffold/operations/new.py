"""Make a project from a blueprint."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import git, merge, render
from ..blueprints import (
    DEFAULT_BLUEPRINT,
    EXTENSIONS_KEY,
    TASKS_KEY,
    OpenedBlueprint,
    find_blueprint,
)
from ..errors import ScaffoldError
from ..git import strip_credentials
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
    write_archive,
)
from ..questions import Answers, read_presets
from ..user import Trust
from .inputs import EditableAnswers, Inputs, RenderOptions
from .loading import (
    load_questions,
    make_copier_conf,
    make_source_notes,
    refuse_too_new,
    show_message_before,
)
from .renders import complete_record
from .review import QUIT, Review, find_dependencies, list_answers, make_command, save_answers

if TYPE_CHECKING:
    from .existing_folder import ExistingFolder, FillPlan


@dataclass(frozen=True)
class CreateResult:
    """A project that was made, or would be made.

    Attributes:
        path: Its folder.
        source: The blueprint's stable name.
        version: The version's name; empty where the blueprint has none.
        files: The files that were written, sorted by path.
        answers: The answers, by question; secrets left out.
        sources: The source of each answer.
        notes: Notes for the user.
        steps: The next steps of a layered blueprint.
        message: The message after a render of any other blueprint.
        repository: Whether a git repository was started.
        written: False for a dry run, and where the person quit in the review.
        first_run: The commands that make and try the project's environment.
        archive: The archive that was written in place of ``path``; None where none was asked for.
        changes: The change of each file, in a folder that held files already; else empty.
        conflicts: The number of conflicts that are left to resolve.
        staged: Whether they are staged in a git repository, and can be taken back.
    """

    path: Path
    source: str
    version: str
    files: tuple[render.RenderedFile, ...]
    answers: Mapping[str, Any]
    sources: Mapping[str, str]
    notes: tuple[str, ...]
    steps: tuple[str, ...]
    message: str
    repository: bool
    written: bool
    first_run: Mapping[str, Sequence[str]]
    archive: Path | None = None
    changes: tuple[merge.Change, ...] = ()
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
) -> CreateResult:
    """Make a project from a blueprint.

    It is rendered aside and put in place by one rename: a failure leaves nothing. A folder that
    holds files is filled: in a git repository by a merge that is staged, all or nothing, and that
    `abort` takes back; elsewhere existing files are never changed.

    Args:
        dest: The project's folder.
        blueprint: A built-in name, a folder, a git URL, ``gh:owner/repo`` or ``gl:owner/repo``.
        inputs: The sources of answers.
        start_git: Start a repository with one commit, unless ``dest`` lies in one already.
        record: The record's path in the project; empty for the blueprint's own choice.
        archive: A zip archive to write in place of the folder, which then only gives its name.
        keep_existing: Whether existing files stay as they are.

    All other arguments are those of `RenderOptions`.

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
        consent.remember_use(source)
        code_keys = (EXTENSIONS_KEY,) if skip_tasks else (EXTENSIONS_KEY, TASKS_KEY)
        trust = consent.allow_code(opened, code_keys)
        refuse_too_new(opened)
        existing = None
        if not archive and is_occupied(dest):
            from .existing_folder import open_existing

            existing = open_existing(dest, opened, record, keep_existing)
        options = RenderOptions(
            version, record, trust, skip_tasks, dry_run, exclude, skip, prereleases
        )
        start_git = start_git and not archive
        project = _NewProject(
            opened, blueprint, asked, dest, inputs, options, start_git, archive, existing
        )
        return _make(project, stage, consent)


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path.expanduser()))  # noqa: PTH100 - keeps symlinks as given


@dataclass(frozen=True)
class _NewProject:
    """A new project as the user asked for it.

    Attributes:
        opened: The version of the blueprint.
        asked: The project's folder as the user named it.
        dest: The same, absolute.
        options: Options of the render; ``trust`` tells whether the blueprint's code may run.
        existing: The folder, where it holds files already.

    All others are arguments of `create`.
    """

    opened: OpenedBlueprint
    blueprint: str
    asked: str
    dest: Path
    inputs: Inputs
    options: RenderOptions
    start_git: bool
    archive: Path | None
    existing: ExistingFolder | None

    @cached_property
    def conf(self) -> Mapping[str, Any]:
        """The value of ``_copier_conf``."""
        asked, defaults = Path(self.asked).expanduser(), self.inputs.defaults
        return make_copier_conf(self.opened, asked, self.options, defaults=defaults)


def _make(project: _NewProject, stage: Path, consent: Trust) -> CreateResult:
    opened, questions = project.opened, _load_answers(project)
    answers, rendered, is_wanted = _render_until_approved(project, questions, stage)
    is_written = is_wanted and not project.options.dry_run
    notes = (*make_source_notes(opened), *answers.notes, *_write_record(project, rendered))
    if not project.archive:
        notes += list_root_only_notes((file.path for file in rendered.files), project.dest)
    plan, repository, problem = None, False, ""
    if project.existing:
        plan, problem = _fill(project, rendered, is_wanted=is_wanted, is_written=is_written)
        notes = (*project.existing.notes, *notes)
    else:
        repository, problem = _start_repository(project, stage, is_written=is_written)
        if is_written:
            _publish(project, stage)
    if is_written:
        notes = (*notes, *questions.offer_settings(answers, consent.memory))
    return CreateResult(
        path=project.dest,
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
        archive=project.archive,
        changes=plan.changes if plan else (),
        conflicts=plan.conflicts if plan else 0,
        staged=bool(plan and plan.merge_plan),
    )


# ---------------------------------------------------------------- ask and render


def _load_answers(project: _NewProject) -> EditableAnswers:
    questionnaire = load_questions(
        project.opened, project=project.dest, conf=project.conf, trust=project.options.trust
    )
    show_message_before("copy", project.opened, questionnaire)
    presets = read_presets(project.opened.about, questionnaire.questions)
    return EditableAnswers(
        questionnaire, project.inputs, find_existing_parent(project.dest), presets
    )


def _render_until_approved(
    project: _NewProject, questions: EditableAnswers, stage: Path
) -> tuple[Answers, render.RenderResult, bool]:
    """Render; where a person gave the answers, again until they approve of the review.

    Returns:
        The answers, the render, and whether the project is to be made.
    """
    opened, wanted = project.opened, project.options
    options: Any = {"trust": wanted.trust, "conf": project.conf, "record": wanted.record or ""}
    options |= {"exclude": wanted.exclude, "skip": wanted.skip}
    before: Mapping[str, Any] = {}
    while True:
        answers = questions.resolve()
        review = questions.review if questions.has_asked and not project.options.dry_run else None
        without_tasks = wanted.skip_tasks or review is not None
        rendered = render.render_blueprint(
            opened, answers, stage, skip_tasks=without_tasks, **options
        )
        reply = (
            review(_make_review(project, questions, answers, rendered, before)) if review else None
        )
        tasks_ran = without_tasks == wanted.skip_tasks or not opened.config.get(TASKS_KEY)
        if reply is QUIT or (reply is None and tasks_ran):
            return answers, rendered, reply is None
        shutil.rmtree(stage)
        if reply is None:  # tasks run once, after the approval
            return answers, render.render_blueprint(opened, answers, stage, **options), True
        before = answers.values
        questions.edit(reply)


def _make_review(
    project: _NewProject,
    questions: EditableAnswers,
    answers: Answers,
    rendered: render.RenderResult,
    before: Mapping[str, Any],
) -> Review:
    opened, questionnaire, preset = project.opened, questions.questionnaire, questions.preset
    start = [*_list_given_words(project), *(("--preset", preset.name) if preset else ())]
    return Review(
        path=project.dest,
        label=opened.label,
        preset=preset.name if preset else "",
        answers=list_answers(questionnaire, answers, before),
        files=rendered.files,
        folder=rendered.folder,
        dependencies=find_dependencies(rendered.folder),
        command=make_command(questionnaire, answers, questions.given, start),
        notes=(*make_source_notes(opened), *answers.notes),
        save=lambda path: save_answers(questionnaire, answers, path),
        there=project.existing.list_changes(rendered, opened.label) if project.existing else (),
    )


def _list_given_words(project: _NewProject) -> list[str]:
    """List the words of the given command line, without answers other than those in files."""
    source, opened = strip_credentials(project.blueprint), project.opened
    version = project.options.version if opened.draft else opened.version
    words = ["scaffold", "new", project.asked]
    words += ["--blueprint", source] if source != DEFAULT_BLUEPRINT else []
    words += ["--to", version] if version else []
    words += [word for file in project.inputs.files for word in ("--answers", str(file))]
    flags = {
        "--no-git": not project.start_git,
        "--trust": project.options.trust,  # it may have been given at a prompt
        "--skip-tasks": project.options.skip_tasks,
    }
    given = project.inputs.flags
    return [*words, *given, *(f for f, is_set in flags.items() if is_set and f not in given)]


# ---------------------------------------------------------------- put in place


def _write_record(project: _NewProject, rendered: render.RenderResult) -> tuple[str, ...]:
    """Complete the record of the render; returns a note where there is none."""
    if not rendered.record:
        name = project.options.record or "record"
        return (f"this blueprint writes no {name}, so `scaffold update` cannot update the project",)
    complete_record(rendered, project.opened, project.options.exclude)
    return ()


def _fill(
    project: _NewProject, rendered: render.RenderResult, *, is_wanted: bool, is_written: bool
) -> tuple[FillPlan | None, str]:
    """Fill a folder that holds files; returns the plan, and why no repository was started."""
    from .existing_folder import keep_obstacles

    if project.existing is None or not is_wanted:
        return None, ""
    label, confirm = project.opened.label, project.inputs.confirm
    plan = keep_obstacles(project.existing.make_plan(rendered, label), rendered, label, confirm)
    if is_written:
        plan.apply(rendered.folder, rendered.record)
    is_missed = project.start_git and not plan.merge_plan
    return plan, "no repository was started: the folder already held files" if is_missed else ""


def _start_repository(project: _NewProject, stage: Path, *, is_written: bool) -> tuple[bool, str]:
    """Start a repository; returns whether there is one, and why there is none."""
    if not project.start_git:
        return False, ""
    try:
        if around := git.find_work_tree(find_existing_parent(project.dest)):
            return False, f"no repository was started: {around} is one already"
        if is_written:
            git.init_repository(stage, f"Start from {project.opened.label}")
    except git.GitError:
        raise
    except ScaffoldError as error:
        return False, f"no repository was started: {error.what}"
    return True, ""


def _publish(project: _NewProject, stage: Path) -> None:
    if not project.archive:
        publish_project(stage, project.dest)
        return
    packed = stage.with_name(f"{stage.name}.zip")
    write_archive(stage, packed)
    publish_archive(packed, project.archive)
