"""`scaffold update`, `check` and `diff`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from .app import Command, app, say
from .options import NAME, Data, Defaults, Files, Json, Record, SkipTasks, Trust, inputs


@app.command(cls=Command)
def update(
    path: Annotated[str, typer.Argument(metavar="PATH", help="The project.")] = ".",
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="VERSION", help="A version, or current; default: the newest."),
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
    record: Record = NAME,
) -> None:
    """Merge a newer version of the blueprint into a project."""
    from .. import report
    from ..operations import update as updating

    if abort:
        done = updating.abort(Path(path), record)
        say(report.as_json("update", {"done": done}) if json else done)
        return
    options = updating.Options(to, record, trust, skip_tasks, dry_run)
    result = updating.update(Path(path), inputs(answers, data, defaults), options)
    if json:
        say(report.as_json("update", report.updated_json(result)))
    else:
        if result.diff:
            show_patch(result.diff)
        say(report.updated_text(result, Path.cwd()))
    if result.plan and result.plan.conflicts:
        raise typer.Exit(4)


@app.command(cls=Command)
def check(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="PATH", help="Projects; this one by default.")
    ] = None,
    json: Json = False,
    record: Record = NAME,
) -> None:
    """Is a newer version of the blueprint there? Exits with 3 if so."""
    from .. import report
    from ..operations.check import check

    results = check([Path(path) for path in paths or ["."]], record)
    if json:
        say(report.as_json("check", report.checked_json(results)))
    else:
        say(report.checked_text(results))
    if any(result.available for result in results):
        raise typer.Exit(3)
    if any(result.problem for result in results):
        raise typer.Exit(1)


@app.command(cls=Command)
def diff(
    path: Annotated[str, typer.Argument(metavar="PATH", help="The project.")] = ".",
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="VERSION", help="Show what an update to it would bring."),
    ] = None,
    trust: Trust = False,
    skip_tasks: SkipTasks = False,
    record: Record = NAME,
) -> None:
    """Show what was changed since the render, as a patch for git apply."""
    from ..operations.diff import diff
    from ..operations.update import Options

    patch = diff(Path(path), Options(to, record, trust, skip_tasks))
    if patch:
        show_patch(patch)


def show_patch(patch: str) -> None:
    """A patch: coloured and safe on a terminal, byte for byte elsewhere."""
    from .. import report

    if not sys.stdout.isatty():
        sys.stdout.buffer.write(patch.encode("utf-8", "surrogateescape"))
        sys.stdout.flush()
    else:
        say((report.clean if os.environ.get("NO_COLOR") else report.coloured)(patch).rstrip("\n"))
