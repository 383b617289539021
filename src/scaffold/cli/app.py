"""The application; each command is in the module of its name."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from shutil import get_terminal_size
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from .. import __version__, host
from ..errors import UsageError
from .options import Quiet, Verbose, refuse_both
from .output import OUTPUT, write_data, write_note

MIN_COLUMNS = 52  # below, Typer would write lines that are too long


class _LightHelp:
    """Mixin for ``--help`` with a default: without one, Typer would import pydantic."""

    def get_help_option(self, ctx: Any) -> Any:
        """Get the option with a default that Typer takes unchanged."""
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.default = False
            option.callback = _show_help
        return option

    def get_help(self, ctx: Any) -> str:
        """Get the help, also for a terminal that is narrower than Typer's minimum."""
        columns = get_terminal_size().columns
        if columns < MIN_COLUMNS:
            ctx.terminal_width = max(columns, 24)
        return super().get_help(ctx)  # type: ignore[misc, no-any-return]

    def get_short_help_str(self, limit: int = 0) -> str:
        """Get the whole first sentence: a list of commands wraps it and never cuts it."""
        return str(super().get_short_help_str(sys.maxsize))  # type: ignore[misc]


# Names of commands in other tools, and ours for the same.
OTHER_NAMES = {
    **dict.fromkeys(("init", "create", "copy", "generate", "make", "start"), "new DEST"),
    **dict.fromkeys(("upgrade", "recopy", "sync", "pull", "merge"), "update"),
    **dict.fromkeys(("status", "check-update", "outdated"), "check"),
    **dict.fromkeys(("ls", "templates", "blueprints"), "list"),
    **dict.fromkeys(("questions", "info", "inspect", "view"), "show"),
    **dict.fromkeys(("settings", "configure"), "config"),
    "version": "--version",
}


class CommandGroup(_LightHelp, TyperGroup):
    """The group of all commands."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read ``help COMMAND`` as ``COMMAND --help``."""
        first = next((i for i, word in enumerate(args) if not word.startswith("-")), None)
        if first is not None and args[first] == "help" and "help" not in self.commands:
            args = [*args[:first], *args[first + 1 :], "--help"]
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the named command, or suggest the one that was meant."""
        meant = OTHER_NAMES.get(args[0].casefold(), "") if args else ""
        name = meant.partition(" ")[0]
        is_known = name in self.commands or name.startswith("--")
        if is_known and args[0] not in self.commands:
            command = f"{ctx.command_path} {meant}"
            raise UsageError(f"unknown command {args[0]!r}", f"Did you mean `{command}`?")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the named command."""
        _read_output_options(ctx)
        return super().invoke(ctx)


class Command(_LightHelp, TyperCommand):
    """One command."""

    def invoke(self, ctx: Any) -> Any:
        """Run it with the output that its options ask for."""
        OUTPUT.command = ctx.command_path.partition(" ")[2]
        _read_output_options(ctx)
        refuse_both({"--quiet": OUTPUT.quiet, "--verbose": OUTPUT.verbose})
        with _show_progress(), host.receive_messages(write_note):
            return super().invoke(ctx)


def _show_help(ctx: Any, _option: Any, wanted: bool) -> None:
    if wanted:
        write_data(ctx.get_help())
        raise typer.Exit


def _read_output_options(ctx: Any) -> None:
    for name in ("json", "quiet", "verbose"):
        if ctx.params.get(name):
            setattr(OUTPUT, name, True)


def _show_progress() -> AbstractContextManager[None]:
    """Show the library's progress, as much as the user wants."""
    if OUTPUT.verbose:
        from .debug_log import log_to_stderr

        return log_to_stderr()
    from .spinner import make_spinner

    return host.notify_listener(None if OUTPUT.quiet else make_spinner())


app = typer.Typer(
    cls=CommandGroup,
    help="Start machine-learning projects from blueprints, and keep them current.",
    no_args_is_help=True,
    add_completion=False,  # its two options would import pydantic at every start: see `completion`
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def get_commands() -> Any:
    """Get the group of commands with their options."""
    from typer.main import get_command

    return get_command(app)


def _show_version(wanted: bool) -> None:
    if wanted:
        write_data(f"scaffold {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Start machine-learning projects from blueprints, and keep them current."""
