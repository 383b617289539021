"""`scaffold update`, `check` and `diff`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import UsageError
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
    inputs,
)
from .output import OUTPUT, write_data, write_error, write_note, write_patch
from .undo import undo


@app.command(cls=Command)
def update(
    path: Project = ".",
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="VERSION", help="A version, or current; default: the newest."),
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(
            "--base", metavar="VERSION", help="Made from it, where the recorded one is no more."
        ),
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
    yes: Yes = False,
    record: Record = None,
    all_records: Annotated[
        bool, typer.Option("--all", help="Update all of several records, all or nothing.")
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
    from ..operations import update as updating

    if abort:
        undo(path, record, "update", json=json)
        return
    options = updating.Options(
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
    given = inputs(answers, data, defaults)
    if all_records and (record or base):
        other = "--record" if record else "--base"
        raise UsageError(f"--all and {other} contradict each other", "Leave one out.")
    if all_records:
        results = updating.update_all(Path(path), given, options)
    else:
        results = (updating.update(Path(path), given, options),)
    has_conflicts = any(result.plan and result.plan.conflicts for result in results)
    if json:
        shown = [report.updated_json(result) for result in results]
        write_data(report.all_updated(shown) if all_records else report.as_json("update", shown[0]))
    for result in results:
        if explain:
            write_error(report.explained_text(result.answers, result.sources, report.columns()))
        if not json and (dry_run or not OUTPUT.quiet):
            write_patch(result.diff)
    if not json and (dry_run or not OUTPUT.quiet):
        write_data(report.updated_text(results, Path.cwd()))
    elif not json and has_conflicts:
        write_error(report.updated_text(results, Path.cwd()))
    for result in results:
        write_note(result.message)
    if has_conflicts:
        raise typer.Exit(4)
