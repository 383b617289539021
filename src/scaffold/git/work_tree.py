"""The work tree of a project: its place in a repository, its index, and its uncommitted changes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import ScaffoldError
from .command import GitError, GitResult, run_git


@dataclass(frozen=True)
class ProjectRepository:
    """The repository of a project, and the project's place in it.

    Attributes:
        folder: The project.
        top: The work tree that it lies in.
        git_dir: The git directory of this work tree (a linked work tree has its own).
        objects: The object store.
        index: The index.
        prefix: The project's path in the work tree, empty or with a slash at its end.
        algorithm: The hash that names objects, ``sha1`` or ``sha256``.
        head: The commit that is checked out; empty before the first one.
    """

    folder: Path
    top: Path
    git_dir: Path
    objects: Path
    index: Path
    prefix: str
    algorithm: str
    head: str


@dataclass(frozen=True)
class IndexEntry:
    """One entry of an index; ``flag`` is the letter that ``git ls-files -v`` shows."""

    path: str
    mode: str
    id: str
    stage: int
    flag: str


def find_repository(folder: Path, *, unborn: bool = False) -> ProjectRepository:
    """Find the repository of the project in ``folder``.

    Args:
        folder: The project.
        unborn: Whether a repository without a commit is one, too.

    Raises:
        ScaffoldError: It is in no work tree, has no commit, or a line break in its path.
    """
    if "\n" in str(folder):  # git prints one place a line
        raise ScaffoldError(f"the path {folder} holds a line break", "Rename the folder.")
    asked = ("--absolute-git-dir", "--show-toplevel", "--show-prefix", "--show-object-format")
    places = ("--git-path", "objects", "--git-path", "index")
    done = run_git("rev-parse", *asked, *places, "HEAD", cwd=folder, check=False)
    found = done.text.split("\n")
    if len(found) < 6:
        raise _make_repository_error(folder, done)
    if done.code and not unborn:
        hint = "Commit the project (git add -A && git commit), then run the command again."
        raise ScaffoldError(f"{folder} has no commit yet", hint)
    where, top, prefix, algorithm, objects, index = found[:6]
    head = "" if done.code else found[6]
    paths = (Path(top), Path(where), folder / objects, folder / index)
    return ProjectRepository(folder, *paths, prefix, algorithm, head)


def _make_repository_error(folder: Path, done: GitResult) -> ScaffoldError:
    said = "\n".join(done.messages)
    if "dubious ownership" in said:
        hint = f"If you trust it: git config --global --add safe.directory {folder}"
        return ScaffoldError(f"{folder} belongs to another user", hint)
    if "bare repository" in said or "must be run in a work tree" in said:
        return ScaffoldError(
            f"{folder} is a bare repository", "Run the command in a work tree of it."
        )
    hint = "Create one (git init, git add -A, git commit), then run the command again."
    return ScaffoldError(f"{folder} is not in a git repository", hint)


def _join_paths(paths: Iterable[str]) -> bytes:
    return b"".join(os.fsencode(path) + b"\0" for path in paths)


def read_git_settings(cwd: Path) -> dict[str, str]:
    """Read all of the user's settings; names are in lower case."""
    items = run_git("config", "--list", "-z", cwd=cwd).out.decode("utf-8", "surrogateescape")
    pairs = (item.partition("\n") for item in items.split("\0") if item)
    return {name: value if found else "true" for name, found, value in pairs}


def list_uncommitted(folder: Path, filters_off: Iterable[str] = ()) -> tuple[str, ...]:
    """List tracked paths under ``folder`` with uncommitted changes, relative to the top.

    Args:
        folder: The project.
        filters_off: Settings for a second try, where the user's filter drivers cannot run.
    """
    args = ("status", "--porcelain=v2", "-z", "--untracked-files=no", "--no-renames")
    rest = ("--ignore-submodules=all", "--", ".")
    done = run_git(*args, *rest, cwd=folder, check=False)
    if done.code:
        done = run_git(*args, *rest, cwd=folder, config=filters_off)
    fields = {"1": 8, "u": 10}
    return tuple(line.split(" ", fields[line[0]])[-1] for line in done.parts)


def select_ignored(cwd: Path, paths: Iterable[str]) -> frozenset[str]:
    """Select the paths (relative to ``cwd``) that git ignores.

    Raises:
        GitError: A path is behind a link or in a submodule.
    """
    asked = _join_paths(paths)
    if not asked:
        return frozenset()
    done = run_git("check-ignore", "-z", "--stdin", cwd=cwd, stdin=asked, check=False)
    if done.code not in {0, 1}:  # 1 if git ignores none of them
        raise GitError(done)
    return frozenset(done.parts)


def read_attributes(
    cwd: Path, names: Iterable[str], paths: Iterable[str]
) -> dict[str, dict[str, str]]:
    """Read the attributes that the project gives to paths (relative to ``cwd``)."""
    asked = _join_paths(paths)
    if not asked:
        return {}
    parts = run_git("check-attr", "-z", "--stdin", *names, cwd=cwd, stdin=asked).parts
    found: dict[str, dict[str, str]] = {}
    for path, name, value in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        found.setdefault(path, {})[name] = value
    return found


def read_index(cwd: Path, index: Path | None = None) -> list[IndexEntry]:
    """Read the entries of an index at or under ``cwd``, with paths relative to it."""
    env = {"GIT_INDEX_FILE": str(index)} if index else None
    found = []
    for line in run_git("ls-files", "-s", "-v", "-z", cwd=cwd, env=env).parts:
        head, _, path = line.partition("\t")
        flag, mode, name, stage = head.split(" ")
        found.append(IndexEntry(path, mode, name, int(stage), flag))
    return found


def write_empty_index(top: Path, index: Path) -> None:
    """Write an empty index."""
    run_git("read-tree", "--empty", cwd=top, env={"GIT_INDEX_FILE": str(index)})


def update_index(
    top: Path,
    index: Path,
    lines: bytes,
    flags: Mapping[str, Iterable[str]],
    filters_off: Iterable[str],
) -> None:
    """Change an index file that no git uses yet.

    Args:
        top: The work tree.
        index: The index file.
        lines: The input of ``git update-index -z --index-info``.
        flags: Options such as ``--skip-worktree`` with the paths that get them.
        filters_off: Settings that switch filter drivers off: git looks at files that are as new as
            the index, and would run them.
    """
    env = {"GIT_INDEX_FILE": str(index)}
    config = ("core.splitIndex=false", "core.fsync=index", *filters_off)
    first = ("update-index", "--add", "--remove", "--replace", "-z", "--index-info")
    run_git(*first, cwd=top, stdin=lines, env=env, config=config)
    for option, paths in flags.items():
        if names := _join_paths(paths):
            rest = ("update-index", option, "-z", "--stdin")
            run_git(*rest, cwd=top, stdin=names, env=env, config=config)


def refresh_index(top: Path, config: Iterable[str]) -> None:
    """Refresh the index from the files on disk; a failure changes nothing."""
    run_git("update-index", "-q", "--refresh", cwd=top, config=config, check=False)
