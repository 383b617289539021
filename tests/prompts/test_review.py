"""A person makes a project in a real terminal: a preset, a review, an edit, a look, a save."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tools.terminal import (
    BACK,
    BACKSPACE,
    CTRL_C,
    CTRL_U,
    DOWN,
    ENTER,
    ESCAPE,
    RIGHT,
    SCAFFOLD,
    UP,
)

from ..helpers.at_a_terminal import Maker
from ..helpers.blueprints_on_disk import layered, tree

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
    ask: [project_name, docker]
"""
SECRET = """
token: {type: str, secret: true, default: '', when: "{{ 'wandb' in loggers }}"}
"""
RECORD = ".copier-answers.yml"
END = "\x1b[F"
Makes = Callable[..., Maker]


@pytest.fixture
def makes(tmp_path: Path) -> Iterator[Makes]:
    opened: list[Maker] = []
    blueprint = layered()
    blueprint["blueprint.yml"] += PRESETS
    blueprint["copier.yml"] += SECRET
    source = tree(tmp_path / "tiny", blueprint)

    def make(size: tuple[int, int] = (80, 40), *words: str, **env: str) -> Maker:
        opened.append(Maker(tmp_path, source, size, words, env))
        return opened[-1]

    yield make
    for person in opened:
        person.closes()


@pytest.fixture
def reviewing(makes: Makes) -> Maker:
    """Somebody who took the defaults of the first preset, and sees the review."""
    person = makes()
    answer_small(person)
    return person


def answer_small(person: Maker) -> None:
    person.sees("What kind of project")
    person.types(ENTER)
    person.sees("1 of 1  Its name.")
    person.types(ENTER)
    person.sees("quit")


def files(folder: Path) -> dict[str, Any]:
    """What a project consists of; of its record, the meaning: its order tells who answered."""
    found = (p for p in folder.rglob("*") if p.is_file() and ".git" not in p.parts)
    read: dict[str, Any] = {p.relative_to(folder).as_posix(): p.read_bytes() for p in found}
    return {**read, RECORD: yaml.safe_load(read[RECORD])}


def scaffold(person: Maker, *words: str, **env: str) -> None:
    """Run the command where nobody can be asked."""
    command = [sys.executable, *SCAFFOLD[1:], *words]
    environ = {**os.environ, "CI": "true", **env}
    subprocess.run(command, cwd=person.folder, env=environ, check=True, capture_output=True)


def printed(person: Maker, start: str) -> list[str]:
    """The words of the command on the screen; its rows are whole, wherever they break it."""
    shown = "".join(person.lines())
    return shlex.split(shown[shown.index(start) : shown.index("  enter: back")])


def test_the_defaults_of_lightning_take_four_keys(tmp_path: Path) -> None:
    blueprint = Path(__file__).resolve().parents[2] / "blueprints" / "lightning"
    person = Maker(tmp_path, blueprint)
    # At most eight are promised; docs/terminal.md tells of four.
    for shown in ("  » Minimal", "1 of 2  What is", "2 of 2  What does", "Write the project"):
        person.sees(shown)
        person.types(ENTER)
    person.sees("Next steps")
    assert person.code() == 0
    assert (person.folder / "demo" / "pyproject.toml").is_file()


def test_a_review_tells_what_comes_and_writes_it(reviewing: Maker) -> None:
    person = reviewing
    shown = person.text()
    assert shown.startswith(" demo  tiny, 5 files, not written yet\n\n Answers\n")
    assert "   preset        small\n   project name  Demo        prompt\n" in shown
    assert "   author name   Ada Tester  user defaults (git)\n" in shown
    assert "   loggers       csv         preset small\n" in shown
    assert "   └── src/\n       └── demo/\n           └── net.py" in shown
    assert " Dependencies\n   torch\n" in shown
    assert " The same without questions\n   scaffold new demo " in shown
    assert not (person.folder / "demo").exists()
    person.types(ENTER)
    assert person.code() == 0
    person.ends()
    assert (person.folder / "demo/README.md").is_file()
    assert person.restored()
    start = "  preset            small\n  project name      Demo\n"
    assert person.text().startswith(start)


def test_the_command_that_is_printed_makes_the_same_project(makes: Makes) -> None:
    person = makes((80, 40), "--no-git")
    person.sees("What kind of project")
    person.types(DOWN, ENTER)
    person.sees("1 of 2  Its name.")
    person.types(CTRL_U, """Bob's "big" $HOME 数字 `x` \\n""", ENTER)
    person.sees("2 of 2  docker")
    person.types("n")
    person.sees("quit")
    person.types("p")
    person.sees("enter: back to the review")
    _, *words = printed(person, "SCAFFOLD_DATA_TOKEN")
    person.types(ENTER)
    person.sees("quit")
    person.types("c")
    assert person.code() == 0
    assert words[:3] == ["scaffold", "new", "demo"]
    scaffold(person, "new", "again/demo", *words[3:], SCAFFOLD_DATA_TOKEN="")
    assert files(person.folder / "again/demo") == files(person.folder / "demo")
    assert person.ends() == 0
    assert person.history().count("  project name") == 1  # the column is not told again


def test_the_command_says_what_flags_and_variables_said(makes: Makes, tmp_path: Path) -> None:
    (tmp_path / "given.yml").write_text("task: text\nauthor_name: Flo\n")
    flags = ("--no-git", "-a", str(tmp_path / "given.yml"), "-d", "author_name=Nobody")
    person = makes((80, 40), *flags, SCAFFOLD_DATA_DOCKER="true")
    answer_small(person)
    person.types("p")
    person.sees("enter: back to the review")
    words = printed(person, "scaffold new")
    person.types(ENTER)
    person.sees("quit")
    person.types("c")
    assert person.code() == 0
    scaffold(person, "new", "again/demo", *words[3:])
    assert files(person.folder / "again/demo") == files(person.folder / "demo")
    assert files(person.folder / "demo")[RECORD]["author_name"] == "Nobody"
    assert (person.folder / "demo/Dockerfile").is_file()


def test_an_answer_and_the_preset_are_edited_and_the_project_follows(reviewing: Maker) -> None:
    person = reviewing
    assert "Dockerfile" not in person.text()
    person.types("e")
    person.sees("Which answer do you want to change?\n  » preset         small\n")
    person.types(*[DOWN] * 5, ENTER)
    person.sees("  docker (adds 1 file)\n    Yes\n  » No\n")
    person.types("y")
    shown = person.sees(lambda text: "Dockerfile" in text and "quit" in text)
    assert "   docker        yes         prompt, was no\n" in shown
    assert "✓ changed: docker\n" in shown
    assert "--data docker=true" in shown
    person.types("e", ENTER)
    person.sees("What kind of project do you want?\n  » Small")
    person.types(BACK)  # a second thought
    person.sees("quit")
    person.types("e", ENTER)
    person.sees("  » Small")
    person.types(DOWN, ENTER)
    shown = person.sees("wandb")
    assert "   preset        large\n" in shown
    assert "   docker        yes " in shown
    person.types("c")
    assert person.code() == 0
    made = files(person.folder / "demo")
    assert "Dockerfile" in made
    assert b"wandb" in made["pyproject.toml"]
    assert person.ends() == 0
    assert person.text().startswith("  preset            large\n  project name      Demo\n")


def test_a_file_is_looked_at_in_the_colours_of_its_language(reviewing: Maker) -> None:
    person = reviewing
    person.types("f")
    person.sees("Which file?\n  » .copier-answers.yml")
    person.types(UP, ENTER)
    shown = person.sees("q: close")
    assert " src/demo/net.py\n 1  class Net: ...\n" in f" {shown.strip()}"
    row = person.screen.buffer[1]
    styles = ["".join(row[n].data for n in range(80) if row[n].fg == "magenta"), row[10].bold]
    assert styles == ["class", True]
    assert row[10].fg == "default"  # one that the owner of the terminal chose
    person.types("q")
    person.sees("Which file?")
    person.types(ESCAPE)
    person.sees("create")
    person.types(CTRL_C)
    assert person.code() == 130
    assert person.left() == []


def test_saved_answers_give_the_same_project(reviewing: Maker) -> None:
    person = reviewing
    (person.folder / "answers.yml").write_text("mine")
    person.types("s")
    person.sees("Into which file?\n  » answers.yml")
    person.types(ENTER)
    person.sees("✗ answers.yml is there already; choose another name")
    person.types(*[BACKSPACE] * 11, "nowhere/x.yml", ENTER)
    person.sees("not saved: nowhere/x.yml cannot be written")
    person.types("s")
    person.sees("Into which file?")
    person.types(CTRL_U, "other.yml", ENTER)
    person.sees("✓ saved; use it with --answers other.yml")
    person.types("c")
    assert person.code() == 0
    assert (person.folder / "answers.yml").read_text() == "mine"
    blueprint = ("--blueprint", str(person.folder.parent / "tiny"))
    scaffold(person, "new", "again/demo", *blueprint, "--answers", "other.yml")
    assert files(person.folder / "again/demo") == files(person.folder / "demo")


def test_a_secret_is_nowhere_to_be_seen(makes: Makes) -> None:
    person = makes((80, 40), "--no-git", SCAFFOLD_DATA_LOGGERS="wandb")
    person.sees("What kind of project")
    person.types(*[DOWN] * 2, ENTER)
    for number, keys in enumerate([ENTER, ENTER, ENTER, "n", "hunter2" + ENTER], 1):
        person.sees(f"{number} of 5")
        person.types(keys)
    shown = person.sees("quit")
    assert "   token         ••••••  " in shown
    assert "SCAFFOLD_DATA_TOKEN=… scaffold new demo" in shown
    person.types("e")
    person.sees("token          ••••••")
    person.types(BACK)
    person.sees("quit")
    person.types("s")
    person.sees("Into which file?")
    person.types(ENTER)
    person.sees("✓ saved")
    person.types("p")
    person.sees("back to the review")
    person.types(ENTER)
    person.sees("quit")
    person.types("c")
    assert person.code() == 0
    assert person.ends() == 0
    assert "hunter2" not in person.raw
    told = [path.read_bytes() for path in person.folder.rglob("*") if path.is_file()]
    assert not any(b"hunter2" in text for text in told)


def test_shift_tab_leads_back_to_the_preset(makes: Makes) -> None:
    person = makes()
    person.sees("What kind of project")
    person.types(ENTER)
    person.sees("1 of 1  Its name.")
    person.types("!", BACK)
    person.sees("What kind of project do you want?\n  » Small")
    person.types(DOWN, ENTER)
    person.sees("1 of 2  Its name.")
    person.types(ENTER)
    person.sees("2 of 2")
    person.types(ENTER)
    person.sees("wandb")
    person.types("q")
    assert person.code() == 0  # to decide against it is no error
    assert person.left() == []
    person.sees(lambda text: text.endswith("nothing was written"))
    assert person.ends() == 0
    assert person.restored()


def test_the_preset_of_the_user_comes_first_into_view(makes: Makes, home: Path) -> None:
    place = home / ".config" / "scaffold" / "config.yml"
    place.parent.mkdir(parents=True)
    place.write_text("preset: large\n")
    person = makes()
    person.sees("  » Large")


@pytest.mark.parametrize("env", [{}, {"NO_COLOR": "1"}], ids=["colour", "plain"])
def test_a_review_in_a_small_window(makes: Makes, env: dict[str, str]) -> None:
    person = makes((40, 12), **env)
    answer_small(person)
    assert person.text().startswith(
        " demo  tiny, 5 files, not written yet\n Answers\n   preset        small\n"
    )
    assert person.text().endswith("  create   edit   files   tree   save\n  print   quit")
    person.types(END)
    person.sees("--defaults")
    person.resizes(100, 30)
    person.sees("← → enter, or a letter")
    person.types(RIGHT)
    person.sees("Change an answer")
    assert bool(person.colours()) is not bool(env)
    assert not any("48;" in colour or "38;" in colour for colour in person.colours())
    person.types("q")
    assert person.code() == 0


def test_tasks_are_asked_about_before_anything_else_and_no_is_the_default(tmp_path: Path) -> None:
    blueprint = {
        "copier.yml": "_tasks:\n  - touch made\nname:\n  type: str\n  default: x\n",
        "a.txt": "a\n",
    }
    person = Maker(tmp_path, tree(tmp_path / "tasks", blueprint))
    shown = person.sees("(y/N)")
    assert "touch made" in shown
    person.types(ENTER)
    assert person.code() == 1
    assert person.left() == []
    assert "--skip-tasks" in person.sees("next:")


def test_tasks_run_once_all_is_decided(tmp_path: Path) -> None:
    blueprint = {
        "copier.yml": "_tasks:\n  - echo ran >> made\nname:\n  type: str\n  default: x\n",
        "a.txt": "a\n",
    }
    person = Maker(tmp_path, tree(tmp_path / "tasks", blueprint))
    person.sees("(y/N)")
    person.types("y", ENTER)
    person.sees("1 of 1")
    person.types(ENTER)
    person.sees("quit")
    person.types("c")
    assert person.code() == 0
    assert (person.folder / "demo/made").read_text() == "ran\n"


def edit_preset(person: Maker, *keys: str) -> None:
    person.types("e")
    person.sees("Which answer do you want to change?\n  » preset ")
    person.types(ENTER)
    person.sees("What kind of project do you want?")
    person.types(*keys)


def test_a_preset_that_was_given_is_edited(makes: Makes) -> None:
    person = makes((80, 40), "--preset", "small")
    person.sees("1 of 1  Its name.")
    person.types("mine", ENTER)
    person.sees("quit")
    edit_preset(person, DOWN, ENTER)
    person.sees("docker (adds 1 file)\n  » Yes\n    No")  # open under the new one, and asked
    person.types(ENTER)
    shown = person.sees("quit")
    assert "   preset        large\n   project name  mine        prompt\n" in shown
    assert "   docker        yes         prompt, was no\n" in shown
    assert "csv, wandb  preset large, was csv\n" in shown
    assert "✓ changed: loggers, docker\n" in shown
    person.types("q")
    assert person.code() == 0
    assert person.left() == []


def test_a_preset_after_custom_answers_what_it_does_not_ask(makes: Makes) -> None:
    person = makes()
    person.sees("What kind of project")
    person.types(DOWN, DOWN, ENTER)
    keys = {"name": "mine", "author": RIGHT, "task": "", "logger": DOWN + " ", "docker": "y"}
    for number, typed in enumerate(keys.values(), 1):
        person.sees(f"{number} of ")
        person.types(typed, *([ENTER] if typed != "y" else []))
    person.sees("6 of 6")
    person.types("hunter2", ENTER)
    shown = person.sees("quit")
    assert "   preset        custom\n" in shown
    assert "Dockerfile" in shown
    edit_preset(person, UP, UP, ENTER)
    shown = person.sees("quit")
    assert "   preset        small\n   project name  mine        prompt\n" in shown
    assert "loggers       csv         preset small, was csv, wandb\n" in shown
    assert "docker        no          default, was yes\n" in shown
    assert "Dockerfile" not in shown
    edit_preset(person, DOWN, DOWN, ENTER)  # and back: prompts start from what was typed
    person.sees("2 of 6  author name")
    person.types(ENTER)
    person.sees("3 of 6")
    person.types(ENTER)
    person.sees("● W&B")


def test_the_command_repeats_every_flag(tmp_path: Path) -> None:
    from scaffold.cli.app import get_commands

    flags = {
        option.name: max(option.opts, key=len)
        for option in get_commands().commands["new"].params
        if getattr(option, "is_flag", False) and option.name not in SPELLED_OTHERWISE
    }
    assert {"first_run", "no_git", "trust", "skip_tasks", "json"} <= set(flags)
    for flag in flags.values():
        assert flag in given_flags_of(flag)
    assert given_flags_of("--no-git", "-v", "-d", "a=b", "-p", "small") == ["--no-git", "--verbose"]


SPELLED_OTHERWISE = {"defaults", "help"}


def given_flags_of(*words: str) -> list[str]:
    from scaffold.cli.app import get_commands
    from scaffold.cli.options import list_given_flags

    command = get_commands().commands["new"]
    with command.make_context("new", ["demo", *words]) as context:
        return list_given_flags(context)


def test_the_printed_command_has_the_flags_of_the_command_line(makes: Makes) -> None:
    person = makes((120, 40), "--no-git", "--explain-answers")
    answer_small(person)
    assert " --preset small" in person.text()
    assert " --no-git" in person.text()
    assert " --explain-answers" in person.text()


def test_the_command_spells_a_flag_that_hides_an_answer_of_a_file(
    makes: Makes, tmp_path: Path
) -> None:
    (tmp_path / "mine.yml").write_text("docker: true\n")
    person = makes((120, 40), "--answers", "../mine.yml", "--data", "docker=false")
    # The flag says what the default says, but the file, which the command repeats, does not.
    answer_small(person)
    assert "--data docker=false" in person.text()
