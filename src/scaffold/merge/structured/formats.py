"""Merges of structured files: proposed as text, accepted by meaning.

A file in conflict is cut into nested entries (`outline`), the entries are merged, and the text
that comes out is accepted only if it parses, if its meaning equals the three-way merge of the
three meanings (`meaning`), and if no comment of either side is gone. Texts are cut by positions
and never printed anew: what nobody changed stays as it is, character by character.

Where there is no base, both sides made the file: what one of them has and the other has not is
taken from each, and what both have must be equal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from . import ini, json, lines, prose, python, python_outline, toml, yaml
from . import meaning as meanings
from . import outline as outlines
from .keys import Conflict
from .newlines import Style
from .readme import is_readme, join

LARGEST = 1_000_000
# Ten seconds' work for a parser.
LARGEST_YAML = 100_000
LARGEST_PYTHON = 250_000
LARGEST_PROSE = 100_000
IGNORE_FILES = frozenset(
    {".gitignore", ".dockerignore", ".npmignore", ".prettierignore", ".hgignore", ".helmignore"}
)


@dataclass(frozen=True)
class Format:
    """How a kind of file is cut and understood.

    Attributes:
        outline: Cuts a text.
        meaning: Understands a text.
        comments: The comments of a text.
        check_meanings: Refuses meanings of base, ours and theirs that must not be merged.
        check_texts: Refuses a merged text (base, ours, theirs, merged).
        largest: The number of characters above which a file is left alone.
    """

    outline: Callable[[str], outlines.Block]
    meaning: Callable[[str], Any]
    comments: Callable[[str], list[str]]
    check_meanings: Callable[[Any, Any, Any], None] = lambda *_: None
    check_texts: Callable[[str, str, str, str], None] = lambda *_: None
    largest: int = LARGEST


@dataclass(frozen=True)
class Prose:
    """How a kind of text is cut into blocks, of which each side may change its own.

    Attributes:
        cut: Cuts lines.
        largest: The number of characters above which a file is left alone.
    """

    cut: prose.Cutter
    largest: int = LARGEST_PROSE


TOML = Format(toml.outline, toml.meaning, toml.comments)
YAML = Format(yaml.outline, yaml.meaning, yaml.comments, yaml.check, largest=LARGEST_YAML)
JSON = Format(json.outline, json.meaning, json.comments, check_texts=json.check)
PYTHON = Format(
    python_outline.outline,
    python.meaning,
    python.comments,
    check_texts=python.check,
    largest=LARGEST_PYTHON,
)
IGNORE = Format(lines.ignore_outline, lines.ignore_meaning, lines.comments, lines.check_ignore)
ATTRIBUTES = Format(
    lines.attributes_outline, lines.attributes_meaning, lines.comments, lines.check_attributes
)
REQUIREMENTS = Format(
    lines.requirements_outline, lines.requirements_meaning, lines.requirements_comments
)
INI = Format(ini.outline, ini.meaning, ini.comments)
EDITORCONFIG = Format(
    ini.editorconfig_outline, ini.editorconfig_meaning, ini.comments, ini.check_editorconfig
)
BY_SUFFIX: dict[str, Format | Prose] = {
    ".toml": TOML,
    ".yaml": YAML,
    ".yml": YAML,
    **dict.fromkeys(ini.SUFFIXES, INI),
    **dict.fromkeys((".md", ".markdown"), Prose(prose.markdown)),
    **dict.fromkeys((".txt", ".rst"), Prose(prose.paragraphs)),
    ".json": JSON,
    ".jsonc": JSON,
    ".code-workspace": JSON,
    ".ipynb": JSON,
    ".py": PYTHON,
    ".pyi": PYTHON,
}
BY_NAME = {
    **dict.fromkeys(IGNORE_FILES, IGNORE),
    **dict.fromkeys(ini.NAMES, INI),
    ini.EDITORCONFIG: EDITORCONFIG,
    **dict.fromkeys((".babelrc", ".swcrc", ".eslintrc"), JSON),
    ".gitattributes": ATTRIBUTES,
}


def merge(path: str, base: str | None, ours: str, theirs: str) -> str | None:
    """A text that holds both sides' changes, or None where there is none that can be proved.

    Args:
        path: Where the file stands in the project; its name says what it is.
        base: The pristine old render; None where both sides made the file.
        ours: The user's text.
        theirs: The pristine new render.
    """
    try:
        return proved(path, base, ours, theirs)
    # How deep a text nests is said by the text; every other error is a bug, and is seen.
    except (Conflict, RecursionError):
        return None


def proved(path: str, base: str | None, ours: str, theirs: str) -> str:
    """As `merge`, but tells why there is no such text.

    Raises:
        Conflict: Both sides changed one thing, it cannot be proved that they did not, or one of
            the texts does not parse.
        RecursionError: One of them is nested too deeply.
    """
    if theirs in (base, ours):
        return ours
    if ours == base:
        return theirs
    if base is None and (text := _both(path, ours, theirs)) is not None:
        return text
    form = _format(PurePosixPath(path))
    if max(map(len, (base or "", ours, theirs))) > form.largest:
        raise Conflict("the file is too large")
    style = Style.first(ours, theirs) if base is None else Style.merged(base, ours, theirs)
    plain = None if base is None else Style.removed(base)
    return style.applied(_merged(form, plain, *map(Style.removed, (ours, theirs))))


def _both(path: str, ours: str, theirs: str) -> str | None:
    """The text that holds two others, where no format is needed to tell."""
    if not theirs.strip() or Style.removed(ours) == Style.removed(theirs):
        return ours
    if not ours.strip():
        return theirs
    return join(ours, theirs) if is_readme(path) else None


def _format(path: PurePosixPath) -> Format | Prose:
    if path.name in BY_NAME:
        return BY_NAME[path.name]
    if path.suffix == ".txt" and (
        path.parent.name == "requirements"
        or path.name.startswith(("requirements", "constraints"))
        or path.stem.endswith("requirements")
    ):
        return REQUIREMENTS
    if path.suffix not in BY_SUFFIX:
        raise Conflict("not a structured file")
    return BY_SUFFIX[path.suffix]


def _merged(form: Format | Prose, base: str | None, ours: str, theirs: str) -> str:
    if isinstance(form, Prose):
        return prose.merge(form.cut, base or "", ours, theirs)
    mine, new = form.meaning(ours), form.meaning(theirs)
    old = meanings.emptied(mine) if base is None else form.meaning(base)
    form.check_meanings(old, mine, new)
    wanted = meanings.merge(old, mine, new)
    pieces = outlines.EMPTY if base is None else form.outline(base)
    merged = outlines.merge(pieces, form.outline(ours), form.outline(theirs)).text
    if not meanings.same(form.meaning(merged), wanted):
        raise Conflict("the proposed text means something else")
    texts = (base or "", ours, theirs, merged)
    _check_comments(*(Counter(form.comments(text) if text else ()) for text in texts))
    form.check_texts(*texts)
    return merged


def _check_comments(
    base: Counter[str], ours: Counter[str], theirs: Counter[str], merged: Counter[str]
) -> None:
    for comment in base | ours | theirs | merged:
        old, mine, new = base[comment], ours[comment], theirs[comment]
        allowed = {mine} if new in (old, mine) else {new} if mine == old else {mine + new - old}
        if mine == new != old:
            allowed.add(mine + new - old)
        if merged[comment] not in allowed:
            raise Conflict("a comment would be lost or stand twice")
