"""Generated projects train, pass their own tests, and do what their README prints."""

from __future__ import annotations

import importlib.util
import json
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

from .combinations import extremes
from .conftest import Heavy

GOOD = {"image-classification": 0.97, "text-classification": 0.88}  # a little below what they reach
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


@pytest.mark.parametrize(
    ("project", "task"),
    [(name, answers["task"]) for name, answers in extremes().items()],
    indirect=["project"],
)
def test_it_trains_well(project: Path, task: str, heavy: Heavy) -> None:
    done = heavy.run("-m", f"{PACKAGE}.train", cwd=project)
    assert done.returncode == 0, done.stdout
    (run,) = manifests(project)
    assert run["status"] == "finished"
    accuracy = run["metrics"]["test/accuracy"]
    assert accuracy >= GOOD[task]
    assert re.search(rf" - test/accuracy: {accuracy:.4f}$", done.stdout, re.MULTILINE)


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


def test_every_command_of_its_readme_works_as_printed(
    renders: Mapping[str, Path], heavy: Heavy, tmp_path: Path
) -> None:
    if importlib.util.find_spec("ensurepip") is None:
        pytest.skip("this Python cannot do what the README's first command asks for")
    project = renders["default"]
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
    best = [run["metrics"].get("test/accuracy", 0) for run in manifests(project)]
    assert best[0] >= GOOD["image-classification"]
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
