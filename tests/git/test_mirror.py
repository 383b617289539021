"""Copies of repositories in the user's cache, and the credentials that lead to them."""

from __future__ import annotations

import base64
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from scaffold import Inputs, create, git
from scaffold.blueprints.find import find_blueprint
from scaffold.cli.main import run
from scaffold.errors import ScaffoldError

from ..helpers.blueprints_on_disk import copier_template, repository, run_git
from ..helpers.factories import Program, tree
from ..operations.test_update import scaffold

USER, PASSWORD = "ada", "s3cr3t/t&ken"
ENCODED = "s3cr3t%2Ft%26ken"


class Server(ThreadingHTTPServer):
    """Serves a folder to whoever knows the password, and looks around meanwhile.

    Attributes:
        seen: Command lines of other programs that held the password.
        asked: What was asked for with the password.
        gate: Requests wait for it.
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        self.seen: list[str] = []
        self.asked: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self.waits = threading.Event()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class Handler(SimpleHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.seen += _command_lines_with(PASSWORD, ENCODED)
        self.server.waits.set()
        self.server.gate.wait(30)
        sent = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {sent}":
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="x"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.server.asked.append(self.path)
        super().do_GET()

    def log_message(self, *_: Any) -> None:
        pass


def _command_lines_with(*words: str) -> list[str]:
    """The command lines that hold one of some words, but for those that a person typed."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if any(word in line for word in words) and " -m scaffold " not in line:
            found.append(line)
    return found


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    source = repository(tmp_path / "work", {"v1.0.0": copier_template()})
    run_git("clone", "-q", "--bare", str(source), str(tmp_path / "www/b.git"), cwd=tmp_path)
    run_git("update-server-info", cwd=tmp_path / "www/b.git")
    made = Server(tmp_path / "www")
    thread = threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()


# ---------------------------------------------------------------- credentials


def _holders(*folders: Path) -> list[Path]:
    """The files that hold the password, however it is spelled."""
    words = [PASSWORD.encode(), ENCODED.encode(), base64.b64encode(f"{USER}:{PASSWORD}".encode())]
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return [path for path in files if any(word in path.read_bytes() for word in words)]


def test_a_password_leads_in_and_is_seen_nowhere(
    tmp_path: Path, home: Path, server: Server
) -> None:
    url = f"http://{USER}:{ENCODED}@{server.address}/b.git"
    place = tree(tmp_path / "place", {})
    made = scaffold("new", "p", "-b", url, "--defaults", "-v", cwd=place)
    assert made.returncode == 0, made.stderr
    assert (place / "p/hello.txt").read_text() == "hello world\n"
    said = [made.stdout, made.stderr]
    for command in (
        ("new", "q", "-b", url, "--defaults", "--json", "-v"),
        ("show", url, "--json"),
        ("show", url),
        ("answers", url),
        ("new", "p", "-b", url, "--defaults"),
        ("new", "r", "-b", url, "--to", "9", "--defaults"),
        ("new", "r", "-b", url.replace("b.git", "none.git"), "--defaults", "-v", "--json"),
    ):
        done = scaffold(*command, cwd=place)
        said += [done.stdout, done.stderr]
        assert done.returncode in (0, 1, 2), done.stderr
    assert not [text for text in said if PASSWORD in text or ENCODED in text]
    assert server.asked
    assert server.seen == []
    assert _holders(place, home) == []


def test_a_wrong_password_is_told_without_it(home: Path, server: Server) -> None:
    with (
        pytest.raises(ScaffoldError, match="cannot be reached") as caught,
        find_blueprint(f"http://{USER}:wr0ng-one@{server.address}/b.git").open(),
    ):
        pass
    assert "wr0ng-one" not in f"{caught.value} {caught.value.hint} {caught.value.details}"


def test_no_helper_of_the_user_hears_the_password(
    tmp_path: Path, home: Path, server: Server
) -> None:
    helper = tmp_path / "helper"
    helper.write_text(f'#!/bin/sh\n(echo "$@"; cat) >> {tmp_path}/heard\n')
    helper.chmod(0o755)
    run_git("config", "--global", "credential.helper", str(helper), cwd=tmp_path)
    git.update_mirror(f"http://{USER}:{ENCODED}@{server.address}/b.git")
    assert not (tmp_path / "heard").exists()


def test_a_helper_of_the_user_is_asked_where_the_address_has_none(
    tmp_path: Path, server: Server
) -> None:
    answer = f"!f() {{ echo username={USER}; echo 'password={PASSWORD}'; }}; f"
    run_git("config", "--global", "credential.helper", answer, cwd=tmp_path)
    copy, offline = git.update_mirror(f"http://{server.address}/b.git")
    assert not offline
    assert [tag.name for tag in git.list_tags(copy)] == ["v1.0.0"]


def test_a_token_in_a_query_is_told_where_it_belongs(server: Server) -> None:
    with pytest.raises(ScaffoldError) as caught:
        git.update_mirror(f"http://{server.address}/b.git?private_token={ENCODED}")
    assert "before the name of the server" in caught.value.hint
    assert ENCODED not in f"{caught.value} {caught.value.details}"


def test_the_log_of_a_bug_holds_no_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    url = f"https://{USER}:{ENCODED}@example.org/b.git"

    def fails(*_: object, **__: object) -> None:
        raise AssertionError(f"cannot open {url}")

    monkeypatch.setattr("scaffold.operations.new.find_blueprint", fails)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert run(["new", str(tmp_path / "p"), "-b", url, "--defaults", "--json"]) == 70
    shown = "".join(capfd.readouterr())
    [log] = tmp_path.glob("*.log")
    assert ENCODED not in shown + log.read_text()
    assert "example.org/b.git" in log.read_text()


# ---------------------------------------------------------------- a copy that is kept


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return repository(tmp_path / "source", {"v1.0.0": copier_template("one {{ name }}\n")})


def _versions(url: str) -> list[str]:
    return [tag.name for tag in git.list_tags(git.update_mirror(url)[0])]


def test_tags_that_move_or_go_are_followed(source: Path) -> None:
    url = f"file://{source}"
    run_git("tag", "v0.9.0", cwd=source)
    assert _versions(url) == ["v0.9.0", "v1.0.0"]
    tree(source, copier_template("two {{ name }}\n"))
    run_git("commit", "-qam", "two", cwd=source)
    run_git("tag", "-d", "v0.9.0", cwd=source)
    run_git("tag", "-f", "v1.0.0", cwd=source)
    assert _versions(url) == ["v1.0.0"]
    with find_blueprint(url).open() as opened:
        assert opened.commit == run_git("rev-parse", "HEAD", cwd=source)
        assert (opened.folder / "template/hello.txt.jinja").read_text() == "two {{ name }}\n"


def test_another_default_branch_is_followed(source: Path) -> None:
    url = f"file://{source}"
    run_git("tag", "-d", "v1.0.0", cwd=source)
    with find_blueprint(url).open() as opened:
        first = opened.commit
    run_git("checkout", "-q", "-b", "next", cwd=source)
    tree(source, copier_template("two\n"))
    run_git("commit", "-qam", "two", cwd=source)
    run_git("branch", "-D", "main", cwd=source)
    with find_blueprint(url).open() as opened:
        assert opened.commit == run_git("rev-parse", "next", cwd=source) != first


def test_what_the_user_calls_remotes_does_not_matter(tmp_path: Path, source: Path) -> None:
    run_git("config", "--global", "clone.defaultRemoteName", "upstream", cwd=tmp_path)
    copy, _ = git.update_mirror(f"file://{source}")
    assert not run_git("--git-dir", str(copy), "remote", cwd=tmp_path)


def test_a_project_is_made_from_the_copy_and_says_so(tmp_path: Path, source: Path) -> None:
    url = f"file://{source}"
    create(tmp_path / "a", url, Inputs(defaults=True))
    shutil.rmtree(source)
    made = create(tmp_path / "b", url, Inputs(defaults=True))
    assert (tmp_path / "b/hello.txt").read_text() == "one world\n"
    assert any("did not answer" in note for note in made.notes)


def _refs_gone(copy: Path) -> None:
    (copy / "packed-refs").write_text("")


def _objects_gone(copy: Path) -> None:
    shutil.rmtree(copy / "objects")


def _head_gone(copy: Path) -> None:
    (copy / "HEAD").unlink()


def _all_gone(copy: Path) -> None:
    shutil.rmtree(copy)
    copy.mkdir()


def _cut_off(copy: Path) -> None:
    for path in (p for p in (copy / "objects").rglob("*") if p.is_file()):
        path.chmod(0o644)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _left_locked(copy: Path) -> None:
    (copy / "packed-refs.lock").write_text("")
    (copy / "refs/tags").mkdir(parents=True, exist_ok=True)
    (copy / "refs/tags/v2.0.0.lock").write_text("")


def _left_half(copy: Path) -> None:
    tree(copy.with_suffix(".new"), {"HEAD": "half"})
    tree(copy.with_suffix(".old"), {"HEAD": "half"})


DAMAGES: list[Callable[[Path], None]] = [
    _refs_gone,
    _objects_gone,
    _head_gone,
    _all_gone,
    _cut_off,
    _left_locked,
    _left_half,
]


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("is_new", [True, False], ids=["with a new version", "unchanged"])
def test_a_damaged_copy_is_made_again(
    source: Path, damage: Callable[[Path], None], is_new: bool
) -> None:
    url = f"file://{source}"
    copy, _ = git.update_mirror(url)
    damage(copy)
    if is_new:
        tree(source, copier_template("two {{ name }}\n"))
        run_git("commit", "-qam", "two", cwd=source)
        run_git("tag", "v2.0.0", cwd=source)
    with find_blueprint(url).open() as opened:
        assert opened.version == ("v2.0.0" if is_new else "v1.0.0")
        text = (opened.folder / "template/hello.txt.jinja").read_text()
        assert text == ("two {{ name }}\n" if is_new else "one {{ name }}\n")
        assert not opened.offline
    assert {path.suffix for path in copy.parent.iterdir()} == {"", ".lock"}


@pytest.mark.parametrize("damage", [_objects_gone, _head_gone, _all_gone])
def test_a_damaged_copy_that_cannot_be_made_again_is_told(
    source: Path, damage: Callable[[Path], None]
) -> None:
    url = f"file://{source}"
    copy, _ = git.update_mirror(url)
    damage(copy)
    shutil.rmtree(source)
    with (
        pytest.raises(ScaffoldError, match="cannot be reached"),
        find_blueprint(url).open() as opened,
    ):
        opened.folder.exists()


PROGRAM = "import sys; from scaffold import git; print(git.update_mirror(sys.argv[1]))"


def _start(url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_many_at_once_make_one_copy(source: Path) -> None:
    url = f"file://{source}"
    running = [_start(url) for _ in range(5)]
    said = [process.communicate(timeout=60) for process in running]
    assert {process.returncode for process in running} == {0}, said
    assert len({out for out, _ in said}) == 1
    assert "False" in said[0][0]
    assert {path.suffix for path in git.get_mirror_path(url).parent.iterdir()} == {"", ".lock"}


def test_a_clone_that_is_killed_leaves_no_half(server: Server) -> None:
    url = f"http://{USER}:{ENCODED}@{server.address}/b.git"
    server.gate.clear()
    first = _start(url)
    assert server.waits.wait(30)
    first.kill()
    first.communicate()
    copy = git.get_mirror_path(url)
    assert not copy.exists()
    threading.Timer(0.2, server.gate.set).start()  # git, left alone, holds the lock till then
    assert git.update_mirror(url) == (copy, False)
    assert git.is_intact(copy)
    assert {path.suffix for path in copy.parent.iterdir()} == {"", ".lock"}


def test_a_clone_that_is_interrupted_leaves_nothing(tmp_path: Path, server: Server) -> None:
    server.gate.clear()
    url = f"http://{USER}:{ENCODED}@{server.address}/b.git"
    command = [sys.executable, "-m", "scaffold", "new", "p", "-b", url, "--defaults"]
    running = subprocess.Popen(
        command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert server.waits.wait(30)
    os.killpg(running.pid, signal.SIGINT)
    _, said = running.communicate(timeout=30)
    server.gate.set()
    assert running.returncode == 130, said
    assert {path.suffix for path in git.get_mirror_path(url).parent.iterdir()} == {".lock"}


def _grow(source: Path, name: str) -> None:
    (source / name).write_bytes(os.urandom(200_000))
    run_git("add", "-A", cwd=source)
    run_git("commit", "-qm", name, cwd=source)


def test_where_there_is_no_room_that_is_told(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _grow(source, "one")
    url, path = f"file://{source}", os.environ["PATH"]
    full = f"#!/bin/sh\ntrap '' XFSZ\nulimit -f 20\nexec {shutil.which('git')} \"$@\"\n"
    tree(tmp_path / "full", {"git": Program(full)})  # git, where no file can grow
    for name in ("none yet", "one that is old"):
        monkeypatch.setenv("PATH", f"{tmp_path}/full:{path}")
        with pytest.raises(ScaffoldError, match="there is no room for a copy of") as caught:
            git.update_mirror(url)
        assert "XDG_CACHE_HOME" in caught.value.hint, name
        assert not git.get_mirror_path(url).with_suffix(".new").exists()
        monkeypatch.setenv("PATH", path)
        assert git.update_mirror(url)[1] is False
        _grow(source, name)


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_cache_that_cannot_be_written_is_told(home: Path, source: Path, kind: str) -> None:
    cache = home / ".cache/scaffold"
    cache.mkdir(parents=True)
    (cache / "git").write_text("") if kind == "file" else (cache / "git").symlink_to("/proc/self")
    with pytest.raises(ScaffoldError, match=r"cache .* cannot be written") as caught:
        git.update_mirror(f"file://{source}")
    assert "XDG_CACHE_HOME" in caught.value.hint


def test_an_empty_repository_is_told(tmp_path: Path) -> None:
    run_git("init", "-q", "--bare", str(tmp_path / "empty.git"), cwd=tmp_path)
    with (
        pytest.raises(ScaffoldError) as caught,
        find_blueprint(f"file://{tmp_path}/empty.git").open(),
    ):
        pass
    assert caught.value.exit_code in (1, 2)
