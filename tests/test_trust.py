"""Whose code runs and whose server is asked: nobody's, unless a person said so.

Each blueprint that wants to run code here would leave a canary. Servers are real: git fetches over
HTTP from this machine, and what was asked of it is known.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from tools.terminal import ENTER, SCAFFOLD, Terminal

from scaffold import Inputs, create, update
from scaffold.blueprint import find
from scaffold.errors import ScaffoldError, UsageError
from scaffold.operations.check import check
from scaffold.operations.diff import diff
from scaffold.operations.filling import answers_file
from scaffold.operations.update import Options
from scaffold.trust import covers, identity, is_remote

from .blueprints_on_disk import copier_template, repository, run_git, tree
from .factories import files_of

RECORD = ".copier-answers.yml"
PLAIN = copier_template()


def blueprint(settings: str) -> dict[str, str]:
    """A plain template that has these settings, too."""
    return {**PLAIN, "copier.yml": settings + PLAIN["copier.yml"]}


@dataclass
class Person:
    """Answers whatever is asked, and remembers it."""

    agrees: bool
    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def __call__(self, question: str, lines: Sequence[str]) -> bool:
        self.asked.append((question, tuple(lines)))
        return self.agrees


def said(person: Person | None = None, **environ: str) -> Inputs:
    return Inputs(defaults=True, confirm=person, environ={**os.environ, **environ})


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """What the code of a blueprint makes."""
    return tmp_path / "ran"


@pytest.fixture
def codes(
    tmp_path: Path, canary: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Mapping[str, str]]:
    """The settings of a blueprint that would run code, by kind."""
    extension = (
        f"from pathlib import Path\nPath({str(canary)!r}).touch()\n"
        "from jinja2.ext import Extension\nclass Canary(Extension): ...\n"
    )
    tree(tmp_path / "modules", {"canary_extension.py": extension})
    monkeypatch.syspath_prepend(tmp_path / "modules")
    yield {
        "tasks": f"_tasks: ['touch {canary}']\n",
        "migrations": f"_migrations: ['touch {canary}']\n",
        "jinja extensions": "_jinja_extensions: [canary_extension.Canary]\n",
    }
    sys.modules.pop("canary_extension", None)


KINDS = ["tasks", "migrations", "jinja extensions"]


def two_versions(root: Path, code: str) -> Path:
    """A blueprint whose second version wants to run code."""
    return repository(root, {"v1": PLAIN, "v2": blueprint(code)})


def release(source: Path, tag: str, *, text: str = "") -> None:
    """Another commit with a tag, which may stand elsewhere already."""
    tree(source, {"template/more.txt": f"{tag} {text}\n"})
    run_git("add", "-A", cwd=source)
    run_git("commit", "-q", "-m", tag, cwd=source)
    run_git("tag", "-f", tag, cwd=source)


# ---------------------------------------------------------------- code


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dry_run", [False, True], ids=["", "dry run"])
def test_code_does_not_run_unasked(
    tmp_path: Path, canary: Path, codes: Mapping[str, str], kind: str, dry_run: bool
) -> None:
    """Neither in `new` nor in `update`; what would run is shown, and nothing is written."""
    source = two_versions(tmp_path / "source", codes[kind])
    project = create(tmp_path / "p", str(source), said(), version="v1").path
    before = files_of(project)
    with pytest.raises(ScaffoldError, match=f"source v2 wants to run code: {kind}") as caught:
        update(project, said(), Options(dry_run=dry_run))
    head = run_git("rev-parse", "v2", cwd=source)
    assert f"from {source} at {head}" in caught.value.details
    code = yaml.safe_load(codes[kind]).popitem()[1][0]
    assert any(code in line for line in caught.value.details), caught.value.details
    assert "add --trust" in caught.value.hint
    assert ("--skip-tasks" in caught.value.hint) == (kind != "jinja extensions")
    if kind != "migrations":
        with pytest.raises(ScaffoldError, match="wants to run code"):
            create(tmp_path / "q", str(source), said(), dry_run=dry_run)
    assert not (tmp_path / "q").exists()
    assert files_of(project) == before
    assert not canary.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_trust_holds_for_one_commit(
    tmp_path: Path, canary: Path, codes: Mapping[str, str], kind: str
) -> None:
    source = two_versions(tmp_path / "source", codes[kind])
    create(tmp_path / "p", str(source), said(), version="v1")
    shutil.copytree(tmp_path / "p", tmp_path / "same")
    shutil.copytree(tmp_path / "p", tmp_path / "next")
    update(tmp_path / "p", said(), Options(trust=True))
    assert canary.exists()
    canary.unlink()
    sys.modules.pop("canary_extension", None)
    update(tmp_path / "same", said())
    assert canary.exists()
    canary.unlink()
    sys.modules.pop("canary_extension", None)
    trusted = run_git("rev-parse", "v2", cwd=source)
    release(source, "v3")
    with pytest.raises(ScaffoldError, match="source v3 wants to run code") as caught:
        update(tmp_path / "next", said())
    assert f"you trusted another commit of it before: {trusted}" in caught.value.details
    assert not canary.exists()


def test_trust_does_not_pass_to_another_source(
    tmp_path: Path, canary: Path, codes: Mapping[str, str]
) -> None:
    """Not even where the commit is the same: who serves it may serve another one next."""
    source = repository(tmp_path / "source", {"v1": blueprint(codes["tasks"])})
    create(tmp_path / "p", str(source), said(), trust=True)
    canary.unlink()
    run_git("clone", "-q", str(source), str(tmp_path / "fork"), cwd=tmp_path)
    with pytest.raises(ScaffoldError, match="wants to run code"):
        create(tmp_path / "q", str(tmp_path / "fork"), said())
    assert not canary.exists()


@pytest.mark.parametrize("agrees", [True, False])
def test_a_person_is_asked_and_told_what_would_run(
    tmp_path: Path, canary: Path, codes: Mapping[str, str], agrees: bool
) -> None:
    source = repository(tmp_path / "source", {"v1": blueprint(codes["tasks"])})
    person = Person(agrees)
    if agrees:
        create(tmp_path / "p", str(source), said(person))
    else:
        with pytest.raises(ScaffoldError, match="wants to run code: tasks"):
            create(tmp_path / "p", str(source), said(person))
    question, lines = person.asked[0]
    assert question == "source v1 wants to run code: tasks. Let it run?"
    assert lines[1:] == (f"_tasks: touch {canary}",)
    assert len(person.asked) == 1
    assert (canary.exists(), (tmp_path / "p").exists()) == (agrees, agrees)


@pytest.mark.parametrize("kind", ["tasks", "migrations"])
def test_tasks_can_be_left_out(
    tmp_path: Path, canary: Path, codes: Mapping[str, str], kind: str
) -> None:
    source = two_versions(tmp_path / "source", codes[kind])
    create(tmp_path / "p", str(source), said(), version="v1")
    update(tmp_path / "p", said(), Options(skip_tasks=True))
    create(tmp_path / "q", str(source), said(), skip_tasks=True)
    assert not canary.exists()
    assert (tmp_path / "q/hello.txt").exists()


def test_a_dry_run_that_is_trusted_runs_tasks_aside(tmp_path: Path) -> None:
    """What they make is in the tree that is shown, and nowhere else."""
    source = repository(tmp_path / "source", {"v1": blueprint("_tasks: ['touch made.txt']\n")})
    made = create(tmp_path / "p", str(source), said(), trust=True, dry_run=True)
    assert "made.txt" in [file.path for file in made.files]
    assert not (tmp_path / "p").exists()


def test_a_folder_without_commits_is_asked_for_each_time(
    tmp_path: Path, canary: Path, codes: Mapping[str, str]
) -> None:
    source = tree(tmp_path / "folder", blueprint(codes["tasks"]))
    create(tmp_path / "p", str(source), said(), trust=True)
    canary.unlink()
    with pytest.raises(ScaffoldError, match="wants to run code"):
        create(tmp_path / "q", str(source), said())
    assert not canary.exists()


@pytest.mark.parametrize("file", [".config/scaffold/config.yml", ".config/copier/settings.yml"])
@pytest.mark.parametrize("entry", ["source", ""], ids=["itself", "all below"])
def test_a_source_that_is_listed_runs_at_any_commit(
    home: Path, tmp_path: Path, canary: Path, codes: Mapping[str, str], *, file: str, entry: str
) -> None:
    """In CI, too: the list is what a job has to say it with."""
    source = repository(tmp_path / "source", {"v1": blueprint(codes["tasks"])})
    tree(home, {file: f"trust: ['{tmp_path}/{entry}']\n"})
    create(tmp_path / "p", str(source), said(CI="true"))
    assert canary.exists()


def test_a_damaged_list_trusts_nobody(
    home: Path, tmp_path: Path, canary: Path, codes: Mapping[str, str]
) -> None:
    source = repository(tmp_path / "source", {"v1": blueprint(codes["tasks"])})
    tree(home, {".config/scaffold/config.yml": f"trust: ['{source}'\n"})
    with pytest.raises(ScaffoldError, match="is not YAML"):
        create(tmp_path / "p", str(source), said(CI="true"))
    assert not canary.exists()


# ---------------------------------------------------------------- a tag that moves


def test_a_tag_that_moved_stops_and_asks(
    tmp_path: Path, canary: Path, codes: Mapping[str, str]
) -> None:
    source = repository(tmp_path / "source", {"v1": PLAIN})
    project = create(tmp_path / "p", str(source), said()).path
    before, was = files_of(project), run_git("rev-parse", "v1", cwd=source)
    tree(source, blueprint(codes["tasks"]))
    release(source, "v1", text="moved")
    release(source, "v2")
    for attempt in (
        partial(update, project, said()),
        partial(update, project, said(), Options("current", trust=True, yes=True)),
        partial(diff, project),
    ):
        with pytest.raises(ScaffoldError, match="source v1 is not what it was") as caught:
            attempt()
        assert "Ask the blueprint's owners" in caught.value.hint
        assert was[:12] in caught.value.what
    assert (files_of(project), canary.exists()) == (before, False)
    person = Person(agrees=False)
    with pytest.raises(ScaffoldError, match="is not what it was"):
        update(project, said(person))
    assert person.asked[0][0].endswith("Go on?")


def test_a_person_may_go_on_and_base_is_what_it_was(tmp_path: Path) -> None:
    """The commit that the record names is there still, so nothing of the user's is lost."""
    source = repository(tmp_path / "source", {"v1": PLAIN})
    project = create(tmp_path / "p", str(source), said()).path
    release(source, "v1", text="moved")
    release(source, "v2")
    person = Person(agrees=True)
    done = update(project, said(person))
    assert (done.written, len(person.asked)) == (True, 1)
    assert (project / "template/more.txt").exists() is False
    assert (project / "more.txt").read_text() == "v2 \n"


# ---------------------------------------------------------------- servers


@dataclass
class Server:
    """Serves what lies in a folder, and remembers what was asked for."""

    folder: Path
    url: str
    asked: list[str]

    def blueprint(self, name: str, versions: Mapping[str, Mapping[str, str]]) -> str:
        """A blueprint with an address of its own."""
        repository(self.folder / f"{name}.work", versions)
        self.publish(name)
        return f"{self.url}/{name}.git"

    def publish(self, name: str) -> None:
        """Serve what a blueprint holds now."""
        bare = self.folder / f"{name}.git"
        shutil.rmtree(bare, ignore_errors=True)
        work = str(self.folder / f"{name}.work")
        run_git("clone", "-q", "--bare", work, str(bare), cwd=self.folder)
        run_git("--git-dir", str(bare), "update-server-info", cwd=self.folder)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            asked.append(self.path)

    folder = tmp_path / "served"
    folder.mkdir()
    serving = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=serving.serve_forever, args=(0.05,))
    thread.start()
    yield Server(folder, f"http://127.0.0.1:{serving.server_port}", asked)
    serving.shutdown()
    thread.join()
    serving.server_close()


def another_user(home: Path) -> None:
    """Forget what was used and trusted, and all copies: as on a colleague's machine."""
    shutil.rmtree(home / ".local", ignore_errors=True)
    shutil.rmtree(home / ".cache", ignore_errors=True)


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
        project, said(say.get("confirm")), Options(yes=say.get("yes", False), dry_run=True)
    ),
    "diff": lambda project, **say: diff(
        project, Options(yes=say.get("yes", False)), say.get("confirm")
    ),
    "answers": lambda project, **say: answers_file(project=project, **say),
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


def test_a_server_that_was_let_in_runs_no_code(
    home: Path, tmp_path: Path, server: Server, canary: Path, codes: Mapping[str, str]
) -> None:
    url = server.blueprint("acme", {"v1": PLAIN, "v2": blueprint(codes["tasks"])})
    project = create(tmp_path / "p", url, said(), version="v1").path
    with pytest.raises(ScaffoldError, match="wants to run code"):
        update(project, said(), Options(yes=True))
    assert not canary.exists()
    update(project, said(), Options(trust=True))
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
        assert "which you have not used before. Go on?" in " ".join(shown.split())
        assert server.asked == []
        terminal.types("n", ENTER)
        assert terminal.ends() == 1
        assert server.asked == []
    finally:
        terminal.closes()


# ---------------------------------------------------------------- what an entry of the list means


@pytest.mark.parametrize(
    ("entry", "source"),
    [
        ("https://github.com/acme/x", "https://github.com/acme/x"),
        ("https://github.com/acme/x", "git+https://github.com/acme/x.git"),
        ("https://github.com/acme/x.git", "https://github.com/acme/x/"),
        ("https://github.com/acme/", "https://github.com/acme/x"),
        ("https://github.com/acme/", "https://github.com/acme/deep/x.git"),
        ("https://github.com/acme/", "gh:acme/x"),
        ("gh:acme/", "https://github.com/acme/x.git"),
        ("gh:acme/x", "gh:acme/x"),
        ("gl:acme/", "gl:acme/x"),
        ("git@github.com:acme/", "git@github.com:acme/x.git"),
        ("https://me:secret@x.org/acme/", "https://x.org/acme/x"),
        ("ssh://git@x.org:2222/acme/", "ssh://git@x.org:2222/acme/x"),
        ("/srv/blueprints/", "/srv/blueprints/x"),
        ("/srv/blueprints/x/", "/srv/blueprints/x"),
    ],
)
def test_an_entry_holds_for(entry: str, source: str) -> None:
    assert covers(entry, source)


@pytest.mark.parametrize(
    ("entry", "source"),
    [
        ("https://github.com/acme/", "https://github.com/acme-evil/x"),
        ("https://github.com/acme", "https://github.com/acme-evil/x"),
        ("https://github.com/acme", "https://github.com/acme/x"),
        ("https://github.com/acme/", "https://github.com/acme/../evil/x"),
        ("https://github.com/acme/", "https://github.com/acme/./../evil/x"),
        ("https://github.com/acme/", "https://github.com/acme/%2e%2e/evil/x"),
        ("https://github.com/acme/", "https://github.com/acme/..%2fevil/x"),
        ("https://github.com/acme/", "https://github.com/acme/..\\evil/x"),
        ("https://github.com/acme/", "https://github.com/acme/x?y=/../../evil"),
        ("https://github.com/acme/", "https://github.com/acme/x#/../../evil"),
        ("https://github.com/acme/", "https://github.com/acme/\u2025/evil/x"),
        ("https://github.com/acme/", "https://github.com/acme/x\n"),
        ("https://github.com/acme/", "https://github.com@evil.org/acme/x"),
        ("https://github.com/acme/", "https://github.com:x@evil.org/acme/x"),
        ("https://github.com/acme/", "https://evil.org/https://github.com/acme/x"),
        ("https://github.com/acme/", "https://evil.org?https://github.com/acme/x"),
        ("https://github.com/acme/", "https://github.com.evil.org/acme/x"),
        ("https://github.com/acme/", "https://evil.org#@github.com/acme/x"),
        ("https://github.com/acme/", "https://evil.org\\@github.com/acme/x "),
        ("https://github.com/acme/", "https://github.com:8443/acme/x"),
        ("https://github.com/acme/", "http://github.com/acme/x"),
        ("https://github.com/acme/", "git@github.com:acme/x"),
        ("https://github.com/acme/", "https://github.com/Acme/x"),
        ("https://github.com/acme/", "HTTPS://github.com/acme/x"),
        ("https://github.com/acme/", "https://GITHUB.COM/acme/x"),
        ("https://github.com/acme/", "gh:../evil/x"),
        ("gh:acme/", "gh:acme/../evil/x"),
        ("gh:acme/", "gh:acme-evil/x"),
        ("gh:acme/", "gl:acme/x"),
        ("git@github.com:acme/", "git@github.com:acme/../evil/x"),
        ("git@github.com:acme/", "eve@github.com:acme/x"),
        ("git@github.com:acme/", "git@github.com.evil.org:acme/x"),
        ("/srv/blueprints/", "/srv/blueprints/../evil"),
        ("/srv/blueprints/", "/srv/blueprints-evil/x"),
        ("./blueprints/", "./blueprints/x"),
        ("~nobody-of-that-name/", "~nobody-of-that-name/x"),
        ("https://", "https://github.com/acme/x"),
        ("", "https://github.com/acme/x"),
    ],
)
def test_an_entry_does_not_hold_for(entry: str, source: str) -> None:
    assert not covers(entry, source)


@pytest.mark.parametrize(
    "source",
    [
        "https://evil.org:/@github.com/acme/x",
        "git+https://evil.org:/@github.com/acme/x",
        "https://evil.org:x/@github.com/acme/x",
        "ssh://evil.org:/@github.com/acme/x",
    ],
)
def test_an_address_of_two_machines_is_refused(source: str) -> None:
    """Git takes the first one, and we took what it has for a password: the second one."""
    with pytest.raises(UsageError, match="which machine"):
        find(source)
    assert find("https://me:a%2Fb@x.org/acme/x").source == "git+https://x.org/acme/x"


@pytest.mark.parametrize(
    ("path", "is_covered"),
    [
        pytest.param("acme/good.git", True, id="below"),
        pytest.param("acme/../acme-evil/bad.git", False, id="up"),
        pytest.param("acme/%2e%2e/acme-evil/bad.git", False, id="escaped"),
        pytest.param("acme-evil/bad.git", False, id="beside"),
    ],
)
def test_a_list_is_not_fooled_by_what_git_follows(
    home: Path, tmp_path: Path, server: Server, canary: Path, *, path: str, is_covered: bool
) -> None:
    """Real requests: each of these addresses leads to a blueprint that wants to run code."""
    wanted = {"v1": blueprint(f"_tasks: ['touch {canary}']\n")}
    for name in ("acme/good", "acme-evil/bad"):
        server.blueprint(name, wanted)
    tree(home, {".config/scaffold/config.yml": f"trust: ['{server.url}/acme/']\n"})
    if is_covered:
        create(tmp_path / "p", f"{server.url}/{path}", said())
    else:
        with pytest.raises(ScaffoldError, match="wants to run code: tasks"):
            create(tmp_path / "p", f"{server.url}/{path}", said())
    assert any(name in asked for asked in server.asked for name in ("good.git", "bad.git"))
    assert canary.exists() == is_covered


@pytest.mark.parametrize(
    ("source", "remote"),
    [
        ("https://x.org/a.git", True),
        ("git@x.org:a/b.git", True),
        ("ssh://git@x.org/a.git", True),
        ("gh:acme/x", True),
        ("git+https://x.org/a", True),
        ("file:///srv/a.git", False),
        ("file://host/srv/a.git", True),
        ("lightning", False),
    ],
)
def test_another_machine_is_known_as_one(source: str, remote: bool) -> None:
    assert is_remote(find(source)) is remote


def test_one_place_has_one_name(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    assert identity(f"{tmp_path}/link/x") == identity(f"{tmp_path}/y/../x") == f"{tmp_path}/x"
    assert identity("https://me:pw@x.org/a.git/") == identity("git+https://x.org/a")
