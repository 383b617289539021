"""`scaffold diff`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .app import Command, app
from .options import Json, Project, Quiet, Record, SkipTasks, Trust, Verbose, Yes, confirm
from .output import write_data, write_patch


@app.command(cls=Command)
def diff(
    path: Project = ".",
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="VERSION", help="Show what an update to it would bring."),
    ] = None,
    trust: Trust = False,
    skip_tasks: SkipTasks = False,
    yes: Yes = False,
    record: Record = None,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Show what was changed since the render, as a patch for git apply."""
    from ..operations import Options
    from ..operations import diff as diffing

    patch = diffing.diff(Path(path), Options(to, record, trust, skip_tasks, yes=yes), confirm())
    if json:
        from .. import report

        write_data(report.as_json("diff", report.diff_json(Path(path).resolve(), patch)))
    else:
        write_patch(patch)
