"""`docs/troubleshooting.md` quotes messages that the source has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest

from ..helpers.pages import ROOT

PAGE = ROOT / "docs/troubleshooting.md"
HEADINGS = re.findall(r"^### (`+)(.+)\1$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
MESSAGES = [message for _, message in HEADINGS]
FROM_THE_SHELL = "scaffold: command not found"
ANY = "…"


def texts(node: ast.AST) -> Iterator[str]:
    """Yield each text below a node; `ANY` replaces the values of an f-string."""
    if isinstance(node, ast.JoinedStr):
        yield "".join(v.value if isinstance(v, ast.Constant) else ANY for v in node.values)  # type: ignore[misc]
    elif isinstance(node, ast.Constant):
        yield from [node.value] if isinstance(node.value, str) else []
    else:
        for child in ast.iter_child_nodes(node):
            yield from texts(child)


@cache
def in_the_source() -> frozenset[str]:
    """All texts of the package that say enough to be told apart."""
    found = (
        text
        for path in (ROOT / "src").rglob("*.py")
        for text in texts(ast.parse(path.read_text(encoding="utf-8")))
    )
    return frozenset(text for text in found if len(re.findall(r"[a-z]", text)) >= 10)


def is_in(message: str, text: str) -> bool:
    """Whether a text of the source makes the message; values of an f-string may be anything."""
    pieces = text.split(ANY)
    if not all(piece in message for piece in pieces):
        return False
    pattern = ".*".join(map(re.escape, pieces))
    return re.fullmatch(pattern, message) is not None


@pytest.mark.parametrize("message", [m for m in MESSAGES if m != FROM_THE_SHELL])
def test_each_message_is_one_of_the_source(message: str) -> None:
    assert any(is_in(message, text) for text in in_the_source())


def test_a_message_that_is_gone_is_told() -> None:
    assert len(MESSAGES) > 30
    assert not any(is_in("git was not seen", text) for text in in_the_source())


def test_each_message_has_a_cause_and_a_next_step() -> None:
    sections = PAGE.read_text(encoding="utf-8").split("\n### ")[1:]
    assert all("**Cause:**" in section and "**Next:**" in section for section in sections)
