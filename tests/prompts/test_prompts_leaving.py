"""However a person leaves, nothing stays behind: no file, no process, no strange terminal."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tools.terminal import CTRL_C, CTRL_D, ENTER

from scaffold.cli import spinner

from ..helpers.at_a_terminal import Maker
from ..helpers.blueprints_on_disk import tree

ENDLESS = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
BLUEPRINT = {
    "copier.yml": "name:\n  type: str\n  default: demo\nslow:\n  type: bool\n  default: false\n",
    "a.txt.jinja": "{{ name }}{% if slow %}" + ENDLESS + "{% endif %}\n",
}
Leave = Callable[[Maker], None]


def _question(person: Maker) -> None:
    person.sees("1 of 2")
    person.types("a", ENTER)
    person.sees("2 of 2")


def _review(person: Maker) -> None:
    _question(person)
    person.types(ENTER)
    person.sees("quit")


def _file(person: Maker) -> None:
    _review(person)
    person.types("f")
    person.sees("Which file?")
    person.types(ENTER)
    person.sees("q: close")


def _render(person: Maker) -> None:
    _question(person)
    person.types("y")
    person.sees("rendering")
    assert len(person.processes()) >= 3  # the shell, the command, the child that renders


def _sends(number: signal.Signals) -> Leave:
    return lambda person: os.kill(person.pid, number)


def _closes(person: Maker) -> None:
    person.hangs_up()
    with contextlib.suppress(ProcessLookupError):  # as shells tell what runs in them
        os.kill(person.pid, signal.SIGHUP)


def _insists(person: Maker) -> None:
    """Again and again, until nobody is there."""
    with contextlib.suppress(ProcessLookupError):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP) * 30:
            os.kill(person.pid, number)
            time.sleep(0.005)


LEAVING: dict[str, Leave] = {
    "ctrl-c": lambda person: person.types(CTRL_C),
    "ctrl-d": lambda person: person.types(CTRL_D),
    "terminated": _sends(signal.SIGTERM),
    "insisting": _insists,
    "closed": _closes,
}
CASES = [
    pytest.param(place, how, id=f"{place.__name__.strip('_')}-{how}")
    for place in (_question, _review, _render)
    for how in LEAVING
    if (place, how) != (_render, "ctrl-d")  # nobody reads then
]


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Maker]:
    someone = Maker(tmp_path, tree(tmp_path / "slow", BLUEPRINT))
    yield someone
    someone.closes()


@pytest.mark.parametrize(("place", "how"), [*CASES, pytest.param(_file, "ctrl-d", id="file")])
def test_nothing_is_left(person: Maker, place: Leave, how: str) -> None:
    place(person)
    LEAVING[how](person)
    assert person.code() == 130
    assert person.left() == []
    assert set(person.processes()) <= {person.child.pid}  # the shell may be about to end
    if how != "closed":
        assert person.ends() == 0
        assert person.restored()
        assert "interrupted, nothing was changed" in person.text()
        assert "Traceback" not in person.raw


def test_work_goes_on_where_nobody_is_left_to_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spinner, "DELAY_SECONDS", 0.01)
    reader, writer = os.pipe()
    os.close(reader)
    with spinner.Spinner(writer, 80)("rendering", False):
        time.sleep(0.1)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    os.close(writer)
