"""`scaffold completion`."""

from __future__ import annotations

from typing import Annotated

import typer

from ..errors import UsageError
from .app import Command, app, say


@app.command(cls=Command)
def completion(
    shell: Annotated[str, typer.Argument(metavar="SHELL", help="bash, zsh or fish.")],
) -> None:
    """Print the completion script of a shell, to be loaded by its start-up file."""
    from typer._completion_shared import get_completion_script

    if shell not in ("bash", "zsh", "fish"):
        raise UsageError(f"there is no completion for {shell!r}", "Name bash, zsh or fish.")
    say(get_completion_script(prog_name="scaffold", complete_var="_SCAFFOLD_COMPLETE", shell=shell))
