"""`check` and `update` agree on where an update goes: by history, where names do not tell."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from scaffold import Inputs, UpdateOptions, check, update
from scaffold.blueprints.repository import RepositoryBlueprint
from scaffold.blueprints.versions import VersionOrder, compare_names
from scaffold.errors import ScaffoldError, UsageError

from ..helpers.blueprints_on_disk import repository, run_git, tree
from .test_update import commit, scaffold, template

DEFAULTS = Inputs(defaults=True)


class Source:
    """A blueprint with v1.0.0, v2.0.0 and one more commit; its file says which commit it is."""

    def __init__(self, root: Path) -> None:
        self.root = root
        versions = {tag: template({"a.txt": f"{tag}\n"}) for tag in ("v1.0.0", "v2.0.0")}
        self.path = repository(root / "source", versions)
        self.commit("main+1")

    def git(self, *args: str) -> str:
        return run_git(*args, cwd=self.path)

    def commit(self, text: str, *tags: str) -> None:
        tree(self.path, {"template/a.txt": f"{text}\n"})
        commit(self.path, text)
        for tag in tags:
            self.git("tag", "-f", tag)

    def new(self, version: str) -> Path:
        args = ("new", "p", "-b", self.url, "--to", version, "--defaults")
        done = scaffold(*args, cwd=self.root)
        assert done.returncode == 0, done.stderr
        return self.root / "p"

    url: str | Path = ""


@pytest.fixture(params=["path", "url"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    made = Source(tmp_path)
    made.url = made.path if request.param == "path" else f"file://{made.path}"
    return made


def on_a_side_branch(text: str, *tags: str) -> Callable[[Source], None]:
    def do(source: Source) -> None:
        source.git("checkout", "-q", "-b", "side", "v1.0.0")
        source.commit(text, *tags)

    return do


def after(*commits: tuple[str, ...]) -> Callable[[Source], None]:
    def do(source: Source) -> None:
        for text, *tags in commits:
            source.commit(text, *tags)

    return do


def tag(*names: str, at: str) -> Callable[[Source], None]:
    def do(source: Source) -> None:
        for name in names:
            source.git("tag", "-f", name, at)

    return do


def nothing(source: Source) -> None:
    """Leave the source alone."""


HISTORIES = {
    "ahead of the newest": (nothing, "main", nothing, ""),
    "ahead, then a release": (nothing, "main", after(("three", "v3.0.0")), "three"),
    "a tag that is no version": (tag("stable", at="main"), "stable", nothing, ""),
    "such a tag on a release": (tag("stable", at="v2.0.0"), "stable", nothing, ""),
    "such a tag on an old release": (tag("stable", at="v1.0.0"), "stable", nothing, "v2.0.0"),
    "such a tag that moved on": (
        tag("stable", at="main"),
        "stable",
        lambda s: (s.commit("more", "stable"), s.commit("three", "v3.0.0")),
        "three",
    ),
    "such a tag that is gone": (
        tag("stable", at="v1.0.0"),
        "stable",
        lambda s: s.git("tag", "-d", "stable"),
        "v2.0.0",
    ),
    "a branch off an older release": (on_a_side_branch("side"), "side", nothing, "v2.0.0"),
    "a branch that a hotfix was made on": (
        nothing,
        "main",
        lambda s: (s.git("checkout", "-q", "-b", "fix", "v2.0.0"), s.commit("fix", "v2.0.1")),
        "fix",
    ),
    "a newer name behind it": (tag("v9.0.0", at="v1.0.0"), "v2.0.0", nothing, ""),
    "an older name after it": (nothing, "v2.0.0", after(("late", "v1.0.1")), ""),
    "a release on another branch": (on_a_side_branch("s", "v1.5.0"), "v1.5.0", nothing, "v2.0.0"),
    "a tag that is gone": (
        nothing,
        "v1.0.0",
        lambda s: s.git("tag", "-d", "v1.0.0"),
        "v2.0.0",
    ),
    "another newest tag moved": (nothing, "v1.0.0", tag("v2.0.0", at="main"), "main+1"),
}


@pytest.mark.parametrize(("before", "made", "later", "expected"), HISTORIES.values(), ids=HISTORIES)
def test_an_update_never_goes_back_and_check_agrees(
    source: Source,
    before: Callable[[Source], object],
    made: str,
    later: Callable[[Source], object],
    expected: str,
) -> None:
    before(source)
    project = source.new(made)
    old = (project / "a.txt").read_text()
    later(source)
    found = check([project])[0]
    done = update(project, DEFAULTS)
    assert found.problem == ""
    assert (found.available, done.written) == (bool(expected), bool(expected))
    assert (project / "a.txt").read_text() == (f"{expected}\n" if expected else old)
    assert done.new == (found.newest if expected else found.current)


@pytest.mark.parametrize("older", ["v2.0.0", "v1.0.0", "main~2"])
def test_what_lies_behind_is_refused_as_a_downgrade(source: Source, older: str) -> None:
    project = source.new("main")
    with pytest.raises(UsageError, match="downgrade"):
        update(project, DEFAULTS, UpdateOptions(older))
    assert (project / "a.txt").read_text() == "main+1\n"


def test_what_comes_after_is_taken_when_it_is_named(source: Source) -> None:
    project = source.new("v2.0.0")
    assert not check([project])[0].available
    assert update(project, DEFAULTS, UpdateOptions("main")).written
    assert (project / "a.txt").read_text() == "main+1\n"


def test_answers_change_where_the_project_is_ahead(source: Source) -> None:
    project = source.new("main")
    done = update(project, Inputs(data=["name=Ada"], defaults=True))
    assert done.written
    assert "hello Ada" in (project / "hello.txt").read_text()
    assert (project / "a.txt").read_text() == "main+1\n"


def test_a_version_that_moved_is_told_by_both(source: Source) -> None:
    project = source.new("v1.0.0")
    tag("v1.0.0", at="main")(source)
    found = check([project])[0]
    assert (found.available, "has changed" in found.problem) == (False, True)
    with pytest.raises(ScaffoldError, match="has changed"):
        update(project, DEFAULTS)


def test_a_history_that_is_cut_off_is_not_taken_for_another_one(source: Source) -> None:
    project = source.new("main")
    source.git("tag", "v2.0.1", "v2.0.0")  # behind, which a shallow copy cannot tell
    shallow = source.root / "shallow"
    run_git("clone", "-q", "--depth=1", f"file://{source.path}", str(shallow), cwd=source.root)
    run_git("fetch", "-q", "--depth=1", "--tags", "origin", cwd=shallow)
    record = project / ".copier-answers.yml"
    text = record.read_text().replace(str(source.url), str(shallow))
    record.write_text(text)
    commit(project)
    source.git("tag", "-d", "v2.0.1")
    run_git("tag", "-d", "v2.0.1", cwd=shallow)
    found, done = check([project])[0], update(project, DEFAULTS)
    assert (found.available, done.written, found.newest) == (False, False, "v2.0.0")
    with pytest.raises(UsageError, match="downgrade"):
        update(project, DEFAULTS, UpdateOptions("v2.0.0"))


def test_two_lines_of_history_without_releases_move_only_when_told(tmp_path: Path) -> None:
    source = Source(tmp_path)
    source.url = source.path
    source.git("tag", "-d", "v1.0.0", "v2.0.0")
    project = source.new("main")
    source.git("checkout", "-q", "--orphan", "anew")
    source.commit("anew", "v1.0.0")
    found = check([project])[0]
    assert (found.available, "--to v1.0.0" in found.note) == (False, True)
    done = update(project, DEFAULTS)
    assert (done.written, done.notes) == (False, (found.note,))
    assert update(project, DEFAULTS, UpdateOptions("v1.0.0")).written


def test_the_head_of_a_source_without_releases_is_what_both_mean(source: Source) -> None:
    source.git("tag", "-d", "v1.0.0", "v2.0.0")
    project = source.new("main")
    assert not check([project])[0].available
    source.commit("more")
    found = check([project])[0]
    assert found.available
    done = update(project, DEFAULTS)
    assert (done.written, done.new) == (True, found.newest)
    assert (project / "a.txt").read_text() == "more\n"


def test_a_record_without_a_version_is_told_by_both(source: Source) -> None:
    project = tree(source.root / "p", {".copier-answers.yml": f"_src_path: {source.url}\n"})
    run_git("init", "-q", cwd=project)
    commit(project)
    done = scaffold("check", "--json", cwd=project)
    assert done.returncode == 1
    assert "does not name a version" in json.loads(done.stdout)["projects"][0]["problem"]
    with pytest.raises(ScaffoldError, match="does not name a version"):
        update(project, DEFAULTS)


def test_a_short_id_is_no_version(tmp_path: Path) -> None:
    source = Source(tmp_path)
    found = RepositoryBlueprint("x", str(source.path), source.path)
    assert [found._is_release(name) for name in ("5c85249", "1346433", "v1")] == [0, 0, 1]
    source.git("tag", "20260101")
    assert RepositoryBlueprint("x", str(source.path), source.path)._is_release("20260101")


@pytest.mark.parametrize(
    ("version", "recorded", "order"),
    [
        ("v2", "v1", VersionOrder.newer),
        ("1.0", "v1.0.0", VersionOrder.same),
        ("v1", "v1-3-gabc123", VersionOrder.older),
        ("v1-3-gabc123", "v1", VersionOrder.newer),
        ("v1-4-gabc123", "v1-3-gdef456", VersionOrder.unknown),
        ("v1", "v1-dirty", VersionOrder.older),
        ("v1", "v1-3-gabc123-dirty", VersionOrder.older),
        ("v2", "v1-3-gabc123", VersionOrder.newer),
        ("v2", "stable", VersionOrder.unknown),
        ("stable", "stable", VersionOrder.same),
    ],
)
def test_names_in_order(version: str, recorded: str, order: VersionOrder) -> None:
    assert compare_names(version, recorded) is order
