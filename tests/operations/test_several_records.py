"""Several blueprints in one project: their records are found, named, and updated together."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from scaffold import Inputs, UpdateOptions, check, create, diff, update, update_all
from scaffold.errors import UsageError
from scaffold.project.record import list_records

from ..helpers.blueprints_on_disk import repository
from ..helpers.factories import Edits, Files, commit, edit, files_of, git, index_of, tree

RECORD, CI = ".copier-answers.yml", ".copier-answers.ci.yml"
DEFAULTS = Inputs(defaults=True)


def scaffold(*args: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scaffold", *map(str, args)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def blueprint(root: Path, name: str) -> Path:
    versions = {}
    for version in ("v1.0.0", "v2.0.0"):
        record = "t/{{ _copier_conf.answers_file }}.jinja"
        answers = "{{ _copier_answers|to_nice_yaml }}"
        versions[version] = {
            "copier.yml": f"_subdirectory: t\n{name}: yes\n",
            record: answers,
            f"t/{name}.txt": f"{version}\n",
        }
    return repository(root / name, versions)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Made of the first version of one blueprint, with that of another over it; committed."""
    place = tmp_path / "p"
    create(place, str(blueprint(tmp_path, "main")), DEFAULTS, version="v1.0.0")
    create(place, str(blueprint(tmp_path, "ci")), DEFAULTS, version="v1.0.0", record=CI)
    commit(place)
    return place


def texts(project: Path) -> dict[str, str]:
    return {name: (project / f"{name}.txt").read_text().strip() for name in ("main", "ci")}


# ---------------------------------------------------------------- which files are records


@pytest.mark.parametrize(
    ("files", "found"),
    [
        pytest.param({RECORD: "_src_path: a\n"}, [RECORD], id="usual"),
        pytest.param({CI: "", RECORD: "[\n"}, [RECORD, CI], id="by name, damaged or not"),
        pytest.param({".config/own.yaml": "a: 1\n_src_path: b\n"}, [".config/own.yaml"], id="held"),
        pytest.param({"x.yml": '"_src_path": b\n'}, ["x.yml"], id="quoted"),
        pytest.param({"a.yml": "a:\n  _src_path: b\n"}, [], id="deeper in a file"),
        pytest.param({"sub/.copier-answers.yml": "_src_path: a\n"}, [], id="another project"),
        pytest.param({".git/x.yml": "_src_path: a\n"}, [], id="of git"),
        pytest.param({"x.yml.jinja": "_src_path: a\n", "x.yml/y": ""}, [], id="no YAML file"),
    ],
)
def test_a_record_is_told_by_name_or_by_content(
    tmp_path: Path, files: dict[str, str], found: list[str]
) -> None:
    assert list(list_records(tree(tmp_path / "p", files))) == found


# ---------------------------------------------------------------- the commands


def test_check_shows_each_record(project: Path) -> None:
    found = [(c.record, c.current, c.newest) for c in check([project])]
    assert found == [(RECORD, "v1.0.0", "v2.0.0"), (CI, "v1.0.0", "v2.0.0")]
    assert [c.record for c in check([project], CI)] == [CI]
    done = scaffold("check", "p", cwd=project.parent)
    assert done.returncode == 3
    assert f"p ({CI})  " in done.stdout
    assert "next: scaffold update p --all\n" in done.stdout


def test_a_blueprint_that_is_gone_is_told_with_its_record(project: Path) -> None:
    shutil.rmtree(project.parent / "ci")
    hint = f"next: Put it back, or correct _src_path in {CI} and commit that.\n"
    done = scaffold("check", "p", cwd=project.parent)
    assert (done.returncode, hint in done.stdout) == (3, True)
    assert f"next: scaffold update p --record {RECORD}\n" in done.stdout
    for words in (ALL, ("diff", "--record", CI), ("answers", "--from", ".", "--record", CI)):
        done = scaffold(*words, cwd=project)
        assert (done.returncode, hint in done.stderr) == (2, True), done.stderr


def test_diff_shows_what_was_changed_since_all_renders(project: Path) -> None:
    assert diff(project) == ""
    edit(project, {"ci.txt": "mine\n", "new.txt": "new\n"})
    patch = diff(project)
    assert "+mine" in patch
    assert "+new" in patch
    assert "main.txt" not in patch


def test_update_names_the_records_and_takes_one(project: Path) -> None:
    with pytest.raises(UsageError, match=f"has 2 records: {RECORD}, {CI}") as caught:
        update(project, DEFAULTS)
    assert caught.value.hint.endswith(", or update all: scaffold update --all.")
    update(project, DEFAULTS, UpdateOptions(record=CI))
    assert texts(project) == {"main": "v1.0.0", "ci": "v2.0.0"}


@pytest.mark.parametrize("command", ["update", "diff", "check"])
def test_a_record_that_is_not_there_is_told_with_those_that_are(
    project: Path, command: str
) -> None:
    done = scaffold(command, "--record", "no.yml", cwd=project)
    assert done.returncode == (1 if command == "check" else 2)
    text = done.stdout + done.stderr
    assert "there is no record no.yml here" in text
    assert f"next: Give one of its records, as in --record {RECORD} (also {CI}).\n" in text


def test_the_only_record_is_found_whatever_it_is_called(project: Path) -> None:
    edit(project, {RECORD: None})
    git(project, "mv", CI, "own.yml")
    commit(project)
    update(project, DEFAULTS)
    assert texts(project) == {"main": "v1.0.0", "ci": "v2.0.0"}
    assert "_commit: v2.0.0" in (project / "own.yml").read_text()


# ---------------------------------------------------------------- all of them

ALL = ("update", "--all", "--defaults")
Texts = Mapping[str, str]
BODY = "".join(f"line {n}\n" for n in range(1, 10))


@dataclass(frozen=True)
class World:
    """A project of blueprints with two versions each; ``a`` has the usual record."""

    root: Path

    @property
    def project(self) -> Path:
        return self.root / "p"

    def make(self, edits: Edits, **blueprints: tuple[Texts, Texts]) -> None:
        for name, (old, new) in blueprints.items():
            source = repository(self.root / name, {"v1.0.0": own(old), "v2.0.0": own(new)})
            record = RECORD if name == "a" else f".copier-answers.{name}.yml"
            create(self.project, str(source), DEFAULTS, version="v1.0.0", record=record)
            commit(self.project)
        edit(self.project, edits)
        commit(self.project)

    def state(self) -> tuple[Files, list[str]]:
        """Every byte of the work tree, and of the index."""
        return files_of(self.project), index_of(self.project)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return scaffold(*ALL, *words, cwd=self.project)


def own(files: Texts) -> Files:
    """The files of a blueprint's version, its record and its questions among them."""
    record = {"t/{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers|to_nice_yaml }}"}
    names = {f"t/{name}": text for name, text in files.items() if name != "copier.yml"}
    return {"copier.yml": f"_subdirectory: t\n{files.get('copier.yml', '')}", **record, **names}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_all_are_updated_at_once(project: Path) -> None:
    done = scaffold(*ALL, cwd=project)
    assert (done.returncode, texts(project)) == (0, {"main": "v2.0.0", "ci": "v2.0.0"})
    assert done.stdout.count("next: ") == 1
    again = scaffold(*ALL, cwd=project)
    assert (again.returncode, "not committed yet" in again.stderr) == (1, True)
    commit(project)
    done = scaffold(*ALL, cwd=project)
    assert (done.returncode, done.stdout.count("nothing to do")) == (0, 2)


def test_all_leaves_one_that_is_up_to_date(project: Path) -> None:
    update(project, DEFAULTS, UpdateOptions(record=RECORD))
    commit(project)
    done = scaffold(*ALL, "--json", cwd=project)
    first, second = json.loads(done.stdout)["updates"]
    assert (done.returncode, texts(project)["ci"]) == (0, "v2.0.0")
    assert (first["outcome"], second["outcome"]) == ("nothing to do", "updated")
    assert {change["path"] for change in second["changes"]} == {CI, "ci.txt"}


def test_a_conflict_of_one_is_left_and_all_is_taken_back(world: World) -> None:
    world.make(
        {"b.txt": "mine\n"},
        a=({"a.txt": "1\n", "old/x.txt": BODY}, {"a.txt": "2\n", "new/x.txt": BODY}),
        b=({"b.txt": "1\n", "gone": "1\n"}, {"b.txt": "2\n"}),
        c=({"c.txt": "1\n", "gone2/x": "x\n"}, {"c.txt": "2\n", "added/c.txt": "1\n"}),
    )
    before = world.state()
    done = world.run()
    assert done.returncode == 4
    assert "1 conflict is left to resolve" in done.stdout
    text = (world.project / "b.txt").read_text()
    assert text == "<<<<<<< before updating\nmine\n=======\n2\n>>>>>>> after updating\n"
    stages = git(world.project, "ls-files", "-u").splitlines()
    assert [line.split()[2:] for line in stages] == [[n, "b.txt"] for n in "123"]
    found = files_of(world.project)
    assert (found["a.txt"], found["c.txt"], found["new/x.txt"]) == ("2\n", "2\n", BODY)
    assert not {"gone", "gone2/x", "old/x.txt"} & found.keys()
    assert scaffold("update", "--abort", cwd=world.project).returncode == 0
    assert world.state() == before


FIRST, LAST = BODY.replace("line 1\n", "first\n"), BODY.replace("line 9\n", "last\n")
BOTH = {"a": ({"f.txt": BODY}, {"f.txt": FIRST}), "b": ({"f.txt": BODY}, {"f.txt": LAST})}


def test_a_file_of_two_blueprints_gets_the_changes_of_both(world: World) -> None:
    world.make({"f.txt": BODY.replace("line 5\n", "mine\n")}, **BOTH)
    before = world.state()
    dry = world.run("--dry-run")
    assert world.state() == before
    patch = dry.stdout[: dry.stdout.index("p: ")]
    done = world.run()
    assert (done.returncode, done.stdout.count("f.txt")) == (0, 2)
    text = (world.project / "f.txt").read_text()
    assert text == FIRST.replace("line 5\n", "mine\n").replace("line 9\n", "last\n")
    after = files_of(world.project)
    assert scaffold("update", "--abort", cwd=world.project).returncode == 0
    assert world.state() == before
    (world.root / "all.patch").write_text(patch)
    git(world.project, "apply", str(world.root / "all.patch"))
    assert files_of(world.project) == after


def test_a_conflict_in_a_file_of_two_blueprints(world: World) -> None:
    mine = BODY.replace("line 9\n", "mine\n")
    world.make({"f.txt": mine}, **BOTH)
    before = world.state()
    done = world.run()
    assert (done.returncode, done.stdout.count("conflict (1)")) == (4, 1)
    ours = git(world.project, "show", ":2:f.txt")
    assert ours == mine.replace("line 1\n", "first\n")
    assert (world.project / "f.txt").read_text().startswith("first\n")
    assert scaffold("update", "--abort", cwd=world.project).returncode == 0
    assert world.state() == before


def test_a_file_that_another_leaves_in_conflict_is_refused(world: World) -> None:
    world.make({"f.txt": BODY.replace("line 1\n", "mine\n")}, **BOTH)
    before = world.state()
    done = world.run()
    assert (done.returncode, world.state()) == (1, before)
    assert "a v2.0.0 conflicts with your changes in files that b v2.0.0 changes, too" in done.stderr
    again = f"scaffold update {world.project} --record {RECORD}"
    assert f"Run {again}, resolve and commit" in done.stderr


def test_a_file_that_moves_from_one_blueprint_to_another(world: World) -> None:
    world.make({}, a=({"f.txt": BODY}, {}), b=({}, {"f.txt": FIRST}))
    assert world.run().returncode == 0
    assert (world.project / "f.txt").read_text() == FIRST
    assert git(world.project, "status", "--short", "f.txt") == "M  f.txt\n"


ASKS = {"copier.yml": "own: {type: str, default: x}\n", "b.txt.jinja": "{{ own }}\n"}


def test_answers_go_to_the_blueprint_that_asks(world: World) -> None:
    world.make({}, a=({}, {"a.txt": "2\n"}), b=({}, ASKS))
    before = world.state()
    for words, code, why in (
        (("--data", "none=1"), 2, "none: is not a question of a v2.0.0 or b v2.0.0"),
        (("--data", "owm=1"), 2, "or b v2.0.0 (did you mean own?)"),
        (("--answers", "-"), 2, "standard input is read once"),
        (("--to", "v3.0.0"), 2, "v3.0.0"),
        (("--base", "v1.0.0"), 2, "--all and --base contradict each other"),
    ):
        done = world.run(*words)
        assert (done.returncode, why in done.stderr) == (code, True), done.stderr
    assert world.state() == before
    assert world.run("--data", "own=y").returncode == 0
    assert (world.project / "b.txt").read_text() == "y\n"


def test_blueprints_of_one_name_each_get_their_answers(tmp_path: Path) -> None:
    for name, record in (("main", RECORD), ("ci", CI)):
        source = blueprint(tmp_path / name, name).rename(tmp_path / name / "same")
        create(tmp_path / "p", str(source), DEFAULTS, version="v1.0.0", record=record)
    commit(tmp_path / "p")
    done = update_all(tmp_path / "p", Inputs(data={"ci": False}, defaults=True))
    assert [result.answers for result in done] == [{"main": True}, {"ci": False}]


def test_an_error_of_the_second_writes_nothing(world: World) -> None:
    must = {"copier.yml": "own: {type: str}\n"}
    world.make({}, a=({"a.txt": "1\n"}, {"a.txt": "2\n"}), b=({}, must))
    before = world.state()
    done = scaffold("update", "--all", cwd=world.project)
    assert (done.returncode, "own" in done.stderr) == (2, True)
    assert world.state() == before


def test_what_stands_in_the_way_of_one_stops_all(world: World) -> None:
    world.make({}, a=({"a.txt": "1\n"}, {"a.txt": "2\n"}), b=({}, {"b.txt": "2\n"}))
    (world.project / ".git/info/exclude").write_text("b.txt\n")
    edit(world.project, {"b.txt": "mine\n"})
    before = world.state()
    done = world.run()
    assert (done.returncode, "b v2.0.0 has something else there" in done.stderr) == (1, True)
    assert world.state() == before


def test_an_ignored_file_of_two_blueprints_stops_all(world: World) -> None:
    world.make({}, **BOTH)
    git(world.project, "rm", "-q", "--cached", "f.txt")
    (world.project / ".gitignore").write_text("f.txt\n")
    commit(world.project)
    before = world.state()
    done = world.run()
    assert (done.returncode, "f.txt: git does not track it" in done.stderr) == (1, True)
    assert world.state() == before
    (world.project / "f.txt").unlink()
    assert world.run().returncode == 0
    assert not (world.project / "f.txt").exists()


def test_all_of_a_dry_run_shows_every_plan(project: Path) -> None:
    done = scaffold("update", "--all", "--defaults", "--dry-run", cwd=project)
    assert done.returncode == 0
    assert "+++ b/main.txt" in done.stdout
    assert "+++ b/ci.txt" in done.stdout
    assert texts(project) == {"main": "v1.0.0", "ci": "v1.0.0"}


@pytest.mark.parametrize("other", [("--record", CI), ("--abort",)])
def test_all_and_another_option_contradict_each_other(
    project: Path, other: tuple[str, ...]
) -> None:
    done = scaffold("update", "--all", *other, cwd=project)
    assert (done.returncode, f"--all and {other[0]} contradict" in done.stderr) == (2, True)
