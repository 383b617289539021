"""What a user did with blueprints is kept, whatever happens to the file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from scaffold import Inputs, create
from scaffold.user.memory import Memory

from ..helpers.blueprints_on_disk import copier_template, repository, tree


def test_memory_is_kept_from_one_command_to_the_next(home: Path) -> None:
    one = Memory()
    one.add("used", "https://x.org/a")
    one.add("used", "https://x.org/a")
    one.add("trusted", "https://x.org/a", commit="1" * 40)
    two = Memory()
    assert two.path == home / ".local/state/scaffold/memory.jsonl"
    assert two.path.stat().st_mode & 0o777 == 0o600
    assert (two.is_known("used", "https://x.org/a"), two.is_known("used", "https://x.org/b")) == (
        True,
        False,
    )
    assert two.list_trusted_commits("https://x.org/a") == ("1" * 40,)
    assert len(two.path.read_text().splitlines()) == 2
    assert (one.notes, two.notes) == ((), ())


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(b'{"used": "torn', id="torn"),
        pytest.param(b"\xff\xfe\x00", id="bytes"),
        pytest.param(b"[1]\nnull\n{}\n", id="no facts"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b"9" * 5000, id="a number that Python does not read"),
    ],
)
def test_a_damaged_line_takes_no_other_with_it(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "memory.jsonl"
    path.write_bytes(b'{"used": "a"}\n' + damage)
    memory = Memory(path)
    memory.add("used", "b")
    assert memory.notes == (f"{path} is damaged: entries that cannot be read are ignored",)
    assert [Memory(path).is_known("used", name) for name in ("a", "b")] == [True, True]


def test_memory_that_cannot_be_kept_is_told_and_no_more(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    memory = Memory(tmp_path / "file/below/memory.jsonl")
    memory.add("used", "a")
    memory.add("used", "b")
    assert memory.is_known("used", "a")
    assert [note.partition(";")[0] for note in memory.notes] == [
        f"{memory.path} cannot be read: Not a directory"
    ]
    (tmp_path / "folder").mkdir()
    unread = Memory(tmp_path / "folder")
    assert not unread.is_known("used", "a")
    assert "cannot be read: Is a directory" in unread.notes[0]


def test_new_goes_on_without_a_memory_and_says_so(home: Path, tmp_path: Path) -> None:
    source = repository(tmp_path / "source", {"v1": copier_template() | TASK})
    tree(home, {".local/state/scaffold": ""})
    made = create(tmp_path / "p", str(source), Inputs(defaults=True), trust=True)
    assert (made.path / "made.txt").is_file()
    assert any("cannot be" in note and "you may be asked again" in note for note in made.notes)


TASK = {"copier.yml": copier_template()["copier.yml"] + "_tasks: ['touch made.txt']\n"}
WRITER = """\
import sys
from pathlib import Path
from scaffold.cli import run
from scaffold.user.memory import Memory
sys.stdin.readline()
for number in range(200):
    Memory(Path(sys.argv[1])).add("used", f"{sys.argv[2]}-{number}", more="x" * 500)
"""


def test_two_commands_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "memory.jsonl"
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), name], stdin=subprocess.PIPE, text=True
        )
        for name in "ab"
    ]
    threads = [threading.Thread(target=writer.communicate, args=("go\n",)) for writer in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [writer.returncode for writer in writers] == [0, 0]
    memory = Memory(path)
    names = [json.loads(line)["used"] for line in path.read_text().splitlines() if line]
    assert (memory.is_known("used", "a-0"), memory.notes) == (True, ())
    assert sorted(names) == sorted(f"{name}-{number}" for name in "ab" for number in range(200))


def test_a_line_that_comes_in_between_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another command writes after this one has looked at the end of the file."""
    memory, read = Memory(tmp_path / "memory.jsonl"), os.read
    memory.add("used", "first")

    def slowly(file: int, count: int) -> bytes:
        monkeypatch.setattr(os, "read", read)
        found = read(file, count)
        Memory(memory.path).add("used", "in between")
        return found

    monkeypatch.setattr(os, "read", slowly)
    memory.add("used", "last")
    known = Memory(memory.path)
    assert all(known.is_known("used", what) for what in ("first", "in between", "last"))
    assert known.notes == ()
