"""No rendered path leaves the project or enters a git directory, whatever a name is made of."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PureWindowsPath

from ..errors import ScaffoldError
from ..git import is_git_name

MEND = "Mend the blueprint, or do not use it."
LINK = f"{MEND} If you trust it, --trust lets it point there."


def problem(path: str) -> str:
    """Why a rendered path may not be written; empty where it may.

    Backslashes part names, too, as they do on Windows, and a letter with a colon is a drive: a
    project moves between systems.
    """
    if path.startswith(("/", "\\")) or PureWindowsPath(path).drive:
        return "leaves the project"
    parts = path.replace("\\", "/").split("/")
    if ".." in parts:
        return "leaves the project"
    if any(is_git_name(part) for part in parts):
        return "lies in git's own folder"
    return ""


def refuse(path: str) -> None:
    """Refuse a path that may not be written.

    Raises:
        ScaffoldError: It may not be.
    """
    if why := problem(path):
        raise ScaffoldError(f"the blueprint renders the path {path!r}, which {why}", MEND)


def refuse_folder(root: Path, path: str) -> None:
    """Refuse a file or a link where a folder was rendered.

    Raises:
        ScaffoldError: There is a folder.
    """
    if (root / path).is_dir() and not (root / path).is_symlink():
        raise ScaffoldError(f"the blueprint renders {path!r} twice, once as a folder", MEND)


def refuse_link(root: Path, path: str) -> None:
    """Refuse a link that was rendered and leads out of the project, or into a git directory.

    Raises:
        ScaffoldError: It does.
    """
    if Path(path).name.lower() == ".gitmodules":
        raise ScaffoldError(f"the blueprint renders {path!r} as a link", MEND)
    target = os.readlink(root / path)  # noqa: PTH115 - as it is written
    why = _link_problem(path, target)
    real = os.path.realpath(root / path)
    if not why and not Path(real).is_relative_to(os.path.realpath(root)):
        why = "leaves the project"
    if why:
        raise ScaffoldError(
            f"the blueprint renders a link {path!r} to {target!r}, which {why}", LINK
        )


def _link_problem(path: str, target: str) -> str:
    where = os.path.normpath(os.path.join(os.path.dirname(path), target))  # noqa: PTH118, PTH120
    return problem(where) or problem(
        "/".join(p for p in target.replace("\\", "/").split("/") if p != "..")
    )


def refuse_tree(root: Path, paths: Iterable[str]) -> None:
    """Refuse what only the whole tree shows: links through links, and repositories in disguise.

    Raises:
        ScaffoldError: It is there.
    """
    known = list(paths)
    for path in known:
        if (root / path).is_symlink():
            refuse_link(root, path)
    for folder in _bare_repositories(root, known):
        what = f"the blueprint renders the folder {folder!r}, which git takes for a repository"
        raise ScaffoldError(what, f"{MEND} Its configuration could name commands to run.")


def _bare_repositories(root: Path, paths: Iterable[str]) -> Iterator[str]:
    """Folders that git would read settings from when somebody stands in them, on any system."""
    for path in paths:
        folder, _, name = path.rpartition("/")
        if name.casefold() == "head":
            beside = {entry.name.casefold() for entry in (root / folder).iterdir()}
            if "commondir" in beside or {"objects", "refs"} <= beside:
                yield folder or "."
