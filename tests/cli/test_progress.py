"""What is shown while a person waits, and what --verbose and --quiet make of it."""

from __future__ import annotations

import logging
import math
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from tools.terminal import Terminal

from scaffold import Inputs, create
from scaffold.cli.main import run as scaffold
from scaffold.cli.spinner import Spinner
from scaffold.host import progress

from ..helpers.blueprints_on_disk import copier_template, layered, repository, tree
from ..helpers.slow_server import HOST, slow_server

SCAFFOLD = [sys.executable, "-m", "scaffold"]


@pytest.fixture
def far(tmp_path: Path) -> str:
    """A blueprint that is on another machine, with two versions."""
    versions = {"v1.0.0": copier_template(), "v2.0.0": copier_template()}
    return f"{HOST}{repository(tmp_path / 'r', versions)}"


def run(
    *args: object, cwd: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SCAFFOLD, *map(str, args)],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


# ---------------------------------------------------------------- on a terminal

# By the clock, however fast the machine is; Jinja takes a filter of a constant for a constant.
FOR_TWO_SECONDS = """\
{% set now = '%s' -%}
{% set start = now|strftime|int -%}
{% for a in range(9999) if now|strftime|int < start + 3 -%}
{% for b in range(99999) %}{% endfor -%}
{% endfor -%}
"""


def test_who_waits_sees_what_is_done_and_it_is_gone_in_the_end(tmp_path: Path) -> None:
    tree(tmp_path / "slow", copier_template(FOR_TWO_SECONDS))
    words = ["new", "p", "-b", "slow", "--defaults"]
    terminal = Terminal([*SCAFFOLD, *words], tmp_path, columns=40, rows=24)
    assert terminal.ends() == 0
    assert re.search(r"\r\x1b\[Krendering slow … [1-9]\d* s", terminal.raw)
    assert terminal.text().startswith("p: 3 files from")
    assert " … " not in terminal.text()


def test_nothing_is_drawn_into_a_question_and_all_is_gone_after_a_slow_server(
    tmp_path: Path, far: str
) -> None:
    record = f"_src_path: {far}\n_commit: v1.0.0\nname: world\n"
    tree(tmp_path / "p", {".copier-answers.yml": record})
    env = slow_server(tmp_path, 1.4)
    terminal = Terminal([*SCAFFOLD, "check", "p"], tmp_path, columns=100, env=env)
    terminal.sees("Yes or no?")
    time.sleep(1.2)
    assert " … " not in terminal.sees("Yes or no?")
    asked = len(terminal.raw)
    terminal.types("y", "\r")
    assert terminal.ends() == 3
    assert re.search(r"\r\x1b\[K\S.* … [1-9]\d* s", terminal.raw[asked:])
    assert " … " not in terminal.text()
    assert "v2.0.0 is available" in terminal.text()


def test_an_error_stands_alone(tmp_path: Path) -> None:
    words = ["new", "q", "-b", f"{HOST}/nowhere", "--defaults"]
    env = slow_server(tmp_path, 1.4)
    terminal = Terminal([*SCAFFOLD, *words], tmp_path, columns=100, env=env)
    assert terminal.ends() == 1
    assert re.search(r"fetching .* … [1-9]\d* s", terminal.raw)
    assert terminal.text().startswith("error: ")
    assert " … " not in terminal.text()


class Clock:
    """Time that passes when a test says so, and the timer of the process along with it."""

    def __init__(self) -> None:
        self.now, self.due, self.interval = 0.0, math.inf, 0.0

    def monotonic(self) -> float:
        return self.now

    def setitimer(self, _kind: int, seconds: float, interval: float = 0.0) -> None:
        self.due, self.interval = self.now + seconds if seconds else math.inf, interval

    def passes(self, seconds: float) -> None:
        ends = self.now + seconds
        while self.due <= ends:
            self.now, self.due = self.due, self.due + self.interval
            signal.raise_signal(signal.SIGALRM)
        self.now = ends


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(sys.modules[Spinner.__module__], "time", clock)
    monkeypatch.setattr(signal, "setitimer", clock.setitimer)
    return clock


@contextmanager
def drawing(columns: int) -> Iterator[tuple[Spinner, list[str]]]:
    """A line that listens, and what it has written in the end."""
    above, below = os.pipe()
    written: list[str] = []
    yield Spinner(below, columns), written
    os.write(below, b"|")
    written.append(os.read(above, 1000).decode().removesuffix("|"))
    os.close(above)
    os.close(below)


def test_what_is_quick_is_not_shown(clock: Clock) -> None:
    with drawing(80) as (line, written):
        for what in ("one", "two", "three"):
            with line(what, False):
                clock.passes(0.9)
    assert written == [""]


def test_a_narrow_terminal_gets_one_line(clock: Clock) -> None:
    what = "fetching gh:acme/blueprint-with-a-name\x1b[2J"
    with drawing(24) as (line, written), line(what, False):
        clock.passes(1.1)
    assert written == ["\r\x1b[Kfetching gh:acme/ … 1 s\r\x1b[K"]


def test_what_prints_gets_a_line_that_stays(clock: Clock) -> None:
    with drawing(80) as (line, written), line("running the task make", True):
        clock.passes(2.1)
    assert written == ["running the task make …\n"]


def test_the_timer_is_given_back() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with pytest.raises(ValueError, match="no"), Spinner(2, 80)("working", False):
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
        raise ValueError("no")
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) == before


def test_nothing_is_drawn_while_a_person_is_asked(clock: Clock) -> None:
    with (
        drawing(80) as (line, written),
        progress.notify_listener(line),
        progress.track_progress("planning"),
    ):
        clock.passes(1.1)
        with progress.pause_progress():
            clock.passes(1.1)
        clock.passes(0.4)
    assert written == ["\r\x1b[Kplanning … 1 s\r\x1b[K\r\x1b[Kplanning … 2 s\r\x1b[K"]


def test_nested_work_is_told_by_its_own_name(clock: Clock) -> None:
    with drawing(0) as (line, written), line("planning", False):
        clock.passes(0.8)
        with line("rendering", False):
            clock.passes(0.4)
        with line("merging", False):
            clock.passes(0.4)
    assert written == ["rendering …\nmerging …\n"]


# ---------------------------------------------------------------- elsewhere


def test_without_a_terminal_there_is_one_line_and_with_quiet_none(tmp_path: Path, far: str) -> None:
    env = slow_server(tmp_path, 1.4)
    told = run("new", "p", "-b", far, "--defaults", cwd=tmp_path, env=env)
    first, *others = told.stderr.splitlines()
    assert first == f"fetching git+{far} …"
    assert all(re.fullmatch(r"[a-z]+ .* …", line) for line in others)  # on a busy machine
    assert told.stdout.startswith("p: 3 files from")
    done = run("--quiet", "new", "q", "-b", far, "--defaults", cwd=tmp_path, env=env)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "q/plain.txt").is_file()


def test_quiet_keeps_errors_and_data(tmp_path: Path) -> None:
    source = tree(tmp_path / "s", layered())
    failed = run("new", "-q", "p", "-b", source, "--defaults", "-d", "no=1", cwd=tmp_path)
    assert failed.returncode == 2
    assert "--data: no: is not a question" in failed.stderr
    made = run("new", "p", "-q", "--json", "--defaults", "-b", source, cwd=tmp_path)
    assert '"files"' in made.stdout
    assert "lightning" in run("list", "-q", cwd=tmp_path).stdout
    dry = run("new", "r", "-q", "--dry-run", "--defaults", "-b", source, cwd=tmp_path)
    assert "nothing written" in dry.stdout
    made = run("new", "r", "-q", "--defaults", "-b", source, cwd=tmp_path)
    assert (made.returncode, made.stdout, made.stderr) == (0, "", "")


def test_quiet_and_verbose_contradict_each_other(tmp_path: Path) -> None:
    done = run("-q", "list", "-v", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "contradict" in done.stderr


# ---------------------------------------------------------------- verbose


def test_verbose_tells_every_git_command_and_how_long_it_took(tmp_path: Path) -> None:
    source = repository(tmp_path / "s", {"v1.0.0": copier_template()})
    done = run("-v", "new", "p", "-b", source, "--defaults", cwd=tmp_path)
    lines = done.stderr.splitlines()
    assert all(re.match(r" *\d+\.\d\d  ", line) for line in lines), done.stderr
    assert any(re.search(r"git read-tree .*: \d\.\d\d s$", line) for line in lines)
    assert any(re.search(r"rendering s v1.0.0: \d\.\d\d s$", line) for line in lines)
    assert any(re.search(r"git commit .*: \d\.\d\d s$", line) for line in lines)
    assert done.stdout.startswith("p: 3 files")


def test_verbose_hides_credentials_and_control_characters(tmp_path: Path) -> None:
    secret = "https://me:hunter2@localhost:1/\x1b[2Jx.git?private_token=hunter3"
    done = run("new", "p", "-v", "-b", secret, "--defaults", cwd=tmp_path)
    assert done.returncode == 1
    assert "git clone" in done.stderr
    assert "fetching" in done.stderr
    for found in ("hunter2", "hunter3", "\x1b"):
        assert found not in done.stderr + done.stdout


def test_the_library_tells_who_listens_and_shows_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    assert not logging.getLogger("scaffold").handlers
    source = tree(tmp_path / "s", layered())
    with caplog.at_level(logging.DEBUG, logger="scaffold"):
        create(tmp_path / "p", str(source), Inputs(defaults=True))
    assert "rendering s" in caplog.messages
    assert capfd.readouterr() == ("", "")


def test_a_listener_is_told_what_is_done() -> None:
    import contextlib

    told = []

    def listener(what: str, talks: bool) -> contextlib.AbstractContextManager[None]:
        told.append((what, talks))
        return contextlib.nullcontext()

    with progress.notify_listener(listener):
        with progress.track_progress("one"), progress.track_progress("two", prints=True):
            pass
        with progress.notify_listener(None), progress.track_progress("three"):
            pass
    with progress.track_progress("four"):
        pass
    assert told == [("one", False), ("two", True)]


@pytest.mark.parametrize("option", ["--verbose", "--quiet", "--json"])
def test_a_command_leaves_nobody_listening(
    option: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = str(tree(tmp_path / "s", layered()))
    words = ["new", str(tmp_path / "p"), "-b", source, "--defaults", option]
    assert scaffold(words) == 0
    capfd.readouterr()
    logger = logging.getLogger("scaffold")
    before = logger.handlers, logger.propagate, logger.level
    assert before == ([], True, logging.NOTSET)
    with progress.track_progress("more"):
        pass
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert capfd.readouterr() == ("", "")
