"""`scaffold list`, `show` and `answers`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .app import Command, app
from .options import Json, OwnSource, Quiet, Record, Verbose, Version, Yes, confirm
from .output import write_data, write_notes, write_result


@app.command(cls=Command)
def answers(
    source: OwnSource = None,
    to: Version = None,
    project: Annotated[
        str | None,
        typer.Option("--from", metavar="PROJECT", help="Fill in what a project's record holds."),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write it, and its JSON Schema."),
    ] = None,
    json: Json = False,
    yes: Yes = False,
    record: Record = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Print a commented answers file to fill in."""
    from .. import report
    from ..operations import answers as filling

    from_project = Path(project) if project is not None else None
    made = filling.make_answers_file(
        source, to, project=from_project, record_path=record, yes=yes, confirm=confirm()
    )
    if output is not None:
        made = filling.write(made, Path(output))
    elif not json:
        made = filling.with_schema_in_cache(made)
    write_notes(made.notes)
    if json:
        write_data(report.as_json("answers", report.answers_json(made)))
    elif output is None:
        write_data(made.text.rstrip("\n"))
    else:
        write_result(
            report.one_line(f"{made.path}: answers for {made.source} {made.version}".rstrip())
        )
