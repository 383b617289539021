"""The engine that uses only Copier's public functions, if the worker is not as expected.

Copier loads the Jinja extensions that ``copier.yml`` names. A copy of the template names ours:
through it, templates see our names for sources and versions, and we keep their variables to
render further texts later.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any

from jinja2 import Environment
from jinja2.ext import Extension

from ..blueprints import OpenedBlueprint
from ..errors import ScaffoldError
from ..host import Limits, make_temporary_folder, track_progress
from ..project import FIX_HINT, refuse_unsafe_path
from ..questions import (
    Answers,
    cast_bool,
    find_config_files,
    load_config,
    make_confined_loader,
    restrict_filters,
)
from .copier_import import import_copier
from .engine_tools import WriteCounter, parse_copier_version, redirect_stdout
from .request import RenderRequest, Stage

copier = import_copier()

DEFAULT_RECORD = ".copier-answers.yml"
EXTENSIONS_KEY = "_jinja_extensions"
RECORDABLE_TYPES = (dict, list, str, int, float, type(None))

_current: ContextVar[PublicEngine] = ContextVar("current")


class NamesExtension(Extension):
    """Jinja extension that gives templates our names."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        _current.get().attach(environment)


class PublicEngine:
    """Engine that renders one version of a blueprint into a folder by `copier.run_copy`.

    Attributes:
        root: The folder of the template that Copier renders.
    """

    def __init__(self, request: RenderRequest) -> None:
        self.root = request.folder
        self._request = request
        self._opened, self._into = request.opened, request.into
        self._answers = request.answers if isinstance(request.answers, Answers) else None
        self._conf = {
            "settings": copier.Settings(),
            "src_path": PurePath(request.folder.resolve()),
            "vcs_ref_hash": request.opened.commit,
            "data": request.given,
            **request.conf,
        }
        self._growth = GrowthWatch(request.into, request.limits)
        self._environment: Environment | None = None
        self._variables: dict[str, Any] = {}

    def run(self) -> None:
        """Render all files, and run the tasks."""
        with (
            redirect_stdout(),
            track_progress(f"rendering {self._opened.label} by Copier's public functions"),
        ):
            self._copy(self._into, self._request.options)
        for path in self._into.rglob("*"):
            refuse_unsafe_path(path.relative_to(self._into).as_posix())
        WriteCounter(self._request.limits).recount(self._into)

    def render_text(self, template: str) -> str:
        """Render a text with the answers."""
        return self._render(template, {})

    def get_record_path(self) -> Path:
        """Get the path of the record in the project."""
        own = self._opened.config.get("_answers_file") or DEFAULT_RECORD
        return Path(self.render_text(str(self._request.options.get("answers_file") or own)))

    def get_record_content(self) -> dict[str, Any]:
        """Get the content of the record."""
        return dict(self._variables["_copier_answers"])

    def migrate(self, stage: Stage, before: OpenedBlueprint) -> None:
        """Run only the migrations of one stage."""
        with make_temporary_folder() as temporary:
            nothing = {"unsafe": True, "skip_tasks": True, "exclude": ("*",)}
            self._copy(temporary / self._into.name, nothing)
        for migration in list_due_migrations(self._opened, before, stage):
            self._migrate(migration)

    def attach(self, environment: Environment) -> None:
        """Prepare the environment in which Copier renders."""
        environment.filters.update(self._request.filters)
        if self._request.limits:
            restrict_filters(environment)  # type: ignore[arg-type]
        engine, base = self, environment.context_class

        class Named(base):  # type: ignore[valid-type, misc]
            """Variables of a template, under our names."""

            def __init__(self, env: Any, parent: dict[str, Any], *args: Any, **more: Any) -> None:
                super().__init__(env, engine.rename_variables(parent), *args, **more)

        environment.context_class = Named
        self._environment = environment

    def rename_variables(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Give the variables of a template our names; keep those of the first rendered file."""
        if "_copier_conf" not in variables:  # imported without context
            return variables
        self._growth.check()
        phase = variables["_copier_phase"]
        answered = {} if phase == copier.Phase.PROMPT else self._get_values()
        asked = {name for name in self._opened.config if not name.startswith("_")}
        unknown = asked - answered.keys() if answered else set()
        named = {name: value for name, value in variables.items() if name not in unknown}
        named |= {**answered, **self._opened.names}
        named["_copier_answers"] = self._make_record(named["_copier_answers"])
        named["_copier_conf"].update(self._conf)
        if "_copier_operation" in named:
            named["_copier_operation"] = self._request.operation
        if not self._variables and phase == copier.Phase.RENDER:
            self._variables = {k: v for k, v in named.items() if k != "_copier_operation"}
        return named

    def _get_values(self) -> dict[str, Any]:
        """Get the values of all questions; empty if only Copier knows them."""
        return {**self._answers.computed, **self._answers.values} if self._answers else {}

    def _make_record(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """Make the record: our names, and the answers in Copier's order, given ones first."""
        answers, names = self._answers, self._opened.names
        if answers is None:
            return {**names, **{name: v for name, v in found.items() if name not in names}}
        values = answers.values
        order = dict.fromkeys((*(name for name in answers.given if name in values), *values))
        left_out = answers.hidden | answers.secrets
        kept = [n for n in order if n not in left_out and isinstance(values[n], RECORDABLE_TYPES)]
        return {**names, **{name: values[name] for name in kept}}

    def _render(self, template: str, extra: Mapping[str, Any]) -> str:
        if self._environment is None:
            raise AssertionError("nothing was rendered yet")
        return self._environment.from_string(template).render({**self._variables, **extra})

    def _copy(self, into: Path, options: Mapping[str, Any]) -> None:
        given = self._request.given
        chosen = {key: value for key, value in options.items() if value is not None}
        token = _current.set(self)
        try:
            with self._template() as template:
                copier.run_copy(
                    str(template),
                    into,
                    {name: given.get(name, v) for name, v in self._request.values.items()},
                    settings=copier.Settings(trust=[str(template)]),
                    defaults=True,
                    overwrite=True,
                    quiet=True,
                    cleanup_on_error=False,
                    **chosen,
                )
                self._restore_config(template, into)
        except AssertionError:  # Copier's: a file in the place of a folder, or the reverse
            what = f"{self._opened.label} renders a path twice, once as a folder"
            raise ScaffoldError(what, FIX_HINT) from None
        finally:
            _current.reset(token)
            if self._environment:
                self._environment.loader = make_confined_loader(self._request.folder)

    @contextmanager
    def _template(self) -> Iterator[Path]:
        """Make a copy of the template whose ``copier.yml`` names our extension."""
        import yaml

        with make_temporary_folder() as temporary:
            copied = self.root = temporary.resolve() / "blueprint"
            _copy_template(self._opened, self._request.folder, copied)
            config = load_config(self._request.folder)
            config[EXTENSIONS_KEY] = [
                *(config.get(EXTENSIONS_KEY) or ()),
                f"{__name__}.{NamesExtension.__name__}",
            ]
            path = copied / self._config_name
            path.unlink(missing_ok=True)  # what it leads to, or shares its content with, stays
            path.write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True), "utf-8")
            yield copied

    @cached_property
    def _config_name(self) -> str:
        return next((path.name for path in find_config_files(self._request.folder)), "copier.yml")

    def _restore_config(self, template: Path, into: Path) -> None:
        """Restore the original ``copier.yml`` in a project, if the template renders it."""
        name = self._config_name
        rendered, original = into / name, self._request.folder / name
        if rendered.is_file() and rendered.read_bytes() == (template / name).read_bytes():
            if original.is_file():
                rendered.write_bytes(original.read_bytes())
            else:
                rendered.unlink()

    def _migrate(self, migration: DueMigration) -> None:
        extra = {f"_{name}": value for name, value in migration.variables.items()}
        extra["_copier_operation"], extra["_copier_phase"] = "update", copier.Phase.MIGRATE
        condition = migration.condition
        if isinstance(condition, str):
            condition = self._render(condition, extra)
        if not cast_bool(condition):
            return
        command = migration.command
        is_shell = isinstance(command, str)
        words = [self._render(str(word), extra) for word in ([command] if is_shell else command)]
        environ = {name[1:].upper(): str(value) for name, value in extra.items()}
        with redirect_stdout(), track_progress(f"running the task {' '.join(words)}", prints=True):
            done = subprocess.run(
                words[0] if is_shell else words,
                shell=is_shell,
                check=False,
                cwd=self._into / self._render(migration.folder, extra),
                env={**os.environ, **environ},
            )
        if done.returncode:
            raise copier.errors.TaskError.from_process(done)


class GrowthWatch:
    """Watch on a folder while Copier writes it; checks are rarer the more files it has."""

    def __init__(self, folder: Path, limits: Limits | None) -> None:
        self._folder, self._limits = folder, limits
        self._seen, self._next = 0, 0

    def check(self) -> None:
        """Count the written files from time to time.

        Raises:
            ScaffoldError: They exceed a limit.
        """
        self._seen += 1
        if self._limits and self._seen >= self._next:
            tally = WriteCounter(self._limits)
            tally.recount(self._folder)
            self._next = self._seen + max(32, tally.files // 4)


@dataclass(frozen=True)
class DueMigration:
    """A migration to run.

    Attributes:
        command: A text for the shell, or the words of a command.
        variables: Variables for its environment, and with a leading ``_`` for its templates.
        condition: A value, or a template for one: it runs if true.
        folder: The folder below the project to run it in.
    """

    command: str | Sequence[str]
    variables: Mapping[str, Any]
    condition: Any
    folder: str = "."


def list_due_migrations(
    new: OpenedBlueprint, old: OpenedBlueprint, stage: Stage
) -> Iterator[DueMigration]:
    """List the migrations of one stage between two versions, as Copier selects them."""
    versions = parse_copier_version(old.version), parse_copier_version(new.version)
    if not all(versions):
        return
    variables = {
        "stage": stage,
        "version_from": old.version,
        "version_to": new.version,
        "version_pep440_from": versions[0],
        "version_pep440_to": versions[1],
    }
    marks = new.config.get("_envops") or {}
    ends = marks.get("variable_start_string", "{{"), marks.get("variable_end_string", "}}")
    usual = f'{ends[0]} _stage == "after" {ends[1]}'
    for entry in new.config.get("_migrations") or ():
        if not isinstance(entry, dict):
            yield DueMigration(entry, variables, usual)
            continue
        own = _add_version(entry, variables)
        if own is None:
            continue
        if {"before", "after"} & entry.keys():
            yield from (DueMigration(command, own, True) for command in entry.get(stage) or ())
        else:
            folder = str(entry.get("working_directory", "."))
            yield DueMigration(entry["command"], own, entry.get("when", usual), folder)


def _add_version(entry: Mapping[str, Any], variables: dict[str, Any]) -> dict[str, Any] | None:
    """Add a migration's version to its variables; None if the update does not pass it."""
    if "version" not in entry:
        return variables
    from packaging.version import parse

    current = parse(entry["version"])
    if not variables["version_pep440_to"] >= current > variables["version_pep440_from"]:
        return None
    return {
        **variables,
        "version_current": entry["version"],
        "version_pep440_current": current,
    }


def _copy_template(opened: OpenedBlueprint, folder: Path, into: Path) -> None:
    """Copy a template without ``.git``, so that Copier does not search for versions itself."""
    follows = opened.commit and not opened.layered and not opened.config.get("_preserve_symlinks")
    for place, folders, files in os.walk(folder):
        if Path(place) == folder and ".git" in folders:
            folders.remove(".git")
        target = into / Path(place).relative_to(folder)
        target.mkdir(parents=True)
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        for name in (*links, *files):
            source = Path(place) / name
            shutil.copy(source, target / name, follow_symlinks=False)
            if follows and source.is_symlink():
                _follow_link(source, target / name, folder)


def _follow_link(source: Path, target: Path, folder: Path) -> None:
    """Replace a link to a file by a copy that is not executable, as Copier does."""
    real = source.resolve()
    if real.is_file() and real.is_relative_to(folder.resolve()):
        target.unlink()
        shutil.copy(real, target)
        target.chmod(real.stat().st_mode & ~0o111)
