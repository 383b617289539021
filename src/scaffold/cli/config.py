"""`scaffold config`: show or change the settings for all projects."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from .. import operations, report
from ..errors import ScaffoldError, UsageError
from .app import Command, app
from .options import Json, Quiet, Verbose
from .output import (
    OUTPUT,
    get_table_width,
    write_data,
    write_error,
    write_json,
    write_notes,
    write_result,
)


@app.command(cls=Command)
def config(
    key: Annotated[
        str | None,
        typer.Argument(
            metavar="KEY",
            help="name, email, github, license, preset, trust, or defaults.QUESTION.",
        ),
    ] = None,
    value: Annotated[
        str | None, typer.Argument(metavar="VALUE", help="The new value; for trust, a source.")
    ] = None,
    unset: Annotated[bool, typer.Option("--unset", help="Remove the setting.")] = False,
    edit: Annotated[bool, typer.Option("--edit", help="Open the file in your editor.")] = False,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Show or change your settings for all projects."""
    _refuse_contradictions(key, unset, edit)
    result, is_change = _run(key, value, unset=unset, edit=edit)
    if os.environ.get("CI") and not OUTPUT.quiet and not is_change:
        write_error("note: CI is set, so only trust is used here")
    write_notes(result.notes)
    if json:
        write_json(report.encode_config(result))
    elif key and is_change:
        write_result(report.format_setting_change(key, result, unset=unset))
    elif key:
        write_data(report.format_settings(key, result.settings))
    else:
        write_data(report.format_config(result, get_table_width()))


def _refuse_contradictions(key: str | None, unset: bool, edit: bool) -> None:
    if edit and (key or unset):
        raise UsageError("--edit opens the whole file", "Leave out the other arguments.")
    if unset and not key:
        raise UsageError("--unset needs a setting", "Name one: scaffold config --unset KEY.")


def _run(
    key: str | None, value: str | None, *, unset: bool, edit: bool
) -> tuple[operations.ConfigResult, bool]:
    """Run the operation; gives its result, and whether it changed one setting."""
    configuring, here = operations.config, Path.cwd()
    if edit:
        _edit(configuring.ensure_file(), os.environ)
    if key and unset:
        return configuring.unset_setting(here, key, value), True
    if key and value is not None:
        return configuring.set_setting(here, key, value), True
    return (configuring.get_setting(here, key) if key else configuring.list_settings(here)), False


def _edit(path: Path, environ: Mapping[str, str]) -> None:
    words = shlex.split(environ.get("VISUAL") or environ.get("EDITOR") or "vi")
    program = shutil.which(words[0]) if words else None
    hint = f"Set VISUAL or EDITOR, or open {path} yourself."
    if program is None:
        raise ScaffoldError(f"the editor {' '.join(words)!r} was not found", hint)
    code = os.spawnv(os.P_WAIT, program, [*words, str(path)])  # noqa: S606 - the user's own editor
    if code:
        raise ScaffoldError(f"the editor {words[0]} ended with exit code {code}", hint)
