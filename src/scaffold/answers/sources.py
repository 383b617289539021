"""Where answers come from: files, flags, the environment, the record, the user's own defaults."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import AnswersError, Problem, UsageError
from ..questions import (
    FROM_ENVIRONMENT,
    FROM_FLAG,
    FROM_RECORD,
    FROM_USER_DEFAULTS,
    MISSING,
    GivenAnswer,
)
from .file import read

VARIABLE_PREFIX = "SCAFFOLD_DATA_"


def gather(
    files: Sequence[Path | str],
    data: Sequence[str],
    environ: Mapping[str, str],
    record: Mapping[str, Any],
    user_defaults: Mapping[str, Any],
    *,
    stdin: BinaryIO | None = None,
    questions: Collection[str] = (),
) -> dict[str, GivenAnswer]:
    """Collect what was given, the strongest for each question.

    Args:
        files: Answers files, the later the stronger; ``-`` is standard input.
        data: ``KEY=VALUE`` of the command line, stronger than all others.
        environ: The environment, whose ``SCAFFOLD_DATA_<QUESTION>`` are stronger than files.
        record: What the project's record holds, weaker than files.
        user_defaults: The user's own defaults, the weakest.
        stdin: What ``-`` reads; standard input where it is None.
        questions: What a file may leave open with ``???``, which then answers nothing. Anything
            else that it leaves open is given as `MISSING`, so that its name can be refused.

    Raises:
        UsageError: A flag is no ``KEY=VALUE``.
        AnswersError: Files cannot be read; names all places.
    """
    given = _typed(user_defaults, FROM_USER_DEFAULTS) | _typed(record, FROM_RECORD)
    problems: list[Problem] = []
    for file in files:
        try:
            found = read(file, stdin)
            is_open = {key for key in found if found[key].value is MISSING and key in questions}
            given |= {key: item for key, item in found.items() if key not in is_open}
        except AnswersError as error:
            problems += error.problems
    flags = data_from_flags(data)
    if problems:
        raise AnswersError(problems)
    return given | data_from_environment(environ) | flags


def data_from_flags(data: Sequence[str]) -> dict[str, GivenAnswer]:
    """Read ``KEY=VALUE`` flags; the last of a key wins.

    Raises:
        UsageError: A flag is no ``KEY=VALUE``.
    """
    given = {}
    for item in data:
        key, equals, value = item.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"--data {item!r} is not KEY=VALUE", "write --data project_name=demo")
        given[key.strip()] = GivenAnswer(value, FROM_FLAG)
    return given


def data_from_environment(environ: Mapping[str, str]) -> dict[str, GivenAnswer]:
    """Read ``SCAFFOLD_DATA_<QUESTION>`` variables; names of questions are lower case here."""
    return {
        name.removeprefix(VARIABLE_PREFIX).lower(): GivenAnswer(
            value, FROM_ENVIRONMENT, detail=name
        )
        for name, value in environ.items()
        if name.startswith(VARIABLE_PREFIX)
    }


def _typed(values: Mapping[str, Any], origin: str) -> dict[str, GivenAnswer]:
    return {
        key: GivenAnswer(value, origin) for key, value in values.items() if not key.startswith("_")
    }
