"""The work of one render: run an engine, then check and list the files.

Its input and output are data, so that it may run in another process.
"""

from __future__ import annotations

import ast
import errno
import json
import os
import stat
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..blueprints import OpenedBlueprint
from ..errors import ScaffoldError
from ..host import make_loader
from ..project import refuse_unsafe_path, refuse_unsafe_tree
from .engine import find_missing_name, make_engine
from .request import RenderRequest

if TYPE_CHECKING:
    from .engine import Engine


class RenderedFile(NamedTuple):
    """One file of a render.

    Attributes:
        path: Its path in the project, with ``/`` between folders.
        size: Its bytes.
        executable: Whether it is executable.
    """

    path: str
    size: int
    executable: bool = False


def import_modules(request: RenderRequest) -> None:
    """Import the modules that a render needs."""
    find_missing_name()
    if request.now is not None:
        import time_machine  # noqa: F401


def render_files(request: RenderRequest) -> dict[str, Any]:
    """Render, check the files, and list them.

    Returns:
        Data for JSON: the fields of `RenderResult` but its folder; ``missing_name``, the private
        name that Copier no longer has.

    Raises:
        ScaffoldError: The blueprint fails to render, renders a file that does not parse, or
            a path that it may not write.
    """
    opened, into, options = request.opened, request.into, request.options
    config = opened.config
    engine = make_engine(request)
    into.mkdir(parents=True, exist_ok=True)  # tasks run there, whatever is rendered
    with translate_errors(opened, engine), freeze_time(request.now):
        engine.run()
        record = engine.get_record_path().as_posix()
        refuse_unsafe_path(record)
        message = engine.render_text(config.get(f"_message_after_{request.operation}") or "")
        first_run = _render_first_run(engine, opened)
        skips = *options.get("skip_if_exists", ()), *(config.get("_skip_if_exists") or ())
        excludes = *(config.get("_exclude") or ()), *options.get("exclude", ())
        left_alone, left_out = (list(map(engine.render_text, each)) for each in (skips, excludes))
    if opened.layered:
        _write_record(engine, into / record)
    files = list(list_files(into))
    if request.limits:
        refuse_unsafe_tree(into, (file.path for file in files))
    if opened.layered:
        check_parsed(into, files)
    return {
        "files": files,
        "record": record if (into / record).is_file() else "",
        "message": message,
        "first_run": first_run,
        "left_alone": left_alone,
        "left_out": left_out,
        "missing_name": find_missing_name(),
    }


@contextmanager
def freeze_time(now: float | None) -> Iterator[None]:
    """Stop the clock at a time, so that two renders print the same one; None does nothing."""
    if now is None:
        yield
        return
    import time_machine

    with time_machine.travel(now, tick=False):
        yield


def list_files(folder: Path) -> Iterator[RenderedFile]:
    """List the files below a folder, sorted by path."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_dir():
            about = path.lstat()
            relative = path.relative_to(folder).as_posix()
            yield RenderedFile(relative, about.st_size, bool(about.st_mode & stat.S_IXUSR))


@contextmanager
def translate_errors(opened: OpenedBlueprint, engine: Engine) -> Iterator[None]:
    """Translate exceptions of Copier and Jinja into one line with the file and the next step.

    Raises:
        ScaffoldError: The blueprint fails to render.
    """
    import jinja2
    from copier.errors import CopierError, TaskError, UserMessageError

    try:
        yield
    except (ScaffoldError, MemoryError):
        raise
    except RecursionError:
        what = f"{opened.label} fails to render: it is nested too deeply, or includes itself"
        raise ScaffoldError(what, "Fix the blueprint.") from None
    except TaskError as error:
        raise ScaffoldError(
            f"a task of {opened.label} failed: {error.cmd}",
            "Fix the task, or add --skip-tasks.",
            [line for text in (error.stdout, error.stderr) for line in _split_output(text)],
        ) from None
    except (CopierError, UserMessageError) as error:
        hint = "Fix the blueprint, or choose another version with --to."
        raise ScaffoldError(f"{opened.label} fails to render: {_join_lines(error)}", hint) from None
    except Exception as error:
        if getattr(error, "errno", None) == errno.EFBIG:  # reported as an exceeded limit
            raise
        # A template may raise any exception; all others are bugs of ours.
        where = _find_place(error, engine.root)
        if not where and not isinstance(error, jinja2.TemplateError | ValueError | TypeError):
            raise
        raise ScaffoldError(
            f"{opened.label} fails to render{where}: {_join_lines(error)}", "Fix the blueprint."
        ) from None


def _split_output(output: str | bytes | None) -> list[str]:
    text = output.decode("utf-8", "replace") if isinstance(output, bytes) else output or ""
    return text.splitlines()


def _join_lines(error: Exception) -> str:
    return " ".join(str(error).split())


def _find_place(error: Exception, folder: Path) -> str:
    """Find the place of an error in the blueprint, by the innermost frame in it."""
    name, line = getattr(error, "filename", None), getattr(error, "lineno", None)
    trace = error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename.startswith(str(folder)):
            name, line = trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next
    if not name:
        return ""
    return f" at {os.path.relpath(name, folder)}" + (f":{line}" if line else "")


def _render_first_run(engine: Engine, opened: OpenedBlueprint) -> dict[str, list[str]]:
    steps = opened.about.get("first_run") or {}
    if not isinstance(steps, dict) or not all(map(_is_list_of_texts, steps.values())):
        hint = 'Write each step as a list of words, as in train: ["-m", "package.train"].'
        raise ScaffoldError("blueprint.yml: first_run does not list the words of its steps", hint)
    return {
        str(name): [engine.render_text(word) for word in words] for name, words in steps.items()
    }


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


RECORD_HEAD = """\
# The record of this project: the blueprint, its version and your answers.
# `scaffold update` reads it and writes it; change an answer with `scaffold update --data`.
"""


def _write_record(engine: Engine, path: Path) -> None:
    """Write the record of a layered blueprint, which has no template for it."""
    import yaml

    text = yaml.safe_dump(
        engine.get_record_content(), sort_keys=False, allow_unicode=True, width=1000
    )
    path.write_text(RECORD_HEAD + text, encoding="utf-8")


def check_parsed(folder: Path, files: Sequence[RenderedFile]) -> None:
    """Parse every rendered file of a language that has a parser here.

    Raises:
        ScaffoldError: One does not parse; names it.
    """
    for file in files:
        parse = PARSERS.get(Path(file.path).suffix)
        if parse is None or (folder / file.path).is_symlink():
            continue
        try:
            parse((folder / file.path).read_text(encoding="utf-8"))
        except MemoryError:
            raise
        except Exception as error:
            raise ScaffoldError(
                f"{file.path} would not be valid: {_join_lines(error)}",
                "An answer holds text that this file cannot hold; change it, or fix the blueprint.",
            ) from None


def _parse_yaml(text: str) -> None:
    import yaml

    list(yaml.compose_all(text, Loader=make_loader()))


PARSERS: Mapping[str, Callable[[str], Any]] = {
    ".py": ast.parse,
    ".toml": tomllib.loads,
    **dict.fromkeys((".yaml", ".yml"), _parse_yaml),
    **dict.fromkeys((".json", ".ipynb"), json.loads),
}
