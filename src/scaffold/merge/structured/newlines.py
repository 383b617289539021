"""How the lines of a text end, whether its last one does, and its byte order mark."""

from __future__ import annotations

from typing import NamedTuple, Self

MARK = "\ufeff"


class Style(NamedTuple):
    """What surrounds the words of a text.

    Attributes:
        mark: Its byte order mark.
        newline: How most of its lines end.
        is_ended: Whether its last line ends.
    """

    mark: str
    newline: str
    is_ended: bool

    @classmethod
    def of(cls, text: str) -> Self:
        """The style of a text."""
        is_dos = text.count("\r\n") * 2 > text.count("\n")
        mark = MARK if text.startswith(MARK) else ""
        return cls(mark, "\r\n" if is_dos else "\n", text.endswith("\n"))

    @classmethod
    def merged(cls, base: str, ours: str, theirs: str) -> Self:
        """The style of ours, where only theirs changed it the one of theirs."""
        sides = zip(cls.of(base), cls.of(ours), cls.of(theirs), strict=True)
        mark, newline, is_ended = (new if mine == old else mine for old, mine, new in sides)
        return cls(str(mark), str(newline), bool(is_ended))

    @classmethod
    def first(cls, ours: str, theirs: str) -> Self:
        """The style of ours; the last line ends if it does on one side."""
        is_ended = ours.endswith("\n") or theirs.endswith("\n")
        return cls(*cls.of(ours)[:2], is_ended)

    @staticmethod
    def removed(text: str) -> str:
        """The text in the plain style."""
        text = text.removeprefix(MARK).replace("\r\n", "\n")
        return text if text.endswith("\n") or not text else text + "\n"

    def applied(self, text: str) -> str:
        """A text of the plain style in this one."""
        text = text if self.is_ended else text.removesuffix("\n")
        return self.mark + text.replace("\n", self.newline)
