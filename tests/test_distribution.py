"""The name that an index knows, what carries it, and a release under it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from tools import release

from scaffold.cli import bug

from .helpers.factories import commit, edit, git, repo

HERE = Path(__file__).resolve().parents[1]
ABOUT = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NAME = ABOUT["name"]
WORKFLOW = (HERE / ".github/workflows/release.yml").read_text(encoding="utf-8")

CODE = '"""Tiny."""\n\n__version__ = "1.2.0"\n'
CHANGES = "# Changelog\n\n## Unreleased\n\n## 1.2.0 - 2026-11-28\n\n- New.\n\n## 1.1.0\n\n- Old.\n"
PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "tiny"
dynamic = ["version"]
description = "Tiny"
readme = "README.md"
requires-python = ">=3.11"
[tool.hatch.version]
path = "src/scaffold/__init__.py"
[tool.hatch.build.targets.wheel]
packages = ["src/scaffold"]
"""
READY = {
    "src/scaffold/__init__.py": CODE,
    "CHANGELOG.md": CHANGES,
    "pyproject.toml": PROJECT,
    "README.md": "# tiny\n",
    ".gitignore": "dist/\n",
}


def test_it_is_not_the_name_of_somebody_elses_package() -> None:
    """``pip install scaffold`` gets a package of 2013 that has nothing to do with this one."""
    assert NAME != "scaffold"


def test_a_command_is_called_like_the_distribution() -> None:
    """So that ``uvx NAME`` and ``pipx run NAME`` find it; `nox -s wheel` runs both."""
    commands = ABOUT["scripts"]
    assert set(commands) == {"scaffold", NAME}
    assert len(set(commands.values())) == 1


def test_the_readme_begins_with_the_commands_that_need_no_installation() -> None:
    (first, *_) = re.findall(
        r"```bash\n(.*?)```", (HERE / "README.md").read_text(encoding="utf-8"), re.S
    )
    assert f"uvx {NAME} new demo" in first
    assert f"pipx run {NAME} new demo" in first


def test_no_page_installs_somebody_elses_package() -> None:
    pages = [HERE / "README.md", HERE / "CONTRIBUTING.md", *(HERE / "docs").rglob("*.md")]
    pages += (HERE / "blueprints").glob("*/layers/**/*")
    for page in (page for page in pages if page.is_file()):
        commands = (
            r"(?:pipx? (?:install|run)|uvx|uv tool (?:install|run))\s+(?:-\S+ )*[\"']?scaffold\b"
        )
        for found in re.findall(commands + r"\S*", page.read_text(encoding="utf-8")):
            assert NAME in found, f"{page}: {found}"


def test_the_update_of_a_generated_project_needs_no_variable() -> None:
    layers = HERE / "blueprints/lightning/layers"
    workflow = layers / "ci/github/.github/workflows/update.yml"
    job = yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"]["update"]
    (install,) = (step for step in job["steps"] if step.get("name") == "Install the tool")
    assert install["env"] == {"SOURCE": f"${{{{ vars.SCAFFOLD_SOURCE || '{NAME}' }}}}"}
    assert "if" not in job
    assert f"pip install {NAME}\n" in (HERE / "docs/in-ci.md").read_text(encoding="utf-8")


def test_a_bug_report_names_the_distribution() -> None:
    assert f"{NAME} {release.version_of(HERE)}\n" in bug.format_log(ValueError("x"), [], {})


# ---------------------------------------------------------------- a release


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    """A checkout that can be released."""
    root = repo(tmp_path / "r", READY)
    git(root, "tag", "v1.2.0")
    return root


def test_a_release_is_built_from_a_commit_that_is_ready(ready: Path) -> None:
    edit(ready, {"dist/old-0.1.tar.gz": "of an earlier build"})
    assert release.main(ready) == 0
    built = {path.name for path in (ready / "dist").iterdir()}
    assert built == {"tiny-1.2.0.tar.gz", "tiny-1.2.0-py3-none-any.whl"}


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        pytest.param(
            {"src/scaffold/__init__.py": CODE.replace("1.2.0", "1.3.0")},
            ["newest version is 1.2.0; add the heading: ## 1.3.0", "no tag v1.3.0; it has v1.2.0"],
            id="another version",
        ),
        pytest.param({"CHANGELOG.md": CHANGES.replace("- New.\n", "")}, ["1.2.0 has no entry"]),
        pytest.param(
            {
                "CHANGELOG.md": CHANGES.replace(
                    "Unreleased\n", "Unreleased\n\n### Added\n\n- More.\n"
                )
            },
            ["stand under Unreleased"],
        ),
        pytest.param({"CHANGELOG.md": "# Changelog\n"}, ["newest version is none"], id="empty"),
    ],
)
def test_what_is_missing_is_listed_and_nothing_is_built(
    ready: Path, changes: dict[str, str], missing: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    edit(ready, changes)
    commit(ready)
    git(ready, "tag", "--force", "v1.2.0")
    assert release.main(ready) == 1
    told = capfd.readouterr().err
    assert [line for line in missing if line not in told] == []
    assert len(told.splitlines()) == len(missing) + 1
    assert not (ready / "dist").exists()


def test_uncommitted_changes_and_a_tag_elsewhere_are_told_together(
    ready: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    edit(ready, {"more.txt": "x"})
    commit(ready)
    edit(ready, {"most.txt": "x"})
    assert release.main(ready) == 1
    told = capfd.readouterr().err
    assert "uncommitted: most.txt" in told
    assert "no tag v1.2.0; give it one: git tag -a v1.2.0 -m v1.2.0" in told


def test_a_readme_that_an_index_cannot_show_is_no_release(ready: Path) -> None:
    edit(ready, {"README.rst": "*broken\n", "pyproject.toml": PROJECT.replace(".md", ".rst")})
    commit(ready)
    git(ready, "tag", "--force", "v1.2.0")
    with pytest.raises(SystemExit):
        release.main(ready)


def test_only_the_job_that_runs_nothing_of_this_repository_may_publish() -> None:
    jobs = yaml.safe_load(WORKFLOW)["jobs"]
    assert jobs["build"]["permissions"] == {"contents": "read"}
    publish = jobs["publish"]
    assert (publish["needs"], publish["permissions"]) == ("build", {"id-token": "write"})
    assert publish["environment"]
    assert "actions/checkout" not in str(publish)


def test_a_release_uses_nothing_whose_version_is_open() -> None:
    uses = re.findall(r"uses: (\S+)", WORKFLOW)
    assert uses
    assert [one for one in uses if not re.search(r"@[0-9a-f]{40}$", one)] == []
    pins = (HERE / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert re.findall(r"uv==\S+", WORKFLOW) == [pin for pin in pins if pin.startswith("uv==")]


def test_nox_knows_the_sessions_that_the_workflow_runs() -> None:
    (sessions,) = re.findall(r"bootstrap\.py test -s (.*)", WORKFLOW)
    command = [sys.executable, "-m", "nox", "--list", "-s", *sessions.split()]
    subprocess.run(command, cwd=HERE, capture_output=True, check=True)
