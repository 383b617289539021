"""Files of the project that a blueprint reads are the same for its questions and its files."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from scaffold import create, update
from scaffold.operations.inputs import Inputs, UpdateOptions

from ..helpers.blueprints_on_disk import repository
from ..helpers.factories import commit, tree

SEEN = "{{ _external_data.sys.name|default('none') }}"
FILES = {
    "copier.yml": f'_external_data: {{sys: system.yaml}}\nq: {{type: str, default: "{SEEN}"}}\n',
    "{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers|to_yaml }}",
    "seen.txt.jinja": f"{{{{ q }}}} {SEEN}\n",
}


def test_an_update_renders_what_its_questions_saw(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    v2 = {**FILES, "new.txt.jinja": f"{{{{ p }}}} {SEEN}\n"}
    v2["copier.yml"] += f'p: {{type: str, default: "{SEEN}"}}\n'
    source = repository(tmp_path / "b", {"v1.0.0": FILES, "v2.0.0": v2})
    monkeypatch.chdir(tmp_path)
    inputs = Inputs(defaults=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a file that is not there is no reason for one
        create(Path("p"), str(source), inputs, version="v1.0.0")
    assert (tmp_path / "p/seen.txt").read_text() == "none none\n"
    tree(tmp_path / "p", {"system.yaml": "name: lab\n"})
    commit(tmp_path / "p")
    done = update(tmp_path / "p", inputs, UpdateOptions())
    assert done.plan is not None
    assert not done.plan.conflicts
    assert (tmp_path / "p/new.txt").read_text() == "lab lab\n"
