"""Whenever a signal comes, the message and the exit code say what is on disk."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from scaffold.errors import Interrupted, ScaffoldError, add_result, clear_results
from scaffold.host.signals import STOP_SIGNALS, handle_signals, hold_signals

from ..helpers.blueprints_on_disk import repository
from ..helpers.factories import files_of, git, index_of

RECORD = "{{ _copier_conf.answers_file }}.jinja"
FILES = {"copier.yml": "name: {type: str, default: a}\n", RECORD: "{{ _copier_answers|to_yaml }}"}
REAL_GIT = str(shutil.which("git"))


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "scaffold", *words]


def _run(*words: str, cwd: Path, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PATH": f"{path}:{os.environ['PATH']}"} if path else None
    return subprocess.run(
        _command(*words), cwd=cwd, env=env, capture_output=True, text=True, check=False
    )


@pytest.fixture
def blueprint(tmp_path: Path) -> Path:
    """A blueprint with two versions."""
    versions = {
        "v1.0.0": {**FILES, **{f"f{n}.txt": "one\n" for n in range(4)}},
        "v2.0.0": {**FILES, **{f"f{n}.txt": "two\n" for n in range(4)}},
    }
    return repository(tmp_path / "b", versions)


def _killing_git(folder: Path, sign: signal.Signals, call: int) -> Path:
    """A git on PATH whose call of that number first sends a signal to whoever started it."""
    folder.mkdir(exist_ok=True)
    count = folder / "count"
    count.write_text("0")
    program = folder / "git"
    program.write_text(
        "#!/bin/sh\n"
        f"n=$(($(cat '{count}') + 1)); echo $n > '{count}'\n"
        f"[ $n -eq {call} ] && kill -{int(sign)} $PPID\n"
        f"exec '{REAL_GIT}' \"$@\"\n"
    )
    program.chmod(0o755)
    return folder


def _check_new(done: subprocess.CompletedProcess[str], project: Path) -> None:
    """Nothing is there and said to be, or everything is."""
    assert "Traceback" not in done.stderr, done.stderr
    if project.exists():
        assert (project / "f3.txt").is_file()
        assert git(project, "status", "--porcelain") == ""
        git(project, "fsck", "--strict")
        assert done.returncode == 0 or "p is made" in done.stderr, done
    else:
        assert done.returncode == 130, done
        assert "interrupted, nothing was changed" in done.stderr


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_new_is_all_or_nothing_at_every_call_of_git(
    tmp_path: Path, blueprint: Path, home: Path, sign: signal.Signals
) -> None:
    made = ("new", "p", "-b", str(blueprint), "--defaults")
    seen = set()
    for call in range(1 + (sign == signal.SIGTERM), 40, 2):  # odd ones for one, even for the other
        path = _killing_git(tmp_path / "bin", sign, call)
        done = _run(*made, cwd=tmp_path, path=path)
        _check_new(done, tmp_path / "p")
        seen.add(done.returncode)
        assert list((home / ".cache/scaffold").glob("new/*")) == []
        if int((path / "count").read_text()) < call:
            break
        shutil.rmtree(tmp_path / "p", ignore_errors=True)
    assert call > 5
    assert seen == {0, 130}


def _state(project: Path) -> object:
    return files_of(project), index_of(project)


def _check_update(
    done: subprocess.CompletedProcess[str], project: Path, old: object, new: object
) -> None:
    assert "Traceback" not in done.stderr, done.stderr
    now = _state(project)
    assert not (project / ".git/index.lock").exists()
    if now == old:
        assert (done.returncode, "nothing was changed" in done.stderr) == (130, True), done
    else:
        assert now == new
        assert done.returncode == 0 or "p is updated" in done.stderr, done


@pytest.fixture
def project(tmp_path: Path, blueprint: Path) -> Path:
    made = _run("new", "p", "-b", str(blueprint), "--to", "v1.0.0", "--defaults", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    return tmp_path / "p"


def _copies(project: Path) -> tuple[Path, object, object]:
    """The project to copy from, its state, and its state after an update."""
    origin = project.rename(project.with_name("origin"))
    shutil.copytree(origin, project, symlinks=True)
    old = _state(project)
    assert _run("update", "p", "--defaults", cwd=project.parent).returncode == 0
    return origin, old, _state(project)


def _renew(origin: Path, project: Path) -> None:
    shutil.rmtree(project)
    shutil.copytree(origin, project, symlinks=True)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_an_update_says_what_is_there_at_every_call_of_git(
    tmp_path: Path, project: Path, sign: signal.Signals
) -> None:
    origin, old, new = _copies(project)
    seen = set()
    for call in range(1 + (sign == signal.SIGTERM), 80, 2):  # odd ones for one, even for the other
        _renew(origin, project)
        path = _killing_git(tmp_path / "bin", sign, call)
        done = _run("update", "p", "--defaults", cwd=tmp_path, path=path)
        _check_update(done, project, old, new)
        seen.add(done.returncode)
        if int((path / "count").read_text()) < call:
            break
    assert call > 8
    assert seen == {0, 130}


def _stopped_after(
    words: tuple[str, ...], cwd: Path, seconds: float, sign: signal.Signals
) -> subprocess.CompletedProcess[str]:
    """Run a command as a terminal does, and send a signal to it and all that it started."""
    with subprocess.Popen(
        _command(*words),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        time.sleep(seconds)
        if process.poll() is None:
            os.killpg(process.pid, sign)
        out, err = process.communicate(timeout=60)
    return subprocess.CompletedProcess(words, process.returncode, out, err)


def _time_of(words: tuple[str, ...], cwd: Path) -> float:
    started = time.monotonic()
    assert _run(*words, cwd=cwd).returncode == 0
    return time.monotonic() - started


SAMPLES = 6
STARTING = (-signal.SIGINT, -signal.SIGTERM, 1)  # before the command listens


def test_new_says_what_is_there_at_sampled_moments(tmp_path: Path, blueprint: Path) -> None:
    words = ("new", "p", "-b", str(blueprint), "--defaults")
    whole = _time_of(words, tmp_path)
    for number in range(SAMPLES):
        shutil.rmtree(tmp_path / "p", ignore_errors=True)
        sign = (signal.SIGINT, signal.SIGTERM)[number % 2]
        done = _stopped_after(words, tmp_path, whole * (number + 3) / (SAMPLES + 2), sign)
        if done.returncode not in STARTING or (tmp_path / "p").exists():
            _check_new(done, tmp_path / "p")


def test_an_update_says_what_is_there_at_sampled_moments(tmp_path: Path, project: Path) -> None:
    origin, old, new = _copies(project)
    words = ("update", "p", "--defaults")
    _renew(origin, project)
    whole = _time_of(words, tmp_path)
    for number in range(SAMPLES):
        _renew(origin, project)
        sign = (signal.SIGINT, signal.SIGTERM)[number % 2]
        done = _stopped_after(words, tmp_path, whole * (number + 3) / (SAMPLES + 2), sign)
        if done.returncode not in STARTING or _state(project) != old:
            _check_update(done, project, old, new)


# ---------------------------------------------------------------- held back


@pytest.mark.parametrize("number", STOP_SIGNALS)
def test_a_signal_that_nobody_checks_is_delivered_at_the_end(number: signal.Signals) -> None:
    came: list[int] = []
    with handle_signals(lambda sign, _frame: came.append(sign)):
        with hold_signals():
            signal.raise_signal(number)
            assert came == []
        assert came == [number]


def test_a_signal_that_was_checked_is_not_delivered_again() -> None:
    came: list[int] = []
    with handle_signals(lambda sign, _frame: came.append(sign)):
        with pytest.raises(Interrupted), hold_signals() as check:
            signal.raise_signal(signal.SIGTERM)
            check()
        assert came == []


def test_a_signal_is_delivered_though_what_was_held_failed() -> None:
    came: list[int] = []
    with handle_signals(lambda sign, _frame: came.append(sign)):
        with pytest.raises(ScaffoldError, match="full"), hold_signals():
            signal.raise_signal(signal.SIGINT)
            raise ScaffoldError("full")
        assert came == [signal.SIGINT]


def test_handlers_are_given_back_whole_when_a_signal_comes_meanwhile() -> None:
    def stop(_number: int, _frame: object) -> None:
        raise Interrupted

    before = [signal.getsignal(number) for number in STOP_SIGNALS]
    with handle_signals(stop):
        for _ in range(30):
            sender = threading.Timer(0.005, os.kill, (os.getpid(), signal.SIGINT))
            with pytest.raises(Interrupted):
                sender.start()
                for _ in range(100_000):
                    with hold_signals():
                        pass
            sender.join()
            assert [signal.getsignal(number) for number in STOP_SIGNALS] == [stop] * len(
                STOP_SIGNALS
            )
    assert [signal.getsignal(number) for number in STOP_SIGNALS] == before


def test_an_interrupt_is_no_exception_that_anybody_takes_for_a_failure() -> None:
    assert not issubclass(Interrupted, Exception)


def test_an_interrupt_says_what_was_done_before_it() -> None:
    clear_results()
    assert Interrupted().what == "interrupted, nothing was changed"
    add_result("/a is updated")
    add_result("/b is updated")
    assert Interrupted().what == "interrupted, /a is updated; /b is updated"
    clear_results()
