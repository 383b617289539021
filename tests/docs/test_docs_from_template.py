"""`docs/from-lightning-hydra-template.md`: what it names on the right is in a generated project."""

from __future__ import annotations

import re
from pathlib import Path

from scaffold import Inputs, create

from ..helpers.pages import ROOT

PAGE = ROOT / "docs/from-lightning-hydra-template.md"
FOLDERS = ("src/points/", "tests/", "experiments/")
FILES = ("pyproject.toml", "constraints.txt")
RUNS = "runs/"  # made by training


def named() -> set[str]:
    """The paths in the right column of the table."""
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:2] == "| "]
    words = {word for row in rows for word in re.findall(r"`([^`]+)`", row.split("|")[2])}
    return {word for word in words if word.startswith(FOLDERS) or word in FILES}


def test_the_paths_of_its_table_are_in_a_generated_project(tmp_path: Path) -> None:
    create(tmp_path / "points", inputs=Inputs(defaults=True))
    assert len(named()) > 25
    assert [path for path in sorted(named()) if not (tmp_path / "points" / path).exists()] == []
