"""Temporary folders: gone after every run, and where there is no room the error names the place."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scaffold.errors import ScaffoldError
from scaffold.host.temporary import is_about_folder, make_temporary_folder

from ..helpers.blueprints_on_disk import repository
from ..helpers.factories import git

RECORD = "{{ _copier_conf.answers_file }}.jinja"
FILES = {"copier.yml": "", RECORD: "{{ _copier_answers|to_yaml }}"}
LONG = {f"f{n}.txt": "x" * 100_000 for n in range(8)}


def _run(*words: str, cwd: Path, temporary: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scaffold", *words]
    env = {**os.environ, "TMPDIR": str(temporary)}
    return subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount")
    if done.returncode:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of the first of two versions, which do not fit into the small file system."""
    versions = {
        "v1.0.0": {**FILES, **LONG},
        "v2.0.0": {**FILES, **LONG, "new.txt": "y" * 100_000},
    }
    source = repository(tmp_path / "b", versions)
    made = ("new", "p", "-b", str(source), "--to", "v1.0.0", "--defaults")
    assert _run(*made, cwd=tmp_path, temporary=tmp_path).returncode == 0
    return tmp_path / "p"


@pytest.mark.parametrize(
    "words",
    [
        ("new", "q", "-b", "b", "--defaults"),
        ("update", "p", "--defaults"),
        ("update", "p", "--defaults", "--dry-run"),
        ("diff", "p", "--to", "v2.0.0"),
        ("show", "b"),
        ("check", "p"),
    ],
    ids=" ".join,
)
def test_a_full_temporary_folder_is_named(
    tmp_path: Path, project: Path, small: Path, words: tuple[str, ...]
) -> None:
    done = _run(*words, cwd=tmp_path, temporary=small)
    if words[0] == "check":
        assert done.returncode == 3, done
        return
    assert done.returncode == 1, done
    assert str(small) in done.stderr
    assert "room" in done.stderr
    assert list(small.iterdir()) == []
    assert git(project, "status", "--porcelain") == ""
    assert not (tmp_path / "q").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("update", "p", "--defaults"),
        ("update", "p", "--defaults", "--dry-run"),
        ("diff", "p", "--to", "v2.0.0"),
        ("new", "small/q", "-b", "b", "--to", "v2.0.0", "--defaults"),
    ],
    ids=" ".join,
)
def test_a_render_that_has_no_room_names_the_place(
    tmp_path: Path, small: Path, words: tuple[str, ...]
) -> None:
    large = {f"f{n}.txt.jinja": "{{ 'x' * 100000 }}" for n in range(4)}
    source = repository(tmp_path / "b", {"v1.0.0": FILES, "v2.0.0": {**FILES, **large}})
    made = ("new", "p", "-b", str(source), "--to", "v1.0.0", "--defaults")
    assert _run(*made, cwd=tmp_path, temporary=tmp_path).returncode == 0
    done = _run(*words, cwd=tmp_path, temporary=small if words[0] != "new" else tmp_path)
    assert done.returncode == 1, done
    assert f"{small} is full: No space left on device" in done.stderr
    assert list(small.iterdir()) == []
    assert git(tmp_path / "p", "status", "--porcelain") == ""


@pytest.mark.parametrize("kind", ["missing", "a file", "read-only"])
def test_a_temporary_folder_that_is_none_is_not_needed(
    tmp_path: Path, project: Path, kind: str
) -> None:
    folder = tmp_path / "t"
    if kind == "a file":
        folder.write_text("")
    elif kind == "read-only":
        folder.mkdir(mode=0o500)
    for words in (("check", "p"), ("update", "p", "--defaults"), ("diff", "p")):
        done = _run(*words, cwd=tmp_path, temporary=folder)
        assert done.returncode in (0, 3), done


def test_where_no_temporary_folder_can_be_made_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    with (
        pytest.raises(ScaffoldError, match="none cannot be written") as caught,
        make_temporary_folder(),
    ):
        pass
    assert "TMPDIR" in caught.value.hint


def test_an_error_of_another_place_is_not_taken(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), make_temporary_folder():
        (tmp_path / "absent").read_text()
    with pytest.raises(ScaffoldError, match="absent"), make_temporary_folder() as folder:
        (folder / "absent").read_text()
    assert not is_about_folder(OSError(28, "full"), tmp_path)


def test_what_a_killed_run_left_is_removed_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    left = tmp_path / f"scaffold-{gone.pid}-abc"
    alive = tmp_path / f"scaffold-{os.getppid()}-abc"
    foreign = tmp_path / f"scaffold-{gone.pid}"
    linked = tmp_path / f"scaffold-{gone.pid}-link"
    for folder in (left / "deep", alive, foreign, tmp_path / "mine"):
        folder.mkdir(parents=True)
    linked.symlink_to(tmp_path / "mine")
    (left / "deep").chmod(0o000)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with make_temporary_folder() as made:
        assert made.name.startswith(f"scaffold-{os.getpid()}-")
        assert not left.exists()
    assert not made.exists()
    assert sorted(tmp_path.iterdir()) == sorted([alive, foreign, linked, tmp_path / "mine"])
