"""Folders and git repositories made from dicts.

A value is a text, bytes, a ``Link`` to a target, or a ``Program`` (a text with the execute bit).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Link:
    target: str


@dataclass(frozen=True)
class Program:
    text: str


Content = str | bytes | Link | Program
Files = Mapping[str, Content]


def tree(folder: Path, files: Files) -> Path:
    """Write files into a folder, made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Link):
            path.symlink_to(content.target)
            continue
        text = content.text if isinstance(content, Program) else content
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(0o755 if isinstance(content, Program) else 0o644)
    return folder


def git(folder: Path, *args: str) -> str:
    """Run git as a user would."""
    done = subprocess.run(
        ["git", *args], cwd=folder, check=True, capture_output=True, stdin=subprocess.DEVNULL
    )
    return os.fsdecode(done.stdout)


def commit(folder: Path, message: str = "edit") -> str:
    """Commit everything that is not ignored."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", message)
    return git(folder, "rev-parse", "HEAD").strip()


def repo(folder: Path, files: Files, prefix: str = "") -> Path:
    """A repository with one commit; returns the project, which may be a folder of it."""
    tree(folder / prefix, files)
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, "generated")
    return folder / prefix


def edit(folder: Path, changes: Mapping[str, Content | None]) -> None:
    """Write files anew; None removes."""
    for name, content in changes.items():
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif os.path.lexists(path):
            path.unlink()
        if content is not None:
            tree(folder, {name: content})


def files_of(folder: Path) -> dict[str, Content]:
    """What a folder holds, git's own files left out."""
    found: dict[str, Content] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if ".git" in name.parts or (path.is_dir() and not path.is_symlink()):
            continue
        if path.is_symlink():
            found[str(name)] = Link(os.readlink(path))  # noqa: PTH115 - as it is written
            continue
        data = path.read_bytes()
        text = data.decode() if b"\0" not in data and _is_text(data) else data
        is_program = path.stat().st_mode & 0o100 and isinstance(text, str)
        found[str(name)] = Program(str(text)) if is_program else text
    return found


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def index_of(folder: Path) -> list[str]:
    """The entries of the index of a repository, with flags and stages."""
    top = git(folder, "rev-parse", "--show-toplevel").strip()
    return sorted(git(Path(top), "ls-files", "-s", "-v", "-z").split("\0")[:-1])
