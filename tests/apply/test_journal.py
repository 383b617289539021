"""Files written aside, and the folders that an update makes or empties."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from scaffold.apply.journal import (
    StalePlan,
    list_emptied_folders,
    list_new_folders,
    write_aside,
)
from scaffold.merge import LINK, PROGRAM, list_parents

from ..helpers.factories import tree

pytestmark = pytest.mark.unit


def get_mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_link_is_written_aside_as_a_link(tmp_path: Path) -> None:
    found = write_aside(tmp_path / "new", LINK, b"a/b.txt", tmp_path / "old")
    assert (tmp_path / "new").readlink() == Path("a/b.txt")
    assert found == write_aside(tmp_path / "again", LINK, b"a/b.txt", tmp_path / "old")
    assert found != write_aside(tmp_path / "other", LINK, b"a/c.txt", tmp_path / "old")


@pytest.mark.parametrize(
    ("mode", "before", "after"),
    [
        pytest.param("100644", 0o640, 0o640, id="a file as it was"),
        pytest.param("100644", 0o755, 0o644, id="a program becomes a file"),
        pytest.param(PROGRAM, 0o644, 0o755, id="a file becomes a program"),
        pytest.param(PROGRAM, 0o640, 0o750, id="a program only for those who may read"),
    ],
)
def test_a_file_keeps_the_permissions_of_the_old_one(
    tmp_path: Path, mode: str, before: int, after: int
) -> None:
    old = tree(tmp_path, {"old": "x"}) / "old"
    old.chmod(before)
    write_aside(tmp_path / "new", mode, b"y", old)
    assert get_mode(tmp_path / "new") == after


@pytest.mark.parametrize("like", ["gone", "file/below"])
def test_a_file_need_not_replace_one(tmp_path: Path, like: str) -> None:
    tree(tmp_path, {"file": "x"})
    write_aside(tmp_path / "new", "100644", b"y", tmp_path / like)
    assert (tmp_path / "new").read_bytes() == b"y"


def test_parents_leave_out_the_project_itself() -> None:
    assert list_parents("a/b/c.txt") == ["a/b", "a"]
    assert list_parents("c.txt") == []


def test_new_folders_are_those_that_are_missing_or_replace_a_file(tmp_path: Path) -> None:
    tree(tmp_path, {"here/x.txt": "", "file": ""})
    created = ["here/y.txt", "new/deep/z.txt", "file/inner.txt"]
    assert list_new_folders(tmp_path, created, ["file"]) == ("file", "new", "new/deep")


def test_a_folder_that_was_there_and_is_removed_is_new_again(tmp_path: Path) -> None:
    tree(tmp_path, {"there/x.txt": ""})
    assert list_new_folders(tmp_path, ["there/y.txt"], ["there"]) == ("there",)


def test_emptied_folders_are_above_removed_files_and_below_replaced_folders(
    tmp_path: Path,
) -> None:
    tree(tmp_path, {"a/x.txt": "", "b/inner/y.txt": "", "c/z.txt": "", "kept/k.txt": ""})
    (tmp_path / "a").chmod(0o750)
    found = dict(list_emptied_folders(tmp_path, ["b", "c"], ["a/x.txt", "b/inner/y.txt"]))
    assert set(found) == {"a", "b", "b/inner", "c"}
    assert found["a"] == 0o750


def test_a_plan_that_went_stale_has_a_next_step() -> None:
    assert StalePlan("a.txt").hint == "Nothing was changed. Run the command again."
