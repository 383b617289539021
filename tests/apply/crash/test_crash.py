"""A killed, failing or interrupted update leaves the old or the new tree, whenever it happens."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ...helpers.factories import Content, Link, Program, commit, edit, git, repo, tree

HERE = Path(__file__).parent
BODY = "".join(f"line {n}\n" for n in range(1, 41))
BASE: dict[str, Content] = {
    "record.yml": "v: 1\n",
    "same.txt": BODY,
    "both.txt": BODY,
    "clash.txt": BODY,
    "gone/deep/er.txt": "x\n",
    "old/name.py": BODY.replace("line", "name"),
    "file": "a file\n",
    "folder/in/it.txt": "it\n",
    "run.sh": "#!/bin/sh\n",
    "link": Link("same.txt"),
    "i.png": bytes(range(256)),
}
THEIRS: dict[str, Content] = {
    "record.yml": "v: 2\n",
    "same.txt": BODY.replace("line 5\n", "line five\n"),
    "both.txt": BODY.replace("line 5\n", "line five\n"),
    "clash.txt": BODY.replace("line 5\n", "line five\n"),
    "new/name.py": BODY.replace("line", "name"),
    "file/now/a folder": "yes\n",
    "folder": "now a file\n",
    "run.sh": Program("#!/bin/sh\n"),
    "link": Link("both.txt"),
    "i.png": bytes(range(255, -1, -1)),
    "added/here.txt": "here\n",
    ".gitignore": "data/\n",
    "conf.yaml": "theirs: 2\n",
}
MINE: dict[str, Content | None] = {
    "both.txt": BODY.replace("line 30\n", "line mine\n"),
    "clash.txt": BODY.replace("line 5\n", "line mine\n"),
    "old/name.py": BODY.replace("line", "name") + "mine\n",
    "mine.txt": "mine\n",
}
UNBORN: dict[str, Content] = {
    "both.txt": "mine\n",
    "same.txt": THEIRS["same.txt"],
    "conf.yaml": "mine: 1\n",
    ".gitignore": "*.log\n",
    "mine.txt": "mine\n",
    "i.png": b"\0mine",
}
# A second blueprint over the first: it shares a file with it.
BASE2: dict[str, Content] = {"record2.yml": "v: 1\n", "both.txt": BODY, "ci.txt": "1\n"}
THEIRS2: dict[str, Content] = {
    "record2.yml": "v: 2\n",
    "both.txt": BODY.replace("line 20\n", "line twenty\n"),
    "ci.txt": "2\n",
    "ci/new.txt": "new\n",
}
EVERY: dict[str, list[int]] = {"kills": [], "failures": [], "interrupts": [], "failing_git": []}


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        pytest.skip("needs a C compiler")
    library = tmp_path_factory.mktemp("shim") / "shim.so"
    command = [
        compiler,
        "-shared",
        "-fPIC",
        "-O1",
        "-o",
        str(library),
        str(HERE / "shim.c"),
        "-ldl",
    ]
    subprocess.run(command, check=True)
    return library


@pytest.fixture
def home_in_memory(tmp_path: Path) -> Iterator[Path]:
    """Thousands of trials that write to the disk itself are slow on a real one."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


def _unborn(folder: Path) -> None:
    """A repository without a commit or an index, whose files were never added."""
    tree(folder, UNBORN)
    git(folder, "init", "--quiet")


def run(home: Path, shim: Path, kind: str, prefix: str, trials: dict[str, Any]) -> dict[str, Any]:
    tree(home / "base", BASE)
    tree(home / "theirs", THEIRS)
    tree(home / "base2", BASE2)
    tree(home / "theirs2", THEIRS2)
    if kind.endswith("new"):
        _unborn(home / "old")
    else:
        edit(repo(home / "old", BASE | BASE2, prefix), MINE)
        commit(home / "old")
    shutil.rmtree(home / "old/.git/hooks", ignore_errors=True)
    settings = {"kind": kind, "prefix": prefix, "trials": trials}
    (home / "settings.json").write_text(json.dumps(settings))
    done = subprocess.run(
        [sys.executable, "-m", "tests.apply.crash.driver", str(home)],
        cwd=HERE.parents[2],
        env={**os.environ, "LD_PRELOAD": str(shim)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@pytest.mark.skipif(sys.platform != "linux", reason="the shim is for Linux")
@pytest.mark.parametrize(
    ("kind", "prefix", "trials"),
    [
        pytest.param("update", "", {**EVERY, "kills_while_healing": [12]}, id="update"),
        pytest.param("update", "a/b", {"kills": []}, id="update in a folder"),
        pytest.param("all", "", {"kills": []}, id="update of two"),
        pytest.param("new", "", {**EVERY, "kills_while_healing": [6]}, id="new"),
        pytest.param("abort", "", {**EVERY, "kills_while_healing": [6]}, id="abort"),
        pytest.param("abort new", "", {"kills": [], "failures": []}, id="abort new"),
    ],
)
def test_old_or_new(
    home_in_memory: Path, shim: Path, kind: str, prefix: str, trials: dict[str, Any]
) -> None:
    result = run(home_in_memory, shim, kind, prefix, trials)
    assert result["problems"] == []
    counts = result["counts"]
    assert counts["killed, then old"] > 40
    assert counts["killed, then new"] > 1
    assert sum(counts.values()) >= result["total"]
