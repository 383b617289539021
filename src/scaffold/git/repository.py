"""The only module that starts git: small typed questions over one pinned way to call it.

The user's aliases, hooks, signing, pagers, colours and diff settings never change what a call
means: every call carries its own configuration, and no variable of an outer git is inherited.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from ..host import track_progress
from .addresses import is_ambiguous, redacted, without_credentials
from .calling import Completed, GitError, at, git
from .drafts import draft
from .history import is_ancestor, is_shallow, names_behind, read_file
from .mirrors import Tag, default_branch, is_sound, mirror, mirror_of, remote_tags, tags

__all__ = [
    "Completed",
    "GitError",
    "Tag",
    "check_out",
    "commit_of",
    "default_branch",
    "describe",
    "directory",
    "draft",
    "git",
    "init_with_commit",
    "is_ambiguous",
    "is_ancestor",
    "is_git_name",
    "is_repository",
    "is_shallow",
    "is_sound",
    "mirror",
    "mirror_of",
    "names_behind",
    "read_file",
    "redacted",
    "remote_tags",
    "setting",
    "tags",
    "toplevel",
    "without_credentials",
]

# Characters that some file systems do not see in a name.
_UNSEEN = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_SHORT_NAME = re.compile(r"git~\d+")


def is_git_name(name: str) -> bool:
    """Whether some system takes a name for ``.git``.

    Cases do not count for many; Windows sees neither dots and blanks at the end nor what follows
    a colon, and knows a short name; macOS passes over some characters.
    """
    plain = _UNSEEN.sub("", name).partition(":")[0].rstrip(" .").casefold()
    return plain == ".git" or _SHORT_NAME.fullmatch(plain) is not None


def toplevel(path: Path) -> Path | None:
    """The work tree that ``path`` lies in, or None."""
    done = git("rev-parse", "--show-toplevel", cwd=path, check=False)
    return Path(done.text) if done.code == 0 and done.text else None


def setting(name: str, cwd: Path) -> str:
    """The value that the user's git gives to a setting; empty where there is none."""
    done = git("config", "--get", name, cwd=cwd, check=False)
    return done.text if done.code == 0 else ""


def is_repository(path: Path) -> bool:
    """Whether ``path`` is the top of a git repository, bare ones included."""
    return (path / ".git").exists() or ((path / "HEAD").is_file() and (path / "objects").is_dir())


def directory(work_tree: Path) -> Path:
    """The git directory of a repository, as an absolute path."""
    done = git(
        "rev-parse", "--absolute-git-dir", cwd=work_tree, config=("safe.bareRepository=all",)
    )
    return Path(done.text)


def commit_of(git_dir: Path, ref: str) -> str | None:
    """The full id of the commit that a ref leads to, or None."""
    for name in (f"refs/tags/{ref}", ref, f"refs/heads/{ref}"):
        revision = name + "^{commit}"
        options = ("--verify", "--quiet", "--end-of-options", revision)
        done = git("rev-parse", *options, cwd=git_dir, env=at(git_dir), check=False)
        if done.code == 0:
            return done.text.splitlines()[-1]
    return None


def describe(git_dir: Path, commit: str) -> str:
    """What a commit is called: its tag, or the nearest one with a distance, or its short id."""
    return git("describe", "--tags", "--always", commit, cwd=git_dir, env=at(git_dir)).text


def check_out(git_dir: Path, commit: str, folder: Path, origin: str) -> None:
    """Write the files of a commit, submodules included, into a new folder.

    The repository's own configuration is not read: a scratch repository borrows its objects.

    Args:
        git_dir: Has the commit.
        commit: Its full id.
        folder: Where to write; what an attempt before left there goes.
        origin: Where the repository is from: addresses of submodules may be relative to it.
    """
    scratch = folder.with_name(folder.name + ".git")
    for left in (folder, scratch):
        shutil.rmtree(left, ignore_errors=True)
    (scratch / "objects/info").mkdir(parents=True)
    (scratch / "refs").mkdir()
    (scratch / "HEAD").write_text(f"{commit}\n")
    (scratch / "objects/info/alternates").write_text(f"{git_dir / 'objects'}\n")
    folder.mkdir()
    where = {**at(scratch), "GIT_WORK_TREE": str(folder)}
    git("read-tree", "--reset", "-u", commit, cwd=folder, env=where, isolated=True)
    if (folder / ".gitmodules").is_file():
        url = without_credentials(origin)
        git("config", "--file", str(scratch / "config"), "remote.origin.url", url, cwd=folder)
        update = ("submodule", "--quiet", "update", "--init", "--recursive")
        git(*update, cwd=folder, env=where, online=True)


def init_with_commit(path: Path, message: str) -> str:
    """Make ``path`` a repository whose first commit holds all its files; returns the commit.

    Works where no identity is configured: the commit then says it was made by ``scaffold``.
    """
    git("init", "--quiet", cwd=path)
    identity = {}
    if not (setting("user.name", path) and setting("user.email", path)):
        identity = {"GIT_AUTHOR_NAME": "scaffold", "GIT_AUTHOR_EMAIL": "scaffold@localhost"}
        identity |= {"GIT_COMMITTER_NAME": "scaffold", "GIT_COMMITTER_EMAIL": "scaffold@localhost"}
    # The user's ignore rules and line ending settings must not change the pristine commit.
    pristine = ("core.autocrlf=false", "core.safecrlf=false", f"core.excludesFile={os.devnull}")
    commit = ("commit", "--quiet", "--no-verify", "--allow-empty", "-m", message)
    with track_progress("starting the git repository"):
        git("add", "--all", "--force", ".", cwd=path, config=pristine)
        git(*commit, cwd=path, env=identity, config=pristine)
    return git("rev-parse", "HEAD", cwd=path).text
