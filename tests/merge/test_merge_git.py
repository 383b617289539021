"""Projects whose git is set up in other ways: line endings, filters, sparse and linked trees."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scaffold.apply.transaction import abort_update, apply_plan
from scaffold.errors import ScaffoldError
from scaffold.merge.object_store import ObjectStore, read_folder
from scaffold.merge.plan import diff_plan

from ..helpers.factories import (
    RECORD,
    Content,
    Files,
    Link,
    Program,
    World,
    commit,
    edit,
    files_of,
    git,
    repo,
    tree,
)

BODY = "".join(f"line {n}\n" for n in range(1, 41))
NEW = BODY.replace("line 5\n", "line 5 new\n")
MINE = BODY.replace("line 30\n", "line 30 mine\n")
BOTH = NEW.replace("line 30\n", "line 30 mine\n")


def crlf(text: str) -> str:
    return text.replace("\n", "\r\n")


def is_clean(world: World) -> bool:
    """Whether the work tree is what the index says, to git's own eyes."""
    return all(item[1] == " " for item in world.status().splitlines())


def test_autocrlf(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.txt": BODY}, {"a.txt": NEW, "b.txt": "b\n"})
    git(world.project, "config", "core.autocrlf", "true")
    world.edits({"a.txt": crlf(MINE)})
    assert git(world.project, "show", "HEAD:a.txt") == MINE
    world.update()
    assert files_of(world.project)["a.txt"] == crlf(BOTH)
    assert files_of(world.project)["b.txt"] == "b\r\n"
    assert git(world.project, "show", ":a.txt") == BOTH
    assert is_clean(world)


def test_a_conflict_under_autocrlf(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.txt": BODY}, {"a.txt": NEW})
    git(world.project, "config", "core.autocrlf", "true")
    world.edits({"a.txt": crlf(BODY.replace("line 5\n", "line 5 mine\n"))})
    world.update()
    text = (world.project / "a.txt").read_bytes()
    assert b"<<<<<<< before updating\r\nline 5 mine\r\n=======\r\n" in text
    assert b"\n" not in text.replace(b"\r\n", b"")


def test_a_pristine_tree_with_crlf_in_a_project_that_normalises(tmp_path: Path) -> None:
    rules: dict[str, Content] = {".gitattributes": "* text=auto\n*.bat text eol=crlf\n"}
    base = {**rules, "a.txt": crlf(BODY), "r.bat": crlf(BODY)}
    theirs = {**rules, "a.txt": crlf(NEW), "r.bat": crlf(NEW), "n.bat": "x\r\n", "n.txt": "x\r\n"}
    world = World(tmp_path, base, theirs)
    world.edits({"r.bat": crlf(MINE)})
    plan = world.update()
    assert not plan.conflicts
    assert git(world.project, "show", ":a.txt") == NEW
    assert git(world.project, "show", ":r.bat") == BOTH
    assert git(world.project, "show", ":n.txt") == git(world.project, "show", ":n.bat") == "x\n"
    assert (world.project / "r.bat").read_bytes() == crlf(BOTH).encode()
    assert (world.project / "n.bat").read_bytes() == b"x\r\n"
    assert is_clean(world)


def test_lfs_is_missing(tmp_path: Path) -> None:
    rules: dict[str, Content] = {".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n"}
    base = {**rules, "a.txt": BODY, "w.bin": b"\0one", "v.bin": b"\0v"}
    theirs = {**rules, "a.txt": NEW, "w.bin": b"\0two", "v.bin": b"\0v", "n.bin": b"\0n"}
    world = World(tmp_path, base, theirs)
    for name in ("clean", "smudge", "process"):
        git(world.project, "config", f"filter.lfs.{name}", f"git-lfs-is-not-here {name} %f")
    git(world.project, "config", "filter.lfs.required", "true")
    git(world.project, "config", "merge.lfs.driver", "git-lfs-is-not-here %A")
    (world.project / "v.bin").touch()
    world.update()
    found = files_of(world.project)
    assert (found["w.bin"], found["n.bin"], found["a.txt"]) == (b"\0two", b"\0n", NEW)


def test_what_a_filter_keeps_on_disk_stays(tmp_path: Path) -> None:
    """As with notebooks whose outputs never reach git."""
    rules = {".gitattributes": "*.nb filter=strip\n"}
    base = {**rules, "a.nb": "code\n", "b.nb": "code b\n", "c.nb": "code c\n"}
    theirs = {**rules, "a.nb": "new\n", "x/b.nb": "code b\n"}
    world = World(tmp_path, base, theirs)
    program = "import sys; sys.stdout.writelines(l for l in sys.stdin if 'output' not in l)"
    command = f"{shlex.quote(sys.executable)} -c {shlex.quote(program)}"
    git(world.project, "config", "filter.strip.clean", command)
    for name in "abc":
        with (world.project / f"{name}.nb").open("a") as file:
            file.write("output\n")
    git(world.project, "add", "--all")
    assert world.status() == ""
    plan = world.update()
    assert world.kinds(plan) == {"a.nb": "conflict", "c.nb": "conflict", "x/b.nb": "renamed"}
    found = files_of(world.project)
    assert found["a.nb"] == "code\noutput\n"
    assert found["c.nb"] == "code c\noutput\n"
    assert found["x/b.nb"] == "code b\noutput\n"
    assert world.unmerged() == {"a.nb": "123", "c.nb": "12"}


def test_merge_drivers_do_not_run(tmp_path: Path) -> None:
    rules = {".gitattributes": "*.txt merge=evil\n"}
    world = World(tmp_path, {**rules, "a.txt": BODY}, {**rules, "a.txt": NEW})
    git(world.project, "config", "merge.evil.driver", f"touch {tmp_path}/ran")
    world.edits({"a.txt": MINE})
    world.update()
    assert files_of(world.project)["a.txt"] == BOTH
    assert not (tmp_path / "ran").exists()


def test_settings_that_run_code_or_change_output(tmp_path: Path, home: Path) -> None:
    world = World(tmp_path, {"a.txt": BODY}, {"a.txt": NEW})
    world.edits({"a.txt": MINE})
    evil = f"touch {tmp_path}/ran"
    for name, value in {
        "core.fsmonitor": evil,
        "core.hooksPath": str(tree(tmp_path / "hooks", {"post-index-change": Program(evil)})),
        "core.quotePath": "true",
        "color.ui": "always",
        "diff.noprefix": "true",
        "diff.external": "false",
        "merge.renames": "false",
        "status.short": "true",
        "core.splitIndex": "true",
        "index.version": "4",
        "commit.gpgSign": "true",
    }.items():
        git(home, "config", "--global", name, value)
    plan = world.update()
    assert world.kinds(plan) == {"a.txt": "merged"}
    assert files_of(world.project)["a.txt"] == BOTH
    assert not (tmp_path / "ran").exists()


def test_a_split_index(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.txt": BODY, "b.txt": "b\n"}, {"a.txt": NEW, "b.txt": "b\n"})
    git(world.project, "update-index", "--split-index")
    before = git(world.project, "ls-files", "-s")
    world.update()
    assert git(world.project, "show", ":a.txt") == NEW
    assert is_clean(world)
    abort_update(world.project)
    assert git(world.project, "ls-files", "-s") == before


def test_submodules_are_never_touched(tmp_path: Path) -> None:
    inner = repo(tmp_path / "inner", {"x.txt": "x\n"})
    world = World(tmp_path, {"a.txt": BODY}, {"a.txt": NEW, "lib/y.txt": "y\n"})
    add = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner))
    git(world.project, *add, "vendor")
    commit(world.project)
    edit(world.project, {"vendor/x.txt": "mine\n"})
    world.update()
    assert files_of(world.project)["a.txt"] == NEW
    assert (world.project / "vendor/x.txt").read_text() == "mine\n"


def test_a_submodule_where_the_blueprint_has_files(tmp_path: Path) -> None:
    inner = repo(tmp_path / "inner", {"x.txt": "x\n"})
    world = World(tmp_path, {"a.txt": BODY}, {"a.txt": NEW, "lib/y.txt": "y\n"})
    add = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner))
    git(world.project, *add, "lib")
    commit(world.project)
    plan = world.update()
    assert not plan.obstacles
    assert [change.path for change in plan.conflicts] == ["lib~theirs/y.txt"]
    assert files_of(world.project)["lib/x.txt"] == "x\n"
    assert not (world.project / "lib/y.txt").exists()
    assert git(world.project, "ls-files", "-s", "lib").startswith("160000 ")


def test_a_sparse_checkout(tmp_path: Path) -> None:
    base = {"in/a.txt": BODY, "out/b.txt": BODY, "out/c.txt": BODY, "out/d.txt": BODY}
    theirs = {"in/a.txt": NEW, "out/b.txt": NEW, "out/c.txt": NEW, "out/e.txt": "e\n"}
    world = World(tmp_path, base, theirs)
    world.edits({"out/c.txt": BODY.replace("line 5\n", "line 5 mine\n")})
    git(world.project, "sparse-checkout", "set", "--cone", "in")
    assert not (world.project / "out").exists()
    plan = world.update()
    assert [change.path for change in plan.conflicts] == ["out/c.txt"]
    assert set(files_of(world.project)) == {RECORD, "in/a.txt", "out/c.txt"}
    listed = git(world.project, "ls-files", "-v", "out/b.txt", "out/e.txt", "out/d.txt")
    assert listed.splitlines() == ["S out/b.txt", "S out/e.txt"]
    assert git(world.project, "show", ":out/b.txt") == NEW
    assert " D" not in world.status()


@pytest.mark.parametrize("kind", ["linked", "detached", "shallow", "separate"])
def test_other_work_trees(tmp_path: Path, kind: str) -> None:
    world = World(tmp_path, {"a.txt": BODY, "gone/b": "x\n"}, {"a.txt": NEW})
    world.edits({"a.txt": MINE})
    target = tmp_path / "other"
    if kind == "linked":
        git(world.project, "worktree", "add", "-q", str(target))
    elif kind == "shallow":
        git(tmp_path, "clone", "-q", "--depth=1", f"file://{world.project}", str(target))
    elif kind == "separate":
        where = f"--separate-git-dir={tmp_path}/elsewhere"
        git(tmp_path, "clone", "-q", where, str(world.project), str(target))
    else:
        git(world.project, "checkout", "-q", "--detach")
        target = world.project
    world.project = target
    before = files_of(target)
    world.update()
    assert files_of(target) == {RECORD: "_commit: 2\n", "a.txt": BOTH}
    assert is_clean(world)
    abort_update(target)
    assert files_of(target) == before
    assert world.status() == ""


def test_a_repository_with_sha256(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.txt": BODY}, {"a.txt": NEW, "x/b": "b\n"})
    target = tree(tmp_path / "other", {RECORD: "_commit: 1\n", "a.txt": MINE})
    git(target, "init", "-q", "--object-format=sha256")
    commit(target)
    world.project = target
    world.update()
    assert files_of(target)["a.txt"] == BOTH
    assert is_clean(world)
    commit(target)
    git(target, "fsck", "--strict")


def test_an_ignored_file_of_the_render(tmp_path: Path) -> None:
    """It was rendered, never committed, and is still on disk."""
    base = {".gitignore": "local/\n", "local/one": "1\n", "local/two": "1\n", "local/three": "1\n"}
    world = World(tmp_path, base, {**base, "local/one": "2\n", "local/two": "2\n"})
    plan = world.update()
    assert world.kinds(plan) == {"local/one": "updated", "local/two": "updated"}
    assert files_of(world.project)["local/one"] == "2\n"
    assert git(world.project, "ls-files", "local") == ""
    abort_update(world.project)
    assert files_of(world.project)["local/one"] == "1\n"
    edit(world.project, {"local/one": "mine\n", "local/two": "2\n"})
    plan = world.plan()
    assert [change.path for change in plan.obstacles] == ["local/one"]


def test_skipped_where_it_exists(tmp_path: Path) -> None:
    base: dict[str, Content] = {"s/one": "1\n", "s/two": "1\n", "s/three": "1\n", "a.txt": BODY}
    theirs: dict[str, Content] = {n: "2\n" for n in base if n != "a.txt"}
    world = World(tmp_path, base, {**theirs, "s/four": "2\n", "s/five": "2\n", "a.txt": NEW})
    world.edits({"s/one": "mine\n", "s/two": None, "s/five": "mine\n"})
    (world.project / ".git/info/exclude").write_text("four\n")
    tree(world.project, {"s/four": "mine\n"})
    plan = world.update(skip=lambda path: path.startswith("s/"))
    assert world.kinds(plan) == {"s/two": "added", "a.txt": "updated"}
    found = {p: t for p, t in world.files().items() if p.startswith("s/")}
    want = {"one": "mine\n", "two": "2\n", "three": "1\n", "four": "mine\n", "five": "mine\n"}
    assert found == {f"s/{name}": text for name, text in want.items()}


def test_the_record_is_theirs(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.txt": BODY}, {"a.txt": NEW})
    world.edits({RECORD: "# a note\n_commit: 1\nmine: 2\n"})
    plan = world.update()
    assert not plan.conflicts
    assert (world.project / RECORD).read_text() == "_commit: 2\n"


def test_a_structured_merge(tmp_path: Path) -> None:
    base = {"c.yaml": "a: 1\nz: 9\n"}
    world = World(tmp_path, base, {"c.yaml": "a: 1\ntheirs: 2\nz: 9\n"})
    world.edits({"c.yaml": "a: 1\nmine: 3\nz: 9\n"})
    plan = world.update()
    assert world.kinds(plan) == {"c.yaml": "merged by structure"}
    text = (world.project / "c.yaml").read_text()
    assert sorted(text.splitlines()) == ["a: 1", "mine: 3", "theirs: 2", "z: 9"]
    assert is_clean(world)


def write_tree(folder: Path, algorithm: str = "sha1") -> str:
    store = ObjectStore(algorithm)
    return store.write_tree(read_folder(folder, store))


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_tree_is_what_git_would_make(tmp_path: Path, algorithm: str) -> None:
    files: Files = {
        "a/b": "x",
        "a.b": "y",
        "a0": Program("z"),
        "l": Link("a.b"),
        "é ü\n": b"\0\r\n",
    }
    folder = tree(tmp_path / "f", files)
    (folder / "empty").mkdir()
    mine = write_tree(folder, algorithm)
    git(folder, "init", "-q", f"--object-format={algorithm}")
    git(folder, "add", "--all")
    assert git(folder, "write-tree").strip() == mine


def test_a_git_folder_in_a_render(tmp_path: Path) -> None:
    with pytest.raises(ScaffoldError, match="git's own folder"):
        write_tree(tree(tmp_path / "f", {"a/.Git/config": "x"}))


def test_a_base_that_git_holds(tmp_path: Path) -> None:
    world = World(tmp_path, {"a.txt": BODY}, {"a.txt": NEW})
    base = git(world.project, "rev-parse", "HEAD^{tree}").strip()
    assert base == write_tree(world.base)
    world.edits({"a.txt": MINE})
    apply_plan(world.plan_renders(base, world.theirs))
    assert files_of(world.project)["a.txt"] == BOTH


@pytest.mark.parametrize("prefix", ["", "apps/one"])
def test_a_diff_can_be_applied(tmp_path: Path, prefix: str) -> None:
    base: Files = {"a.txt": BODY, "old.py": BODY, "i.png": b"\0one", "x": "x\n", "l": Link("x")}
    theirs: Files = {"a.txt": NEW, "new.py": BODY, "i.png": b"\0two", "d/é é": Program("p\n")}
    world = World(tmp_path, base, theirs, prefix)
    world.edits({"a.txt": MINE})
    plan = world.plan()
    (tmp_path / "patch").write_text(diff_plan(plan))
    git(world.project, "apply", str(tmp_path / "patch"))
    patched = files_of(world.project)
    git(world.project, "checkout", "-q", ".")
    git(world.project, "clean", "-qfd")
    apply_plan(plan)
    assert files_of(world.project) == patched


def test_the_number_of_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = []
    for number in (3, 60):
        base = {f"{n}.txt": BODY for n in range(number)} | {"same.txt": BODY}
        theirs = {f"{n}.txt": NEW for n in range(number)} | {"x.txt": BODY, "same.txt": NEW}
        world = World(tmp_path / str(number), base, theirs)
        world.edits({f"{n}.txt": MINE for n in range(0, number, 3)} | {"1.txt": None})
        log = tree(tmp_path / f"bin-{number}", {"log": ""}) / "log"
        wrapper = f'#!/bin/sh\necho "$$" >> {log}\nexec {shutil.which("git")} "$@"\n'
        tree(log.parent, {"git": Program(wrapper)})
        with monkeypatch.context() as patch:
            patch.setenv("PATH", str(log.parent), prepend=os.pathsep)
            world.update()
        counts.append(len(log.read_text().splitlines()))
    assert counts[0] == counts[1] <= 16


NAMES = st.sampled_from(["a", "b", "c", "d/a", "d/b", "e/f/a", "e"])
TEXTS = st.lists(st.sampled_from(["one", "two", "three", "four"]), max_size=6).map(
    lambda words: "".join(f"{word}\n" for word in words)
)


def consistent(files: dict[str, str]) -> bool:
    return not any(a.startswith(b + "/") for a in files for b in files)


TREES = st.dictionaries(NAMES, TEXTS, max_size=6).filter(consistent)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(base=TREES, theirs=TREES, ours=TREES)
def test_the_plan_is_what_is_done(
    tmp_path_factory: pytest.TempPathFactory,
    base: dict[str, str],
    theirs: dict[str, str],
    ours: dict[str, str],
) -> None:
    """Whatever the trees: what changes is what the plan names, and no word of ours is lost."""
    world = World(tmp_path_factory.mktemp("world"), base, theirs)
    world.edits(dict.fromkeys(base) | ours)
    before = {path: str(text) for path, text in world.files().items()}
    plan = world.update()
    after = {path: str(text) for path, text in world.files().items()}
    changed = {path for path in before | after if before.get(path) != after.get(path)}
    assert changed <= {p for change in plan.changes for p in (change.path, change.old_path)}
    followed = {change.old_path for change in plan.changes} | set(world.unmerged())
    edited = {path for path, text in before.items() if base.get(path) != text}
    unmerged = set(world.unmerged())
    shown = {line for path in unmerged & set(after) for line in after[path].splitlines()}
    for path in edited - set(after) - followed:
        assert before[path] in after.values() or set(before[path].splitlines()) <= shown
    assert not any("<<<<<<<" in text for path, text in after.items() if path not in unmerged)
    assert unmerged == {change.path for change in plan.conflicts}
    abort_update(world.project)
    assert world.files() == before
    assert world.status() == ""


@pytest.mark.parametrize("folder", ["link", "submodule"])
def test_ignored_files_beside_a_folder_that_is_elsewhere(tmp_path: Path, folder: str) -> None:
    """git stops at a path behind a link or in a submodule, and says nothing of those after it."""
    world = World(tmp_path, {".gitignore": "*.log\n", "real/b.txt": BODY}, {})
    if folder == "link":
        edit(world.project, {"a": Link("real")})
    else:
        repo(world.project / "a", {"b.txt": BODY})
    commit(world.project)
    names = [f"{number}.log" for number in range(20)]  # the order of a folder is the disk's
    edit(world.project, dict.fromkeys(names, MINE))
    new: Files = {RECORD: "_commit: 2\n", "a/b.txt": NEW, **dict.fromkeys(names, NEW)}
    theirs = tree(tmp_path / "new", new)
    plan = world.plan_renders(None, theirs)
    assert set(names) <= {change.path for change in plan.obstacles}
