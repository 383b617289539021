"""Read answers from --data, the environment, answers files and the record; the strongest wins."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import AnswersError, Problem, UsageError
from ..questions import FROM_ENVIRONMENT, FROM_FLAG, FROM_RECORD, MISSING, GivenAnswer
from .file_reader import read_answers_file

VARIABLE_PREFIX = "SCAFFOLD_DATA_"


def gather_answers(
    files: Sequence[Path | str],
    data: Sequence[str],
    environ: Mapping[str, str],
    record: Mapping[str, Any],
    *,
    questions: Collection[str] = (),
) -> dict[str, GivenAnswer]:
    """Collect the given answers, the strongest for each question.

    Args:
        files: Answers files, the later the stronger; ``-`` is standard input.
        data: ``KEY=VALUE`` of the command line, stronger than all others.
        environ: The environment, whose ``SCAFFOLD_DATA_<QUESTION>`` are stronger than files.
        record: The content of the project's record, the weakest.
        questions: Questions that a file may leave open with ``???``. Any other name that it leaves
            open is given as `MISSING`, so that it can be refused.

    Raises:
        UsageError: A flag is not ``KEY=VALUE``.
        AnswersError: Files cannot be read; names all places.
    """
    given = {k: GivenAnswer(v, FROM_RECORD) for k, v in record.items() if not k.startswith("_")}
    problems: list[Problem] = []
    for file in files:
        try:
            found = read_answers_file(file)
            is_open = {key for key in found if found[key].value is MISSING and key in questions}
            given |= {key: item for key, item in found.items() if key not in is_open}
        except AnswersError as error:
            problems += error.problems
    flags = read_flags(data)
    if problems:
        raise AnswersError(problems)
    return given | read_environment(environ) | flags


def read_flags(data: Sequence[str]) -> dict[str, GivenAnswer]:
    """Read ``KEY=VALUE`` flags; the last of a key wins.

    Raises:
        UsageError: A flag is not ``KEY=VALUE``.
    """
    given = {}
    for item in data:
        key, equals, value = item.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"--data {item!r} is not KEY=VALUE", "Write --data project_name=demo.")
        given[key.strip()] = GivenAnswer(value, FROM_FLAG)
    return given


def read_environment(environ: Mapping[str, str]) -> dict[str, GivenAnswer]:
    """Read ``SCAFFOLD_DATA_<QUESTION>`` variables; names of questions become lower case."""
    return {
        name.removeprefix(VARIABLE_PREFIX).lower(): GivenAnswer(
            value, FROM_ENVIRONMENT, detail=name
        )
        for name, value in environ.items()
        if name.startswith(VARIABLE_PREFIX)
    }
