"""`scaffold check`: is a newer version there?"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ..helpers.blueprints_on_disk import copier_template, repository, run_git, tree


def check(*args: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scaffold", "check", *map(str, args)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def project(root: Path, source: str, version: str) -> Path:
    return tree(root, {".copier-answers.yml": f"_commit: {version}\n_src_path: {source}\n"})


@pytest.fixture
def source(tmp_path: Path) -> Path:
    versions = {"v1.0.0": copier_template(), "v2.0.0": copier_template(), "v3.0.0rc1": {}}
    return repository(tmp_path / "source", versions)


@pytest.mark.parametrize(
    ("version", "code", "told"),
    [
        pytest.param("v1.0.0", 3, "v2.0.0 is available", id="older"),
        pytest.param("v2.0.0", 0, "is the newest", id="newest"),
        pytest.param("v3.0.0rc1", 0, "is the newest", id="ahead"),
        pytest.param("v1.0.0-4-gabcdef0", 3, "v2.0.0 is available", id="after a tag"),
    ],
)
def test_one_project(tmp_path: Path, source: Path, version: str, code: int, told: str) -> None:
    project(tmp_path / "p", str(source), version)
    done = check("p", cwd=tmp_path)
    assert (done.returncode, told in done.stdout) == (code, True), done
    assert check(cwd=tmp_path / "p").returncode == code


def test_many_projects_make_a_table_and_one_object(tmp_path: Path, source: Path) -> None:
    project(tmp_path / "old", str(source), "v1.0.0")
    project(tmp_path / "new", str(source), "v2.0.0")
    (tmp_path / "none").mkdir()
    done = check("old", "new", "none", cwd=tmp_path)
    assert done.returncode == 3
    assert [line.split()[0] for line in done.stdout.splitlines()[:3]] == ["old", "new", "none"]
    assert "Not a scaffold project" in done.stdout
    rows = json.loads(check("old", "new", "--json", cwd=tmp_path).stdout)["projects"]
    assert [row["available"] for row in rows] == [True, False]
    assert check("none", cwd=tmp_path).returncode == 1


def test_a_relative_source_is_found_from_the_project(tmp_path: Path, source: Path) -> None:
    project(tmp_path / "p", "../source", "v1.0.0")
    assert check(tmp_path / "p", cwd=Path("/")).returncode == 3


def test_a_source_that_is_gone_is_told_and_its_copy_is_used(tmp_path: Path, source: Path) -> None:
    project(tmp_path / "p", f"file://{source}", "v1.0.0")
    command = [sys.executable, "-m", "scaffold", "new", "q", "-b", f"file://{source}", "--defaults"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    run_git("tag", "v4.0.0", cwd=source)
    assert "v4.0.0 is available" in check("p", cwd=tmp_path).stdout
    shutil.rmtree(source)
    done = check("p", cwd=tmp_path)
    assert "v4.0.0 is available (offline" in done.stdout
    project(tmp_path / "never", "file:///nowhere.git", "v1.0.0")
    done = check("never", cwd=tmp_path)
    assert (done.returncode, "cannot be reached" in done.stdout) == (1, True)


def test_damaged_settings_are_told_before_any_server_is_asked(tmp_path: Path, home: Path) -> None:
    tree(home, {".config/scaffold/config.yml": "trust: [\n"})
    project(tmp_path / "p", "https://localhost:1/x.git", "v1.0.0")
    done = check("p", "--json", cwd=tmp_path)
    assert done.returncode == 1
    error = json.loads(done.stdout)["error"]
    assert f"{home}/.config/scaffold/config.yml:2:1: is not YAML" in error["what"]
    assert "scaffold config --edit" in error["next"]


def test_an_address_of_two_machines_is_no_source(tmp_path: Path) -> None:
    project(tmp_path / "p", "https://evil.localhost:/@github.com/acme/x", "v1.0.0")
    done = check("p", "--yes", cwd=tmp_path)
    assert (done.returncode, "is ambiguous" in done.stdout) == (1, True), done
