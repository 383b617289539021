"""Whose code runs: nobody's, unless a person said so.

Each blueprint that wants to run code here would leave a canary.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest
import yaml

from scaffold import create, update
from scaffold.errors import ScaffoldError
from scaffold.operations.diff import diff
from scaffold.operations.inputs import UpdateOptions

from ..helpers.blueprints_on_disk import repository, run_git, tree
from ..helpers.factories import files_of
from ..helpers.trusting import PLAIN, Person, blueprint, said


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """What the code of a blueprint makes."""
    return tmp_path / "ran"


@pytest.fixture
def codes(
    tmp_path: Path, canary: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Mapping[str, str]]:
    """The settings of a blueprint that would run code, by kind."""
    extension = (
        f"from pathlib import Path\nPath({str(canary)!r}).touch()\n"
        "from jinja2.ext import Extension\nclass Canary(Extension): ...\n"
    )
    tree(tmp_path / "modules", {"canary_extension.py": extension})
    monkeypatch.syspath_prepend(tmp_path / "modules")
    yield {
        "tasks": f"_tasks: ['touch {canary}']\n",
        "migrations": f"_migrations: ['touch {canary}']\n",
        "jinja extensions": "_jinja_extensions: [canary_extension.Canary]\n",
    }
    sys.modules.pop("canary_extension", None)


KINDS = ["tasks", "migrations", "jinja extensions"]


def two_versions(root: Path, code: str) -> Path:
    """A blueprint whose second version wants to run code."""
    return repository(root, {"v1": PLAIN, "v2": blueprint(code)})


def release(source: Path, tag: str, *, text: str = "") -> None:
    """Another commit with a tag, which may stand elsewhere already."""
    tree(source, {"template/more.txt": f"{tag} {text}\n"})
    run_git("add", "-A", cwd=source)
    run_git("commit", "-q", "-m", tag, cwd=source)
    run_git("tag", "-f", tag, cwd=source)


# ---------------------------------------------------------------- code


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dry_run", [False, True], ids=["", "dry run"])
def test_code_does_not_run_unasked(
    tmp_path: Path, canary: Path, codes: Mapping[str, str], kind: str, dry_run: bool
) -> None:
    """Neither in `new` nor in `update`; what would run is shown, and nothing is written."""
    source = two_versions(tmp_path / "source", codes[kind])
    project = create(tmp_path / "p", str(source), said(), version="v1").path
    before = files_of(project)
    with pytest.raises(ScaffoldError, match=f"source v2 wants to run code: {kind}") as caught:
        update(project, said(), UpdateOptions(dry_run=dry_run))
    head = run_git("rev-parse", "v2", cwd=source)
    assert f"from {source} at {head}" in caught.value.details
    code = yaml.safe_load(codes[kind]).popitem()[1][0]
    assert any(code in line for line in caught.value.details), caught.value.details
    assert "add --trust" in caught.value.hint
    assert ("--skip-tasks" in caught.value.hint) == (kind != "jinja extensions")
    if kind != "migrations":
        with pytest.raises(ScaffoldError, match="wants to run code"):
            create(tmp_path / "q", str(source), said(), dry_run=dry_run)
    assert not (tmp_path / "q").exists()
    assert files_of(project) == before
    assert not canary.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_trust_holds_for_one_commit(
    tmp_path: Path, canary: Path, codes: Mapping[str, str], kind: str
) -> None:
    source = two_versions(tmp_path / "source", codes[kind])
    create(tmp_path / "p", str(source), said(), version="v1")
    shutil.copytree(tmp_path / "p", tmp_path / "same")
    shutil.copytree(tmp_path / "p", tmp_path / "next")
    update(tmp_path / "p", said(), UpdateOptions(trust=True))
    assert canary.exists()
    canary.unlink()
    sys.modules.pop("canary_extension", None)
    update(tmp_path / "same", said())
    assert canary.exists()
    canary.unlink()
    sys.modules.pop("canary_extension", None)
    trusted = run_git("rev-parse", "v2", cwd=source)
    release(source, "v3")
    with pytest.raises(ScaffoldError, match="source v3 wants to run code") as caught:
        update(tmp_path / "next", said())
    assert f"you trusted another commit of it before: {trusted}" in caught.value.details
    assert not canary.exists()


def test_trust_does_not_pass_to_another_source(
    tmp_path: Path, canary: Path, codes: Mapping[str, str]
) -> None:
    """Not even where the commit is the same: who serves it may serve another one next."""
    source = repository(tmp_path / "source", {"v1": blueprint(codes["tasks"])})
    create(tmp_path / "p", str(source), said(), trust=True)
    canary.unlink()
    run_git("clone", "-q", str(source), str(tmp_path / "fork"), cwd=tmp_path)
    with pytest.raises(ScaffoldError, match="wants to run code"):
        create(tmp_path / "q", str(tmp_path / "fork"), said())
    assert not canary.exists()


@pytest.mark.parametrize("agrees", [True, False])
def test_a_person_is_asked_and_told_what_would_run(
    tmp_path: Path, canary: Path, codes: Mapping[str, str], agrees: bool
) -> None:
    source = repository(tmp_path / "source", {"v1": blueprint(codes["tasks"])})
    person = Person(agrees)
    if agrees:
        create(tmp_path / "p", str(source), said(person))
    else:
        with pytest.raises(ScaffoldError, match="wants to run code: tasks"):
            create(tmp_path / "p", str(source), said(person))
    question, lines = person.asked[0]
    assert question == "source v1 wants to run code: tasks. Allow it to run?"
    assert lines[1:] == (f"_tasks: touch {canary}",)
    assert len(person.asked) == 1
    assert (canary.exists(), (tmp_path / "p").exists()) == (agrees, agrees)


@pytest.mark.parametrize("kind", ["tasks", "migrations"])
def test_tasks_can_be_left_out(
    tmp_path: Path, canary: Path, codes: Mapping[str, str], kind: str
) -> None:
    source = two_versions(tmp_path / "source", codes[kind])
    create(tmp_path / "p", str(source), said(), version="v1")
    update(tmp_path / "p", said(), UpdateOptions(skip_tasks=True))
    create(tmp_path / "q", str(source), said(), skip_tasks=True)
    assert not canary.exists()
    assert (tmp_path / "q/hello.txt").exists()


def test_a_dry_run_that_is_trusted_runs_tasks_aside(tmp_path: Path) -> None:
    """What they make is in the tree that is shown, and nowhere else."""
    source = repository(tmp_path / "source", {"v1": blueprint("_tasks: ['touch made.txt']\n")})
    made = create(tmp_path / "p", str(source), said(), trust=True, dry_run=True)
    assert "made.txt" in [file.path for file in made.files]
    assert not (tmp_path / "p").exists()


def test_a_folder_without_commits_is_asked_for_each_time(
    tmp_path: Path, canary: Path, codes: Mapping[str, str]
) -> None:
    source = tree(tmp_path / "folder", blueprint(codes["tasks"]))
    create(tmp_path / "p", str(source), said(), trust=True)
    canary.unlink()
    with pytest.raises(ScaffoldError, match="wants to run code"):
        create(tmp_path / "q", str(source), said())
    assert not canary.exists()


@pytest.mark.parametrize("file", [".config/scaffold/config.yml", ".config/copier/settings.yml"])
@pytest.mark.parametrize("entry", ["source", ""], ids=["itself", "all below"])
def test_a_source_that_is_listed_runs_at_any_commit(
    home: Path, tmp_path: Path, canary: Path, codes: Mapping[str, str], *, file: str, entry: str
) -> None:
    """In CI, too: the list is what a job has to say it with."""
    source = repository(tmp_path / "source", {"v1": blueprint(codes["tasks"])})
    tree(home, {file: f"trust: ['{tmp_path}/{entry}']\n"})
    create(tmp_path / "p", str(source), said(CI="true"))
    assert canary.exists()


def test_a_damaged_list_trusts_nobody(
    home: Path, tmp_path: Path, canary: Path, codes: Mapping[str, str]
) -> None:
    source = repository(tmp_path / "source", {"v1": blueprint(codes["tasks"])})
    tree(home, {".config/scaffold/config.yml": f"trust: ['{source}'\n"})
    with pytest.raises(ScaffoldError, match="is not YAML"):
        create(tmp_path / "p", str(source), said(CI="true"))
    assert not canary.exists()


# ---------------------------------------------------------------- a tag that moves


def test_a_tag_that_moved_stops_and_asks(
    tmp_path: Path, canary: Path, codes: Mapping[str, str]
) -> None:
    source = repository(tmp_path / "source", {"v1": PLAIN})
    project = create(tmp_path / "p", str(source), said()).path
    before, was = files_of(project), run_git("rev-parse", "v1", cwd=source)
    tree(source, blueprint(codes["tasks"]))
    release(source, "v1", text="moved")
    release(source, "v2")
    for attempt in (
        partial(update, project, said()),
        partial(update, project, said(), UpdateOptions("current", trust=True, yes=True)),
        partial(diff, project),
    ):
        with pytest.raises(ScaffoldError, match="source v1 has changed") as caught:
            attempt()
        now = run_git("rev-parse", "v1", cwd=source)  # all of it, so that it can be pasted
        assert "Ask the blueprint's owners" in caught.value.hint
        assert f"put _commit_id: {now} into .copier-answers.yml" in caught.value.hint
        assert was[:12] in caught.value.what
    assert (files_of(project), canary.exists()) == (before, False)
    person = Person(agrees=False)
    with pytest.raises(ScaffoldError, match="has changed"):
        update(project, said(person))
    assert person.asked[0][0].endswith("Continue?")


def test_a_person_may_go_on_and_base_is_what_it_was(tmp_path: Path) -> None:
    """The commit that the record names is there still, so nothing of the user's is lost."""
    source = repository(tmp_path / "source", {"v1": PLAIN})
    project = create(tmp_path / "p", str(source), said()).path
    release(source, "v1", text="moved")
    release(source, "v2")
    person = Person(agrees=True)
    done = update(project, said(person))
    assert (done.written, len(person.asked)) == (True, 1)
    assert (project / "template/more.txt").exists() is False
    assert (project / "more.txt").read_text() == "v2 \n"
