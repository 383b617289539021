"""The engine that uses Copier's worker, for speed; the only module with its private names.

Overridden methods give the same result as Copier's own, but start no git for each file and
compile no template twice. `find_moved_name` compares the private names with those of the
installed Copier; `engine` does without this module if one has changed.
"""

from __future__ import annotations

import copy
import inspect
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache, partial
from pathlib import Path, PurePosixPath
from typing import Any

from jinja2 import Template as JinjaTemplate

from ..blueprints import OpenedBlueprint
from ..host import set_context, track_progress
from ..project import (
    find_path_problem,
    refuse_existing_folder,
    refuse_unsafe_link,
    refuse_unsafe_path,
)
from ..questions import Answers, ExternalData, load_config, restrict_filters
from .copier_import import import_copier
from .engine_tools import WriteCounter, parse_copier_version, redirect_stdout
from .request import RenderRequest, Stage

import_copier()

from copier._jinja_ext import get_yield_context  # noqa: E402 - imported without its prompts
from copier._main import Worker, _operation  # noqa: E402
from copier._settings import SettingsModel  # noqa: E402
from copier._template import Task, Template  # noqa: E402
from copier._types import LazyDict  # noqa: E402
from copier._user_data import AnswersMap  # noqa: E402

# Methods that are called or overridden, with their parameters; cached properties that get a
# value; attributes that are read.
METHODS: dict[type, dict[str, tuple[str, ...]]] = {
    Worker: {
        "__init__": (
            *("src_path", "dst_path", "answers_file", "data", "settings", "exclude", "defaults"),
            *("skip_if_exists", "cleanup_on_error", "overwrite", "quiet", "unsafe", "skip_tasks"),
        ),
        "run_copy": ("self",),
        "_answers_to_remember": ("self",),
        "_ask": ("self",),
        "_execute_tasks": ("self", "tasks"),
        "_external_data": ("self",),
        "_render_context": ("self",),
        "_render_file": ("self", "src_relpath", "dst_relpath", "extra_context"),
        "_render_path": ("self", "relpath"),
        "_render_string": ("self", "string", "extra_context"),
        "_render_symlink": ("self", "src_relpath", "dst_relpath"),
        "_sync_git_index_executable_bit": ("self", "dst_relpath", "src_mode"),
    },
    Template: {
        "__init__": ("url", "ref"),
        "migration_tasks": ("self", "stage", "from_template"),
    },
    SettingsModel: {"__init__": ()},
    AnswersMap: {"__init__": ("init", "user", "metadata", "external")},
}
CACHED: dict[type, tuple[str, ...]] = {
    Worker: ("jinja_env", "match_exclude", "template"),
    Template: (
        *("_raw_config", "commit", "commit_hash", "git_index_modes", "local_abspath"),
        *("metadata", "questions_data", "url_expanded", "vcs", "version"),
    ),
}
READ: dict[type, tuple[str, ...]] = {
    Worker: ("answers_relpath",),
    Task: ("cmd",),
    Template: ("external_data",),
    AnswersMap: ("hidden",),
}


def find_moved_name() -> str:
    """Find a private name that Copier no longer has in the expected form; empty if none."""
    for owner, methods in METHODS.items():
        for name, parameters in methods.items():
            if not _accepts(getattr(owner, name, None), name, parameters):
                return f"{owner.__name__}.{name}"
    for owner, names in CACHED.items():
        for name in names:
            if not isinstance(inspect.getattr_static(owner, name, None), cached_property):
                return f"{owner.__name__}.{name}"
    for owner, names in READ.items():
        for name in names:
            if not (hasattr(owner, name) or name in owner.__annotations__):
                return f"{owner.__name__}.{name}"
    return ""


def _accepts(method: Any, name: str, parameters: tuple[str, ...]) -> bool:
    """Tell whether a method takes the parameters used here; a constructor may take more."""
    if not callable(method):
        return False
    found = inspect.signature(method).parameters
    if any(each.kind is each.VAR_KEYWORD for each in found.values()):
        return name == "__init__"
    return set(parameters) <= set(found) if name == "__init__" else parameters == tuple(found)


class FolderRenderer(Worker):
    """Copier's worker that renders a request into an empty folder, and writes nowhere else."""

    request: RenderRequest
    counter: WriteCounter

    def _ask(self) -> None:
        """Take the answers without computing or checking them again.

        Copier completes them if they are only those of a record.
        """
        answers = self.request.answers
        if not isinstance(answers, Answers):
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

    def _external_data(self) -> LazyDict[str, Any]:
        """Get the files of the project, which is elsewhere, as its questions see them."""
        folder = Path(self.request.conf.get("dst_path") or self.dst_path)
        found = ExternalData(
            self.template.external_data, folder, self._render_string, lambda: self.unsafe
        )
        return LazyDict({name: partial(found.__getitem__, name) for name in found})

    def _render_context(self) -> Any:
        context = super()._render_context()
        context["_copier_conf"].update(self.request.conf)
        return context

    def _execute_tasks(self, tasks: Sequence[Task]) -> None:
        for task in tasks:
            command = task.cmd if isinstance(task.cmd, str) else " ".join(task.cmd)
            with redirect_stdout(), track_progress(f"running the task {command}", prints=True):
                super()._execute_tasks([task])

    def _render_path(self, relpath: Path) -> Iterable[tuple[Path, dict[str, Any] | None]]:
        for path, context in super()._render_path(relpath):
            self.counter.add_path()
            # An excluded path is safe, such as the ``.git`` of a template in a folder.
            if find_path_problem(path.as_posix()) and not self.match_exclude(path):
                refuse_unsafe_path(path.as_posix())
            yield path, context

    def _render_file(
        self, src_relpath: Path, dst_relpath: Path, extra_context: dict[str, Any] | None = None
    ) -> None:
        refuse_existing_folder(self.dst_path, dst_relpath.as_posix())
        super()._render_file(src_relpath, dst_relpath, extra_context)
        self.counter.add_size(self.dst_path / dst_relpath)

    def _render_symlink(self, src_relpath: Path, dst_relpath: Path) -> None:
        refuse_existing_folder(self.dst_path, dst_relpath.as_posix())
        super()._render_symlink(src_relpath, dst_relpath)
        if not self.unsafe and (self.dst_path / dst_relpath).is_symlink():
            refuse_unsafe_link(self.dst_path, dst_relpath.as_posix())

    def _sync_git_index_executable_bit(self, dst_relpath: Path, src_mode: int) -> None:
        """Do nothing, as a new folder has no index."""

    def _render_string(self, string: str, extra_context: dict[str, Any] | None = None) -> str:
        """Render a string; compile it only once, and only if it may be a template."""
        template = None if self._is_plain(string) else self._compile(string)
        self._forget_yield()
        if template is None:
            return string
        return template.render(**self._render_context(), **(extra_context or {}))

    @cached_property
    def _compile(self) -> Callable[[str], JinjaTemplate]:
        return lru_cache(self.jinja_env.from_string)

    @property
    def answers_relpath(self) -> Path:
        """The path of the record, which Copier reads for every file."""
        path = str(self.answers_file or self.template.answers_relpath)
        if not self._is_plain(path):
            return super().answers_relpath
        self._forget_yield()
        return Path(path)

    def _forget_yield(self) -> None:
        """Reset the state of ``yield``, as parsing a string would."""
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


class LinkModes(Mapping[PurePosixPath, int]):
    """The modes in git's index that Copier looks up, only those of links.

    Copier follows a link, and makes the file that it leads to not executable.
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


class WorkerEngine:
    """Engine that renders one version of a blueprint into a folder by Copier's worker."""

    def __init__(self, request: RenderRequest) -> None:
        self.root = request.folder
        self._request = request
        self._worker = _make_renderer(request)

    def run(self) -> None:
        """Render all files, and run the tasks."""
        if self._request.limits:
            restrict_filters(self._worker.jinja_env)
        self._worker.jinja_env.filters.update(self._request.filters)
        with set_context(_operation, self._request.operation):
            self._worker.run_copy()

    def render_text(self, template: str) -> str:
        """Render a text with the answers."""
        return self._worker._render_string(template)

    def get_record_path(self) -> Path:
        """Get the path of the record in the project."""
        return self._worker.answers_relpath

    def get_record_content(self) -> dict[str, Any]:
        """Get the content of the record."""
        return dict(self._worker._answers_to_remember())

    def migrate(self, stage: Stage, before: OpenedBlueprint) -> None:
        """Run only the migrations of one stage."""
        old = _make_renderer(
            replace(self._request, opened=before, folder=before.folder, answers={})
        )
        with set_context(_operation, self._request.operation):
            self._worker._ask()
            tasks = self._worker.template.migration_tasks(stage, old.template)
            self._worker._execute_tasks(tasks)


def _make_renderer(request: RenderRequest) -> FolderRenderer:
    """Make a renderer that records our names for the version in a folder."""
    opened = request.opened
    template = Template(url=opened.source, ref=opened.version)
    # Cached properties, for which Copier would clone the source again.
    template.__dict__.update(
        local_abspath=request.folder.resolve(),
        url_expanded=opened.source,
        vcs="git" if opened.commit else None,
        commit=opened.version,
        commit_hash=opened.commit,
        git_index_modes={},
    )
    raw = load_config(request.folder) if opened.layered else copy.deepcopy(dict(opened.config))
    template.__dict__["_raw_config"] = raw
    if opened.commit and not opened.layered:
        template.__dict__["git_index_modes"] = LinkModes(request.folder)
    if opened.commit:
        template.__dict__["version"] = parse_copier_version(opened.version)
    worker = FolderRenderer(
        src_path=opened.source,
        dst_path=request.into,
        data=request.given,
        settings=SettingsModel(),
        defaults=True,
        overwrite=True,
        quiet=True,
        cleanup_on_error=False,
        **request.options,
    )
    worker.__dict__["template"] = template
    worker.request, worker.counter = request, WriteCounter(request.limits)
    return worker
