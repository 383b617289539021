"""Checks that no rendered path leaves the project or enters a git directory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PureWindowsPath

from ..errors import ScaffoldError
from ..git import is_git_name

FIX_HINT = "Fix the blueprint, or do not use it."
LINK_HINT = f"{FIX_HINT} If you trust it, --trust lets it point there."


def find_path_problem(path: str) -> str:
    """Find the reason why a rendered path may not be written; empty if it may.

    As a project moves between systems, the rules of Windows count too: backslashes separate
    names, and a letter with a colon is a drive.
    """
    if path.startswith(("/", "\\")) or PureWindowsPath(path).drive:
        return "leaves the project"
    parts = path.replace("\\", "/").split("/")
    if ".." in parts:
        return "leaves the project"
    if any(is_git_name(part) for part in parts):
        return "is in git's own folder"
    return ""


def refuse_unsafe_path(path: str) -> None:
    """Refuse a rendered path that leaves the project or is in git's own folder.

    Raises:
        ScaffoldError: It does.
    """
    if why := find_path_problem(path):
        raise ScaffoldError(f"the blueprint renders the path {path!r}, which {why}", FIX_HINT)


def refuse_existing_folder(root: Path, path: str) -> None:
    """Refuse a file or a link at the path of a rendered folder.

    Raises:
        ScaffoldError: There is a folder.
    """
    if (root / path).is_dir() and not (root / path).is_symlink():
        raise ScaffoldError(f"the blueprint renders {path!r} twice, once as a folder", FIX_HINT)


def refuse_unsafe_link(root: Path, path: str) -> None:
    """Refuse a rendered link that points outside the project, or into a git directory.

    Raises:
        ScaffoldError: It does.
    """
    if Path(path).name.lower() == ".gitmodules":
        raise ScaffoldError(f"the blueprint renders {path!r} as a link", FIX_HINT)
    target = os.readlink(root / path)  # noqa: PTH115 - as it is written
    why = _find_link_problem(path, target)
    real = os.path.realpath(root / path)
    if not why and not Path(real).is_relative_to(os.path.realpath(root)):
        why = "leaves the project"
    if why:
        raise ScaffoldError(
            f"the blueprint renders a link {path!r} to {target!r}, which {why}", LINK_HINT
        )


def _find_link_problem(path: str, target: str) -> str:
    where = os.path.normpath(os.path.join(os.path.dirname(path), target))  # noqa: PTH118, PTH120
    return find_path_problem(where) or find_path_problem(
        "/".join(p for p in target.replace("\\", "/").split("/") if p != "..")
    )


def refuse_unsafe_tree(root: Path, paths: Iterable[str]) -> None:
    """Refuse unsafe links through links, and folders that git takes for repositories.

    Args:
        paths: All rendered paths: these dangers show only in the whole tree.

    Raises:
        ScaffoldError: It has one.
    """
    known = list(paths)
    for path in known:
        if (root / path).is_symlink():
            refuse_unsafe_link(root, path)
    for folder in _find_bare_repositories(root, known):
        what = f"the blueprint renders the folder {folder!r}, which git takes for a repository"
        raise ScaffoldError(what, f"{FIX_HINT} Its configuration could name commands to run.")


def _find_bare_repositories(root: Path, paths: Iterable[str]) -> Iterator[str]:
    """Find folders that git on any system would take for a repository, and read its settings."""
    for path in paths:
        folder, _, name = path.rpartition("/")
        if name.casefold() == "head":
            beside = {entry.name.casefold() for entry in (root / folder).iterdir()}
            if "commondir" in beside or {"objects", "refs"} <= beside:
                yield folder or "."
