"""Local repositories: settings, commits, check-outs, drafts, and the first commit."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from ..host import track_progress
from .addresses import strip_credentials
from .command import run_git, run_in_repository

# Characters that some file systems ignore in a name.
_UNSEEN = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_SHORT_NAME = re.compile(r"git~\d+")
_AUTHOR = {
    f"GIT_{who}_{key}": value
    for who in ("AUTHOR", "COMMITTER")
    for key, value in (("NAME", "scaffold"), ("EMAIL", "scaffold@localhost"))
}
# The same changes give the same commit at every time.
_DATES = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), "2000-01-01T00:00:00Z")


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
        options = ("--verify", "--quiet", "--end-of-options", name + "^{commit}")
        done = run_in_repository(git_dir, "rev-parse", *options, check=False)
        if done.code == 0:
            return done.text.splitlines()[-1]
    return None


def describe_commit(git_dir: Path, commit: str) -> str:
    """Name a commit: by its tag, the nearest tag with a distance, or its short id."""
    return run_in_repository(git_dir, "describe", "--tags", "--always", commit).text


def _make_scratch(scratch: Path, head: str, git_dir: Path, work_tree: Path) -> dict[str, str]:
    """Make a repository that borrows the objects of another, whose configuration is not read.

    Returns:
        The variables with which git uses it.
    """
    (scratch / "objects/info").mkdir(parents=True)
    (scratch / "refs").mkdir()
    (scratch / "HEAD").write_text(f"{head}\n")
    (scratch / "objects/info/alternates").write_text(f"{git_dir / 'objects'}\n")
    return {"GIT_DIR": str(scratch), "GIT_WORK_TREE": str(work_tree)}


def check_out_commit(git_dir: Path, commit: str, folder: Path, origin: str) -> None:
    """Write the files of a commit, submodules included, into a new folder.

    Args:
        git_dir: The git directory that has the commit.
        commit: Its full id.
        folder: The folder to write; leftovers of an earlier attempt are removed.
        origin: The repository's address: those of submodules may be relative to it.
    """
    scratch = folder.with_name(folder.name + ".git")
    for left in (folder, scratch):
        shutil.rmtree(left, ignore_errors=True)
    where = _make_scratch(scratch, commit, git_dir, folder)
    folder.mkdir()
    run_git("read-tree", "--reset", "-u", commit, cwd=folder, env=where, isolated=True)
    if (folder / ".gitmodules").is_file():
        url = strip_credentials(origin)
        run_git("config", "--file", str(scratch / "config"), "remote.origin.url", url, cwd=folder)
        update = ("submodule", "--quiet", "update", "--init", "--recursive")
        run_git(*update, cwd=folder, env=where, online=True)


def commit_draft(git_dir: Path, work_tree: Path, head: str | None, scratch: Path) -> str | None:
    """Commit the changes of a work tree since its ``HEAD``, untracked files included.

    Nothing is written to its repository.

    Args:
        git_dir: The git directory that has the commits.
        work_tree: The folder to commit.
        head: The full id of the commit that is checked out; None if there is none yet.
        scratch: The path of the git directory to make for the commit; must not exist.

    Returns:
        The full id of the commit in ``scratch``; None if nothing changed.
    """
    where = _make_scratch(scratch, "ref: refs/heads/draft", git_dir, work_tree)
    if head:
        run_git("read-tree", head, cwd=work_tree, env=where)
    run_git("add", "--all", ".", cwd=work_tree, env=where, config=("core.safecrlf=false",))
    tree = run_git("write-tree", cwd=work_tree, env=where).text
    if head and run_git("rev-parse", f"{head}^{{tree}}", cwd=work_tree, env=where).text == tree:
        return None
    parents = ("-p", head) if head else ()
    commit = ("commit-tree", tree, *parents, "-m", "Uncommitted changes")
    return run_git(*commit, cwd=work_tree, env=where | _AUTHOR | _DATES).text


def init_repository(path: Path, message: str) -> str:
    """Make ``path`` a repository whose first commit holds all its files.

    If no identity is configured, ``scaffold`` is the author.

    Returns:
        The full id of the commit.
    """
    run_git("init", "--quiet", cwd=path)
    has_author = get_git_setting("user.name", path) and get_git_setting("user.email", path)
    # The user's ignore rules and line ending settings must not change the pristine commit.
    pristine = ("core.autocrlf=false", "core.safecrlf=false", f"core.excludesFile={os.devnull}")
    commit = ("commit", "--quiet", "--no-verify", "--allow-empty", "-m", message)
    with track_progress("starting the git repository"):
        run_git("add", "--all", "--force", ".", cwd=path, config=pristine)
        run_git(*commit, cwd=path, env={} if has_author else _AUTHOR, config=pristine)
    return run_git("rev-parse", "HEAD", cwd=path).text
