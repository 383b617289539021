"""The record is exact, and damage is an error that names the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from scaffold.errors import ScaffoldError
from scaffold.project import RECORD_NAME, read_record, stamp_record

pytestmark = pytest.mark.unit


def written(tmp_path: Path, text: str | bytes) -> Path:
    data = text if isinstance(text, bytes) else text.encode()
    (tmp_path / RECORD_NAME).write_bytes(data)
    return tmp_path


def test_a_record_that_copier_wrote_is_read(tmp_path: Path) -> None:
    text = "# Changes here will be overwritten\n_commit: v1.0.0\n_src_path: gh:a/b\nname: x\n"
    found = read_record(written(tmp_path, text))
    assert (found.source, found.version, found.commit) == ("gh:a/b", "v1.0.0", "")
    assert found.answers == {"name": "x"}


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        pytest.param("_src_path: a\nx: [1\n", 3, "not valid YAML", id="cut off"),
        pytest.param("- a\n", 1, "is not a mapping", id="a list"),
        pytest.param("", 1, "is not a mapping", id="empty"),
        pytest.param("_commit: v1\n", 1, "_src_path", id="no source"),
        pytest.param("_src_path: a\n_commit: 1.10\n", 2, "_commit is not a text", id="a number"),
        pytest.param(b"_src_path: \xff\n", 1, "not valid YAML", id="not UTF-8"),
        pytest.param("_src_path: a\n1: b\n", 1, "not the name of a question", id="a number key"),
    ],
)
def test_damage_is_told_with_its_line(
    tmp_path: Path, text: str | bytes, line: int, why: str
) -> None:
    with pytest.raises(ScaffoldError) as caught:
        read_record(written(tmp_path, text))
    assert f"{RECORD_NAME}:{line}: the record is damaged" in caught.value.what
    assert f"git checkout -- {tmp_path / RECORD_NAME}" in caught.value.hint
    assert why in caught.value.what


def test_no_record_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScaffoldError, match="Not a scaffold project"):
        read_record(tmp_path)


def test_a_record_that_is_no_file_is_told_with_the_next_step(tmp_path: Path) -> None:
    (tmp_path / RECORD_NAME).mkdir()
    with pytest.raises(ScaffoldError, match="cannot be read") as caught:
        read_record(tmp_path)
    assert caught.value.hint == "Make it a file that you may read, then run the command again."


def test_stamping_adds_one_line_and_keeps_every_other_byte(tmp_path: Path) -> None:
    file = written(tmp_path, "# head\n_commit: v1\n_src_path: a\n\nname: 'x'\r\n") / RECORD_NAME
    stamp_record(file, "a" * 40, "b" * 40)
    added = f"# _commit_id: {'a' * 40}\n# _tree: {'b' * 40}\n"
    expected = f"# head\n_commit: v1\n{added}_src_path: a\n\nname: 'x'\r\n"
    assert file.read_bytes() == expected.encode()
    assert (read_record(tmp_path).commit, read_record(tmp_path).tree) == ("a" * 40, "b" * 40)


def test_without_a_version_the_tree_alone_is_stamped(tmp_path: Path) -> None:
    file = written(tmp_path, "# head\n_src_path: >-\n  a\nname: x\n") / RECORD_NAME
    stamp_record(file, None, "b" * 40)
    expected = f"# head\n# _tree: {'b' * 40}\n_src_path: >-\n  a\nname: x\n"
    assert file.read_text() == expected
    assert read_record(tmp_path).tree == "b" * 40


def test_a_record_that_does_not_end_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScaffoldError) as caught:
        read_record(written(tmp_path, "_src_path: a\nname: &name [*name]\n"))
    assert RECORD_NAME in caught.value.what
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "commit"),
    [
        pytest.param("_commit: v1\n_commit_id: key\n", "key", id="a key, as it once was"),
        pytest.param("# _commit_id: line\n_commit_id: key\n", "key", id="a key that was added"),
        pytest.param("# _commit_id: line\r\n", "line", id="line ends of Windows"),
        pytest.param("text: |\n  # _commit_id: line\n", "", id="an answer that looks like it"),
        pytest.param("#_commit_id: line\n", "", id="another comment"),
    ],
)
def test_a_commit_is_read_from_a_comment_or_a_key(tmp_path: Path, text: str, commit: str) -> None:
    assert read_record(written(tmp_path, f"_src_path: a\n{text}")).commit == commit
