"""An update of a project that Copier made starts from the two trees that Copier's update has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import pytest

from scaffold import Inputs, update
from scaffold.merge.merger import Merger, Renders

from ..helpers.copier_templates import TEMPLATES
from ..helpers.copier_templates.making import commit
from ..helpers.factories import tree
from ..render.test_copier_equality import by_copier, contents, pytestmark, without_own_lines

__all__ = ["pytestmark"]

Tree = dict[str, tuple[str, str, bytes]]
# Those whose rendering depends on answers or settings that a record brings back in its own way.
# Two differ on purpose: the base sees the project's external data as its questions do, and what the
# new version excludes is left out of the merge, not of the base.
CHOSEN = (*("types-given", "multiselect", "when-other", "unset", "secrets", "subdirectory-jinja"),)
OWN = (".", ".git")


class Captured(Exception):
    """The two trees are known: no plan is needed."""


def of_copier(project: Path, patch: pytest.MonkeyPatch) -> Sequence[Tree]:
    """The old and the new render of Copier's update."""
    from copier import Worker, run_update

    seen: list[Tree] = []
    copy: Callable[[Worker], None] = Worker.run_copy

    def spied(worker: Worker) -> None:
        copy(worker)
        seen.append(contents(Path(worker.dst_path)))

    patch.setattr(Worker, "run_copy", spied)
    run_update(project, defaults=True, overwrite=True, quiet=True)
    old, _, new = seen  # between the two it renders over the project
    return old, new


def of_scaffold(project: Path, patch: pytest.MonkeyPatch) -> Sequence[Tree]:
    """The same of ours."""
    seen: list[Tree] = []

    def merged(_: Merger, renders: Renders) -> NoReturn:
        assert isinstance(renders.base, Path)
        assert isinstance(renders.theirs, Path)
        seen.extend([contents(renders.base), contents(renders.theirs)])
        raise Captured

    patch.setattr(Merger, "merge", merged)
    with pytest.raises(Captured):
        update(project, Inputs(defaults=True))
    return seen


def rendered(found: Tree) -> Tree:
    """What was rendered, without the folder itself and the template's own ``.git``.

    Copier renders that where ``_exclude`` does not name it.
    """
    return {name: about for name, about in found.items() if name.partition("/")[0] not in OWN}


@pytest.mark.parametrize("name", CHOSEN)
def test_base_and_theirs_are_those_of_copier(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    template = next(template for template in TEMPLATES if template.name == name)
    source, project = tmp_path / "template", tmp_path / "project"
    template.make(source)
    commit(source, "v1.0.0")
    by_copier(template, str(source), project)
    commit(tree(project, {".parent.yml": "name: known\n", "some/x.yml": "x: 1\n"}))
    inside = source / str("templates/b" if name == "subdirectory-jinja" else "")
    tree(inside, {"new.txt": "new\n"})
    commit(source, "v2.0.0")
    with monkeypatch.context() as patch:
        found = [without_own_lines(side) for side in of_scaffold(project, patch)]
    assert [count for _, count in found] == [0, 1]
    with monkeypatch.context() as patch:
        expected = of_copier(project, patch)
    assert "new.txt" in expected[1]
    for (mine, _), theirs in zip(found, expected, strict=True):
        assert rendered(mine) == rendered(theirs)
