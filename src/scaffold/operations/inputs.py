"""Inputs and options of the use cases, and the answers that follow from them."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ..answers import gather_answers
from ..errors import Problem, ScaffoldError, UsageError
from ..project import check_destination
from ..questions import (
    BACK,
    FROM_PROMPT,
    MISSING,
    Answers,
    GivenAnswer,
    InvalidValueError,
    Preset,
    Questionnaire,
    Step,
    find_preset,
    make_preset_step,
    make_printable,
    suggest_similar,
)
from ..user import (
    OFFERED_FACT,
    SETTING_QUESTIONS,
    Memory,
    Settings,
    Trust,
    load_settings,
    validate_setting,
)

if TYPE_CHECKING:
    from ..blueprints import OpenedBlueprint
    from ..questions import Asker
    from ..user import Confirm
    from .review import Reviewer

PRESET_NAME = "preset"
# Questions whose answer is the project's name, in the order in which they count.
NAME_QUESTIONS = ("project_name", "project_slug", "repository_name", "repo_name", "name")


@dataclass(frozen=True)
class Inputs:
    """The sources of answers, and the functions that ask a person.

    Attributes:
        files: Answers files, the later the stronger; ``-`` is standard input.
        data: Answers given one by one, stronger than all others: a mapping, or ``KEY=VALUE``.
        defaults: Take the default of each question that has no answer.
        preset: The name of a preset, which answers the questions that none of these answers.
        ask: Asks a person; None where nobody can be asked.
        review: Shows a new project before it is made; None to go on without.
        confirm: Asks a person whether code may run, or a new server be contacted; None for no.
        flags: Other flags of the command line, for the command that a review shows.
        environ: The environment: ``SCAFFOLD_DATA_*`` are answers, ``CI`` leaves the user's own
            defaults out.
    """

    files: Sequence[Path | str] = ()
    data: Mapping[str, Any] | Sequence[str] = ()
    defaults: bool = False
    preset: str | None = None
    ask: Asker | None = None
    review: Reviewer | None = None
    confirm: Confirm | None = None
    flags: Sequence[str] = ()
    environ: Mapping[str, str] | None = None

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment."""
        return os.environ if self.environ is None else self.environ

    def gather_given(
        self, recorded: Mapping[str, Any] = MappingProxyType({}), questions: Collection[str] = ()
    ) -> dict[str, GivenAnswer]:
        """Gather the answers of this command, and those of a record; see `gather_answers`."""
        named = self.data if isinstance(self.data, Mapping) else {}
        flags = () if isinstance(self.data, Mapping) else self.data
        found = gather_answers(self.files, flags, self.variables, recorded, questions=questions)
        return found | {key: GivenAnswer(value, "data") for key, value in named.items()}


@dataclass(frozen=True)
class RenderOptions:
    """Options of a render, for a new project as for an update.

    Attributes:
        version: A version of the blueprint; None for the newest. Of an update also ``current``
            for the recorded one.
        record: The path of the record in the project; None for the blueprint's own choice, or the
            only one.
        trust: Allow the blueprint's tasks and Jinja extensions to run code.
        skip_tasks: Leave the blueprint's tasks out.
        dry_run: Render, report, and write nothing.
        exclude: Further patterns of paths to leave out, as in ``_exclude``.
        skip: Further patterns of paths that stay as they are where they exist, as in
            ``_skip_if_exists``.
        prereleases: Whether a pre-release may be the newest version.
    """

    version: str | None = None
    record: str | None = None
    trust: bool = False
    skip_tasks: bool = False
    dry_run: bool = False
    exclude: Sequence[str] = ()
    skip: Sequence[str] = ()
    prereleases: bool = False


@dataclass(frozen=True)
class UpdateOptions(RenderOptions):
    """Options of an update: those of its renders, and two more.

    Attributes:
        yes: Contact the blueprint's server even if it was not used before.
        base: The version that the project counts as made from, where the recorded one cannot be
            rendered any more; None for the recorded one.
    """

    yes: bool = False
    base: str | None = None

    def make_trust(self, inputs: Inputs) -> Trust:
        """Make the user's consent from options and inputs."""
        return Trust(self.trust, self.yes, inputs.confirm, inputs.environ)


def resolve_answers(
    questionnaire: Questionnaire,
    inputs: Inputs,
    folder: Path,
    recorded: Mapping[str, Any],
    together: Sequence[OpenedBlueprint],
) -> Answers:
    """Resolve the answers to all questions of a new version.

    Args:
        folder: The folder whose git configuration names the user.
        together: All versions that the update goes to, this one included.
    """
    own = load_user_settings(inputs, folder)
    defaults = own.find_answers(questionnaire.questions) if own else {}
    given = defaults | inputs.gather_given(recorded, questionnaire.answerable)
    if len(together) > 1:
        given = _leave_to_others(given, questionnaire, together)
    return questionnaire.resolve(given, defaults=inputs.defaults, ask=inputs.ask)


def _leave_to_others(
    given: Mapping[str, GivenAnswer],
    questionnaire: Questionnaire,
    together: Sequence[OpenedBlueprint],
) -> dict[str, GivenAnswer]:
    """Leave answers to the other blueprints that ask for them, and mark those that none asks."""
    known = [name for each in together for name in each.config if not name.startswith("_")]
    labels = " or ".join(dict.fromkeys(each.label for each in together))
    # A variable of the environment names its question in any case.
    own, all_upper = {n.upper() for n in questionnaire.questions}, {n.upper() for n in known}
    kept = {}
    for name, item in given.items():
        if name.upper() not in all_upper:
            why = f"is not a question of {labels}{suggest_similar(name, known)}"
            problem = Problem(item.source, item.line, item.column, make_printable(name), why)
            kept[name] = replace(item, wrong=item.wrong or problem)
        elif name.upper() in own:
            kept[name] = item
    return kept


def load_user_settings(inputs: Inputs, folder: Path) -> Settings | None:
    """Load the user's settings for all projects; None in CI.

    Raises:
        SettingsError: They are damaged.
    """
    return None if inputs.variables.get("CI") else load_settings(folder, inputs.variables)


class EditableAnswers:
    """The answers to a new project's questions, which a person may edit until they agree.

    Args:
        folder: The folder whose git configuration names the user.
    """

    def __init__(
        self,
        questionnaire: Questionnaire,
        inputs: Inputs,
        folder: Path,
        presets: Sequence[Preset] = (),
    ) -> None:
        self.questionnaire = questionnaire
        self.review = inputs.review
        self._ask = None if inputs.defaults else inputs.ask
        self._presets = presets
        self._settings = load_user_settings(inputs, folder)
        own = self._settings.find_answers(questionnaire.questions) if self._settings else {}
        self._own: Mapping[str, GivenAnswer] = own
        self._given = inputs.gather_given(questions=questionnaire.answerable)
        self._favourite_preset = self._settings.preset if self._settings else ""
        self._interview = questionnaire.start_interview(
            {**self._own, **self._given}, defaults=inputs.defaults, asking=self._ask is not None
        )
        self.preset: Preset | None = None
        self._latest: Mapping[str, Any] = {}
        self._chooses = inputs.preset is None and bool(presets) and self._ask is not None
        if inputs.preset is not None:
            self._fill_preset(find_preset(presets, inputs.preset))

    @property
    def has_asked(self) -> bool:
        """Tell whether a person was asked anything."""
        return self._interview.has_asked

    @property
    def given(self) -> Mapping[str, GivenAnswer]:
        """The answers for this project only that no person typed at a prompt."""
        return (self.preset.given if self.preset else {}) | self._given

    def resolve(self) -> Answers:
        """Resolve the answers; asks a person where needed.

        Raises:
            AnswersError: Answers are unknown, missing or invalid; names them all.
            Interrupted: The person left.
        """
        while True:
            if (
                self._ask
                and self._chooses
                and not self.preset
                and self._interview.has_open_question()
            ):
                self._choose_preset(self._ask)
            answers = self._interview.ask(self._ask, can_go_back=self._chooses)
            if answers is not None:
                self._latest = answers.values
                return answers
            self.preset = None

    def edit(self, name: str) -> None:
        """Ask a question again next time; ``preset`` is one where the blueprint has presets."""
        if name == PRESET_NAME and self._presets and self._ask is not None:
            self._choose_preset(self._ask, can_go_back=True)
        else:
            self._interview.edit(name)

    def _choose_preset(self, ask: Asker, *, can_go_back: bool = False) -> None:
        step = make_preset_step(self._presets, self._favourite_preset, can_go_back=can_go_back)
        reply = ask(step)
        if reply is not BACK:
            self._fill_preset(find_preset(self._presets, reply))

    def _fill_preset(self, preset: Preset) -> None:
        if preset == self.preset:
            return
        self.preset = preset
        self._favourite_preset = preset.name
        given = {**self._own, **preset.given, **self._given}
        self._interview.apply_preset(given, preset.ask, self._latest)

    def offer_settings(self, answers: Answers, memory: Memory) -> tuple[str, ...]:
        """Offer to save typed answers as settings; each is offered once.

        Args:
            memory: The settings that were offered before.
        """
        typed = self._find_typed(answers) if self._settings else {}
        fresh = {key: text for key, text in typed.items() if not memory.is_known(OFFERED_FACT, key)}
        for key in fresh:
            memory.add(OFFERED_FACT, key)
        commands = [f"scaffold config {key} {shlex.quote(text)}" for key, text in fresh.items()]
        note = f"to skip this question next time: {'; '.join(commands)}"
        return (note,) if commands else ()

    def _find_typed(self, answers: Answers) -> Mapping[str, str]:
        """Find typed answers that describe the person, and are not among their settings."""
        found = {}
        for key in ("name", "email", "github"):
            questions = [q for q in SETTING_QUESTIONS[key] if answers.sources.get(q) == FROM_PROMPT]
            if questions and self._settings and self._settings.get_general(key) is None:
                with suppress(InvalidValueError):
                    found[key] = str(validate_setting(key, answers.values[questions[0]]))
        return found


# ---------------------------------------------------------------- the folder of a new project


def ask_destination(inputs: Inputs, ask: Asker | None) -> Path:
    """Ask for the folder of a new project; suggests the project's name where it is known.

    Args:
        ask: Asks a person; None where nobody can be asked.

    Raises:
        UsageError: Nobody can be asked.
        Interrupted: The person left.
    """
    if ask is None:
        raise UsageError(
            "no folder was given for the project",
            "Give its folder, as in `scaffold new demo`.",
        )
    step = Step(
        name="folder",
        type="str",
        help="Which folder should the new project have?",
        choices=(),
        default=_suggest_folder(inputs) or MISSING,
        placeholder="my-project",
        check=_check_folder,
    )
    return Path(_check_folder(ask(step)))


def _check_folder(text: Any) -> str:
    folder = str(text).strip()
    if not folder:
        raise ValueError("The project needs a folder.")
    absolute = os.path.abspath(Path(folder).expanduser())  # noqa: PTH100 - keeps symlinks as given
    try:
        check_destination(Path(absolute))
    except ScaffoldError as error:
        raise ValueError(error.what.replace(absolute, folder)) from None
    return folder


def _suggest_folder(inputs: Inputs) -> str:
    """Make a folder's name from the project's name in the inputs; empty where there is none."""
    files = [file for file in inputs.files if str(file) != "-"]  # it can be read only once
    found = replace(inputs, files=files).gather_given(questions=NAME_QUESTIONS)
    first = next((str(found[name].value) for name in NAME_QUESTIONS if name in found), "")
    return re.sub(r"[^\w.]+", "-", first.lower()).strip("-.")
