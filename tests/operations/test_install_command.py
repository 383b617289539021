"""The next step after an update that changes dependencies."""

from __future__ import annotations

from pathlib import Path

import pytest

from scaffold import Inputs, UpdateOptions, create, update
from scaffold.report.update import format_updates

from ..helpers.blueprints_on_disk import repository

RECORD = {"{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers|to_nice_yaml }}\n"}
PROJECT = '[project]\nname = "p"\nversion = "1"\ndependencies = ["{}"]\n'
UV = PROJECT + '[tool.uv]\nconstraint-dependencies = ["c==1"]\n'
UV_SOURCE = PROJECT + '[tool.uv.sources]\nc = {{ index = "i" }}\n'
TOOL = '[tool.ruff]\nline-length = {}\n[project]\nname = "p"\nversion = "1"\ndependencies = ["a"]\n'
CASES = {
    "pyproject": ("pyproject.toml", PROJECT, "python -m pip install -e ."),
    "managed by uv": ("pyproject.toml", UV, "uv sync"),
    "with a source for uv": ("pyproject.toml", UV_SOURCE, "python -m pip install -e ."),
    "only a tool": ("pyproject.toml", TOOL, ""),
    "requirements": (
        "requirements-dev.txt",
        "a=={}\n",
        "python -m pip install -r requirements-dev.txt",
    ),
    "other text": ("notes.txt", "{}\n", ""),
    "lock": ("requirements.txt", "a=={}\n", "uv sync"),
}


@pytest.mark.parametrize(("name", "text", "command"), CASES.values(), ids=CASES)
def test_the_command_that_installs_is_named(
    tmp_path: Path, request: pytest.FixtureRequest, name: str, text: str, command: str
) -> None:
    lock = {"uv.lock": "version = 1\n"} if "lock" in request.node.callspec.id else {}
    versions = {
        f"v{n}.0.0": {**RECORD, **lock, "copier.yml": "", name: text.format(n)} for n in (1, 2)
    }
    source = repository(tmp_path / "s", versions)
    create(tmp_path / "p", str(source), Inputs(defaults=True), version="v1.0.0")
    done = update(tmp_path / "p", Inputs(defaults=True))
    assert done.install == command
    told = format_updates([done], tmp_path)
    assert ("\ndependencies changed; install them: cd p && " + command in told) is bool(command)


def test_the_built_in_blueprint_names_what_its_first_run_installs(tmp_path: Path) -> None:
    create(tmp_path / "p", inputs=Inputs(defaults=True))
    change = Inputs(data={"loggers": ["tensorboard"]}, defaults=True)
    done = update(tmp_path / "p", change, UpdateOptions(version="current"))
    assert done.install == "python -m pip install -c constraints.txt -e '.[dev]'"
