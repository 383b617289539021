"""Uncommitted changes of a work tree, as a commit that its repository never sees."""

from __future__ import annotations

from pathlib import Path

from .command import run_git, use_git_dir

# The same changes give the same commit, for every user at every time.
_IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (
        ("NAME", "scaffold"),
        ("EMAIL", "scaffold@localhost"),
        ("DATE", "2000-01-01T00:00:00Z"),
    )
}


def commit_draft(git_dir: Path, work_tree: Path, head: str | None, scratch: Path) -> str | None:
    """Commit the changes of a work tree since its ``HEAD``, untracked files included.

    The repository's own configuration is not read, and nothing is written to it: a scratch
    repository borrows its objects.

    Args:
        git_dir: The git directory that has the commits.
        work_tree: The folder to commit.
        head: The full id of the commit that is checked out; None if there is none yet.
        scratch: The path of the scratch repository; must not exist.

    Returns:
        The full id of the commit in ``scratch``; None if nothing changed.
    """
    (scratch / "objects/info").mkdir(parents=True)
    (scratch / "refs").mkdir()
    (scratch / "HEAD").write_text("ref: refs/heads/draft\n")
    (scratch / "objects/info/alternates").write_text(f"{git_dir / 'objects'}\n")
    where = {**use_git_dir(scratch), "GIT_WORK_TREE": str(work_tree)}
    if head:
        run_git("read-tree", head, cwd=work_tree, env=where)
    run_git("add", "--all", ".", cwd=work_tree, env=where, config=("core.safecrlf=false",))
    tree = run_git("write-tree", cwd=work_tree, env=where).text
    if head and run_git("rev-parse", f"{head}^{{tree}}", cwd=work_tree, env=where).text == tree:
        return None
    parents = ("-p", head) if head else ()
    message = ("-m", "Uncommitted changes")
    return run_git(
        "commit-tree", tree, *parents, *message, cwd=work_tree, env=where | _IDENTITY
    ).text
