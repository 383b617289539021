"""An answers file to fill in, or one that is filled with what a project's record holds."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ..answers import UNANSWERED_MARK, format_answers_file
from ..blueprints import BUILTIN_PREFIX, DEFAULT_BLUEPRINT, Blueprint, find_blueprint
from ..errors import AnswersError, ScaffoldError, UsageError
from ..host import create_file, make_cache_folder, make_exists_error, replace_file
from ..project import RECORD_SUFFIXES, choose_record, find_project, read_record
from ..questions import FROM_RECORD, GivenAnswer
from ..user import Confirm, Trust
from .loading import load_questions, make_source_notes
from .versions import find_recorded_blueprint

if TYPE_CHECKING:
    from ..questions import Questionnaire


@dataclass(frozen=True)
class AnswersFile:
    """An answers file, and what an editor needs to complete it.

    Attributes:
        source: The blueprint's stable name.
        version: The version's name; empty where the blueprint has none.
        text: The file, commented YAML.
        schema: Its JSON Schema.
        answers: The answers that it takes from a project.
        notes: Notes for the user, also on recorded answers that are not in it.
        path: The file; None where it was not written.
    """

    source: str
    version: str
    text: str
    schema: Mapping[str, Any]
    answers: Mapping[str, Any]
    notes: tuple[str, ...] = ()
    path: Path | None = None


def make_answers_file(
    blueprint: str | None = None,
    version: str | None = None,
    *,
    project: Path | None = None,
    record_path: str | None = None,
    yes: bool = False,
    confirm: Confirm | None = None,
) -> AnswersFile:
    """Make an answers file with comments.

    Args:
        blueprint: A blueprint, as for `create`; without one the project's own, else the built-in
            one.
        version: A version of it; the recorded one, else the newest.
        project: A project, or a folder in it, whose recorded answers fill it.
        record_path: The path of the record in the project; None for its only one.
        yes: Contact the server of the project's blueprint even if it was not used before.
        confirm: Asks a person whether to contact it; None for no.

    Raises:
        ScaffoldError: There is no such blueprint, version or project, or it is damaged.
    """
    if project is None:
        return _make(find_blueprint(blueprint or DEFAULT_BLUEPRINT), version, {})
    project = find_project(project, record_path)
    known = read_record(project, choose_record(project, record_path))
    if blueprint:
        return _make(find_blueprint(blueprint), version, known.answers)
    source = find_recorded_blueprint(project, known)
    Trust(contact=yes, confirm=confirm).allow_contact(source, known.path)
    return _make(source, version or known.version or None, known.answers)


def _make(blueprint: Blueprint, version: str | None, recorded: Mapping[str, Any]) -> AnswersFile:
    with blueprint.open(version) as opened:
        questionnaire = load_questions(opened)
        answers, notes = _choose_fitting(questionnaire, recorded, opened.label)
        name, exact = opened.source, opened.version or ""
        return AnswersFile(
            source=name,
            version=exact,
            text=format_answers_file(questionnaire, answers, _make_head(name, exact)),
            schema=questionnaire.make_schema(),
            answers=answers,
            notes=(*make_source_notes(opened), *notes),
        )


def _make_head(source: str, version: str) -> str:
    words = ["scaffold", "new", "DEST"]
    words += ["--blueprint", source] if source != BUILTIN_PREFIX + DEFAULT_BLUEPRINT else []
    words += ["--to", version] if version else []
    command = shlex.join([*words, "--answers", "FILE", "--defaults"])
    about = f"# Answers for {source} {version}".rstrip() + f":\n#   {command}\n"
    return (
        about + "# Lines with a # in front have no effect; ??? is an answer that is still missing."
    )


# ---------------------------------------------------------------- recorded answers


def _choose_fitting(
    questionnaire: Questionnaire, recorded: Mapping[str, Any], label: str
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Choose the recorded answers that fit these questions; notes name the others."""
    questions = questionnaire.questions
    gone = [name for name in recorded if name not in questions]
    notes = [f"{name} of the record is not a question of {label}" for name in gone]
    given = {
        name: GivenAnswer(value, FROM_RECORD)
        for name, value in recorded.items()
        if name in questions and not questions[name].is_computed and not questions[name].secret
    }
    resolved = questionnaire.resolve_once(given).make_answers()
    kept = dict(resolved.recorded)
    for name, why in _find_refused(questionnaire, kept).items():
        notes.append(f"{name} of the record cannot be written to an answers file: {why}")
        del kept[name]
    answers = {name: value for name, value in kept.items() if name in given}
    hidden = [f"{n} of the record is not used there" for n in given if n in resolved.hidden]
    return answers, (*notes, *resolved.notes, *hidden)


def _find_refused(questionnaire: Questionnaire, answers: Mapping[str, Any]) -> dict[str, str]:
    """Find recorded answers that a file may not hold, with the reason: files are stricter."""
    refused = {n: "??? means no answer there" for n, v in answers.items() if v == UNANSWERED_MARK}
    given = {n: GivenAnswer(v, "file") for n, v in answers.items() if n not in refused}
    try:
        questionnaire.resolve(given, defaults=True)
    except AnswersError as error:
        refused |= {p.key: p.why for p in error.problems if p.key in given and p.origin == "file"}
    return refused


# ---------------------------------------------------------------- the files


def write_answers_file(made: AnswersFile, path: Path) -> AnswersFile:
    """Write an answers file, and its schema beside it, which its first line names.

    Raises:
        UsageError: The name does not end in .yml or .yaml.
        ScaffoldError: One of the two is there already, or cannot be written.
    """
    if path.suffix.lower() not in RECORD_SUFFIXES:
        raise UsageError(f"{path} does not end in .yml", "Give the file a name that ends in .yml.")
    beside = path.with_name(f"{path.name}.schema.json")
    text = _make_schema_line(f"./{quote(beside.name)}") + made.text
    if path.exists() or path.is_symlink():
        raise make_exists_error(path)
    create_file(beside, _format_schema(made.schema))
    try:
        create_file(path, text)
    except ScaffoldError:
        beside.unlink()
        raise
    return replace(made, text=text, path=path)


def add_cached_schema(made: AnswersFile) -> AnswersFile:
    """Name a schema in the user's cache on the first line, where one can be written."""
    import hashlib

    text = _format_schema(made.schema)
    name = hashlib.sha256(text.encode()).hexdigest()[:16]
    folder = make_cache_folder("schemas")
    if folder is None:
        return made
    path = folder / f"{name}.json"
    try:
        if not path.is_file():
            replace_file(path, text)
    except OSError:  # no room
        return made
    return replace(made, text=_make_schema_line(path.absolute().as_uri()) + made.text)


def _make_schema_line(address: str) -> str:
    return f"# yaml-language-server: $schema={address}\n"


def _format_schema(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False, default=str) + "\n"
