"""Carry a blueprint's changes into a project, through the user's own edits."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .. import apply as applying
from .. import merge, render
from ..blueprints import (
    EXTENSIONS_KEY,
    ChangelogSection,
    OpenedBlueprint,
    VersionRef,
    read_news,
)
from ..errors import UsageError
from ..git import ProjectRepository
from ..host import track_progress
from ..project import RECORD_NAME, Record, choose_record, list_records, read_record
from ..questions import Answers, format_json, shorten
from ..user import Trust
from .inputs import Inputs, UpdateOptions, resolve_answers
from .loading import load_questions, make_source_notes, refuse_too_new, show_message_before
from .recovery import find_pending, make_recovery_notes, open_project, with_recovery_notes
from .renders import ProjectRenders, complete_record, open_renders

SKIP_IF_EXISTS_KEY = "_skip_if_exists"
UV_LOCK = "uv.lock"
UV_SOURCE_KEYS = {"index", "sources"}  # of `tool.uv`; `uv pip` reads them, too
PYPROJECT = "pyproject.toml"
DEPENDENCY_TABLES = ("dependencies", "optional-dependencies")


@dataclass(frozen=True)
class UpdateResult:
    """An update that was made, or would be made.

    Attributes:
        path: The project.
        source: The blueprint's stable name.
        old: The version before.
        new: The version after.
        plan: The changes, by path; None where there was nothing to do. Of several records, the
            part of this one.
        diff: The changes as a unified diff; only for a dry run.
        notes: Notes for the user.
        message: The blueprint's message after an update.
        written: Whether anything was written.
        answers: The answers to the new version's questions; secrets left out.
        sources: The source of each answer.
        news: The blueprint's changelog between the two versions.
        refused: Of a dry run, the reason to refuse the same update now; mostly empty.
        install: The command that installs the dependencies again; empty where none changed.
    """

    path: Path
    source: str
    old: str
    new: str
    plan: merge.Plan | None = None
    diff: str = ""
    notes: tuple[str, ...] = ()
    message: str = ""
    written: bool = False
    answers: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    news: tuple[ChangelogSection, ...] = ()
    refused: str = ""
    install: str = ""


def update(
    project: Path, inputs: Inputs | None = None, options: UpdateOptions | None = None
) -> UpdateResult:
    """Merge the changes between the recorded and the wanted version into a project.

    Args:
        project: The project, or a folder in it; may lie in a larger repository.
        inputs: The sources of answers; recorded answers stay unless a stronger source has one.
        options: Options of the update.

    Raises:
        AnswersError: Answers are unknown, missing or invalid.
        ScaffoldError: The project is in no state for an update, or anything else that was
            expected to go wrong. Nothing was changed.
    """
    (result,) = _update(project, inputs, options or UpdateOptions())
    return result


def update_all(
    project: Path, inputs: Inputs | None = None, options: UpdateOptions | None = None
) -> tuple[UpdateResult, ...]:
    """Update a project that several blueprints made, all or nothing.

    Each record's changes are merged into the result of the one before, and written at once.

    Args:
        project: The project, or a folder in it.
        inputs: The sources of answers; each blueprint takes those to its own questions.
        options: Options of the update of each record.

    Raises:
        UsageError: Standard input holds answers, and there are several records.
        AnswersError: As `update` does.
        ScaffoldError: As `update` does; or a blueprint changes a file that another one leaves in
            conflict. Nothing was changed.
    """
    return _update(project, inputs, replace(options or UpdateOptions(), record=None), is_all=True)


def abort(project: Path, record_path: str | None = None) -> str:
    """Restore the exact tree of before the last update; returns a sentence on the outcome.

    An update that was killed, and is undone now, is the last one.

    Raises:
        ScaffoldError: There is no update to take back, or files changed since.
    """
    repo, recovery = open_project(project, record_path, unborn=True)
    if recovery.outcome == "undone":
        return "An interrupted update was undone."
    applying.abort_update(repo.folder)
    return "The last update was undone: files and index are as they were before."


def _update(
    project: Path, inputs: Inputs | None, options: UpdateOptions, *, is_all: bool = False
) -> tuple[UpdateResult, ...]:
    repo, recovery = open_project(project, options.record)
    inputs, recovered = inputs or Inputs(), make_recovery_notes(recovery)
    trust = options.make_trust(inputs)
    with with_recovery_notes(recovered):
        if is_all:
            paths = list_records(repo.folder) or (RECORD_NAME,)
        else:
            instead = "or update all: scaffold update --all"
            paths = (choose_record(repo.folder, options.record, instead),)
        records = _read_records(repo.folder, paths, inputs)
        first, *others = _update_records(repo, records, inputs, options, trust)
    return (replace(first, notes=(*recovered, *first.notes, *trust.memory.notes)), *others)


def _read_records(project: Path, paths: Sequence[str], inputs: Inputs) -> list[Record]:
    if len(paths) > 1 and "-" in inputs.files:
        what = f"standard input is read once, and {project} has {len(paths)} records"
        raise UsageError(what, "Give a file in place of -.")
    return [read_record(project, path) for path in paths]


def _update_records(
    repo: ProjectRepository,
    records: Sequence[Record],
    inputs: Inputs,
    options: UpdateOptions,
    trust: Trust,
) -> list[UpdateResult]:
    """Open both versions, resolve the answers, render and merge, then write all at once."""
    pending = find_pending(repo.folder)
    if pending and (pending.conflicts or not options.dry_run):
        raise pending.make_error(repo.folder)
    inspected = merge.inspect_project(repo, uncommitted=options.dry_run)
    with ExitStack() as stack:
        opened = [
            stack.enter_context(open_renders(repo.folder, known, options, trust, options.version))
            for known in records
        ]
        versions = [one.versions.new for one in opened]
        updates = [_RecordUpdate(one, _resolve_answers(one, inputs, versions)) for one in opened]
        if all(one.is_idle for one in updates):
            return [one.make_result() for one in updates]
        merger = stack.enter_context(merge.open_merger(inspected, as_on_disk=options.dry_run))
        merged = [one.plan_merge(merger) for one in updates]
        plan = merger.make_plan()
        parts = merger.split_plan(plan)
        results = [
            _add_plan(result, next(parts), theirs) if theirs else result
            for result, theirs in merged
        ]
    if plan.obstacles:
        raise applying.make_obstacle_error(plan.obstacles)
    if not plan.changes:
        return results
    if options.dry_run:
        error = merge.find_refusal(inspected)
        refused = f"{error.what}; {error.hint}" if error else ""
        return [_add_diff(result, refused) if result.plan else result for result in results]
    with track_progress("writing the changes"):
        applying.apply_plan(plan)
    return [replace(result, written=bool(result.plan)) for result in results]


# ---------------------------------------------------------------- one record


def _resolve_answers(
    renders: ProjectRenders, inputs: Inputs, together: Sequence[OpenedBlueprint]
) -> Answers:
    new, recorded = renders.versions.new, renders.known.answers
    refuse_too_new(new)
    has_extensions = bool(new.config.get(EXTENSIONS_KEY))
    if has_extensions:
        renders.allow_code(new, migrates=renders.has_migrations)
    questionnaire = load_questions(
        new,
        project=renders.project,
        conf=renders.make_conf(new),
        trust=has_extensions,
        operation="update",
    )
    if not renders.options.dry_run:
        show_message_before("update", new, questionnaire)
    answers = resolve_answers(questionnaire, inputs, renders.project, recorded, together)
    notes = (
        f"{name} is not a question of {new.label}: "
        f"your answer {shorten(format_json(value))} is no longer used"
        for name, value in recorded.items()
        if name not in questionnaire.questions
    )
    return replace(answers, notes=(*answers.notes, *notes))


@dataclass(frozen=True)
class _RecordUpdate:
    """The update of one record, whose questions are answered."""

    renders: ProjectRenders
    answers: Answers

    @property
    def is_same(self) -> bool:
        """Tell whether version and answers are those of the record."""
        # A secret is in no record: one that is given may be another one.
        sources = self.answers.sources
        is_given = any(sources.get(name, "default") != "default" for name in self.answers.secrets)
        versions, recorded = self.renders.versions, self.renders.known.answers
        return versions.old is versions.new and self.answers.recorded == recorded and not is_given

    @property
    def is_idle(self) -> bool:
        """Tell whether there is nothing to do, and no file that may be missing."""
        return self.is_same and not self.renders.versions.new.config.get(SKIP_IF_EXISTS_KEY)

    def make_result(self) -> UpdateResult:
        """Make the result, as far as it is known before anything is rendered."""
        renders, versions, answers = self.renders, self.renders.versions, self.answers
        return UpdateResult(
            renders.project,
            renders.known.source,
            renders.known.version,
            versions.new.version or "",
            notes=(*make_source_notes(versions.new), *versions.notes, *answers.notes),
            answers={k: v for k, v in answers.values.items() if k not in answers.secrets},
            sources=answers.sources,
        )

    def plan_merge(self, merger: merge.Merger) -> tuple[UpdateResult, render.RenderResult | None]:
        """Merge it; returns the result so far, and the new render where there is work to do."""
        result = self.make_result()
        if self.is_idle:
            return result, None
        renders, known = self.renders, self.renders.known
        old, new = renders.versions.old, renders.versions.new
        with track_progress(f"planning the update to {new.label}"):
            merged, theirs, notes = self._render_and_merge(merger)
        result = replace(result, notes=(*result.notes, *notes))
        # A file that is made where it is missing may be missing; nothing else is new.
        if self.is_same and merged.paths <= {known.path}:
            return result, None
        merger.add(merged)
        if old is not new:
            until = VersionRef(result.new, new.commit or "")
            result = replace(result, news=read_news(renders.blueprint, known.version, until))
        return result, theirs

    def _render_and_merge(
        self, merger: merge.Merger
    ) -> tuple[merge.BlueprintMerge, render.RenderResult, tuple[str, ...]]:
        """Render the old version (base) and the new one (theirs), and merge the project (ours)."""
        renders, exclude = self.renders, self.renders.options.exclude
        new = renders.versions.new
        renders.allow_code(new, migrates=renders.has_migrations)
        found = renders.find_base(merger.state.repo)
        # One render may print the real time; two renders must print the same.
        now = None if found else renders.now
        theirs = renders.render(new, self.answers, "new", exclude=exclude, now=now)
        if theirs.record:
            complete_record(theirs, new, exclude)
        base, notes = (found, ()) if found else renders.render_base()
        sides = merge.Renders(
            base,
            theirs.folder,
            renders.known.path,
            labels=merge.SideLabels(new.label),
            skip=theirs.is_left_alone,
            left_out=theirs.is_left_out,
            migrations=self._make_migrations(),
        )
        return merger.merge(sides), theirs, notes

    def _make_migrations(self) -> merge.Migrations | None:
        if not self.renders.has_migrations:
            return None
        versions = (self.renders.versions.old, self.renders.versions.new)
        return merge.Migrations(
            before=lambda folder: render.run_migrations("before", versions, self.answers, folder),
            after=lambda folder: render.run_migrations("after", versions, self.answers, folder),
        )


# ---------------------------------------------------------------- the result


def _add_plan(result: UpdateResult, part: merge.Plan, theirs: render.RenderResult) -> UpdateResult:
    if not part.changes:
        return result
    install = _find_install_command(result.path, part.files, theirs.first_run)
    return replace(result, plan=part, install=install, message=theirs.message)


def _add_diff(result: UpdateResult, refused: str) -> UpdateResult:
    diff = merge.diff_plan(result.plan) if result.plan else ""
    return replace(result, diff=diff, refused=refused, message="")


def _find_install_command(
    project: Path, files: Sequence[merge.FileChange], first_run: Mapping[str, Sequence[str]]
) -> str:
    """Find the command that installs changed dependencies; empty where none changed.

    Args:
        first_run: The blueprint's steps of a first run: ``install`` holds arguments of
            ``pip install``.
    """
    changed = [file.path for file in files if _changes_dependencies(project, file)]
    if not changed:
        return ""
    if (project / UV_LOCK).is_file() or _is_managed_by_uv(project, files):
        return "uv sync"
    pip = "python -m pip install"
    if steps := first_run.get("install"):
        return f"{pip} {shlex.join(steps)}"
    if PYPROJECT in changed:
        return f"{pip} -e ."
    return " ".join([pip, *(f"-r {shlex.quote(path)}" for path in changed)])


def _changes_dependencies(project: Path, file: merge.FileChange) -> bool:
    path = project / file.path
    is_list = path.suffix == ".txt" and path.name.startswith(("requirements", "constraints"))
    if file.content is None or not (is_list or file.path == PYPROJECT):
        return False
    before = path.read_bytes() if path.is_file() else b""
    if is_list:
        return file.content != before
    return _read_dependencies(file.content) not in (None, _read_dependencies(before))


def _is_managed_by_uv(project: Path, files: Sequence[merge.FileChange]) -> bool:
    """Tell whether `tool.uv` of ``pyproject.toml`` says more than where packages are."""
    planned = [file.content for file in files if file.path == PYPROJECT]
    path = project / PYPROJECT
    text = planned[0] if planned else path.read_bytes() if path.is_file() else None
    tool = (_read_toml(text or b"") or {}).get("tool")
    uv = tool.get("uv") if isinstance(tool, dict) else None
    return isinstance(uv, dict) and not uv.keys() <= UV_SOURCE_KEYS


def _read_dependencies(text: bytes) -> tuple[Any, ...] | None:
    """Read the dependencies of a ``pyproject.toml``; None where it cannot be read."""
    data = _read_toml(text)
    if data is None:
        return None
    project = data.get("project")
    tables = [project.get(name) for name in DEPENDENCY_TABLES] if isinstance(project, dict) else []
    return (*tables, data.get("dependency-groups"))


def _read_toml(text: bytes) -> dict[str, Any] | None:
    """Read a TOML file; None where it cannot be read, as with a conflict in it."""
    import tomllib

    try:
        return tomllib.loads(text.decode())
    except ValueError:
        return None
