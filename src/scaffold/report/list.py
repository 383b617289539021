"""Built-in blueprints → text for people, JSON for machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from .json import fields
from .text import joined, wrapped

if TYPE_CHECKING:
    from ..operations import Listed


def list_text(blueprints: Iterable[Listed], width: int) -> str:
    """One blueprint a paragraph, as wide as there are columns."""
    return "\n\n".join(joined(_listed(blueprint, width)) for blueprint in blueprints)


def _listed(blueprint: Listed, width: int) -> Iterator[str]:
    yield from wrapped(f"{blueprint.name}  {blueprint.title}", "", width)
    yield from wrapped(blueprint.description, "  ", width)
    yield from wrapped(f"versions: {', '.join(newest_first(blueprint.versions))}", "  ", width)


def newest_first(versions: Sequence[str]) -> list[str]:
    """Versions in the one order in which they are shown."""
    return list(reversed(versions))


def list_json(blueprints: Iterable[Listed]) -> dict[str, Any]:
    """The same for machines."""
    return {
        "blueprints": [
            fields(each, "name", "title", "description") | {"versions": newest_first(each.versions)}
            for each in blueprints
        ]
    }
