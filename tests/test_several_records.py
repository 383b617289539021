"""Several blueprints in one project: their records are found, named, and updated in turn."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scaffold import Inputs, Options, check, create, diff, update
from scaffold.errors import UsageError
from scaffold.record import list_records

from .blueprints_on_disk import repository
from .factories import commit, edit, git, tree

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
    assert f"next: scaffold update p --record {RECORD}\n" in done.stdout


def test_diff_shows_what_was_changed_since_all_renders(project: Path) -> None:
    assert diff(project) == ""
    edit(project, {"ci.txt": "mine\n", "new.txt": "new\n"})
    patch = diff(project)
    assert "+mine" in patch
    assert "+new" in patch
    assert "main.txt" not in patch


def test_update_names_the_records_and_takes_one(project: Path) -> None:
    with pytest.raises(UsageError, match=f"has 2 records: {RECORD}, {CI}"):
        update(project, DEFAULTS)
    update(project, DEFAULTS, Options(record=CI))
    assert texts(project) == {"main": "v1.0.0", "ci": "v2.0.0"}


def test_the_only_record_is_found_whatever_it_is_called(project: Path) -> None:
    edit(project, {RECORD: None})
    git(project, "mv", CI, "own.yml")
    commit(project)
    update(project, DEFAULTS)
    assert texts(project) == {"main": "v1.0.0", "ci": "v2.0.0"}
    assert "_commit: v2.0.0" in (project / "own.yml").read_text()


def test_all_goes_on_where_the_last_was_committed(project: Path) -> None:
    words = ("update", "--all", "--defaults")
    first = scaffold(*words, cwd=project)
    assert (first.returncode, texts(project)) == (3, {"main": "v2.0.0", "ci": "v1.0.0"})
    assert f"commit this, then run `scaffold update --all` again for {CI}" in first.stdout
    commit(project)
    second = scaffold(*words, cwd=project)
    assert (second.returncode, texts(project)) == (0, {"main": "v2.0.0", "ci": "v2.0.0"})
    assert "again" not in second.stdout
    commit(project)
    assert scaffold(*words, cwd=project).stdout.count("nothing to do") == 2


def test_all_of_a_dry_run_shows_every_plan(project: Path) -> None:
    done = scaffold("update", "--all", "--defaults", "--dry-run", cwd=project)
    assert done.returncode == 0
    assert "+++ b/main.txt" in done.stdout
    assert "+++ b/ci.txt" in done.stdout
    assert texts(project) == {"main": "v1.0.0", "ci": "v1.0.0"}


def test_all_and_a_record_contradict_each_other(project: Path) -> None:
    done = scaffold("update", "--all", "--record", CI, cwd=project)
    assert (done.returncode, "contradict" in done.stderr) == (2, True)
