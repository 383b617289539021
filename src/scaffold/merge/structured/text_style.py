"""The style of a text: its byte order mark, its line endings, the end of its last line."""

from __future__ import annotations

from typing import NamedTuple, Self

MARK = "\ufeff"


class TextStyle(NamedTuple):
    """The byte order mark and line endings of a text.

    Attributes:
        mark: Its byte order mark.
        newline: The ending of most of its lines.
        is_ended: Whether its last line has an ending.
    """

    mark: str
    newline: str
    is_ended: bool

    @classmethod
    def detect(cls, text: str) -> Self:
        """Detect the style of a text."""
        is_dos = text.count("\r\n") * 2 > text.count("\n")
        mark = MARK if text.startswith(MARK) else ""
        return cls(mark, "\r\n" if is_dos else "\n", text.endswith("\n"))

    @classmethod
    def merge(cls, base: str, ours: str, theirs: str) -> Self:
        """Merge styles: that of ours, or that of theirs where only theirs changed it."""
        sides = zip(cls.detect(base), cls.detect(ours), cls.detect(theirs), strict=True)
        mark, newline, is_ended = (new if mine == old else mine for old, mine, new in sides)
        return cls(str(mark), str(newline), bool(is_ended))

    @classmethod
    def combine(cls, ours: str, theirs: str) -> Self:
        """Combine styles without a base: that of ours; the last line ends if one side's does."""
        is_ended = ours.endswith("\n") or theirs.endswith("\n")
        return cls(*cls.detect(ours)[:2], is_ended)

    @staticmethod
    def remove(text: str) -> str:
        """Convert a text to the plain style."""
        text = text.removeprefix(MARK).replace("\r\n", "\n")
        return text if text.endswith("\n") or not text else text + "\n"

    def apply(self, text: str) -> str:
        """Convert a text of the plain style to this style."""
        text = text if self.is_ended else text.removesuffix("\n")
        return self.mark + text.replace("\n", self.newline)
