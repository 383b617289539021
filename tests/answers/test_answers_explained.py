"""`--explain-answers` tells of each answer exactly where it came from."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ..helpers.blueprints_on_disk import layered, tree
from ..helpers.factories import commit

PRESETS = """
presets:
  - {name: large, answers: {docker: true, loggers: [csv, wandb]}}
"""


def explained(folder: Path, *words: str, **variables: str) -> dict[str, str]:
    """The place of each answer, by question."""
    done = subprocess.run(
        [sys.executable, "-m", "scaffold", *words, "--defaults", "--explain-answers"],
        cwd=folder,
        env={**{k: v for k, v in os.environ.items() if k != "CI"}, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    table = done.stderr[done.stderr.index("answers:\n") :].splitlines()[1:]
    rows = [[part.strip() for part in line.strip().split("  ") if part.strip()] for line in table]
    return {row[0]: row[-1] for row in rows if len(row) == 3}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    blueprint = layered()
    blueprint["blueprint.yml"] += PRESETS
    blueprint["copier.yml"] += "year: 2026\n"
    return tree(tmp_path / "tiny", blueprint)


def test_each_source_is_named(source: Path, tmp_path: Path) -> None:
    (tmp_path / "first.yml").write_text("# mine\n\ntask: text\nyear: 2024\n")
    (tmp_path / "last.toml").write_text("year = 2025\n")
    settings = Path(os.environ["XDG_CONFIG_HOME"]) / "scaffold" / "config.yml"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text("name: Ada\n")
    words = ["new", "made", "-b", str(source), "-a", "first.yml", "-a", "last.toml"]
    words += ["--preset", "large", "--data", "project_name=Demo"]
    assert explained(tmp_path, *words, SCAFFOLD_DATA_LOGGERS="csv") == {
        "project_name": "--data",
        "task": "first.yml:3:1",
        "loggers": "environment SCAFFOLD_DATA_LOGGERS",
        "docker": "preset large",
        "author_name": "user defaults (~/.config/scaffold/config.yml)",
        "year": "last.toml:1:1",
    }


def test_an_update_names_the_record(source: Path, tmp_path: Path) -> None:
    explained(tmp_path, "new", "made", "-b", str(source), "--data", "project_name=Demo")
    commit(tmp_path / "made")
    words = ("update", "made", "--to", "current", "--data", "docker=true")
    sources = explained(tmp_path, *words)
    assert sources["docker"] == "--data"
    assert sources["project_name"] == sources["year"] == "record"
