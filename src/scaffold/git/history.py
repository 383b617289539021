"""The history of a local repository: order of commits, tags, and one file of a commit."""

from __future__ import annotations

from pathlib import Path

from .command import run_in_repository


def is_ancestor(git_dir: Path, commit: str, of: str) -> bool:
    """Tell whether a commit is ``of`` or one of its ancestors."""
    done = run_in_repository(git_dir, "merge-base", "--is-ancestor", commit, of, check=False)
    return done.code == 0


def is_shallow(git_dir: Path) -> bool:
    """Tell whether the history is cut off, so that ancestors may be missing."""
    return (git_dir / "shallow").is_file()


def list_tags_behind(git_dir: Path, commit: str) -> tuple[str, ...]:
    """List the tags on a commit and on its ancestors; empty if there is no such commit."""
    done = run_in_repository(git_dir, "tag", "--list", "--merged", commit, check=False)
    return tuple(done.text.splitlines()) if done.code == 0 else ()


def read_committed_file(git_dir: Path, commit: str, name: str) -> bytes | None:
    """Read a file of a commit; None if it has no plain file of that name."""
    listed = run_in_repository(git_dir, "ls-tree", "-z", commit, "--", name, check=False)
    head, _, _ = listed.text.partition("\t")
    if listed.code or not head.startswith("100"):
        return None
    done = run_in_repository(git_dir, "cat-file", "blob", head.split(" ")[2], check=False)
    return done.out if done.code == 0 else None
