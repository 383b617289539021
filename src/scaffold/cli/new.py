"""`scaffold new`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import Interrupted, UsageError
from .app import Command, app
from .options import (
    Data,
    Defaults,
    Exclude,
    Explain,
    Files,
    Json,
    Prereleases,
    Quiet,
    Skip,
    SkipTasks,
    Trust,
    Verbose,
    Version,
    given_flags,
    inputs,
)
from .output import OUTPUT, write_data, write_error, write_note, write_result
from .undo import undo

if TYPE_CHECKING:
    from ..operations import Created, Inputs


@app.command(cls=Command)
def new(
    ctx: typer.Context,
    dest: Annotated[
        str | None,
        typer.Argument(metavar="DEST", help="The new project's folder; asked for at a terminal."),
    ] = None,
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
    preset: Annotated[
        str | None,
        typer.Option("--preset", "-p", metavar="NAME", help="Answers that belong together."),
    ] = None,
    answers: Files = None,
    data: Data = None,
    defaults: Defaults = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the tree, write nothing.")
    ] = False,
    json: Json = False,
    record: Annotated[
        str,
        typer.Option("--record", metavar="FILE", help="The record, beside those of others."),
    ] = "",
    exclude: Exclude = None,
    skip: Skip = None,
    prereleases: Prereleases = False,
    archive: Annotated[
        str | None,
        typer.Option("--zip", metavar="FILE", help="Write a zip archive, and nothing else."),
    ] = None,
    keep_existing: Annotated[
        bool, typer.Option("--keep-existing", help="Leave files that are there as they are.")
    ] = False,
    abort: Annotated[
        bool, typer.Option("--abort", help="Take back what filled a folder of a repository.")
    ] = False,
    no_git: Annotated[bool, typer.Option("--no-git", help="Start no git repository.")] = False,
    first_run: Annotated[
        bool, typer.Option("--first-run", help="Make its environment, install it, and try it.")
    ] = False,
    trust: Trust = False,
    skip_tasks: SkipTasks = False,
    explain: Explain = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Make a project from a blueprint."""
    from .. import report
    from ..operations import create

    if abort:
        undo(dest or ".", record or None, "new", json=json)
        return
    if archive and first_run:
        raise UsageError("--zip and --first-run contradict each other", "Leave one out.")
    given = inputs(answers, data, defaults, preset, given_flags(ctx))
    result = create(
        _destination(dest, archive, given),
        blueprint,
        given,
        version=to,
        start_git=not no_git,
        trust=trust,
        skip_tasks=skip_tasks,
        dry_run=dry_run,
        record=record,
        exclude=exclude or (),
        skip=skip or (),
        prereleases=prereleases,
        archive=Path(archive) if archive else None,
        keep_existing=keep_existing,
    )
    tried = first_run and result.written and _first_run(result)
    if explain:
        write_error(report.explained_text(result.answers, result.sources, report.columns()))
    if json:
        write_data(report.as_json("new", report.created_json(result)))
    elif not result.written and not dry_run:
        write_error("nothing was written")
    elif dry_run:
        write_data(_planned(result))
    elif result.conflicts:  # shown with --quiet, too: they are left to resolve
        (write_error if OUTPUT.quiet else write_data)(
            report.created_text(result, Path.cwd(), tried)
        )
    else:
        write_result(report.created_text(result, Path.cwd(), tried))
    if result.written:
        write_note(result.message)
    if result.conflicts:
        raise typer.Exit(4)


def _planned(result: Created) -> str:
    """The result of a dry run."""
    from .. import report

    if result.changes:
        return report.planned_text(result, Path.cwd())
    return report.tree_text(result.path.name, result.files)


def _destination(dest: str | None, archive: str | None, given: Inputs) -> Path:
    """Where the project goes; asked for where nothing says so."""
    if dest or archive:
        return Path(dest or Path(archive or "").stem)
    from ..operations import ask_destination
    from ..prompts import Person

    # A person of its own: its line stays when the answers to the questions are shown anew.
    return ask_destination(given, Person().ask if given.ask else None)


def _first_run(result: Created) -> bool:
    """Make and try the project's environment; gives whether it was."""
    from ..project import first_run
    from ..report import one_line

    if result.conflicts:
        write_note("the first run is left out: there are conflicts to resolve")
        return False
    write_note(one_line(f"{result.path} is made"))
    try:
        first_run(
            result.path, result.first_run, write_note, verbose=OUTPUT.verbose, quiet=OUTPUT.quiet
        )
    except Interrupted:
        what = f"interrupted; {result.path} is made, its environment may be incomplete"
        raise Interrupted(what, "Go on as its README says.") from None
    return True
