"""Renames that git does not find: small files, and empty ones in a folder that moved.

git counts equal lines, so a file of three lines that was renamed and edited is another file to it.
Only files that the other side changed need to be followed, and these are few.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePosixPath

from .git_commands import Listing
from .object_store import REGULAR, list_parents

MAX_SMALL_BYTES = 2000  # git finds renames of larger files
MIN_SIMILARITY = 0.6
MIN_SIMILARITY_OF_SAME_NAME = 0.35
ReadBlobs = Callable[[Iterable[str]], Mapping[str, bytes]]


def find_small_renames(
    base: Listing, side: Listing, other: Listing, read: ReadBlobs
) -> dict[str, str]:
    """Find small files that ``side`` renamed and ``other`` changed, old path to new."""
    gone = {p for p in base if p not in side and base[p].mode in REGULAR}
    followed = [p for p in sorted(gone) if p in other and other[p] != base[p]]
    if not followed:
        return {}
    taken = _list_places(base) | _list_places(other)
    new = {p for p in side if side[p].mode in REGULAR and _is_free(p, taken, base, other)}
    moved = {base[path] for path in gone - set(followed)}
    free = {path for path in new if side[path] not in moved}
    contents = read([base[p].id for p in followed] + [side[p].id for p in new])
    found: dict[str, str] = {}
    for old in followed:
        target = find_in_moved_folder(old, gone, new) or _find_most_similar(
            old, contents[base[old].id], {p: contents[side[p].id] for p in free & new}
        )
        if target:
            found[old] = target
            new.discard(target)
    return found


def apply_renames(renames: Mapping[str, str], *sides: Listing) -> None:
    """Rename the files in the listings of the sides that did not rename them."""
    for side in sides:
        for old, new in renames.items():
            side[new] = side.pop(old)


def _list_places(listing: Listing) -> set[str]:
    return {folder for path in listing for folder in list_parents(path)} | set(listing)


def _is_free(path: str, taken: set[str], *listings: Listing) -> bool:
    """Tell whether a file can be put there without a clash with a file or a folder."""
    parents = list_parents(path)
    return path not in taken and not any(p in listing for p in parents for listing in listings)


def find_in_moved_folder(old: str, gone: set[str], new: set[str]) -> str:
    """Find the new path of a file whose neighbours all moved from one folder to another."""
    parts = old.split("/")
    for depth in range(len(parts) - 1, 0, -1):
        folder, rest = "/".join(parts[:depth]) + "/", "/".join(parts[depth:])
        neighbours = {p.removeprefix(folder) for p in gone if p.startswith(folder)} - {rest}
        targets = [p.removesuffix(rest) for p in new if p.endswith("/" + rest)]
        moved = [t for t in targets if neighbours and all(t + n in new for n in neighbours)]
        if len(moved) == 1:
            return moved[0] + rest
    return ""


def _find_most_similar(old: str, data: bytes, candidates: Mapping[str, bytes]) -> str:
    from difflib import SequenceMatcher

    if not data or len(data) > MAX_SMALL_BYTES:
        return ""
    name, kind = PurePosixPath(old).name, PurePosixPath(old).suffix
    scored = []
    for path, content in candidates.items():
        same_name = PurePosixPath(path).name == name
        if content and len(content) <= 2 * MAX_SMALL_BYTES and PurePosixPath(path).suffix == kind:
            needed = MIN_SIMILARITY_OF_SAME_NAME if same_name else MIN_SIMILARITY
            matcher = SequenceMatcher(None, data, content, autojunk=False)
            if matcher.quick_ratio() >= needed and (score := matcher.ratio()) >= needed:
                scored.append((score, same_name, path))
    return max(scored)[2] if scored else ""
