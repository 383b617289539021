"""The meaning of a file, a tree of groups and scalars, and the three-way merge of meanings.

A proposed text is checked against the merged meaning; this module does not know texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from .keys import Conflict, Key, classify, merge_keys

MISSING: Final = object()
MAX_INT_BITS = 2048


@dataclass(frozen=True)
class Group:
    """A container: its kind (see `keys`) and its items by identity, in order."""

    kind: str
    items: Mapping[Key, Any]


@dataclass
class Tagged:
    """Data with a tag that scaffold does not know. It has no hash, so it is never a key."""

    tag: str
    value: Any


def make_meaning(value: Any, path: tuple[Key, ...] = ()) -> Any:
    """Make the meaning of parsed data.

    Raises:
        Conflict: It holds a number that cannot be written out.
    """
    refuse_long_number(value)
    if isinstance(value, Tagged):
        return Group("map", {("tag",): value.tag, ("value",): make_meaning(value.value, path)})
    if isinstance(value, dict):
        pairs: dict[Key, Any] = {
            (type(k).__name__, k): make_meaning(v, (*path, k)) for k, v in value.items()
        }
        return Group("map", pairs)
    if isinstance(value, list):
        kind, keys = classify(path, value)
        items = [make_meaning(item, (*path, "*")) for item in value]
        return Group(kind, dict(zip(keys, items, strict=True)))
    return value


def refuse_long_number(value: Any) -> None:
    """Refuse a number with more digits than Python writes (hexadecimal ones are read)."""
    if isinstance(value, int) and value.bit_length() > MAX_INT_BITS:
        raise Conflict("a number is too long")


def make_empty(meaning: Any) -> Any:
    """Make an empty container of the same kind; of a scalar, `MISSING`."""
    return Group(meaning.kind, {}) if isinstance(meaning, Group) else MISSING


def is_same(one: Any, other: Any) -> bool:
    """Tell whether two meanings are equal; types matter, and order where the kind says so."""
    if not isinstance(one, Group) or not isinstance(other, Group):
        return one is other or (type(one) is type(other) and _is_equal(one, other))
    if one.items.keys() != other.items.keys() or (one.items and one.kind != other.kind):
        return False
    if one.kind not in ("map", "call") and list(one.items) != list(other.items):
        return False
    return all(is_same(item, other.items[key]) for key, item in one.items.items())


def merge_meanings(base: Any, ours: Any, theirs: Any) -> Any:
    """Merge three meanings.

    Raises:
        Conflict: Both sides changed one thing differently.
    """
    if is_same(ours, theirs) or is_same(base, theirs):
        return ours
    if is_same(base, ours):
        return theirs
    if base is MISSING and _list_kinds(ours, theirs) in ({"map"}, {"set"}):
        # Both sides add a table, or requirements; anything else is one value.
        base = Group(_list_kinds(ours, theirs).pop(), {})
    if _list_kinds(base, ours, theirs):
        return _merge_groups(base, ours, theirs)
    raise Conflict("both sides set one value")


def _list_kinds(*sides: Any) -> set[str]:
    """List the kinds of groups that are not empty; none if a side is not a group."""
    if not all(isinstance(side, Group) for side in sides):
        return set()
    return {side.kind for side in sides if side.items}


def _is_equal(one: Any, other: Any) -> bool:
    # repr tells 0.0 from -0.0 and lets nan equal nan.
    return repr(one) == repr(other) if isinstance(one, float) else bool(one == other)


def _merge_groups(base: Group, ours: Group, theirs: Group) -> Group:
    kinds = _list_kinds(base, ours, theirs)
    if len(kinds) > 1:
        raise Conflict("a container changed its kind")
    kind = kinds.pop()
    order = merge_keys(kind, list(base.items), list(ours.items), list(theirs.items))
    if kind in ("row", "call"):
        _check_row(kind, base, ours, theirs)
    items = {}
    for key in dict.fromkeys((*order, *base.items)):
        sides = [group.items.get(key, MISSING) for group in (base, ours, theirs)]
        items[key] = merge_meanings(*sides)
    return Group(kind, {key: items[key] for key in order if items[key] is not MISSING})


def _check_row(kind: str, base: Group, ours: Group, theirs: Group) -> None:
    """Refuse insertions before the end: they would change the identities of positions."""
    rows = [_list_positions(kind, group) for group in (base, ours, theirs)]
    if len({len(row) for row in rows}) == 1:
        return
    longest = max(rows, key=len)
    if len(set(map(repr, longest))) < len(longest):
        raise Conflict("a row with equal entries changed its length")
    for row in rows[1:]:
        if len(row) != len(rows[0]) and not all(map(is_same, rows[0], row)):
            raise Conflict("a row was changed other than at its end")
        if len(row) < len(rows[0]):
            raise Conflict("a row was shortened")


def _list_positions(kind: str, group: Group) -> list[Any]:
    if kind == "row":
        return list(group.items.values())
    return [v for k, v in group.items.items() if isinstance(k, tuple) and k[0] == "position"]
