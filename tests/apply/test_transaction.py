"""Carrying out a plan: what is refused, what is never overwritten, how it is taken back."""

from __future__ import annotations

import errno
import fcntl
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scaffold.apply.transaction import abort_update, apply_plan, recover_update
from scaffold.errors import ScaffoldError

from ..helpers.factories import Files, Link, World, commit, edit, files_of, git, index_of, tree

BODY = "".join(f"line {n}\n" for n in range(1, 41))
NEW = BODY.replace("line 5\n", "line 5 new\n")
MINE = BODY.replace("line 5\n", "line 5 mine\n")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(
        tmp_path,
        {"a.txt": BODY, "b.txt": BODY, "gone/x.txt": "x\n"},
        {"a.txt": NEW, "b.txt": NEW, "added/c.txt": "c\n"},
    )


def state(world: World) -> tuple[object, ...]:
    return files_of(world.project), index_of(world.project), world.status()


def refused(world: World, action: Callable[[], object]) -> ScaffoldError:
    """The refusal; nothing may have changed."""
    before = state(world)
    with pytest.raises(ScaffoldError) as raised:
        action()
    assert state(world) == before
    assert raised.value.hint
    assert "\n" not in raised.value.what + raised.value.hint
    return raised.value


def test_abort_gives_back_everything(world: World) -> None:
    world.edits({"a.txt": MINE})
    index = (world.project / ".git/index").read_bytes()
    before = state(world)
    times = {p: p.stat().st_mtime_ns for p in world.project.glob("*.txt")}
    plan = world.update()
    assert plan.conflicts
    assert state(world) != before
    abort_update(world.project)
    assert (world.project / ".git/index").read_bytes() == index
    assert {p: p.stat().st_mtime_ns for p in times} == times
    assert state(world) == before
    assert not (world.project / "added").exists()
    assert "no update to undo" in refused(world, lambda: abort_update(world.project)).what


def test_abort_spares_later_edits(world: World) -> None:
    world.update()
    edit(world.project, {"b.txt": NEW + "later\n", "mine.txt": "mine\n"})
    assert refused(world, lambda: abort_update(world.project)).details == ("b.txt",)
    edit(world.project, {"b.txt": NEW})
    git(world.project, "add", "mine.txt")
    assert refused(world, lambda: abort_update(world.project)).details == ("mine.txt",)
    git(world.project, "rm", "--cached", "-q", "mine.txt")
    abort_update(world.project)
    assert files_of(world.project)["mine.txt"] == "mine\n"


def test_abort_after_a_commit(world: World) -> None:
    world.update()
    commit(world.project)
    assert "commits were made" in refused(world, lambda: abort_update(world.project)).what


def test_abort_of_conflicts_that_were_looked_at(world: World) -> None:
    world.edits({"a.txt": MINE})
    before = state(world)
    world.update()
    git(world.project, "add", "a.txt")
    git(world.project, "status")
    abort_update(world.project)
    assert state(world) == before


def test_a_plan_that_went_stale(world: World) -> None:
    plan = world.plan()
    edit(world.project, {"b.txt": "mine\n"})
    assert "b.txt changed" in refused(world, lambda: apply_plan(plan)).what
    edit(world.project, {"b.txt": BODY, "added/c.txt": "mine\n"})
    assert "added/c.txt changed" in refused(world, lambda: apply_plan(plan)).what
    edit(world.project, {"added/c.txt": None})
    world.edits({"other.txt": "x\n"})
    assert "the index changed" in refused(world, lambda: apply_plan(plan)).what


def test_one_writer(world: World) -> None:
    plan = world.plan()
    (world.project / ".git/scaffold").mkdir()
    with (world.project / ".git/scaffold/lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert "another update" in refused(world, lambda: apply_plan(plan)).what
        (world.project / ".git/scaffold/running").mkdir()
        assert (
            "another update" in refused(world, lambda: recover_update(world.project / ".git")).what
        )


def test_two_at_once(world: World) -> None:
    plans = [world.plan(), world.plan()]
    said: list[str] = []

    def run(number: int) -> None:
        try:
            apply_plan(plans[number])
            said.append("done")
        except ScaffoldError as error:
            said.append(error.what)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said.count("done") == 1
    assert files_of(world.project) == files_of(world.theirs)


def test_nothing_to_do(world: World) -> None:
    world.update()
    commit(world.project)
    plan = world.plan_anew()
    assert plan.changes == ()
    before = state(world)
    apply_plan(plan)
    assert state(world) == before
    assert recover_update(world.project / ".git").outcome == "nothing"


UNFINISHED = {
    "merge": (["merge", "other"], "a merge is in progress"),
    "rebase": (["rebase", "other"], "a rebase is in progress"),
    "cherry-pick": (["cherry-pick", "other"], "a cherry-pick is in progress"),
    "revert": (["revert", "--no-edit", "HEAD~1"], "a revert is in progress"),
    "bisect": (["bisect", "start"], "a bisection is in progress"),
}


@pytest.mark.parametrize("name", UNFINISHED)
def test_something_under_way(world: World, name: str) -> None:
    command, what = UNFINISHED[name]
    git(world.project, "switch", "-qc", "other")
    world.edits({"a.txt": MINE})
    git(world.project, "switch", "-q", "main")
    world.edits({"a.txt": NEW + "1\n"})
    world.edits({"a.txt": BODY.replace("line 5\n", "line 5 again\n")})
    try:
        git(world.project, *command)
    except Exception as error:
        assert "returned non-zero" in str(error)
    assert what in refused(world, world.plan).what


def test_unresolved_conflicts(world: World) -> None:
    world.edits({"a.txt": MINE})
    world.update()
    assert refused(world, world.plan).details == ("a.txt",)


@pytest.mark.parametrize("staged", [True, False])
def test_changes_that_are_not_committed(world: World, staged: bool) -> None:
    edit(world.project, {"a.txt": MINE, "gone/x.txt": None, "free.txt": "x\n"})
    if staged:
        git(world.project, "add", "a.txt", "gone/x.txt")
    assert refused(world, world.plan).details == ("a.txt", "gone/x.txt")


def test_a_stale_lock(world: World) -> None:
    lock = world.project / ".git/index.lock"
    plan = world.plan()
    lock.touch()
    assert str(lock) in refused(world, world.plan).hint
    assert str(lock) in refused(world, lambda: apply_plan(plan)).hint
    assert lock.exists()


def test_no_repository(world: World, tmp_path: Path) -> None:
    def what(folder: Path) -> str:
        world.project = folder
        with pytest.raises(ScaffoldError) as raised:
            world.plan()
        assert raised.value.hint
        return raised.value.what

    plain = tree(tmp_path / "plain", {"a.txt": BODY})
    assert "not in a git repository" in what(plain)
    git(plain, "init", "-q")
    assert "has no commit" in what(plain)
    git(tmp_path, "init", "-q", "--bare", "bare")
    assert "bare" in what(tmp_path / "bare")


STANDING: dict[str, tuple[Files, str]] = {
    "untracked": ({"added/c.txt": "mine\n"}, "added/c.txt"),
    "ignored": ({"added/c.txt": "mine\n", ".git/info/exclude": "added/\n"}, "added/c.txt"),
    "a file for the folder": ({"added": "mine\n"}, "added"),
    "a folder for the file": ({"added/c.txt/mine": "mine\n"}, "added/c.txt/mine"),
    "a linked folder": ({"added": Link("../elsewhere")}, "added"),
    "a broken link": ({"added/c.txt": Link("nowhere")}, "added/c.txt"),
}


@pytest.mark.parametrize("name", STANDING)
def test_never_overwritten(world: World, name: str) -> None:
    files, blocker = STANDING[name]
    (world.root / "elsewhere").mkdir()
    tree(world.project, files)
    before = state(world)
    plan = world.plan()
    assert [change.path for change in plan.obstacles] == [blocker]
    error = refused(world, lambda: apply_plan(plan))
    assert error.details[0].startswith(blocker + ":")
    assert state(world) == before
    assert not any((world.root / "elsewhere").iterdir())


def test_all_in_the_way_is_named(world: World) -> None:
    tree(world.project, {"added/c.txt": "mine\n"})
    git(world.project, "update-index", "--skip-worktree", "a.txt")
    git(world.project, "update-index", "--assume-unchanged", "b.txt")
    tree(world.project, {"a.txt": MINE, "b.txt": MINE})
    plan = world.plan()
    assert [change.path for change in plan.obstacles] == ["a.txt", "added/c.txt", "b.txt"]
    assert len(refused(world, lambda: apply_plan(plan)).details) == 3


def test_what_is_there_already_is_fine(world: World) -> None:
    tree(world.project, {"added/c.txt": "c\n"})
    plan = world.update()
    assert not plan.obstacles
    assert git(world.project, "ls-files", "added") == "added/c.txt\n"


def test_an_empty_folder_makes_way(world: World) -> None:
    (world.project / "added/c.txt/deep").mkdir(parents=True)
    world.update()
    assert (world.project / "added/c.txt").read_text() == "c\n"
    abort_update(world.project)
    assert (world.project / "added/c.txt/deep").is_dir()


def test_a_folder_keeps_what_is_not_tracked(world: World) -> None:
    tree(world.project, {"gone/cache": "mine\n"})
    world.update()
    assert files_of(world.project / "gone") == {"cache": "mine\n"}


def test_flags_stay(world: World) -> None:
    git(world.project, "update-index", "--skip-worktree", "a.txt")
    git(world.project, "update-index", "--assume-unchanged", "b.txt")
    world.update()
    listed = git(world.project, "ls-files", "-v", "a.txt", "b.txt").splitlines()
    assert listed == ["S a.txt", "h b.txt"]
    assert (world.project / "a.txt").read_text() == (world.project / "b.txt").read_text() == NEW


def test_permissions_stay(world: World) -> None:
    (world.project / "a.txt").chmod(0o600)
    world.update()
    assert (world.project / "a.txt").stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_written(world: World) -> None:
    plan = world.plan()
    (world.project / ".git/scaffold").write_text("")
    error = refused(world, lambda: apply_plan(plan))
    assert "scaffold: " in error.what


JOURNAL = (
    '{"kind": "update", "top": "", "prefix": "", "head": "",'
    ' "steps": [], "made": [], "emptied": []}'
)


def test_a_damaged_journal(world: World) -> None:
    running = tree(world.project / ".git/scaffold/running", {"journal.json": "{"})
    with pytest.raises(ScaffoldError, match="damaged"):
        recover_update(world.project / ".git")
    assert running.is_dir()


def test_edits_after_a_crash_stay(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written between the crash and the recovery is nobody's to undo."""
    plan = world.plan()
    if (child := os.fork()) == 0:
        replaced = 0
        real = Path.replace

        def stop(path: Path, target: Path) -> Path:
            nonlocal replaced
            replaced += path.parent.name == "new"
            if replaced == 2:
                os._exit(9)
            return real(path, target)

        Path.replace = stop  # type: ignore[assignment,method-assign]
        apply_plan(plan)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    done = [p for p in ("a.txt", "b.txt") if (world.project / p).read_text() == NEW]
    assert len(done) <= 1
    edit(world.project, {"a.txt": "written since\n"})
    found = recover_update(world.project / ".git")
    assert found.outcome == "undone"
    assert found.kept == ("a.txt",)
    assert files_of(world.project)["a.txt"] == "written since\n"
    assert files_of(world.project)["b.txt"] == BODY


def test_a_recovery_that_fails_claims_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = world.project / ".git/scaffold"
    tree(state, {"running/journal.json": JOURNAL, "running/index.new": "", "running/token": "1"})

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "disk")

    monkeypatch.setattr(Path, "rename", fail)
    error = refused(world, lambda: recover_update(world.project / ".git"))
    assert "not undone" in error.hint
    assert "unchanged" not in error.hint


def test_what_is_renamed_reaches_the_disk_in_order(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[tuple[str, Path]] = []
    sync, rename, replace = os.fsync, os.rename, os.replace

    def synced(handle: int) -> None:
        events.append(("sync", Path(f"/proc/self/fd/{handle}").readlink()))
        sync(handle)

    def renamed(source: Path, target: Path, **options: Any) -> None:
        events.append(("rename", Path(target)))
        rename(source, target, **options)

    def replaced(source: Path, target: Path, **options: Any) -> None:
        events.append(("rename", Path(target)))
        replace(source, target, **options)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "rename", renamed)
    monkeypatch.setattr(os, "replace", replaced)
    world.update()
    state, project = world.project / ".git/scaffold", world.project
    decided = events.index(("rename", project / ".git/index"))
    began = events.index(("rename", state / "running"))
    prepared = [path for event, path in events[:began] if event == "sync"]
    assert prepared[-2].name == "journal.json"
    assert prepared[-1] == prepared[-2].parent  # its name, too, before it takes effect
    between = [path for event, path in events[began:decided] if event == "sync"]
    assert between[0] == state
    assert between.index(state / "running/old") < between.index(project)
    assert {project, project / "added"} <= set(between)
    ended = events.index(("rename", state / "last"))
    assert ("sync", state) in events[ended:]
