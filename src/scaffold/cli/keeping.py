"""`scaffold update`, `check` and `diff`."""

from __future__ import annotations

import sys
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
    confirm,
    inputs,
)
from .output import OUTPUT, has_colour, say, table_width, talk, tell, writing
from .taking_back import take_back


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
    from .. import report as text
    from ..operations import update as updating

    if abort:
        take_back(path, record, "update", json=json)
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
        shown = [text.updated_json(result) for result in results]
        say(text.all_updated(shown) if all_records else text.as_json("update", shown[0]))
    for result in results:
        if explain:
            tell(text.explained_text(result.answers, result.sources, text.columns()))
        if not json and (dry_run or not OUTPUT.quiet):
            show_patch(result.diff)
    if not json and (dry_run or not OUTPUT.quiet):
        say(text.updated_text(results, Path.cwd()))
    elif not json and has_conflicts:
        tell(text.updated_text(results, Path.cwd()))
    for result in results:
        talk(result.message)
    if has_conflicts:
        raise typer.Exit(4)


@app.command(cls=Command)
def check(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH", help="Projects, or folders in them; default: this one."),
    ] = None,
    json: Json = False,
    yes: Yes = False,
    record: Record = None,
    prereleases: Prereleases = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Is a newer version of the blueprint there? Exits with 3 if so."""
    from .. import report as text
    from ..operations import check as checking

    results = checking.check(
        [Path(path) for path in paths or ["."]],
        record,
        yes=yes,
        confirm=confirm(),
        prereleases=prereleases,
    )
    if json:
        say(text.as_json("check", text.checked_json(results)))
    else:
        say(text.checked_text(results, table_width()))
    if any(result.conflicts for result in results):
        raise typer.Exit(4)
    if any(result.available for result in results):
        raise typer.Exit(3)
    if any(result.problem for result in results):
        raise typer.Exit(1)


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
        from .. import report as text

        say(text.as_json("diff", text.diff_json(Path(path).resolve(), patch)))
    else:
        show_patch(patch)


def show_patch(patch: str) -> None:
    """A patch: coloured and safe on a terminal, byte for byte elsewhere."""
    from .. import report as text

    if not patch:
        return
    if not sys.stdout.isatty():
        with writing():
            sys.stdout.buffer.write(patch.encode("utf-8", "surrogateescape"))
    else:
        say((text.coloured if has_colour() else text.clean)(patch).rstrip("\n"))
