"""A render by Copier's public functions alone, for a Copier whose worker is not as we know it.

Copier loads a Jinja extension that the template's ``copier.yml`` names. Ours is named in a copy of
the template: through it, templates see our names for sources and versions, and what they see is
kept, so that further texts can be rendered afterwards.
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

from ..blueprints import Opened
from ..errors import ScaffoldError
from ..host import Limits, make_temporary_folder, track_progress
from ..project import contained
from ..questions import (
    Answers,
    cast_bool,
    find_config_files,
    load_config,
    make_confined_loader,
    restrict_filters,
)
from .engine import Operation, Stage
from .job import Job
from .talking import talking
from .tally import Tally
from .unasked import import_copier
from .versions import pep440

copier = import_copier()

RECORD = ".copier-answers.yml"
EXTENSIONS = "_jinja_extensions"
RECORDABLE = (dict, list, str, int, float, type(None))

_current: ContextVar[PublicEngine] = ContextVar("current")


class Names(Extension):
    """Gives templates our names, wherever Copier renders them."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        _current.get().attach(environment)


class PublicEngine:
    """Renders one version of a blueprint into one folder, by `copier.run_copy`.

    Attributes:
        root: Where the template lies that Copier sees.
    """

    def __init__(self, job: Job) -> None:
        opened, answers = job.opened, job.answers
        contained.refuse(str(opened.config.get("_answers_file") or ""))
        self._opened, self._folder, self._into = opened, job.folder, job.into
        self._options, self._filters = job.options, job.filters
        self._data = {name: job.given.get(name, value) for name, value in job.values.items()}
        self.root = job.folder
        self._answers = answers if isinstance(answers, Answers) else None
        self._conf = {
            "settings": copier.Settings(),
            "src_path": PurePath(job.folder.resolve()),
            "vcs_ref_hash": opened.commit,
            "data": job.given,
            **job.conf,
        }
        self._operation: Operation = "copy"
        self._limits: Limits | None = None
        self._growth: Growth | None = None
        self._environment: Environment | None = None
        self._variables: dict[str, Any] = {}

    def run(self, operation: Operation, limits: Limits | None) -> None:
        """Render all files, and run the tasks."""
        self._operation, self._limits = operation, limits
        self._growth = Growth(self._into, limits)
        with (
            talking(),
            track_progress(f"rendering {self._opened.label} by Copier's public functions"),
        ):
            self._copy(self._into, self._options)
        for path in self._into.rglob("*"):
            contained.refuse(path.relative_to(self._into).as_posix())
        Tally(limits).take(self._into)

    def text(self, template: str) -> str:
        """Render a text with the answers."""
        return self._render(template, {})

    def record(self) -> Path:
        """The path of the record in the project."""
        chosen = self._options.get("answers_file") or self._opened.config.get("_answers_file")
        return Path(self.text(str(chosen or RECORD)))

    def recorded(self) -> dict[str, Any]:
        """The content of the record."""
        return dict(self._variables["_copier_answers"])

    def migrate(self, stage: Stage, before: Opened) -> None:
        """Run the migrations of one stage, and nothing else."""
        self._operation = "update"
        with make_temporary_folder() as temporary:
            nothing = {"unsafe": True, "skip_tasks": True, "exclude": ("*",)}
            self._copy(temporary / self._into.name, nothing)
        for migration in migrations(self._opened, before, stage):
            self._migrate(migration)

    def attach(self, environment: Environment) -> None:
        """Prepare the environment in which Copier renders."""
        environment.filters.update(self._filters)
        if self._limits:
            restrict_filters(environment)  # type: ignore[arg-type]
        engine, base = self, environment.context_class

        class Named(base):  # type: ignore[valid-type, misc]
            """Variables of one template, under our names."""

            def __init__(self, env: Any, parent: dict[str, Any], *args: Any, **more: Any) -> None:
                super().__init__(env, engine.name(parent), *args, **more)

        environment.context_class = Named
        self._environment = environment

    def name(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Give the variables of a template our names; keep the first of those that files see."""
        if "_copier_conf" not in variables:  # imported without context
            return variables
        if self._growth:
            self._growth.look()
        phase = variables["_copier_phase"]
        answered = {} if phase == copier.Phase.PROMPT else self._answered()
        asked = {name for name in self._opened.config if not name.startswith("_")}
        unknown = asked - answered.keys() if answered else set()
        named = {name: value for name, value in variables.items() if name not in unknown}
        named |= {**answered, **self._opened.names}
        named["_copier_answers"] = self._remembered(named["_copier_answers"])
        named["_copier_conf"].update(self._conf)
        if "_copier_operation" in named:
            named["_copier_operation"] = self._operation
        if not self._variables and phase == copier.Phase.RENDER:
            self._variables = {k: v for k, v in named.items() if k != "_copier_operation"}
        return named

    def _answered(self) -> dict[str, Any]:
        """The values of all questions, where they are known without Copier."""
        return {**self._answers.computed, **self._answers.values} if self._answers else {}

    def _remembered(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """The record: our names, and the answers in Copier's order, those that were given first."""
        answers, names = self._answers, self._opened.names
        if answers is None:
            return {**names, **{name: v for name, v in found.items() if name not in names}}
        values = answers.values
        order = dict.fromkeys((*(name for name in answers.given if name in values), *values))
        left_out = answers.hidden | answers.secrets
        kept = [n for n in order if n not in left_out and isinstance(values[n], RECORDABLE)]
        return {**names, **{name: values[name] for name in kept}}

    def _render(self, template: str, extra: Mapping[str, Any]) -> str:
        if self._environment is None:
            raise AssertionError("nothing was rendered yet")
        return self._environment.from_string(template).render({**self._variables, **extra})

    def _copy(self, into: Path, options: Mapping[str, Any]) -> None:
        chosen = {key: value for key, value in options.items() if value is not None}
        token = _current.set(self)
        try:
            with self._template() as template:
                copier.run_copy(
                    str(template),
                    into,
                    self._data,
                    settings=copier.Settings(trust=[str(template)]),
                    defaults=True,
                    overwrite=True,
                    quiet=True,
                    cleanup_on_error=False,
                    **chosen,
                )
                self._restore_config(template, into)
        except AssertionError:  # of Copier: a file where a folder is, or the other way round
            what = f"{self._opened.label} renders a path twice, once as a folder"
            raise ScaffoldError(what, contained.MEND) from None
        finally:
            _current.reset(token)
            if self._environment:
                self._environment.loader = make_confined_loader(self._folder)

    @contextmanager
    def _template(self) -> Iterator[Path]:
        """A copy of the template whose ``copier.yml`` names our extension."""
        import yaml

        with make_temporary_folder() as temporary:
            copied = self.root = temporary.resolve() / "blueprint"
            _copy_template(self._opened, self._folder, copied)
            config = load_config(self._folder)
            config[EXTENSIONS] = [*(config.get(EXTENSIONS) or ()), f"{__name__}.{Names.__name__}"]
            path = copied / self._config_name
            path.unlink(missing_ok=True)  # what it leads to, or shares its content with, stays
            path.write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True), "utf-8")
            yield copied

    @cached_property
    def _config_name(self) -> str:
        return next((path.name for path in find_config_files(self._folder)), "copier.yml")

    def _restore_config(self, template: Path, into: Path) -> None:
        """Put back the ``copier.yml`` that ours replaced, where the template renders it."""
        name = self._config_name
        rendered, original = into / name, self._folder / name
        if rendered.is_file() and rendered.read_bytes() == (template / name).read_bytes():
            if original.is_file():
                rendered.write_bytes(original.read_bytes())
            else:
                rendered.unlink()

    def _migrate(self, migration: Migration) -> None:
        extra = {f"_{name}": value for name, value in migration.variables.items()}
        extra["_copier_operation"], extra["_copier_phase"] = "update", copier.Phase.MIGRATE
        condition = migration.condition
        if isinstance(condition, str):
            condition = self._render(condition, extra)
        if not cast_bool(condition):
            return
        is_shell = isinstance(migration.command, str)
        words = [migration.command] if isinstance(migration.command, str) else migration.command
        rendered = [self._render(str(word), extra) for word in words]
        environ = {name[1:].upper(): str(value) for name, value in extra.items()}
        with talking(), track_progress(f"running the task {' '.join(rendered)}", prints=True):
            done = subprocess.run(
                rendered[0] if is_shell else rendered,
                shell=is_shell,
                check=False,
                cwd=self._into / self._render(migration.folder, extra),
                env={**os.environ, **environ},
            )
        if done.returncode:
            raise copier.errors.TaskError.from_process(done)


class Growth:
    """Watches a folder while Copier writes into it, the less often the more is in it."""

    def __init__(self, folder: Path, limits: Limits | None) -> None:
        self._folder, self._limits = folder, limits
        self._seen, self._next = 0, 0

    def look(self) -> None:
        """Count what was written, now and then.

        Raises:
            ScaffoldError: It is more than it may be.
        """
        self._seen += 1
        if self._limits and self._seen >= self._next:
            tally = Tally(self._limits)
            tally.take(self._folder)
            self._next = self._seen + max(32, tally.files // 4)


@dataclass(frozen=True)
class Migration:
    """One migration that is due.

    Attributes:
        command: A text for the shell, or the words of a command.
        variables: What its templates see with ``_`` before the name, and it in its environment.
        condition: Whether it runs: a value, or a template for one.
        folder: Where it runs, below the project.
    """

    command: str | Sequence[str]
    variables: Mapping[str, Any]
    condition: Any
    folder: str = "."


def migrations(new: Opened, old: Opened, stage: Stage) -> Iterator[Migration]:
    """The migrations of one stage that are due between two versions, as Copier picks them."""
    versions = pep440(old.version), pep440(new.version)
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
            yield Migration(entry, variables, usual)
            continue
        own = _with_version(entry, variables)
        if own is None:
            continue
        if {"before", "after"} & entry.keys():
            yield from (Migration(command, own, True) for command in entry.get(stage) or ())
        else:
            folder = str(entry.get("working_directory", "."))
            yield Migration(entry["command"], own, entry.get("when", usual), folder)


def _with_version(entry: Mapping[str, Any], variables: dict[str, Any]) -> dict[str, Any] | None:
    """The variables of a migration, its version among them; None if that lies outside."""
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


def _copy_template(opened: Opened, folder: Path, into: Path) -> None:
    """Copy a template; ``.git`` stays, and with it Copier's way to find versions of its own."""
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
                _follow(source, target / name, folder)


def _follow(source: Path, target: Path, folder: Path) -> None:
    """Replace a link to a file by what Copier makes of it: a file that is not executable."""
    real = source.resolve()
    if real.is_file() and real.is_relative_to(folder.resolve()):
        target.unlink()
        shutil.copy(real, target)
        target.chmod(real.stat().st_mode & ~0o111)
