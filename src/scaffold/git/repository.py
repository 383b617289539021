"""Local repositories: settings, commits, check-outs, and the first commit."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from ..host import track_progress
from .addresses import strip_credentials
from .command import run_git, use_git_dir

# Characters that some file systems ignore in a name.
_UNSEEN = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_SHORT_NAME = re.compile(r"git~\d+")


def is_git_name(name: str) -> bool:
    """Tell whether some system takes a name for ``.git``.

    Many ignore case. Windows ignores dots and blanks at the end and all after a colon, and has
    short names. macOS ignores some characters.
    """
    plain = _UNSEEN.sub("", name).partition(":")[0].rstrip(" .").casefold()
    return plain == ".git" or _SHORT_NAME.fullmatch(plain) is not None


def find_work_tree(path: Path) -> Path | None:
    """Find the work tree that contains ``path``; None if there is none."""
    done = run_git("rev-parse", "--show-toplevel", cwd=path, check=False)
    return Path(done.text) if done.code == 0 and done.text else None


def get_git_setting(name: str, cwd: Path) -> str:
    """Get a setting of the user's git; empty if it is not set."""
    done = run_git("config", "--get", name, cwd=cwd, check=False)
    return done.text if done.code == 0 else ""


def is_repository(path: Path) -> bool:
    """Tell whether ``path`` is the top of a git repository, bare ones included."""
    return (path / ".git").exists() or ((path / "HEAD").is_file() and (path / "objects").is_dir())


def get_git_dir(work_tree: Path) -> Path:
    """Get the absolute path of a repository's git directory."""
    done = run_git(
        "rev-parse", "--absolute-git-dir", cwd=work_tree, config=("safe.bareRepository=all",)
    )
    return Path(done.text)


def find_commit(git_dir: Path, ref: str) -> str | None:
    """Find the full id of the commit that a tag, branch or other ref leads to; None if unknown."""
    for name in (f"refs/tags/{ref}", ref, f"refs/heads/{ref}"):
        revision = name + "^{commit}"
        options = ("--verify", "--quiet", "--end-of-options", revision)
        done = run_git("rev-parse", *options, cwd=git_dir, env=use_git_dir(git_dir), check=False)
        if done.code == 0:
            return done.text.splitlines()[-1]
    return None


def describe_commit(git_dir: Path, commit: str) -> str:
    """Name a commit: by its tag, the nearest tag with a distance, or its short id."""
    return run_git(
        "describe", "--tags", "--always", commit, cwd=git_dir, env=use_git_dir(git_dir)
    ).text


def check_out_commit(git_dir: Path, commit: str, folder: Path, origin: str) -> None:
    """Write the files of a commit, submodules included, into a new folder.

    The repository's own configuration is not read: a scratch repository borrows its objects.

    Args:
        git_dir: The git directory that has the commit.
        commit: Its full id.
        folder: The folder to write; leftovers of an earlier attempt are removed.
        origin: The repository's address: those of submodules may be relative to it.
    """
    scratch = folder.with_name(folder.name + ".git")
    for left in (folder, scratch):
        shutil.rmtree(left, ignore_errors=True)
    (scratch / "objects/info").mkdir(parents=True)
    (scratch / "refs").mkdir()
    (scratch / "HEAD").write_text(f"{commit}\n")
    (scratch / "objects/info/alternates").write_text(f"{git_dir / 'objects'}\n")
    folder.mkdir()
    where = {**use_git_dir(scratch), "GIT_WORK_TREE": str(folder)}
    run_git("read-tree", "--reset", "-u", commit, cwd=folder, env=where, isolated=True)
    if (folder / ".gitmodules").is_file():
        url = strip_credentials(origin)
        run_git("config", "--file", str(scratch / "config"), "remote.origin.url", url, cwd=folder)
        update = ("submodule", "--quiet", "update", "--init", "--recursive")
        run_git(*update, cwd=folder, env=where, online=True)


def init_repository(path: Path, message: str) -> str:
    """Make ``path`` a repository whose first commit holds all its files.

    If no identity is configured, ``scaffold`` is the author.

    Returns:
        The full id of the commit.
    """
    run_git("init", "--quiet", cwd=path)
    identity = {}
    if not (get_git_setting("user.name", path) and get_git_setting("user.email", path)):
        identity = {"GIT_AUTHOR_NAME": "scaffold", "GIT_AUTHOR_EMAIL": "scaffold@localhost"}
        identity |= {"GIT_COMMITTER_NAME": "scaffold", "GIT_COMMITTER_EMAIL": "scaffold@localhost"}
    # The user's ignore rules and line ending settings must not change the pristine commit.
    pristine = ("core.autocrlf=false", "core.safecrlf=false", f"core.excludesFile={os.devnull}")
    commit = ("commit", "--quiet", "--no-verify", "--allow-empty", "-m", message)
    with track_progress("starting the git repository"):
        run_git("add", "--all", "--force", ".", cwd=path, config=pristine)
        run_git(*commit, cwd=path, env=identity, config=pristine)
    return run_git("rev-parse", "HEAD", cwd=path).text
