"""The command line: parse, call one operation, report, exit.

Nothing heavy is imported before a command needs it: ``--help``, ``--version`` and ``list`` start
without Copier, Questionary, Hydra or Jinja.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from . import __version__
from .errors import AnswersError, Interrupted, ScaffoldError, UsageError

if TYPE_CHECKING:
    from .operations.create import Created, Inputs


class _LightHelp:
    """``--help`` that counts as not asked for, where it is not: unset, it would cost pydantic."""

    def get_help_option(self, ctx: Any) -> Any:
        """The option, with the default that Typer takes as it is."""
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.default = False
        return option


class Group(_LightHelp, TyperGroup):
    """The commands."""


class Command(_LightHelp, TyperCommand):
    """One command."""


app = typer.Typer(
    cls=Group,
    help="Start machine-learning projects from blueprints, and keep them current.",
    no_args_is_help=True,
    add_completion=False,  # its two options would import pydantic at every start: see `completion`
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Data = Annotated[
    list[str] | None, typer.Option("--data", "-d", metavar="KEY=VALUE", help="One answer.")
]
Files = Annotated[
    list[str] | None,
    typer.Option(
        "--answers", "-a", metavar="FILE", help="Answers in YAML, TOML or JSON; - for stdin."
    ),
]
Defaults = Annotated[bool, typer.Option("--defaults", help="Take defaults instead of asking.")]
Version = Annotated[
    str | None, typer.Option("--to", metavar="VERSION", help="A version; the newest by default.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Trust = Annotated[bool, typer.Option("--trust", help="Let the blueprint run its tasks.")]
SkipTasks = Annotated[bool, typer.Option("--skip-tasks", help="Leave tasks out.")]
NAME = ".copier-answers.yml"
Record = Annotated[
    str, typer.Option("--record", metavar="FILE", help="The record, where there are several.")
]
Source = Annotated[
    str,
    typer.Argument(metavar="SOURCE", help="A built-in name, a folder, a git URL, gh:owner/repo."),
]


def _show_version(wanted: bool) -> None:
    if wanted:
        say(f"scaffold {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Start machine-learning projects from blueprints, and keep them current."""


@app.command(cls=Command)
def new(
    dest: Annotated[str, typer.Argument(metavar="DEST", help="The new project's folder.")],
    blueprint: Annotated[
        str,
        typer.Option(
            "--blueprint",
            "-b",
            metavar="SOURCE",
            help="A name, a folder, a git URL, gh:owner/repo.",
        ),
    ] = "lightning",
    to: Version = None,
    answers: Files = None,
    data: Data = None,
    defaults: Defaults = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the tree, write nothing.")
    ] = False,
    json: Json = False,
    no_git: Annotated[bool, typer.Option("--no-git", help="Start no git repository.")] = False,
    first_run: Annotated[
        bool, typer.Option("--first-run", help="Make its environment, install it, and try it.")
    ] = False,
    trust: Trust = False,
    skip_tasks: SkipTasks = False,
) -> None:
    """Make a project from a blueprint."""
    from . import report
    from .operations.create import create

    result = create(
        Path(dest),
        blueprint,
        _inputs(answers, data, defaults),
        version=to,
        start_git=not no_git,
        trust=trust,
        skip_tasks=skip_tasks,
        dry_run=dry_run,
    )
    if first_run and not dry_run:
        _first_run(result)
    if json:
        say(report.as_json("new", report.created_json(result)))
    elif dry_run:
        say(report.tree_text(result.path.name, result.files))
    else:
        say(report.created_text(result, Path.cwd(), first_run))


def _inputs(answers: list[str] | None, data: list[str] | None, defaults: bool) -> Inputs:
    from .operations.create import Inputs

    ask = None
    if not defaults:
        from . import prompts

        if prompts.interactive(sys.stdin, sys.stderr, os.environ):
            ask = prompts.ask
    return Inputs(files=answers or (), data=data or (), defaults=defaults, ask=ask)


def _first_run(result: Created) -> None:
    from .first_run import first_run
    from .report import clean

    tell(clean(f"{result.path} is made"))
    try:
        first_run(result.path, result.first_run, lambda line: tell(clean(line)))
    except Interrupted:
        what = f"interrupted; {result.path} is made, its environment may be incomplete"
        raise Interrupted(what, "Go on as its README says.") from None


@app.command(cls=Command)
def update(
    path: Annotated[str, typer.Argument(metavar="PATH", help="The project.")] = ".",
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="VERSION", help="A version, or current; default: the newest."),
    ] = None,
    answers: Files = None,
    data: Data = None,
    defaults: Defaults = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the plan, write nothing.")
    ] = False,
    json: Json = False,
    abort: Annotated[bool, typer.Option("--abort", help="Take the last update back.")] = False,
    trust: Trust = False,
    skip_tasks: SkipTasks = False,
    record: Record = NAME,
) -> None:
    """Merge a newer version of the blueprint into a project."""
    from . import report
    from .operations import update as updating

    if abort:
        done = updating.abort(Path(path), record)
        say(report.as_json("update", {"done": done}) if json else done)
        return
    options = updating.Options(to, record, trust, skip_tasks, dry_run)
    result = updating.update(Path(path), _inputs(answers, data, defaults), options)
    if json:
        say(report.as_json("update", report.updated_json(result)))
    else:
        if result.diff:
            show_patch(result.diff)
        say(report.updated_text(result, Path.cwd()))
    if result.plan and result.plan.conflicts:
        raise typer.Exit(4)


@app.command(cls=Command)
def check(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="PATH", help="Projects; this one by default.")
    ] = None,
    json: Json = False,
    record: Record = NAME,
) -> None:
    """Is a newer version of the blueprint there? Exits with 3 if so."""
    from . import report
    from .operations.check import check

    results = check([Path(path) for path in paths or ["."]], record)
    if json:
        say(report.as_json("check", report.checked_json(results)))
    else:
        say(report.checked_text(results))
    if any(result.available for result in results):
        raise typer.Exit(3)
    if any(result.problem for result in results):
        raise typer.Exit(1)


@app.command(cls=Command)
def diff(
    path: Annotated[str, typer.Argument(metavar="PATH", help="The project.")] = ".",
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="VERSION", help="Show what an update to it would bring."),
    ] = None,
    trust: Trust = False,
    skip_tasks: SkipTasks = False,
    record: Record = NAME,
) -> None:
    """Show what was changed since the render, as a patch for git apply."""
    from .operations.diff import diff
    from .operations.update import Options

    patch = diff(Path(path), Options(to, record, trust, skip_tasks))
    if patch:
        show_patch(patch)


def show_patch(patch: str) -> None:
    """A patch: coloured and safe on a terminal, byte for byte elsewhere."""
    from . import report

    if not sys.stdout.isatty():
        sys.stdout.buffer.write(patch.encode("utf-8", "surrogateescape"))
        sys.stdout.flush()
    else:
        say((report.clean if os.environ.get("NO_COLOR") else report.coloured)(patch).rstrip("\n"))


@app.command("list", cls=Command)
def list_(json: Json = False) -> None:
    """Show the built-in blueprints and their versions."""
    from . import report
    from .operations.catalog import list_blueprints

    blueprints = list_blueprints()
    if json:
        say(report.as_json("list", report.list_json(blueprints)))
    else:
        say(report.list_text(blueprints))


@app.command(cls=Command)
def show(
    source: Source = "lightning",
    to: Version = None,
    json: Json = False,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of an answers file.")
    ] = False,
) -> None:
    """Show a blueprint's questions with their choices, defaults and help."""
    from . import report
    from .operations import catalog

    shown = catalog.show(source, to)
    if schema:
        say(_plain_json(shown.schema))
    elif json:
        say(report.as_json("show", report.show_json(shown)))
    else:
        say(report.show_text(shown))


@app.command(cls=Command)
def answers(source: Source = "lightning", to: Version = None) -> None:
    """Print a commented answers file to fill in."""
    from .operations import catalog

    say(catalog.show(source, to).answers_file.rstrip("\n"))


@app.command(cls=Command)
def completion(
    shell: Annotated[str, typer.Argument(metavar="SHELL", help="bash, zsh or fish.")],
) -> None:
    """Print the completion script of a shell, to be loaded by its start-up file."""
    from typer._completion_shared import get_completion_script

    if shell not in ("bash", "zsh", "fish"):
        raise UsageError(f"there is no completion for {shell!r}", "Name bash, zsh or fish.")
    say(get_completion_script(prog_name="scaffold", complete_var="_SCAFFOLD_COMPLETE", shell=shell))


def _plain_json(body: Mapping[str, Any]) -> str:
    import json

    return json.dumps(body, indent=2, ensure_ascii=False, default=str)


# ---------------------------------------------------------------- the way out


def say(text: str) -> None:
    """Data, to standard output."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def tell(text: str) -> None:
    """Talk, to standard error."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def main() -> None:
    """Run the command line and exit with its code."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _stop)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))


def _stop(_signal: int, _frame: object) -> None:
    raise Interrupted


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; expected failures are told, not raised."""
    if "_SCAFFOLD_COMPLETE" in os.environ:
        from typer._completion_classes import completion_init

        completion_init()
    try:
        _refuse_removed_folder()
        app(arguments, prog_name="scaffold")
    except ScaffoldError as error:
        return _failed(error, arguments)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 1
    except BrokenPipeError:
        # Whoever read the output has gone; Python must not complain when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except Exception as error:
        return _bug(error)
    return 0


def _refuse_removed_folder() -> None:
    try:
        Path.cwd()
    except FileNotFoundError:
        hint = "Go to one that exists: cd ~"
        raise UsageError("the folder that you stand in was removed", hint) from None


def _failed(error: ScaffoldError, arguments: list[str]) -> int:
    from . import report

    tell(report.error_text(error))
    if isinstance(error, AnswersError) and os.environ.get("GITHUB_ACTIONS") == "true":
        tell(report.github_text(error))
    if "--json" in arguments:
        command = next((word for word in arguments if not word.startswith("-")), "")
        say(report.as_json(command, report.error_json(error)))
    return error.exit_code


def _bug(error: Exception) -> int:
    import platform
    import tempfile
    import traceback

    about = f"scaffold {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
    with tempfile.NamedTemporaryFile("w", prefix="scaffold-", suffix=".log", delete=False) as log:
        log.write(about + "".join(traceback.format_exception(error)))
    tell(f"error: scaffold has a bug: {type(error).__name__}: {error}")
    tell(f"next: Report it with the log in {log.name}")
    return 70
