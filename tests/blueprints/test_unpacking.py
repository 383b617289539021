"""A built-in blueprint is unpacked once, and every byte of it is looked at before it is used."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from scaffold.blueprints.builtin import get_released_folder, unpack_archive
from scaffold.blueprints.find import find_blueprint

from ..helpers.factories import edit, files_of


def inodes(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_ino for path in sorted(folder.rglob("*"))}


def opened() -> Path:
    """The folder of the newest version, after it was closed."""
    with find_blueprint("lightning").open() as version:
        folder: Path = version.folder
    return folder


def test_it_is_unpacked_once(home: Path) -> None:
    first = opened()
    assert first.is_relative_to(home / ".cache/scaffold/unpacked")
    before, written = inodes(first), first.parent.stat().st_mtime_ns
    assert len(before) > 100
    assert opened() == first
    assert inodes(first) == before
    assert first.parent.stat().st_mtime_ns == written  # nothing was even tried beside it
    assert [path.name for path in first.parent.iterdir()] == ["lightning"]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"layers/base/README.md.jinja": "changed"}, id="changed"),
        pytest.param({"layers/base/README.md.jinja": None}, id="gone"),
        pytest.param({"layers/base/more.txt": "more"}, id="more"),
        pytest.param({"layers": None}, id="folder gone"),
    ],
)
def test_what_is_not_whole_is_unpacked_again(change: dict[str, str | None]) -> None:
    folder = opened()
    whole = files_of(folder)
    edit(folder, change)
    assert files_of(folder) != whole
    assert files_of(opened()) == whole
    assert [path.name for path in folder.parent.iterdir()] == ["lightning"]


def test_without_a_cache_it_is_unpacked_for_one_run(home: Path) -> None:
    (home / ".cache").write_text("no folder")
    with find_blueprint("lightning").open() as version:
        folder = version.folder
        assert (folder / "copier.yml").is_file()
    assert not folder.exists()


def test_runs_at_one_time_do_not_disturb_each_other(tmp_path: Path) -> None:
    archive = sorted((get_released_folder() / "lightning").glob("*.zip"))[-1]
    folder = tmp_path / "kept/lightning"
    folder.parent.mkdir()
    start = multiprocessing.get_context("spawn")
    with start.Pool(4) as pool:
        pool.starmap(unpack_archive, [(archive, folder)] * 8)
    assert len(files_of(folder)) > 100
    assert [path.name for path in folder.parent.iterdir()] == ["lightning"]
