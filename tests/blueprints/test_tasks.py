"""A task of the built-in blueprint is one small folder; everything else serves all tasks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tools.tasks import GOALS

from scaffold.blueprints.layers import Layer, find_layers

pytestmark = pytest.mark.unit

BLUEPRINT = Path(__file__).resolve().parents[2] / "blueprints" / "lightning"
LAYERS = find_layers(BLUEPRINT)
TASKS = [layer for layer in LAYERS if layer.question == "task"]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.answer)
def test_a_task_has_at_most_nine_files_of_its_own(task: Layer) -> None:
    written = list(task.files())
    assert 1 <= len(written) <= 9, written
    assert len(list(task.parts())) <= 4


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.answer)
def test_no_file_outside_its_folder_names_a_task(task: Layer) -> None:
    """Except where a default or a preset chooses it."""
    others = [layer for layer in LAYERS if layer.name != task.name and task.name not in layer.name]
    paths = [layer.folder / path for layer in others for path in layer.files()]
    paths += [layer.folder / "parts" / path for layer in others for path in layer.parts()]
    assert len(paths) > 50
    name = re.compile(rf"\b{task.answer}\b")
    assert not [path for path in paths if name.search(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.answer)
def test_a_task_is_compared_with_the_others_by_its_facts(task: Layer) -> None:
    assert task.group
    assert list(task.facts) == ["data", "result", "time"]
    assert re.fullmatch(r"[0-9]+ s", task.facts["time"])


def test_the_facts_of_all_tasks_fit_beside_their_titles_on_80_columns() -> None:
    facts = [max(len(task.facts[name]) for task in TASKS) for name in ("data", "result", "time")]
    titles = max(len(task.title) for task in TASKS)
    assert titles + sum(facts) <= 68, (titles, facts)  # with the pointer and the spaces between


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.answer)
def test_a_task_promises_a_figure_on_its_default_data(task: Layer) -> None:
    assert [goal for goal in GOALS[task.answer] if not goal.data]
