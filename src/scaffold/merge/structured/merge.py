"""Merge a TOML, YAML, JSON, INI, Python, Markdown or text file by structure; check its meaning.

A file in conflict is cut into nested entries (`outline`), the entries are merged, and the text
that results is accepted only if it parses, if its meaning equals the three-way merge of the three
meanings (`meaning`), and if no comment of either side is lost. Texts are cut by positions and never
printed anew: text that nobody changed stays the same, character by character.

Without a base, both sides made the file: an entry of one side is taken, an entry of both must be
equal. Two READMEs are joined, the user's text first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from . import ini, json, lines, prose, python_outline, python_syntax, toml, yaml
from .keys import Conflict
from .meaning import is_same, make_empty, merge_meanings
from .outline import EMPTY, Block, merge_outlines
from .text_style import TextStyle

MAX_CHARS = 1_000_000
# Ten seconds' work for a parser.
MAX_YAML_CHARS = 100_000
MAX_PYTHON_CHARS = 250_000
MAX_PROSE_CHARS = 100_000
IGNORE_FILES = frozenset(
    {".gitignore", ".dockerignore", ".npmignore", ".prettierignore", ".hgignore", ".helmignore"}
)


@dataclass(frozen=True)
class Format:
    """A kind of file: the functions that cut it and read it.

    Attributes:
        check_meanings: Refuses meanings of base, ours and theirs that must not be merged.
        check_texts: Refuses a merged text (base, ours, theirs, merged).
        max_chars: The number of characters above which a file is left alone.
    """

    outline: Callable[[str], Block]
    read_meaning: Callable[[str], Any]
    list_comments: Callable[[str], list[str]]
    check_meanings: Callable[[Any, Any, Any], None] = lambda *_: None
    check_texts: Callable[[str, str, str, str], None] = lambda *_: None
    max_chars: int = MAX_CHARS


TOML = Format(toml.outline, toml.read_meaning, toml.list_comments)
YAML = Format(
    yaml.outline, yaml.read_meaning, yaml.list_comments, yaml.check, max_chars=MAX_YAML_CHARS
)
JSON = Format(json.outline, json.read_meaning, json.list_comments, check_texts=json.check)
PYTHON = Format(
    python_outline.outline,
    python_syntax.read_meaning,
    python_syntax.list_comments,
    check_texts=python_syntax.check,
    max_chars=MAX_PYTHON_CHARS,
)
IGNORE = Format(lines.outline_ignore, lines.read_ignore, lines.list_comments, lines.check_ignore)
ATTRIBUTES = Format(
    lines.outline_attributes, lines.read_attributes, lines.list_comments, lines.check_attributes
)
REQUIREMENTS = Format(
    lines.outline_requirements, lines.read_requirements, lines.list_requirements_comments
)
INI = Format(ini.outline, ini.read_meaning, ini.list_comments)
EDITORCONFIG = Format(
    ini.outline_editorconfig, ini.read_editorconfig, ini.list_comments, ini.check_editorconfig
)
# Markdown and plain text are only cut into blocks, which have no meaning to check.
BY_SUFFIX: dict[str, Format | prose.Cutter] = {
    ".toml": TOML,
    ".yaml": YAML,
    ".yml": YAML,
    **dict.fromkeys(ini.SUFFIXES, INI),
    **dict.fromkeys((".md", ".markdown"), prose.cut_markdown),
    **dict.fromkeys((".txt", ".rst"), prose.cut_paragraphs),
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


def merge_structured(path: str, base: str | None, ours: str, theirs: str) -> str | None:
    """Merge three texts into one that holds both sides' changes; None if none can be proved.

    The path's name determines the format; there is no base where both sides made the file.
    """
    try:
        return prove_merge(path, base, ours, theirs)
    # The depth of nesting depends on the text; every other error is a bug and must be seen.
    except (Conflict, RecursionError):
        return None


def prove_merge(path: str, base: str | None, ours: str, theirs: str) -> str:
    """Merge as `merge_structured` does, and raise the reason if there is no such text.

    Raises:
        Conflict: Both sides changed one thing, it cannot be proved that they did not, or one of
            the texts does not parse.
        RecursionError: A text is nested too deeply.
    """
    if theirs in (base, ours):
        return ours
    if ours == base:
        return theirs
    if base is None and (text := _join_without_base(path, ours, theirs)) is not None:
        return text
    form = _find_format(PurePosixPath(path))
    max_chars = form.max_chars if isinstance(form, Format) else MAX_PROSE_CHARS
    if max(map(len, (base or "", ours, theirs))) > max_chars:
        raise Conflict("the file is too large")
    style = TextStyle.combine(ours, theirs) if base is None else TextStyle.merge(base, ours, theirs)
    plain = None if base is None else TextStyle.remove(base)
    return style.apply(_merge_texts(form, plain, *map(TextStyle.remove, (ours, theirs))))


def _join_without_base(path: str, ours: str, theirs: str) -> str | None:
    """Join two texts without a base; None if their format is needed."""
    if not theirs.strip() or TextStyle.remove(ours) == TextStyle.remove(theirs):
        return ours
    if not ours.strip():
        return theirs
    is_readme = PurePosixPath(path).name.partition(".")[0].upper() == "README"
    return _join_readmes(ours, theirs) if is_readme else None


def _join_readmes(ours: str, theirs: str) -> str:
    """Join two READMEs, ours first.

    A title that both have, or a text that the other one holds whole, is written once.
    """
    mine, new = TextStyle.remove(ours), TextStyle.remove(theirs)
    my_lines, new_lines = _strip_lines(mine), _strip_lines(new)
    if new_lines == my_lines[: len(new_lines)]:
        return ours
    if my_lines == new_lines[: len(my_lines)]:
        return TextStyle.combine(ours, theirs).apply(new)
    title, _, rest = new.lstrip("\n").partition("\n")
    if _normalize(title) == _normalize(mine.lstrip("\n").partition("\n")[0]) != "":
        new = rest
    joined = mine.rstrip("\n") + "\n\n" + new.strip("\n") + "\n"
    return TextStyle.combine(ours, theirs).apply(joined)


def _normalize(title: str) -> str:
    """Reduce a title to its letters, so that a folder's name equals the same words."""
    return re.sub(r"[\W_]+", "", title).casefold()


def _strip_lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().split("\n")]


def _find_format(path: PurePosixPath) -> Format | prose.Cutter:
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


def _merge_texts(form: Format | prose.Cutter, base: str | None, ours: str, theirs: str) -> str:
    if not isinstance(form, Format):
        return prose.merge_prose(form, base or "", ours, theirs)
    mine, new = form.read_meaning(ours), form.read_meaning(theirs)
    old = make_empty(mine) if base is None else form.read_meaning(base)
    form.check_meanings(old, mine, new)
    wanted = merge_meanings(old, mine, new)
    pieces = EMPTY if base is None else form.outline(base)
    merged = merge_outlines(pieces, form.outline(ours), form.outline(theirs)).text
    if not is_same(form.read_meaning(merged), wanted):
        raise Conflict("the proposed text means something else")
    texts = (base or "", ours, theirs, merged)
    _check_comments(*(Counter(form.list_comments(text) if text else ()) for text in texts))
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
            raise Conflict("a comment would be lost or repeated")
