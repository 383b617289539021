"""Line endings: of a file, between a pristine tree and a project, between git and the disk.

An editor that turns every line end of a file must not make a conflict of the whole file, and a
file that is written must look as the project's own git would have checked it out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from .objects import REGULAR, Entry, Listing

LF, CRLF = b"\n", b"\r\n"
LONE_LF = re.compile(rb"(?<!\r)\n")
LONE_CR = re.compile(rb"\r(?!\n)")
SNIFFED = 8000  # git's own idea of where a binary shows itself


def is_binary(data: bytes) -> bool:
    """Whether git takes a content for binary."""
    return b"\0" in data[:SNIFFED]


def line_ending(data: bytes) -> bytes:
    """How all lines of a text end; empty where there is no line, a mixture or a binary."""
    if LF not in data or is_binary(data):
        return b""
    if CRLF not in data:
        return LF
    return b"" if LONE_LF.search(data) else CRLF


def with_ending(data: bytes, ending: bytes) -> bytes:
    """A text whose lines all end so."""
    plain = data.replace(CRLF, LF)
    return plain if ending == LF else plain.replace(LF, CRLF)


def align(
    sides: Iterable[Listing],
    ours: Listing,
    read: Callable[[Iterable[str]], Mapping[str, bytes]],
    write: Callable[[bytes], str],
) -> None:
    """Give pristine files the line endings that the project has given them.

    Where most of the project's files were turned, the files that it does not have are turned too.

    Args:
        sides: The listings to change: base first, then theirs.
        ours: The project's files.
        read: Contents of ids.
        write: Takes a content, gives its id.
    """
    base, *_ = sides = tuple(sides)
    shared = [p for p in base if p in ours and _regular(base, p) and _regular(ours, p)]
    edited = [p for p in shared if base[p].id != ours[p].id]
    contents = read([side[p].id for p in edited for side in (base, ours)])
    turned = {}
    for path in edited:
        before, after = (line_ending(contents[side[path].id]) for side in (base, ours))
        if before and after and before != after:
            turned[path] = after
    if turned:
        contents = read([ours[path].id for path in shared])
        endings = Counter(filter(None, map(line_ending, contents.values())))
        ending = endings.most_common(1)[0][0]
        missing = {path for side in sides for path in side if path not in ours}
        everywhere = ending in turned.values()
        turned |= dict.fromkeys(missing, ending) if everywhere else {}
        _turn(sides, turned, read, write)


def _regular(listing: Listing, path: str) -> bool:
    return listing[path].mode in REGULAR


def _turn(
    sides: Iterable[Listing],
    turned: Mapping[str, bytes],
    read: Callable[[Iterable[str]], Mapping[str, bytes]],
    write: Callable[[bytes], str],
) -> None:
    wanted = [(side, p) for side in sides for p in turned if p in side and _regular(side, p)]
    contents = read([side[path].id for side, path in wanted])
    for side, path in wanted:
        data = contents[side[path].id]
        if line_ending(data):
            side[path] = Entry(side[path].mode, write(with_ending(data, turned[path])))


def to_git(data: bytes, attributes: Mapping[str, str], settings: Mapping[str, str]) -> bytes:
    """What git would store of a file's content."""
    how = _conversion(attributes, settings)
    if not how or (how == "auto" and is_binary(data)):
        return data
    return data.replace(CRLF, LF)


def to_disk(data: bytes, attributes: Mapping[str, str], settings: Mapping[str, str]) -> bytes:
    """What git would check out of a stored content, filter drivers left alone."""
    how = _conversion(attributes, settings)
    if not how or _written(attributes, settings) != CRLF or not LONE_LF.search(data):
        return data
    if how == "auto" and (is_binary(data) or CRLF in data or LONE_CR.search(data)):
        return data
    return LONE_LF.sub(CRLF, data)


def _conversion(attributes: Mapping[str, str], settings: Mapping[str, str]) -> str:
    """How git treats a file: as text (``text``), where it looks like one (``auto``), or not."""
    text = attributes.get("text", "unspecified")
    if text in {"set", "input"}:
        return "text"
    if text == "unset":
        return ""
    if text == "auto":
        return "auto"
    if attributes.get("eol") in {"lf", "crlf"}:
        return "text"
    return "auto" if _autocrlf(settings) else ""


def _written(attributes: Mapping[str, str], settings: Mapping[str, str]) -> bytes:
    named = {"lf": LF, "crlf": CRLF}
    if attributes.get("eol") in named:
        return named[attributes["eol"]]
    return _autocrlf(settings) or named.get(settings.get("core.eol", "").lower(), LF)


def _autocrlf(settings: Mapping[str, str]) -> bytes:
    value = settings.get("core.autocrlf", "").lower()
    return LF if value == "input" else CRLF if value in {"true", "yes", "on", "1"} else b""
