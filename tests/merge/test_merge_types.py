"""A place that holds a file, a program, a link, a folder or a submodule, on each of three sides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path

import pytest

from scaffold.apply.transaction import abort_update
from scaffold.merge.plan import ChangeKind, Plan

from ..helpers.factories import (
    Content,
    Files,
    Link,
    Program,
    World,
    commit,
    edit,
    git,
    index_of,
    repo,
    tree,
)

BODY = "".join(f"line {number}\n" for number in range(1, 11))
OTHER = "".join(f"word {number}\n" for number in range(1, 11))
TYPES = ["nothing", "file", "program", "link", "folder"]
SIDES = {"base": "line 1\n", "ours": "line 5\n", "theirs": "line 9\n"}
TARGETS = {f"to-{side}": f"{side}\n" for side in SIDES}
FILES, LINKS = {"file", "program"}, {"link"}
TEXTS = {"file", "program", "folder"}
CELLS = list(product(TYPES, ["untouched", *TYPES, "submodule"], TYPES))
# git takes a file that becomes a folder for a rename, unless the texts differ.
REWRITTEN = [
    (*cell, side)
    for side, at in (("ours", 1), ("theirs", 2))
    for cell in CELLS
    if cell[at] in TEXTS and "folder" in cell and cell[0] in TEXTS
]
ROWS = [(*cell, "") for cell in CELLS] + REWRITTEN


def place(kind: str, side: str, body: str = BODY) -> dict[str, Content]:
    """What a side has at ``p``; each side changes a line of its own."""
    text = body.replace(SIDES[side], f"{side}\n") if body == BODY else f"{body}{side}\n"
    made: dict[str, dict[str, Content]] = {
        "file": {"p": text},
        "program": {"p": Program(text)},
        "link": {"p": Link(f"to-{side}")},
        "folder": {"p/f": text},
    }
    return made.get(kind, {})


def add_submodule(world: World, path: str = "p") -> None:
    git(world.project, "add", "--all")
    inner = repo(world.root / "inner", {"inner.txt": "inner\n"})
    add = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), path)
    git(world.project, *add)


def world_of(root: Path, base: str, ours: str, theirs: str, bodies: Mapping[str, str]) -> World:
    def files(kind: str, side: str) -> dict[str, Content]:
        return {**TARGETS, **place(kind, side, bodies.get(side, BODY))}

    world = World(root, files(base, "base"), files(theirs, "theirs"))
    if ours == "untouched":
        return world
    edit(world.project, {"p": None})
    if ours == "submodule":
        add_submodule(world)
    tree(world.project, place(ours, "ours", bodies.get("ours", BODY)))
    commit(world.project)
    return world


def words(files: Mapping[str, Content]) -> Iterator[str]:
    for content in files.values():
        yield (
            content.target if isinstance(content, Link) else str(getattr(content, "text", content))
        )


def here(world: World) -> dict[str, Content]:
    return {path: content for path, content in world.files().items() if path not in TARGETS}


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "rewritten"), ROWS, ids=["-".join(row) for row in ROWS]
)
def test_types(tmp_path: Path, base: str, ours: str, theirs: str, rewritten: str) -> None:
    bodies = {rewritten: OTHER}
    world = world_of(tmp_path, base, ours, theirs, bodies)
    before, index = world.files(), index_of(world.project)
    mine = here(world)
    plan = world.update()
    after = here(world)
    if ours == "untouched":
        assert after == place(theirs, "theirs", bodies.get("theirs", BODY))
        assert not plan.conflicts
    elif base == theirs == "nothing":
        assert after == mine
    else:
        assert_nothing_is_lost(world, plan, mine, after, theirs)
        assert_clash(world, plan, (ours, theirs), mine, after)
    if plan.changes:
        abort_update(world.project)
        assert (world.files(), index_of(world.project)) == (before, index)


def assert_nothing_is_lost(
    world: World, plan: Plan, mine: Files, after: Files, theirs: str
) -> None:
    """Every word of the project is on disk; what is not of the new version is named."""
    if any("ours" in text for text in words(mine)):
        assert any("ours" in text for text in words(after))
    if "p/inner.txt" in mine:
        assert {p: c for p, c in after.items() if "theirs" not in p} == mine
        assert [line for line in index_of(world.project) if " 160000 " in line]
    named = plan.list_changes(ChangeKind.kept_deleted) or any(
        "3" in n for n in world.unmerged().values()
    )
    if theirs != "nothing" and not named:
        assert any("theirs" in text for text in words(after))
    assert world.unmerged().keys() == {change.path for change in plan.conflicts}
    assert all(change.reason for change in plan.conflicts)


def assert_clash(
    world: World, plan: Plan, types: tuple[str, str], mine: Files, after: Files
) -> None:
    """A link where the other side has a file: both in the index, the project's on disk."""
    ours, theirs = types
    if {ours, theirs} - FILES != LINKS or ours == theirs:
        return
    assert after == mine
    assert {path: stages[-2:] for path, stages in world.unmerged().items()} == {"p": "23"}
    noun = {"file": "a file", "program": "a file", "link": "a link"}
    want = f"you have {noun[ours]} there, demo 2.0.0 has {noun[theirs]}; your version is kept"
    assert [change.reason for change in plan.conflicts] == [want]


# ---------------------------------------------------------------- places that moved on


AGENTS: dict[str, Content] = {"CLAUDE.md": BODY}
MOVED: dict[str, Content] = {"AGENTS.md": BODY, "CLAUDE.md": Link("AGENTS.md")}
NEW, MINE = BODY.replace("line 9", "theirs"), BODY.replace("line 1\n", "ours\n")
BOTH = NEW.replace("line 1\n", "ours\n")


def test_a_file_that_moved_and_left_a_link_receives_what_is_new(tmp_path: Path) -> None:
    world = World(tmp_path, AGENTS, {"CLAUDE.md": NEW})
    world.edits({**MOVED, "AGENTS.md": MINE})
    plan = world.update()
    assert world.files() == {**MOVED, "AGENTS.md": BOTH}
    assert world.kinds(plan) == {"AGENTS.md": "merged"}


def test_a_file_that_the_blueprint_moves_and_links_takes_the_edits_along(tmp_path: Path) -> None:
    world = World(tmp_path, AGENTS, {**MOVED, "AGENTS.md": NEW})
    world.edits({"CLAUDE.md": MINE})
    before = world.files()
    plan = world.update()
    assert world.files() == {**MOVED, "AGENTS.md": BOTH}
    assert world.kinds(plan) == {"AGENTS.md": "renamed", "CLAUDE.md": "updated"}
    assert not world.unmerged()
    abort_update(world.project)
    assert world.files() == before


def test_a_file_that_both_moved_and_linked(tmp_path: Path) -> None:
    world = World(tmp_path, AGENTS, {**MOVED, "AGENTS.md": NEW})
    world.edits({**MOVED, "AGENTS.md": MINE})
    world.update()
    assert world.files() == {**MOVED, "AGENTS.md": BOTH}
    assert not world.unmerged()


def test_a_folder_that_became_a_link_stays_one(tmp_path: Path) -> None:
    world = World(tmp_path, {"data/a.txt": BODY, "data/b.txt": OTHER}, {"data/a.txt": NEW})
    world.edits({"data": Link("/mnt/data")})
    plan = world.update()
    assert world.files() == {"data": Link("/mnt/data")}
    assert world.kinds(plan) == {"data/a.txt": "kept deleted"}


def test_what_is_new_in_a_folder_that_became_a_link(tmp_path: Path) -> None:
    world = World(tmp_path, {"data/a.txt": BODY}, {"data/a.txt": NEW, "data/c.txt": "new\n"})
    world.edits({"data": Link("to")})
    plan = world.update()
    assert world.files() == {"data~yours": Link("to"), "data/c.txt": "new\n"}
    assert [(c.path, c.reason) for c in plan.conflicts] == [
        ("data~yours", "you have a link there, demo 2.0.0 has a folder")
    ]


def test_a_file_in_place_of_the_folder_of_a_submodule(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.txt": BODY}, {"a.txt": BODY, "lib": "new\n"})
    add_submodule(world, "lib/inner")
    commit(world.project)
    plan = world.update()
    assert world.files()["lib~theirs"] == "new\n"
    assert world.files()["lib/inner/inner.txt"] == "inner\n"
    assert [change.path for change in plan.conflicts] == ["lib~theirs"]


def test_a_file_with_edits_that_is_renamed_into_a_submodule(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.txt": BODY}, {"lib/a.txt": NEW})
    edit(world.project, {"a.txt": MINE})
    add_submodule(world, "lib")
    commit(world.project)
    world.update()
    assert world.files()["lib~theirs/a.txt"] == BOTH
    assert world.unmerged() == {"lib~theirs/a.txt": "3"}


@pytest.mark.parametrize("name", ["d~theirs", "d~theirs2"])
def test_what_is_put_beside_replaces_nothing(tmp_path: Path, name: str) -> None:
    world = World(tmp_path, {"a.txt": BODY}, {"a.txt": BODY, "d": "new\n"})
    world.edits({"d/e": "mine\n", "d~theirs": "of the last update\n", name: "mine too\n"})
    before = world.files()
    plan = world.update()
    added = [change.path for change in plan.conflicts]
    assert world.files() == {**before, added[0]: "new\n"}
    assert added[0].startswith("d~theirs")
