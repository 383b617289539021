"""`docs/from-copier.md`: a project that Copier made is updated as the page shows."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from ..helpers.blueprints_on_disk import repository, run_git
from ..helpers.pages import ROOT, blocks, hold
from .test_docs_update import FIRST, SECOND

PAGE = ROOT / "docs/from-copier.md"


def test_commands_print_what_the_page_shows(tmp_path: Path, home: Path) -> None:
    repository(tmp_path / "server/blueprint.git", {"v1.0.0": FIRST, "v2.0.0": SECOND})
    rewrite = f"url.file://{tmp_path}/server/.insteadOf"
    run_git("config", "--global", rewrite, "https://github.com/acme/", cwd=tmp_path)
    desk = tmp_path / "desk"
    desk.mkdir()
    assert {block.mark for block in blocks(PAGE)} == {"prepared"}
    hold(PAGE, desk, mark="prepared")


def test_the_options_in_its_table_exist() -> None:
    """Copier's in the left column, in the right one those of scaffold."""
    table = PAGE.read_text(encoding="utf-8").partition("## Command by command")[2]
    rows = [row.split("|")[1:3] for row in table.splitlines() if row.startswith("| ")]
    known = (
        helped("copier", "copy", "update", "check-update"),
        helped("scaffold", "new", "update", "check", "diff", "show", "answers"),
    )
    for row in rows:
        for cell, options in zip(row, known, strict=True):
            assert set(re.findall(r"--[\w-]+", cell)) <= options, row


def helped(program: str, *commands: str) -> set[str]:
    """All options that the help of these commands names."""
    found: set[str] = set()
    for command in commands:
        argv = [sys.executable, "-m", program, command, "--help"]
        done = subprocess.run(argv, capture_output=True, text=True, check=True)
        found |= set(re.findall(r"--[\w-]+", done.stdout))
    return found
