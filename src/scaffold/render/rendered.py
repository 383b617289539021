"""Blueprint folder + answers → pristine tree. The only importer of Copier, imported late."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from ..blueprints import Opened, assemble
from ..errors import ScaffoldError
from ..host import Limits, log, make_temporary_folder, track_progress
from ..questions import Answers
from .child import carry_out
from .job import File, Job, list_files, told

__all__ = [
    "File",
    "Rendered",
    "code_of",
    "has_migrations",
    "list_files",
    "migrate",
    "refuse_code",
    "render",
]


@dataclass(frozen=True)
class Rendered:
    """A pristine tree on disk.

    Attributes:
        folder: Where it is.
        files: Its files, sorted by path.
        record: The path of the record inside it; empty when the blueprint writes none.
        message: What the blueprint says after this operation; may be empty.
        first_run: What makes and tries the project's environment, as ``blueprint.yml`` says.
        left_alone: Patterns of paths that stay as they are where they exist
            (``_skip_if_exists``).
        left_out: Patterns of paths that are never rendered (``_exclude``).
    """

    folder: Path
    files: tuple[File, ...]
    record: str
    message: str
    first_run: Mapping[str, Sequence[str]]
    left_alone: Sequence[str] = ()
    left_out: Sequence[str] = ()

    def skip(self, path: str) -> bool:
        """Whether the blueprint leaves a path alone where it exists."""
        return bool(self.left_alone) and self._matches(Path(path))

    def leaves_out(self, path: str) -> bool:
        """Whether the blueprint leaves a path out, or a folder that it lies in."""
        places = (Path(path), *Path(path).parents[:-1])
        return bool(self.left_out) and any(self._leaves_out(place) for place in places)

    @cached_property
    def _matches(self) -> Callable[[Path], bool]:
        from .patterns import matcher

        return matcher(self.left_alone)

    @cached_property
    def _leaves_out(self) -> Callable[[Path], bool]:
        from .patterns import matcher

        return matcher(self.left_out)


def render(
    opened: Opened,
    answers: Answers | Mapping[str, Any],
    into: Path,
    *,
    conf: Mapping[str, Any] = MappingProxyType({}),
    trust: bool = False,
    skip_tasks: bool = False,
    exclude: Sequence[str] = (),
    skip: Sequence[str] = (),
    operation: Literal["copy", "update"] = "copy",
    record: str = "",
    now: float | None = None,
) -> Rendered:
    """Render one version of a blueprint.

    In a process of its own with limits of time, memory and disk, unless its code is trusted.

    Args:
        opened: The version.
        answers: The answers, or those of a record, which Copier completes.
        into: Where to write; its name is the project's folder name.
        conf: What templates see in ``_copier_conf``, as `conf_of` gives it.
        trust: Allow the blueprint's tasks and Jinja extensions to run code.
        skip_tasks: Leave the tasks out.
        exclude: Further patterns of paths to leave out, as in ``_exclude``.
        skip: Further patterns of paths that stay as they are where they exist, as in
            ``_skip_if_exists``.
        operation: What templates see as ``_copier_operation``.
        record: The record's path in the project, where it is not the blueprint's own choice.
        now: The time that templates see, in seconds since the epoch; None for the time it is.

    Raises:
        ScaffoldError: The blueprint fails to render, renders a file that does not parse or a path
            that it may not write, or takes more than it may.
    """
    if not trust:
        refuse_code(opened, () if skip_tasks else ("_tasks",))
    limits = None if trust else Limits.from_environ()
    options: dict[str, Any] = {"unsafe": trust, "skip_tasks": skip_tasks}
    options["exclude"] = tuple(exclude)
    options |= {"skip_if_exists": tuple(skip), "answers_file": record or None}
    values = answers.values if isinstance(answers, Answers) else answers
    with _template(opened, values) as folder:
        job = Job(opened, folder, answers, into, operation, options, dict(conf), limits, now)
        what = f"rendering {opened.label}"
        with track_progress(what):
            made = carry_out(job, what, limits) if limits else job()
    files = tuple(File(*about) for about in made.pop("files"))
    if name := made.pop("missing"):
        log(f"Copier's {name} is not as expected: its public functions rendered, which is slower")
    return Rendered(folder=into, files=files, left_alone=made.pop("skip"), **made)


def code_of(opened: Opened, keys: Sequence[str]) -> tuple[str, ...]:
    """What a blueprint would run, a line each.

    Args:
        opened: The blueprint.
        keys: The settings that name code, as ``_tasks``.
    """
    found = ((key, opened.config.get(key) or ()) for key in keys)
    lists = ((key, items if isinstance(items, list) else [items]) for key, items in found if items)
    return tuple(f"{key}: {_spelled(item)}" for key, items in lists for item in items)


def _spelled(item: Any) -> str:
    """A command as a shell reads it; one with conditions as the blueprint has it."""
    import shlex

    command = item.get("command", "") if isinstance(item, dict) and len(item) == 1 else item
    return shlex.join(map(str, command)) if isinstance(command, list) else str(command)


def refuse_code(opened: Opened, keys: Sequence[str]) -> None:
    """Refuse a blueprint that would run code of its own, and show what it would run.

    Args:
        opened: The blueprint.
        keys: The settings that name code, beside its Jinja extensions.

    Raises:
        ScaffoldError: It wants to run code.
    """
    wanted = [key for key in ("_jinja_extensions", *keys) if opened.config.get(key)]
    if wanted:
        names = ", ".join(key.strip("_").replace("_", " ") for key in wanted)
        raise ScaffoldError(
            f"{opened.label} wants to run code: {names}",
            "Read it; if you trust it, add --trust (or --skip-tasks to leave its tasks out).",
            code_of(opened, wanted),
        )


def has_migrations(opened: Opened) -> bool:
    """Whether a version brings migrations; without versions there is nothing to migrate."""
    return bool(opened.commit and opened.config.get("_migrations"))


def migrate(
    stage: Literal["before", "after"],
    versions: tuple[Opened, Opened],
    answers: Answers,
    folder: Path,
) -> None:
    """Run the migrations between two versions in a folder. They are code of the blueprint.

    Args:
        stage: Those that run before the update, or after it.
        versions: The old and the new version.
        answers: The answers to the new version's questions.
        folder: Where to run them.

    Raises:
        ScaffoldError: One failed.
    """
    from .engine import make_engine

    old, new = versions
    engine = make_engine(Job(new, new.folder, answers, folder, options={"unsafe": True}))
    with told(new, engine):
        engine.migrate(stage, old)


@contextmanager
def _template(opened: Opened, answers: Mapping[str, Any]) -> Iterator[Path]:
    """The Copier template to render: the folder itself, or one made of its layers."""
    if not opened.layered:
        yield opened.folder
        return
    with make_temporary_folder() as temporary:
        folder = temporary / "blueprint"
        folder.mkdir()
        is_ours = opened.commit is not None  # unpacked or checked out for this run alone
        assemble(opened.layers, answers, opened.config, folder, link=is_ours)
        yield folder
