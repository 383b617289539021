"""`check`, `update` and `diff` find the project that they stand in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scaffold.project.search import find_project

from ..helpers.blueprints_on_disk import run_git, tree
from ..helpers.factories import repo
from ..operations.test_update import World, scaffold, template

RECORD = {".copier-answers.yml": "_src_path: x\n"}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, template({"src/a.txt": "1\n"}), template({"src/a.txt": "2\n"}))


@pytest.mark.parametrize("given", [(), (".",), ("../src",)])
def test_every_command_works_from_a_folder_of_the_project(
    world: World, given: tuple[str, ...]
) -> None:
    inside = world.project / "src"
    done = scaffold("check", *given, cwd=inside)
    assert (done.returncode, "next: scaffold update ..\n" in done.stdout) == (3, True), done
    assert scaffold("diff", *given, "--to", "v2.0.0", cwd=inside).stdout.count("+2\n") == 1
    done = scaffold("update", *given, "--defaults", cwd=inside)
    assert (done.returncode, "git -C .. commit" in done.stdout) == (0, True), done
    assert world.text("src/a.txt") == "2\n"
    assert scaffold("update", *given, "--abort", cwd=inside).returncode == 0
    assert world.text("src/a.txt") == "1\n"


def test_a_path_from_elsewhere_is_found_too(world: World) -> None:
    inside = world.project / "src"
    rows = json.loads(scaffold("check", inside, "p/src", "--json", cwd=world.root).stdout)
    assert [row["path"] for row in rows["projects"]] == [str(world.project), "p"]
    done = scaffold("answers", "--from", inside, cwd=world.root)
    assert (done.returncode, "name: world" in done.stdout) == (0, True)


def test_the_search_ends_at_the_top_of_the_repository(tmp_path: Path) -> None:
    tree(tmp_path, {**RECORD, "inner/deep/a.txt": ""})
    assert find_project(tmp_path / "inner/deep") == tmp_path
    run_git("init", "-q", "inner", cwd=tmp_path)
    assert find_project(tmp_path / "inner/deep") == tmp_path / "inner/deep"
    done = scaffold("check", "inner/deep", cwd=tmp_path)
    assert (done.returncode, "no `.copier-answers.yml` in inner/deep" in done.stdout) == (1, True)


def test_a_linked_work_tree_and_a_submodule_end_it_too(tmp_path: Path) -> None:
    tree(tmp_path, {**RECORD, "module/.git": "gitdir: elsewhere\n", "module/a/b.txt": ""})
    assert find_project(tmp_path / "module/a") == tmp_path / "module/a"


def test_the_nearest_project_is_it_and_no_other_one(tmp_path: Path) -> None:
    inner = {f"inner/{name}": text for name, text in RECORD.items()}
    repo(tmp_path, {**RECORD, "docs.yml": "_src_path: y\n", **inner, "inner/a/b.txt": ""})
    assert find_project(tmp_path / "inner/a") == tmp_path / "inner"
    assert find_project(tmp_path / "inner/a", "docs.yml") == tmp_path / "inner/a"
    assert find_project(tmp_path, "docs.yml") == tmp_path


def test_without_a_repository_it_ends_below_the_home_folder(tmp_path: Path, home: Path) -> None:
    tree(home, {**RECORD, "work/p/.copier-answers.yml": "", "work/p/a/b.txt": ""})
    assert find_project(home / "work/p/a") == home / "work/p"
    assert find_project(home / "work") == home / "work"
    assert find_project(home) == home
    run_git("init", "-q", cwd=home)
    assert find_project(home / "work") == home


def test_a_link_to_a_folder_leads_to_where_it_is(tmp_path: Path) -> None:
    tree(tmp_path, {f"p/{name}": text for name, text in RECORD.items()})
    (tmp_path / "p/a").mkdir()
    (tmp_path / "link").symlink_to("p/a")
    assert find_project(tmp_path / "link") == tmp_path / "p"
