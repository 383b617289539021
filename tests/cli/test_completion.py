"""What the shells offer, asked of the shells themselves; it stays on this machine, and is light."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tools.terminal import CTRL_U, Terminal

from scaffold.cli import suggestions
from scaffold.cli.suggestions import suggest

from ..helpers.blueprints_on_disk import copier_template, layered, repository, tree

BIN = Path(sys.executable).parent
ENVIRON = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}


def words(*typed: str) -> list[str]:
    """What is offered after some words, of which the last is not finished."""
    kind, offers = suggest(typed)
    assert kind == "words"
    return [word for word, _ in offers]


# ---------------------------------------------------------------- what is suggest


def test_commands_and_options_are_offered() -> None:
    assert {"new", "update", "check", "diff", "show", "answers", "completion"} <= set(words(""))
    assert words("ne") == ["new"]
    assert "--quiet" in words("-")
    assert words("new", "p", "--an") == ["--answers"]
    assert words("-q", "upd") == ["update"]
    assert "--defaults" not in words("new", "p", "--defaults", "--d")
    assert "--data" in words("new", "p", "--data", "a=b", "--d")
    assert suggest(("new", "--", "--d")) == ("folders", [])


def test_every_option_that_takes_a_value_has_offers_or_none_on_purpose() -> None:
    from scaffold.cli.app import get_commands

    for command in get_commands().commands.values():
        for nested in getattr(command, "commands", {"": command}).values():
            for parameter in nested.params:
                flag = getattr(parameter, "is_flag", False)
                assert flag or parameter.name in suggestions.SUGGESTIONS, parameter.name


@pytest.mark.parametrize(
    ("typed", "offers"),
    [
        pytest.param(("new", "p", "-b", "li"), ["lightning"], id="blueprints"),
        pytest.param(("show", ""), ["lightning"], id="a source"),
        pytest.param(("new", "p", "--to", "1.1"), ["1.1.0"], id="versions"),
        pytest.param(("new", "p", "--to=1.1"), ["--to=1.1.0"], id="one word"),
        pytest.param(("show", "lightning", "--to", "1.1"), ["1.1.0"], id="of a source"),
        pytest.param(("new", "p", "--data", "tas"), ["task="], id="questions"),
        pytest.param(
            ("new", "p", "-d", "docker="), ["docker=true", "docker=false"], id="yes or no"
        ),
        pytest.param(("new", "p", "-d", "license=B"), ["license=BSD-3-Clause"], id="choices"),
        pytest.param(("new", "p", "-d", "loggers=w"), ["loggers=wandb"], id="one of several"),
        pytest.param(
            ("new", "p", "-d", "loggers=csv,wandb,"),
            ["loggers=csv,wandb,tensorboard", "loggers=csv,wandb,mlflow"],
            id="several",
        ),
        pytest.param(("new", "p", "--data=ci=git"), ["--data=ci=github"], id="two signs"),
        pytest.param(("new", "p", "-d", "nothing="), [], id="no question"),
        pytest.param(("completion", ""), ["bash", "zsh", "fish"], id="shells"),
        pytest.param(("config", "em"), ["email"], id="settings"),
        pytest.param(("config", "defaults.do"), ["defaults.docker"], id="default answers"),
        pytest.param(("config", "license", "B"), ["BSD-3-Clause"], id="what to set"),
        pytest.param(("config", "defaults.docker", ""), ["true", "false"], id="an answer"),
        pytest.param(("config", "preset", "pa"), ["paper"], id="a preset"),
        pytest.param(("config", "name", ""), [], id="a name"),
        pytest.param(("nonsense", "p", ""), [], id="no command"),
        pytest.param(("new", "p", "too many", ""), [], id="no argument"),
    ],
)
def test_values_are_offered(typed: tuple[str, ...], offers: list[str]) -> None:
    assert words(*typed) == offers


def test_a_question_that_was_answered_is_not_offered_again() -> None:
    assert "license=" in words("new", "p", "-d", "l")
    assert "license=" not in words("new", "p", "-d", "license=MIT", "-d", "l")


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        (("new", ""), "folders"),
        (("update", ""), "folders"),
        (("check", "a", "b", ""), "folders"),
        (("new", "p", "-b", "./x"), "folders"),
        (("new", "p", "-b", "zzz"), "folders"),
        (("new", "p", "-a", ""), "files"),
        (("answers", "--from", ""), "folders"),
    ],
)
def test_the_shell_offers_files_and_folders(typed: tuple[str, ...], kind: str) -> None:
    assert suggest(typed) == (kind, [])


def test_presets_and_versions_of_other_blueprints_are_offered(tmp_path: Path) -> None:
    files = layered()
    files["blueprint.yml"] += "presets:\n- name: small\n  title: Small\n"
    assert words("new", "p", "-b", str(tree(tmp_path / "s", files)), "--preset", "") == [
        "small",
        "custom",
    ]
    source = repository(tmp_path / "r", {"v1.0.0": copier_template(), "v2.0.0": {}})
    assert words("new", "p", "-b", str(source), "--to", "") == ["v2.0.0", "v1.0.0"]
    assert words("new", "p", "-b", str(source), "--to", "v1.0.0", "-d", "") == ["name="]


def test_of_several_records_the_named_one_is_meant(tmp_path: Path) -> None:
    records = {}
    for name in ("one", "two"):
        source = repository(tmp_path / name, {"v1.0.0": {"copier.yml": f"{name}: {name}\n"}})
        records[f".copier-answers.{name}.yml"] = f"_src_path: {source}\n_commit: v1.0.0\n"
    project = tree(tmp_path / "p", records)
    named = ("update", str(project), "--record", ".copier-answers.two.yml")
    assert words(*named, "--to", "") == ["v1.0.0", "current"]
    assert words(*named, "-d", "") == ["two="]
    (project / ".copier-answers.one.yml").unlink()
    assert words("update", str(project), "-d", "") == ["two="]


def test_of_a_project_its_own_blueprint_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = repository(tmp_path / "r", {"v1.0.0": copier_template()})
    record = f"_src_path: {source}\n_commit: v1.0.0\nname: x\n"
    project = tree(tmp_path / "p", {".copier-answers.yml": record})
    assert words("update", str(project), "--to", "") == ["v1.0.0", "current"]
    assert words("update", str(project), "-d", "") == ["name="]
    assert words("answers", "--from", str(project), "--to", "") == ["v1.0.0"]
    monkeypatch.chdir(project)
    assert words("diff", "--to", "") == ["v1.0.0"]


def test_a_source_elsewhere_is_read_from_its_copy_and_never_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from scaffold import git

    source = repository(tmp_path / "r", {"v1.0.0": copier_template()})
    url = source.as_uri()
    monkeypatch.setattr(git, "list_remote_tags", None)
    suggestions.complete("fish", ["new", "p", "-b", url, "--to", ""])
    assert capsys.readouterr().out == "words\n"
    assert not git.get_mirror_path(url).exists()
    git.update_mirror(url)
    monkeypatch.setattr(git, "update_mirror", None)
    shutil.rmtree(source)
    assert words("new", "p", "-b", url, "--to", "") == ["v1.0.0"]


def test_control_characters_are_not_offered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {"copier.yml": '"a\\e[2J": 1\nb: 2\nc:\n  default: x\n  help: "one\\e[2J"\n', "x": ""}
    source = tree(tmp_path / "s", files)
    suggestions.complete("fish", ["new", "p", "-b", str(source), "-d", ""])
    assert capsys.readouterr().out == "words\nb=\n"


# ---------------------------------------------------------------- the shells


def script(shell: str) -> str:
    done = subprocess.run(
        [BIN / "scaffold", "completion", shell], capture_output=True, text=True, check=True
    )
    return done.stdout


DRIVER = r"""
COMP_LINE=$1 COMP_POINT=${#1}
read -r -a COMP_WORDS <<< "$2"
[[ $2 == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
_scaffold_completion scaffold
printf '%s\n' "${COMPREPLY[@]}"
"""


def in_bash(line: str, taken_apart: str, cwd: Path) -> list[str]:
    """What bash offers.

    Args:
        line: The line that is typed.
        taken_apart: The same as bash takes it apart, at blanks, ``=`` and ``:``.
        cwd: Where it is typed.
    """
    command = ["bash", "--norc", "-c", script("bash") + DRIVER, "bash", line, taken_apart]
    environ = {**os.environ, **ENVIRON}
    done = subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("line", "taken_apart", "offers"),
    [
        pytest.param("scaffold sho", "scaffold sho", ["show"], id="command"),
        pytest.param(
            "scaffold new p -d ci=",
            "scaffold new p -d ci =",
            ["github", "none"],
            id="sign",
        ),
        pytest.param(
            "scaffold new p -d license=B",
            "scaffold new p -d license = B",
            ["BSD-3-Clause"],
            id="=B",
        ),
        pytest.param(
            "scaffold new 'a b' -d loggers=csv,w",
            "scaffold new 'a_b' -d loggers = csv,w",
            ["csv,wandb"],
            id="several",
        ),
        pytest.param(
            "scaffold new p --data=ci=git", "scaffold new p --data = ci = git", ["github"]
        ),
        pytest.param("scaffold new p -a an", "scaffold new p -a an", ["answers.yml"], id="file"),
        pytest.param(
            "scaffold new p --answers=an", "scaffold new p --answers = an", ["answers.yml"]
        ),
        pytest.param("scaffold check ", "scaffold check ", ["folder"], id="folder"),
    ],
)
def test_bash(tmp_path: Path, line: str, taken_apart: str, offers: list[str]) -> None:
    (tmp_path / "answers.yml").write_text("")
    (tmp_path / "folder").mkdir()
    assert in_bash(line, taken_apart, tmp_path) == offers


ON_A_TERMINAL = {
    "bash": (["bash", "--norc", "-i"], ". ./completion.bash"),
    "zsh": (["zsh", "-f", "-i"], "autoload -Uz compinit; compinit -u -d dump; . ./completion.zsh"),
    "fish": (
        ["fish", "--no-config", "-i"],
        "function fish_prompt; echo 'READY> '; end; . ./completion.fish",
    ),
}


def installed(shell: str) -> str:
    """A shell. Where it is missing the summary says what was skipped: .ci/run installs it."""
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed: its completion is not tested here")
    return shell


@pytest.mark.parametrize("shell", ON_A_TERMINAL)
def test_a_person_who_presses_tab(shell: str, tmp_path: Path) -> None:
    start, load = ON_A_TERMINAL[installed(shell)]
    (tmp_path / f"completion.{shell}").write_text(script(shell))
    (tmp_path / "answers.yml").write_text("")
    terminal = Terminal(start, tmp_path, 100, 24, {**ENVIRON, "PS1": "READY> "})
    terminal.types(f"{load}; echo do''ne\r")
    terminal.sees("done\n")
    for keys, whole in [
        ("scaffold comple\tba\t", "scaffold completion bash"),
        ("scaffold-ml comple\tba\t", "scaffold-ml completion bash"),
        ("scaffold new p -d licen\tMI\t", "scaffold new p -d license=MIT"),
        ("scaffold show --to=1.1\t", "scaffold show --to=1.1.0"),
        ("scaffold new p -a ans\t", "scaffold new p -a answers.yml"),
        ("scaffold config lic\tBS\t", "scaffold config license BSD-3-Clause"),
    ]:
        terminal.types(keys)
        terminal.sees(lambda text, whole=whole: text.rstrip().endswith(whole))  # type: ignore[misc]
        terminal.types(CTRL_U)
        terminal.sees(lambda text, whole=whole: not text.rstrip().endswith(whole))  # type: ignore[misc]
    terminal.closes()


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_what_each_word_means_is_shown(shell: str, tmp_path: Path) -> None:
    start, load = ON_A_TERMINAL[installed(shell)]
    (tmp_path / f"completion.{shell}").write_text(script(shell))
    terminal = Terminal(start, tmp_path, 100, 24, {**ENVIRON, "PS1": "READY> "})
    terminal.types(f"{load}; echo do''ne\r")
    terminal.sees("done\n")
    terminal.types("scaffold \t")
    assert "Make a project from a blueprint." in terminal.sees("update ")
    terminal.closes()


@pytest.mark.parametrize(
    ("line", "offers"),
    [
        ("scaffold comple", ["completion"]),
        ("scaffold new p -d task=d", ["task=detection", "task=diffusion"]),
        ("scaffold new p -d loggers=csv,w", ["loggers=csv,wandb"]),
        ("scaffold show --to=1.1", ["--to=1.1.0"]),
        ("scaffold new p -a ans", ["answers.yml"]),
        ("scaffold new p --answers=ans", ["--answers=answers.yml"]),
        ("scaffold check fol", ["folder/"]),
    ],
)
def test_fish(tmp_path: Path, line: str, offers: list[str]) -> None:
    (tmp_path / "answers.yml").write_text("")
    (tmp_path / "folder").mkdir()
    ask = f"{script(installed('fish'))}\ncomplete -C '{line}'"
    environ = {**os.environ, **ENVIRON}
    command = ["fish", "--no-config", "-c", ask]
    done = subprocess.run(
        command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
    )
    assert [part.partition("\t")[0] for part in done.stdout.splitlines()] == offers, done.stderr


# ---------------------------------------------------------------- light


@pytest.mark.parametrize(
    "typed",
    [["new", "p", "-b", ""], ["new", "p", "-d", "task="], ["config", "defaults."], ["-"]],
    ids=" ".join,
)
def test_it_is_light(typed: list[str]) -> None:
    program = (
        "import sys\nbefore = set(sys.modules)  # of Python, and of what measures it\n"
        "from scaffold.cli.suggestions import complete\ncomplete('zsh', sys.argv[1:])\n"
        "sys.stderr.write(' '.join(sys.modules.keys() - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *typed], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("words\n")
    started = {name.partition(".")[0] for name in done.stderr.split()}
    heavy = {"copier", "questionary", "prompt_toolkit", "hydra", "omegaconf", "torch", "jinja2"}
    assert not started & (heavy | {"pydantic", "rich"})
    assert len(done.stderr.split()) < 240  # modules


@pytest.mark.parametrize(("error", "logs"), [(KeyError("x"), 1), (OSError("gone"), 0)])
def test_a_bug_is_logged_and_disturbs_nobody(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    logs: int,
) -> None:
    def fail(_: list[str]) -> None:
        raise error

    monkeypatch.setattr("scaffold.cli.suggestions.suggest", fail)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert suggestions.complete("zsh", ["new", ""]) == 0
    assert capsys.readouterr().err == ""
    assert len(list(tmp_path.glob("scaffold-*.log"))) == logs
