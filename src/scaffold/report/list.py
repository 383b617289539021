"""Built-in blueprints → text for people, JSON for machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from .. import operations
from ..questions import Choice
from .json import select_fields
from .text import format_pairs, join_lines, wrap


def format_blueprints(blueprints: Iterable[operations.BlueprintSummary], width: int) -> str:
    """Format one blueprint a paragraph."""
    return "\n\n".join(join_lines(_format_listed(blueprint, width)) for blueprint in blueprints)


def _format_listed(blueprint: operations.BlueprintSummary, width: int) -> Iterator[str]:
    yield from wrap(f"{blueprint.name}  {blueprint.title}", "", width)
    yield from wrap(blueprint.description, "  ", width)
    for question, choices in blueprint.choices.items():
        yield f"  {question}, {len(choices)} choices"
        yield from format_pairs(
            [(c.group, str(c.value), c.summary or c.title) for c in choices], width
        )
    yield from wrap(f"versions: {', '.join(sort_newest_first(blueprint.versions))}", "  ", width)


def sort_newest_first(versions: Sequence[str]) -> list[str]:
    """Sort versions for display."""
    return list(reversed(versions))


def encode_blueprints(blueprints: Iterable[operations.BlueprintSummary]) -> dict[str, Any]:
    """Encode blueprints."""
    return {
        "blueprints": [
            select_fields(each, "name", "title", "description")
            | {"versions": sort_newest_first(each.versions)}
            | {"choices": {name: [*map(encode_choice, c)] for name, c in each.choices.items()}}
            for each in blueprints
        ]
    }


def encode_choice(choice: Choice) -> dict[str, Any]:
    """Encode a choice."""
    about = select_fields(choice, "value", "title", "help", "group?", "facts", "disabled?")
    return about | select_fields(choice, "files", "dependencies", "cost")
