"""The application: its commands are in the modules beside this one."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from .. import __version__


class _LightHelp:
    """``--help`` that counts as not asked for, where it is not: unset, it would cost pydantic."""

    def get_help_option(self, ctx: Any) -> Any:
        """The option, with the default that Typer takes as it is."""
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.default = False
        return option


class Group(_LightHelp, TyperGroup):
    """The commands."""


class Command(_LightHelp, TyperCommand):
    """One command."""


app = typer.Typer(
    cls=Group,
    help="Start machine-learning projects from blueprints, and keep them current.",
    no_args_is_help=True,
    add_completion=False,  # its two options would import pydantic at every start: see `completion`
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        say(f"scaffold {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Start machine-learning projects from blueprints, and keep them current."""


def say(text: str) -> None:
    """Data, to standard output."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def tell(text: str) -> None:
    """Talk, to standard error."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
