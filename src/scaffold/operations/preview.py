"""Answers and files of a new project, shown to a person until they like what they see."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..blueprints import DEFAULT_BLUEPRINT, OpenedBlueprint
from ..git import strip_credentials
from ..project import find_existing_parent
from ..questions import Answers, read_presets
from .answering import Answering, Inputs
from .copier_conf import conf_of
from .loading import load_questions, source_notes
from .messages import say_before
from .review import QUIT, Review, dependencies_of, equivalent_command, reviewed, save_answers

if TYPE_CHECKING:
    from ..render import RenderResult
    from .fill import Occupied


@dataclass(frozen=True)
class Making:
    """A new project as it was asked for.

    Attributes:
        opened: The version of the blueprint.
        asked: The project's folder as the user named it.
        dest: The same, absolute.
        occupied: The folder, where it holds files already.

    All others are what `create` was given.
    """

    opened: OpenedBlueprint
    blueprint: str
    asked: str
    dest: Path
    inputs: Inputs
    version: str | None
    start_git: bool
    trust: bool
    skip_tasks: bool
    dry_run: bool
    record: str = ""
    exclude: Sequence[str] = ()
    skip: Sequence[str] = ()
    prereleases: bool = False
    archive: Path | None = None
    occupied: Occupied | None = None

    @cached_property
    def conf(self) -> Mapping[str, Any]:
        """What templates see in ``_copier_conf``."""
        return conf_of(
            self.opened,
            Path(self.asked).expanduser(),
            self,
            version=self.version,
            defaults=self.inputs.defaults,
            pretend=self.dry_run,
        )

    def answering(self) -> Answering:
        """The questions, and what is known of their answers."""
        questionnaire = load_questions(
            self.opened, project=self.dest, conf=self.conf, trust=self.trust
        )
        say_before("copy", self.opened, questionnaire)
        presets = read_presets(self.opened.about, questionnaire.questions)
        return Answering(questionnaire, self.inputs, find_existing_parent(self.dest), presets)

    def render(self, answering: Answering, stage: Path) -> tuple[Answers, RenderResult, bool]:
        """Render, and where a person gave the answers, again until they like what they see.

        Args:
            answering: The answers as they come about.
            stage: Where to render.

        Returns:
            The answers, the render, and whether the project shall be made.
        """
        from ..render import render_blueprint

        options: Any = {"trust": self.trust, "conf": self.conf, "record": self.record}
        options |= {"exclude": self.exclude, "skip": self.skip}
        before: Mapping[str, Any] = {}
        while True:
            answers = answering.answers()
            review = answering.review if answering.has_asked and not self.dry_run else None
            aside = self.skip_tasks or review is not None
            rendered = render_blueprint(self.opened, answers, stage, skip_tasks=aside, **options)
            decided = review(self._review(answering, answers, rendered, before)) if review else None
            tasks_ran = aside == self.skip_tasks or not self.opened.config.get("_tasks")
            if decided is QUIT or (decided is None and tasks_ran):
                return answers, rendered, decided is None
            shutil.rmtree(stage)
            if decided is None:  # tasks run once, when all is decided
                return answers, render_blueprint(self.opened, answers, stage, **options), True
            before = answers.values
            answering.edit(decided)

    def _review(
        self,
        answering: Answering,
        answers: Answers,
        rendered: RenderResult,
        before: Mapping[str, Any],
    ) -> Review:
        questionnaire, preset = answering.questionnaire, answering.preset
        start = [*self._command(), *(("--preset", preset.name) if preset else ())]
        return Review(
            path=self.dest,
            label=self.opened.label,
            preset=preset.name if preset else "",
            answers=reviewed(answers, before),
            files=rendered.files,
            folder=rendered.folder,
            dependencies=dependencies_of(rendered.folder),
            command=equivalent_command(questionnaire, answers, answering.given, start),
            notes=(*source_notes(self.opened), *answers.notes),
            save=lambda path: save_answers(questionnaire, answers, path),
            there=self.occupied.told(rendered, self.opened.label) if self.occupied else (),
        )

    def _command(self) -> list[str]:
        """The command line that was given, without answers other than those in files."""
        source, opened = strip_credentials(self.blueprint), self.opened
        version = self.version if opened.draft else opened.version
        words = ["scaffold", "new", self.asked]
        words += ["--blueprint", source] if source != DEFAULT_BLUEPRINT else []
        words += ["--to", version] if version else []
        words += [word for file in self.inputs.files for word in ("--answers", str(file))]
        flags = {
            "--no-git": not self.start_git,
            "--trust": self.trust,  # it may have been given at a prompt
            "--skip-tasks": self.skip_tasks,
        }
        given = self.inputs.flags
        return [*words, *given, *(f for f, is_set in flags.items() if is_set and f not in given)]
