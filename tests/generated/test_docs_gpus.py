"""`docs/gpus.md`: each command composes its config."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from scaffold import Inputs, create

from ..helpers.pages import ROOT, blocks
from .conftest import Heavy

PAGE = ROOT / "docs/gpus.md"


def commands() -> list[list[str]]:
    """The overrides of each training of the page."""
    lines = [line for block in blocks(PAGE) for line in block.text.splitlines()]
    found = (re.search(r"-m demo\.train\b(.*)", line) for line in lines)
    return [shlex.split(match[1], comments=True) for match in found if match]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return create(tmp_path_factory.mktemp("gpus") / "demo", inputs=Inputs(defaults=True)).path


@pytest.mark.parametrize("overrides", commands(), ids=" ".join)
def test_the_config_of_each_command_is_composed(
    overrides: list[str], project: Path, heavy: Heavy
) -> None:
    done = heavy.run("-m", "demo.train", *overrides, "--cfg", "job", cwd=project)
    assert done.returncode == 0, done.stdout
    for override in overrides:
        name, _, value = override.partition("=")
        if "." in name and not name.startswith("hydra"):
            assert re.search(rf"\b{name.rpartition('.')[2]}: {re.escape(value)}\b", done.stdout)
