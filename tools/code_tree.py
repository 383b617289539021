"""Write the tree of `src/scaffold/` in CONTRIBUTING.md, a line a module, from their docstrings.

python -m tools.code_tree
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "CONTRIBUTING.md"
# Each imports only from those before it.
ROOMS = (
    *("errors", "host", "git", "merge", "questions", "project", "answers", "blueprints", "render"),
    *("apply", "user", "operations", "prompts", "report", "cli"),
)
PLACE = re.compile(r"(?<=<!-- tree: nox -s reference -->\n```\n).*?(?=```)", re.DOTALL)


def tree(folder: Path = ROOT / "src/scaffold") -> str:
    """List all modules, each with the first line of its docstring."""
    return "\n".join([f"{folder.relative_to(ROOT).as_posix()}/", *_lines(folder, "  ")]) + "\n"


def _lines(folder: Path, indent: str) -> Iterator[str]:
    for path in sorted(folder.iterdir(), key=_place):
        if (path / "__init__.py").is_file():
            yield _line(f"{indent}{path.name}/", path / "__init__.py")
            yield from _lines(path, indent + "  ")
        elif path.suffix == ".py" and not path.name.startswith("__"):
            yield _line(indent + path.name, path)


def _place(path: Path) -> tuple[int, bool, str]:
    place = ROOMS.index(path.stem) if path.parent.name == "scaffold" and path.stem in ROOMS else 0
    return place, path.is_dir(), path.name


def _line(name: str, module: Path) -> str:
    text = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""
    return f"{name:28} {text.partition(chr(10))[0]}"


def page() -> str:
    """Write CONTRIBUTING.md with the tree of today."""
    return PLACE.sub(lambda _: tree(), PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
