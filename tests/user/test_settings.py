"""What a user set once: read strictly, told where it comes from, and beaten by what is said now."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tools.terminal import ENTER, SCAFFOLD, Terminal

from scaffold import Inputs, create, update
from scaffold.cli.main import run
from scaffold.operations.inputs import UpdateOptions
from scaffold.user.memory import Memory
from scaffold.user.settings import SettingsError, load_settings

from ..helpers.blueprints_on_disk import copier_template, repository, run_git, tree

QUESTIONS = """\
author_name: {type: str, default: Nobody}
author_email: {type: str, default: nobody@example.org}
github_user: {type: str, default: ""}
license: {type: str, choices: [MIT, Apache-2.0, BSD-3-Clause], default: Apache-2.0}
epochs: {type: int, default: 1}
loggers: {type: str, multiselect: true, choices: [csv, wandb], default: [csv]}
"""
BLUEPRINT = {
    **copier_template(),
    "copier.yml": "_subdirectory: template\n" + QUESTIONS,
    "template/hello.txt.jinja": "{{ author_name }}\n",
}
OWN = ".config/scaffold/config.yml"
COPIER = ".config/copier/settings.yml"


@pytest.fixture
def blueprint(tmp_path: Path) -> Path:
    return tree(tmp_path / "blueprint", BLUEPRINT)


def asked(blueprint: Path, folder: Path, **inputs: Any) -> tuple[dict[str, Any], Any]:
    """The answers that a new project gets, and the whole result."""
    made = create(folder, str(blueprint), Inputs(defaults=True, **inputs), dry_run=True)
    return dict(made.answers), made


# ---------------------------------------------------------------- files that are wrong


@pytest.mark.parametrize(
    ("text", "places"),
    [
        pytest.param("name: [\n", [":2:1: is not YAML"], id="no YAML"),
        pytest.param("name\n", [":1:1: must map"], id="no mapping"),
        pytest.param("- name\n", [":1:1: must map"], id="a list"),
        pytest.param("name: a\nname: b\n", [":2:1: name: appears here a second time"], id="twice"),
        pytest.param("1: a\n", [":1:1: the key 1 is not text"], id="a number as key"),
        pytest.param("nmae: a\n", [":1:1: nmae: is not a setting (did you mean name?)"], id="key"),
        pytest.param("name: 3\n", [":1:1: name: must be text, not the number 3"], id="a number"),
        pytest.param("name: 1e5\n", [":1:1: name: must be text"], id="a float"),
        pytest.param("name: ''\n", [":1:1: name: is empty"], id="empty"),
        pytest.param("name: [a]\n", [":1:1: name: must be text, not a list"], id="a list of one"),
        pytest.param(
            "# me\nemail: ada\ngithub: a--b\n",
            [":2:1: email: ", ":3:1: github: "],
            id="all of them, by line",
        ),
        pytest.param('name: "a\\x1b"\n', [":1:1: name: holds the control"], id="control"),
        pytest.param("trust: {a: b}\n", [":1:1: trust: must be a list"], id="no list"),
        pytest.param("trust: [1]\n", [":1:1: trust: must be a list"], id="no sources"),
        pytest.param("trust: ['']\n", [":1:1: trust: holds an empty source"], id="no source"),
        pytest.param("defaults: [a]\n", [":1:1: defaults: must map questions"], id="no answers"),
        pytest.param("defaults: {a: 1, a: 2}\n", [":1:18: a: appears here"], id="twice below"),
        pytest.param("defaults: &a [*a]\n", [":1:11: holds itself"], id="endless"),
        pytest.param(b"name: \xff\n", [":1:7: is not UTF-8"], id="bytes"),
        pytest.param("name: \x07\n", [":1:7: is not YAML"], id="a bell"),
    ],
)
def test_a_file_that_is_wrong_names_its_lines(
    home: Path, text: str | bytes, places: list[str]
) -> None:
    tree(home, {OWN: text})
    with pytest.raises(SettingsError) as caught:
        load_settings(home)
    told = [*caught.value.details] or [caught.value.what]
    expected = [f"{home / OWN}{place}" for place in places]
    pairs = zip(told, expected, strict=True)
    assert all(line.startswith(place) for line, place in pairs), told
    assert caught.value.hint == f"Fix ~/{OWN}, as with `scaffold config --edit`."
    assert caught.value.exit_code == 1


def test_a_file_that_cannot_be_read_is_told(home: Path) -> None:
    (home / OWN).mkdir(parents=True)
    with pytest.raises(SettingsError, match=r"config\.yml: cannot be read: Is a directory"):
        load_settings(home)
    (home / OWN).rmdir()
    (home / OWN).symlink_to("config.yml")
    with pytest.raises(SettingsError, match="cannot be read: Too many levels"):
        load_settings(home)
    (home / OWN).unlink()
    assert load_settings(home).own == {}


def test_a_wrong_file_stops_new_before_anything_is_written(home: Path, tmp_path: Path) -> None:
    tree(home, {OWN: "nmae: a\n"})
    with pytest.raises(SettingsError):
        create(tmp_path / "p", inputs=Inputs(defaults=True))
    assert not (tmp_path / "p").exists()


@pytest.mark.parametrize("text", ["", "# name: me\n", "---\n", "name:\n", "{}\n"])
def test_a_file_may_say_nothing(home: Path, text: str) -> None:
    tree(home, {OWN: text})
    assert load_settings(home).own == {}


# ---------------------------------------------------------------- where they come from


def test_copiers_settings_are_read(home: Path) -> None:
    tree(home, {COPIER: "defaults: {epochs: 5}\ntrust: [gh:acme/]\nnew_thing: 1\n"})
    settings = load_settings(home)
    assert (settings.copier, settings.trust) == (
        {"defaults": {"epochs": 5}, "trust": ("gh:acme/",)},
        ("gh:acme/",),
    )
    (home / COPIER).rename(home / "elsewhere.yml")
    assert load_settings(home).trust == ()
    named = {"COPIER_SETTINGS_PATH": str(home / "elsewhere.yml")}
    assert load_settings(home, named).trust == ("gh:acme/",)


def test_copiers_settings_that_are_wrong_are_told(home: Path) -> None:
    tree(home, {COPIER: "trust: {a: 1}\n"})
    with pytest.raises(SettingsError) as caught:
        load_settings(home)
    assert caught.value.what.startswith(f"{home / COPIER}:1:1: trust: must be a list")
    assert caught.value.hint == f"Fix ~/{COPIER}."


def test_a_variable_names_another_file(home: Path) -> None:
    tree(home, {OWN: "name: One\n", "other.yml": "name: Two\n"})
    assert load_settings(home, {"SCAFFOLD_CONFIG": "~/other.yml"}).own == {"name": "Two"}


def test_a_user_may_have_no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container whose user has a number and no name."""
    import pwd

    def unknown(_: int) -> Any:
        raise KeyError

    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    monkeypatch.chdir(tmp_path)
    assert load_settings(tmp_path, {"SCAFFOLD_CONFIG": "~nobody/config.yml"}).own == {}
    assert (run(["config"]), run(["config", "name", "Ada"]), run(["answers"])) == (0, 1, 0)
    assert run(["new", "p", "-b", "gh:acme/x"]) == 1
    assert run(["new", "p", "--defaults", "--dry-run"]) == 0
    memory = Memory()
    memory.add("used", "a")
    assert "there is no home folder" in memory.notes[0]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("files", "said", "answer", "source"),
    [
        pytest.param({}, {}, "Ada Tester", "user defaults (git)", id="git"),
        pytest.param(
            {COPIER: "defaults: {author_name: Copier}\n"},
            {},
            "Copier",
            f"user defaults (~/{COPIER})",
            id="Copier's settings over git",
        ),
        pytest.param(
            {COPIER: "defaults: {author_name: Copier}\n", OWN: "name: Own\n"},
            {},
            "Own",
            f"user defaults (~/{OWN})",
            id="own over Copier's",
        ),
        pytest.param(
            {OWN: "name: Own\ndefaults: {author_name: Default}\n"},
            {},
            "Default",
            f"user defaults (~/{OWN})",
            id="an answer over a name",
        ),
        pytest.param(
            {OWN: "name: Own\n"},
            {"environ": {"SCAFFOLD_DATA_AUTHOR_NAME": "Environ"}},
            "Environ",
            "environment SCAFFOLD_DATA_AUTHOR_NAME",
            id="the environment over settings",
        ),
        pytest.param(
            {OWN: "name: Own\n"},
            {"data": {"author_name": "Flag"}},
            "Flag",
            "data",
            id="what is said over settings",
        ),
        pytest.param(
            {OWN: "name: Own\ndefaults: {author_name: Default}\n"},
            {"environ": {"CI": "true"}},
            "Nobody",
            "default",
            id="nothing in CI",
        ),
    ],
)
def test_who_wins(
    home: Path,
    tmp_path: Path,
    blueprint: Path,
    *,
    files: dict[str, str],
    said: dict[str, Any],
    answer: str,
    source: str,
) -> None:
    tree(home, files)
    answers, made = asked(blueprint, tmp_path / "p", **said)
    assert (answers["author_name"], made.sources["author_name"]) == (answer, source)


def test_the_record_beats_settings_and_settings_beat_the_blueprint(
    home: Path, tmp_path: Path
) -> None:
    new = BLUEPRINT | {"copier.yml": BLUEPRINT["copier.yml"] + "seed: {type: int, default: 0}\n"}
    source = repository(tmp_path / "source", {"v1": BLUEPRINT, "v2": new})
    said = Inputs(data={"author_name": "First"}, defaults=True)
    create(tmp_path / "p", str(source), said, version="v1")
    tree(home, {OWN: "name: Second\ndefaults: {epochs: 7, seed: 3}\n"})
    done = update(tmp_path / "p", Inputs(defaults=True), UpdateOptions(dry_run=True))
    assert (done.answers["author_name"], done.sources["author_name"]) == ("First", "record")
    assert (done.answers["epochs"], done.sources["epochs"]) == (1, "record")
    assert (done.answers["seed"], done.sources["seed"]) == (3, f"user defaults (~/{OWN})")


def test_in_ci_nothing_depends_on_who_started_the_job(
    home: Path, tmp_path: Path, blueprint: Path
) -> None:
    """The command itself: settings are not read at all, so that even damaged ones do not matter."""
    tree(home, {OWN: "name: Own\n"})

    def made(name: str, **environ: str) -> dict[str, Any]:
        command = [*SCAFFOLD, "new", name, "-b", str(blueprint), "--defaults", "--no-git"]
        env = {**os.environ, **environ}
        subprocess.run(command, cwd=tmp_path, env=env, check=True, capture_output=True)
        record = (tmp_path / name / ".copier-answers.yml").read_text()
        return dict(yaml.safe_load(record))

    assert made("mine")["author_name"] == "Own"
    assert made("ours", CI="true")["author_name"] == "Nobody"
    tree(home, {OWN: "name: [\n"})
    assert made("still", CI="1")["author_email"] == "nobody@example.org"


# ---------------------------------------------------------------- what fits a question


@pytest.mark.parametrize(
    ("spelled", "choice"),
    [
        pytest.param("mit", "MIT", id="case"),
        pytest.param("MIT License", "MIT", id="the whole name"),
        pytest.param("apache 2.0", "Apache-2.0", id="a blank"),
        pytest.param("BSD-3-Clause", "BSD-3-Clause", id="as it is"),
    ],
)
def test_a_licence_is_spelled_in_many_ways(
    home: Path, tmp_path: Path, blueprint: Path, spelled: str, choice: str
) -> None:
    tree(home, {OWN: f"license: {spelled}\n"})
    answers, made = asked(blueprint, tmp_path / "p")
    assert (answers["license"], made.notes) == (choice, ())


def test_what_does_not_fit_is_passed_over(home: Path, tmp_path: Path, blueprint: Path) -> None:
    """With a note where it was meant for this question, and without where it was a guess."""
    tree(home, {OWN: "license: WTFPL\ndefaults: {epochs: many, loggers: [csv, tb], other: 1}\n"})
    answers, made = asked(blueprint, tmp_path / "p")
    assert (answers["license"], answers["epochs"], answers["loggers"]) == ("Apache-2.0", 1, ["csv"])
    place = f"user defaults (~/{OWN})"
    assert [note.partition(" is not used: ")[0] for note in made.notes] == [
        f"{place}: epochs",
        f"{place}: loggers",
    ]


# ---------------------------------------------------------------- at a terminal


@pytest.fixture
def opened() -> Iterator[list[Terminal]]:
    terminals: list[Terminal] = []
    yield terminals
    for terminal in terminals:
        terminal.closes()


PRESETS = """\
title: Tiny
presets:
  - {name: small, title: Small, answers: {epochs: 1}, ask: [author_name]}
  - {name: large, title: Large, answers: {epochs: 9}, ask: [author_name]}
"""


def test_the_favourite_preset_is_where_the_prompt_starts(
    home: Path, tmp_path: Path, opened: list[Terminal]
) -> None:
    layered = {
        "blueprint.yml": PRESETS,
        "copier.yml": QUESTIONS,
        "layers/base/layer.yml": "title: Base\nhelp: Always\n",
        "layers/base/epochs.txt.jinja": "{{ epochs }}\n",
    }
    tree(tmp_path / "b", layered)
    tree(home, {OWN: "preset: large\n"})
    terminal = Terminal([*SCAFFOLD, "new", "p", "-b", "b", "--no-git"], tmp_path)
    opened.append(terminal)
    terminal.sees("Large")
    terminal.types(ENTER)
    terminal.sees("author name")
    terminal.types(ENTER)
    terminal.sees("create")
    terminal.types("c")
    assert terminal.ends() == 0
    assert (tmp_path / "p/epochs.txt").read_text() == "9\n"


def test_what_was_typed_is_offered_once_to_be_remembered(
    home: Path, tmp_path: Path, opened: list[Terminal]
) -> None:
    (home / ".gitconfig").write_text("")
    blueprint = {**BLUEPRINT, "copier.yml": "_subdirectory: template\nauthor_name: {type: str}\n"}
    tree(tmp_path / "b", blueprint)
    told = []
    for number in range(2):
        terminal = Terminal(
            [*SCAFFOLD, "new", f"p{number}", "-b", "b", "--no-git"], tmp_path, columns=120
        )
        opened.append(terminal)
        terminal.sees("author name")
        terminal.types("Ada L.", ENTER)
        terminal.sees("create")
        terminal.types("c")
        assert terminal.ends() == 0
        told.append(terminal.history())
    assert "to skip this question next time: scaffold config name 'Ada L.'" in told[0]
    assert "to skip this question next time" not in told[1]
    assert (tmp_path / "p1/hello.txt").read_text() == "Ada L.\n"


def test_git_is_asked_in_the_project_that_stands_around(home: Path, tmp_path: Path) -> None:
    run_git("init", "-q", str(tmp_path / "here"), cwd=tmp_path)
    run_git("config", "user.name", "Here", cwd=tmp_path / "here")
    found = load_settings(tmp_path / "here").get_general("name")
    assert found is not None
    assert (found.value, found.origin) == ("Here", "git")
