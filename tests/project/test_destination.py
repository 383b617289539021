"""A new project appears at once or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scaffold.errors import ScaffoldError
from scaffold.project.destination import (
    STAGE_PREFIX,
    check_destination,
    make_staging_folder,
    publish_project,
)

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("make", "dest", "why"),
    [
        pytest.param(lambda p: (p / "d").write_text(""), "d", "is not a folder", id="a file"),
        pytest.param(lambda p: (p / "d").write_text(""), "d/x", "not a folder", id="below a file"),
        pytest.param(lambda p: (p / "d").symlink_to("gone"), "d", "not a folder", id="a dead link"),
    ],
)
def test_a_destination_that_cannot_be_used_is_refused(tmp_path: Path, make, dest, why) -> None:
    make(tmp_path)
    with pytest.raises(ScaffoldError, match=why):
        check_destination(tmp_path / dest)


def fill(stage: Path) -> None:
    (stage / "sub").mkdir(parents=True)
    (stage / "sub/file").write_text("x")


@pytest.mark.parametrize("before", ["absent", "empty", "deep"])
def test_a_project_is_put_in_place(tmp_path: Path, before: str) -> None:
    dest = tmp_path / ("a/b/c" if before == "deep" else "c")
    if before == "empty":
        dest.mkdir()
    with make_staging_folder(dest) as stage:
        assert stage.name == "c"
        fill(stage)
        publish_project(stage, dest)
    assert (dest / "sub/file").read_text() == "x"
    assert [p.name for p in tmp_path.iterdir()] == [dest.relative_to(tmp_path).parts[0]]


def test_an_empty_folder_that_a_shell_stands_in_stays_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dest = tmp_path / "here"
    dest.mkdir()
    monkeypatch.chdir(dest)
    with make_staging_folder(dest) as stage:
        fill(stage)
        publish_project(stage, dest)
    assert Path("sub/file").read_text() == "x"


def test_a_failure_leaves_nothing(tmp_path: Path, home: Path) -> None:
    with (
        pytest.raises(ScaffoldError, match="No space left"),
        make_staging_folder(tmp_path / "a/b") as stage,
    ):
        fill(stage)
        raise OSError(28, "No space left on device", str(stage))
    assert list(tmp_path.iterdir()) == []
    assert list((home / ".cache/scaffold/new").iterdir()) == []


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path, home: Path) -> None:
    program = "import os, sys\nfrom pathlib import Path\n"
    program += "from scaffold.project.destination import make_staging_folder\n"
    program += (
        f"with make_staging_folder(Path({str(tmp_path / 'p')!r})) as s:\n s.mkdir()\n os._exit(9)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=False, env=dict(os.environ))
    stages = home / ".cache/scaffold/new"
    assert [p.name.startswith(STAGE_PREFIX) for p in stages.iterdir()] == [True]
    assert list(tmp_path.iterdir()) == []
    with make_staging_folder(tmp_path / "p"):
        assert len(list(stages.iterdir())) == 1
    assert list(stages.iterdir()) == []
