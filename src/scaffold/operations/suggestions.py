"""Suggestions for a shell while a command is typed, read from this machine only.

Nothing is fetched, and no expression of a blueprint is evaluated. An unreadable blueprint raises.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import git, project, questions
from ..blueprints import (
    DEFAULT_BLUEPRINT,
    Blueprint,
    BuiltinBlueprint,
    RepositoryBlueprint,
    find_blueprint,
    list_builtin_names,
    list_layer_choices,
)

Suggestion = tuple[str, str]
"""A word, and its meaning."""


@dataclass(frozen=True)
class NamedBlueprint:
    """A blueprint as a command line names it so far; each part may be empty.

    Attributes:
        source: A blueprint; without one that of the project counts, else the default one.
        version: A version; without one the newest counts.
        project: A project, or a folder in it.
        record: Its record; without one its only record counts.
    """

    source: str = ""
    version: str = ""
    project: str = ""
    record: str = ""

    def find(self) -> Blueprint:
        """Find it on this machine; a remote one in the cache.

        Raises:
            LookupError: It is not on this machine.
            UsageError: The project has several records, and none is named.
        """
        if not self.source and self.project:
            folder = project.find_project(Path(self.project), self.record or None)
            known = project.read_record(folder, project.choose_record(folder, self.record or None))
            blueprint = find_blueprint(known.source, relative_to=folder)
        else:
            blueprint = find_blueprint(self.source or DEFAULT_BLUEPRINT)
        if isinstance(blueprint, RepositoryBlueprint) and not blueprint.path:
            copy = git.get_mirror_path(blueprint.url)
            if not copy.is_dir():
                raise LookupError(f"{blueprint.source} is not on this machine")
            return RepositoryBlueprint(blueprint.source, str(copy), copy)
        return blueprint


def suggest_blueprints() -> Iterator[Suggestion]:
    """Suggest the built-in blueprints."""
    for name in list_builtin_names():
        yield name, str(BuiltinBlueprint(name).read_about().get("title", ""))


def suggest_versions(named: NamedBlueprint) -> Iterator[Suggestion]:
    """Suggest the versions of a blueprint, the newest first."""
    for version in reversed(named.find().list_versions()):
        yield version, ""


def suggest_presets(named: NamedBlueprint) -> Iterator[Suggestion]:
    """Suggest the presets of a version of a blueprint."""
    with named.find().open(named.version or None) as opened:
        for preset in questions.read_presets(opened.about, opened.config):
            yield preset.name, preset.title


def suggest_answers(named: NamedBlueprint, text: str) -> Iterator[Suggestion]:
    """Suggest the questions of a blueprint, or the choices of the one in ``KEY=VALUE``."""
    with named.find().open(named.version or None) as opened:
        choices = list_layer_choices(opened.layers, opened.config)
        about = questions.Questionnaire.from_config(opened.config, opened.folder, choices)
        name, equals, value = text.partition("=")
        if equals:
            named_question = about.questions.get(name)
            yield from _suggest_values(named_question, value) if named_question else ()
            return
        for question in about.questions.values():
            if not question.is_computed:
                yield f"{question.name}=", next(iter(question.help.splitlines()), "")


def _suggest_values(question: questions.Question, typed: str) -> Iterator[Suggestion]:
    if question.type == "bool" and not question.choices:
        offered: list[Suggestion] = [("true", ""), ("false", "")]
    elif isinstance(question.choices, str):
        offered = []
    else:
        offered = [
            _make_suggestion(c) for c in question.choices if not c.disabled or "{" in c.disabled
        ]
    before = typed.rpartition(",")[0] if question.multiselect else ""
    taken = before.split(",")
    for value, about in offered:
        if not before:
            yield f"{question.name}={value}", about
        elif value not in taken:
            yield f"{question.name}={before},{value}", about


def _make_suggestion(choice: questions.Choice) -> Suggestion:
    value: Any = choice.value
    return (str(value).lower() if isinstance(value, bool) else str(value)), choice.title
