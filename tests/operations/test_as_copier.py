"""Copier's words for versions and paths: ``HEAD``, pre-releases, what to leave out and alone."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from scaffold import CreateResult, Inputs, UpdateOptions, check, create, update
from scaffold.errors import ScaffoldError, UsageError
from scaffold.project.record import read_record

from ..helpers.blueprints_on_disk import repository
from ..helpers.factories import commit, edit, files_of, git, index_of, tree

RECORD = ".copier-answers.yml"
DEFAULTS = Inputs(defaults=True)


def template(**files: str) -> dict[str, str]:
    return {
        "copier.yml": "_subdirectory: t\nname: demo\n",
        "t/{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers|to_nice_yaml }}",
        **{f"t/{name}": text for name, text in files.items()},
    }


def recorded(project: Path, name: str = RECORD) -> dict[str, str]:
    found: dict[str, str] = yaml.safe_load((project / name).read_text())
    return found


def names(project: Path) -> set[str]:
    return set(files_of(project)) - {RECORD}


# ---------------------------------------------------------------- HEAD


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return repository(tmp_path / "t", {"v1": template(a="1\n")})


def test_head_is_the_commit_that_is_checked_out(tmp_path: Path, source: Path) -> None:
    edit(source, {"t/a": "2\n"})
    head = commit(source)
    create(tmp_path / "p", str(source), DEFAULTS, version="HEAD")
    assert (tmp_path / "p/a").read_text() == "2\n"
    found = read_record(tmp_path / "p")
    assert (found.version, found.commit) == (f"v1-1-g{head[:7]}", head)


def test_head_holds_uncommitted_changes_and_the_record_and_a_note_say_so(
    tmp_path: Path, source: Path
) -> None:
    edit(source, {"t/a": "2\n", "t/untracked": "", "t/ignored.pyc": "", ".gitignore": "*.pyc\n"})
    before = index_of(source), git(source, "count-objects"), git(source, "status", "--porcelain")
    made = create(tmp_path / "p", str(source), DEFAULTS, version="HEAD")
    assert names(tmp_path / "p") == {"a", "untracked"}
    assert (tmp_path / "p/a").read_text() == "2\n"
    assert made.version == recorded(tmp_path / "p")["_commit"] == "v1-dirty"
    assert read_record(tmp_path / "p").commit == ""
    assert made.notes == (f"uncommitted changes of {source} are part of v1-dirty",)
    after = index_of(source), git(source, "count-objects"), git(source, "status", "--porcelain")
    assert after == before


def test_a_release_is_not_touched_by_uncommitted_changes(tmp_path: Path, source: Path) -> None:
    edit(source, {"t/a": "2\n"})
    made = create(tmp_path / "p", str(source), DEFAULTS)
    assert ((tmp_path / "p/a").read_text(), made.notes) == ("1\n", ())


def test_without_tags_the_newest_is_head(tmp_path: Path) -> None:
    source = tree(tmp_path / "t", template(a="1\n"))
    git(source, "init", "--quiet")
    unborn = create(tmp_path / "p", str(source), DEFAULTS)
    assert unborn.version.endswith("-dirty")
    head = commit(source)
    clean = create(tmp_path / "q", str(source), DEFAULTS)
    assert (clean.version, clean.notes) == (head[:7], ())
    edit(source, {"t/b": "2\n"})
    assert create(tmp_path / "r", str(source), DEFAULTS).version == f"{head[:7]}-dirty"
    assert names(tmp_path / "r") == {"a", "b"}


def test_head_of_a_plain_folder_is_the_folder(tmp_path: Path) -> None:
    source = tree(tmp_path / "t", template(a="1\n"))
    create(tmp_path / "p", str(source), DEFAULTS, version="HEAD")
    assert names(tmp_path / "p") == {"a"}


def test_an_update_goes_from_one_uncommitted_state_to_the_next(
    tmp_path: Path, source: Path
) -> None:
    edit(source, {"t/a": "1\n2\n"})
    create(tmp_path / "p", str(source), DEFAULTS, version="HEAD")
    edit(tmp_path / "p", {"mine": "kept\n"})
    commit(tmp_path / "p")
    edit(source, {"t/a": "1\n2\n3\n", "t/b": "new\n"})
    done = update(tmp_path / "p", DEFAULTS, UpdateOptions("HEAD"))
    assert done.plan is not None
    assert not done.plan.conflicts
    assert (tmp_path / "p/a").read_text() == "1\n2\n3\n"
    assert names(tmp_path / "p") == {"a", "b", "mine"}
    assert "v1-dirty" in done.notes[0]


# ---------------------------------------------------------------- pre-releases


def test_pre_releases_count_where_they_are_asked_for(tmp_path: Path) -> None:
    versions = {v: template(a=f"{v}\n") for v in ("v1.0.0", "v2.0.0rc1")}
    source = repository(tmp_path / "t", versions)
    assert create(tmp_path / "p", str(source), DEFAULTS).version == "v1.0.0"
    early = create(tmp_path / "q", str(source), DEFAULTS, prereleases=True)
    assert early.version == "v2.0.0rc1"
    assert [c.available for c in check([tmp_path / "p"])] == [False]
    found = check([tmp_path / "p"], prereleases=True)
    assert [(c.newest, c.available) for c in found] == [("v2.0.0rc1", True)]
    update(tmp_path / "p", DEFAULTS, UpdateOptions(prereleases=True))
    assert (tmp_path / "p/a").read_text() == "v2.0.0rc1\n"


# ---------------------------------------------------------------- paths


def two_versions(root: Path) -> Path:
    first = template(**{"a": "1\n", "docs/b": "1\n", "c": "1\n"})
    second = template(**{"a": "2\n", "docs/b": "2\n", "c": "2\n", "docs/new": "2\n"})
    return repository(root / "t", {"v1": first, "v2": second})


def test_what_is_excluded_is_not_written_and_an_update_does_not_bring_it(tmp_path: Path) -> None:
    project, source = tmp_path / "p", two_versions(tmp_path)
    create(project, str(source), DEFAULTS, version="v1", exclude=["docs/b"])
    assert names(project) == {"a", "c"}
    update(project, DEFAULTS)
    assert names(project) == {"a", "c", "docs/new"}


def test_an_update_leaves_what_is_excluded_as_it_is(tmp_path: Path) -> None:
    project, source = tmp_path / "p", two_versions(tmp_path)
    create(project, str(source), DEFAULTS, version="v1")
    update(project, DEFAULTS, UpdateOptions(exclude=["docs"]))
    assert {name: (project / name).read_text() for name in names(project)} == {
        "a": "2\n",
        "c": "2\n",
        "docs/b": "1\n",
    }


def test_an_update_skips_what_exists(tmp_path: Path) -> None:
    project, source = tmp_path / "p", two_versions(tmp_path)
    create(project, str(source), DEFAULTS, version="v1")
    update(project, DEFAULTS, UpdateOptions(skip=["docs"]))
    assert (project / "docs/b").read_text() == "1\n"
    assert (project / "docs/new").read_text() == "2\n"


def test_templates_see_what_is_left_out(tmp_path: Path) -> None:
    conf = "{{ _copier_conf.exclude|list }} {{ _copier_conf.skip_if_exists|list }}"
    source = tree(tmp_path / "t", template(**{"a.jinja": conf}))
    create(tmp_path / "p", str(source), DEFAULTS, exclude=["x"], skip=["y"])
    assert (tmp_path / "p/a").read_text() == "['x'] ['y']"


# ---------------------------------------------------------------- the record's name


def test_a_record_goes_where_it_is_told(tmp_path: Path, source: Path) -> None:
    made = create(tmp_path / "p", str(source), DEFAULTS, record=".answers/ci.yml")
    assert recorded(tmp_path / "p", ".answers/ci.yml")["_commit"] == "v1"
    assert {file.path for file in made.files} == {".answers/ci.yml", "a"}


def test_a_blueprint_that_writes_another_record_is_told(tmp_path: Path) -> None:
    files = {"copier.yml": "", f"{RECORD}.jinja": "{{ _copier_answers|to_nice_yaml }}"}
    made = create(tmp_path / "p", str(tree(tmp_path / "t", files)), DEFAULTS, record="own.yml")
    assert "this blueprint writes no own.yml" in made.notes[0]


@pytest.mark.parametrize("name", ["../r.yml", "/r.yml", ".git/r.yml", "a/../../r.yml"])
def test_a_record_outside_its_project_is_refused(tmp_path: Path, source: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"the record .* (leaves the project|git's own folder)"):
        create(tmp_path / "p", str(source), DEFAULTS, record=name)
    assert not (tmp_path / "p").exists()


# ---------------------------------------------------------------- as little as Copier needs


def made_of(tmp_path: Path, files: dict[str, str]) -> CreateResult:
    return create(tmp_path / "p", str(tree(tmp_path / "t", files)), DEFAULTS)


def test_a_blueprint_may_render_no_file(tmp_path: Path) -> None:
    made = made_of(tmp_path, {"copier.yml": "_exclude: ['*']\n", "a": "1\n"})
    assert (made.files, made.repository) == ((), True)
    assert names(tmp_path / "p") == set()


def test_a_folder_without_copier_yml_is_taken_and_it_is_told(tmp_path: Path) -> None:
    made = made_of(tmp_path, {"a.jinja": "{{ 1 + 1 }}"})
    assert (tmp_path / "p/a").read_text() == "2"
    assert "t has no copier.yml: all its files are used" in made.notes


def test_an_empty_folder_is_no_blueprint(tmp_path: Path) -> None:
    with pytest.raises(ScaffoldError, match="holds no blueprint"):
        made_of(tmp_path, {})


# ---------------------------------------------------------------- external data


def test_external_data_outside_the_project_needs_trust(tmp_path: Path) -> None:
    files = template(**{"a.jinja": "{{ seen }}"})
    files["copier.yml"] += "_external_data: {x: ../x.yml}\nseen: '{{ _external_data.x.key }}'\n"
    source = str(tree(tmp_path / "s", files))
    tree(tmp_path, {"x.yml": "key: value\n"})
    with pytest.raises(ScaffoldError, match="points outside the project") as caught:
        create(tmp_path / "p", source, DEFAULTS)
    assert "--trust" in caught.value.hint
    create(tmp_path / "p", source, DEFAULTS, trust=True)
    assert (tmp_path / "p/a").read_text() == "value"


# ---------------------------------------------------------------- versions and tasks


def test_two_releases_of_one_commit_are_two_versions(tmp_path: Path) -> None:
    source = repository(tmp_path / "t", {"v2.0.0rc1": template(a="1\n")})
    create(tmp_path / "p", str(source), DEFAULTS, version="v2.0.0rc1")
    git(source, "tag", "v2.0.0")
    assert [c.available for c in check([tmp_path / "p"])] == [True]
    update(tmp_path / "p", DEFAULTS)
    assert recorded(tmp_path / "p")["_commit"] == "v2.0.0"
    assert [c.available for c in check([tmp_path / "p"])] == [False]


def test_tasks_run_in_the_project_even_if_nothing_is_rendered(tmp_path: Path) -> None:
    files = {"copier.yml": "_tasks: ['echo made > by-task']\n_exclude: ['*']\n"}
    create(tmp_path / "p", str(tree(tmp_path / "t", files)), DEFAULTS, trust=True)
    assert (tmp_path / "p/by-task").read_text() == "made\n"
