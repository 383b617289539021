"""Renames that git does not see: small files, and empty ones in a folder that moved.

git counts equal lines, so a file of three lines that was renamed and edited looks like another
file to it. Only files that the other side changed need to be followed; there are few of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePosixPath

from .objects import REGULAR, Listing

SMALL = 2000  # bytes; git is good at anything larger
SIMILAR = 0.6
SIMILAR_WITH_SAME_NAME = 0.35
Read = Callable[[Iterable[str]], Mapping[str, bytes]]


def small_renames(base: Listing, side: Listing, other: Listing, read: Read) -> dict[str, str]:
    """Small files that one side renamed and the other changed, old path to new.

    Args:
        base: The common files.
        side: The files of the side that renamed.
        other: The files of the side that changed what was renamed.
        read: Contents of ids.
    """
    gone = {p for p in base if p not in side and base[p].mode in REGULAR}
    followed = [p for p in sorted(gone) if p in other and other[p] != base[p]]
    if not followed:
        return {}
    taken = _places(base) | _places(other)
    new = {p for p in side if side[p].mode in REGULAR and _is_free(p, taken, base, other)}
    moved = {base[path] for path in gone - set(followed)}
    free = {path for path in new if side[path] not in moved}
    contents = read([base[p].id for p in followed] + [side[p].id for p in new])
    found: dict[str, str] = {}
    for old in followed:
        target = in_moved_folder(old, gone, new) or _most_similar(
            old, contents[base[old].id], {p: contents[side[p].id] for p in free & new}
        )
        if target:
            found[old] = target
            new.discard(target)
    return found


def follow(renames: Mapping[str, str], *sides: Listing) -> None:
    """Rename the files in the listings of the sides that did not rename them."""
    for side in sides:
        for old, new in renames.items():
            side[new] = side.pop(old)


def _places(listing: Listing) -> set[str]:
    """All files and folders."""
    folders = {p[:end] for p in listing for end in range(len(p)) if p[end] == "/"}
    return folders | set(listing)


def _is_free(path: str, taken: set[str], *listings: Listing) -> bool:
    """Whether a file could be put there without clashing with a file or a folder."""
    parents = (path[:end] for end in range(len(path)) if path[end] == "/")
    return path not in taken and not any(p in listing for p in parents for listing in listings)


def in_moved_folder(old: str, gone: set[str], new: set[str]) -> str:
    """The new place of a file whose neighbours all moved from one folder to another."""
    parts = old.split("/")
    for depth in range(len(parts) - 1, 0, -1):
        folder, rest = "/".join(parts[:depth]) + "/", "/".join(parts[depth:])
        neighbours = {p.removeprefix(folder) for p in gone if p.startswith(folder)} - {rest}
        targets = [p.removesuffix(rest) for p in new if p.endswith("/" + rest)]
        moved = [t for t in targets if neighbours and all(t + n in new for n in neighbours)]
        if len(moved) == 1:
            return moved[0] + rest
    return ""


def _most_similar(old: str, data: bytes, candidates: Mapping[str, bytes]) -> str:
    from difflib import SequenceMatcher

    if not data or len(data) > SMALL:
        return ""
    name, kind = PurePosixPath(old).name, PurePosixPath(old).suffix
    scored = []
    for path, content in candidates.items():
        same_name = PurePosixPath(path).name == name
        if content and len(content) <= 2 * SMALL and PurePosixPath(path).suffix == kind:
            needed = SIMILAR_WITH_SAME_NAME if same_name else SIMILAR
            matcher = SequenceMatcher(None, data, content, autojunk=False)
            if matcher.quick_ratio() >= needed and (score := matcher.ratio()) >= needed:
                scored.append((score, same_name, path))
    return max(scored)[2] if scored else ""
