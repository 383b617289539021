"""`scaffold list`, `show` and `answers`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from .app import Command, app, say
from .options import Json, Source, Version


@app.command("list", cls=Command)
def list_(json: Json = False) -> None:
    """Show the built-in blueprints and their versions."""
    from .. import report
    from ..operations.catalog import list_blueprints

    blueprints = list_blueprints()
    if json:
        say(report.as_json("list", report.list_json(blueprints)))
    else:
        say(report.list_text(blueprints))


@app.command(cls=Command)
def show(
    source: Source = "lightning",
    to: Version = None,
    json: Json = False,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of an answers file.")
    ] = False,
) -> None:
    """Show a blueprint's questions with their choices, defaults and help."""
    from .. import report
    from ..operations import catalog

    shown = catalog.show(source, to)
    if schema:
        say(_plain_json(shown.schema))
    elif json:
        say(report.as_json("show", report.show_json(shown)))
    else:
        say(report.show_text(shown))


@app.command(cls=Command)
def answers(source: Source = "lightning", to: Version = None) -> None:
    """Print a commented answers file to fill in."""
    from ..operations import catalog

    say(catalog.show(source, to).answers_file.rstrip("\n"))


def _plain_json(body: Mapping[str, Any]) -> str:
    import json

    return json.dumps(body, indent=2, ensure_ascii=False, default=str)
