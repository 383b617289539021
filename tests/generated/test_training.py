"""Generated projects train, pass their own tests, and do what their README prints."""

from __future__ import annotations

import importlib.util
import json
import math
import os
import re
import shutil
import signal
import struct
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from tools.tasks import GOALS

from scaffold.blueprints.layers import find_layers

from .combinations import BLUEPRINT, extremes, list_tasks
from .conftest import Heavy

PACKAGE = "my_project"
BASH = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Of a picture of 8 by 8 pixels, three bytes each.
BMP_HEAD = struct.pack("<2sIIIIiiHHIIiiII", b"BM", 246, 0, 54, 40, 8, 8, 1, 24, *(0,) * 6)
# What this environment offers, in place of what a person would download.
OFFLINE = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def manifests(project: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted(project.glob("runs/**/run.json"))]


@pytest.mark.parametrize("project", list(extremes()), indirect=True)
def test_its_own_tests_pass(project: Path, heavy: Heavy) -> None:
    done = heavy.run("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=project)
    assert done.returncode == 0, done.stdout


# What the base tests with each task; the extremes run all that it tests.
OF_THE_BASE = (
    "tests/test_configs.py",
    "tests/test_train.py::test_models_are_swapped_by_config",
    "tests/test_train.py::test_a_resumed_run_equals_one_in_one_go",
)
# The test of a file whose others do not depend on the task.
IN_PART = {"tests/test_optimization.py": "test_one_batch_can_be_learnt_by_heart"}


@pytest.mark.parametrize("task", list_tasks()[1:])
def test_the_tests_of_its_task_pass(task: str, renders: Mapping[str, Path], heavy: Heavy) -> None:
    """Those of its layers, and those of the base that depend most on it."""
    files = ["::".join([name, *IN_PART.get(name, "").split()]) for name in list_test_files(task)]
    options = ("-q", "-p", "no:cacheprovider")
    done = heavy.run("-m", "pytest", *options, *files, *OF_THE_BASE, cwd=renders[f"task-{task}"])
    assert done.returncode == 0, done.stdout


def list_test_files(task: str) -> list[str]:
    """The files of tests that the layers of a task write."""
    layers = {layer.name: layer for layer in find_layers(BLUEPRINT)}
    waiting, found = [f"task/{task}"], set()
    while waiting:
        layer = layers[waiting.pop()]
        waiting += layer.uses
        found |= {path.as_posix().removesuffix(".jinja") for path in layer.files()}
    return sorted(name for name in found if re.match(r"tests/test_\w+\.py$", name))


@pytest.mark.parametrize("task", list_tasks())
def test_it_trains_well_in_half_of_its_epochs(
    task: str, renders: Mapping[str, Path], heavy: Heavy, tmp_path: Path
) -> None:
    """`nox -s tasks` trains in all of them."""
    project = Path(shutil.copytree(renders[f"task-{task}"], tmp_path / "project"))
    trainer = project / f"src/{PACKAGE}/configs/trainer/default.yaml"
    epochs = math.ceil(yaml.safe_load(trainer.read_text())["max_epochs"] / 2)
    done = heavy.run("-m", f"{PACKAGE}.train", f"trainer.max_epochs={epochs}", cwd=project)
    assert done.returncode == 0, done.stdout
    (run,) = manifests(project)
    assert run["status"] == "finished"
    assert GOALS[task]
    for goal in GOALS[task]:
        if not goal.data:
            name = f"test/{goal.metric}"
            assert re.search(rf" - {name}: {run['metrics'][name]:.4f}$", done.stdout, re.MULTILINE)
            if goal.half is not None:
                assert goal.is_met(run["metrics"], goal.half), run["metrics"]


def test_sigterm_to_one_of_two_processes_ends_the_run_as_interrupted(
    renders: Mapping[str, Path], heavy: Heavy, tmp_path: Path
) -> None:
    environ = {**heavy.environ, "PYTHONPATH": str(renders["default"] / "src")}
    options = ("trainer=ddp", "trainer.accelerator=cpu", "hydra.run.dir=run")
    command = [str(heavy.python), "-m", f"{PACKAGE}.train", *options, "trainer.max_epochs=1000"]
    with subprocess.Popen(command, cwd=tmp_path, env=environ, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for((tmp_path / "run/checkpoints/last.ckpt").exists, 120)
            process.terminate()
            assert process.wait(60) == 128 + signal.SIGTERM
        finally:
            process.kill()
    run = json.loads((tmp_path / "run/run.json").read_text())
    assert run["status"] == "interrupted"


def wait_for(condition: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.2)


# ---------------------------------------------------------------- the README of the default


def commands(readme: str) -> list[str]:
    """The commands that it prints, in their order."""
    blocks = "".join(BASH.findall(readme))
    return [line for line in blocks.splitlines() if line and not line.startswith("#")]


@pytest.mark.longest
def test_every_command_of_its_readme_works_as_printed(
    renders: Mapping[str, Path], heavy: Heavy, tmp_path: Path
) -> None:
    if importlib.util.find_spec("ensurepip") is None:
        pytest.skip("this Python cannot do what the README's first command asks for")
    project = Path(shutil.copytree(renders["default"], tmp_path / "project"))
    cache = {"MYPY_CACHE_DIR": str(heavy.python.parents[1] / "mypy-cache")}
    environ = {**heavy.environ, **OFFLINE, **cache}
    printed = commands((project / "README.md").read_text())
    assert [c for c in printed if f"{PACKAGE}.train" in c]
    for command in printed:
        source = "source .venv/bin/activate; " if (project / ".venv").exists() else ""
        script = source + filled_in(command, project, tmp_path)
        shell = ["bash", "-euo", "pipefail", "-c", script]
        done = subprocess.run(
            shell, cwd=project, env=environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        if "-m venv" in command:
            borrow(heavy.python.parents[1], project / ".venv")
    first, *_ = manifests(project)
    assert all(goal.is_met(first["metrics"]) for goal in GOALS[list_tasks()[0]])
    assert {run["status"] for run in manifests(project)} == {"finished"}


def filled_in(command: str, project: Path, aside: Path) -> str:
    """The command with what the README says its capitals stand for."""
    if "FOLDER" in command:
        command = command.replace("FOLDER", str(pictures(aside / "pictures")))
    if "SPLITS" in command:
        for part in ("train", "val", "test"):
            pictures(aside / "splits" / part)
        command = command.replace("SPLITS", str(aside / "splits"))
    runs = sorted(path.parent for path in project.glob("runs/**/run.json"))
    if not runs:
        return command
    command = re.sub(r"\bFILE\b", str(runs[0] / "checkpoints" / "last.ckpt"), command)
    return re.sub(r"\bRUN\b", str(runs[0]), command)


def pictures(root: Path) -> Path:
    """Two classes of small grey pictures, one dark and one bright, a folder each."""
    for name, base in (("dark", 0), ("bright", 200)):
        folder = root / name
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(30):
            grey = (base + (number * 7 + pixel * 5) % 50 for pixel in range(64))
            pixels = b"".join(bytes((value,) * 3) for value in grey)
            (folder / f"{number}.bmp").write_bytes(BMP_HEAD + pixels)
    return root


def borrow(heavy: Path, environment: Path) -> None:
    """Let a new environment see the packages of the heavy one, and have its programs."""
    (site,) = environment.glob("lib/python*/site-packages")
    (packages,) = heavy.glob("lib/python*/site-packages")
    (site / "heavy.pth").write_text(f"{packages}\n")
    for older in site.glob("setuptools*"):  # venv of Python 3.11 brings one
        shutil.rmtree(older)
    for program in programs(heavy / "bin"):
        target = environment / "bin" / program.name
        if target.exists():
            continue
        head, newline, body = program.read_bytes().partition(b"\n")
        if head.startswith(b"#!") and b"python" in head:
            target.write_bytes(b"#!" + bytes(environment / "bin/python") + newline + body)
            target.chmod(0o755)
        else:
            target.symlink_to(program)


def programs(folder: Path) -> Iterator[Path]:
    skipped = ("python", "activate", "pip")
    files = (p for p in folder.iterdir() if p.is_file() and os.access(p, os.X_OK))
    return (path for path in files if not path.name.startswith(skipped))
