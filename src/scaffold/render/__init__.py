"""Blueprint folder + answers → pristine tree. The only importer of Copier, imported late."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..blueprint import Opened
from ..errors import ScaffoldError
from ..layers import assemble, find_layers
from ..quoting import FILTERS

if TYPE_CHECKING:
    from .worker import Renderer


@dataclass(frozen=True)
class File:
    """One file of a render.

    Attributes:
        path: Where it stands in the project, with ``/`` between folders.
        size: Bytes.
        executable: Whether it may be run.
    """

    path: str
    size: int
    executable: bool = False


@dataclass(frozen=True)
class Rendered:
    """A pristine tree on disk.

    Attributes:
        folder: Where it is.
        files: Its files, sorted by path.
        record: The path of the record inside it; empty when the blueprint writes none.
        message: What the blueprint says after this operation; may be empty.
        first_run: What makes and tries the project's environment, as ``blueprint.yml`` says.
        skip: Which paths the blueprint leaves alone where they exist (``_skip_if_exists``).
    """

    folder: Path
    files: tuple[File, ...]
    record: str
    message: str
    first_run: Mapping[str, Sequence[str]]
    skip: Callable[[str], bool]


def render(
    opened: Opened,
    answers: Mapping[str, Any],
    into: Path,
    *,
    trust: bool = False,
    skip_tasks: bool = False,
    exclude: Sequence[str] = (),
    operation: Literal["copy", "update"] = "copy",
    record: str = "",
) -> Rendered:
    """Render one version of a blueprint.

    Args:
        opened: The version.
        answers: The answers to its visible questions.
        into: Where to write; its name is the project's folder name.
        trust: Allow the blueprint's tasks and Jinja extensions to run code.
        skip_tasks: Leave the tasks out.
        exclude: Further patterns of paths to leave out, as in ``_exclude``.
        operation: What templates see as ``_copier_operation``.
        record: The record's path in the project, where it is not the blueprint's own choice.

    Raises:
        ScaffoldError: The blueprint fails to render, or renders a file that does not parse.
    """
    from .worker import renderer

    if not trust:
        refuse_code(opened, () if skip_tasks else ("_tasks",))
    with _template(opened, answers) as folder:
        options = {"unsafe": trust, "skip_tasks": skip_tasks, "exclude": exclude}
        worker = renderer(
            opened, folder, answers, into, {**options, "answers_file": record or None}
        )
        if opened.layered:
            worker.jinja_env.filters.update(FILTERS)
        with _told(opened, folder), _during(operation):
            worker.run_copy()
            path = worker.answers_relpath.as_posix()
            messages = worker.template.message_after_copy, worker.template.message_after_update
            message = worker._render_string(messages[operation == "update"])
            first_run = _first_run(worker, opened)
            skip = worker.match_skip
    if opened.layered:
        _write_record(worker, into / path)
        check_parsed(into)
    return Rendered(
        folder=into,
        files=tuple(list_files(into)),
        record=path if (into / path).is_file() else "",
        message=message,
        first_run=first_run,
        skip=lambda path: skip(Path(path)),
    )


def refuse_code(opened: Opened, keys: Sequence[str]) -> None:
    """Refuse a blueprint that would run code of its own, and show what it would run.

    Args:
        opened: The blueprint.
        keys: The settings that name code, beside its Jinja extensions.

    Raises:
        ScaffoldError: It wants to run code.
    """
    wanted = {
        key: opened.config[key] for key in ("_jinja_extensions", *keys) if opened.config.get(key)
    }
    if wanted:
        names = ", ".join(key.strip("_").replace("_", " ") for key in wanted)
        raise ScaffoldError(
            f"{opened.label} wants to run code: {names}",
            "Read it; if you trust it, add --trust (or --skip-tasks to leave its tasks out).",
            [f"{key}: {item}" for key, items in wanted.items() for item in items],
        )


def has_migrations(opened: Opened) -> bool:
    """Whether a version brings migrations; without versions there is nothing to migrate."""
    return bool(opened.commit and opened.config.get("_migrations"))


def migrate(
    stage: Literal["before", "after"],
    versions: tuple[Opened, Opened],
    answers: Mapping[str, Any],
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
    from .worker import renderer

    old, new = versions
    options = {"unsafe": True}
    before = renderer(old, old.folder, {}, folder, options).template
    worker = renderer(new, new.folder, answers, folder, options)
    with _told(new, new.folder), _during("update"):
        worker._ask()
        worker._execute_tasks(worker.template.migration_tasks(stage, before))


@contextmanager
def _during(operation: Literal["copy", "update"]) -> Iterator[None]:
    """Let templates see which operation they are rendered for."""
    from copier._main import _operation

    token = _operation.set(operation)
    try:
        yield
    finally:
        _operation.reset(token)


def list_files(folder: Path) -> Iterator[File]:
    """The files below a folder, sorted by path."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_dir():
            about = path.lstat()
            relative = path.relative_to(folder).as_posix()
            yield File(relative, about.st_size, bool(about.st_mode & stat.S_IXUSR))


@contextmanager
def _template(opened: Opened, answers: Mapping[str, Any]) -> Iterator[Path]:
    """The Copier template to render: the folder itself, or one made of its layers."""
    if not opened.layered:
        yield opened.folder
        return
    with tempfile.TemporaryDirectory(prefix="scaffold-") as temporary:
        folder = Path(temporary) / "blueprint"
        folder.mkdir()
        assemble(find_layers(opened.folder), answers, opened.config, folder)
        yield folder


@contextmanager
def _told(opened: Opened, folder: Path) -> Iterator[None]:
    """Turn what Copier and Jinja raise into one line that names the file and the next step."""
    import jinja2
    from copier.errors import CopierError, TaskError, UserMessageError

    try:
        yield
    except TaskError as error:
        raise ScaffoldError(
            f"a task of {opened.label} failed: {error.cmd}",
            "Mend the task, or add --skip-tasks.",
            [line for text in (error.stdout, error.stderr) for line in _lines(text)],
        ) from None
    except (CopierError, UserMessageError) as error:
        hint = "Mend the blueprint, or take another of its versions with --to."
        raise ScaffoldError(f"{opened.label} fails to render: {error}", hint) from None
    except Exception as error:
        # A template may raise anything; what it did not raise is not its fault.
        where = _place(error, folder)
        if not where and not isinstance(error, jinja2.TemplateError | ValueError | TypeError):
            raise
        raise ScaffoldError(
            f"{opened.label} fails to render{where}: {error}", "Mend the blueprint."
        ) from None


def _lines(output: str | bytes | None) -> list[str]:
    text = output.decode("utf-8", "replace") if isinstance(output, bytes) else output or ""
    return text.splitlines()


def _place(error: Exception, folder: Path) -> str:
    """Where in the blueprint an error happened, from the innermost frame that lies in it."""
    name, line = getattr(error, "filename", None), getattr(error, "lineno", None)
    trace = error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename.startswith(str(folder)):
            name, line = trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next
    if not name:
        return ""
    return f" at {os.path.relpath(name, folder)}:{line}"


def _first_run(worker: Renderer, opened: Opened) -> dict[str, list[str]]:
    steps = opened.about.get("first_run") or {}
    return {name: [worker._render_string(a) for a in args] for name, args in steps.items()}


RECORD_HEAD = """\
# The record of this project: the blueprint, its version and your answers.
# `scaffold update` reads it and writes it; change an answer with `scaffold update --data`.
"""


def _write_record(worker: Renderer, path: Path) -> None:
    """The record of a layered blueprint, which brings no template of its own for it."""
    import yaml

    answers = dict(worker._answers_to_remember())
    text = yaml.safe_dump(answers, sort_keys=False, allow_unicode=True, width=1000)
    path.write_text(RECORD_HEAD + text, encoding="utf-8")


def check_parsed(folder: Path) -> None:
    """Parse every rendered file of a language that has a parser here.

    Raises:
        ScaffoldError: One does not parse; names it.
    """
    for file in list_files(folder):
        parse = PARSERS.get(Path(file.path).suffix)
        if parse is None or (folder / file.path).is_symlink():
            continue
        try:
            parse((folder / file.path).read_text(encoding="utf-8"))
        except Exception as error:
            raise ScaffoldError(
                f"{file.path} would not be valid: {error}",
                "An answer holds what this file cannot; change it, or mend the blueprint.",
            ) from None


def _python(text: str) -> None:
    import ast

    ast.parse(text)


def _toml(text: str) -> None:
    import tomllib

    tomllib.loads(text)


def _yaml(text: str) -> None:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    list(yaml.compose_all(text, Loader=loader))


def _json(text: str) -> None:
    import json

    json.loads(text)


PARSERS = {
    ".py": _python,
    ".toml": _toml,
    ".yaml": _yaml,
    ".yml": _yaml,
    ".json": _json,
    ".ipynb": _json,
}
