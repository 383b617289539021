"""Combinations of answers in which every pair of choices of two questions occurs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations as pairs_of
from pathlib import Path
from typing import Any

from allpairspy import AllPairs  # type: ignore[import-untyped]

from scaffold import Inputs, create, show
from scaffold.blueprints.layers import find_layers

BLUEPRINT = Path(__file__).resolve().parents[2] / "blueprints" / "lightning"
# A machine, not a person: what git knows of the author stays out.
MACHINE = {"CI": "true"}

Answers = Mapping[str, Any]


@dataclass(frozen=True)
class Factor:
    """One thing to choose: a question, or whether one of several choices is taken.

    Attributes:
        question: The question's name.
        choices: What can be chosen.
        item: The choice that is taken or not; None for a question with one answer.
    """

    question: str
    choices: tuple[Any, ...]
    item: Any = None


def factors() -> tuple[Factor, ...]:
    """Everything that can be chosen in the blueprint; free texts aside."""
    found: list[Factor] = []
    for question in show(str(BLUEPRINT)).questionnaire.questions.values():
        if question.when is False:
            continue
        if question.type == "bool":
            found.append(Factor(question.name, (True, False)))
            continue
        assert not isinstance(question.choices, str), "choices that depend on answers"
        values = tuple(choice.value for choice in question.choices)
        if question.multiselect:
            found += [Factor(question.name, (True, False), value) for value in values]
        elif values:
            found.append(Factor(question.name, values))
    return tuple(found)


def answers_of(row: Sequence[Any], chosen: Sequence[Factor]) -> Answers:
    """What to answer for one choice of each factor."""
    answers: dict[str, Any] = {}
    for factor, value in zip(chosen, row, strict=True):
        if factor.item is None:
            answers[factor.question] = value
        else:
            answers.setdefault(factor.question, []).extend([factor.item] if value else [])
    return answers


@cache
def excluded() -> frozenset[frozenset[tuple[str, str]]]:
    """Pairs of a choice and another that its layer excludes."""
    return frozenset(
        frozenset({(layer.question, layer.answer), (question, answer)})
        for layer in find_layers(BLUEPRINT)
        for question, reasons in layer.excludes.items()
        for answer in reasons
    )


def name_choice(factor: Factor, value: Any) -> tuple[str, str]:
    """A choice as layers name it."""
    if factor.item is not None:
        return factor.question, str(factor.item) if value else ""
    named = {True: "yes", False: "no"} if isinstance(value, bool) else {}
    return factor.question, named.get(value, str(value))


def is_allowed(row: Sequence[Any], chosen: Sequence[Factor]) -> bool:
    """Whether no choice excludes another."""
    named = {name_choice(*pair) for pair in zip(chosen, row, strict=True)}
    return not any(pair <= named for pair in excluded())


def mend(row: Sequence[Any], chosen: Sequence[Factor]) -> Iterator[Sequence[Any]]:
    """The row, or others that hold between them each of its pairs that may occur."""
    places = list(enumerate(zip(row, chosen, strict=True)))
    for (i, one), (j, other) in pairs_of(places, 2):
        if is_allowed((one[0], other[0]), (one[1], other[1])):
            continue
        for place, (value, factor) in ((i, one), (j, other)):
            instead = next(choice for choice in factor.choices if choice != value)
            yield from mend([*row[:place], instead, *row[place + 1 :]], chosen)
        return
    yield row


def all_pairs() -> dict[str, Answers]:
    """Combinations that hold every pair of choices that may occur, by a short name."""
    chosen = factors()
    wide = [list(factor.choices) for factor in chosen if len(factor.choices) > 1]
    rows = (iter(row) for row in AllPairs(wide))
    full = ([next(row) if len(f.choices) > 1 else f.choices[0] for f in chosen] for row in rows)
    mended = (row for complete in full for row in mend(complete, chosen))
    return {f"pairs-{n:02}": answers_of(row, chosen) for n, row in enumerate(mended, 1)}


def list_tasks() -> tuple[str, ...]:
    """All tasks, the default first."""
    return next(factor.choices for factor in factors() if factor.question == "task")


def tasks() -> dict[str, Answers]:
    """The defaults of each task."""
    return {f"task-{task}": {"task": task} for task in list_tasks()}


def extremes() -> dict[str, Answers]:
    """All that can be added to the default task, and nothing that can be left out."""
    chosen = factors()
    found: dict[str, Answers] = {}
    for name, at in (("everything", 0), ("nothing", -1)):
        row = [factor.choices[0 if factor.question == "task" else at] for factor in chosen]
        oldest = {"python_version": "3.11"}  # so that each Python that runs this may train it
        found[name] = {**answers_of(row, chosen), **oldest}
    return found


def presets() -> dict[str, Answers]:
    """What each preset answers."""
    entries = show(str(BLUEPRINT)).about["presets"]
    return {f"preset-{entry['name']}": entry["answers"] for entry in entries}


@cache
def combinations() -> Mapping[str, Answers]:
    """All of them, the default first."""
    return {"default": {}, **tasks(), **presets(), **extremes(), **all_pairs()}


def combinations_of(task: str) -> list[str]:
    """Those of one task."""
    default = list_tasks()[0]
    return [
        name for name, answers in combinations().items() if answers.get("task", default) == task
    ]


def counted() -> str:
    """How many there are, of how many."""
    chosen = factors()
    possible = math.prod(len(factor.choices) for factor in chosen)
    choices = sum(len(factor.choices) for factor in chosen)
    return (
        f"{BLUEPRINT.name}: {len(combinations())} combinations, {len(all_pairs())} of them for "
        f"all pairs of the {choices} choices of {len(chosen)} factors ({possible} are possible)"
    )


def render(dest: Path, answers: Answers) -> Path:
    """Generate a project in this process."""
    data = {"project_name": "My Project", **answers}
    inputs = Inputs(data=data, defaults=True, environ=MACHINE)
    return create(dest, str(BLUEPRINT), inputs, start_git=False).path
