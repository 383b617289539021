"""What merging needs of git's plumbing: typed questions over the one way to call it.

The number of processes never depends on the number of files. Calls on a scratch store run with
an empty configuration, so that no merge driver, filter or diff setting of anybody is in reach.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import ScaffoldError
from ..git import Completed, GitError, git


@dataclass(frozen=True)
class Repository:
    """Where a project lives in its git repository.

    Attributes:
        folder: The project.
        top: The work tree that it lies in.
        git_dir: The git directory of this work tree (a linked work tree has its own).
        objects: The object store.
        index: The index.
        prefix: The project's path in the work tree, empty or with a slash at its end.
        algorithm: How objects are named, ``sha1`` or ``sha256``.
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
class Indexed:
    """One entry of an index; ``flag`` is the letter that ``git ls-files -v`` shows."""

    path: str
    mode: str
    id: str
    stage: int
    flag: str


@dataclass(frozen=True)
class Altered:
    """One difference between two trees; a side's mode and id are empty where it has no file."""

    status: str
    path: str
    old_path: str
    mode: str
    id: str
    old_mode: str
    old_id: str


@dataclass(frozen=True)
class MergedTree:
    """What ``git merge-tree`` made.

    Attributes:
        tree: The merged tree.
        stages: Per path in conflict what each side has.
        kinds: Per path in conflict what git calls it.
        origins: The old paths of files that one side renamed and the other deleted.
    """

    tree: str
    stages: Mapping[str, Mapping[int, tuple[str, str]]]
    kinds: Mapping[str, frozenset[str]]
    origins: Mapping[str, str]


def repository(folder: Path, *, unborn: bool = False) -> Repository:
    """Where the project in ``folder`` lives.

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
    done = git("rev-parse", *asked, *places, "HEAD", cwd=folder, check=False)
    found = done.text.split("\n")
    if len(found) < 6:
        raise _no_work_tree(folder, done)
    if done.code and not unborn:
        hint = "Commit the project (git add -A && git commit), then run the command again."
        raise ScaffoldError(f"{folder} has no commit yet", hint)
    where, top, prefix, algorithm, objects, index = found[:6]
    head = "" if done.code else found[6]
    paths = (Path(top), Path(where), folder / objects, folder / index)
    return Repository(folder, *paths, prefix, algorithm, head)


def _no_work_tree(folder: Path, done: Completed) -> ScaffoldError:
    said = "\n".join(done.said)
    if "dubious ownership" in said:
        hint = f"If you trust it: git config --global --add safe.directory {folder}"
        return ScaffoldError(f"{folder} belongs to another user", hint)
    if "bare repository" in said or "must be run in a work tree" in said:
        return ScaffoldError(
            f"{folder} is a bare repository", "Run the command in a work tree of it."
        )
    hint = "Make it one (git init, git add -A, git commit), then run the command again."
    return ScaffoldError(f"{folder} is not in a git repository", hint)


def settings(cwd: Path) -> dict[str, str]:
    """All of the user's settings, names in lower case as git lists them."""
    items = git("config", "--list", "-z", cwd=cwd).out.decode("utf-8", "surrogateescape")
    pairs = (item.partition("\n") for item in items.split("\0") if item)
    return {name: value if found else "true" for name, found, value in pairs}


def dirty(folder: Path, disarm: Iterable[str] = ()) -> tuple[str, ...]:
    """Tracked paths under ``folder`` with changes that no commit holds, from the top.

    Args:
        folder: The project.
        disarm: Settings for a second try, where the user's filter drivers cannot run.
    """
    args = ("status", "--porcelain=v2", "-z", "--untracked-files=no", "--no-renames")
    rest = ("--ignore-submodules=all", "--", ".")
    done = git(*args, *rest, cwd=folder, check=False)
    if done.code:
        done = git(*args, *rest, cwd=folder, config=disarm)
    lines = [line.split(b" ") for line in done.out.split(b"\0") if line]
    fields = {b"1": 8, b"u": 10}
    return tuple(os.fsdecode(b" ".join(line[fields[line[0]] :])) for line in lines)


def ignored(cwd: Path, paths: Iterable[str]) -> frozenset[str]:
    """Those of some paths (relative to ``cwd``) that git ignores."""
    asked = b"".join(os.fsencode(path) + b"\0" for path in paths)
    if not asked:
        return frozenset()
    # Exits with 1 where there is none of them.
    out = git("check-ignore", "-z", "--stdin", cwd=cwd, stdin=asked, check=False).out
    return frozenset(os.fsdecode(path) for path in out.split(b"\0")[:-1])


def empty_index(top: Path, index: Path) -> None:
    """Write an index that holds nothing."""
    git("read-tree", "--empty", cwd=top, env={"GIT_INDEX_FILE": str(index)})


def index_entries(cwd: Path, index: Path | None = None) -> list[Indexed]:
    """The entries of an index at or under ``cwd``, paths relative to it."""
    env = {"GIT_INDEX_FILE": str(index)} if index else None
    found = []
    for line in git("ls-files", "-s", "-v", "-z", cwd=cwd, env=env).out.split(b"\0")[:-1]:
        head, _, path = line.partition(b"\t")
        flag, mode, name, stage = head.decode().split(" ")
        found.append(Indexed(os.fsdecode(path), mode, name, int(stage), flag))
    return found


def tree_entries(store: Path, tree: str) -> list[tuple[str, str, str]]:
    """Path, mode and id of everything in a tree of a scratch store."""
    found = []
    for line in _scratch(store, "ls-tree", "-r", "-z", tree).out.split(b"\0")[:-1]:
        head, _, path = line.partition(b"\t")
        mode, _, name = head.decode().split(" ")
        found.append((os.fsdecode(path), mode, name))
    return found


def merge_trees(
    store: Path, work_tree: Path, ours: str, theirs: str, style: str = "merge"
) -> MergedTree:
    """Merge two commits of a scratch store.

    Attributes of ``work_tree`` count; drivers that a configuration names are out of reach.
    """
    config = ("merge.renames=true", "merge.directoryRenames=true", "merge.renameLimit=10000")
    args = ("merge-tree", "--write-tree", "-z", "--allow-unrelated-histories", ours, theirs)
    done = _scratch(
        store, *args, cwd=work_tree, config=(*config, f"merge.conflictStyle={style}"), check=False
    )
    if done.code == 129:
        raise ScaffoldError("this git cannot merge trees", "Install git 2.38 or newer.")
    if done.code not in {0, 1}:
        raise GitError(done)
    parts = [os.fsdecode(part) for part in done.out.split(b"\0")]
    end = parts.index("", 1)
    messages = list(_messages(parts[end + 1 :]))
    kinds: dict[str, frozenset[str]] = {}
    for kind, paths in messages:
        kinds |= {path: kinds.get(path, frozenset()) | {kind} for path in paths}
    origins = {p[0]: p[1] for kind, p in messages if "rename/delete" in kind and len(p) == 2}
    return MergedTree(parts[0], _stages(parts[1:end]), kinds, origins)


def _stages(lines: Iterable[str]) -> dict[str, dict[int, tuple[str, str]]]:
    stages: dict[str, dict[int, tuple[str, str]]] = {}
    for line in lines:
        head, _, path = line.partition("\t")
        mode, name, stage = head.split(" ")
        stages.setdefault(path, {})[int(stage)] = (mode, name)
    return stages


def _messages(parts: list[str]) -> Iterator[tuple[str, list[str]]]:
    """What git says of conflicts: the kind of each, and the paths that it is about."""
    at = 0
    while at < len(parts) and parts[at]:
        end = at + 1 + int(parts[at])
        yield parts[end], parts[at + 1 : end]
        at = end + 2


def tree_changes(store: Path, old: str, new: str) -> list[Altered]:
    """The differences between two trees of a scratch store, renames followed."""
    out = _scratch(
        store, "diff-tree", "-r", "-z", "-M", "--no-rename-empty", "-l10000", old, new
    ).out
    parts = iter([os.fsdecode(part) for part in out.split(b"\0")[:-1]])
    found = []
    for head in parts:
        old_mode, mode, old_id, name, status = head.removeprefix(":").split(" ")
        source = next(parts)
        target = next(parts) if status[0] == "R" else source
        sides = (mode, name) if status[0] != "D" else ("", "")
        before = (old_mode, old_id) if status[0] != "A" else ("", "")
        found.append(Altered(status[0], target, source, *sides, *before))
    return found


def tree_patch(store: Path, old: str, new: str) -> str:
    """A patch for ``git apply`` between two trees of a scratch store."""
    form = ("-p", "-r", "-M", "--no-rename-empty", "--binary", "--full-index")
    plain = ("--no-ext-diff", "--no-textconv")
    out = _scratch(store, "diff-tree", *form, *plain, old, new).out
    return out.decode("utf-8", "surrogateescape")


def read_blobs(store: Path, names: Iterable[str]) -> dict[str, bytes]:
    """The contents of blobs in a scratch store."""
    wanted = sorted(set(names))
    if not wanted:
        return {}
    out = _scratch(store, "cat-file", "--batch", stdin="\n".join(wanted).encode() + b"\n").out
    found, at = {}, 0
    for name in wanted:
        end = out.index(b"\n", at)
        size = out[at:end].rpartition(b" ")[2]
        if not size.isdigit():
            raise ScaffoldError(
                f"the repository lacks the object {name}", "Run `git fsck` in the project."
            )
        at = end + 1 + int(size)
        found[name] = out[end + 1 : at]
        at += 1
    return found


def _scratch(
    store: Path,
    *args: str,
    cwd: Path | None = None,
    stdin: bytes = b"",
    config: Iterable[str] = (),
    check: bool = True,
) -> Completed:
    env = {"GIT_DIR": str(store)} | ({"GIT_WORK_TREE": str(cwd)} if cwd else {})
    return git(
        *args, cwd=cwd or store, stdin=stdin, env=env, config=config, isolated=True, check=check
    )


def attributes(cwd: Path, names: Iterable[str], paths: Iterable[str]) -> dict[str, dict[str, str]]:
    """The attributes that the project gives to paths (relative to ``cwd``)."""
    asked = b"".join(os.fsencode(path) + b"\0" for path in paths)
    if not asked:
        return {}
    out = git("check-attr", "-z", "--stdin", *names, cwd=cwd, stdin=asked).out
    parts = [os.fsdecode(part) for part in out.split(b"\0")[:-1]]
    found: dict[str, dict[str, str]] = {}
    for path, name, value in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        found.setdefault(path, {})[name] = value
    return found


def write_index(
    top: Path,
    index: Path,
    lines: bytes,
    flags: Mapping[str, Iterable[str]],
    disarm: Iterable[str],
) -> None:
    """Change an index file that is nobody's yet.

    Args:
        top: The work tree.
        index: The index file.
        lines: What ``git update-index -z --index-info`` reads.
        flags: Options such as ``--skip-worktree`` with the paths that get them.
        disarm: Settings that switch filter drivers off: git looks at files that are as new as
            the index, and would run them.
    """
    env = {"GIT_INDEX_FILE": str(index)}
    config = ("core.splitIndex=false", "core.fsync=index", *disarm)
    first = ("update-index", "--add", "--remove", "--replace", "-z", "--index-info")
    git(*first, cwd=top, stdin=lines, env=env, config=config)
    for option, paths in flags.items():
        names = b"".join(os.fsencode(path) + b"\0" for path in paths)
        again = ("update-index", option, "-z", "--stdin")
        if names:
            git(*again, cwd=top, stdin=names, env=env, config=config)


def refresh_index(top: Path, config: Iterable[str]) -> None:
    """Let the index know the files as they are on disk; what fails changes nothing."""
    git("update-index", "-q", "--refresh", cwd=top, config=config, check=False)
