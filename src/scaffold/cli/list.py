"""`scaffold list`: show the built-in blueprints and their versions."""

from __future__ import annotations

from .. import operations, report
from .app import Command, app
from .options import Json, Quiet, Verbose
from .output import write_data, write_json


@app.command("list", cls=Command)
def list_(json: Json = False, quiet: Quiet = False, verbose: Verbose = False) -> None:
    """Show the built-in blueprints and their versions."""
    blueprints = operations.list_blueprints()
    if json:
        write_json(report.encode_blueprints(blueprints))
    else:
        write_data(report.format_blueprints(blueprints, report.get_width()))
