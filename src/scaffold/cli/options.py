"""Options that several commands share."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated

import typer

from .. import operations, prompts, user
from ..errors import UsageError

Data = Annotated[
    list[str] | None, typer.Option("--data", "-d", metavar="KEY=VALUE", help="An answer.")
]
Files = Annotated[
    list[str] | None,
    typer.Option(
        "--answers", "-a", metavar="FILE", help="Answers in YAML, TOML or JSON; - for stdin."
    ),
]
Defaults = Annotated[bool, typer.Option("--defaults", help="Take defaults instead of asking.")]
Version = Annotated[
    str | None, typer.Option("--to", metavar="VERSION", help="A version; by default the newest.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only data and errors.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Print every step.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the result without writing it.")]
Explain = Annotated[
    bool, typer.Option("--explain-answers", help="Show where each answer came from.")
]
Yes = Annotated[
    bool,
    typer.Option("--yes", "-y", help="Contact a blueprint's server even if you never used it."),
]
Trust = Annotated[bool, typer.Option("--trust", help="Allow the blueprint to run its code.")]
SkipTasks = Annotated[bool, typer.Option("--skip-tasks", help="Do not run tasks.")]
Record = Annotated[
    str | None,
    typer.Option("--record", metavar="FILE", help="The record, if the project has several."),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option("--exclude", "-x", metavar="PATTERN", help="Paths to leave out."),
]
Skip = Annotated[
    list[str] | None,
    typer.Option("--skip", "-s", metavar="PATTERN", help="Paths to keep if they exist."),
]
Prereleases = Annotated[bool, typer.Option("--prereleases", help="Include pre-releases.")]
Project = Annotated[str, typer.Argument(metavar="PATH", help="The project, or a folder in it.")]
Source = Annotated[
    str,
    typer.Argument(metavar="SOURCE", help="A built-in name, a folder, a git URL, gh:owner/repo."),
]
OwnSource = Annotated[
    str | None,
    typer.Argument(metavar="SOURCE", help="A blueprint, as in show; by default the project's."),
]


def refuse_both(options: Mapping[str, object]) -> None:
    """Refuse two options that contradict each other.

    Raises:
        UsageError: Both were given.
    """
    given = [name for name, value in options.items() if value]
    if len(given) > 1:
        raise UsageError(f"{given[0]} and {given[1]} contradict each other", "Leave one out.")


def collect_inputs(
    answers: list[str] | None,
    data: list[str] | None,
    defaults: bool,
    preset: str | None = None,
    flags: Sequence[str] = (),
) -> operations.Inputs:
    """Collect the sources of a command's answers, with a person to ask if there is one."""
    given = operations.Inputs(answers or (), data or (), defaults, preset, flags=flags)
    consent = None if defaults else get_confirm()
    if consent is None:
        return given
    person = prompts.Person()
    return replace(given, ask=person.ask, review=person.review, confirm=consent)


# A review writes these itself, with their final values.
_REVIEW_OPTIONS = {"blueprint", "to", "preset", "answers", "data", "defaults"}


def list_given_flags(ctx: typer.Context) -> list[str]:
    """List the options of a command line, without those that give answers."""
    words: list[str] = []
    for option in ctx.command.params:
        name = option.name or ""
        source = ctx.get_parameter_source(name)
        if source is None or source.name != "COMMANDLINE" or name in _REVIEW_OPTIONS | {"dest"}:
            continue
        flag, value = max(option.opts, key=len), ctx.params[name]
        if isinstance(value, bool):
            words.append(flag)
        else:
            values = value if isinstance(value, list | tuple) else [value]
            words += [word for item in values for word in (flag, str(item))]
    return words


def get_confirm() -> user.Confirm | None:
    """Get the function that asks for consent; None if nobody can be asked."""
    is_there = prompts.is_interactive(sys.stdin, sys.stderr, os.environ)
    return prompts.confirm if is_there else None
