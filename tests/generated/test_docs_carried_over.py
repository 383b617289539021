"""`docs/from-lightning-hydra-template.md`: the model that the page carries over trains."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from ..helpers.pages import ROOT, blocks, hold
from .conftest import Heavy

PAGE = ROOT / "docs/from-lightning-hydra-template.md"


def commands() -> list[list[str]]:
    """What the page runs in the project's environment."""
    (last,) = (block.text for block in blocks(PAGE) if block.mark.startswith("not run"))
    lines = [shlex.split(line) for line in last.splitlines()]
    return [["-m", "pytest", *words[1:]] if words[0] == "pytest" else words[1:] for words in lines]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    hold(PAGE, tmp_path)
    return tmp_path / "points"


def test_what_is_carried_over_trains(project: Path, heavy: Heavy) -> None:
    for arguments in commands():
        done = heavy.run(*arguments, cwd=project)
        assert done.returncode == 0, done.stdout
    (run,) = (json.loads(path.read_text()) for path in project.glob("runs/circle/**/run.json"))
    assert run["status"] == "finished"
    assert run["metrics"]["test/acc"] >= 0.8


def test_hyperparameters_that_are_objects_stop_the_test(project: Path, heavy: Heavy) -> None:
    """Why the page moves them: this is what the template's own module does."""
    module = project / "src/points/models/points_module.py"
    kept = "self.optimizer = optimizer\n"
    text = module.read_text()
    assert kept in text
    module.write_text(
        text.replace(kept, f"{kept}        self.save_hyperparameters(logger=False)\n")
    )
    done = heavy.run("-m", "points.train", "experiment=circle", "trainer.max_epochs=1", cwd=project)
    assert done.returncode != 0
    assert "Weights only load failed" in done.stdout
