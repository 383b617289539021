"""`scaffold answers`: print or write an answers file to fill in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .. import operations, report
from .app import Command, app
from .options import Json, OwnSource, Quiet, Record, Verbose, Version, Yes, get_confirm
from .output import write_data, write_json, write_notes, write_result


@app.command(cls=Command)
def answers(
    source: OwnSource = None,
    to: Version = None,
    project: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="PROJECT", help="Fill in the answers from a project's record."
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write the file and its JSON Schema."),
    ] = None,
    json: Json = False,
    yes: Yes = False,
    record: Record = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Print a commented answers file to fill in."""
    filling = operations.answers
    from_project = Path(project) if project is not None else None
    made = filling.make_answers_file(
        source, to, project=from_project, record_path=record, yes=yes, confirm=get_confirm()
    )
    if output is not None:
        made = filling.write_answers_file(made, Path(output))
    elif not json:
        made = filling.add_cached_schema(made)
    write_notes(made.notes)
    if json:
        write_json(report.encode_answers_file(made))
    elif output is None:
        write_data(made.text.rstrip("\n"))
    else:
        about = f"{made.path}: answers for {made.source} {made.version}".rstrip()
        write_result(report.escape_line(about))
