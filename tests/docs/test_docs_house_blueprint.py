"""`docs/house-blueprint.md`: from an empty folder to a change in three repositories."""

from __future__ import annotations

from pathlib import Path

from ..helpers.blueprints_on_disk import run_git
from ..helpers.pages import ROOT, blocks, hold

PAGE = ROOT / "docs/house-blueprint.md"


def test_its_commands_do_what_it_shows(tmp_path: Path, home: Path) -> None:
    for name in ("house", "vision", "speech", "robots"):
        repository = str(tmp_path / f"server/{name}.git")
        run_git("init", "-q", "--bare", "-b", "main", repository, cwd=tmp_path)
    rewrite = f"url.file://{tmp_path}/server/.insteadOf"
    run_git("config", "--global", rewrite, "https://github.com/acme/", cwd=tmp_path)
    desk = tmp_path / "desk"
    desk.mkdir()
    assert {block.mark for block in blocks(PAGE) if block.kind != "yaml"} == {"prepared"}
    hold(PAGE, desk, mark="prepared")
