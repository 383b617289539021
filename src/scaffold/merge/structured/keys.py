"""Three-way merge of the keys of a container: the entries that stay, and their order.

A container has a *kind*, which says what its order means:

- ``map``: nothing, as in a mapping;
- ``set``: nothing, but it is written as a sequence, as requirements are;
- ``list``: something, and both sides may insert at one place: ours first, then theirs;
- ``defaults``: as ``list``, for a Hydra defaults list: overrides stay last;
- ``row``: everything, the position is the key;
- ``call``: positional arguments as in a ``row``, then keywords as in a ``map``;
- ``code``: everything, and nobody knows which of two insertions at one place goes first;
- ``definitions``: as ``code``, but definitions are independent of each other;
- ``parameters``: as ``code``, but keyword-only parameters are independent of each other.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import combinations
from typing import Any, NamedTuple, TypeVar

_T = TypeVar("_T")
Key = Hashable
UNORDERED = frozenset({"map", "set", "call"})
# Statements that only define a name: the order of two of them does not matter.
INDEPENDENT = frozenset({"name", "import", "from", "keyword-only"})
REQUIREMENT = re.compile(
    r"\s*(?:[\w.-]+::)?(?P<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[[^]]*\]\s*)?"
    r"(?:[<>=!~@(\s][^;]*)?(?:;(?P<marker>.*))?",
    re.DOTALL,
)
REQUIREMENT_LISTS = frozenset(
    {"dependencies", "requires", "pip", "dev-dependencies", "additional_dependencies"}
)
REQUIREMENT_TABLES = frozenset({"optional-dependencies", "dependency-groups"})
NAMES = ("id", "name", "repo", "module", "uses", "run", "include-group")
START: Key = ("start of the container",)


class Conflict(Exception):
    """No text is proved to hold the changes of both sides."""


@contextmanager
def convert_parse_errors(*errors: type[Exception]) -> Iterator[None]:
    """Convert the errors of a parser to `Conflict`; any other error is a bug, and passes."""
    known: tuple[type[Exception], ...] = (RecursionError, *errors)
    try:
        yield
    except known as error:
        raise Conflict(f"it does not parse: {error}") from error


class Run(NamedTuple):
    """Keys that one side added side by side, and the kept base positions around them."""

    before: int
    after: int
    keys: tuple[Key, ...]


def classify(path: Sequence[Key], values: Sequence[Any]) -> tuple[str, list[Key]]:
    """Classify a list in a data file, and identify each item.

    Its path is the keys that lead to it; ``*`` is an item of a list.
    """
    keys = [_identify(path, value) for value in values]
    if None in keys or len(set(keys)) < len(keys):
        return "row", list(range(len(values)))
    if tuple(path) == ("defaults",):
        return "defaults", keys
    return ("set" if _is_requirement_list(path) else "list"), keys


def identify_requirement(text: str) -> Key | None:
    """Identify a requirement by its normalized name and its marker; None for other text."""
    found = REQUIREMENT.fullmatch(text)
    if not found:
        return None
    name = re.sub(r"[-_.]+", "-", found["name"]).lower()
    return ("requirement", name, " ".join((found["marker"] or "").split()))


def merge_keys(
    kind: str, base: Sequence[Key], ours: Sequence[Key], theirs: Sequence[Key]
) -> list[Key]:
    """Merge the keys of three containers, in order.

    Raises:
        Conflict: The order matters, and the two sides do not determine it.
    """
    if any(len(set(side)) < len(side) for side in (base, ours, theirs)):
        raise Conflict("an entry is there twice")
    if kind == "row":
        lengths = (len(base), len(ours), len(theirs))
        return list(range(take_changed(*lengths, "both sides changed the length of a row")))
    if kind == "call":
        return sorted(_merge_unordered(base, ours, theirs), key=lambda key: not _is_position(key))
    if kind in UNORDERED and not _is_one_order(base, ours, theirs):
        return _merge_unordered(base, ours, theirs)
    return _merge_ordered(kind, base, ours, theirs)


def _identify(path: Sequence[Key], value: Any) -> Key | None:
    if isinstance(value, str):
        found = identify_requirement(value) if _is_requirement_list(path) else None
        return found or ("text", value)
    if not isinstance(value, dict):
        return None
    if len(value) == 1 and tuple(path) == ("defaults",):
        return ("group", str(next(iter(value))).removeprefix("optional "))
    for name in NAMES:
        if name in value:
            return _identify_by_name(name, value)
    return ("only", next(iter(value))) if len(value) == 1 else None


def _identify_by_name(name: str, value: Mapping[str, Any]) -> Key:
    text = value[name]
    if name == "uses":
        return (name, str(text).partition("@")[0])
    # pre-commit: there may be many of these, each with hooks of its own.
    if name == "repo" and text in ("local", "meta"):
        return (name, text, repr([hook.get("id") for hook in value.get("hooks") or ()][:1]))
    return (name, repr(text))


def _is_requirement_list(path: Sequence[Key]) -> bool:
    last, parent = (*reversed(path), "", "")[:2]
    return last in REQUIREMENT_LISTS or parent in REQUIREMENT_TABLES


def _is_position(key: Key) -> bool:
    return isinstance(key, tuple) and key[0] == "position"


def take_changed(base: _T, ours: _T, theirs: _T, reason: str) -> _T:
    """Take the side that changed.

    Raises:
        Conflict: Both did, differently; for the given reason.
    """
    if theirs in (base, ours):
        return ours
    if ours == base:
        return theirs
    raise Conflict(reason)


def _is_shuffled(*sides: Sequence[Key]) -> bool:
    pairs = combinations(sides, 2)
    return any(_select_common(one, other) != _select_common(other, one) for one, other in pairs)


def _is_one_order(base: Sequence[Key], ours: Sequence[Key], theirs: Sequence[Key]) -> bool:
    is_shuffled = _is_shuffled(base, ours, theirs)
    return not is_shuffled and _find_anchors(base, ours, theirs) is not None


def _select_common(keys: Iterable[Key], others: Iterable[Key]) -> list[Key]:
    known = set(others)
    return [key for key in keys if key in known]


def _merge_unordered(base: Sequence[Key], ours: Sequence[Key], theirs: Sequence[Key]) -> list[Key]:
    sets = set(base), set(ours), set(theirs)
    below: dict[Key, list[Key]] = {START: []}
    anchor = START
    for key in theirs:
        if key in sets[1]:
            anchor = key
        elif key not in sets[0]:
            below.setdefault(anchor, []).append(key)
    merged: list[Key] = []
    waiting = below[START]
    for key in ours:
        # Additions of theirs below an entry come after those of ours.
        if key in sets[0] or key in sets[2]:
            merged += waiting
            waiting = below.get(key, [])
        if key in sets[2] or key not in sets[0]:
            merged.append(key)
    return merged + waiting


def _merge_ordered(
    kind: str, base: Sequence[Key], ours: Sequence[Key], theirs: Sequence[Key]
) -> list[Key]:
    if _is_shuffled(base, ours, theirs):
        sides = (list(base), list(ours), list(theirs))
        return take_changed(*sides, "one side reordered what the other changed")
    anchors = _find_anchors(base, ours, theirs)
    if anchors is None:
        raise Conflict("both sides added one entry at different places")
    ours_runs, theirs_runs = _find_runs(anchors, ours), _find_runs(anchors, theirs)
    for one, other in _find_meeting_runs(ours_runs, theirs_runs):
        _check_runs(kind, one, other)
    kept = set(ours) & set(theirs)
    places: list[tuple[tuple[int, ...], Key]]
    places = [((at, 0), key) for at, key in enumerate(anchors) if key in kept]
    for side, runs in enumerate((ours_runs, theirs_runs)):
        for run in runs:
            late = [kind == "defaults" and _is_override(key) for key in run.keys]
            places += [
                ((run.before, 1, last, run.after, side, at), key)
                for at, (key, last) in enumerate(zip(run.keys, late, strict=True))
            ]
    return [key for _, key in sorted(places, key=lambda place: place[0])]


def _find_anchors(
    base: Sequence[Key], ours: Sequence[Key], theirs: Sequence[Key]
) -> list[Key] | None:
    """Find the keys of the base and those that both sides added; None if their places differ."""
    added = (set(ours) & set(theirs)) - set(base)
    before = [
        {key: run.before for run in _find_runs(base, side) for key in run.keys}
        for side in (ours, theirs)
    ]
    places = [((at, -1), key) for at, key in enumerate(base)]
    places += [
        ((max(side[key] for side in before), at), key)
        for at, key in enumerate(ours)
        if key in added
    ]
    anchors = [key for _, key in sorted(places, key=lambda place: place[0])]
    disagrees = any(_is_shuffled(anchors, side) for side in (ours, theirs))
    return None if disagrees else anchors


def _find_runs(anchors: Sequence[Key], side: Sequence[Key]) -> list[Run]:
    place = {key: at for at, key in enumerate(anchors)}
    runs: list[Run] = []
    before, added = -1, []
    for key in side:
        if key not in place:
            added.append(key)
            continue
        if added:
            runs.append(Run(before, place[key], tuple(added)))
        before, added = place[key], []
    return [*runs, Run(before, len(anchors), tuple(added))] if added else runs


def _find_meeting_runs(ours: Sequence[Run], theirs: Sequence[Run]) -> Iterator[tuple[Run, Run]]:
    """Find the pairs of runs that share a place; each side's runs are in order."""
    one = other = 0
    while one < len(ours) and other < len(theirs):
        mine, new = ours[one], theirs[other]
        if max(mine.before, new.before) < min(mine.after, new.after):
            yield mine, new
        one, other = (one + 1, other) if mine.after <= new.after else (one, other + 1)


def _check_runs(kind: str, ours: Run, theirs: Run) -> None:
    if kind in UNORDERED and ours[:2] != theirs[:2]:
        return
    if ours[:2] == theirs[:2]:
        if ours.after - ours.before > 1:
            raise Conflict("both sides replaced the same entries")
    elif (ours.before - theirs.before) * (ours.after - theirs.after) < 0:
        raise Conflict("one side added where the other replaced")
    if kind in ("code", "definitions", "parameters"):
        _check_independent(kind, ours.keys + theirs.keys)


def _check_independent(kind: str, keys: Iterable[Key]) -> None:
    if kind == "code" or not all(isinstance(key, tuple) and key[0] in INDEPENDENT for key in keys):
        raise Conflict("both sides added code at one place")


def _is_override(key: Key) -> bool:
    return isinstance(key, tuple) and str(key[1]).startswith("override ")
