"""Carry a blueprint's changes into a project, through the user's own edits."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import apply as applying
from .. import merge, record
from ..blueprint import Blueprint, Opened, find, is_newer
from ..errors import ScaffoldError, UsageError
from ..merge import plumbing, worktree
from ..questions import load_config
from .create import Inputs, answer, load_questions

if TYPE_CHECKING:
    from ..questions import Answers
    from ..render import Rendered

CURRENT = "current"


@dataclass(frozen=True)
class Updated:
    """An update that was made, or would be.

    Attributes:
        path: The project.
        source: The blueprint's stable name.
        old: The version before.
        new: The version after.
        plan: What happens to each path; None where there was nothing to do.
        diff: What happens as a unified diff; only for a dry run.
        notes: What the user should know.
        message: What the blueprint says after an update.
        written: Whether anything was written.
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


@dataclass(frozen=True)
class Options:
    """How to update.

    Attributes:
        version: A version of the blueprint; ``current`` for the recorded one; None for the newest.
        record: The path of the record in the project.
        trust: Allow the blueprint's tasks and Jinja extensions to run code.
        skip_tasks: Leave the blueprint's tasks out.
        dry_run: Plan, report, and write nothing.
    """

    version: str | None = None
    record: str = record.NAME
    trust: bool = False
    skip_tasks: bool = False
    dry_run: bool = False


def update(project: Path, inputs: Inputs | None = None, options: Options = Options()) -> Updated:
    """Merge the changes between the recorded and the wanted version into a project.

    Args:
        project: The project's folder; may be a folder of a larger repository.
        inputs: Where answers come from; recorded answers are kept unless something stronger speaks.
        options: How to update.

    Raises:
        AnswersError: Answers are unknown, missing or invalid.
        ScaffoldError: The project is in no state for an update, or anything else that was
            expected to go wrong. Nothing was changed.
    """
    project = project.resolve()
    known = record.read(project, options.record)
    notes = _ready(project)
    blueprint = find(known.source, relative_to=project)
    with _versions(blueprint, known, options.version) as (old, new):
        done = Updated(project, known.source, known.version, new.version or "")
        with tempfile.TemporaryDirectory(prefix="scaffold-") as temporary:
            rendered = _Renders(project, known, inputs or Inputs(), options, Path(temporary))
            base, theirs, answers = rendered.both(old, new)
            labels = merge.Labels(ours="your project", theirs=new.label, base=old.label)
            plan = merge.make_plan(
                project,
                base.folder,
                theirs.folder,
                known.path,
                labels=labels,
                skip=theirs.skip,
            )
        done = replace(done, notes=(*notes, *answers.notes))
        if not plan.changes:
            return done
        if options.dry_run:
            return replace(done, plan=plan, diff=merge.diff(plan))
        applying.apply(plan)
        return replace(done, plan=plan, message=theirs.message, written=True)


def _ready(project: Path) -> tuple[str, ...]:
    """Heal what a killed update left, and refuse a project in no state for another one."""
    repo = plumbing.repository(project)
    healed = applying.recover(repo.git_dir)
    index = plumbing.index_entries(project)
    worktree.refuse_unsafe(repo, index, plumbing.settings(project))
    if healed.outcome == "nothing":
        return ()
    kept = (f"{path} was changed since, and left as it is" for path in healed.kept)
    return (f"an update that had been stopped was {healed.outcome} first", *kept)


def abort(project: Path) -> None:
    """Give back the exact tree of before the last update.

    Raises:
        ScaffoldError: There is no update to take back, or files changed since.
    """
    applying.abort(project.resolve())


@contextmanager
def _versions(
    blueprint: Blueprint, known: record.Record, wanted: str | None
) -> Iterator[tuple[Opened, Opened]]:
    """Open the recorded version, checked against the record, and the wanted one."""
    if not known.version and wanted != CURRENT:
        raise ScaffoldError(
            f"{known.path} names no version of {known.source}, so nothing can be compared",
            "Give the blueprint a git repository with tags; answers change with --to current.",
        )
    old = known.version or None
    with blueprint.open(old) as base:
        if known.commit and base.commit != known.commit:
            raise ScaffoldError(
                f"{known.source} {known.version} is not what it was: the record names "
                f"{known.commit[:12]}, the source now has {(base.commit or '')[:12]}",
                "Ask the blueprint's owners why the tag moved; "
                f"if the new one is right, correct {record.COMMIT_ID} in {known.path}.",
            )
        if wanted == CURRENT:
            yield base, base
            return
        with blueprint.open(wanted) as theirs:
            if old and theirs.version and is_newer(old, theirs.version):
                raise UsageError(
                    f"{theirs.version} is older than the recorded {old}: that would be a downgrade",
                    "Go back with git instead: revert the commit of the update.",
                )
            yield base, theirs


@dataclass(frozen=True)
class _Renders:
    """Renders both versions of one project."""

    project: Path
    known: record.Record
    inputs: Inputs
    options: Options
    temporary: Path

    def both(self, old: Opened, new: Opened) -> tuple[Rendered, Rendered, Answers]:
        config = load_config(new.folder)
        questionnaire = load_questions(
            new,
            config,
            project=self.project,
            trust=self.options.trust,
            operation="update",
        )
        answers = answer(questionnaire, self.inputs, self.project, self.known.answers)
        # What the new version leaves out is no deletion: it stays as the user has it.
        excluded = config.get("_exclude") or ()
        base = self._render(old, self.known.answers, "old", exclude=excluded)
        theirs = self._render(new, answers.values, "new")
        record.stamp(theirs.folder / self.known.path, new.commit)
        return base, theirs, answers

    def _render(
        self, opened: Opened, answers: Mapping[str, Any], side: str, exclude: Any = ()
    ) -> Rendered:
        from ..render import render

        return render(
            opened,
            answers,
            load_config(opened.folder),
            self.temporary / side / self.project.name,
            trust=self.options.trust,
            skip_tasks=self.options.skip_tasks,
            exclude=exclude,
            operation="update",
            record=self.known.path,
        )
