"""One render, from a folder that Copier takes for a template to a folder of files.

What it needs and what it gives is data: it may happen in another process.
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
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..blueprints import Opened
from ..errors import ScaffoldError
from ..host import Limits, make_loader
from ..project import refuse, refuse_tree
from ..questions import Answers
from .filters import FILTERS

if TYPE_CHECKING:
    from .engine import Engine


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
class Job:
    """One render.

    Attributes:
        opened: The version of the blueprint.
        folder: The template: the version's own folder, or one made of its layers.
        answers: The answers, or those of a record, which Copier completes.
        into: Where to write.
        operation: What templates see as ``_copier_operation``.
        options: What Copier's worker is told besides.
        conf: What templates see in ``_copier_conf``, where that is not what the worker has.
        limits: What it may take; None for a blueprint whose code is trusted.
        now: The time that templates see, in seconds since the epoch; None for the time it is.
    """

    opened: Opened
    folder: Path
    answers: Answers | Mapping[str, Any]
    into: Path
    operation: Literal["copy", "update"] = "copy"
    options: Mapping[str, Any] = field(default_factory=dict)
    conf: Mapping[str, Any] = field(default_factory=dict)
    limits: Limits | None = None
    now: float | None = None

    @property
    def given(self) -> dict[str, Any]:
        """The answers that were given for this project alone, as they were spelled."""
        return dict(self.answers.given if isinstance(self.answers, Answers) else self.answers)

    @property
    def values(self) -> Mapping[str, Any]:
        """The answers by question."""
        return self.answers.values if isinstance(self.answers, Answers) else self.answers

    @property
    def filters(self) -> Mapping[str, Any]:
        """Filters that its templates use, beside Copier's."""
        return FILTERS if self.opened.layered else {}

    def __getstate__(self) -> dict[str, Any]:
        """What another process gets: its files are there, and need not be fetched."""
        opened = replace(self.opened, place=self.opened.folder, fetch=_nothing)
        return {**self.__dict__, "opened": opened}

    def prepare(self) -> None:
        """Import what every render needs: once, where the process is copied for each."""
        from .engine import missing

        missing()
        if self.now is not None:
            import time_machine  # noqa: F401

    def __call__(self) -> dict[str, Any]:
        """Render.

        Returns:
            ``files``, ``record``, ``message``, ``first_run``, ``skip`` and ``left_out``, as
            `Rendered` has them;
            ``missing``, the private name that Copier no longer has.

        Raises:
            ScaffoldError: The blueprint fails to render, renders a file that does not parse, or
                a path that it may not write.
        """
        from .engine import make_engine, missing

        opened, into = self.opened, self.into
        engine = make_engine(self)
        into.mkdir(parents=True, exist_ok=True)  # tasks run there, whatever is rendered
        with told(opened, engine), frozen(self.now):
            engine.run(self.operation, self.limits)
            record = engine.record().as_posix()
            refuse(record)
            message = engine.text(opened.config.get(f"_message_after_{self.operation}") or "")
            first_run = _first_run(engine, opened)
            config, options = opened.config, self.options
            skips = *options.get("skip_if_exists", ()), *(config.get("_skip_if_exists") or ())
            excludes = *(config.get("_exclude") or ()), *options.get("exclude", ())
            skip, left_out = (list(map(engine.text, each)) for each in (skips, excludes))
        if opened.layered:
            _write_record(engine, into / record)
        files = list(list_files(into))
        if self.limits:
            refuse_tree(into, (file.path for file in files))
        if opened.layered:
            check_parsed(into, files)
        return {
            "files": [[file.path, file.size, file.executable] for file in files],
            "record": record if (into / record).is_file() else "",
            "message": message,
            "first_run": first_run,
            "skip": skip,
            "missing": missing(),
            "left_out": left_out,
        }


def _nothing() -> None:
    """Fetch what is there."""


@contextmanager
def frozen(now: float | None) -> Iterator[None]:
    """Stop the clock at a moment, so that two renders print the same time; None lets it go on."""
    if now is None:
        yield
        return
    import time_machine

    with time_machine.travel(now, tick=False):
        yield


def list_files(folder: Path) -> Iterator[File]:
    """The files below a folder, sorted by path."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_dir():
            about = path.lstat()
            relative = path.relative_to(folder).as_posix()
            yield File(relative, about.st_size, bool(about.st_mode & stat.S_IXUSR))


@contextmanager
def told(opened: Opened, engine: Engine) -> Iterator[None]:
    """Turn what Copier and Jinja raise into one line that names the file and the next step."""
    import jinja2
    from copier.errors import CopierError, TaskError, UserMessageError

    try:
        yield
    except (ScaffoldError, MemoryError):
        raise
    except RecursionError:
        what = f"{opened.label} fails to render: it is nested too deeply, or includes itself"
        raise ScaffoldError(what, "Mend the blueprint.") from None
    except TaskError as error:
        raise ScaffoldError(
            f"a task of {opened.label} failed: {error.cmd}",
            "Mend the task, or add --skip-tasks.",
            [line for text in (error.stdout, error.stderr) for line in _lines(text)],
        ) from None
    except (CopierError, UserMessageError) as error:
        hint = "Mend the blueprint, or take another of its versions with --to."
        raise ScaffoldError(
            f"{opened.label} fails to render: {_on_one_line(error)}", hint
        ) from None
    except Exception as error:
        if getattr(error, "errno", None) == errno.EFBIG:  # a limit, and told as one
            raise
        # A template may raise anything; what it did not raise is not its fault.
        where = _place(error, engine.root)
        if not where and not isinstance(error, jinja2.TemplateError | ValueError | TypeError):
            raise
        raise ScaffoldError(
            f"{opened.label} fails to render{where}: {_on_one_line(error)}", "Mend the blueprint."
        ) from None


def _lines(output: str | bytes | None) -> list[str]:
    text = output.decode("utf-8", "replace") if isinstance(output, bytes) else output or ""
    return text.splitlines()


def _on_one_line(error: Exception) -> str:
    return " ".join(str(error).split())


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
    return f" at {os.path.relpath(name, folder)}" + (f":{line}" if line else "")


def _first_run(engine: Engine, opened: Opened) -> dict[str, list[str]]:
    steps = opened.about.get("first_run") or {}
    if not isinstance(steps, dict) or not all(map(_is_list_of_texts, steps.values())):
        hint = 'Write each step as a list of words, as in train: ["-m", "package.train"].'
        raise ScaffoldError("blueprint.yml: first_run does not list the words of its steps", hint)
    return {str(name): [engine.text(word) for word in words] for name, words in steps.items()}


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


RECORD_HEAD = """\
# The record of this project: the blueprint, its version and your answers.
# `scaffold update` reads it and writes it; change an answer with `scaffold update --data`.
"""


def _write_record(engine: Engine, path: Path) -> None:
    """The record of a layered blueprint, which brings no template of its own for it."""
    import yaml

    text = yaml.safe_dump(engine.recorded(), sort_keys=False, allow_unicode=True, width=1000)
    path.write_text(RECORD_HEAD + text, encoding="utf-8")


def check_parsed(folder: Path, files: Sequence[File]) -> None:
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
                f"{file.path} would not be valid: {_on_one_line(error)}",
                "An answer holds what this file cannot; change it, or mend the blueprint.",
            ) from None


def _yaml(text: str) -> None:
    import yaml

    list(yaml.compose_all(text, Loader=make_loader()))


PARSERS: Mapping[str, Callable[[str], Any]] = {
    ".py": ast.parse,
    ".toml": tomllib.loads,
    **dict.fromkeys((".yaml", ".yml"), _yaml),
    **dict.fromkeys((".json", ".ipynb"), json.loads),
}
