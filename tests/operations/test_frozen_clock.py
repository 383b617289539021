"""A template that prints the time: both renders of an update see the same one."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from scaffold import Inputs, create, update
from scaffold.render import engine as engines

from ..helpers.blueprints_on_disk import repository, run_git

QUESTIONS = """
word: {type: str, default: x}
moment: {type: str, when: false, default: "{{ '%s'|strftime }}"}
"""
RECORD = {"{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers|to_nice_yaml }}\n"}
MOMENTS = {"of the file": "{{ '%s'|strftime }}", "of a hidden question": "{{ moment }}"}


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
@pytest.mark.parametrize("moved", ["", "Worker.gone"], ids=["engine", "public engine"])
def test_a_template_that_prints_the_time_changes_nothing_by_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str, moved: str
) -> None:
    monkeypatch.setattr(engines, "find_missing_name", lambda: moved)
    text = f"made at {moment}\nfor {{{{ word }}}}\n"
    files = {**RECORD, "copier.yml": QUESTIONS, "time.txt.jinja": text}
    versions = {f"v{n}.0.0": {**files, "other.txt": n} for n in "12"}
    source = repository(tmp_path / "s", versions)
    project = tmp_path / "p"
    create(project, str(source), Inputs(defaults=True), version="v1.0.0")
    mine = (project / "time.txt").read_text().replace("for x", "for me")
    (project / "time.txt").write_text(mine)
    forget_tree(project)
    time.sleep(1.1)  # the next second is printed now
    done = update(project, Inputs(defaults=True))
    assert done.plan
    assert not done.plan.conflicts
    assert (project / "time.txt").read_text() == mine
    assert (project / "other.txt").read_text() == "2"


def forget_tree(project: Path) -> None:
    """Let the record be as Copier writes it: the base has to be rendered again."""
    record = project / ".copier-answers.yml"
    lines = record.read_text().splitlines(keepends=True)
    record.write_text("".join(line for line in lines if not line.startswith("# _")))
    run_git("commit", "--quiet", "--all", "-m", "mine", cwd=project)
