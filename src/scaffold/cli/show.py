"""`scaffold show`: show a blueprint's questions, or the schema of its answers."""

from __future__ import annotations

from typing import Annotated

import typer

from .. import operations, report
from .app import Command, app
from .options import Json, Quiet, Source, Verbose, Version
from .output import write_data, write_json, write_notes


@app.command(cls=Command)
def show(
    source: Source = "lightning",
    to: Version = None,
    json: Json = False,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of an answers file.")
    ] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Show a blueprint's questions with their choices, defaults and help."""
    shown = operations.catalog.show(source, to)
    write_notes(shown.notes)
    if schema:
        write_data(report.dump_schema(shown))
    elif json:
        write_json(report.encode_blueprint(shown))
    else:
        write_data(report.format_blueprint(shown, report.get_width()))
