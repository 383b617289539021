"""The history of a repository on this machine: who comes after whom, and one file of a commit."""

from __future__ import annotations

from pathlib import Path

from .calling import at, git


def is_ancestor(git_dir: Path, commit: str, of: str) -> bool:
    """Whether one commit is another, or lies behind it."""
    options = ("merge-base", "--is-ancestor", commit, of)
    return git(*options, cwd=git_dir, env=at(git_dir), check=False).code == 0


def is_shallow(git_dir: Path) -> bool:
    """Whether the history is cut off, so that a commit may lie behind another unseen."""
    return (git_dir / "shallow").is_file()


def names_behind(git_dir: Path, commit: str) -> tuple[str, ...]:
    """The tags that lie behind a commit, or on it."""
    options = ("tag", "--list", "--merged", commit)
    done = git(*options, cwd=git_dir, env=at(git_dir), check=False)
    return tuple(done.text.splitlines()) if done.code == 0 else ()


def read_file(git_dir: Path, commit: str, name: str) -> bytes | None:
    """A file of a commit; None where it has none of that name, or not as a plain file."""
    listed = git("ls-tree", "-z", commit, "--", name, cwd=git_dir, env=at(git_dir), check=False)
    head, _, _ = listed.text.partition("\t")
    if listed.code or not head.startswith("100"):
        return None
    done = git("cat-file", "blob", head.split(" ")[2], cwd=git_dir, env=at(git_dir), check=False)
    return done.out if done.code == 0 else None
