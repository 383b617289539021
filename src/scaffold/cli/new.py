"""`scaffold new`: make a project of a blueprint, or undo that."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .. import operations, project, prompts, report
from ..errors import ExitCode, Interrupted
from .app import Command, app
from .options import (
    Data,
    Defaults,
    DryRun,
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
    collect_inputs,
    list_given_flags,
    refuse_both,
)
from .output import OUTPUT, write_data, write_error, write_json, write_note, write_result
from .undo import undo


@app.command(cls=Command)
def new(
    ctx: typer.Context,
    dest: Annotated[
        str | None,
        typer.Argument(metavar="DEST", help="The new project's folder; a terminal asks for it."),
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
        typer.Option("--preset", "-p", metavar="NAME", help="A named set of answers."),
    ] = None,
    answers: Files = None,
    data: Data = None,
    defaults: Defaults = False,
    dry_run: DryRun = False,
    json: Json = False,
    record: Annotated[
        str,
        typer.Option(
            "--record",
            metavar="FILE",
            help="The record's file name, if the folder has other records.",
        ),
    ] = "",
    exclude: Exclude = None,
    skip: Skip = None,
    prereleases: Prereleases = False,
    archive: Annotated[
        str | None,
        typer.Option("--zip", metavar="FILE", help="Write a zip archive and no folder."),
    ] = None,
    keep_existing: Annotated[
        bool, typer.Option("--keep-existing", help="Keep files that exist as they are.")
    ] = False,
    abort: Annotated[
        bool, typer.Option("--abort", help="Undo the last new in a folder of a repository.")
    ] = False,
    no_git: Annotated[
        bool, typer.Option("--no-git", help="Do not start a git repository.")
    ] = False,
    first_run: Annotated[
        bool,
        typer.Option("--first-run", help="Create an environment, install the project and try it."),
    ] = False,
    trust: Trust = False,
    skip_tasks: SkipTasks = False,
    explain: Explain = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Make a project from a blueprint."""
    if abort:
        undo(dest or ".", record or None, json=json)
        return
    refuse_both({"--zip": archive, "--first-run": first_run})
    given = collect_inputs(answers, data, defaults, preset, list_given_flags(ctx))
    result = operations.create(
        _choose_destination(dest, archive, given),
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
        write_error(report.format_answers(result.answers, result.sources, report.get_width()))
    if json:
        write_json(report.encode_created(result))
    elif not result.written and not dry_run:
        write_error("nothing was written")
    elif dry_run:
        write_data(_format_dry_run(result))
    else:  # a quiet user has to resolve conflicts, too
        write = write_error if result.conflicts and OUTPUT.quiet else write_result
        write(report.format_created(result, Path.cwd(), tried))
    if result.written:
        write_note(result.message)
    if result.conflicts:
        raise typer.Exit(ExitCode.conflicts_left)


def _format_dry_run(result: operations.CreateResult) -> str:
    if result.changes:
        return report.format_planned(result, Path.cwd())
    return report.format_tree(result.path.name, result.files)


def _choose_destination(dest: str | None, archive: str | None, given: operations.Inputs) -> Path:
    if dest or archive:
        return Path(dest or Path(archive or "").stem)
    # A separate person: its line stays when the answers to the questions are drawn again.
    return operations.ask_destination(given, prompts.Person().ask if given.ask else None)


def _first_run(result: operations.CreateResult) -> bool:
    """Make and try the project's environment; False where conflicts come first."""
    if result.conflicts:
        write_note("the first run is skipped: there are conflicts to resolve")
        return False
    write_note(report.escape_line(f"{result.path} is made"))
    try:
        project.run_first_steps(
            result.path, result.first_run, write_note, verbose=OUTPUT.verbose, quiet=OUTPUT.quiet
        )
    except Interrupted:
        what = f"interrupted; {result.path} is made, its environment may be incomplete"
        raise Interrupted(what, "Continue with the steps in its README.") from None
    return True
