"""`scaffold diff`: show changes since the last render, or those of an update."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .. import operations, report
from .app import Command, app
from .options import Json, Project, Quiet, Record, SkipTasks, Trust, Verbose, Yes, get_confirm
from .output import write_json, write_patch


@app.command(cls=Command)
def diff(
    path: Project = ".",
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="VERSION", help="Show the changes of an update to this version."
        ),
    ] = None,
    trust: Trust = False,
    skip_tasks: SkipTasks = False,
    yes: Yes = False,
    record: Record = None,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Show your changes since the last render, as a patch for git apply."""
    options = operations.UpdateOptions(to, record, trust, skip_tasks, yes=yes)
    patch = operations.diff.diff(Path(path), options, get_confirm())
    if json:
        write_json(report.encode_patch(Path(path).resolve(), patch))
    else:
        write_patch(patch)
