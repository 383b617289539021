"""Line endings: of a file, between a pristine tree and a project, between git and the disk.

An editor that converts all line endings of a file must not cause a conflict of the whole file, and
a file is written as the project's own git would check it out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from .git_commands import Listing, TreeEntry
from .object_store import REGULAR, ObjectStore

LF, CRLF = b"\n", b"\r\n"
LONE_LF = re.compile(rb"(?<!\r)\n")
LONE_CR = re.compile(rb"\r(?!\n)")
MAX_SNIFFED_BYTES = 8000  # the part that git reads to recognize a binary


def is_binary(data: bytes) -> bool:
    """Tell whether git takes a content for binary."""
    return b"\0" in data[:MAX_SNIFFED_BYTES]


def detect_line_ending(data: bytes) -> bytes:
    """Detect the ending of all lines of a text; empty if there is none, a mixture or a binary."""
    if LF not in data or is_binary(data):
        return b""
    if CRLF not in data:
        return LF
    return b"" if LONE_LF.search(data) else CRLF


def convert_line_endings(data: bytes, ending: bytes) -> bytes:
    """Convert all lines of a text to one ending."""
    plain = data.replace(CRLF, LF)
    return plain if ending == LF else plain.replace(LF, CRLF)


def align_line_endings(sides: Iterable[Listing], ours: Listing, store: ObjectStore) -> None:
    """Give pristine files the line endings that the project has given them.

    If most of the project's files were converted, files that it does not have are converted too.

    Args:
        sides: The listings to change: base first, then theirs.
        ours: The project's files.
        store: Holds the contents of all.
    """
    base, *_ = sides = tuple(sides)
    shared = [p for p in base if p in ours and _is_regular(base, p) and _is_regular(ours, p)]
    edited = [p for p in shared if base[p].id != ours[p].id]
    contents = store.read([side[p].id for p in edited for side in (base, ours)])
    turned = {}
    for path in edited:
        before, after = (detect_line_ending(contents[side[path].id]) for side in (base, ours))
        if before and after and before != after:
            turned[path] = after
    if turned:
        contents = store.read(ours[path].id for path in shared)
        endings = Counter(filter(None, map(detect_line_ending, contents.values())))
        ending = endings.most_common(1)[0][0]
        missing = {path for side in sides for path in side if path not in ours}
        everywhere = ending in turned.values()
        turned |= dict.fromkeys(missing, ending) if everywhere else {}
        _convert_listings(sides, turned, store)


def _is_regular(listing: Listing, path: str) -> bool:
    return listing[path].mode in REGULAR


def _convert_listings(
    sides: Iterable[Listing], turned: Mapping[str, bytes], store: ObjectStore
) -> None:
    wanted = [(side, p) for side in sides for p in turned if p in side and _is_regular(side, p)]
    contents = store.read(side[path].id for side, path in wanted)
    for side, path in wanted:
        data = contents[side[path].id]
        if detect_line_ending(data):
            name = store.write("blob", convert_line_endings(data, turned[path]))
            side[path] = TreeEntry(side[path].mode, name)


def convert_for_git(
    data: bytes, attributes: Mapping[str, str], settings: Mapping[str, str]
) -> bytes:
    """Convert a file's content to the form that git would store."""
    conversion = _find_conversion(attributes, settings)
    if not conversion or (conversion == "auto" and is_binary(data)):
        return data
    return data.replace(CRLF, LF)


def convert_for_disk(
    data: bytes, attributes: Mapping[str, str], settings: Mapping[str, str]
) -> bytes:
    """Convert a stored content to the form that git would check out, without filter drivers."""
    conversion = _find_conversion(attributes, settings)
    if (
        not conversion
        or _find_disk_ending(attributes, settings) != CRLF
        or not LONE_LF.search(data)
    ):
        return data
    if conversion == "auto" and (is_binary(data) or CRLF in data or LONE_CR.search(data)):
        return data
    return LONE_LF.sub(CRLF, data)


def _find_conversion(attributes: Mapping[str, str], settings: Mapping[str, str]) -> str:
    """Find git's treatment of a file: ``text``, ``auto`` (if it looks like text) or empty."""
    text = attributes.get("text", "unspecified")
    if text in {"set", "input"}:
        return "text"
    if text == "unset":
        return ""
    if text == "auto":
        return "auto"
    if attributes.get("eol") in {"lf", "crlf"}:
        return "text"
    return "auto" if _read_autocrlf(settings) else ""


def _find_disk_ending(attributes: Mapping[str, str], settings: Mapping[str, str]) -> bytes:
    named = {"lf": LF, "crlf": CRLF}
    if attributes.get("eol") in named:
        return named[attributes["eol"]]
    return _read_autocrlf(settings) or named.get(settings.get("core.eol", "").lower(), LF)


def _read_autocrlf(settings: Mapping[str, str]) -> bytes:
    value = settings.get("core.autocrlf", "").lower()
    return LF if value == "input" else CRLF if value in {"true", "yes", "on", "1"} else b""
