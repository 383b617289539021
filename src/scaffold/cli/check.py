"""`scaffold check`: say whether a blueprint has a newer version."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .. import operations, report
from ..errors import ExitCode
from .app import Command, app
from .options import Json, Prereleases, Quiet, Record, Verbose, Yes, get_confirm
from .output import get_table_width, write_data, write_json


@app.command(cls=Command)
def check(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH", help="Projects, or folders in them; by default the current one."
        ),
    ] = None,
    json: Json = False,
    yes: Yes = False,
    record: Record = None,
    prereleases: Prereleases = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Check for a newer version of the blueprint; exit with 3 if there is one."""
    results = operations.check.check(
        [Path(path) for path in paths or ["."]],
        record,
        yes=yes,
        confirm=get_confirm(),
        prereleases=prereleases,
    )
    if json:
        write_json(report.encode_checks(results))
    else:
        write_data(report.format_checks(results, get_table_width()))
    if any(result.conflicts for result in results):
        raise typer.Exit(ExitCode.conflicts_left)
    if any(result.available for result in results):
        raise typer.Exit(ExitCode.update_available)
    if any(result.problem for result in results):
        raise typer.Exit(ExitCode.failed)
