"""Digests of what mypy sees of each module of a project, so that equal code is checked once."""

from __future__ import annotations

import ast
import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def list_digests(project: Path) -> dict[str, str]:
    """A digest of each module: of all code that it imports, and of how that is checked."""
    settings = tomllib.loads((project / "pyproject.toml").read_text())["tool"]["mypy"]
    texts = dict(_list_modules(project, settings["files"]))
    imports = {name: frozenset(_list_imports(name, text)) for name, text in texts.items()}
    found = {}
    for name in texts:
        reached = _reach(name, imports)
        seen = {other: texts[other] for other in sorted(reached & texts.keys())}
        content = json.dumps([_select(settings, reached), name, seen], sort_keys=True)
        found[name] = hashlib.sha256(content.encode()).hexdigest()
    return found


def _list_modules(project: Path, folders: list[str]) -> Iterator[tuple[str, str]]:
    """Each module's name, with `.__init__` where it is a package, and its text."""
    for folder in folders:
        for path in sorted((project / folder).rglob("*.py")):
            is_packaged = folder == "src"
            parts = path.relative_to(project / folder).with_suffix("").parts
            yield ".".join(parts if is_packaged else parts[-1:]), path.read_text()


def _list_imports(module: str, text: str) -> Iterator[str]:
    """All names that may be modules, packages' `__init__` among them."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _spell(alias.name)
        elif isinstance(node, ast.ImportFrom):
            above = module.split(".")[: -node.level] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from _spell(base)
            for alias in node.names:
                yield from _spell(f"{base}.{alias.name}")


def _spell(name: str) -> Iterator[str]:
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        yield ".".join(parts[:end])
        yield ".".join([*parts[:end], "__init__"])


def _reach(start: str, imports: Mapping[str, frozenset[str]]) -> set[str]:
    """All that a module imports, itself or by way of others of the project."""
    reached, waiting = {start}, [start]
    while waiting:
        new = imports.get(waiting.pop(), frozenset()) - reached
        reached |= new
        waiting += new
    return reached


def _select(settings: Mapping[str, Any], reached: set[str]) -> Any:
    """The settings without the overrides of modules that are not imported."""
    plain = {key: value for key, value in settings.items() if key not in ("files", "overrides")}
    overrides = [
        {**each, "module": [name for name in each["module"] if name.partition(".")[0] in reached]}
        for each in settings.get("overrides", ())
    ]
    return [plain, [each for each in overrides if each["module"]]]
