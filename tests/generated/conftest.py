"""What the tests of generated projects share: the renders, and one heavy environment."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from tools.environments import ensure_blueprints

from .combinations import combinations, counted, render

# As it was before a test hides the home: what pip and uv are told, and their caches.
OUTSIDE = dict(os.environ)
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: item.get_closest_marker("longest") is None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if any(item.path.is_relative_to(HERE) for item in _ran(terminalreporter)):
        terminalreporter.write_line(counted())


def _ran(reporter: pytest.TerminalReporter) -> list[pytest.Item]:
    session = reporter._session
    return session.items if session else []


@dataclass(frozen=True)
class Heavy:
    """The environment in which generated projects run.

    Attributes:
        python: Its interpreter.
        environ: The variables to run it in.
    """

    python: Path
    environ: Mapping[str, str]

    def run(
        self, *arguments: str | Path, cwd: Path, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run its Python on a project."""
        return subprocess.run(
            [self.python, *arguments],
            cwd=cwd,
            env={**self.environ, "PYTHONPATH": str(cwd / "src"), **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )


@pytest.fixture(scope="session")
def heavy() -> Heavy:
    python = ensure_blueprints(OUTSIDE)
    path = os.pathsep.join((str(python.parent), OUTSIDE.get("PATH", "")))
    kept = {k: v for k, v in OUTSIDE.items() if k not in ("CI", "PYTHONPATH", "VIRTUAL_ENV")}
    plain = {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}  # renders stay as they are
    return Heavy(python, {**kept, "PATH": path, **plain})


class Renders(dict[str, Path]):
    """A project for each combination, rendered when it is asked for; for reading only."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.root = root

    def __missing__(self, name: str) -> Path:
        self[name] = render(self.root / name, combinations()[name])
        return self[name]


@pytest.fixture(scope="session")
def renders(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    return Renders(tmp_path_factory.mktemp("renders"))


@pytest.fixture
def project(renders: Mapping[str, Path], request: pytest.FixtureRequest) -> Path:
    """The render that the test is parametrized with."""
    return renders[request.param]
