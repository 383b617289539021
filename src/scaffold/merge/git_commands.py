"""The git commands on a scratch store, with typed results.

The number of processes never depends on the number of files. Calls run with an empty
configuration, so that nobody's merge driver, filter or diff setting is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ..errors import ScaffoldError
from ..git import GitError, GitResult, run_git


class TreeEntry(NamedTuple):
    """A file of a tree: git's mode and the id of its content."""

    mode: str
    id: str


Listing = dict[str, TreeEntry]
Stages = Mapping[int, TreeEntry]


@dataclass(frozen=True)
class TreeDifference:
    """One difference between two trees; a side is None where it has no file."""

    status: str
    path: str
    old_path: str
    before: TreeEntry | None
    after: TreeEntry | None


@dataclass(frozen=True)
class MergedTree:
    """The result of ``git merge-tree``.

    Attributes:
        tree: The merged tree.
        stages: For each path in conflict the entry of each side: 1 base, 2 ours, 3 theirs.
        kinds: For each path in conflict git's names of it.
        origins: The old paths of files that one side renamed and the other deleted.
    """

    tree: str
    stages: Mapping[str, Stages]
    kinds: Mapping[str, frozenset[str]]
    origins: Mapping[str, str]


def read_tree(store: Path, tree: str) -> Listing:
    """Read all files of a tree of a scratch store."""
    found = {}
    for line in _run_in_store(store, "ls-tree", "-r", "-z", tree).parts:
        head, _, path = line.partition("\t")
        mode, _, name = head.split(" ")
        found[path] = TreeEntry(mode, name)
    return found


def merge_trees(store: Path, work_tree: Path, ours: str, theirs: str, style: str) -> MergedTree:
    """Merge two commits of a scratch store.

    Attributes of ``work_tree`` count; merge drivers of a configuration do not run.

    Raises:
        ScaffoldError: git is too old, or it failed.
    """
    config = ("merge.renames=true", "merge.directoryRenames=true", "merge.renameLimit=10000")
    args = ("merge-tree", "--write-tree", "-z", "--allow-unrelated-histories", ours, theirs)
    done = _run_in_store(
        store, *args, cwd=work_tree, config=(*config, f"merge.conflictStyle={style}"), check=False
    )
    if done.code == 129:
        raise ScaffoldError("this git cannot merge trees", "Install git 2.38 or newer.")
    if done.code not in {0, 1}:
        raise GitError(done)
    parts = [*done.parts, ""]  # a blank part ends the conflicts, if messages follow
    end = parts.index("", 1)
    messages = list(_read_messages(parts[end + 1 :]))
    kinds: dict[str, frozenset[str]] = {}
    for kind, paths in messages:
        kinds |= {path: kinds.get(path, frozenset()) | {kind} for path in paths}
    origins = {p[0]: p[1] for kind, p in messages if "rename/delete" in kind and len(p) == 2}
    return MergedTree(parts[0], _read_stages(parts[1:end]), kinds, origins)


def _read_stages(lines: Iterable[str]) -> dict[str, Stages]:
    stages: dict[str, dict[int, TreeEntry]] = {}
    for line in lines:
        head, _, path = line.partition("\t")
        mode, name, stage = head.split(" ")
        stages.setdefault(path, {})[int(stage)] = TreeEntry(mode, name)
    return {**stages}


def _read_messages(parts: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Read git's messages on conflicts: the kind and the paths of each."""
    at = 0
    while at < len(parts) and parts[at]:
        end = at + 1 + int(parts[at])
        yield parts[end], parts[at + 1 : end]
        at = end + 2


def compare_trees(store: Path, old: str, new: str) -> list[TreeDifference]:
    """Compare two trees of a scratch store, with renames."""
    form = ("-r", "-z", "-M", "--no-rename-empty", "-l10000")
    parts = iter(_run_in_store(store, "diff-tree", *form, old, new).parts)
    found = []
    for head in parts:
        old_mode, mode, old_id, name, status = head.removeprefix(":").split(" ")
        source = next(parts)
        target = next(parts) if status[0] == "R" else source
        before = TreeEntry(old_mode, old_id) if status[0] != "A" else None
        after = TreeEntry(mode, name) if status[0] != "D" else None
        found.append(TreeDifference(status[0], target, source, before, after))
    return found


def make_patch(store: Path, old: str, new: str) -> str:
    """Make a patch for ``git apply`` between two trees of a scratch store."""
    form = ("-p", "-r", "-M", "--no-rename-empty", "--binary", "--full-index")
    plain = ("--no-ext-diff", "--no-textconv")
    out = _run_in_store(store, "diff-tree", *form, *plain, old, new).out
    return out.decode("utf-8", "surrogateescape")


def read_blobs(store: Path, names: Iterable[str]) -> dict[str, bytes]:
    """Read the contents of blobs in a scratch store, by id.

    Raises:
        ScaffoldError: One is missing.
    """
    wanted = sorted(set(names))
    if not wanted:
        return {}
    out = _run_in_store(store, "cat-file", "--batch", stdin="\n".join(wanted).encode() + b"\n").out
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


def _run_in_store(
    store: Path,
    *args: str,
    cwd: Path | None = None,
    stdin: bytes = b"",
    config: Iterable[str] = (),
    check: bool = True,
) -> GitResult:
    env = {"GIT_DIR": str(store)} | ({"GIT_WORK_TREE": str(cwd)} if cwd else {})
    return run_git(
        *args, cwd=cwd or store, stdin=stdin, env=env, config=config, isolated=True, check=check
    )
