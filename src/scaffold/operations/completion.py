"""Suggestions for a shell while a command is typed, read from this machine only.

Nothing is fetched, and no expression of a blueprint is evaluated. An unreadable blueprint raises.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..blueprints import (
    DEFAULT_BLUEPRINT,
    Blueprint,
    BuiltinBlueprint,
    RepositoryBlueprint,
    find_blueprint,
    list_builtin_names,
    list_layer_choices,
)
from ..project import choose_record, find_project

if TYPE_CHECKING:
    from ..questions import Choice, Question

Suggestion = tuple[str, str]
"""A word, and its meaning."""


def suggest_blueprints() -> Iterator[Suggestion]:
    """Suggest the built-in blueprints."""
    for name in list_builtin_names():
        yield name, str(BuiltinBlueprint(name).read_about().get("title", ""))


def suggest_versions(source: str, project: str = "", record: str = "") -> Iterator[Suggestion]:
    """Suggest the versions of a blueprint, the newest first.

    Args:
        source: A blueprint; the default one where it is empty.
        project: A project whose blueprint counts where no source is named.
        record: The project's record; empty for the only one.
    """
    for version in reversed(_find_local(source, project, record).list_versions()):
        yield version, ""


def suggest_presets(source: str, version: str) -> Iterator[Suggestion]:
    """Suggest the presets of a version of a blueprint."""
    from ..questions import CUSTOM_PRESET

    with _find_local(source).open(version or None) as opened:
        entries = opened.about.get("presets") or []
        for entry in entries:
            yield str(entry["name"]), str(entry.get("title", ""))
        if entries:
            yield CUSTOM_PRESET, ""


def suggest_answers(
    source: str, version: str, text: str, project: str = "", record: str = ""
) -> Iterator[Suggestion]:
    """Suggest the questions of a blueprint, or the choices of the named one: ``KEY=VALUE``.

    Args:
        source: A blueprint; the default one where it is empty.
        version: A version; the newest where it is empty.
        text: The text typed so far.
        project: A project whose blueprint counts where no source is named.
        record: The project's record; empty for the only one.
    """
    from ..questions import Questionnaire

    with _find_local(source, project, record).open(version or None) as opened:
        choices = list_layer_choices(opened.layers, opened.config)
        questions = Questionnaire.from_config(opened.config, opened.folder, choices).questions
        name, equals, value = text.partition("=")
        if equals:
            yield from _suggest_values(questions[name], value) if name in questions else ()
            return
        for question in questions.values():
            if not question.is_computed:
                yield f"{question.name}=", next(iter(question.help.splitlines()), "")


def _suggest_values(question: Question, typed: str) -> Iterator[Suggestion]:
    if question.type == "bool" and not question.choices:
        offered: list[Suggestion] = [("true", ""), ("false", "")]
    elif isinstance(question.choices, str):
        offered = []
    else:
        offered = [_make_suggestion(choice) for choice in question.choices if not choice.disabled]
    before = typed.rpartition(",")[0] if question.multiselect else ""
    taken = before.split(",")
    for value, about in offered:
        if not before:
            yield f"{question.name}={value}", about
        elif value not in taken:
            yield f"{question.name}={before},{value}", about


def _make_suggestion(choice: Choice) -> Suggestion:
    value: Any = choice.value
    return (str(value).lower() if isinstance(value, bool) else str(value)), choice.title


def _find_local(source: str, project: str = "", record: str = "") -> Blueprint:
    """Find a blueprint on this machine; for a remote one, its copy in the cache.

    Raises:
        LookupError: It is not on this machine.
        UsageError: The project has several records, and none is named.
    """
    from .. import git
    from ..project import read_record

    if not source and project:
        folder = find_project(Path(project), record or None)
        known = read_record(folder, choose_record(folder, record or None))
        blueprint = find_blueprint(known.source, relative_to=folder)
    else:
        blueprint = find_blueprint(source or DEFAULT_BLUEPRINT)
    if isinstance(blueprint, RepositoryBlueprint) and not blueprint.path:
        copy = git.get_mirror_path(blueprint.url)
        if not copy.is_dir():
            raise LookupError(f"{blueprint.source} is not on this machine")
        return RepositoryBlueprint(blueprint.source, str(copy), copy)
    return blueprint
