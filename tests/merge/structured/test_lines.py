"""Lines of ignore files, git attributes and requirements: identity, comments, refusals."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scaffold.merge.structured import lines
from scaffold.merge.structured.keys import Conflict, Key
from scaffold.merge.structured.meaning import Group

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("line", "key", "meaning"),
    [
        ("-i https://a", ("option", "-i", ""), "-i https://a"),
        ("--index-url=https://a", ("option", "--index-url", ""), "--index-url=https://a"),
        ("--no-index", ("option", "--no-index", ""), "--no-index"),
        ("-r more.txt", ("option", "-r", "more.txt"), "-r more.txt"),
        ("--find-links=a=b", ("option", "--find-links", "a=b"), "--find-links=a=b"),
        ("./local/path", ("text", "./local/path"), "./local/path"),
        ("torch==2 --hash=a --hash=b", ("requirement", "torch", ""), "torch==2 --hash=a --hash=b"),
        ("torch==2 \\\n    --hash=a", ("requirement", "torch", ""), "torch==2 --hash=a"),
        ("https://x/y#egg=z", ("text", "https://x/y#egg=z"), "https://x/y#egg=z"),
    ],
)
def test_a_line_of_requirements_has_one_identity(line: str, key: Key, meaning: str) -> None:
    (entry,) = lines.outline_requirements(f"{line}  # why\n").entries
    assert (entry.key, entry.value, entry.tail) == (key, line, "  # why\n")
    assert lines.read_requirements(f"{line}\n").items == {key: meaning}


def test_a_comment_is_cut_from_the_last_line_only() -> None:
    text = "torch==2  # one \\\n  --hash=a#b  # two \\\n  --hash=c  # why\n"
    (entry,) = lines.outline_requirements(text).entries
    assert (entry.value, entry.tail) == (text[: -len("  # why\n")], "  # why\n")


def test_a_requirement_that_is_there_twice_is_left_to_people() -> None:
    with pytest.raises(Conflict):
        lines.read_requirements("torch\ntorch>=2\n")


def test_comments_of_ignore_files_are_whole_lines() -> None:
    assert lines.list_comments("# a\nb # c\n  # d\n#e \n") == ["# a", "#e"]


def is_refused(
    check: Callable[[Group, Group, Group], None],
    read: Callable[[str], Group],
    base: str,
    ours: str,
    theirs: str,
) -> bool:
    try:
        check(read(base), read(base + ours), read(base + theirs))
    except Conflict:
        return True
    return False


@pytest.mark.parametrize(
    ("ours", "theirs", "refused"),
    [
        pytest.param("*.txt text\n", "*.md -text\n", False, id="other endings"),
        pytest.param("*.txt text\n", "*.txt -text\n", False, id="one key, merged as such"),
        pytest.param("*.txt text\n", "*.txt text\n", False, id="the same line"),
        pytest.param("a.txt text\n", "b.txt -text\n", False, id="other names"),
        pytest.param("docs/a text\n", "docs -text\n", True, id="one folder"),
        pytest.param("a* text\n", "b.txt -text\n", True, id="a pattern"),
        pytest.param("*.txt text\n", "b.txt -text\n", True, id="an ending and a name"),
    ],
)
def test_attributes_that_may_meet_are_refused(ours: str, theirs: str, refused: bool) -> None:
    args = (lines.check_attributes, lines.read_attributes, "*.py text\n", ours, theirs)
    assert is_refused(*args) is refused


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "refused"),
    [
        pytest.param("a\n", "b\n", "c\n", False, id="plain patterns"),
        pytest.param("a\n", "!b\n", "c\n", False, id="an exception of another name"),
        pytest.param("a\n", "!b\n", "b\n", True, id="an exception of the same name"),
        pytest.param("a\n", "b\n", "!b\n", True, id="theirs"),
        pytest.param("a\n", "!x/b\n", "x\n", True, id="below a folder"),
        pytest.param("a\n", "!b\n", "*.log\n", True, id="a pattern"),
        pytest.param("a\na\n!b\n", "c\n", "d\n", True, id="twice among exceptions"),
        pytest.param("a\na\n", "c\n", "d\n", False, id="twice without exceptions"),
    ],
)
def test_exceptions_that_may_meet_are_refused(
    base: str, ours: str, theirs: str, refused: bool
) -> None:
    assert is_refused(lines.check_ignore, lines.read_ignore, base, ours, theirs) is refused
