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
from typing import Any

from scaffold.apply.transaction import apply_plan
from scaffold.git.work_tree import find_repository
from scaffold.merge.merger import Renders, plan_merge
from scaffold.merge.plan import Plan, SideLabels
from scaffold.merge.readiness import inspect_project


@dataclass(frozen=True)
class Link:
    target: str


@dataclass(frozen=True)
class Program:
    text: str


Content = str | bytes | Link | Program
Files = Mapping[str, Content]
Edits = Mapping[str, Content | None]


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


def edit(folder: Path, changes: Edits) -> None:
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


RECORD = ".copier-answers.yml"
LABELS = SideLabels("demo 2.0.0")


class World:
    """Two pristine folders and a project that a user made of the first."""

    def __init__(self, root: Path, base: Files, theirs: Files, prefix: str = "") -> None:
        self.root = root
        self.base = tree(root / "base", {RECORD: "_commit: 1\n", **base})
        self.theirs = tree(root / "theirs", {RECORD: "_commit: 2\n", **theirs})
        self.project = repo(root / "repo", {RECORD: "_commit: 1\n", **base}, prefix)

    def edits(self, changes: Edits) -> None:
        edit(self.project, changes)
        commit(self.project)

    def plan(self, **options: Any) -> Plan:
        return self.plan_renders(self.base, self.theirs, **options)

    def plan_renders(self, base: Path | str | None, theirs: Path, **options: Any) -> Plan:
        """The plan of the merge of two other renders."""
        found = inspect_project(find_repository(self.project))
        return plan_merge(found, Renders(base, theirs, RECORD, LABELS, **options))

    def update(self, **options: Any) -> Plan:
        plan = self.plan(**options)
        apply_plan(plan)
        return plan

    def plan_anew(self) -> Plan:
        """What the same update would do once more."""
        return self.plan_renders(self.theirs, self.theirs)

    def kinds(self, plan: Plan) -> dict[str, str]:
        return {c.path: c.kind.value for c in plan.changes if c.path != RECORD}

    def files(self) -> dict[str, Content]:
        found = files_of(self.project)
        found.pop(RECORD, None)
        return found

    def status(self) -> str:
        return git(self.project, "status", "--porcelain")

    def unmerged(self) -> dict[str, str]:
        out = git(self.project, "ls-files", "-u", "-z")
        found: dict[str, str] = {}
        for item in out.split("\0")[:-1]:
            head, _, path = item.partition("\t")
            found[path] = found.get(path, "") + head[-1]
        return found
