"""Carry a blueprint's changes into a project, through the user's own edits."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import apply as applying
from .. import merge
from ..blueprints import (
    Blueprint,
    ChangelogSection,
    OpenedBlueprint,
    VersionRef,
    find_blueprint,
    read_news,
)
from ..errors import Bug, Interrupted, ScaffoldError, UsageError
from ..host import make_temporary_folder, track_progress
from ..merge import ProjectRepository, compute_tree_id, find_pristine_tree
from ..project import (
    RECORD_NAME,
    Record,
    choose_record,
    find_project,
    list_records,
    read_record,
    stamp_record,
)
from ..questions import format_json, shorten
from ..user import EXTENSIONS, MIGRATIONS, TASKS, Trust
from .answering import Inputs, answer
from .copier_conf import conf_of
from .install_command import find_install_command
from .loading import load_questions, refuse_too_new, source_notes
from .messages import say_before
from .recovery import find_pending, heal, notes_of, told
from .versions import CURRENT, Versions, versions

SKIPPED = "_skip_if_exists"

if TYPE_CHECKING:
    from ..questions import Answers
    from ..render import RenderResult


@dataclass(frozen=True)
class Updated:
    """An update that was made, or would be.

    Attributes:
        path: The project.
        source: The blueprint's stable name.
        old: The version before.
        new: The version after.
        plan: What happens to each path; None where there was nothing to do. Of several records,
            the part of this one.
        diff: What happens as a unified diff; only for a dry run.
        notes: What the user should know.
        message: What the blueprint says after an update.
        written: Whether anything was written.
        answers: The answers to the new version's questions; secrets left out.
        sources: Where each answer came from.
        news: The blueprint's changelog between the two versions.
        refused: Of a dry run, why the same update would be refused now; mostly empty.
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


@dataclass(frozen=True)
class Options:
    """How to update.

    Attributes:
        version: A version of the blueprint; ``current`` for the recorded one; None for the newest.
        record: The path of the record in the project; None for its only one.
        trust: Allow the blueprint's tasks and Jinja extensions to run code.
        skip_tasks: Leave the blueprint's tasks out.
        dry_run: Plan, report, and write nothing.
        yes: Fetch the blueprint even if it is elsewhere, and was not used before.
        exclude: Further patterns of paths that the update leaves alone, as in ``_exclude``.
        skip: Further patterns of paths that stay as they are where they exist, as in
            ``_skip_if_exists``.
        prereleases: Whether a pre-release may be the newest version.
        base: The version that the project is taken to be made from, where the recorded one cannot
            be rendered any more; None for the recorded one.
    """

    version: str | None = None
    record: str | None = None
    trust: bool = False
    skip_tasks: bool = False
    dry_run: bool = False
    yes: bool = False
    exclude: Sequence[str] = ()
    skip: Sequence[str] = ()
    prereleases: bool = False
    base: str | None = None

    def consent(self, inputs: Inputs) -> Trust:
        """What the user agrees to."""
        return Trust(self.trust, self.yes, inputs.confirm, inputs.environ)


def update(project: Path, inputs: Inputs | None = None, options: Options = Options()) -> Updated:
    """Merge the changes between the recorded and the wanted version into a project.

    Args:
        project: The project, or a folder in it; may lie in a larger repository.
        inputs: Where answers come from; recorded answers are kept unless something stronger speaks.
        options: How to update.

    Raises:
        AnswersError: Answers are unknown, missing or invalid.
        ScaffoldError: The project is in no state for an update, or anything else that was
            expected to go wrong. Nothing was changed.
    """
    place = find_project(project, options.record)
    (done,) = _update(place, inputs, options, lambda p: [choose_record(p, options.record)])
    return done


def update_all(
    project: Path, inputs: Inputs | None = None, options: Options = Options()
) -> tuple[Updated, ...]:
    """Update a project that several blueprints made, all or nothing.

    Each record's changes are merged into the result of the one before, and written at once.

    Args:
        project: The project, or a folder in it.
        inputs: Where answers come from; each blueprint takes those to its own questions.
        options: How to update each record.

    Raises:
        UsageError: Standard input holds answers, and there are several records.
        AnswersError: As `update` does.
        ScaffoldError: As `update` does; or a blueprint changes a file that another one leaves in
            conflict. Nothing was changed.
    """
    options = replace(options, record=None)
    return _update(
        find_project(project), inputs, options, lambda p: list_records(p) or [RECORD_NAME]
    )


def _update(
    project: Path,
    inputs: Inputs | None,
    options: Options,
    choose: Callable[[Path], Sequence[str]],
) -> tuple[Updated, ...]:
    """Update some records of a project as one."""
    repo, recovery = heal(project, options.record)
    inputs, healed = inputs or Inputs(), notes_of(recovery)
    trust = options.consent(inputs)
    with told(healed):
        first, *others = _update_records(repo, choose(repo.folder), inputs, options, trust)
    return (replace(first, notes=(*healed, *first.notes, *trust.memory.notes)), *others)


def _update_records(
    repo: ProjectRepository, paths: Sequence[str], inputs: Inputs, options: Options, trust: Trust
) -> list[Updated]:
    project = repo.folder
    if len(paths) > 1 and "-" in inputs.files:
        what = f"standard input is read once, and {project} has {len(paths)} records"
        raise UsageError(what, "Give a file in place of -.")
    known = [read_record(project, path) for path in paths]
    pending = find_pending(project)
    if pending and (pending.conflicts or not options.dry_run):
        raise pending.refusal(project)
    inspected = merge.inspect_project(repo, uncommitted=options.dry_run)
    with ExitStack() as stack:
        found = [_open(project, item, options, trust, stack) for item in known]
        names = {n for item in found for n in item.versions.new.config if not n.startswith("_")}
        turns = [_Turn(item, item.work.answers(item.versions.new, inputs, names)) for item in found]
        if all(turn.is_idle for turn in turns):
            return [turn.done for turn in turns]
        merger = stack.enter_context(merge.open_merger(inspected, as_on_disk=options.dry_run))
        merged = [turn.plan(merger) for turn in turns]
        plan = merger.make_plan()
        parts = merger.split_plan(plan)
        made = [_finish(done, next(parts), theirs) if theirs else done for done, theirs in merged]
    if plan.obstacles:
        raise applying.make_obstacle_error(plan.obstacles)
    if not plan.changes:
        return made
    if options.dry_run:
        error = merge.find_refusal(inspected)
        refused = f"{error.what}; {error.hint}" if error else ""
        return [_planned(done, refused) if done.plan else done for done in made]
    with track_progress("writing the changes"):
        applying.apply_plan(plan)
    return [replace(done, written=bool(done.plan)) for done in made]


@dataclass(frozen=True)
class _Opened:
    """A record whose blueprint is open at the two versions of its update."""

    blueprint: Blueprint
    versions: Versions
    work: Work


def _open(
    project: Path, known: Record, options: Options, trust: Trust, stack: ExitStack
) -> _Opened:
    blueprint = find_blueprint(known.source, relative_to=project, prereleases=options.prereleases)
    trust.reach(blueprint, known.path)
    found = stack.enter_context(
        versions(blueprint, known, options.version, trust.confirm, options.base)
    )
    temporary = stack.enter_context(make_temporary_folder())
    return _Opened(blueprint, found, Work(project, known, options, temporary, trust))


@dataclass(frozen=True)
class _Turn:
    """The update of one record, whose questions are answered."""

    opened: _Opened
    answers: Answers

    @property
    def is_same(self) -> bool:
        """Whether version and answers are those of the record."""
        # A secret is in no record: one that is given may be another one.
        sources = self.answers.sources
        is_given = any(sources.get(name, "default") != "default" for name in self.answers.secrets)
        found, recorded = self.opened.versions, self.opened.work.known.answers
        return found.old is found.new and self.answers.recorded == recorded and not is_given

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to do, and not even a file that may be missing."""
        return self.is_same and not self.opened.versions.new.config.get(SKIPPED)

    @property
    def done(self) -> Updated:
        """The result, as far as it is known before anything is rendered."""
        found, known, answers = self.opened.versions, self.opened.work.known, self.answers
        return Updated(
            self.opened.work.project,
            known.source,
            known.version,
            found.new.version or "",
            notes=(*source_notes(found.new), *found.notes, *answers.notes),
            answers={k: v for k, v in answers.values.items() if k not in answers.secrets},
            sources=answers.sources,
        )

    def plan(self, merger: merge.Merger) -> tuple[Updated, RenderResult | None]:
        """Plan it; the result so far, and the new render where there is something to do."""
        if self.is_idle:
            return self.done, None
        old, new = self.opened.versions.old, self.opened.versions.new
        known = self.opened.work.known
        with track_progress(f"planning the update to {new.label}"):
            merged, theirs, warnings = self.opened.work.run_merge(old, new, self.answers, merger)
        done = replace(self.done, notes=(*self.done.notes, *warnings))
        # What is made where it is missing may be missing; nothing else is new.
        if self.is_same and merged.paths <= {known.path}:
            return done, None
        merger.add(merged)
        if old is not new:
            until = VersionRef(done.new, new.commit or "")
            done = replace(done, news=read_news(self.opened.blueprint, known.version, until))
        return done, theirs


def _finish(done: Updated, part: merge.Plan, theirs: RenderResult) -> Updated:
    if not part.changes:
        return done
    install = find_install_command(done.path, part.files, theirs.first_run)
    return replace(done, plan=part, install=install, message=theirs.message)


def _planned(done: Updated, refused: str) -> Updated:
    """The result of a dry run."""
    diff = merge.diff_plan(done.plan) if done.plan else ""
    return replace(done, diff=diff, refused=refused, message="")


def abort(project: Path, record_path: str | None = None) -> str:
    """Give back the exact tree of before the last update; returns what was done.

    An update that was killed, and is undone now, is the last one.

    Raises:
        ScaffoldError: There is no update to take back, or files changed since.
    """
    project = find_project(project, record_path)
    _, healed = heal(project, record_path, unborn=True)
    if healed.outcome == "undone":
        return "An interrupted update was undone."
    applying.abort_update(project)
    return "The last update was undone: files and index are as they were before."


@dataclass(frozen=True)
class Work:
    """The two renders of one project, and the plan made of them.

    Where there are two, both see one time: a template that prints it changed nothing by that.
    """

    project: Path
    known: Record
    options: Options
    temporary: Path
    trust: Trust
    now: float = field(default_factory=time.time)

    def runs(self, opened: OpenedBlueprint, *, migrates: bool = False) -> bool:
        """Whether code of a version may run here; asks where nobody said so yet.

        Raises:
            ScaffoldError: It has some, and it may not.
        """
        tasks = () if self.options.skip_tasks else (TASKS, *((MIGRATIONS,) if migrates else ()))
        return self.trust.runs(opened, (EXTENSIONS, *tasks))

    def answers(self, new: OpenedBlueprint, inputs: Inputs, known: Collection[str]) -> Answers:
        """The answers to the new version's questions; recorded ones are kept.

        Args:
            new: The new version.
            inputs: Where answers come from.
            known: Questions that may be answered though they are not asked here.
        """
        refuse_too_new(new)
        if new.config.get(EXTENSIONS):
            self.runs(new, migrates=self._migrates(new))
        questionnaire = load_questions(
            new,
            project=self.project,
            conf=self.conf(new),
            trust=bool(new.config.get(EXTENSIONS)),
            operation="update",
        )
        if not self.options.dry_run:
            say_before("update", new, questionnaire)
        found = answer(questionnaire, inputs, self.project, self.known.answers, known)
        notes = (
            f"{name} is not a question of {new.label}: "
            f"your answer {shorten(format_json(value))} is no longer used"
            for name, value in self.known.answers.items()
            if name not in questionnaire.questions
        )
        return replace(found, notes=(*found.notes, *notes))

    def run_merge(
        self, old: OpenedBlueprint, new: OpenedBlueprint, answers: Answers, merger: merge.Merger
    ) -> tuple[merge.BlueprintMerge, RenderResult, tuple[str, ...]]:
        """The merge, the render of the new version, and what the user should know."""
        self.runs(new, migrates=self._migrates(new))
        given = self.options.exclude
        found = self._find_base(old, merger.state.repo)
        # One render prints what time it is; of two, both have to print the same.
        theirs = self.render(new, answers, "new", exclude=given, now=None if found else self.now)
        if theirs.record:
            tree = compute_tree_id(theirs.folder, theirs.record) if not given else ""
            stamp_record(theirs.folder / theirs.record, "" if new.draft else new.commit, tree)
        base, notes = (found, ()) if found else self._render_base(old)
        renders = merge.Renders(
            base,
            theirs.folder,
            self.known.path,
            labels=merge.SideLabels(new.label),
            skip=theirs.is_left_alone,
            left_out=theirs.is_left_out,
            migrations=self._migrations(old, new, answers),
        )
        return merger.merge(renders), theirs, notes

    def base(
        self, old: OpenedBlueprint, repo: ProjectRepository
    ) -> tuple[Path | str, tuple[str, ...]]:
        """The pristine render of the old version: as the project's git has it, or made again.

        Returns:
            A tree of the project's git, or a folder; and what the user should know of it.
        """
        if found := self._find_base(old, repo):
            return found, ()
        return self._render_base(old)

    def _find_base(self, old: OpenedBlueprint, repo: ProjectRepository) -> str:
        """The recorded tree, where the project's git has it; empty where it has not."""
        tree = self._recorded_tree(old)
        return (find_pristine_tree(repo, self.known.path, tree) or "") if tree else ""

    def _recorded_tree(self, old: OpenedBlueprint) -> str:
        """The tree id of the record, where it is that of the base; else empty."""
        # What tasks made is in the recorded tree: that is no base for a render without them.
        is_whole = not (self.options.skip_tasks and _has_tasks(old))
        return self.known.tree if is_whole and not self.options.base else ""

    def _render_base(self, old: OpenedBlueprint) -> tuple[Path, tuple[str, ...]]:
        tree, folder = self._recorded_tree(old), self._render_old(old)
        is_same = not tree or compute_tree_id(folder, self.known.path) == tree
        if is_same and (tree or old.version or self.options.base):
            return folder, ()
        return folder, (_unlike_the_record(old),)

    def _render_old(self, old: OpenedBlueprint) -> Path:
        with _naming_a_way_past():
            old.config  # noqa: B018 - of a version that is gone, or that is not read any more
        self.runs(old)
        with _naming_a_way_past():
            return self.render(old, self.known.answers, "old", now=self.now).folder

    def _migrates(self, new: OpenedBlueprint) -> bool:
        from ..render import has_migrations

        return has_migrations(new) and not self.options.skip_tasks

    def _migrations(
        self, old: OpenedBlueprint, new: OpenedBlueprint, answers: Answers
    ) -> merge.Migrations | None:
        from ..render import run_migrations

        if not self._migrates(new):
            return None
        return merge.Migrations(
            before=lambda folder: run_migrations("before", (old, new), answers, folder),
            after=lambda folder: run_migrations("after", (old, new), answers, folder),
        )

    def conf(self, opened: OpenedBlueprint) -> Mapping[str, Any]:
        """What templates see in ``_copier_conf``."""
        wanted = self.options.version
        version = wanted if wanted != CURRENT else opened.version
        return conf_of(opened, self.project, self.options, operation="update", version=version)

    def render(
        self,
        opened: OpenedBlueprint,
        answers: Answers | Mapping[str, Any],
        side: str,
        exclude: Sequence[str] = (),
        now: float | None = None,
    ) -> RenderResult:
        """Render one version into a folder of the project's name, below ``side``."""
        from ..render import render_blueprint

        return render_blueprint(
            opened,
            answers,
            self.temporary / side / self.project.name,
            conf=self.conf(opened),
            trust=self.runs(opened),
            skip_tasks=self.options.skip_tasks,
            exclude=exclude,
            skip=self.options.skip,
            operation="update",
            record=self.known.path,
            now=now,
        )


def _has_tasks(opened: OpenedBlueprint) -> bool:
    try:
        return bool(opened.config.get(TASKS))
    except ScaffoldError:  # nobody can tell any more, and the recorded tree is all there is
        return False


def _unlike_the_record(old: OpenedBlueprint) -> str:
    return (
        f"{old.label} renders differently today than when the project was made, "
        "and the project's git does not hold the earlier render: "
        "the difference counts as your change"
    )


@contextmanager
def _naming_a_way_past() -> Iterator[None]:
    """Tell how to update a project whose version cannot be rendered any more."""
    try:
        yield
    except (Bug, Interrupted):
        raise
    except ScaffoldError as error:
        way = "Or add --base VERSION, a later version that renders: changes up to it are left out."
        error.hint = f"{error.hint} {way}".strip()
        raise
