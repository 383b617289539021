"""`scaffold new --zip`: the project as one archive, the same bytes each time."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from scaffold import Inputs, create
from scaffold.errors import ScaffoldError
from scaffold.project.archive import publish_archive

from ..helpers.factories import Files, Link, Program, tree
from ..helpers.pages import WAITING

BLUEPRINT: Files = {
    "copier.yml": "_preserve_symlinks: true\n_envops: {keep_trailing_newline: true}\nname: demo\n",
    "{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers|to_nice_yaml }}",
    "b/run.sh": Program("#!/bin/sh\n"),
    "b/ü.txt.jinja": "{{ name }} in {{ _folder_name }}\n",
    "a": Link("b/run.sh"),
    "b.txt": b"\0\xff",
}


def scaffold(*args: object, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scaffold", *map(str, args)]
    return subprocess.run(
        command,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **env},
    )


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tree(tmp_path / "s", BLUEPRINT)


def test_an_archive_holds_the_project_and_nothing_else_is_written(
    tmp_path: Path, source: Path
) -> None:
    here = tree(tmp_path / "here", {})
    done = scaffold("new", "-b", source, "--defaults", "--zip", "my-net.zip", cwd=here)
    assert (done.returncode, WAITING.sub("", done.stderr)) == (0, "")
    assert "my-net.zip: 5 files" in done.stdout
    assert os.listdir(here) == ["my-net.zip"]  # noqa: PTH208
    with zipfile.ZipFile(here / "my-net.zip") as packed:
        infos = packed.infolist()
        texts = {info.filename: packed.read(info) for info in infos}
    record = texts.pop("my-net/.copier-answers.yml")
    tree_id, _, rest = record.decode().partition("\n")
    assert re.fullmatch("# _tree: [0-9a-f]{40}", tree_id)
    assert rest == f"_src_path: {source}\nname: demo\n"
    assert texts == {
        "my-net/a": b"b/run.sh",
        "my-net/b/run.sh": b"#!/bin/sh\n",
        "my-net/b/ü.txt": b"demo in my-net\n",
        "my-net/b.txt": b"\0\xff",
    }
    assert [info.filename for info in infos] == ["my-net/.copier-answers.yml", *texts]
    modes = {info.filename.partition("/")[2]: info.external_attr >> 16 for info in infos}
    assert stat.S_ISLNK(modes["a"])
    assert (modes["b/run.sh"], modes["b.txt"]) == (0o100755, 0o100644)


def test_the_same_project_is_the_same_bytes(tmp_path: Path, source: Path) -> None:
    bytes_ = []
    for number, mask in enumerate((0o022, 0o077)):
        before = os.umask(mask)
        try:
            archive = tmp_path / f"{number}.zip"
            create(Path("demo"), str(source), Inputs(defaults=True), archive=archive)
        finally:
            os.umask(before)
        bytes_.append(archive.read_bytes())
        time.sleep(2.1 if number == 0 else 0)  # as exact as times in an archive are
    assert bytes_[0] == bytes_[1]


def test_the_folder_only_gives_its_name(tmp_path: Path, source: Path) -> None:
    tree(tmp_path / "demo", {"mine": "kept\n"})
    made = create(tmp_path / "demo", str(source), Inputs(defaults=True), archive=tmp_path / "x.zip")
    assert (made.archive, made.repository) == (tmp_path / "x.zip", False)
    assert zipfile.ZipFile(tmp_path / "x.zip").namelist()[0] == "demo/.copier-answers.yml"
    assert [path.name for path in (tmp_path / "demo").iterdir()] == ["mine"]


def test_nothing_is_replaced(tmp_path: Path, source: Path) -> None:
    (tmp_path / "x.zip").write_text("mine")
    with pytest.raises(ScaffoldError, match=r"x\.zip already exists"):
        create(Path("demo"), str(source), Inputs(defaults=True), archive=tmp_path / "x.zip")
    (tmp_path / "new").write_text("new")
    with pytest.raises(ScaffoldError, match=r"x\.zip already exists"):
        publish_archive(tmp_path / "new", tmp_path / "x.zip")
    assert (tmp_path / "x.zip").read_text() == "mine"


def test_a_missing_folder_and_a_dry_run_write_nothing(tmp_path: Path, source: Path) -> None:
    inputs = Inputs(defaults=True)
    with pytest.raises(ScaffoldError, match="there is no folder"):
        create(Path("demo"), str(source), inputs, archive=tmp_path / "no/x.zip")
    create(Path("demo"), str(source), inputs, archive=tmp_path / "x.zip", dry_run=True)
    assert not (tmp_path / "x.zip").exists()


def test_a_first_run_needs_a_folder(tmp_path: Path) -> None:
    done = scaffold("new", "--zip", "x.zip", "--first-run", "--defaults", cwd=tmp_path)
    assert (done.returncode, "contradict" in done.stderr) == (2, True)
