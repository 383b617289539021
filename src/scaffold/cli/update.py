"""`scaffold update`: merge a newer version or other answers into a project, or undo that."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .. import operations, report
from ..errors import ExitCode
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
    Project,
    Quiet,
    Record,
    Skip,
    SkipTasks,
    Trust,
    Verbose,
    Yes,
    collect_inputs,
    refuse_both,
)
from .output import OUTPUT, write_data, write_error, write_json, write_note, write_patch
from .undo import undo


@app.command(cls=Command)
def update(
    path: Project = ".",
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="VERSION", help="A version, or current; by default the newest."
        ),
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(
            "--base",
            metavar="VERSION",
            help="The version that the project was made from, if the recorded one is gone.",
        ),
    ] = None,
    answers: Files = None,
    data: Data = None,
    defaults: Defaults = False,
    dry_run: DryRun = False,
    json: Json = False,
    abort: Annotated[bool, typer.Option("--abort", help="Undo the last update.")] = False,
    trust: Trust = False,
    skip_tasks: SkipTasks = False,
    yes: Yes = False,
    record: Record = None,
    all_records: Annotated[
        bool, typer.Option("--all", help="Update all records of the project, all or nothing.")
    ] = False,
    exclude: Exclude = None,
    skip: Skip = None,
    prereleases: Prereleases = False,
    explain: Explain = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Merge a newer version of the blueprint into a project."""
    for other, value in {"--abort": abort, "--record": record, "--base": base}.items():
        refuse_both({"--all": all_records, other: value})
    if abort:
        undo(path, record, json=json)
        return
    options = operations.UpdateOptions(
        to, record, trust, skip_tasks, dry_run, exclude or (), skip or (), prereleases, yes, base
    )
    given = collect_inputs(answers, data, defaults)
    if all_records:
        results = operations.update.update_all(Path(path), given, options)
    else:
        results = (operations.update.update(Path(path), given, options),)
    has_conflicts = any(result.plan and result.plan.conflicts for result in results)
    is_shown = not json and (dry_run or not OUTPUT.quiet)
    if json:
        write_json(
            report.encode_updates(results) if all_records else report.encode_update(results[0])
        )
    for result in results:
        if explain:
            write_error(report.format_answers(result.answers, result.sources, report.get_width()))
        if is_shown:
            write_patch(result.diff)
    if is_shown or (has_conflicts and not json):
        write = write_data if is_shown else write_error
        write(report.format_updates(results, Path.cwd()))
    for result in results:
        write_note(result.message)
    if has_conflicts:
        raise typer.Exit(ExitCode.conflicts_left)
