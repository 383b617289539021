"""A secret is in no record, so that an update takes a new one also where nothing else changed."""

from __future__ import annotations

from pathlib import Path

from scaffold import Inputs, UpdateOptions, create, update

from ..helpers.blueprints_on_disk import repository, run_git

FILES = {
    "copier.yml": 'token: {type: str, secret: true, default: ""}\n',
    "{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers|to_nice_yaml }}\n",
    "token.txt.jinja": "T={{ token }}\n",
}


def test_a_secret_that_is_given_is_rendered(tmp_path: Path) -> None:
    source = repository(tmp_path / "s", {"v1.0.0": FILES})
    project = tmp_path / "p"
    create(project, str(source), Inputs(defaults=True))
    given = Inputs(data={"token": "abc"}, defaults=True)
    done = update(project, given, UpdateOptions(version="current"))
    assert done.written
    assert (project / "token.txt").read_text() == "T=abc\n"
    assert "abc" not in (project / ".copier-answers.yml").read_text()
    run_git("commit", "-q", "-a", "-m", "token", cwd=project)
    assert not update(project, given, UpdateOptions(version="current")).written
    assert not update(project, Inputs(defaults=True)).written
