"""What blueprints there are, and what they ask. Light: `list` loads no question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..blueprints import DEFAULT_BLUEPRINT, BuiltinBlueprint, find_blueprint, list_builtin_names

if TYPE_CHECKING:
    from ..questions import Questionnaire


@dataclass(frozen=True)
class Listed:
    """A built-in blueprint.

    Attributes:
        name: What `create` takes.
        title: What it is called.
        description: One line.
        versions: Its released versions, oldest first.
    """

    name: str
    title: str
    description: str
    versions: tuple[str, ...]


def list_blueprints() -> tuple[Listed, ...]:
    """The built-in blueprints and their versions."""
    found = []
    for name in list_builtin_names():
        builtin = BuiltinBlueprint(name)
        about = builtin.read_about()
        title, description = str(about.get("title", name)), str(about.get("description", ""))
        found.append(Listed(name, title, description, tuple(builtin.list_versions())))
    return tuple(found)


@dataclass(frozen=True)
class Shown:
    """One version of a blueprint.

    Attributes:
        source: Its stable name.
        version: The version's name; empty where the blueprint has none.
        versions: All its versions, oldest first.
        about: What its ``blueprint.yml`` says.
        questionnaire: Its questions.
        schema: JSON Schema of an answers file.
        notes: What the user should know.
    """

    source: str
    version: str
    versions: tuple[str, ...]
    about: Mapping[str, Any]
    questionnaire: Questionnaire
    schema: Mapping[str, Any]
    notes: tuple[str, ...] = ()


def show(blueprint: str = DEFAULT_BLUEPRINT, version: str | None = None) -> Shown:
    """The questions of a blueprint.

    Raises:
        ScaffoldError: There is no such blueprint or version, or it is damaged.
    """
    from .loading import load_questions, source_notes

    source = find_blueprint(blueprint)
    with source.open(version) as opened:
        questionnaire = load_questions(opened)
        return Shown(
            source=opened.source,
            version=opened.version or "",
            versions=tuple(source.list_versions()),
            about=opened.about,
            questionnaire=questionnaire,
            schema=questionnaire.make_schema(),
            notes=source_notes(opened),
        )
