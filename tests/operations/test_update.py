"""`scaffold update`, from outside: real templates, real repositories, real commands."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from scaffold.project.record import read_record

from ..helpers.blueprints_on_disk import copier_template, layered, repository, run_git, tree
from ..helpers.pages import WAITING

BODY = "".join(f"line {n}\n" for n in range(1, 41))
Template = dict[str, str | bytes]


def scaffold(*args: object, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scaffold", *map(str, args)]
    return subprocess.run(
        command,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **env},
    )


def template(files: dict[str, str], **settings: str) -> Template:
    """A Copier template of plain files, with lines added to its ``copier.yml``."""
    made: Template = {**copier_template()}
    made["copier.yml"] = str(made["copier.yml"]) + "".join(settings.values())
    return made | {f"template/{name}": text for name, text in files.items()}


def commit(project: Path, message: str = "edit") -> None:
    run_git("add", "-A", cwd=project)
    run_git("commit", "-q", "-m", message, cwd=project)


class World:
    """A blueprint with versions, and a project made from its first."""

    def __init__(self, root: Path, *versions: Template, new: tuple[str, ...] = ()) -> None:
        self.root = root
        named = {f"v{n}.0.0": files for n, files in enumerate(versions, 1)}
        self.source = repository(root / "source", named)
        self.project = root / "p"
        args = ("new", "p", "-b", self.source, "--to", "v1.0.0", "--defaults", *new)
        done = scaffold(*args, cwd=root)
        assert done.returncode == 0, done.stderr

    def edit(self, **files: str | None) -> None:
        for name, text in files.items():
            path = self.project / name.replace("__", "/").replace("_txt", ".txt")
            if text is None:
                path.unlink()
            else:
                path.write_text(text)
        commit(self.project)

    def update(self, *args: object, **env: str) -> subprocess.CompletedProcess[str]:
        done = scaffold("update", self.project, "--defaults", *args, cwd=self.root, **env)
        assert "Traceback" not in done.stderr
        return done

    def text(self, name: str) -> str:
        return (self.project / name).read_text()

    def status(self) -> str:
        return run_git("status", "--porcelain", cwd=self.project)

    def files(self) -> dict[str, bytes]:
        return {p.name: p.read_bytes() for p in self.project.iterdir() if p.is_file()}

    def record(self) -> Any:
        return yaml.safe_load(self.text(".copier-answers.yml"))


@pytest.fixture
def world(tmp_path: Path) -> World:
    newer = BODY.replace("line 5\n", "line 5 new\n")
    return World(tmp_path, template({"a.txt": BODY}), template({"a.txt": newer, "b.txt": "b\n"}))


# ---------------------------------------------------------------- what it does


def test_both_sides_changes_are_kept_and_the_record_moves(world: World) -> None:
    world.edit(a_txt=BODY.replace("line 30\n", "line 30 mine\n"))
    done = world.update()
    assert done.returncode == 0, done.stderr
    assert "line 5 new\n" in world.text("a.txt")
    assert "line 30 mine\n" in world.text("a.txt")
    assert world.record()["_commit"] == "v2.0.0"
    commit_id = run_git("rev-parse", "v2.0.0^{commit}", cwd=world.source)
    assert read_record(world.project).commit == commit_id
    assert "merged (1)\n  a.txt" in done.stdout
    assert "added (1)\n  b.txt" in done.stdout
    assert run_git("log", "--format=%s", cwd=world.project).splitlines()[0] == "edit"


def test_a_second_update_has_nothing_to_do(world: World) -> None:
    world.update()
    commit(world.project)
    done = world.update()
    assert (done.returncode, "nothing to do" in done.stdout, world.status()) == (0, True, "")


def test_a_conflict_exits_4_with_markers_and_stages(world: World) -> None:
    world.edit(a_txt=BODY.replace("line 5\n", "line 5 mine\n"))
    done = world.update()
    assert done.returncode == 4
    assert "UU a.txt" in world.status()
    assert "<<<<<<< before updating\nline 5 mine\n" in world.text("a.txt")
    stages = run_git("ls-files", "--stage", "a.txt", cwd=world.project).splitlines()
    assert [line.split()[2] for line in stages] == ["1", "2", "3"]
    assert world.text("b.txt") == "b\n"
    assert "git -C p add FILE" in done.stdout


@pytest.mark.parametrize("style", ["merge", "diff3", "zdiff3"])
def test_conflicts_look_as_the_users_git_says(world: World, style: str) -> None:
    world.edit(a_txt=BODY.replace("line 5\n", "line 5 mine\n"))
    run_git("config", "merge.conflictStyle", style, cwd=world.project)
    world.update()
    assert ("||||||| last update" in world.text("a.txt")) == (style != "merge")


def test_abort_gives_back_files_and_index(world: World) -> None:
    world.edit(a_txt=BODY.replace("line 5\n", "line 5 mine\n"))
    before = world.files()
    world.update()
    done = world.update("--abort")
    assert done.returncode == 0, done.stderr
    assert world.files() == before
    assert world.status() == ""


def test_a_dry_run_writes_nothing_and_is_what_the_real_run_does(world: World) -> None:
    world.edit(a_txt=BODY.replace("line 30\n", "line 30 mine\n"))
    planned = json.loads(world.update("--dry-run", "--json").stdout)
    assert (planned["written"], world.status()) == (False, "")
    patch = planned["diff"]
    done = json.loads(world.update("--json").stdout)
    assert done["changes"] == planned["changes"]
    actual = run_git("diff", "--cached", "--full-index", "--binary", cwd=world.project)
    assert patch.strip() == actual.strip()


def test_a_dry_run_counts_uncommitted_changes_in_and_says_that_it_would_be_refused(
    world: World,
) -> None:
    (world.project / "a.txt").write_text(BODY.replace("line 30\n", "line 30 mine\n"))
    (world.project / "plain.txt").unlink()
    (world.project / "hello.txt").write_text("staged\n")
    run_git("add", "hello.txt", cwd=world.project)
    before, index = world.files(), (world.project / ".git/index").read_bytes()
    planned = world.update("--dry-run")
    assert planned.returncode == 0, planned.stderr
    assert "merged (1)\n  a.txt" in planned.stdout
    assert "would fail now:\nthere are uncommitted changes" in planned.stdout
    shown = json.loads(world.update("--dry-run", "--json").stdout)
    assert "Commit them" in shown["refused"]
    patch = scaffold("diff", "p", "--to", "v2.0.0", cwd=world.root).stdout
    assert world.files() == before
    assert (world.project / ".git/index").read_bytes() == index
    assert world.update().returncode == 1
    commit(world.project)
    done = json.loads(world.update("--json").stdout)
    assert done["changes"] == shown["changes"]
    now = world.files()
    assert world.update("--abort").returncode == 0
    apply(world, patch)
    assert world.files() == now


def apply(world: World, patch: str) -> None:
    (world.root / "patch").write_text(patch)
    run_git("apply", str(world.root / "patch"), cwd=world.project)


def test_a_dry_run_of_a_conflict_with_what_is_not_committed(world: World) -> None:
    (world.project / "a.txt").write_text(BODY.replace("line 5\n", "line 5 mine\n"))
    planned = world.update("--dry-run")
    assert (planned.returncode, "conflict (1)\n  a.txt" in planned.stdout) == (4, True)
    assert (world.text("a.txt").count("mine"), world.status()) == (1, "M a.txt")


def test_a_dry_run_over_a_pending_update_has_nothing_to_do(world: World) -> None:
    world.update()
    planned = world.update("--dry-run")
    assert (planned.returncode, "nothing to do" in planned.stdout) == (0, True)


def test_a_file_that_the_user_deleted_stays_deleted_and_is_named(world: World) -> None:
    world.edit(a_txt=None)
    done = world.update()
    assert done.returncode == 0
    assert not (world.project / "a.txt").exists()
    assert "kept deleted (1)\n  a.txt" in done.stdout


# ---------------------------------------------------------------- projects of every kind


def test_a_project_that_copier_made_is_updated_as_it_stands(tmp_path: Path) -> None:
    newer = BODY.replace("line 5\n", "line 5 new\n")
    versions = {"v1.0.0": template({"a.txt": BODY}), "v2.0.0": template({"a.txt": newer})}
    source = repository(tmp_path / "s", versions)
    copier = str(Path(sys.executable).with_name("copier"))
    command = [copier, "copy", "--defaults", "-q", "--vcs-ref", "v1.0.0", str(source), "p"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    run_git("init", "-q", cwd=tmp_path / "p")
    (tmp_path / "p/a.txt").write_text(BODY.replace("line 30\n", "mine\n"))
    commit(tmp_path / "p")
    done = scaffold("update", "p", "--defaults", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "p/a.txt").read_text()
    assert ("line 5 new\n" in text, "mine\n" in text) == (True, True)


def test_copier_updates_what_scaffold_made_and_the_other_way_round(tmp_path: Path) -> None:
    names = ("one\n", "two\n", "three\n")
    versions = {f"v{n}.0.0": template({"a.txt": text}) for n, text in enumerate(names, 1)}
    source = repository(tmp_path / "s", versions)
    args = ("new", "p", "-b", f"file://{source}", "--to", "v1.0.0", "--defaults")
    assert scaffold(*args, cwd=tmp_path).returncode == 0
    copier = str(Path(sys.executable).with_name("copier"))
    command = [copier, "update", "--defaults", "-q", "--vcs-ref", "v2.0.0"]
    subprocess.run(command, cwd=tmp_path / "p", check=True, capture_output=True)
    assert (tmp_path / "p/a.txt").read_text() == "two\n"
    commit(tmp_path / "p")
    done = scaffold("update", "p", "--defaults", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "p/a.txt").read_text() == "three\n"


def test_a_folder_of_a_monorepo(tmp_path: Path) -> None:
    versions = {"v1.0.0": template({"a.txt": BODY}), "v2.0.0": template({"a.txt": "new\n"})}
    source = repository(tmp_path / "s", versions)
    mono = tree(tmp_path / "mono", {"other/x.txt": "other\n"})
    run_git("init", "-q", cwd=mono)
    scaffold("new", mono / "apps/p", "-b", source, "--to", "v1.0.0", "--defaults", cwd=tmp_path)
    commit(mono)
    (mono / "other/x.txt").write_text("dirty, and none of our business\n")
    done = scaffold("update", mono / "apps/p", "--defaults", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (mono / "apps/p/a.txt").read_text() == "new\n"
    changed = run_git("status", "--porcelain", cwd=mono).splitlines()
    assert all("apps/p/" in line for line in changed if "other/x.txt" not in line)


@pytest.mark.parametrize("how", ["worktree", "shallow", "detached"])
def test_checkouts_of_every_kind(world: World, how: str, tmp_path: Path) -> None:
    world.edit(a_txt=BODY.replace("line 30\n", "line 30 mine\n"))
    place = tmp_path / how
    if how == "worktree":
        run_git("worktree", "add", "-q", str(place), cwd=world.project)
    elif how == "shallow":
        run_git("clone", "-q", "--depth=1", f"file://{world.project}", str(place), cwd=tmp_path)
    else:
        run_git("checkout", "-q", "--detach", cwd=world.project)
        place = world.project
    done = scaffold("update", place, "--defaults", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "line 30 mine\n" in (place / "a.txt").read_text()
    assert "line 5 new\n" in (place / "a.txt").read_text()


# ---------------------------------------------------------------- answers


def questions(**more: str) -> str:
    return "".join(f"{name}:\n  type: str\n  default: {value}\n" for name, value in more.items())


def test_new_questions_take_defaults_or_are_listed_and_old_answers_are_kept(
    tmp_path: Path,
) -> None:
    first = template({"q.txt.jinja": "{{ color }}\n"}, q=questions(color="blue"))
    second = template(
        {"q.txt.jinja": "{{ color }} {{ size }} {{ shape }}\n"},
        q=questions(color="red", size="big", shape="round"),
    )
    world = World(tmp_path, first, second, new=("-d", "color=green"))
    missing = scaffold("update", "p", cwd=tmp_path)
    assert missing.returncode == 2
    assert "size" in missing.stderr
    assert "shape" in missing.stderr
    assert "color" not in missing.stderr
    assert world.status() == ""
    assert world.update("-d", "shape=flat").returncode == 0
    assert world.text("q.txt") == "green big flat\n"


def test_a_feature_is_turned_on_and_off_by_its_answer(tmp_path: Path) -> None:
    world = World(tmp_path, {**layered()})
    on = world.update("--to", "current", "-d", "loggers=[csv,wandb]", "-d", "docker=true")
    assert on.returncode == 0, on.stderr
    assert (world.project / "Dockerfile").is_file()
    assert "wandb" in world.text("pyproject.toml")
    commit(world.project)
    off = world.update("--to", "current", "-d", "docker=false")
    assert off.returncode == 0
    assert not (world.project / "Dockerfile").exists()
    assert world.record()["loggers"] == ["csv", "wandb"]


def test_turning_a_feature_off_shows_what_the_user_made_of_it(tmp_path: Path) -> None:
    world = World(tmp_path, {**layered()}, new=("-d", "docker=true"))
    world.edit(Dockerfile="FROM mine\n")
    off = world.update("--to", "current", "-d", "docker=false")
    assert off.returncode == 4
    assert world.text("Dockerfile") == "FROM mine\n"
    assert "conflict (1)\n  Dockerfile" in off.stdout


def test_a_wrong_answer_changes_nothing(world: World) -> None:
    done = world.update("-d", "nmae=x")
    assert (done.returncode, world.status()) == (2, "")
    assert "did you mean name?" in done.stderr


# ---------------------------------------------------------------- Copier's settings


def test_what_is_skipped_if_it_exists_is_left_alone(tmp_path: Path) -> None:
    skip = "_skip_if_exists: [data.txt, gone.txt]\n"
    one = template({"data.txt": "one\n", "gone.txt": "one\n"}, s=skip)
    two = template({"data.txt": "two\n", "gone.txt": "two\n"}, s=skip)
    world = World(tmp_path, one, two)
    world.edit(gone_txt=None)
    assert world.update().returncode == 0
    assert world.text("data.txt") == "one\n"
    assert world.text("gone.txt") == "two\n"


def test_what_is_made_where_it_is_missing_is_made_at_the_same_version(tmp_path: Path) -> None:
    skip = '_skip_if_exists: ["*.env"]\n'
    world = World(tmp_path, template({"a.txt": "a\n", "b.env": "b\n"}, skip=skip))
    world.edit(a_txt="mine\n")
    assert "nothing to do" in world.update().stdout
    (world.project / "b.env").unlink()
    commit(world.project)
    done = world.update()
    assert "added (1)\n  b.env" in done.stdout
    assert world.text("b.env") == "b\n"
    assert world.text("a.txt") == "mine\n"


def test_an_answer_to_a_question_that_is_gone_is_named(tmp_path: Path) -> None:
    ci = "ci: {type: str, default: github}\n"
    path = "{% if ci == 'github' %}ci.yml{% endif %}.jinja"
    old = template({"a.txt": "a\n", path: "x: 1\n"}, ci=ci)
    world = World(tmp_path, old, template({"a.txt": "a\n", path: "x: 1\n"}))
    done = world.update()
    assert done.returncode == 0, done.stderr
    assert "deleted (1)\n  ci.yml" in done.stdout
    assert (
        'note: ci is not a question of source v2.0.0: your answer "github" is no longer'
        in done.stdout
    )


def test_what_the_new_version_excludes_is_no_deletion(tmp_path: Path) -> None:
    one = template({"keep.txt": "one\n"})
    two = template({"keep.txt": "two\n"}, s="_exclude: [keep.txt]\n")
    world = World(tmp_path, one, two)
    assert world.update().returncode == 0
    assert world.text("keep.txt") == "one\n"


def test_two_blueprints_in_one_project(tmp_path: Path) -> None:
    world = World(tmp_path, template({"a.txt": BODY}), template({"a.txt": "new\n"}))
    answers = "_answers_file: .copier-answers.other.yml\n"
    first = template({"o.txt": "one\n"}, s=answers)
    second = template({"o.txt": "two\n"}, s=answers)
    for files in (first, second):
        for name in ("hello.txt.jinja", "plain.txt"):
            del files[f"template/{name}"]
    other = repository(tmp_path / "other", {"v1.0.0": first, "v2.0.0": second})
    scaffold("new", "x", "-b", other, "--to", "v1.0.0", "--defaults", "--no-git", cwd=tmp_path)
    for name in ("o.txt", ".copier-answers.other.yml"):
        shutil.copy(tmp_path / "x" / name, world.project)
    commit(world.project)
    done = world.update("--record", ".copier-answers.other.yml")
    assert done.returncode == 0, done.stderr
    assert (world.text("o.txt"), world.text("a.txt")) == ("two\n", BODY)
    assert world.record()["_commit"] == "v1.0.0"


MIGRATIONS = """_migrations:
  - version: v2.0.0
    command: "mv a.txt moved.txt"
    when: "{{ _stage == 'before' }}"
  - version: v2.0.0
    command: "echo $VERSION_FROM $VERSION_TO $STAGE {{ name }} > migrated.txt; rm plain.txt"
  - version: v3.0.0
    command: "echo never > never.txt"
"""


def test_migrations_run_with_trust_and_see_from_and_to(tmp_path: Path) -> None:
    newer = BODY.replace("line 5\n", "line 5 new\n")
    two = template({"moved.txt": newer}, m=MIGRATIONS)
    world = World(tmp_path, template({"a.txt": BODY}), two)
    world.edit(a_txt=BODY.replace("line 30\n", "line 30 mine\n"))
    refused = world.update()
    assert (refused.returncode, world.status()) == (1, "")
    assert "wants to run code: migrations" in refused.stderr
    planned = json.loads(world.update("--trust", "--dry-run", "--json").stdout)
    assert world.status() == ""
    done = json.loads(world.update("--trust", "--json").stdout)
    assert done["changes"] == planned["changes"]
    assert world.text("migrated.txt") == "v1.0.0 v2.0.0 after world\n"
    assert not (world.project / "plain.txt").exists()
    assert not (world.project / "never.txt").exists()
    assert not (world.project / "a.txt").exists()
    assert "line 5 new\n" in world.text("moved.txt")
    assert "line 30 mine\n" in world.text("moved.txt")
    world.update("--abort")
    assert world.status() == ""


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    two = template({}, m="_migrations: ['touch x; exit 7']\n")
    world = World(tmp_path, template({}), two)
    done = world.update("--trust")
    assert (done.returncode, world.status()) == (1, "")
    assert "exit 7" in done.stderr


# ---------------------------------------------------------------- refusals


def test_a_pending_update_is_named_until_it_is_committed(world: World) -> None:
    world.update()
    done = world.update()
    assert (done.returncode, "uncommitted" in done.stderr) == (1, False)
    assert "the last update is not committed yet" in done.stderr
    assert f"Commit it, or undo it: scaffold update --abort {world.project}" in done.stderr
    checked = scaffold("check", "p", cwd=world.root)
    told = "is the newest; the update is not committed: commit it, or scaffold update --abort p"
    assert (checked.returncode, told in checked.stdout) == (0, True), checked
    commit(world.project)
    assert "nothing to do" in world.update().stdout
    assert "committed" not in scaffold("check", "p", cwd=world.root).stdout


def test_conflicts_that_are_left_are_told_by_check_with_4(world: World) -> None:
    world.edit(a_txt=BODY.replace("line 5\n", "line 5 mine\n"))
    world.update()
    done = world.update()
    assert "and 1 conflict is left to resolve\n  a.txt" in done.stderr
    checked = scaffold("check", "p", "--json", cwd=world.root)
    row = json.loads(checked.stdout)["projects"][0]
    assert (checked.returncode, row["pending"], row["conflicts"]) == (4, True, ["a.txt"])
    assert "1 conflict is left to resolve" in scaffold("check", "p", cwd=world.root).stdout
    run_git("add", "a.txt", cwd=world.project)
    assert scaffold("check", "p", cwd=world.root).returncode == 0
    run_git("checkout", "-q", "HEAD", "--", "a.txt", cwd=world.project)
    assert world.update().returncode == 1


def test_an_update_that_was_taken_back_is_not_pending(world: World) -> None:
    world.update()
    world.update("--abort")
    (world.project / "plain.txt").write_text("mine\n")
    assert "uncommitted changes" in world.update().stderr
    checked = scaffold("check", "p", cwd=world.root)
    assert (checked.returncode, "not committed" in checked.stdout) == (3, False)


def test_a_moved_tag_is_refused(world: World) -> None:
    run_git("tag", "-f", "v1.0.0", "v2.0.0", cwd=world.source)
    done = world.update()
    assert (done.returncode, world.status()) == (1, "")
    assert "has changed" in done.stderr


def test_a_vanished_source_is_told(world: World) -> None:
    shutil.rmtree(world.source)
    done = world.update()
    assert (done.returncode, world.status()) == (2, "")
    assert "there is no blueprint" in done.stderr


def test_a_downgrade_is_refused(world: World) -> None:
    world.update()
    commit(world.project)
    done = world.update("--to", "v1.0.0")
    assert (done.returncode, world.status()) == (2, "")
    assert "downgrade" in done.stderr


UNSAFE = {
    "dirty": ("write a.txt", "uncommitted"),
    "locked": ("write .git/index.lock", "index.lock"),
    "damaged": ("write .copier-answers.yml", "the record is damaged"),
    "untracked": ("write b.txt", "would be overwritten"),
    "no git": ("remove .git", "not in a git repository"),
    "merging": ("write .git/MERGE_HEAD", "a merge"),
}


@pytest.mark.parametrize(("spoil", "told"), UNSAFE.values(), ids=UNSAFE)
def test_an_unsafe_state_is_refused_with_nothing_changed(
    world: World, spoil: str, told: str
) -> None:
    verb, _, name = spoil.partition(" ")
    if verb == "remove":
        shutil.rmtree(world.project / name)
    else:
        (world.project / name).write_text("mine: [\n")
    before = world.files()
    done = world.update()
    assert done.returncode == 1
    assert told in done.stderr
    assert "next:" in done.stderr
    assert world.files() == before


def test_without_git_it_is_told_in_one_line(world: World, tmp_path: Path) -> None:
    done = world.update(PATH=str(tmp_path))
    assert (done.returncode, "git was not found" in done.stderr) == (1, True)


def test_a_folder_that_is_not_there_is_told(world: World) -> None:
    for args in (("update", "gone"), ("update", "gone", "--abort"), ("diff", "gone")):
        done = scaffold(*args, cwd=world.root)
        assert (done.returncode, "there is no folder gone" in done.stderr) == (2, True)
        (world.root / "gone").touch()
        assert "gone is not a folder" in scaffold(*args, cwd=world.root).stderr
        (world.root / "gone").unlink()
    done = scaffold("check", "gone", cwd=world.root)
    assert (done.returncode, "there is no folder gone" in done.stdout) == (1, True)


def test_a_dry_run_refuses_what_the_real_run_refuses(world: World) -> None:
    (world.project / "b.txt").write_text("mine\n")
    planned, done = world.update("--dry-run"), world.update()
    assert planned.returncode == done.returncode
    assert WAITING.sub("", planned.stderr) == WAITING.sub("", done.stderr)
    assert "b.txt" in done.stderr


def test_what_tasks_made_stays_where_they_are_left_out(tmp_path: Path) -> None:
    tasks = "_tasks: ['echo made > made.txt']\n"
    world = World(
        tmp_path, template({}, t=tasks), template({"b.txt": "b\n"}, t=tasks), new=("--trust",)
    )
    assert world.text("made.txt") == "made\n"
    refused = world.update()
    assert "_tasks: echo made > made.txt" in refused.stderr
    assert world.update("--skip-tasks").returncode == 0
    assert (world.text("made.txt"), world.text("b.txt")) == ("made\n", "b\n")


def test_a_base_that_renders_otherwise_today_is_told(tmp_path: Path) -> None:
    random = template({"r.txt.jinja": "{{ make_secret() }}\n"})
    world = World(tmp_path, random, template({"r.txt": "fixed\n"}))
    squash(world, **{"plain.txt": "mine\n"})
    assert "renders differently today" in world.update().stdout


def squash(world: World, **files: str) -> None:
    """Put edits into the only commit, so that git does not hold the pristine render."""
    tree(world.project, files)
    run_git("add", "-A", cwd=world.project)
    run_git("commit", "-q", "--amend", "-m", "all in one", cwd=world.project)


def test_the_pristine_render_is_found_whatever_came_after(tmp_path: Path) -> None:
    random = template({"r.txt.jinja": "{{ make_secret() }}\n"})
    world = World(tmp_path, random, template({"r.txt": "fixed\n"}))
    world.edit(**{".copier-answers.yml": world.text(".copier-answers.yml") + "# mine\n"})
    world.edit(**{"plain.txt": "mine\n"})
    done = world.update()
    assert (done.returncode, "note:" in done.stdout) == (0, False), done.stdout
    assert world.text("r.txt") == "fixed\n"


def test_it_is_the_base_where_the_new_version_excludes_more(tmp_path: Path) -> None:
    random = template({"r.txt.jinja": "{{ make_secret() }}\n", "docs/a.txt": "a\n"})
    newer = template({"r.txt": "fixed\n"}, x="_exclude: ['{{ \"do\" }}cs', copier.yml]\n")
    world = World(tmp_path, random, newer)
    done = world.update()
    assert (done.returncode, "conflict" in done.stdout) == (0, False), done.stdout
    assert (world.text("r.txt"), world.text("docs/a.txt")) == ("fixed\n", "a\n")


def test_a_folder_that_changed_since_is_no_base(tmp_path: Path) -> None:
    source = tree(tmp_path / "source", template({"a.txt": "1\n", "b.txt": "b\n"}))
    assert scaffold("new", "p", "-b", source, "--defaults", cwd=tmp_path).returncode == 0
    tree(source, {"template/a.txt": "2\n"})
    args = ("update", "p", "--to", "current", "--data", "name=Ada", "--defaults")
    done = scaffold(*args, cwd=tmp_path)
    assert (done.returncode, "note:" in done.stdout) == (0, False), done
    files = [(tmp_path / "p" / name).read_text() for name in ("a.txt", "hello.txt")]
    assert files == ["2\n", "hello Ada\n"]
    assert read_record(tmp_path / "p").tree


def test_a_folder_that_changed_is_told_where_git_has_no_base(tmp_path: Path) -> None:
    source = tree(tmp_path / "source", template({"a.txt": "1\n"}))
    scaffold("new", "p", "-b", source, "--defaults", cwd=tmp_path)
    tree(source, {"template/a.txt": "2\n"})
    tree(tmp_path / "p", {"plain.txt": "mine\n"})
    run_git("commit", "-q", "-a", "--amend", "-m", "all in one", cwd=tmp_path / "p")
    args = ("update", "p", "--to", "current", "--data", "name=Ada", "--defaults")
    assert "renders differently today" in scaffold(*args, cwd=tmp_path).stdout


def test_diff_shows_edits_alone_where_the_folder_changed(tmp_path: Path) -> None:
    source = tree(tmp_path / "source", template({"a.txt": "1\n"}))
    scaffold("new", "p", "-b", source, "--defaults", cwd=tmp_path)
    tree(source, {"template/a.txt": "2\n"})
    assert scaffold("diff", "p", cwd=tmp_path).stdout == ""


@pytest.mark.parametrize("how", ["it does not render any more", "it is gone"])
def test_a_version_that_is_no_more_is_no_hindrance(tmp_path: Path, how: str) -> None:
    world = World(tmp_path, template({"a.txt": "1\n"}), template({"a.txt": "2\n"}))
    lose(world, how)
    world.edit(**{"plain.txt": "mine\n"})
    done = world.update()
    assert done.returncode == 0, done.stderr
    assert (world.text("a.txt"), world.text("plain.txt")) == ("2\n", "mine\n")


@pytest.mark.parametrize("how", ["it does not render any more", "it is gone"])
def test_without_a_base_the_way_past_is_told_and_works(tmp_path: Path, how: str) -> None:
    texts = ("1\n", "2\n", "3\n")
    world = World(tmp_path, *(template({"a.txt": text, "b.txt": text}) for text in texts))
    squash(world, **{"b.txt": "2\n", "plain.txt": "mine\n"})
    lose(world, how)
    done = world.update()
    assert (done.returncode in (1, 2), "--base VERSION" in done.stderr) == (True, True), done
    assert world.status() == ""
    done = world.update("--base", "v2.0.0")
    assert (done.returncode, world.text("b.txt")) == (4, "3\n"), done
    assert "<<<<<<< before updating\n1\n" in world.text("a.txt")  # as it was not carried to 2
    assert world.text("plain.txt") == "mine\n"


def lose(world: World, how: str) -> None:
    """Take the first version away, or make it one that fails to render."""
    old = read_record(world.project).commit
    if how == "it is gone":
        run_git("tag", "-d", "v1.0.0", cwd=world.source)
        new = old[::-1]
    else:
        run_git("checkout", "-q", "-b", "old", "v1.0.0", cwd=world.source)
        tree(world.source, {"copier.yml": "name: {type: gone}\n_envops: {gone: 1}\n"})
        commit(world.source)
        run_git("tag", "-f", "v1.0.0", cwd=world.source)
        new = run_git("rev-parse", "HEAD", cwd=world.source)
    record = world.text(".copier-answers.yml").replace(old, new)
    squash(world, **{".copier-answers.yml": record})


def test_every_command_heals_a_killed_update_first(world: World) -> None:
    state = world.project / ".git/scaffold"
    world.update()
    shutil.copytree(state / "last", state / "running")
    checked = scaffold("check", "p", cwd=world.root)
    assert not (state / "running").exists(), checked.stdout


def test_a_version_that_fails_to_render_changes_nothing(tmp_path: Path) -> None:
    world = World(tmp_path, template({}), template({"x.txt.jinja": "{{ 1 / 0 }}"}))
    done = world.update()
    assert (done.returncode, world.status()) == (1, "")
    assert "x.txt.jinja:1: division by zero" in done.stderr


# ---------------------------------------------------------------- diff


def test_diff_shows_what_the_user_changed_and_git_applies_it(world: World, tmp_path: Path) -> None:
    world.edit(a_txt=BODY.replace("line 30\n", "line 30 mine\n"))
    (world.project / "added ü.txt").write_text("added\n")
    done = scaffold("diff", "p", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    args = ("new", "q", "-b", world.source, "--to", "v1.0.0", "--defaults")
    scaffold(*args, cwd=tmp_path)
    (tmp_path / "patch").write_text(done.stdout)
    run_git("apply", "../patch", cwd=tmp_path / "q")
    assert (tmp_path / "q/a.txt").read_text() == world.text("a.txt")
    assert (tmp_path / "q/added ü.txt").read_text() == "added\n"


def test_diff_to_a_version_is_what_an_update_does(world: World, tmp_path: Path) -> None:
    world.edit(a_txt=BODY.replace("line 30\n", "line 30 mine\n"))
    patch = scaffold("diff", "p", "--to", "v2.0.0", cwd=tmp_path).stdout
    (tmp_path / "patch").write_text(patch)
    run_git("apply", "--index", "../patch", cwd=world.project)
    applied = run_git("write-tree", cwd=world.project)
    run_git("reset", "-q", "--hard", cwd=world.project)
    world.update()
    assert run_git("write-tree", cwd=world.project) == applied
