"""The build of PyTorch that an answer names is the one that each tool installs."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from .combinations import render

INDEXES = {
    "pypi": "",
    "cpu": "https://download.pytorch.org/whl/cpu",
    "cuda": "https://download.pytorch.org/whl/cu130",
    "rocm": "https://download.pytorch.org/whl/rocm7.2",
}


def make(tmp_path: Path, **answers: Any) -> Path:
    return render(tmp_path / "project", {"docker": True, "devcontainer": True, **answers})


@pytest.mark.parametrize("pytorch", INDEXES)
def test_pip_and_conda_look_where_the_answer_says(pytorch: str, tmp_path: Path) -> None:
    index = INDEXES[pytorch]
    option = f" --extra-index-url {index}" if index else ""
    project = make(tmp_path / "pip", pytorch=pytorch)
    for name in ("README.md", ".devcontainer/devcontainer.json", ".github/workflows/ci.yml"):
        assert f"pip install{option} -c constraints.txt" in (project / name).read_text(), name
    image = (project / "Dockerfile").read_text()
    assert f"ARG TORCH_INDEX={index or 'https://pypi.org/simple'}\n" in image
    conda = make(tmp_path / "conda", pytorch=pytorch, environment="conda")
    packages = yaml.safe_load((conda / "environment.yml").read_text())["dependencies"][-1]["pip"]
    assert packages == [option.strip(), "-c constraints.txt", "-e .[dev]"][0 if index else 1 :]


@pytest.mark.parametrize("pytorch", INDEXES)
@pytest.mark.parametrize("environment", ["pip", "uv"])
def test_uv_takes_pytorch_alone_from_its_index(
    environment: str, pytorch: str, tmp_path: Path
) -> None:
    project = make(tmp_path, pytorch=pytorch, environment=environment)
    uv = tomllib.loads((project / "pyproject.toml").read_text())["tool"].get("uv", {})
    indexes = [index["url"] for index in uv.get("index", ())]
    if pytorch == "rocm":  # its own libraries are on that index only, under names that change
        assert indexes == ([INDEXES["rocm"]] if environment == "uv" else [])
        assert uv.get("index-strategy") == ("unsafe-best-match" if environment == "uv" else None)
    else:
        assert indexes == [INDEXES[pytorch]] * bool(INDEXES[pytorch])
        assert all(index["explicit"] for index in uv.get("index", ()))
        assert list(uv.get("sources", ())) == ["torch"] * len(indexes)


def test_uv_holds_the_versions_that_were_tested_and_installs_what_developers_need(
    tmp_path: Path,
) -> None:
    project = make(tmp_path, environment="uv")
    about = tomllib.loads((project / "pyproject.toml").read_text())
    pins = [line for line in (project / "constraints.txt").read_text().splitlines() if "==" in line]
    assert about["tool"]["uv"]["constraint-dependencies"] == pins
    name = about["project"]["name"]
    assert about["dependency-groups"] == {"dev": [f"{name}[dev]"]}
    for path in ("README.md", ".devcontainer/devcontainer.json", ".github/workflows/ci.yml"):
        text = (project / path).read_text()
        assert "uv sync" in text
        assert "pip install" not in text


@pytest.mark.parametrize("environment", ["pip", "uv", "conda"])
def test_an_image_keeps_its_dependencies_and_is_no_roots(environment: str, tmp_path: Path) -> None:
    project = make(tmp_path, environment=environment)
    lines = (project / "Dockerfile").read_text().splitlines()
    code = lines.index("COPY . .")
    (first,) = [line for line in lines[:code] if line.startswith("COPY pyproject.toml")]
    installs = ("uv sync", "pip install")
    assert any(word in line for line in lines[lines.index(first) : code] for word in installs)
    assert lines.index("USER trainer") > code
    assert lines[-1].startswith("ENTRYPOINT")


def test_an_image_installs_what_the_package_needs(tmp_path: Path) -> None:
    project = make(tmp_path)
    (line,) = [
        line for line in (project / "Dockerfile").read_text().splitlines() if "tomllib" in line
    ]
    code = line.partition('"')[2].rpartition('"')[0]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, check=True, capture_output=True, text=True
    )
    about = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    assert done.stdout.splitlines() == about["dependencies"]
    assert all(Requirement(line) for line in done.stdout.splitlines())
