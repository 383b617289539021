"""How a Copier template of the corpus is written and made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..blueprints_on_disk import run_git
from ..factories import Content, tree

RECORD = {"{{ _copier_conf.answers_file }}.jinja": "# Kept.\n{{ _copier_answers|to_nice_yaml -}}\n"}
NAME = "name: {type: str, default: demo}\n"


def seen(*names: str) -> dict[str, str]:
    """A file that shows what a template sees of some answers."""
    lines = [f"{name} = {{{{ {name}|default('unset', false)|to_json }}}}" for name in names]
    return {"seen.txt.jinja": "\n".join(lines) + "\n"}


@dataclass(frozen=True)
class Template:
    """A Copier template and how it is rendered.

    Attributes:
        name: What it shows.
        files: Its files, for a folder or the newest version of a repository.
        answers: The answers file.
        trust: Whether its code may run.
        tags: The tags of its only commit; None for a folder that is no repository.
        ref: The version that is asked for.
        by_id: Whether it is asked for by the full id of its commit.
        build: Makes it in a folder, instead of files; gives what the folder's source is called.
    """

    name: str
    files: Mapping[str, Content] = field(default_factory=dict)
    answers: Mapping[str, Any] = field(default_factory=dict)
    trust: bool = False
    tags: tuple[str, ...] | None = None
    ref: str | None = None
    by_id: bool = False
    build: Callable[[Path], Path] | None = None

    def make(self, root: Path) -> str:
        """Make it in a new folder; returns its source."""
        if self.build:
            return str(self.build(root))
        tree(root, self.files)
        if self.tags is not None:
            commit(root, *self.tags)
        return str(root)

    def version(self, source: str) -> str | None:
        """The version that is asked for, as it is written."""
        if self.by_id and self.ref:
            return run_git("rev-parse", self.ref, cwd=Path(source))
        return self.ref


def commit(root: Path, *tags: str) -> Path:
    """Commit all files of a folder, which becomes a repository, and tag the commit."""
    if not (root / ".git").exists():
        run_git("init", "-q", "-b", "main", cwd=root)
    run_git("add", "-A", cwd=root)
    run_git("commit", "-q", "--allow-empty", "-m", "version", cwd=root)
    for tag in tags:
        run_git("tag", tag, cwd=root)
    return root


def questions(name: str, config: str, /, *names: str, **answers: Any) -> Template:
    """A template of questions only, which shows the values of some."""
    return Template(name, {"copier.yml": config, **seen(*names), **RECORD}, answers)


def plain(name: str, config: str, files: Mapping[str, Content], /, **answers: Any) -> Template:
    """A template of some files beside its questions and record."""
    return Template(name, {"copier.yml": config, **RECORD, **files}, answers)
