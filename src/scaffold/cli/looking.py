"""`scaffold list`, `show` and `answers`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from .app import Command, app
from .options import Json, OwnSource, Quiet, Record, Source, Verbose, Version, Yes, confirm
from .output import OUTPUT, report, say, tell


@app.command("list", cls=Command)
def list_(json: Json = False, quiet: Quiet = False, verbose: Verbose = False) -> None:
    """Show the built-in blueprints and their versions."""
    from .. import report as text
    from ..operations import list_blueprints

    blueprints = list_blueprints()
    if json:
        say(text.as_json("list", text.list_json(blueprints)))
    else:
        say(text.list_text(blueprints, text.columns()))


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
    from .. import report as text
    from ..operations import catalog

    shown = catalog.show(source, to)
    _tell_notes(shown.notes)
    if schema:
        say(text.schema_json(shown))
    elif json:
        say(text.as_json("show", text.show_json(shown)))
    else:
        say(text.show_text(shown, text.columns()))


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
    from .. import report as text
    from ..operations import answers as filling

    from_project = Path(project) if project is not None else None
    made = filling.make_answers_file(
        source, to, project=from_project, record_path=record, yes=yes, confirm=confirm()
    )
    if output is not None:
        made = filling.write(made, Path(output))
    elif not json:
        made = filling.with_schema_in_cache(made)
    _tell_notes(made.notes)
    if json:
        say(text.as_json("answers", text.answers_json(made)))
    elif output is None:
        say(made.text.rstrip("\n"))
    else:
        report(text.one_line(f"{made.path}: answers for {made.source} {made.version}".rstrip()))


def _tell_notes(notes: Sequence[str]) -> None:
    from ..report import one_line

    for note in notes if not OUTPUT.quiet else ():
        tell(one_line(f"note: {note}"))
