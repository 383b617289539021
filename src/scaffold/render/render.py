"""The render of a blueprint's version to a pristine tree, and its migrations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

from ..blueprints import EXTENSIONS_KEY, TASKS_KEY, OpenedBlueprint, assemble_template
from ..errors import ScaffoldError
from ..host import Limits, log, make_temporary_folder, track_progress
from ..questions import Answers
from .child import run_in_child
from .engine import make_engine
from .request import Operation, RenderRequest, Stage
from .work import RenderedFile, import_modules, render_files, translate_errors

if TYPE_CHECKING:
    from pathspec import PathSpec


@dataclass(frozen=True)
class RenderResult:
    """A pristine tree on disk.

    Attributes:
        folder: Its folder.
        files: Its files, sorted by path.
        record: The path of the record inside it; empty if the blueprint writes none.
        message: The blueprint's message after this operation; may be empty.
        first_run: The steps of the first run in ``blueprint.yml``, with their words.
        left_alone: Patterns of paths that are not changed if they exist
            (``_skip_if_exists``).
        left_out: Patterns of paths that are never rendered (``_exclude``).
    """

    folder: Path
    files: tuple[RenderedFile, ...]
    record: str
    message: str
    first_run: Mapping[str, Sequence[str]]
    left_alone: Sequence[str] = ()
    left_out: Sequence[str] = ()

    def is_left_alone(self, path: str) -> bool:
        """Tell whether the blueprint does not change a path that exists."""
        return bool(self.left_alone) and _compile(tuple(self.left_alone)).match_file(path)

    def is_left_out(self, path: str) -> bool:
        """Tell whether the blueprint leaves out a path, or a folder that contains it."""
        if not self.left_out:
            return False
        places = (Path(path), *Path(path).parents[:-1])
        return any(map(_compile(tuple(self.left_out)).match_file, places))


def render_blueprint(
    opened: OpenedBlueprint,
    answers: Answers | Mapping[str, Any],
    into: Path,
    *,
    conf: Mapping[str, Any] = MappingProxyType({}),
    trust: bool = False,
    skip_tasks: bool = False,
    exclude: Sequence[str] = (),
    skip: Sequence[str] = (),
    operation: Operation = "copy",
    record: str = "",
    now: float | None = None,
) -> RenderResult:
    """Render one version of a blueprint.

    In a process of its own with limits of time, memory and disk, unless its code is trusted.

    Args:
        opened: The version.
        answers: The answers, or those of a record, which Copier completes.
        into: The folder to write; its name is the project's folder name.
        conf: The values of ``_copier_conf`` in templates.
        trust: Allow the blueprint's tasks and Jinja extensions to run code.
        skip_tasks: Leave the tasks out.
        exclude: Further patterns of paths to leave out, as in ``_exclude``.
        skip: Further patterns of paths that are not changed if they exist, as in
            ``_skip_if_exists``.
        operation: The value of ``_copier_operation`` in templates.
        record: The record's path in the project; empty for the blueprint's own choice.
        now: The time that templates see, in seconds since the epoch; None for the real time.

    Raises:
        ScaffoldError: The blueprint fails to render, renders a file that does not parse or a path
            that it may not write, or takes more than it may.
    """
    if not trust:
        refuse_code(opened, () if skip_tasks else (TASKS_KEY,))
    limits = None if trust else Limits.from_environ()
    options = {
        "unsafe": trust,
        "skip_tasks": skip_tasks,
        "exclude": tuple(exclude),
        "skip_if_exists": tuple(skip),
        "answers_file": record or None,
    }
    values = answers.values if isinstance(answers, Answers) else answers
    with _make_template(opened, values) as folder:
        request = RenderRequest(
            opened, folder, answers, into, operation, options, dict(conf), limits, now
        )
        work, prepare = partial(render_files, request), partial(import_modules, request)
        what = f"rendering {opened.label}"
        with track_progress(what):
            made = run_in_child(work, what, limits, prepare) if limits else work()
    if name := made.pop("missing_name"):
        log(f"Copier's {name} is not as expected: its public functions are used, which is slower")
    files = tuple(RenderedFile(*about) for about in made.pop("files"))
    return RenderResult(into, files, **made)


def refuse_code(opened: OpenedBlueprint, keys: Sequence[str]) -> None:
    """Refuse a blueprint with Jinja extensions, or with code in other settings; list that code.

    Raises:
        ScaffoldError: It wants to run code.
    """
    wanted = [key for key in (EXTENSIONS_KEY, *keys) if opened.config.get(key)]
    if wanted:
        names = ", ".join(key.strip("_").replace("_", " ") for key in wanted)
        raise ScaffoldError(
            f"{opened.label} wants to run code: {names}",
            "Read it; if you trust it, add --trust (or --skip-tasks to leave its tasks out).",
            opened.list_code(wanted),
        )


def run_migrations(
    stage: Stage,
    versions: tuple[OpenedBlueprint, OpenedBlueprint],
    answers: Answers,
    folder: Path,
) -> None:
    """Run the migrations between two versions in a folder. They are code of the blueprint.

    Args:
        stage: Before the update, or after it.
        versions: The old and the new version.
        answers: The answers to the new version's questions.
        folder: The project's folder.

    Raises:
        ScaffoldError: One failed.
    """
    old, new = versions
    request = RenderRequest(new, new.folder, answers, folder, "update", {"unsafe": True})
    engine = make_engine(request)
    with translate_errors(new, engine):
        engine.migrate(stage, old)


@contextmanager
def _make_template(opened: OpenedBlueprint, answers: Mapping[str, Any]) -> Iterator[Path]:
    """Make the Copier template to render: the folder itself, or one made of its layers."""
    if not opened.layered:
        yield opened.folder
        return
    with make_temporary_folder() as temporary:
        folder = temporary / "blueprint"
        folder.mkdir()
        is_ours = opened.commit is not None  # unpacked or checked out for this run alone
        assemble_template(
            opened.layers,
            answers,
            opened.config,
            folder,
            link=is_ours,
            strict=opened.strict,
        )
        yield folder


@cache
def _compile(patterns: tuple[str, ...]) -> PathSpec[Any]:
    """Compile patterns of paths, as Copier and git do."""
    from pathspec import PathSpec

    return PathSpec.from_lines("gitignore", (normalize("NFD", pattern) for pattern in patterns))
