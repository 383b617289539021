"""What a template leaves in generated files when nobody looks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

MAY_BE_EMPTY = {"__init__.py", "py.typed"}
GITHUB_EXPRESSION = re.compile(r"\$\{\{.*?\}\}")
TAG = re.compile(r"\{\{|\{%|%\}|\{#|#\}")
IMPORT = re.compile(r"^\s*(import|from)\s+scaffold\b", re.MULTILINE)
# Its text is a lawyer's, to the letter.
VERBATIM = {"LICENSE"}
# A dictionary display begins with two braces now and then: there Python's own parser has spoken.
BRACES = {".py", ".ipynb", ".json"}


def scars(project: Path) -> Iterator[str]:
    """One line for each, with the path."""
    for path in sorted(project.rglob("*")):
        where = path.relative_to(project).as_posix()
        if path.is_dir():
            if not any(path.iterdir()):
                yield f"{where}: an empty folder"
            continue
        for scar in of_text(path, path.read_bytes().decode("utf-8")):
            yield f"{where}: {scar}"


def of_text(path: Path, text: str) -> Iterator[str]:
    """The scars of one file."""
    if not text.strip():
        if path.name not in MAY_BE_EMPTY or text:
            yield "empty"
        return
    if "\r" in text:
        yield "carriage returns"
    if not text.endswith("\n") or text.endswith("\n\n"):
        yield "does not end in one newline"
    if text.startswith("\n") and path.name not in VERBATIM:
        yield "begins with an empty line"
    if path.suffix != ".py" and "\n\n\n" in text:
        yield "two empty lines in a row"
    for number, line in enumerate(text.splitlines(), 1):
        if line != line.rstrip():
            yield f"{number}: trailing space"
        if path.suffix not in BRACES and TAG.search(GITHUB_EXPRESSION.sub("", line)):
            yield f"{number}: a tag of the template: {line}"
    if IMPORT.search(text):
        yield "imports scaffold"
