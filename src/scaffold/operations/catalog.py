"""List the built-in blueprints, and show the questions of one. `list` loads no question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .. import questions
from ..blueprints import DEFAULT_BLUEPRINT, BuiltinBlueprint, find_blueprint, list_builtin_names


@dataclass(frozen=True)
class BlueprintSummary:
    """A built-in blueprint.

    Attributes:
        name: Its name, as for `create`.
        title: Its title.
        description: One line about it.
        versions: Its released versions, oldest first.
        choices: The choices of each question whose choices have groups, in the newest version.
    """

    name: str
    title: str
    description: str
    versions: tuple[str, ...]
    choices: Mapping[str, tuple[questions.Choice, ...]]


def list_blueprints() -> tuple[BlueprintSummary, ...]:
    """List the built-in blueprints and their versions."""
    found = []
    for name in list_builtin_names():
        builtin = BuiltinBlueprint(name)
        about = builtin.read_about()
        choices = {
            question: tuple(questions.Choice(**choice) for choice in listed)
            for question, listed in about.get("choices", {}).items()
        }
        versions = tuple(builtin.list_versions())
        found.append(
            BlueprintSummary(name, about["title"], about["description"], versions, choices)
        )
    return tuple(found)


@dataclass(frozen=True)
class BlueprintDetails:
    """One version of a blueprint.

    Attributes:
        source: Its stable name.
        version: The version's name; empty where the blueprint has none.
        versions: All its versions, oldest first.
        about: The data of its ``blueprint.yml``.
        questionnaire: Its questions.
        presets: Its presets, the custom one last.
        schema: JSON Schema of an answers file.
        notes: Notes for the user.
    """

    source: str
    version: str
    versions: tuple[str, ...]
    about: Mapping[str, Any]
    questionnaire: questions.Questionnaire
    presets: tuple[questions.Preset, ...]
    schema: Mapping[str, Any]
    notes: tuple[str, ...] = ()


def show(blueprint: str = DEFAULT_BLUEPRINT, version: str | None = None) -> BlueprintDetails:
    """Load the questions of a blueprint.

    Raises:
        ScaffoldError: There is no such blueprint or version, or it is damaged.
    """
    from .loading import load_questions, make_source_notes

    source = find_blueprint(blueprint)
    with source.open(version) as opened:
        questionnaire = load_questions(opened)
        return BlueprintDetails(
            source=opened.source,
            version=opened.version or "",
            versions=tuple(source.list_versions()),
            about=opened.about,
            questionnaire=questionnaire,
            presets=questions.read_presets(opened.about, questionnaire.questions),
            schema=questionnaire.make_schema(),
            notes=make_source_notes(opened),
        )
