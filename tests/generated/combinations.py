"""Combinations of answers in which every pair of choices of two questions occurs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from allpairspy import AllPairs  # type: ignore[import-untyped]

from scaffold import Inputs, create, show

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


def all_pairs() -> dict[str, Answers]:
    """Combinations that hold every pair of choices, by a short name."""
    chosen = factors()
    wide = [list(factor.choices) for factor in chosen if len(factor.choices) > 1]
    rows = (iter(row) for row in AllPairs(wide))
    full = ([next(row) if len(f.choices) > 1 else f.choices[0] for f in chosen] for row in rows)
    return {f"pairs-{n:02}": answers_of(row, chosen) for n, row in enumerate(full, 1)}


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
