"""Options that several commands have."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..operations import Inputs
    from ..user import Confirm

Data = Annotated[
    list[str] | None, typer.Option("--data", "-d", metavar="KEY=VALUE", help="One answer.")
]
Files = Annotated[
    list[str] | None,
    typer.Option(
        "--answers", "-a", metavar="FILE", help="Answers in YAML, TOML or JSON; - for stdin."
    ),
]
Defaults = Annotated[bool, typer.Option("--defaults", help="Take defaults instead of asking.")]
Version = Annotated[
    str | None, typer.Option("--to", metavar="VERSION", help="A version; the newest by default.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only data and errors.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Tell all that is done.")]
Explain = Annotated[
    bool, typer.Option("--explain-answers", help="Show where each answer came from.")
]
Yes = Annotated[
    bool, typer.Option("--yes", "-y", help="Ask a blueprint's server even if it is new to you.")
]
Trust = Annotated[bool, typer.Option("--trust", help="Let the blueprint run its code.")]
SkipTasks = Annotated[bool, typer.Option("--skip-tasks", help="Leave tasks out.")]
Record = Annotated[
    str | None,
    typer.Option("--record", metavar="FILE", help="The record, where there are several."),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option("--exclude", "-x", metavar="PATTERN", help="Paths to leave out."),
]
Skip = Annotated[
    list[str] | None,
    typer.Option("--skip", "-s", metavar="PATTERN", help="Paths to leave alone where they exist."),
]
Prereleases = Annotated[
    bool, typer.Option("--prereleases", help="Count pre-releases as versions, too.")
]
Project = Annotated[str, typer.Argument(metavar="PATH", help="The project, or a folder in it.")]
Source = Annotated[
    str,
    typer.Argument(metavar="SOURCE", help="A built-in name, a folder, a git URL, gh:owner/repo."),
]
OwnSource = Annotated[
    str | None,
    typer.Argument(metavar="SOURCE", help="A blueprint, as in show; that of the project."),
]


def inputs(
    answers: list[str] | None,
    data: list[str] | None,
    defaults: bool,
    preset: str | None = None,
    flags: Sequence[str] = (),
) -> Inputs:
    """Where a command's answers come from; a person is asked where there is one."""
    from ..operations import Inputs

    given = Inputs(answers or (), data or (), defaults, preset, flags=flags)
    consent = None if defaults else confirm()
    if consent is None:
        return given
    from ..prompts import Person

    person = Person()
    return replace(given, ask=person.ask, review=person.review, confirm=consent)


# A review spells these itself, from what they came to.
_SPELLED = {"blueprint", "to", "preset", "answers", "data", "defaults"}


def given_flags(ctx: typer.Context) -> list[str]:
    """The options of a command line, apart from those that write_data what the answers are."""
    words: list[str] = []
    for option in ctx.command.params:
        name = option.name or ""
        source = ctx.get_parameter_source(name)
        if source is None or source.name != "COMMANDLINE" or name in _SPELLED | {"dest"}:
            continue
        flag, value = max(option.opts, key=len), ctx.params[name]
        if isinstance(value, bool):
            words.append(flag)
        else:
            values = value if isinstance(value, list | tuple) else [value]
            words += [word for item in values for word in (flag, str(item))]
    return words


def confirm() -> Confirm | None:
    """What asks a person for consent; None where nobody can be asked."""
    from .. import prompts

    is_there = prompts.is_interactive(sys.stdin, sys.stderr, os.environ)
    return prompts.confirm if is_there else None
