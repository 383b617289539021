"""Make a project from a blueprint."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from .. import git, record
from ..blueprint import DEFAULT, Opened, find, without_credentials
from ..destination import check_destination, existing_ancestor, publish, staging
from ..errors import ScaffoldError
from ..layers import layer_choices, with_costs
from ..merge.pristine import tree_id
from ..presets import read_presets
from ..question import refuse_unknown_settings
from ..questions import Answers, Questionnaire
from ..trust import EXTENSIONS, TASKS, Trust
from .answering import Answering, Inputs
from .conf import conf_of, names_of
from .review import Review, dependencies_of, equivalent_command, reviewed, save_answers
from .saying import say_before

if TYPE_CHECKING:
    from ..render import File, Rendered


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
    steps: tuple[str, ...]
    message: str
    repository: bool
    written: bool
    first_run: Mapping[str, Sequence[str]]


def create(
    dest: Path,
    blueprint: str = DEFAULT,
    inputs: Inputs | None = None,
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
    inputs = inputs or Inputs()
    asked, dest = str(dest), Path(os.path.abspath(dest.expanduser()))  # noqa: PTH100 - keeps symlinks as given
    check_destination(dest)
    source, consent = find(blueprint), Trust(trust, True, inputs.confirm, inputs.environ)
    with source.open(version) as opened, staging(dest) as stage:
        consent.use(source)
        trust = consent.runs(opened, (EXTENSIONS,) if skip_tasks else (EXTENSIONS, TASKS))
        refuse_too_new(opened)
        options = {"trust": trust, "skip_tasks": skip_tasks}
        conf = conf_of(
            opened,
            Path(asked).expanduser(),
            version=version,
            trust=trust,
            skip_tasks=skip_tasks,
            defaults=inputs.defaults,
            pretend=dry_run,
        )
        questionnaire = load_questions(opened, project=dest, conf=conf, trust=trust)
        say_before("copy", opened, questionnaire)
        presets = read_presets(opened.about, questionnaire.questions)
        answering = Answering(questionnaire, inputs, existing_ancestor(dest), presets)
        start = _command(asked, blueprint, opened, inputs, start_git=start_git, **options)
        look = Look(dest, start, dry_run, conf)
        answers, rendered = _render(opened, answering, stage, look, **options)
        notes = (*offline_note(opened), *answers.notes, *_record(opened, rendered))
        repository, problem = False, ""
        if start_git:
            repository, problem = _start_repository(stage, dest, opened, dry_run)
        if not dry_run:
            publish(stage, dest)
            notes = (*notes, *answering.offer(answers, consent.memory))
        return Created(
            path=dest,
            source=opened.source,
            version=opened.version or "",
            files=rendered.files,
            answers={k: v for k, v in answers.values.items() if k not in answers.secrets},
            sources=answers.sources,
            notes=(*notes, *consent.memory.notes, *([problem] if problem else [])),
            steps=tuple(rendered.message.splitlines()) if opened.layered else (),
            message="" if opened.layered else rendered.message,
            repository=repository,
            written=not dry_run,
            first_run=rendered.first_run,
        )


def load_questions(
    opened: Opened,
    *,
    project: Path | None = None,
    conf: Mapping[str, Any] = MappingProxyType({}),
    trust: bool = False,
    operation: str = "copy",
) -> Questionnaire:
    """The questions of an open version, with the choices that its layers bring.

    Args:
        opened: The version.
        project: Where the project is, or will be.
        conf: What templates see in ``_copier_conf``, as `conf_of` gives it.
        trust: Whether its Jinja extensions may be loaded.
        operation: What templates see as ``_copier_operation``.
    """
    choices = layer_choices(opened.layers, opened.config)
    config = with_costs(opened.layers, opened.config)
    if opened.layered:
        refuse_unknown_settings(opened.config)
    names = names_of(opened)
    context: dict[str, Any] = {"_copier_operation": operation, "_copier_answers": names, **names}
    if project is not None:
        context |= {"_folder_name": project.name, "_copier_conf": conf}
    return Questionnaire.load(config, opened.folder, choices, context, trust=trust)


def refuse_too_new(opened: Opened) -> None:
    """Refuse a version that needs a newer Copier, before anybody is asked anything.

    Raises:
        ScaffoldError: It does.
    """
    wanted = opened.config.get("_min_copier_version")
    if not wanted:
        return
    from importlib.metadata import version

    from packaging.version import InvalidVersion, Version

    found = version("copier")
    with suppress(InvalidVersion):  # rendering it tells
        if Version(str(wanted)) > Version(found):
            raise ScaffoldError(
                f"{opened.label} needs Copier {wanted}, and {found} is installed",
                "Upgrade Copier, or take another version of the blueprint with --to.",
            )


def offline_note(opened: Opened) -> tuple[str, ...]:
    """What to say where the source did not answer."""
    if not opened.offline:
        return ()
    return (f"{opened.source} did not answer: this is its state when it last did",)


@dataclass(frozen=True)
class Look:
    """How a person looks at a project before it is made.

    Attributes:
        path: Where it will be.
        command: The command so far, without answers.
        dry_run: Whether it is not made at all, so that there is nothing to look at first.
        conf: What templates see in ``_copier_conf``.
    """

    path: Path
    command: Sequence[str]
    dry_run: bool
    conf: Mapping[str, Any]


def _render(
    opened: Opened, answering: Answering, stage: Path, look: Look, *, trust: bool, skip_tasks: bool
) -> tuple[Answers, Rendered]:
    """Render, and where a person gave the answers, again until they like what they see."""
    from ..render import render

    while True:
        answers = answering.answers()
        review = answering.review if answering.has_asked and not look.dry_run else None
        aside = skip_tasks or review is not None
        options: Any = {"trust": trust, "conf": look.conf}
        rendered = render(opened, answers, stage, skip_tasks=aside, **options)
        edited = review(_review(opened, answering, answers, rendered, look)) if review else None
        if edited is None and (aside == skip_tasks or not opened.config.get("_tasks")):
            return answers, rendered
        shutil.rmtree(stage)
        if edited is None:  # tasks run once, when all is decided
            return answers, render(opened, answers, stage, **options)
        answering.edit(edited)


def _review(
    opened: Opened, answering: Answering, answers: Answers, rendered: Rendered, look: Look
) -> Review:
    questionnaire, preset = answering.questionnaire, answering.preset
    start = [*look.command, *(("--preset", preset.name) if preset else ())]
    return Review(
        path=look.path,
        label=opened.label,
        preset=preset.name if preset else "",
        answers=reviewed(answers),
        files=rendered.files,
        folder=rendered.folder,
        dependencies=dependencies_of(rendered.folder),
        command=equivalent_command(questionnaire, answers, answering.given, start),
        notes=(*offline_note(opened), *answers.notes),
        save=lambda path: save_answers(questionnaire, answers, path),
    )


def _command(
    dest: str,
    blueprint: str,
    opened: Opened,
    inputs: Inputs,
    *,
    start_git: bool,
    trust: bool,
    skip_tasks: bool,
) -> list[str]:
    """The command line that was given, without answers but those in files."""
    words = ["scaffold", "new", dest]
    words += ["--blueprint", without_credentials(blueprint)] if blueprint != DEFAULT else []
    words += ["--to", opened.version] if opened.version else []
    words += [word for file in inputs.files for word in ("--answers", str(file))]
    flags = {"--no-git": not start_git, "--trust": trust, "--skip-tasks": skip_tasks}
    return [*words, *(flag for flag, is_set in flags.items() if is_set)]


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
