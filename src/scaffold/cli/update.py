"""`scaffold update`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import CONFLICTS_LEFT, UsageError
from .app import Command, app
from .options import (
    Data,
    Defaults,
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
)
from .output import OUTPUT, write_data, write_error, write_note, write_patch
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
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the plan without writing it.")
    ] = False,
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
    from .. import report
    from ..operations import UpdateOptions
    from ..operations import update as updating

    if abort:
        undo(path, record, "update", json=json)
        return
    options = UpdateOptions(
        to,
        record,
        trust,
        skip_tasks,
        dry_run,
        yes,
        exclude=exclude or (),
        skip=skip or (),
        prereleases=prereleases,
        base=base,
    )
    given = collect_inputs(answers, data, defaults)
    if all_records and (record or base):
        other = "--record" if record else "--base"
        raise UsageError(f"--all and {other} contradict each other", "Leave one out.")
    if all_records:
        results = updating.update_all(Path(path), given, options)
    else:
        results = (updating.update(Path(path), given, options),)
    has_conflicts = any(result.plan and result.plan.conflicts for result in results)
    if json:
        shown = [report.encode_update(result) for result in results]
        write_data(
            report.dump_updates(shown) if all_records else report.dump_result("update", shown[0])
        )
    for result in results:
        if explain:
            write_error(report.format_answers(result.answers, result.sources, report.get_width()))
        if not json and (dry_run or not OUTPUT.quiet):
            write_patch(result.diff)
    if not json and (dry_run or not OUTPUT.quiet):
        write_data(report.format_updates(results, Path.cwd()))
    elif not json and has_conflicts:
        write_error(report.format_updates(results, Path.cwd()))
    for result in results:
        write_note(result.message)
    if has_conflicts:
        raise typer.Exit(CONFLICTS_LEFT)
