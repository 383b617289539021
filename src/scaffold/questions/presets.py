"""Presets: answers that belong together, under one name, as ``blueprint.yml`` lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import ScaffoldError, UsageError
from .display import suggest_similar
from .given_answer import FROM_PRESET, GivenAnswer
from .question import Choice
from .resolver import Step

CUSTOM_PRESET = "custom"


@dataclass(frozen=True)
class Preset:
    """Answers that belong together.

    Attributes:
        name: The value that `create` and ``--preset`` take.
        title: Its title as a choice.
        help: One line that explains it.
        answers: Its answers, by question.
        ask: The questions that are still asked, in their order; the others take the user's own
            defaults, or the blueprint's. None asks all of them.
    """

    name: str
    title: str
    help: str = ""
    answers: Mapping[str, Any] | None = None
    ask: tuple[str, ...] | None = None

    @property
    def given(self) -> dict[str, GivenAnswer]:
        """Its answers, as given ones."""
        return {
            name: GivenAnswer(value, FROM_PRESET, detail=self.name)
            for name, value in (self.answers or {}).items()
        }


EVERY_QUESTION = Preset(CUSTOM_PRESET, "Custom", "Answer every question")


def read_presets(
    about: Mapping[str, Any], questions: Sequence[str] | Mapping[str, Any]
) -> tuple[Preset, ...]:
    """Read the presets of a blueprint, the custom one last; empty where it lists none.

    Args:
        about: The content of its ``blueprint.yml``.
        questions: The names of its questions.

    Raises:
        ScaffoldError: They are not stated correctly.
    """
    entries = about.get("presets") or []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ScaffoldError("presets of blueprint.yml must be a list of mappings", "Correct it.")
    presets = [_read_preset(entry, questions) for entry in entries]
    return (*presets, EVERY_QUESTION) if presets else ()


def _read_preset(entry: Mapping[str, Any], questions: Sequence[str] | Mapping[str, Any]) -> Preset:
    name, answers, ask = entry.get("name"), entry.get("answers") or {}, entry.get("ask") or []
    if not isinstance(name, str) or not isinstance(answers, dict) or not isinstance(ask, list):
        what = f"a preset of blueprint.yml needs a name, answers and a list to ask, not {entry}"
        raise ScaffoldError(what, "Correct it.")
    for question in (*answers, *ask):
        if question not in questions:
            what = f"the preset {name} of blueprint.yml names {question!r}, which is not a question"
            raise ScaffoldError(what, "Correct it.")
    title, about = str(entry.get("title", name)), str(entry.get("help", ""))
    return Preset(name, title, about, answers, tuple(name for name in questions if name in ask))


def find_preset(presets: Sequence[Preset], name: str) -> Preset:
    """Find the preset of a name.

    Raises:
        UsageError: There is none.
    """
    for preset in presets:
        if preset.name == name:
            return preset
    names = [preset.name for preset in presets]
    if not names:
        raise UsageError(
            f"there is no preset {name!r}: this blueprint has no presets", "Leave out --preset."
        )
    what = f"there is no preset {name!r}{suggest_similar(name, names)}"
    raise UsageError(what, f"Take one of {', '.join(names)}.")


def make_preset_step(
    presets: Sequence[Preset], favourite: str, *, can_go_back: bool = False
) -> Step:
    """Make the question for a preset, which starts at the favourite one."""
    names = [preset.name for preset in presets]
    return Step(
        name="preset",
        type="str",
        help="What kind of project do you want?",
        choices=tuple(Choice(title=p.title, value=p.name, help=p.help) for p in presets),
        default=favourite if favourite in names else names[0],
        can_go_back=can_go_back,
        check=lambda name: find_preset(presets, name).name,
    )
