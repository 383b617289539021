"""The review of a project before it is made: answers, files, dependencies, a command."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Final

from .. import render
from ..answers import format_answers_file
from ..errors import AnswersError
from ..host import create_file
from ..questions import (
    FROM_ENVIRONMENT,
    FROM_FLAG,
    MISSING,
    Answers,
    GivenAnswer,
    Question,
    Questionnaire,
    format_json,
    is_same_answer,
)

_GIVEN_ONCE = (FROM_FLAG, FROM_ENVIRONMENT, "data")
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


@dataclass(frozen=True)
class ReviewedAnswer:
    """An answer that may be edited.

    Attributes:
        name: Its question.
        value: The answer.
        source: Its source.
        secret: Whether it must not be shown.
        before: The answer of the previous review; `MISSING` where it was the same.
        about: The facts that the chosen choice has; may be empty.
    """

    name: str
    value: Any
    source: str
    secret: bool
    before: Any = MISSING
    about: str = ""


@dataclass(frozen=True)
class Review:
    """A project that is about to be made.

    Attributes:
        path: Its folder.
        label: The blueprint and its version.
        preset: The name of the preset that answers the questions not asked; may be empty. It can
            be edited as an answer, under the name ``preset``.
        answers: The answers to all active questions, in order.
        files: The files that will be written, sorted by path.
        folder: The folder that holds the files until then.
        dependencies: The packages that the project will depend on; empty where it names none.
        command: The command that makes the same project without asking; without secrets.
        notes: Notes for the user.
        save: Writes the answers to a new file.
        there: The changes of existing files: kind of change, path, and reason.
    """

    path: Path
    label: str
    preset: str
    answers: tuple[ReviewedAnswer, ...]
    files: tuple[render.RenderedFile, ...]
    folder: Path
    dependencies: tuple[str, ...]
    command: str
    notes: tuple[str, ...]
    save: Callable[[Path], None] = field(repr=False, compare=False)
    there: tuple[tuple[str, str, str], ...] = ()


class Quit(Enum):
    """The type of `QUIT`."""

    QUIT = "quit"


QUIT: Final = Quit.QUIT
"""The decision to make no project."""

Reviewer = Callable[[Review], str | Quit | None]
"""Shows a review; gives the name of the question to edit, None to make the project, or `QUIT`."""


def list_answers(
    questionnaire: Questionnaire, answers: Answers, before: Mapping[str, Any]
) -> tuple[ReviewedAnswer, ...]:
    """List the answers for a review, with those of the previous review."""
    changed = {k: b for k, b in before.items() if not is_same_answer(b, answers.values.get(k, b))}
    sources, secrets = answers.sources, answers.secrets
    return tuple(
        ReviewedAnswer(
            name=name,
            value=value,
            source=sources.get(name, ""),
            secret=name in secrets,
            before=changed.get(name, MISSING),
            about=_find_facts(questionnaire.questions[name], value),
        )
        for name, value in answers.values.items()
    )


def _find_facts(question: Question, value: Any) -> str:
    choices = () if isinstance(question.choices, str) else question.choices
    chosen = (choice for choice in choices if is_same_answer(choice.value, value))
    return next((" · ".join(choice.facts.values()) for choice in chosen), "")


def find_dependencies(folder: Path) -> tuple[str, ...]:
    """Find the packages in a project's ``pyproject.toml``, else in its requirements."""
    import tomllib

    try:
        about = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
        lines = about.get("project", {}).get("dependencies", [])
    except (OSError, ValueError, AttributeError):
        lines = []
    if not lines and (folder / "requirements.txt").is_file():
        lines = (folder / "requirements.txt").read_text("utf-8", "replace").splitlines()
    names = (_REQUIREMENT.match(line) for line in lines if isinstance(line, str))
    return tuple(dict.fromkeys(found[1] for found in names if found))


def save_answers(questionnaire: Questionnaire, answers: Answers, path: Path) -> None:
    """Write the answers, without secrets, to a new file for ``--answers``.

    Raises:
        ScaffoldError: The file is there already, or cannot be written.
    """
    values = {k: v for k, v in answers.recorded.items() if k not in answers.secrets}
    create_file(path, format_answers_file(questionnaire, values))


def make_command(
    questionnaire: Questionnaire,
    answers: Answers,
    given: Mapping[str, GivenAnswer],
    start: Sequence[str],
) -> str:
    """Make the command that gives the same answers without a prompt.

    It leaves out each answer that is the default, also one that follows from other answers.

    Args:
        given: The given answers; those of flags and variables become flags of the command.
        start: The command without answers.
    """
    flags = _find_flags(questionnaire, answers, given)
    data = [word for name, text in flags.items() for word in ("--data", f"{name}={text}")]
    secrets = [name for name in answers.values if name in answers.secrets]
    hidden = [f"SCAFFOLD_DATA_{name.upper()}=…" for name in secrets]
    return " ".join([*hidden, *map(shlex.quote, [*start, *data, "--defaults"])])


def _find_flags(
    questionnaire: Questionnaire, answers: Answers, given: Mapping[str, GivenAnswer]
) -> dict[str, str]:
    """Find the flags without which ``--defaults`` would give other answers."""
    wanted = {k: v for k, v in answers.recorded.items() if k not in answers.secrets}
    anyway = {k: item for k, item in given.items() if item.origin not in _GIVEN_ONCE}
    secrets = {k: GivenAnswer(v, "data") for k, v in answers.values.items() if k in answers.secrets}
    flags: dict[str, str] = {}
    for name, value in wanted.items():
        found = _resolve_defaults(questionnaire, {**anyway, **secrets}, flags)
        is_shadowed = name in given and name not in anyway  # a file may answer it, too
        if is_shadowed or name not in found or not is_same_answer(found[name], value):
            flags[name] = write_value(value)
    return flags


def _resolve_defaults(
    questionnaire: Questionnaire, given: Mapping[str, GivenAnswer], flags: Mapping[str, str]
) -> Mapping[str, Any]:
    data = {name: GivenAnswer(text, FROM_FLAG) for name, text in flags.items()}
    try:
        return questionnaire.resolve({**given, **data}, defaults=True).recorded
    except AnswersError:  # a question without a default, which comes later
        return {}


def write_value(value: Any) -> str:
    """Write an answer as ``--data`` reads it."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(map(_is_word, value)) and len(value) > 1:
        return ",".join(value)
    return format_json(value)


def _is_word(item: Any) -> bool:
    return isinstance(item, str) and re.fullmatch(r"[\w.-]+", item) is not None
