"""Whose server is asked: none that the user has not used, because a record names it.

Git fetches over HTTP from this machine, and what was asked of it is known.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tools.terminal import ENTER, SCAFFOLD, Terminal

from scaffold import create, update
from scaffold.errors import ScaffoldError
from scaffold.operations.answers import make_answers_file
from scaffold.operations.check import check
from scaffold.operations.diff import diff
from scaffold.operations.inputs import UpdateOptions

from ..helpers.blueprints_on_disk import repository, tree
from ..helpers.trusting import PLAIN, Person, Server, another_user, blueprint, said, serving


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path / "served") as found:
        yield found


@pytest.fixture
def foreign(home: Path, tmp_path: Path, server: Server) -> Path:
    """A project that somebody else made, as a clone of it is."""
    url = server.blueprint("acme", {"v1": PLAIN, "v2": {**PLAIN, "template/new.txt": "new\n"}})
    project = create(tmp_path / "p", url, said(), version="v1").path
    another_user(home)
    server.asked.clear()
    return project


COMMANDS: dict[str, Callable[..., Any]] = {
    "update": lambda project, **say: update(
        project, said(say.get("confirm")), UpdateOptions(yes=say.get("yes", False), dry_run=True)
    ),
    "diff": lambda project, **say: diff(
        project, UpdateOptions(yes=say.get("yes", False)), say.get("confirm")
    ),
    "answers": lambda project, **say: make_answers_file(project=project, **say),
    "check": lambda project, **say: _checked(check([project], **say)),
}


def _checked(results: Any) -> Any:
    if results[0].problem:
        raise ScaffoldError(results[0].problem)
    return results


@pytest.mark.parametrize("command", COMMANDS)
def test_a_server_is_not_asked_because_a_record_names_it(
    home: Path, server: Server, foreign: Path, command: str
) -> None:
    with pytest.raises(ScaffoldError, match="which you have not used before") as caught:
        COMMANDS[command](foreign)
    told = f"{caught.value.what} {caught.value.hint}"
    assert "add --yes" in told
    assert f"scaffold config trust git+{server.url}/acme.git" in told or (
        f"scaffold config trust {server.url}/acme.git" in told
    )
    person = Person(agrees=False)
    with pytest.raises(ScaffoldError, match="which you have not used before"):
        COMMANDS[command](foreign, confirm=person)
    assert len(person.asked) == 1
    assert server.asked == []
    assert not (home / ".cache/scaffold/git").exists()


@pytest.mark.parametrize(
    ("command", "how"),
    [
        *((command, "yes") for command in COMMANDS),
        *(("update", "a person"), ("check", "a person")),
        *(("diff", "a list"), ("answers", "new")),
    ],
)
def test_who_says_yes_once_is_not_asked_again(
    home: Path, tmp_path: Path, server: Server, foreign: Path, *, command: str, how: str
) -> None:
    say: dict[str, Any] = {}
    if how == "yes":
        say = {"yes": True}
    elif how == "a person":
        say = {"confirm": Person(agrees=True)}
    elif how == "a list":
        tree(home, {".config/scaffold/config.yml": f"trust: ['{server.url}/']\n"})
    else:
        create(tmp_path / "mine", f"{server.url}/acme.git", said())
    COMMANDS[command](foreign, **say)
    assert server.asked
    COMMANDS[command](foreign)


def test_a_server_that_was_let_in_runs_no_code(home: Path, tmp_path: Path, server: Server) -> None:
    canary = tmp_path / "ran"
    wanted = blueprint(f"_tasks: ['touch {canary}']\n")
    url = server.blueprint("acme", {"v1": PLAIN, "v2": wanted})
    project = create(tmp_path / "p", url, said(), version="v1").path
    with pytest.raises(ScaffoldError, match="wants to run code"):
        update(project, said(), UpdateOptions(yes=True))
    assert not canary.exists()
    update(project, said(), UpdateOptions(trust=True))
    assert canary.exists()


@pytest.mark.parametrize("command", ["check", "update", "diff", "answers --from ."])
def test_in_ci_the_command_refuses_with_the_next_step(
    server: Server, foreign: Path, command: str
) -> None:
    env = {**os.environ, "CI": "true"}
    run = partial(subprocess.run, cwd=foreign, env=env, capture_output=True, text=True, check=False)
    first, *more = command.split()
    refused = run([*SCAFFOLD, first, *more])
    assert (refused.returncode, server.asked) == (1, [])
    assert "add --yes" in refused.stdout + refused.stderr
    done = run([*SCAFFOLD, first, *more, "--yes"])
    assert done.returncode == (3 if command == "check" else 0), done.stderr
    assert server.asked


def test_several_projects_are_checked_without_a_question(server: Server, foreign: Path) -> None:
    person = Person(agrees=True)
    results = check([foreign, foreign], confirm=person)
    assert (person.asked, server.asked) == ([], [])
    assert all("add --yes" in result.problem for result in results)


def test_local_sources_are_not_asked_for(home: Path, tmp_path: Path) -> None:
    source = repository(tmp_path / "source", {"v1": PLAIN})
    for number, name in enumerate((str(source), f"file://{source}")):
        project = create(tmp_path / str(number), name, said()).path
        another_user(home)
        assert check([project])[0].problem == ""
    project = create(tmp_path / "built-in", "lightning", said(), start_git=False).path
    assert check([project])[0].problem == ""


def test_a_person_reads_it_at_a_terminal(server: Server, foreign: Path) -> None:
    terminal = Terminal([*SCAFFOLD, "check"], foreign, columns=100)
    try:
        shown = terminal.sees("Yes or no?")
        assert "which you have not used before. Continue?" in " ".join(shown.split())
        assert server.asked == []
        terminal.types("n", ENTER)
        assert terminal.ends() == 1
        assert server.asked == []
    finally:
        terminal.closes()
