"""`scaffold new` without a folder: asked for at a terminal, and an error where nobody can be."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tools.terminal import ENTER

from scaffold import Inputs
from scaffold.errors import UsageError
from scaffold.operations.inputs import ask_destination
from scaffold.questions.resolver import Step
from scaffold.questions.values import MISSING

from ..helpers.at_a_terminal import Maker
from ..helpers.factories import tree

BLUEPRINT = {
    "copier.yml": "project_name:\n  type: str\n  default: '{{ _folder_name }}'\n",
    "a.txt.jinja": "{{ project_name }}",
}


def test_a_person_is_asked_for_the_folder(tmp_path: Path) -> None:
    person = Maker(tmp_path, tree(tmp_path / "b", BLUEPRINT), words=("--no-git",), dest=())
    tree(person.folder, {"full": ""})
    person.sees("Which folder should the new project have?")
    person.types("full", ENTER)
    person.sees("full is not a folder")
    person.types("\x15", "my-net", ENTER)  # Ctrl-U empties the field
    person.sees("1 of 1")
    person.types(ENTER)
    person.sees("scaffold new my-net")
    person.types(ENTER)
    assert person.code() == 0
    assert (person.folder / "my-net/a.txt").read_text() == "my-net"
    assert person.restored()


@pytest.mark.parametrize(
    ("words", "environ"),
    [
        pytest.param((), {}, id="no terminal"),
        pytest.param(("--defaults",), {}, id="defaults"),
        pytest.param((), {"CI": "true"}, id="CI"),
    ],
)
def test_where_nobody_can_be_asked_it_is_an_error(
    tmp_path: Path, words: tuple[str, ...], environ: dict[str, str]
) -> None:
    command = [sys.executable, "-m", "scaffold", "new", *words]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **environ},
    )
    assert done.returncode == 2
    assert "next: Give its folder, as in `scaffold new demo`." in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("inputs", "default"),
    [
        pytest.param(Inputs(data=["project_name=My Net 2"]), "my-net-2", id="flag"),
        pytest.param(Inputs(data={"name": "Müller"}), "müller", id="mapping"),
        pytest.param(Inputs(environ={"SCAFFOLD_DATA_REPO_NAME": "a.b"}), "a.b", id="variable"),
        pytest.param(Inputs(files=["f.yml", "-"]), "from-file", id="file"),
        pytest.param(Inputs(data=["project_name=../.."]), MISSING, id="nothing is left"),
        pytest.param(Inputs(data=["other=x"]), MISSING, id="nothing is known"),
    ],
)
def test_the_default_is_made_of_the_projects_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inputs: Inputs, default: object
) -> None:
    monkeypatch.chdir(tree(tmp_path, {"f.yml": "project_name: From File\nother: 1\n"}))
    seen: list[Step] = []

    def ask(step: Step) -> str:
        seen.append(step)
        return " here "

    assert ask_destination(inputs, ask) == Path("here")
    assert seen[0].default == default
    for wrong in (" ", "f.yml"):
        with pytest.raises(ValueError, match=r"needs a folder|is not a folder"):
            seen[0].check(wrong)


def test_without_a_person_there_is_nobody_to_ask() -> None:
    with pytest.raises(UsageError, match="no folder was given"):
        ask_destination(Inputs(), None)
