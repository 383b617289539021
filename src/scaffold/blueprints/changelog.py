"""The changelog of a blueprint between two of its versions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .blueprint import Blueprint
from .versions import VersionRef, get_base_tag, parse_version

CHANGELOG_NAMES = ("CHANGELOG.md", "CHANGES.md", "HISTORY.md")
MAX_CHANGELOG_BYTES = 1 << 20
MAX_NEWS_CHARS = 16_000
_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_VERSION = re.compile(
    r"\[?(?:version\s+|release\s+)?(v?\d[\w.+!-]*)\]?(?=$|[\s(,:])", re.IGNORECASE
)
_FENCE = re.compile(r"\s{0,3}(```|~~~)")


@dataclass(frozen=True)
class ChangelogSection:
    """The part of a changelog about one version.

    Attributes:
        version: The version in its heading.
        text: The Markdown below the heading.
    """

    version: str
    text: str


def read_news(blueprint: Blueprint, recorded: str, new: VersionRef) -> tuple[ChangelogSection, ...]:
    """Read the sections since the recorded version, the newest first, of at most 16,000 characters.

    The changelog is that of the new version.
    """
    found = (blueprint.read_file(new, name) for name in CHANGELOG_NAMES)
    data = next((data for data in found if data is not None), b"")[:MAX_CHANGELOG_BYTES]
    sections = split_changelog(data.decode("utf-8", "replace"))
    return _shorten(section for section in sections if _is_new(section.version, recorded, new.name))


def split_changelog(text: str) -> Iterator[ChangelogSection]:
    """Split a changelog in the format of Keep a Changelog into the sections of its versions."""
    version, level, lines = "", 0, list[str]()
    for heading, line in _find_headings(text):
        if heading and (len(heading[1]) <= level or _VERSION.match(heading[2])):
            if version:
                yield ChangelogSection(version, "\n".join(lines).strip())
            named = _VERSION.match(heading[2])
            version, level, lines = named[1] if named else "", len(heading[1]), []
        else:
            lines.append(line)
    if version:
        yield ChangelogSection(version, "\n".join(lines).strip())


def _find_headings(text: str) -> Iterator[tuple[re.Match[str] | None, str]]:
    """Match the heading in each line; blocks of code have none."""
    fence = ""
    for line in text.splitlines():
        mark = _FENCE.match(line)
        if mark and fence in ("", mark[1]):
            fence = "" if fence else mark[1]
        yield (None if fence else _HEADING.fullmatch(line.rstrip())), line.rstrip()


def _is_new(version: str, recorded: str, new: str) -> bool:
    here, old, last = map(parse_version, (version, get_base_tag(recorded), get_base_tag(new)))
    if here is None or (old is None and last is None):
        return False
    is_after = here == last if old is None else here > old
    return bool(is_after and (last is None or here <= last))


def _shorten(sections: Iterator[ChangelogSection]) -> tuple[ChangelogSection, ...]:
    kept, left = [], MAX_NEWS_CHARS
    for section in sections:
        if len(section.text) > left:
            kept.append(ChangelogSection(section.version, section.text[:left].rstrip() + "\n…"))
            break
        kept.append(section)
        left -= len(section.text)
    return tuple(kept)
