"""Two READMEs that have nothing in common: the user's text first, the blueprint's below it."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from .newlines import Style


def is_readme(path: str) -> bool:
    """Whether a path is that of a README, whatever its ending."""
    return PurePosixPath(path).name.partition(".")[0].upper() == "README"


def join(ours: str, theirs: str) -> str:
    """Both texts, ours first; what ours begins with is not said again.

    A title that both have, or a text that the other one holds whole, stands once.
    """
    mine, new = Style.removed(ours), Style.removed(theirs)
    if _lines(new) == _lines(mine)[: len(_lines(new))]:
        return ours
    if _lines(mine) == _lines(new)[: len(_lines(mine))]:
        return Style.first(ours, theirs).applied(new)
    title, _, rest = new.lstrip("\n").partition("\n")
    if _letters(title) == _letters(mine.lstrip("\n").partition("\n")[0]) != "":
        new = rest
    return Style.first(ours, theirs).applied(mine.rstrip("\n") + "\n\n" + new.strip("\n") + "\n")


def _letters(title: str) -> str:
    """A title, be it written as a name of a folder or in words."""
    return re.sub(r"[\W_]+", "", title).casefold()


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().split("\n")]
