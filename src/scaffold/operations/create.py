"""Make a project from a blueprint."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import git, record
from ..answers import Given, gather
from ..blueprint import DEFAULT, Opened, find
from ..destination import check_destination, existing_ancestor, publish, staging
from ..errors import ScaffoldError
from ..layers import find_layers, layer_choices
from ..merge.pristine import tree_id
from ..questions import Answers, Questionnaire

if TYPE_CHECKING:
    from ..questions import Asker
    from ..render import File, Rendered


@dataclass(frozen=True)
class Inputs:
    """Where answers come from.

    Attributes:
        files: Answers files, the later the stronger; ``-`` is standard input.
        data: Answers given one by one, stronger than all others: a mapping, or ``KEY=VALUE``.
        defaults: Take the default of each question that has no answer.
        ask: Asks a person; None where nobody can be asked.
        environ: The environment: ``SCAFFOLD_DATA_*`` are answers, ``CI`` leaves the user's own
            defaults out.
    """

    files: Sequence[Path | str] = ()
    data: Mapping[str, Any] | Sequence[str] = ()
    defaults: bool = False
    ask: Asker | None = None
    environ: Mapping[str, str] | None = None


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
        message: What the blueprint says after a render.
        repository: Whether a git repository was started.
        written: False for a dry run.
        first_run: What makes and tries the project's environment.
    """

    path: Path
    source: str
    version: str
    files: tuple[File, ...]
    answers: Mapping[str, Any]
    sources: Mapping[str, str]
    notes: tuple[str, ...]
    message: str
    repository: bool
    written: bool
    first_run: Mapping[str, Sequence[str]]


def create(
    dest: Path,
    blueprint: str = DEFAULT,
    inputs: Inputs = Inputs(),
    *,
    version: str | None = None,
    start_git: bool = True,
    trust: bool = False,
    skip_tasks: bool = False,
    dry_run: bool = False,
) -> Created:
    """Make a project from a blueprint.

    It is rendered aside and put in place by one rename: a failure leaves nothing.

    Args:
        dest: The project's folder, which must not exist or be empty.
        blueprint: A built-in name, a folder, a git URL, ``gh:owner/repo`` or ``gl:owner/repo``.
        inputs: Where answers come from.
        version: A version of the blueprint; the newest where it is None.
        start_git: Start a repository with one commit, unless ``dest`` lies in one already.
        trust: Allow the blueprint's tasks and Jinja extensions to run code.
        skip_tasks: Leave the blueprint's tasks out.
        dry_run: Render, report, and write nothing.

    Raises:
        AnswersError: Answers are unknown, missing or invalid.
        ScaffoldError: Anything else that was expected to go wrong.
    """
    dest = Path(os.path.abspath(dest.expanduser()))  # noqa: PTH100 - keeps symlinks as given
    check_destination(dest)
    with find(blueprint).open(version) as opened, staging(dest) as stage:
        from ..render import render

        questionnaire = load_questions(opened, project=dest, trust=trust)
        answers = answer(questionnaire, inputs, existing_ancestor(dest))
        rendered = render(opened, answers.values, stage, trust=trust, skip_tasks=skip_tasks)
        notes = (*offline_note(opened), *answers.notes, *_record(opened, rendered))
        repository, problem = False, ""
        if start_git:
            repository, problem = _start_repository(stage, dest, opened, dry_run)
        if not dry_run:
            publish(stage, dest)
        return Created(
            path=dest,
            source=opened.source,
            version=opened.version or "",
            files=rendered.files,
            answers={k: v for k, v in answers.values.items() if k not in answers.secrets},
            sources=answers.sources,
            notes=(*notes, problem) if problem else notes,
            message=rendered.message,
            repository=repository,
            written=not dry_run,
            first_run=rendered.first_run,
        )


def load_questions(
    opened: Opened,
    *,
    project: Path | None = None,
    trust: bool = False,
    operation: str = "copy",
) -> Questionnaire:
    """The questions of an open version, with the choices that its layers bring."""
    choices = layer_choices(find_layers(opened.folder), opened.config) if opened.layered else {}
    context: dict[str, Any] = {"_copier_operation": operation}
    if project is not None:
        context |= {"_folder_name": project.name, "_copier_conf": {"dst_path": project}}
    return Questionnaire.load(opened.config, opened.folder, choices, context, trust=trust)


def offline_note(opened: Opened) -> tuple[str, ...]:
    """What to say where the source did not answer."""
    if not opened.offline:
        return ()
    return (f"{opened.source} did not answer: this is its state when it last did",)


def answer(
    questionnaire: Questionnaire,
    inputs: Inputs,
    folder: Path,
    recorded: Mapping[str, Any] | None = None,
) -> Answers:
    """Resolve the questions from all that was given.

    Args:
        questionnaire: The questions.
        inputs: Where answers come from.
        folder: Where git is asked for the user's name.
        recorded: Answers of the project's record.
    """
    environ = os.environ if inputs.environ is None else inputs.environ
    own = {} if environ.get("CI") else _own_defaults(folder)
    mapping = inputs.data if isinstance(inputs.data, Mapping) else {}
    flags = [] if isinstance(inputs.data, Mapping) else inputs.data
    given = gather(inputs.files, flags, environ, recorded or {}, own)
    given |= {key: Given(value, "data") for key, value in mapping.items()}
    return questionnaire.resolve(given, defaults=inputs.defaults, ask=inputs.ask)


def _own_defaults(folder: Path) -> dict[str, str]:
    """What the user's git says of its owner, for the questions that ask for it."""
    try:
        own = {f"author_{key}": git.setting(f"user.{key}", folder) for key in ("name", "email")}
    except ScaffoldError:
        return {}
    return {question: value for question, value in own.items() if value}


def _record(opened: Opened, rendered: Rendered) -> tuple[str, ...]:
    if not rendered.record:
        return ("this blueprint writes no record, so `scaffold update` cannot follow it",)
    tree = tree_id(rendered.folder, rendered.record)
    record.stamp(rendered.folder / rendered.record, opened.commit, tree)
    return ()


def _start_repository(stage: Path, dest: Path, opened: Opened, dry_run: bool) -> tuple[bool, str]:
    try:
        if around := git.toplevel(existing_ancestor(dest)):
            return False, f"no repository was started: {around} is one already"
        if not dry_run:
            git.init_with_commit(stage, f"Start from {opened.label}")
    except git.GitError:
        raise
    except ScaffoldError as error:
        return False, f"no repository was started: {error.what}"
    return True, ""
