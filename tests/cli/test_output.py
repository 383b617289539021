"""What reaches the screen, and what does not: colours, widths, pipes that close, full disks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import pytest
from tools.terminal import SCAFFOLD, Terminal

from scaffold.cli.main import run

from ..helpers.blueprints_on_disk import copier_template, layered, repository, tree
from ..helpers.slow_server import HOST, slow_server

BUILT: dict[str, Path] = {}


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A blueprint, a project with an edit and one without a blueprint; made once, and only read."""
    if not BUILT:
        root = BUILT["root"] = tmp_path_factory.mktemp("built")
        tree(root / "tiny", layered())
        source = repository(root / "s", {"v1": copier_template(), "v2": copier_template("new\n")})
        for name in ("p", "project-with-a-long-name"):
            words = ["new", str(root / name), "-b", str(source), "--to", "v1", "--defaults", "-q"]
            assert run(words) == 0
            tree(root / name, {"hello.txt": "edited\n"})
    return BUILT["root"]


def scaffold(
    *words: str, cwd: Path, stdout: int | IO[str] = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SCAFFOLD, *words],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


def seen(
    *words: str, cwd: Path, columns: int = 80, env: Mapping[str, str] | None = None
) -> Terminal:
    """A terminal in which a command has ended."""
    terminal = Terminal([*SCAFFOLD, *words], cwd, columns=columns, env=env)
    terminal.ends()
    return terminal


# ---------------------------------------------------------------- colours and prompts


@pytest.mark.parametrize(
    ("env", "coloured"),
    [
        pytest.param({}, True, id="a terminal"),
        pytest.param({"NO_COLOR": "1"}, False, id="NO_COLOR"),
        pytest.param({"NO_COLOR": ""}, True, id="NO_COLOR that is empty"),
        pytest.param({"CI": "true"}, False, id="CI"),
        pytest.param({"TERM": "dumb"}, False, id="a dumb terminal"),
    ],
)
def test_a_patch_has_colours_where_they_are_wanted(
    env: Mapping[str, str], coloured: bool, folder: Path
) -> None:
    terminal = seen("diff", "p", cwd=folder, env=env)
    assert "+edited" in terminal.text()
    assert bool(terminal.colours()) is coloured


def test_a_patch_that_is_piped_has_none(folder: Path) -> None:
    done = scaffold("diff", "p", cwd=folder)
    assert "+edited" in done.stdout
    assert "\x1b" not in done.stdout


def test_ci_is_never_asked_and_sees_nothing_that_is_erased(tmp_path: Path) -> None:
    source = f"{HOST}{repository(tmp_path / 's', {'v1': copier_template()})}"
    words, env = ["new", "p", "-b", source], {**slow_server(tmp_path, 1.4), "CI": "true"}
    asked = seen(*words, cwd=tmp_path, env=env)
    assert "error: 1 answer cannot be used" in asked.text()
    terminal = seen(*words, "--defaults", cwd=tmp_path, env=env)
    assert terminal.raw.startswith("fetching ")
    assert "\x1b" not in asked.raw + terminal.raw
    assert (tmp_path / "p/hello.txt").is_file()


# ---------------------------------------------------------------- widths


@pytest.mark.parametrize("columns", [40, 120])
@pytest.mark.parametrize(
    "words",
    [
        "--help",
        "new --help",
        "config --help",
        "list",
        "show",
        "show tiny",
        "check p project-with-a-long-name tiny",
        "config",
        "new made -b tiny --defaults --dry-run --explain-answers",
    ],
)
def test_prose_and_tables_fit_the_terminal(words: str, columns: int, folder: Path) -> None:
    terminal = seen(*words.split(), cwd=folder, columns=columns)
    lines = re.sub(r"\x1b\[[0-9;?]*\w", "", terminal.raw).splitlines()
    assert len(lines) > 1
    long = [line for line in lines if len(line) > columns and len(line.split()) > 1]
    assert [line for line in long if not line.startswith("file: ")] == []  # a path to be copied


def test_a_wide_terminal_gets_a_table_and_a_narrow_one_paragraphs(folder: Path) -> None:
    words = ("check", "p", "tiny")
    wide = seen(*words, cwd=folder, columns=200).text().splitlines()
    assert [line.split()[0] for line in wide[:2]] == ["p", "tiny"]
    narrow = seen(*words, cwd=folder, columns=40).text().splitlines()
    assert narrow[0] == "p"
    assert "  v2 is available" in narrow


def test_what_is_piped_has_a_line_for_each_project(folder: Path) -> None:
    names = ("p", "project-with-a-long-name", "tiny")
    lines = scaffold("check", *names, cwd=folder).stdout.splitlines()
    assert [line.split()[0] for line in lines[:3]] == list(names)


# ---------------------------------------------------------------- how much is said


@pytest.mark.parametrize("words", ["-v {}", "{} -v", "{} --verbose"])
def test_verbose_stands_before_or_after_the_command(
    words: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    made = f"new {folder / 'made'} -b {folder / 'tiny'} --defaults --dry-run"
    assert run(words.format(made).split()) == 0
    told = capfd.readouterr()
    assert re.search(r"^ *\d+\.\d\d  rendering tiny: \d+\.\d\d s$", told.err, re.M)
    assert told.out.startswith("made/\n")


@pytest.mark.parametrize("words", ["-q {}", "{} -q", "{} --quiet"])
def test_quiet_leaves_data_and_errors(
    words: str, folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    made = f"new {tmp_path / 'p'} -b {folder / 'tiny'} --defaults"
    assert run(words.format(made).split()) == 0
    assert capfd.readouterr() == ("", "")
    assert run(words.format(made).split()) == 1
    told = capfd.readouterr()
    assert (told.out, "was made from a blueprint already" in told.err) == ("", True)
    assert run(words.format("list").split()) == 0
    assert capfd.readouterr().out.startswith("lightning")


# ---------------------------------------------------------------- nobody reads, nothing fits

READ = [
    "show",
    "list --json",
    "--help",
    "new --help",
    "--version",
    "diff p",
    "completion bash",
    "show nothing --json",
]


@pytest.mark.parametrize("words", READ)
def test_a_reader_that_has_gone_is_no_failure_to_talk_of(words: str, folder: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    done = scaffold(*words.split(), cwd=folder, stdout=write)
    os.close(write)
    assert done.returncode == 1
    told = done.stderr.splitlines()
    assert [line for line in told if not line.startswith(("error: ", "next: "))] == []
    assert bool(told) is ("nothing" in words)


def test_errors_that_nobody_reads_are_no_bug(folder: Path) -> None:
    command = (
        f"{sys.executable} -m scaffold show nothing 2>&1 >/dev/null | true; echo ${{PIPESTATUS[0]}}"
    )
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=True
    )
    assert done.stdout in ("1\n", "2\n")
    assert done.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("words", ["list", "list --json", "diff p", "--help"])
def test_a_full_disk_is_an_error_with_a_next_step(words: str, folder: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = scaffold(*words.split(), cwd=folder, stdout=full)
    assert done.returncode == 1
    first, following = done.stderr.splitlines()
    assert first == "error: standard output cannot be written: No space left on device"
    assert following.startswith("next: ")


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&-"])
def test_a_stream_that_was_closed_is_no_bug(closed: str, folder: Path) -> None:
    command = f"{sys.executable} -m scaffold list {closed}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert bool(done.stdout) is (not closed.startswith(">"))
