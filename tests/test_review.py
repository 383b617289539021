"""A person makes a project in a real terminal: a preset, a review, an edit, a look, a save."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pexpect
import pyte
import pytest

from .blueprints_on_disk import layered, tree

DOWN, BACK, ENTER = "\x1b[B", "\x1b[Z", "\r"
PRESETS = """
presets:
  - name: small
    title: Small
    help: Nothing around it
    answers: {loggers: [csv]}
    ask: [project_name]
  - name: large
    title: Large
    answers: {loggers: [csv, wandb], docker: true}
    ask: [project_name]
"""


class Person:
    """Someone who types `scaffold new demo` in a folder of their own."""

    def __init__(self, folder: Path, columns: int = 80, rows: int = 40) -> None:
        blueprint = layered()
        blueprint["blueprint.yml"] += PRESETS
        self.folder = folder / "here"
        self.folder.mkdir()
        self.source = tree(folder / "tiny", blueprint)
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self._screen)
        self.raw = ""
        keep = ("PATH", "HOME", "XDG_CACHE_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM")
        environ = {name: os.environ[name] for name in keep if name in os.environ}
        terminal = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "PROMPT_TOOLKIT_NO_CPR": "1"}
        words = ["-m", "scaffold", "new", "demo", "--blueprint", str(self.source)]
        self.child = pexpect.spawn(
            sys.executable,
            words,
            cwd=str(self.folder),
            env={**environ, **terminal},
            encoding="utf-8",
            dimensions=(rows, columns),
            timeout=30,
        )

    def sees(self, what: str) -> str:
        """Wait for a text in what is drawn from here on; gives it all, without colours."""
        self.child.expect_exact(what)
        self.raw = f"{self.child.before}{self.child.after}"
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.raw)

    def types(self, *keys: str) -> None:
        for key in keys:
            self.child.send(key)

    def ends(self) -> int:
        self.child.expect(pexpect.EOF)
        self.child.close()
        assert self.child.exitstatus is not None
        return self.child.exitstatus


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.delenv("CI", raising=False)
    someone = Person(tmp_path)
    yield someone
    someone.child.close(force=True)


def files(folder: Path) -> dict[str, bytes]:
    found = (p for p in folder.rglob("*") if p.is_file() and ".git" not in p.parts)
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in found}


def test_defaults_take_three_keys(person: Person) -> None:
    person.sees("What kind of project")
    person.types(ENTER)
    person.sees("Its name.")
    person.types(ENTER)
    person.sees("Make demo?")
    person.types(ENTER)
    assert person.ends() == 0
    assert (person.folder / "demo/README.md").is_file()


def test_the_command_that_is_shown_makes_the_same_project(person: Person) -> None:
    person.sees("What kind of project")
    person.types(DOWN, ENTER)
    person.sees("Its name.")
    person.types(*["\x7f"] * 20, """Bob's "big" $HOME 数字""", ENTER)
    shown = person.sees("Make demo?")
    person.types(ENTER)
    assert person.ends() == 0
    command = next(line for line in shown.splitlines() if line.startswith("scaffold new"))
    again = command.replace("scaffold new demo", f"{sys.executable} -m scaffold new again/demo")
    environ = {**os.environ, "CI": "true"}
    subprocess.run(shlex.split(again), cwd=person.folder, env=environ, check=True)
    assert files(person.folder / "again/demo") == files(person.folder / "demo")


def test_an_answer_is_edited_and_the_project_follows(person: Person) -> None:
    person.sees("What kind of project")
    person.types(ENTER)
    person.sees("Its name.")
    person.types(ENTER)
    assert "docker" in person.sees("Make demo?")
    person.types(DOWN, ENTER)
    person.sees("Which answer?")
    person.types(*[DOWN] * 5, ENTER)
    person.sees("docker")
    person.types("y")
    assert "Dockerfile" in person.sees("Make demo?")
    person.types(ENTER)
    assert person.ends() == 0
    assert (person.folder / "demo/Dockerfile").is_file()


def test_a_file_is_looked_at_and_the_answers_are_saved(person: Person) -> None:
    (person.folder / "answers.yml").write_text("mine")
    person.sees("What kind of project")
    person.types(ENTER)
    person.sees("Its name.")
    person.types(ENTER)
    person.sees("Make demo?")
    person.types(DOWN, DOWN, ENTER)
    person.sees("Which file?")
    person.types(ENTER)
    assert "_src_path" in person.sees("Make demo?")
    person.types(DOWN, DOWN, DOWN, ENTER)
    person.sees("Into which file?")
    person.types(ENTER)
    person.sees("is there already")
    person.types(*["\x7f"] * 20, "other.yml", ENTER)
    person.sees("--answers other.yml")
    person.sees("Make demo?")
    person.types(*[DOWN] * 4, ENTER)
    assert person.ends() == 130
    assert not (person.folder / "demo").exists()
    assert (person.folder / "answers.yml").read_text() == "mine"
    assert "project_name" in (person.folder / "other.yml").read_text()


def test_shift_tab_leads_back_to_the_preset(person: Person) -> None:
    person.sees("What kind of project")
    person.types(ENTER)
    person.sees("Its name.")
    person.types(BACK)
    person.sees("What kind of project")
    person.types(DOWN, ENTER)
    person.sees("Its name.")
    person.types(ENTER)
    assert "wandb" in person.sees("Make demo?")
    person.types("\x03")
    assert person.ends() == 130
    assert not list(person.folder.iterdir())
