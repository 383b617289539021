"""A question's template and a file's template see the same names, with the same values."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

import pytest
from copier._main import Worker

from scaffold import Inputs, create, update

from ..helpers.blueprints_on_disk import repository

RECORD = {"{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers|to_nice_yaml }}\n"}
SOURCE = inspect.getsource(Worker._render_context)
CONF = re.findall(r'"(\w+)": lambda', SOURCE)
NAMES = [
    *(f"_copier_conf.{key}" for key in CONF),
    *(name for name in re.findall(r"^ +(_\w+)=", SOURCE, re.M) if name != "_copier_conf"),
    *("_copier_operation", "pathjoin('a', 'b')", "'a'|to_json", "word"),
]
# A phase is what they are told apart by; what is answered is more once all is; Copier's settings
# and data are its own account of where answers came from. Files see no operation, as in Copier: the
# same file would differ between a new project and an update.
APART = {"_copier_phase", "_copier_answers", "_copier_conf.settings", "_copier_conf.data"}
APART |= {"_copier_operation"}
ALIKE = [name for name in NAMES if name not in APART]


def test_the_names_are_read_from_copier() -> None:
    assert len(CONF) > 15
    assert set(NAMES) >= APART
    assert "_folder_name" in ALIKE


def template() -> dict[str, str]:
    questions = {"word": {"type": "str", "default": "x"}}
    lines = []
    for number, name in enumerate(ALIKE):
        seen = f"{{{{ {name}|string }}}}"
        questions[f"q{number}"] = {"type": "str", "default": seen, "when": False}  # type: ignore[dict-item]
        lines.append(f"{name}\t{{{{ q{number} }}}}\t{seen}\n")
    return {**RECORD, "copier.yml": json.dumps(questions), "seen.txt.jinja": "".join(lines)}


def apart(project: Path) -> list[list[str]]:
    rows = [line.split("\t") for line in (project / "seen.txt").read_text().splitlines()]
    assert [row[0] for row in rows] == ALIKE
    return [row for row in rows if row[1] != row[2]]


@pytest.mark.parametrize("more", [{}, {"version": "v1.0.0"}, {"skip": ["k"], "exclude": ["e"]}])
def test_they_are_the_same_in_a_new_project_and_an_update(
    tmp_path: Path, more: dict[str, object]
) -> None:
    source = repository(tmp_path / "s", {"v1.0.0": template(), "v2.0.0": {**template(), "n": ""}})
    project = tmp_path / "p"
    create(project, str(source), Inputs(defaults=True), **more)  # type: ignore[arg-type]
    assert apart(project) == []
    if "version" in more:
        assert update(project, Inputs(defaults=True)).written
        assert apart(project) == []
