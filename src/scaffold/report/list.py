"""Built-in blueprints → text for people, JSON for machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from .. import operations
from .json import select_fields
from .text import join_lines, wrap


def format_blueprints(blueprints: Iterable[operations.BlueprintSummary], width: int) -> str:
    """Format one blueprint a paragraph."""
    return "\n\n".join(join_lines(_format_listed(blueprint, width)) for blueprint in blueprints)


def _format_listed(blueprint: operations.BlueprintSummary, width: int) -> Iterator[str]:
    yield from wrap(f"{blueprint.name}  {blueprint.title}", "", width)
    yield from wrap(blueprint.description, "  ", width)
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
            for each in blueprints
        ]
    }
