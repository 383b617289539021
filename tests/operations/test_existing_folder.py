"""`scaffold new` into a folder that holds files: nothing of them is lost, all of it can go back."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tools.terminal import ENTER

from scaffold.errors import ScaffoldError
from scaffold.host.folders import link_or_copy
from scaffold.operations.inputs import Inputs
from scaffold.operations.new import create
from scaffold.operations.update import abort

from ..helpers.at_a_terminal import Maker
from ..helpers.blueprints_on_disk import repository
from ..helpers.factories import Content, Link, Program, commit, files_of, git, index_of, tree
from .test_update import scaffold

Files = dict[str, Content]
RECORD = ".copier-answers.yml"
BLUEPRINT: Files = {
    "copier.yml": "_subdirectory: t\n_preserve_symlinks: true\nname: {type: str, default: demo}\n",
    "t/{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers|to_nice_yaml }}",
    "t/README.md.jinja": "# {{ name }}\n\nText.\n",
    "t/.gitignore": ".venv/\n/data/\n",
    "t/LICENSE": "MIT\n",
    "t/src/a.py": "print('a')\n",
    "t/src/b.py": "print('b')\n",
    "t/run.sh": Program("#!/bin/sh\necho run\n"),
    "t/pyproject.toml": '[project]\nname = "demo"\n',
    "t/conf.yaml": "epochs: 1\n",
    "t/settings.json": '{\n  "fast": true\n}\n',
    "t/logo.png": bytes(range(256)),
    "t/latest": Link("run.sh"),
}


@pytest.fixture
def blueprint(tmp_path: Path) -> Path:
    newer: Files = {
        "t/src/a.py": "print('a, newer')\n",
        "t/README.md.jinja": "# {{ name }}\n\nNew.\n",
    }
    second = {**BLUEPRINT, **newer}
    return repository(tmp_path / "source", {"v1.0.0": BLUEPRINT, "v2.0.0": second})


def repo(folder: Path, files: Files, *, born: bool = True) -> Path:
    """A repository on main; with a commit of the files, or with the files and no commit."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    tree(folder, files)
    if born:
        commit(folder)
    return folder


def new(
    project: Path, blueprint: Path, *args: object, to: str = "v1.0.0"
) -> subprocess.CompletedProcess[str]:
    done = scaffold("new", ".", "-b", blueprint, "--to", to, "--defaults", *args, cwd=project)
    assert "Traceback" not in done.stderr
    return done


def state(project: Path) -> tuple[object, ...]:
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=project, capture_output=True, check=False
    ).stdout
    return files_of(project), index_of(project), git(project, "status", "--porcelain"), head


def unmerged(project: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in git(project, "ls-files", "-u", "-z").split("\0")[:-1]:
        head, _, path = item.partition("\t")
        found[path] = found.get(path, "") + head[-1]
    return found


def test_an_empty_clone_is_filled_and_staged(tmp_path: Path, blueprint: Path) -> None:
    project = repo(tmp_path / "p", {}, born=False)
    done = new(project, blueprint)
    assert done.returncode == 0, done.stderr
    staged = git(project, "diff", "--cached", "--name-only").split()
    assert set(staged) == {*files_of(project)} and "src/a.py" in staged
    assert git(project, "status", "--porcelain", "--untracked-files").count("A ") == len(staged)
    assert "scaffold update --abort" in done.stdout
    assert os.access(project / "run.sh", os.X_OK)
    assert Path(project / "latest").is_symlink()
    assert git(project, "rev-list", "--all") == ""
    assert abort(project).startswith("The last update was undone")
    assert files_of(project) == {}
    assert not (project / "src").exists()
    assert not (project / ".git/index").exists()


FORGE: Files = {
    "README.md": "# demo\nAbout it.\n",
    "LICENSE": "Apache\n",
    ".gitignore": "# mine\n*.log\n.venv/\n",
    "pyproject.toml": "[tool.black]\nline-length = 100\n",
    "conf.yaml": "batch: 2\n",
    "settings.json": '{\n  "mine": 1\n}\n',
    "mine.txt": "mine\n",
    "src/b.py": "print('b')\n",
}
MERGED: Files = {
    "README.md": "# demo\nAbout it.\n\nText.\n",
    ".gitignore": "# mine\n*.log\n.venv/\n/data/\n",
    "pyproject.toml": '[tool.black]\nline-length = 100\n[project]\nname = "demo"\n',
    "conf.yaml": "batch: 2\nepochs: 1\n",
    "settings.json": '{\n  "mine": 1,\n  "fast": true\n}\n',
    "mine.txt": "mine\n",
    "src/a.py": "print('a')\n",
    "src/b.py": "print('b')\n",
}


@pytest.mark.parametrize("how", ["committed", "unborn", "staged", "untracked", "dirty"])
def test_what_is_there_is_merged_or_in_conflict(tmp_path: Path, blueprint: Path, how: str) -> None:
    project = repo(tmp_path / "p", {} if how != "committed" else FORGE, born=how == "committed")
    if how in ("untracked", "dirty"):
        old: Files = {} if how == "untracked" else dict.fromkeys(FORGE, "old\n")
        tree(project, {"other.txt": "x\n", **old})
        commit(project)
    tree(project, FORGE)
    if how == "staged":
        git(project, "add", "--all")
    before = state(project)
    planned = new(project, blueprint, "--dry-run")
    assert planned.returncode == 4
    assert state(project) == before
    done = new(project, blueprint)
    assert done.returncode == 4, done.stderr
    assert "conflict (1)\n  LICENSE  (both sides added it)" in done.stdout
    assert "conflict (1)\n  LICENSE  (both sides added it)" in planned.stdout
    assert "merged by structure (5)\n  .gitignore" in done.stdout
    found = files_of(project)
    assert {name: found[name] for name in MERGED} == MERGED
    label = "source v1.0.0"
    marked = f"<<<<<<< your project\nApache\n=======\nMIT\n>>>>>>> {label}\n"
    assert found["LICENSE"] == marked
    assert unmerged(project) == {"LICENSE": "23"}
    assert git(project, "show", ":2:LICENSE") == "Apache\n"
    assert state(project)[3] == before[3]
    again = scaffold("new", ".", "--abort", cwd=project)
    assert again.returncode == 0, again.stderr
    assert state(project) == before


def test_an_edit_that_nobody_planned_for_stays(tmp_path: Path, blueprint: Path) -> None:
    project = repo(tmp_path / "p", {"mine.txt": "old\n", "gone.txt": "x\n", "src/a.py": "x\n"})
    tree(project, {"mine.txt": "dirty\n", "new.txt": "untracked\n"})
    (project / "src/a.py").unlink()
    git(project, "rm", "--quiet", "--cached", "gone.txt")
    before = state(project)
    done = new(project, blueprint)
    assert done.returncode == 0, done.stdout
    status = git(project, "status", "--porcelain").splitlines()
    assert {" M mine.txt", "?? new.txt", "?? gone.txt", "M  src/a.py"} <= set(status)
    assert (project / "src/a.py").read_text() == "print('a')\n"
    abort(project)
    assert state(project) == before


def test_a_folder_of_a_larger_repository(tmp_path: Path, blueprint: Path) -> None:
    top = repo(tmp_path / "top", {"README.md": "top\n", "a/p/README.md": "# demo\nMine.\n"})
    project = top / "a/p"
    before = files_of(top)
    done = new(project, blueprint)
    assert done.returncode == 0, done.stderr
    assert not (project / ".git").exists()
    staged = git(top, "diff", "--cached", "--name-only").split()
    assert {path.startswith("a/p/") for path in staged} == {True}
    assert (project / "README.md").read_text() == "# demo\nMine.\n\nText.\n"
    assert (top / "README.md").read_text() == "top\n"
    abort(project)
    assert files_of(top) == before


def test_the_next_update_merges(tmp_path: Path, blueprint: Path) -> None:
    project = repo(tmp_path / "p", {"README.md": "# demo\nMine.\n", ".gitignore": "*.log\n"})
    assert new(project, blueprint).returncode == 0
    commit(project)
    done = scaffold("update", ".", "--defaults", cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "renders differently" not in done.stdout
    assert (project / "README.md").read_text() == "# demo\nMine.\n\nNew.\n"
    assert (project / "src/a.py").read_text() == "print('a, newer')\n"
    assert (project / ".gitignore").read_text() == "*.log\n.venv/\n/data/\n"
    assert "_commit: v2.0.0" in (project / RECORD).read_text()


def test_the_execute_bit_of_the_user_stays(tmp_path: Path, blueprint: Path) -> None:
    files: Files = {"run.sh": "#!/bin/sh\necho run\n", "src/b.py": Program("print('b')\n")}
    project = repo(tmp_path / "p", files)
    done = new(project, blueprint)
    assert done.returncode == 0
    assert "run.sh  (source v1.0.0 is executable, yours is not; your mode is kept)" in done.stdout
    assert "src/b.py  (yours is executable, source v1.0.0 is not; your mode is kept)" in done.stdout
    assert {k: files_of(project)[k] for k in files} == files


@pytest.mark.parametrize("is_tracked", [True, False])
def test_what_is_no_text_stays_and_is_named(
    tmp_path: Path, blueprint: Path, is_tracked: bool
) -> None:
    files: Files = {"logo.png": b"\0mine", "latest": Link("elsewhere"), "run.sh": Link("gone")}
    project = repo(tmp_path / "p", {"x": "x\n", **(files if is_tracked else {})})
    tree(project, {} if is_tracked else files)
    before = state(project)
    done = new(project, blueprint)
    assert done.returncode == 4
    for name, content in files.items():
        assert files_of(project)[name] == content
        assert f"  {name}  (" in done.stdout.partition("\nconflict (3)\n")[2]
    abort(project)
    assert state(project) == before


@pytest.mark.parametrize(
    ("there", "ignored", "named"),
    [
        pytest.param({"conf.yaml": "mine: 1\n"}, "conf.yaml\n", "conf.yaml", id="ignored"),
        pytest.param({"src": "a file\n"}, "", "src", id="a file for a folder"),
        pytest.param({"src": Link("other")}, "", "src", id="a link for a folder"),
        pytest.param({"LICENSE/by/me": "x\n"}, "", "LICENSE/by/me", id="a folder for a file"),
    ],
)
def test_what_is_in_the_way_is_named_and_refused(
    tmp_path: Path, blueprint: Path, there: Files, ignored: str, named: str
) -> None:
    project = repo(tmp_path / "p", {".gitignore": ignored, "other/x": "x\n"})
    tree(project, there)
    before = state(project)
    done = new(project, blueprint)
    assert done.returncode == 1
    assert f"\n  {named}: " in done.stderr
    assert "--keep-existing" in done.stderr
    assert state(project) == before
    kept = new(project, blueprint, "--keep-existing")
    assert kept.returncode == 0, kept.stderr
    assert "kept as it is" in kept.stdout
    assert files_of(project) | there == files_of(project)
    assert (project / "settings.json").is_file()
    abort(project)
    assert state(project) == before


@pytest.mark.parametrize(
    ("there", "left", "told"),
    [
        pytest.param(
            {"LICENSE/me": "x\n"}, {"LICENSE/me": "x\n"}, "LICENSE", id="a folder for a file"
        ),
        pytest.param(
            {"src": "a file\n"},
            {"src~yours": "a file\n"},
            "src → src~yours",
            id="a file for a folder",
        ),
    ],
)
def test_a_tracked_file_of_another_type_is_a_conflict(
    tmp_path: Path, blueprint: Path, there: Files, left: Files, told: str
) -> None:
    project = repo(tmp_path / "p", there)
    before = state(project)
    done = new(project, blueprint)
    assert done.returncode == 4
    assert files_of(project) | left == files_of(project)
    assert f"conflict (1)\n  {told}" in done.stdout
    abort(project)
    assert state(project) == before


def test_keep_existing_changes_nothing_that_is_there(tmp_path: Path, blueprint: Path) -> None:
    project = repo(tmp_path / "p", FORGE)
    done = new(project, blueprint, "--keep-existing")
    assert done.returncode == 0
    assert "kept as it is (6)\n  .gitignore  (it exists and differs)" in done.stdout
    assert files_of(project) | FORGE == files_of(project)
    assert (project / "src/a.py").is_file()


def test_a_line_ending_is_no_difference(tmp_path: Path, blueprint: Path) -> None:
    project = repo(tmp_path / "p", {"LICENSE": "MIT\r\n"})
    assert new(project, blueprint).returncode == 0
    assert (project / "LICENSE").read_bytes() == b"MIT\r\n"


def test_a_file_that_a_filter_keeps_otherwise_on_disk(tmp_path: Path, blueprint: Path) -> None:
    project = repo(tmp_path / "p", {})
    git(project, "config", "filter.shout.clean", "tr a-z A-Z")
    git(project, "config", "filter.shout.smudge", "tr A-Z a-z")
    tree(project, {".gitattributes": "LICENSE filter=shout\n", "LICENSE": "mine\n"})
    commit(project)
    done = new(project, blueprint)
    assert done.returncode == 4
    assert (project / "LICENSE").read_text() == "mine\n"
    assert git(project, "show", ":2:LICENSE") == "MINE\n"


def test_what_git_was_told_not_to_see(tmp_path: Path, blueprint: Path) -> None:
    project = repo(tmp_path / "p", {"LICENSE": "Apache\n"})
    git(project, "update-index", "--assume-unchanged", "LICENSE")
    (project / "LICENSE").write_text("hidden\n")
    done = new(project, blueprint)
    assert done.returncode == 1
    assert "LICENSE: it has edits that git does not see (assume-unchanged)" in done.stderr
    assert (project / "LICENSE").read_text() == "hidden\n"


def test_a_repository_in_the_middle_of_something(tmp_path: Path, blueprint: Path) -> None:
    project = repo(tmp_path / "p", {"a": "a\n"})
    (project / ".git/MERGE_HEAD").write_text(git(project, "rev-parse", "HEAD"))
    done = new(project, blueprint)
    assert done.returncode == 1
    assert "a merge is in progress" in done.stderr


def test_a_repository_that_git_refuses_is_no_folder_without_git(
    tmp_path: Path, blueprint: Path
) -> None:
    project = tree(tmp_path / "p", {"a": "a\n", ".git/config": "broken\n"})
    done = new(project, blueprint)
    assert done.returncode == 1
    assert "is not in a git repository" in done.stderr
    assert files_of(project) == {"a": "a\n"}


def test_a_project_of_a_blueprint_is_refused(tmp_path: Path, blueprint: Path) -> None:
    project = repo(tmp_path / "p", {})
    assert new(project, blueprint).returncode == 0
    before = state(project)
    done = new(project, blueprint)
    assert done.returncode == 1
    assert "scaffold update" in done.stderr
    assert "--record FILE" in done.stderr
    assert state(project) == before


def test_a_plan_for_json(tmp_path: Path, blueprint: Path) -> None:
    project = repo(tmp_path / "p", FORGE)
    done = new(project, blueprint, "--json")
    assert done.returncode == 4
    told: dict[str, Any] = json.loads(done.stdout)
    kinds = {change["path"]: change["kind"] for change in told["changes"]}
    assert (kinds["LICENSE"], kinds["README.md"]) == ("conflict", "merged by structure")
    assert kinds["src/a.py"] == "added"
    assert "src/b.py" not in kinds
    assert told["conflicts"] == 1
    taken = scaffold("new", ".", "--abort", "--json", cwd=project)
    assert json.loads(taken.stdout)["outcome"] == "taken back"


def test_a_folder_without_git_is_only_added_to(tmp_path: Path, blueprint: Path) -> None:
    project = tree(
        tmp_path / "p", {"LICENSE": "Apache\n", "mine.txt": "mine\n", "src/b.py": "print('b')\n"}
    )
    before = files_of(project)
    for consent in ((), ("--no-git",), ("--dry-run",)):
        done = new(project, blueprint, *consent)
        assert done.returncode == 1
        assert "\n  LICENSE: it exists and differs" in done.stderr
        assert "src/b.py" not in done.stderr
        assert files_of(project) == before
    done = new(project, blueprint, "--keep-existing")
    assert done.returncode == 0, done.stderr
    assert "kept as it is (1)\n  LICENSE" in done.stdout
    assert "no repository was started" in done.stdout
    assert files_of(project) | before == files_of(project)
    assert {"src/a.py", "latest", RECORD} <= {*files_of(project)}
    assert os.access(project / "run.sh", os.X_OK)
    assert not (project / ".git").exists()


def test_a_folder_without_git_where_nothing_differs(tmp_path: Path, blueprint: Path) -> None:
    project = tree(tmp_path / "p", {"mine.txt": "mine\n", "LICENSE": "MIT\n"})
    done = new(project, blueprint)
    assert done.returncode == 0, done.stderr
    assert (project / "src/a.py").is_file()
    assert (project / "mine.txt").read_text() == "mine\n"


def test_a_folder_that_the_repository_ignores_is_none_of_it(
    tmp_path: Path, blueprint: Path
) -> None:
    top = repo(tmp_path / "top", {".gitignore": "/tmp/\n"})
    project = tree(top / "tmp/p", {"mine.txt": "mine\n"})
    assert new(project, blueprint).returncode == 0
    assert (project / "src/a.py").is_file()
    assert git(top, "status", "--porcelain") == ""


def test_a_failure_without_git_leaves_the_folder_as_it_was(
    tmp_path: Path, blueprint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tree(tmp_path / "p", {"mine.txt": "mine\n"})
    left = [5]

    def failing(source: Path, target: Path) -> None:
        left[0] -= 1
        if not left[0]:
            raise OSError(28, "No space left on device", str(target))
        link_or_copy(source, target)

    monkeypatch.setattr("scaffold.project.destination.link_or_copy", failing)
    with pytest.raises(ScaffoldError, match="No space left"):
        create(project, str(blueprint), Inputs(defaults=True))
    assert left[0] == 0
    assert [path.name for path in project.iterdir()] == ["mine.txt"]


def test_what_a_killed_run_left_without_git_is_completed(tmp_path: Path, blueprint: Path) -> None:
    project = tree(tmp_path / "p", {"mine.txt": "mine\n"})
    assert new(project, blueprint).returncode == 0
    whole = files_of(project)
    for name in (RECORD, "src/b.py"):
        (project / name).unlink()
    assert new(project, blueprint).returncode == 0
    assert files_of(project) == whole


def test_a_user_who_is_faster(tmp_path: Path, blueprint: Path) -> None:
    from scaffold.project.destination import add_files

    stage = tree(tmp_path / "s", {"a": "a\n", "b": "b\n", "c/d": "d\n"})
    dest = tree(tmp_path / "d", {"b": "mine\n"})
    with pytest.raises(ScaffoldError, match="was created in the meantime"):
        add_files(stage, dest, ["a", "c/d", "b"])
    assert files_of(dest) == {"b": "mine\n"}
    assert not (dest / "c").exists()
    shutil.rmtree(stage)


def test_the_review_tells_what_becomes_of_what_is_there(tmp_path: Path, blueprint: Path) -> None:
    project = repo(tmp_path / "here" / "demo", FORGE)
    before = state(project)
    person = Maker(tmp_path, blueprint, (90, 45), ("--to", "v1.0.0"))
    try:
        person.sees("1 of 1")
        person.types(ENTER)
        person.sees("quit")
        shown = person.text()
        assert " Already there\n   conflict: LICENSE  (both sides added it)\n" in shown
        assert "   merged by structure: README.md\n" in shown
        assert state(project) == before
        person.types(ENTER)
        assert person.code() == 4
        person.sees("scaffold update --abort demo")
    finally:
        person.closes()
    abort(project)
    assert state(project) == before


@pytest.mark.parametrize("is_agreed", [True, False])
def test_a_person_may_leave_what_is_in_the_way(
    tmp_path: Path, blueprint: Path, is_agreed: bool
) -> None:
    project = tree(tmp_path / "here" / "demo", {"LICENSE": "Apache\n"})
    person = Maker(tmp_path, blueprint, (90, 45), ("--to", "v1.0.0"))
    try:
        person.sees("1 of 1")
        person.types(ENTER)
        person.sees("quit")
        assert "   in the way: LICENSE  (it exists and differs)\n" in person.text()
        person.types(ENTER)
        person.sees("Keep these, and write only what is missing?")
        person.types("y" if is_agreed else "n", ENTER)
        assert person.code() == (0 if is_agreed else 1)
    finally:
        person.closes()
    assert (project / "LICENSE").read_text() == "Apache\n"
    assert (project / "src/a.py").is_file() is is_agreed
