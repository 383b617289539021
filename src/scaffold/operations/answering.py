"""How the questions of a blueprint get their answers, from all that was given and from a person."""

from __future__ import annotations

import os
import shlex
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ..answers import gather_answers
from ..questions import (
    BACK,
    FROM_PROMPT,
    Answers,
    GivenAnswer,
    InvalidValueError,
    Preset,
    Questionnaire,
    find_preset,
    make_preset_step,
)
from ..user import ASKED_BY, OFFERED, Memory, Settings, checked, load

if TYPE_CHECKING:
    from ..questions import Asker
    from ..user import Confirm
    from .review import Reviewer

PRESET = "preset"


@dataclass(frozen=True)
class Inputs:
    """Where answers come from.

    Attributes:
        files: Answers files, the later the stronger; ``-`` is standard input.
        data: Answers given one by one, stronger than all others: a mapping, or ``KEY=VALUE``.
        defaults: Take the default of each question that has no answer.
        preset: The name of a preset, which answers what none of these does; see `presets`.
        ask: Asks a person; None where nobody can be asked.
        review: Shows what a person's answers come to, before it is made; None to go on.
        confirm: Asks a person whether code may run, or a new server be asked; None for no.
        flags: Flags of the command line that have nothing to do with answers, as a review repeats
            them.
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

    def given(
        self, recorded: Mapping[str, Any] = MappingProxyType({}), questions: Collection[str] = ()
    ) -> dict[str, GivenAnswer]:
        """What was given for this command, and what a record holds; see `gather_answers`."""
        named = self.data if isinstance(self.data, Mapping) else {}
        flags = () if isinstance(self.data, Mapping) else self.data
        found = gather_answers(self.files, flags, self.variables, recorded, {}, questions=questions)
        return found | {key: GivenAnswer(value, "data") for key, value in named.items()}


def answer(
    questionnaire: Questionnaire,
    inputs: Inputs,
    folder: Path,
    recorded: Mapping[str, Any] | None = None,
    known: Collection[str] = (),
) -> Answers:
    """Resolve the questions from all that was given.

    Args:
        questionnaire: The questions.
        inputs: Where answers come from.
        folder: Where git is asked for the user's name.
        recorded: Answers of the project's record.
        known: Questions that may be answered though they are not asked here.
    """
    own = own_settings(inputs, folder)
    defaults = own.answers(questionnaire.questions) if own else {}
    given = defaults | inputs.given(recorded or {}, questionnaire.answerable)
    # A variable of the environment names its question in any case.
    others = {n.upper() for n in known} - {n.upper() for n in questionnaire.questions}
    given = {name: item for name, item in given.items() if name.upper() not in others}
    return questionnaire.resolve(given, defaults=inputs.defaults, ask=inputs.ask)


def own_settings(inputs: Inputs, folder: Path) -> Settings | None:
    """What the user set for all projects; None in CI.

    Raises:
        SettingsError: It is damaged.
    """
    return None if inputs.variables.get("CI") else load(folder, inputs.variables)


class Answering:
    """The answers to a new project's questions, which a person may edit until they are right.

    Args:
        questionnaire: The questions.
        inputs: Where answers come from.
        folder: Where git is asked for the user's name.
        presets: The blueprint's presets.
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
        self._settings = own_settings(inputs, folder)
        own = self._settings.answers(questionnaire.questions) if self._settings else {}
        self._own: Mapping[str, GivenAnswer] = own
        self._given = inputs.given(questions=questionnaire.answerable)
        self._favourite = self._settings.preset if self._settings else ""
        self._interview = questionnaire.start_interview(
            {**self._own, **self._given}, defaults=inputs.defaults, asking=self._ask is not None
        )
        self.preset: Preset | None = None
        self._latest: Mapping[str, Any] = {}
        self._chooses = inputs.preset is None and bool(presets) and self._ask is not None
        if inputs.preset is not None:
            self._fill(find_preset(presets, inputs.preset))

    @property
    def has_asked(self) -> bool:
        """Whether a person was asked anything."""
        return self._interview.has_asked

    @property
    def given(self) -> Mapping[str, GivenAnswer]:
        """What was given otherwise than by a person, and for this project alone."""
        return (self.preset.given if self.preset else {}) | self._given

    def answers(self) -> Answers:
        """The answers, asked for where a person has to be asked.

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
                self._choose(self._ask)
            answers = self._interview.ask(self._ask, can_go_back=self._chooses)
            if answers is not None:
                self._latest = answers.values
                return answers
            self.preset = None

    def edit(self, name: str) -> None:
        """Have a question asked again; ``preset`` is one where the blueprint has presets."""
        if name == PRESET and self._presets and self._ask is not None:
            self._choose(self._ask, can_go_back=True)
        else:
            self._interview.edit(name)

    def _choose(self, ask: Asker, *, can_go_back: bool = False) -> None:
        step = make_preset_step(self._presets, self._favourite, can_go_back=can_go_back)
        reply = ask(step)
        if reply is not BACK:
            self._fill(find_preset(self._presets, reply))

    def _fill(self, preset: Preset) -> None:
        if preset == self.preset:
            return
        self.preset = preset
        self._favourite = preset.name
        given = {**self._own, **preset.given, **self._given}
        self._interview.apply_preset(given, preset.ask, self._latest)

    def offer(self, answers: Answers, memory: Memory) -> tuple[str, ...]:
        """What the user may want to set for good, having typed it; each is offered once.

        Args:
            answers: The answers to this project's questions.
            memory: What was offered before.
        """
        typed = self._typed(answers) if self._settings else {}
        fresh = {key: text for key, text in typed.items() if not memory.knows(OFFERED, key)}
        for key in fresh:
            memory.add(OFFERED, key)
        commands = [f"scaffold config {key} {shlex.quote(text)}" for key, text in fresh.items()]
        return (f"to skip this question next time: {'; '.join(commands)}",) if commands else ()

    def _typed(self, answers: Answers) -> Mapping[str, str]:
        """What was typed of what is not set yet: it belongs to the person, not the project."""
        found = {}
        for key in ("name", "email", "github"):
            questions = [q for q in ASKED_BY[key] if answers.sources.get(q) == FROM_PROMPT]
            if questions and self._settings and self._settings.general(key) is None:
                with suppress(InvalidValueError):
                    found[key] = str(checked(key, answers.values[questions[0]]))
        return found
