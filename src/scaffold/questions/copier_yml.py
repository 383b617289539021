"""Read a blueprint's ``copier.yml``, with Copier's ways of splitting it into several files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from ..errors import ScaffoldError
from ..host import enforce_limits, make_loader, refuse_deep_yaml, refuse_oversized

_CONFIG_NAME = re.compile(r"copier\.ya?ml", re.IGNORECASE)
_HINT = "Correct the blueprint's file."
_MERGED_LISTS = ("_exclude", "_jinja_extensions", "_secret_questions", "_skip_if_exists")


def find_config_files(root: Path) -> list[Path]:
    """List the files of a folder that may hold a blueprint's questions; there should be one."""
    return sorted((p for p in root.glob("[cC]*") if _CONFIG_NAME.fullmatch(p.name)), reverse=True)


def load_config(root: Path) -> dict[str, Any]:
    """Read the questions and settings of a blueprint.

    Several documents are merged, later ones win, and ``!include`` reads further files of the
    blueprint.

    Returns:
        Questions by name, and settings, whose names start with ``_``; empty without a file.

    Raises:
        ScaffoldError: The file cannot be read or is not right; names the file and line.
    """
    found = [path for path in find_config_files(root) if path.is_file()]
    if len(found) > 1:
        both = " and ".join(path.name for path in found)
        raise ScaffoldError(f"{root} holds both {both}", "Keep one of them.")
    if not found:
        return {}
    with enforce_limits(f"reading {found[0]}"):
        merged = _merge(found[0], list(_read_items(found[0], root.resolve())))
        refuse_oversized(merged, str(found[0]))
    return merged


def _merge(path: Path, documents: list[Any]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for document in documents:
        if not isinstance(document, dict):
            what = f"{path} must hold a mapping of questions, not {document!r:.60}"
            raise ScaffoldError(what, _HINT)
        for key, value in document.items():
            if not isinstance(key, str):
                raise ScaffoldError(f"{path}: the key {key!r} is not text", "Write it in quotes.")
            joined = key in _MERGED_LISTS and isinstance(value, list) and key in merged
            merged[key] = [*merged[key], *value] if joined else value
    return merged


def _read_items(path: Path, root: Path) -> Iterator[Any]:
    """Yield the content of a file's documents; lists, also those of inclusions, are flattened."""
    import yaml

    try:
        text = path.read_bytes()
        refuse_deep_yaml(text, str(path))
        loader = make_loader(
            include=lambda pattern: [
                item
                for file in _find_included(pattern, path, root)
                for item in _read_items(file, root)
            ]
        )
        for document in yaml.load_all(text, Loader=loader):
            if document:
                yield from _flatten(document)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        what = error.problem or error.context or "this is not YAML"
        raise ScaffoldError(f"{place}: {what}", _HINT) from error
    except (yaml.YAMLError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise ScaffoldError(f"{path}: {reason}", _HINT) from error
    except OSError as error:
        hint = "Make it a file that you may read, then run the command again."
        raise ScaffoldError(f"{path} cannot be read: {error.strerror}", hint) from error
    except RecursionError as error:
        raise ScaffoldError(f"{path} is nested too deeply, or includes itself", _HINT) from error


def _flatten(value: Any) -> Iterator[Any]:
    if not isinstance(value, list):
        yield value
        return
    for item in value:
        yield from _flatten(item)


def _find_included(pattern: str, path: Path, root: Path) -> list[Path]:
    if PurePosixPath(pattern).is_absolute():
        raise ScaffoldError(f"{path}: !include {pattern}: the path must be relative", _HINT)
    files = sorted(file.resolve() for file in root.glob(pattern))
    for file in files:
        if not file.is_relative_to(root):
            raise ScaffoldError(f"{path}: !include {pattern} points outside the blueprint", _HINT)
    return files
