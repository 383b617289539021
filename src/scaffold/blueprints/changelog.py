"""The changelog of a blueprint between two of its versions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .repository import Blueprint
from .versions import Point
from .versions import parsed
from .versions import tag_behind

NAMES = ("CHANGELOG.md", "CHANGES.md", "HISTORY.md")
MAX_BYTES = 1 << 20
MAX_CHARS = 16_000
_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_VERSION = re.compile(
    r"\[?(?:version\s+|release\s+)?(v?\d[\w.+!-]*)\]?(?=$|[\s(,:])", re.IGNORECASE
)
_FENCE = re.compile(r"\s{0,3}(```|~~~)")


@dataclass(frozen=True)
class Section:
    """What a changelog says of one version.

    Attributes:
        version: The version, as its heading has it.
        text: The Markdown below the heading.
    """

    version: str
    text: str


def read_news(blueprint: Blueprint, recorded: str, new: Point) -> tuple[Section, ...]:
    """Read what is new since the recorded version, the newest first; bounded.

    Args:
        blueprint: The blueprint.
        recorded: The recorded version.
        new: The version whose changelog is read.
    """
    found = (blueprint.read(new, name) for name in NAMES)
    data = next((data for data in found if data is not None), b"")[:MAX_BYTES]
    sections = split_changelog(data.decode("utf-8", "replace"))
    return _bounded(section for section in sections if _is_new(section.version, recorded, new.name))


def split_changelog(text: str) -> Iterator[Section]:
    """Split a changelog, as Keep a Changelog has it, into the sections of its versions."""
    version, level, lines = "", 0, list[str]()
    for heading, line in _with_headings(text):
        if heading and (len(heading[1]) <= level or _VERSION.match(heading[2])):
            if version:
                yield Section(version, "\n".join(lines).strip())
            named = _VERSION.match(heading[2])
            version, level, lines = named[1] if named else "", len(heading[1]), []
        else:
            lines.append(line)
    if version:
        yield Section(version, "\n".join(lines).strip())


def _with_headings(text: str) -> Iterator[tuple[re.Match[str] | None, str]]:
    """Each line, and its heading; what stands in a block of code is none."""
    fence = ""
    for line in text.splitlines():
        mark = _FENCE.match(line)
        if mark and fence in ("", mark[1]):
            fence = "" if fence else mark[1]
        yield (None if fence else _HEADING.fullmatch(line.rstrip())), line.rstrip()


def _is_new(version: str, recorded: str, new: str) -> bool:
    here, old, last = parsed(version), parsed(tag_behind(recorded)), parsed(tag_behind(new))
    if here is None or (old is None and last is None):
        return False
    is_after = here == last if old is None else here > old
    return bool(is_after and (last is None or here <= last))


def _bounded(sections: Iterator[Section]) -> tuple[Section, ...]:
    kept, left = [], MAX_CHARS
    for section in sections:
        if len(section.text) > left:
            kept.append(Section(section.version, section.text[:left].rstrip() + "\n…"))
            break
        kept.append(section)
        left -= len(section.text)
    return tuple(kept)
