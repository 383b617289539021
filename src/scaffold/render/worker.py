"""Copier's worker on a folder that we opened: its rendering, without its costs.

What is overridden gives the same result as Copier's own code, where that would start git for each
file, or compile a template for each name that holds none.
"""

from __future__ import annotations

import copy
import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

from packaging.version import InvalidVersion, Version

from ..blueprint import DIRTY, Opened
from ..expressions import disarmed
from ..limits import MIB, Limits
from ..progress import doing
from ..values import Answers
from . import contained
from .unasked import without_prompts

with without_prompts():
    from copier._jinja_ext import get_yield_context
    from copier._main import Worker
    from copier._settings import SettingsModel
    from copier._template import Task, Template
    from copier._user_data import AnswersMap


class Renderer(Worker):
    """Renders one version into a folder where nothing is yet, and writes nowhere else."""

    def restrict(self, limits: Limits | None) -> None:
        """Write no more than ``limits`` allow; without them the blueprint is trusted."""
        self.__dict__["tally"] = Tally(limits)
        if limits:
            disarmed(self.jinja_env)

    def _ask(self) -> None:
        """Take the answers, all of which are known: nothing is computed or checked again.

        Those of a record alone are completed by Copier, as it always did.
        """
        answers: Answers | None = self.__dict__.get("resolved")
        if answers is None:
            super()._ask()
            return
        values = {**answers.computed, **answers.values}
        self.answers = AnswersMap(
            init={name: value for name, value in answers.given.items() if name in values},
            user={name: values[name] for name in self.template.questions_data if name in values},
            metadata=self.template.metadata,
            external=self._external_data(),
        )
        self.answers.hidden.update(answers.hidden)

    def _render_context(self) -> Any:
        context = super()._render_context()
        context["_copier_conf"].update(self.__dict__.get("conf", {}))
        return context

    def _execute_tasks(self, tasks: Sequence[Task]) -> None:
        for task in tasks:
            command = task.cmd if isinstance(task.cmd, str) else " ".join(task.cmd)
            with _talking(), doing(f"running the task {command}", talks=True):
                super()._execute_tasks([task])

    def _render_path(self, relpath: Path) -> Iterable[tuple[Path, dict[str, Any] | None]]:
        for path, context in super()._render_path(relpath):
            self.__dict__["tally"].count()
            # What is left out anyway is no danger, as the ``.git`` of a template that is a folder.
            if contained.problem(path.as_posix()) and not self.match_exclude(path):
                contained.refuse(path.as_posix())
            yield path, context

    def _render_file(
        self, src_relpath: Path, dst_relpath: Path, extra_context: dict[str, Any] | None = None
    ) -> None:
        contained.refuse_folder(self.dst_path, dst_relpath.as_posix())
        super()._render_file(src_relpath, dst_relpath, extra_context)
        self.__dict__["tally"].weigh(self.dst_path / dst_relpath)

    def _render_symlink(self, src_relpath: Path, dst_relpath: Path) -> None:
        contained.refuse_folder(self.dst_path, dst_relpath.as_posix())
        super()._render_symlink(src_relpath, dst_relpath)
        if not self.unsafe and (self.dst_path / dst_relpath).is_symlink():
            contained.refuse_link(self.dst_path, dst_relpath.as_posix())

    def _sync_git_index_executable_bit(self, dst_relpath: Path, src_mode: int) -> None:
        """A new folder has no index."""

    def _render_string(self, string: str, extra_context: dict[str, Any] | None = None) -> str:
        """Render a string, unless it can be no template."""
        if not self._is_plain(string):
            return super()._render_string(string, extra_context)
        self._forget_yield()
        return string

    @property
    def answers_relpath(self) -> Path:
        """The path of the record; asked for with every file."""
        path = str(self.answers_file or self.template.answers_relpath)
        if not self._is_plain(path):
            return super().answers_relpath
        self._forget_yield()
        return Path(path)

    def _forget_yield(self) -> None:
        """Do what parsing a string would have done."""
        found = get_yield_context(self.jinja_env)
        found.yield_name = found.yield_iterable = None

    def _is_plain(self, string: object) -> bool:
        env = self.jinja_env
        marks = (env.block_start_string, env.variable_start_string, env.comment_start_string)
        prefixes = (env.line_statement_prefix, env.line_comment_prefix)
        return (
            isinstance(string, str)
            and not any(mark in string for mark in marks)
            and not any(prefixes)
            and "\n" not in string
            and "\r" not in string
        )


class Tally:
    """What a render wrote so far, and how much it may write."""

    def __init__(self, limits: Limits | None) -> None:
        self.limits = limits
        self.files = 0
        self.bytes = 0

    def count(self) -> None:
        """Count a path."""
        self.files += 1
        if self.limits and self.files > self.limits.files:
            raise self.limits.exceeded("the blueprint", "files")

    def weigh(self, path: Path) -> None:
        """Count a file's size."""
        if self.limits:
            self.bytes += os.lstat(path).st_size
            if self.bytes > self.limits.size * MIB:
                raise self.limits.exceeded("the blueprint", "size")


class Modes(Mapping[PurePosixPath, int]):
    """The modes that Copier looks up in git's index, as far as they are not those on disk.

    That is the mode of a link, which Copier follows: what it leads to comes out not executable.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __getitem__(self, path: PurePosixPath) -> int:
        if (self._folder / path).is_symlink():
            return stat.S_IFLNK
        raise KeyError(path)

    def __iter__(self) -> Iterator[PurePosixPath]:
        return iter(())

    def __len__(self) -> int:
        return 0


@contextmanager
def _talking() -> Iterator[None]:
    """Let what tasks print go where talk goes: standard output is for data."""
    sys.stdout.flush()
    data = os.dup(1)
    try:
        os.dup2(2, 1)
        yield
    finally:
        os.dup2(data, 1)
        os.close(data)


def matcher(patterns: Sequence[str]) -> Callable[[Path], bool]:
    """Which paths the patterns mean, as Copier takes them."""
    return Worker(settings=SettingsModel())._path_matcher(patterns)


def renderer(
    opened: Opened,
    folder: Path,
    answers: Answers | Mapping[str, Any],
    into: Path,
    options: Mapping[str, Any],
    *,
    conf: Mapping[str, Any] = MappingProxyType({}),
) -> Renderer:
    """A renderer that records our names for the version that lies in ``folder``."""
    contained.refuse(str(opened.config.get("_answers_file") or ""))
    template = Template(url=opened.source, ref=opened.version)
    # Cached properties that Copier would fill by cloning the source again.
    template.__dict__.update(
        local_abspath=folder.resolve(),
        url_expanded=opened.source,
        vcs="git" if opened.commit else None,
        commit=opened.version,
        commit_hash=opened.commit,
        git_index_modes={},
    )
    if not opened.layered:
        template.__dict__["_raw_config"] = copy.deepcopy(dict(opened.config))
    if opened.commit and not opened.layered:
        template.__dict__["git_index_modes"] = Modes(folder)
    if opened.commit:
        template.__dict__["version"] = _version(opened.version)
    worker = Renderer(
        src_path=opened.source,
        dst_path=into,
        data=dict(answers.given if isinstance(answers, Answers) else answers),
        settings=SettingsModel(),
        defaults=True,
        overwrite=True,
        quiet=True,
        cleanup_on_error=False,
        **options,
    )
    worker.__dict__.update(template=template, conf=conf)
    if isinstance(answers, Answers):
        worker.__dict__["resolved"] = answers
    return worker


def _version(name: str | None) -> Version | None:
    """What Copier takes a version's name for; what comes after a tag is a post-release of it."""
    name, dirty = (name or "").removesuffix(DIRTY), (name or "").endswith(DIRTY)
    after = re.fullmatch(r"(.+)-(\d+)-g(\w+)", name)
    local = f"{name}.post1+dirty" if dirty else name
    try:
        return Version("{}.post{}+{}".format(*after.groups()) if after else local)
    except InvalidVersion:
        return None
