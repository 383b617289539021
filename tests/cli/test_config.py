"""`scaffold config`: shows and changes what is remembered, and leaves a user's own text alone."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scaffold.cli.main import run
from scaffold.user.settings import read_user_settings

from ..helpers.blueprints_on_disk import tree

OWN = """\
# mine
name: Jane Doe   # as on papers
trust: [gh:acme/, gh:other/x]  # ours
defaults:
  epochs: 3  # few
  # for fun
  loggers:
    - csv   # first
    - wandb
# the end
"""


@pytest.fixture
def file(home: Path) -> Path:
    return home / ".config/scaffold/config.yml"


@pytest.fixture
def own(file: Path) -> Path:
    file.parent.mkdir(parents=True)
    file.write_text(OWN)
    return file


def config(*args: str) -> int:
    return run(["config", *args])


def process(*args: str, **options) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scaffold", "config", *args]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


# ---------------------------------------------------------------- shown


def test_all_that_counts_is_shown_with_its_origin(
    own: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree(home, {".config/copier/settings.yml": "defaults: {epochs: 9, seed: 1}\ntrust: [gh:c/]\n"})
    assert config() == 0
    out = capsys.readouterr().out
    rows = [line.split() for line in out.splitlines() if "  " in line]
    mine, copier = "~/.config/scaffold/config.yml", "~/.config/copier/settings.yml"
    assert rows == [
        ["name", "Jane", "Doe", mine],
        ["email", "ada@example.org", "git"],
        ["defaults.epochs", "3", mine],
        ["defaults.loggers", '["csv",', '"wandb"]', mine],
        ["defaults.seed", "1", copier],
        ["trust", "gh:acme/", mine],
        ["trust", "gh:other/x", mine],
        ["trust", "gh:c/", copier],
    ]
    assert out.endswith(f"\nfile: {mine}\n")


def test_a_machine_reads_the_same(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert config("--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["schema"], shown["command"], shown["path"]) == (1, "config", str(own))
    first, second = shown["settings"][:2]
    assert first == {"key": "name", "value": "Jane Doe", "origin": str(own)}
    assert second == {"key": "email", "value": "ada@example.org", "origin": "git"}


@pytest.mark.parametrize(
    ("key", "printed"),
    [
        pytest.param("name", "Jane Doe\n", id="own"),
        pytest.param("email", "ada@example.org\n", id="of git"),
        pytest.param("defaults.epochs", "3\n", id="a number"),
        pytest.param("defaults.loggers", '["csv", "wandb"]\n', id="a list"),
        pytest.param("trust", "gh:acme/\ngh:other/x\n", id="sources"),
        pytest.param(
            "defaults",
            'defaults.epochs: 3\ndefaults.loggers: ["csv", "wandb"]\n',
            id="all answers",
        ),
    ],
)
def test_one_value_is_printed(
    own: Path, capsys: pytest.CaptureFixture[str], key: str, printed: str
) -> None:
    assert config(key) == 0
    assert capsys.readouterr().out == printed


@pytest.mark.parametrize("key", ["github", "license", "preset", "trust", "defaults.seed"])
def test_what_is_not_set_says_how_to_set_it(
    file: Path, capsys: pytest.CaptureFixture[str], key: str
) -> None:
    assert config(key) == 1
    told = capsys.readouterr()
    assert (told.out, f"next: Set it: scaffold config {key} VALUE" in told.err) == ("", True)
    assert not file.exists()


def test_ci_is_told_that_only_trust_counts(
    own: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "1")
    assert config("name") == 0
    assert capsys.readouterr() == ("Jane Doe\n", "note: CI is set, so only trust is used here\n")


# ---------------------------------------------------------------- changed


@pytest.mark.parametrize(
    ("key", "value", "note"),
    [
        pytest.param("preset", "papr", "has no preset 'papr' (did you mean paper?)", id="preset"),
        pytest.param("license", "WTFPL", "license is not used: must be one of MIT", id="licence"),
        pytest.param("defaults.lisense", "x", "no question lisense (did you mean", id="question"),
        pytest.param("defaults.ci", "x", "ci is not used: must be one of", id="answer"),
        pytest.param("preset", "paper", "", id="known preset"),
        pytest.param("license", "apache 2.0", "", id="known licence"),
        pytest.param("defaults.ci", "github", "", id="known answer"),
        pytest.param("name", "Ada", "", id="any text"),
    ],
)
def test_a_value_that_the_built_in_blueprint_does_not_use_is_set_with_a_note(
    own: Path, capsys: pytest.CaptureFixture[str], key: str, value: str, note: str
) -> None:
    assert config(key, value) == 0
    told = capsys.readouterr()
    assert f"{key} is {value}" in told.out
    assert (note in told.err) if note else told.err == ""


@pytest.mark.parametrize(
    ("args", "old", "new"),
    [
        pytest.param(("name", "Ada"), "name: Jane Doe ", "name: Ada ", id="text"),
        pytest.param(("name", "1e5"), "name: Jane Doe ", "name: '1e5' ", id="like a number"),
        pytest.param(("name", "yes: #"), "name: Jane Doe ", "name: 'yes: #' ", id="to quote"),
        pytest.param(("defaults.epochs", "1e-3"), "epochs: 3 ", "epochs: 0.001 ", id="a float"),
        pytest.param(("defaults.epochs", "'3'"), "epochs: 3 ", "epochs: '3' ", id="typed"),
        pytest.param(("trust", "gh:new/"), "gh:other/x]", "gh:new/]", id="a source"),
        pytest.param(("--unset", "trust", "gh:acme/"), "[gh:acme/, ", "[", id="no source"),
        pytest.param(("--unset", "name"), "name: Jane Doe   # as on papers\n", "", id="no name"),
        pytest.param(("--unset", "defaults.epochs"), "  epochs: 3  # few\n", "", id="no answer"),
        pytest.param(("license", "MIT"), "# the end", "license: MIT\n# the end", id="a new one"),
        pytest.param(
            ("defaults.seed", "7"), "# the end", "  seed: 7\n# the end", id="a new answer"
        ),
        pytest.param(
            ("--unset", "defaults"), OWN[OWN.index("defaults") :], "# the end\n", id="no answers"
        ),
    ],
)
def test_a_change_leaves_the_rest_as_it_is(
    own: Path, args: tuple[str, ...], old: str, new: str
) -> None:
    assert config(*args) == 0
    shown = own.read_text().replace("'gh:acme/', 'gh:other/x', 'gh:new/'", "gh:acme/, gh:new/")
    assert shown.replace("['gh:other/x']", "[gh:other/x]") == OWN.replace(old, new)


def test_a_first_setting_makes_the_file(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert config("email", "ada@example.net") == 0
    assert file.read_text() == "email: ada@example.net\n"
    assert capsys.readouterr().out == "~/.config/scaffold/config.yml: email is ada@example.net\n"
    assert config("email", "ada@example.net") == 0
    assert (
        capsys.readouterr().out == "~/.config/scaffold/config.yml: email has this value already\n"
    )
    assert config("--unset", "email") == 0
    assert capsys.readouterr().out.endswith("; ada@example.org is used now, from git\n")
    assert read_user_settings(file) == {}


def test_windows_line_endings_stay(own: Path) -> None:
    own.write_bytes(OWN.replace("\n", "\r\n").encode())
    assert config("name", "Ada") == 0
    assert own.read_bytes() == OWN.replace("Jane Doe", "Ada").replace("\n", "\r\n").encode()


def test_a_link_stays_a_link_and_rights_stay(own: Path, tmp_path: Path) -> None:
    real = own.rename(tmp_path / "dotfile.yml")
    real.chmod(0o600)
    own.symlink_to(real)
    assert config("name", "Ada") == 0
    assert own.readlink() == real
    assert "name: Ada" in real.read_text()
    assert real.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in own.parent.iterdir()] == ["config.yml"]


@pytest.mark.parametrize(
    ("typed", "held"),
    [
        pytest.param("https://me:secret@x.org/y.git", "https://x.org/y.git", id="a password"),
        pytest.param("git+https://x.org/y", "https://x.org/y", id="a mark of Copier"),
        pytest.param("https://x.org/team/", "https://x.org/team/", id="all below"),
        pytest.param("git@x.org:team/", "git@x.org:team/", id="over ssh"),
        pytest.param("mine", "{here}/mine", id="a folder"),
        pytest.param("./mine/", "{here}/mine/", id="all below a folder"),
    ],
)
def test_a_source_is_kept_as_it_can_be_found(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, held: str
) -> None:
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)
    assert config("trust", typed) == 0
    assert read_user_settings(file)["trust"] == (held.format(here=tmp_path),)
    assert config("--unset", "trust", typed) == 0
    assert read_user_settings(file) == {}


def test_a_single_source_becomes_a_list(file: Path) -> None:
    tree(file.parent, {"config.yml": "trust: gh:a/x\n"})
    assert config("trust", "gh:a/x") == 0
    assert file.read_text() == "trust: gh:a/x\n"
    assert config("trust", "gh:b/") == 0
    assert read_user_settings(file)["trust"] == ("gh:a/x", "gh:b/")


# ---------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("args", "why"),
    [
        pytest.param(("nmae", "x"), "nmae is not a setting (did you mean name?)", id="misspelled"),
        pytest.param(("nmae",), "nmae is not a setting (did you mean name?)", id="asked for"),
        pytest.param(("--unset", "licence"), "did you mean license?", id="taken out"),
        pytest.param(("default.x", "1"), "did you mean defaults?", id="of an answer"),
        pytest.param(("a\x1b[2J", "1"), "a\\x1b[2J is not a setting", id="control characters"),
        pytest.param(("email", "ada"), 'email: "ada" is not an email address', id="no address"),
        pytest.param(("github", "a b"), 'github: "a b" is not a name on GitHub', id="no name"),
        pytest.param(("name", " "), "name: is empty", id="empty"),
        pytest.param(("name", "a\nb"), "name: holds a line break", id="two lines"),
        pytest.param(("name", "a\x07"), "name: holds the control character", id="a bell"),
        pytest.param(("defaults.x", "[a"), "defaults.x: is not YAML", id="no YAML"),
        pytest.param(("defaults.x", "null"), "defaults.x: is not an answer", id="nothing"),
        pytest.param(("defaults.x", ".inf"), "defaults.x: holds a number", id="endless"),
        pytest.param(("defaults.x", "{1: 2}"), "keys must be text", id="a key"),
        pytest.param(("defaults.x", "!!binary aa=="), "defaults.x: ", id="bytes"),
        pytest.param(("defaults._src_path", "x"), "does not name a question", id="no question"),
        pytest.param(("defaults", "x"), "write defaults.QUESTION", id="which question"),
        pytest.param(("trust", "./nowhere"), "there is no blueprint './nowhere'", id="nowhere"),
        pytest.param(("trust", "lightning"), "need no trust", id="built in"),
        pytest.param(("trust", "ext::sh -c id"), "is not an address", id="a command"),
        pytest.param(("trust", "https://x.org/a/../"), "a plain address", id="up"),
        pytest.param(("trust", "https://x.org/a%2e/"), "a plain address", id="escaped"),
        pytest.param(("trust", "https://e.vil:/@x.org/a/"), "is ambiguous", id="two machines"),
        pytest.param(("--unset",), "--unset needs a setting", id="unset what"),
        pytest.param(("--edit", "name"), "--edit opens the whole file", id="edit one"),
        pytest.param(("name", "a", "b"), "unexpected extra argument", id="too many"),
    ],
)
def test_what_cannot_be_is_refused_and_the_file_stays(
    own: Path, capsys: pytest.CaptureFixture[str], args: tuple[str, ...], why: str
) -> None:
    assert config(*args) == 2
    told = capsys.readouterr()
    assert (told.out, why in told.err, "\nnext: " in told.err) == ("", True, True), told.err
    assert "\x1b" not in told.err
    assert own.read_text() == OWN


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        pytest.param(("github",), "`scaffold config` shows", id="nowhere"),
        pytest.param(("email",), "git sets its value", id="in git"),
        pytest.param(("defaults.seed",), "settings.yml sets its value", id="in Copier's"),
        pytest.param(("trust", "gh:acme"), "sets its value", id="another source"),
        pytest.param(("trust", "gh:c/"), "settings.yml sets its value", id="a source of Copier"),
        pytest.param(("name", "Someone"), "`scaffold config` shows", id="another value"),
    ],
)
def test_only_what_is_there_is_taken_out(
    own: Path, home: Path, capsys: pytest.CaptureFixture[str], args: tuple[str, ...], hint: str
) -> None:
    tree(home, {".config/copier/settings.yml": "defaults: {seed: 1}\ntrust: [gh:c/]\n"})
    assert config("--unset", *args) == 1
    told = capsys.readouterr().err
    assert hint in told, told
    assert own.read_text() == OWN


def test_a_damaged_file_is_not_changed(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own.write_text("name: [\n")
    assert config("name", "Ada") == 1
    assert f"{own}:2:1: is not YAML" in capsys.readouterr().err
    assert own.read_text() == "name: [\n"


def _in_a_file(file: Path) -> dict[str, str]:
    tree(file.parent, {"file": ""})
    return {"SCAFFOLD_CONFIG": str(file.parent / "file/below/config.yml")}


def _is_full() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (8, 8))


@pytest.mark.parametrize(
    ("environ", "before", "why"),
    [
        pytest.param(_in_a_file, None, "cannot be written: Not a directory", id="no folder"),
        pytest.param(lambda _: {}, _is_full, "cannot be written: File too large", id="no room"),
        pytest.param(
            lambda _: {"SCAFFOLD_CONFIG": "/proc/self/config.yml"},
            None,
            "/config.yml cannot be written: No such file",
            id="a system that takes no files",
        ),
    ],
)
def test_what_cannot_be_written_is_told(
    file: Path,
    environ: Callable[[Path], dict[str, str]],
    before: Callable[[], None] | None,
    why: str,
) -> None:
    file.parent.mkdir(parents=True)
    variables = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environ(file)}
    done = process("name", "Somebody With A Long Name", env=variables, preexec_fn=before)
    assert (done.returncode, why in done.stderr) == (1, True), done.stderr
    assert "next: Make room for it, or name another file with SCAFFOLD_CONFIG." in done.stderr
    assert not file.exists()
    assert [p.name for p in file.parent.iterdir() if p.name != "file"] == []


# ---------------------------------------------------------------- an editor


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """An editor that does what a line of shell says; it has an option of its own."""

    def use(script: str, variable: str = "VISUAL") -> None:
        path = tmp_path / "my editor"
        path.write_text(f'#!/bin/sh\n[ "$1" = --wait ] && shift\n{script}\n')
        path.chmod(0o755)
        monkeypatch.setenv(variable, f"'{path}' --wait")

    return use


def test_an_editor_opens_the_file_and_what_it_says_is_shown(
    file: Path, editor: Callable[[str], None], capfd: pytest.CaptureFixture[str]
) -> None:
    editor('grep -c "# name" "$1"; echo "github: ada" >> "$1"')
    assert config("--edit") == 0
    out = capfd.readouterr().out
    assert out.startswith("1\n")
    assert ["github", "ada", "~/.config/scaffold/config.yml"] in [
        r.split() for r in out.split("\n")
    ]


@pytest.mark.parametrize(
    ("script", "why"),
    [
        pytest.param(
            'echo "nmae: x" > "$1"', ":1:1: nmae: is not a setting (did you", id="unknown"
        ),
        pytest.param('echo "name: [" > "$1"', ":2:1: is not YAML", id="no YAML"),
        pytest.param("exit 3", "ended with exit code 3", id="fails"),
    ],
)
def test_what_an_editor_leaves_is_checked(
    own: Path,
    editor: Callable[[str], None],
    capsys: pytest.CaptureFixture[str],
    script: str,
    why: str,
) -> None:
    editor(script)
    assert config("--edit") == 1
    told = capsys.readouterr().err
    assert (why in told, "next: " in told) == (True, True), told


def test_an_editor_mends_a_damaged_file(own: Path, editor: Callable[[str], None]) -> None:
    own.write_text("name: [\n")
    editor('echo "name: Ada" > "$1"')
    assert config("--edit") == 0
    assert read_user_settings(own) == {"name": "Ada"}


def test_an_editor_that_is_not_there_is_told(
    own: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "no-such-editor -w")
    assert config("--edit") == 1
    assert "the editor 'no-such-editor -w' was not found" in capsys.readouterr().err
