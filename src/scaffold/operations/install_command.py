"""The command that installs a project's dependencies again, where an update changes them."""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from ..merge import FileChange

LOCK = "uv.lock"
TABLES = ("dependencies", "optional-dependencies")


def find_install_command(
    project: Path, files: Sequence[FileChange], first_run: Mapping[str, Sequence[str]]
) -> str:
    """The command that installs what changed; empty where no dependency does.

    Args:
        project: The project, before the update is written.
        files: The files that the update writes, with paths in the project.
        first_run: The steps of a first run, as the blueprint states them: ``install`` holds
            arguments of ``pip install``.
    """
    changed = [file.path for file in files if _changes_dependencies(project, file)]
    if not changed:
        return ""
    if (project / LOCK).is_file():
        return "uv sync"
    pip = "python -m pip install"
    if steps := first_run.get("install"):
        return f"{pip} {shlex.join(steps)}"
    if "pyproject.toml" in changed:
        return f"{pip} -e ."
    return " ".join([pip, *(f"-r {shlex.quote(path)}" for path in changed)])


def _changes_dependencies(project: Path, file: FileChange) -> bool:
    path = PurePosixPath(file.path)
    if file.content is None:
        return False
    if path == PurePosixPath("pyproject.toml"):
        return _declared(file.content) not in (None, _declared(_read(project / path)))
    is_list = path.suffix == ".txt" and path.name.startswith(("requirements", "constraints"))
    return is_list and file.content != _read(project / path)


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def _declared(text: bytes) -> tuple[Any, ...] | None:
    """The dependencies that a ``pyproject.toml`` declares; None where it cannot be read."""
    try:
        data = tomllib.loads(text.decode())
    except ValueError:  # with a conflict in it
        return None
    project = data.get("project")
    tables = [project.get(name) for name in TABLES] if isinstance(project, dict) else []
    return (*tables, data.get("dependency-groups"))
