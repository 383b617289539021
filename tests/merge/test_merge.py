"""What an update makes of a project: the plan, the work tree and the index it leads to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from scaffold.apply.transaction import abort_update
from scaffold.merge.plan import ChangeKind

from ..helpers.factories import RECORD, Edits, Files, Link, Program, World, git

BODY = "".join(f"line {n}\n" for n in range(1, 41))
TINY = "seed: 1\nname: demo\n\ndebug: no\n"
BINARY = [bytes(range(256)), bytes(range(255, -1, -1)), b"\0user" * 40]


def line(number: int, word: str, text: str = BODY) -> str:
    assert f"line {number}\n" in text
    return text.replace(f"line {number}\n", f"line {number} {word}\n")


@dataclass(frozen=True)
class Case:
    base: Files
    theirs: Files
    edits: Edits
    want: Files
    kinds: Mapping[str, str]
    unmerged: Mapping[str, str] | None = None


def marked(ours: str, theirs: str) -> str:
    """Both sides of a conflict as a file shows them."""
    return f"<<<<<<< before updating\n{ours}=======\n{theirs}>>>>>>> after updating\n"


A = {"a.txt": BODY}
CASES = {
    "untouched": Case(
        A, {"a.txt": line(5, "new")}, {}, {"a.txt": line(5, "new")}, {"a.txt": "updated"}
    ),
    "far apart": Case(
        A,
        {"a.txt": line(5, "new")},
        {"a.txt": line(30, "mine")},
        {"a.txt": line(30, "mine", line(5, "new"))},
        {"a.txt": "merged"},
    ),
    "two lines apart": Case(
        A,
        {"a.txt": line(10, "new")},
        {"a.txt": line(12, "mine")},
        {"a.txt": line(12, "mine", line(10, "new"))},
        {"a.txt": "merged"},
    ),
    "same edit": Case(
        A, {"a.txt": line(5, "new")}, {"a.txt": line(5, "new")}, {"a.txt": line(5, "new")}, {}
    ),
    "added": Case(
        A, {**A, "b/c.txt": "new\n"}, {}, {**A, "b/c.txt": "new\n"}, {"b/c.txt": "added"}
    ),
    "deleted": Case({**A, "d/b.txt": "x\n"}, A, {}, A, {"d/b.txt": "deleted"}),
    "deleted by the user": Case(
        {**A, "b.txt": BODY},
        {**A, "b.txt": line(5, "new")},
        {"b.txt": None},
        A,
        {"b.txt": "kept deleted"},
    ),
    "deleted by the user, renamed by theirs": Case(
        {**A, "b.py": line(1, "b")},
        {**A, "c.py": line(2, "c", line(1, "b"))},
        {"b.py": None},
        A,
        {"b.py": "kept deleted"},
    ),
    "deleted by theirs, edited": Case(
        {**A, "b.txt": TINY},
        A,
        {"b.txt": TINY + "mine: 1\n"},
        {**A, "b.txt": TINY + "mine: 1\n"},
        {"b.txt": "conflict"},
        {"b.txt": "12"},
    ),
    "deleted by the user, as another that is alike, renamed by theirs": Case(
        {**A, "b.py": line(1, "b"), "c.py": line(1, "b")},
        {**A, "d.py": line(1, "b"), "e.py": line(1, "b")},
        {"b.py": None, "c.py": None},
        A,
        {"b.py": "kept deleted", "c.py": "kept deleted"},
    ),
    "one of two alike deleted by the user, both renamed by theirs": Case(
        {**A, "b.py": line(1, "b"), "c.py": line(1, "b")},
        {**A, "d.py": line(1, "b"), "e.py": line(1, "b")},
        {"b.py": None},
        {**A, "e.py": line(1, "b")},
        {"b.py": "kept deleted", "c.py": "deleted", "e.py": "added"},
    ),
    "renamed and edited by the user, deleted by theirs": Case(
        {**A, "b.py": line(1, "b")},
        A,
        {"b.py": None, "mine.py": line(20, "mine", line(1, "b"))},
        {**A, "mine.py": line(20, "mine", line(1, "b"))},
        {"mine.py": "kept as it is"},
    ),
    "folder renamed by the user, deleted by theirs": Case(
        {**A, "d/b.py": line(1, "b"), "d/c.cfg": TINY},
        A,
        {"d/b.py": None, "d/c.cfg": None, "m/b.py": line(1, "b"), "m/c.cfg": TINY + "mine\n"},
        {**A, "m/b.py": line(1, "b"), "m/c.cfg": TINY + "mine\n"},
        {"m/b.py": "kept as it is", "m/c.cfg": "kept as it is"},
    ),
    "two empty files are no rename": Case(
        {**A, "b.py": ""},
        {**A, "c/d.py": ""},
        {},
        {**A, "c/d.py": ""},
        {"b.py": "deleted", "c/d.py": "added"},
    ),
    "renamed by theirs, edited": Case(
        {**A, "src/old.py": line(1, "py")},
        {**A, "lib/new.py": line(1, "py")},
        {"src/old.py": line(20, "mine", line(1, "py"))},
        {**A, "lib/new.py": line(20, "mine", line(1, "py"))},
        {"lib/new.py": "renamed"},
    ),
    "renamed and edited by theirs, tiny, edited": Case(
        {**A, "old.cfg": TINY},
        {**A, "new.cfg": TINY.replace("demo", "Demo").replace("1", "2")},
        {"old.cfg": TINY.replace("debug: no", "debug: yes")},
        {**A, "new.cfg": "seed: 2\nname: Demo\n\ndebug: yes\n"},
        {"new.cfg": "renamed"},
    ),
    "renamed and edited by the user, tiny": Case(
        {**A, "old.cfg": TINY},
        {**A, "old.cfg": TINY.replace("seed: 1", "seed: 2")},
        {"old.cfg": None, "mine.cfg": TINY + "mine: 1\nyours: 2\n"},
        {**A, "mine.cfg": TINY.replace("1", "2") + "mine: 1\nyours: 2\n"},
        {"mine.cfg": "merged"},
    ),
    "renamed by the user": Case(
        {"old.py": BODY},
        {"old.py": line(5, "new")},
        {"old.py": None, "x/mine.py": BODY},
        {"x/mine.py": line(5, "new")},
        {"x/mine.py": "updated"},
    ),
    "renamed exactly, tiny, edited": Case(
        {**A, "old.cfg": "a\nb\nc\n"},
        {**A, "new.cfg": "a\nb\nc\n"},
        {"old.cfg": "mine\n\nx\nc\n"},
        {**A, "new.cfg": "mine\n\nx\nc\n"},
        {"new.cfg": "renamed"},
    ),
    "folder renamed, file added to it": Case(
        {"old/a.py": line(1, "a"), "old/b.py": line(2, "b")},
        {"new/a.py": line(1, "a"), "new/b.py": line(2, "b")},
        {"old/mine.py": "mine = 1\n"},
        {"new/a.py": line(1, "a"), "new/b.py": line(2, "b"), "new/mine.py": "mine = 1\n"},
        {"new/a.py": "renamed", "new/b.py": "renamed", "new/mine.py": "renamed"},
    ),
    "folder renamed, empty file edited": Case(
        {"old/a.py": line(1, "a"), "old/__init__.py": "", "old/sub/__init__.py": ""},
        {"new/a.py": line(1, "a"), "new/__init__.py": "", "new/sub/__init__.py": ""},
        {"old/__init__.py": "from .a import x\n"},
        {
            "new/a.py": line(1, "a"),
            "new/__init__.py": "from .a import x\n",
            "new/sub/__init__.py": "",
        },
        {"new/a.py": "renamed", "new/__init__.py": "renamed", "new/sub/__init__.py": "renamed"},
    ),
    "folder renamed by the user, file added by theirs": Case(
        {"old/a.py": line(1, "a"), "old/b.py": line(2, "b")},
        {"old/a.py": line(1, "a"), "old/b.py": line(2, "b"), "old/c.py": line(3, "c")},
        {"old/a.py": None, "old/b.py": None, "mine/a.py": line(1, "a"), "mine/b.py": line(2, "b")},
        {"mine/a.py": line(1, "a"), "mine/b.py": line(2, "b"), "mine/c.py": line(3, "c")},
        {"mine/c.py": "added"},
    ),
    "binary, theirs": Case(
        {"i.png": BINARY[0]}, {"i.png": BINARY[1]}, {}, {"i.png": BINARY[1]}, {"i.png": "updated"}
    ),
    "binary, user": Case(
        {"i.png": BINARY[0], **A},
        {"i.png": BINARY[0], "a.txt": line(1, "new")},
        {"i.png": BINARY[2]},
        {"i.png": BINARY[2], "a.txt": line(1, "new")},
        {"a.txt": "updated"},
    ),
    "binary, both": Case(
        {"i.png": BINARY[0]},
        {"i.png": BINARY[1]},
        {"i.png": BINARY[2]},
        {"i.png": BINARY[2]},
        {"i.png": "conflict"},
        {"i.png": "123"},
    ),
    "made executable": Case(
        {"a.sh": "x\n"}, {"a.sh": Program("x\n")}, {}, {"a.sh": Program("x\n")}, {"a.sh": "updated"}
    ),
    "made executable, edited": Case(
        {"a.sh": BODY},
        {"a.sh": Program(BODY)},
        {"a.sh": line(3, "mine")},
        {"a.sh": Program(line(3, "mine"))},
        {"a.sh": "merged"},
    ),
    "link added": Case(A, {**A, "l": Link("a.txt")}, {}, {**A, "l": Link("a.txt")}, {"l": "added"}),
    "link changed": Case(
        {**A, "l": Link("a.txt")},
        {**A, "l": Link("b")},
        {},
        {**A, "l": Link("b")},
        {"l": "updated"},
    ),
    "link changed by both": Case(
        {"l": Link("a")},
        {"l": Link("b")},
        {"l": Link("c")},
        {"l": Link("c")},
        {"l": "conflict"},
        {"l": "123"},
    ),
    "file to link": Case(
        {**A, "l": "x\n"},
        {**A, "l": Link("a.txt")},
        {},
        {**A, "l": Link("a.txt")},
        {"l": "updated"},
    ),
    "file to folder": Case(
        {**A, "c": "x\n"},
        {**A, "c/d.txt": "y\n"},
        {},
        {**A, "c/d.txt": "y\n"},
        {"c": "deleted", "c/d.txt": "added"},
    ),
    "folder to file": Case(
        {**A, "c/d/e.txt": "y\n", "c/f": "z\n"},
        {**A, "c": "x\n"},
        {},
        {**A, "c": "x\n"},
        {"c": "added", "c/d/e.txt": "deleted", "c/f": "deleted"},
    ),
    "file to folder, edited": Case(
        {**A, "c": TINY},
        {**A, "c/d.txt": "y\n"},
        {"c": TINY + "mine\n"},
        {**A, "c/d.txt": "y\n", "c~yours": TINY + "mine\n"},
        {"c/d.txt": "added", "c~yours": "conflict"},
        {"c~yours": "12"},
    ),
    "file to link, edited": Case(
        {**A, "c": TINY},
        {**A, "c": Link("a.txt")},
        {"c": TINY + "mine\n"},
        {**A, "c": TINY + "mine\n"},
        {"c": "conflict"},
        {"c": "123"},
    ),
    "file by theirs, folder by the user": Case(
        A,
        {**A, "d": "f\n"},
        {"d/e": "mine\n"},
        {**A, "d/e": "mine\n", "d~theirs": "f\n"},
        {"d~theirs": "conflict"},
        {"d~theirs": "3"},
    ),
    "folder by the user for a file": Case(
        {"c": BODY},
        {"c": line(5, "new")},
        {"c": None, "c/x": "mine\n"},
        {"c/x": "mine\n"},
        {"c": "kept deleted"},
    ),
    "renamed to where the user has a file": Case(
        {"a.py": BODY},
        {"b.py": BODY},
        {"a.py": line(5, "mine"), "b.py": "mine\n"},
        {"b.py": marked("mine\n", line(5, "mine"))},
        {"a.py": "deleted", "b.py": "conflict"},
        {"b.py": "23"},
    ),
    "renamed to where the user has an empty file": Case(
        {"c": "one\n"},
        {"b": "one\none\n", "a": ""},
        {"c": "two\n", "b": ""},
        {
            "a": "",
            "b": "<<<<<<<< before updating:c\ntwo\n========\none\none\n>>>>>>>> after updating:b\n",
        },
        {"a": "added", "b": "conflict", "c": "deleted"},
        {"b": "23"},
    ),
    "renamed differently": Case(
        {"a.py": BODY},
        {"b.py": line(5, "new")},
        {"a.py": None, "c.py": line(30, "mine")},
        {"b.py": line(30, "mine", line(5, "new")), "c.py": line(30, "mine", line(5, "new"))},
        {"a.py": "conflict", "b.py": "conflict", "c.py": "conflict"},
        {"a.py": "1", "b.py": "3", "c.py": "2"},
    ),
    "strange names": Case(
        {"dô cs/ré adme.txt": BODY, "new\nline\t.txt": BODY, '"q"': "x\n"},
        {"dô cs/ré adme.txt": line(5, "new"), "new\nline\t.txt": line(6, "new"), '"q"': "y\n"},
        {"dô cs/ré adme.txt": line(30, "mine")},
        {
            "dô cs/ré adme.txt": line(30, "mine", line(5, "new")),
            "new\nline\t.txt": line(6, "new"),
            '"q"': "y\n",
        },
        {"dô cs/ré adme.txt": "merged", "new\nline\t.txt": "updated", '"q"': "updated"},
    ),
    "no last newline": Case(
        {"a.txt": BODY + "end"},
        {"a.txt": line(3, "new") + "end"},
        {"a.txt": line(30, "mine") + "end"},
        {"a.txt": line(30, "mine", line(3, "new")) + "end"},
        {"a.txt": "merged"},
    ),
    "CRLF through an editor": Case(
        {"a.txt": BODY, "b.txt": "b\n"},
        {"a.txt": line(5, "new"), "b.txt": "b\n"},
        {"a.txt": line(30, "mine").replace("\n", "\r\n")},
        {"a.txt": line(30, "mine", line(5, "new")).replace("\n", "\r\n"), "b.txt": "b\n"},
        {"a.txt": "merged"},
    ),
    "CRLF through an editor, deleted by theirs": Case(
        {**A, "b.txt": TINY},
        A,
        {"b.txt": TINY.replace("\n", "\r\n")},
        A,
        {"b.txt": "deleted"},
    ),
    "CRLF everywhere, renamed by theirs": Case(
        {**A, "b.txt": line(1, "b")},
        {**A, "c.txt": line(2, "new", line(1, "b"))},
        {
            "a.txt": BODY.replace("\n", "\r\n"),
            "b.txt": line(9, "mine", line(1, "b")).replace("\n", "\r\n"),
        },
        {
            "a.txt": BODY.replace("\n", "\r\n"),
            "c.txt": line(9, "mine", line(2, "new", line(1, "b"))).replace("\n", "\r\n"),
        },
        {"c.txt": "renamed"},
    ),
    "both added, the same": Case(A, {**A, "b": "x\n"}, {"b": "x\n"}, {**A, "b": "x\n"}, {}),
    "merge=union": Case(
        {".gitattributes": "LOG merge=union\n", "LOG": "a\n"},
        {".gitattributes": "LOG merge=union\n", "LOG": "a\ntheirs\n"},
        {"LOG": "a\nmine\n"},
        {".gitattributes": "LOG merge=union\n", "LOG": "a\nmine\ntheirs\n"},
        {"LOG": "merged"},
    ),
}


IN_A_FOLDER = ["far apart", "renamed by theirs, edited", "file to folder, edited", "strange names"]
ROWS = [(name, "") for name in CASES] + [(name, "apps/one") for name in IN_A_FOLDER]


@pytest.mark.parametrize(("name", "prefix"), ROWS)
def test_update(tmp_path: Path, name: str, prefix: str) -> None:
    case = CASES[name]
    world = World(tmp_path, case.base, case.theirs, prefix)
    world.edits(case.edits)
    plan = world.update()
    assert world.files() == case.want
    assert world.kinds(plan) == case.kinds
    assert world.unmerged() == (case.unmerged or {})
    assert (world.project / RECORD).read_text() == "_commit: 2\n"
    unstaged = [item for item in world.status().splitlines() if item[1] != " "]
    assert not unstaged or case.unmerged
    assert not list((world.project).rglob("*scaffold-*"))


def test_a_conflict_has_stages_and_labels(tmp_path: Path) -> None:
    world = World(tmp_path, A, {"a.txt": line(5, "theirs")})
    world.edits({"a.txt": line(5, "mine")})
    plan = world.update()
    text = (world.project / "a.txt").read_text()
    block = marked("line 5 mine\n", "line 5 theirs\n")
    assert block in text
    assert [change.path for change in plan.conflicts] == ["a.txt"]
    assert world.unmerged() == {"a.txt": "123"}
    for stage, want in enumerate((BODY, line(5, "mine"), line(5, "theirs")), 1):
        assert git(world.project, "show", f":{stage}:a.txt") == want


@pytest.mark.parametrize("style", ["diff3", "zdiff3"])
def test_the_conflict_style_of_the_user(tmp_path: Path, home: Path, style: str) -> None:
    git(home, "config", "--global", "merge.conflictStyle", style)
    world = World(tmp_path, A, {"a.txt": line(5, "x", line(6, "theirs"))})
    world.edits({"a.txt": line(5, "x", line(6, "mine"))})
    world.update()
    text = (world.project / "a.txt").read_text()
    assert "||||||| last update\n" in text
    before, _, _ = text.partition("<<<<<<<")
    assert before.endswith("line 5 x\n") == (style == "zdiff3")


def test_what_the_user_deleted_is_named_with_its_new_name(tmp_path: Path) -> None:
    files = {"b.py": line(1, "b"), "c.py": line(1, "b")}
    world = World(tmp_path, files, {"d.py": line(1, "b"), "e.py": line(1, "b")})
    world.edits({"b.py": None, "c.py": None})
    reasons = {c.path: c.reason for c in world.update().list_changes(ChangeKind.kept_deleted)}
    assert reasons == {
        "b.py": "you deleted it, demo 2.0.0 renames it to d.py",
        "c.py": "you deleted it, demo 2.0.0 renames it to e.py",
    }


# ---------------------------------------------------------------- what git does not track


def ignoring(root: Path, theirs: Files, name: str = "local.cfg") -> World:
    world = World(root, {**A, name: TINY}, theirs)
    git(world.project, "rm", "--quiet", "--cached", name)
    world.edits({".gitignore": f"{name.partition('/')[0]}\n"})
    return world


@pytest.mark.parametrize("name", ["local.cfg", "conf/local.cfg"])
def test_an_ignored_file_that_the_blueprint_drops_goes(tmp_path: Path, name: str) -> None:
    world = ignoring(tmp_path, A, name)
    before = world.files()
    plan = world.update()
    assert world.kinds(plan) == {name: "deleted"}
    assert name not in world.files()
    assert not (world.project / "conf").exists()
    abort_update(world.project)
    assert world.files() == before


def test_an_ignored_file_that_was_edited_is_kept_and_named(tmp_path: Path) -> None:
    world = ignoring(tmp_path, A)
    (world.project / "local.cfg").write_text(TINY + "mine\n")
    plan = world.update()
    assert world.kinds(plan) == {"local.cfg": "kept as it is"}
    assert world.files()["local.cfg"] == TINY + "mine\n"


def test_an_ignored_file_that_the_blueprint_renames(tmp_path: Path) -> None:
    world = ignoring(tmp_path, {**A, "new.cfg": TINY})
    plan = world.update()
    assert world.kinds(plan) == {"local.cfg": "deleted", "new.cfg": "added"}
    assert "local.cfg" not in world.files()
    assert world.files()["new.cfg"] == TINY


def test_what_lies_in_a_repository_of_its_own_is_not_the_blueprints(tmp_path: Path) -> None:
    world = ignoring(tmp_path, A, "lib/local.cfg")
    git(world.project / "lib", "init", "--quiet")
    assert world.kinds(world.update()) == {}
    assert (world.project / "lib/local.cfg").read_text() == TINY
