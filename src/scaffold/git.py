"""The only module that starts git: small typed questions over one pinned way to call it.

The user's aliases, hooks, signing, pagers, colours and diff settings never change what a call
means: every call carries its own configuration, and no variable of an outer git is inherited.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import ScaffoldError

# What a repository or a user may have configured to run code or to change output.
PINNED = (
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    "core.quotePath=false",
    "core.pager=cat",
    "color.ui=false",
    "commit.gpgSign=false",
    "tag.gpgSign=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.ext.allow=never",
    "safe.bareRepository=explicit",
)
# Names that say where a person's credentials, keys and network are: kept.
KEPT = frozenset(
    {
        "GIT_SSH",
        "GIT_SSH_COMMAND",
        "GIT_ASKPASS",
        "GIT_SSL_NO_VERIFY",
        "GIT_SSL_CAINFO",
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_NOSYSTEM",
        "GIT_CONFIG_SYSTEM",
    }
)


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


@dataclass(frozen=True)
class Completed:
    """A finished git process.

    Attributes:
        args: What was asked, without the pinned configuration.
        code: The exit code.
        out: Standard output.
        err: Standard error.
    """

    args: tuple[str, ...]
    code: int
    out: bytes
    err: bytes

    @property
    def text(self) -> str:
        """Standard output as text, without the last newline."""
        return self.out.decode("utf-8", "surrogateescape").removesuffix("\n")

    @property
    def said(self) -> tuple[str, ...]:
        """The lines of standard error that hold a word."""
        lines = self.err.decode("utf-8", "replace").splitlines()
        return tuple(line for line in lines if line.strip())


class GitError(ScaffoldError):
    """A git command failed; holds the command, its exit code and both streams."""

    def __init__(self, done: Completed, what: str = "", hint: str = "") -> None:
        command = " ".join(("git", *done.args))
        super().__init__(what or f"`{command}` failed with exit code {done.code}", hint, done.said)
        self.done = done


def environment(extra: Mapping[str, str] | None = None, isolated: bool = False) -> dict[str, str]:
    """The environment of a git process.

    Args:
        extra: Variables to add.
        isolated: Leave the user's and the machine's git configuration out.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") or k in KEPT}
    kept |= {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "LANGUAGE": "C", "GIT_OPTIONAL_LOCKS": "0"}
    if isolated:
        kept |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    return kept | dict(extra or {})


def git(
    *args: str,
    cwd: Path,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    config: Iterable[str] = (),
    isolated: bool = False,
    check: bool = True,
) -> Completed:
    """Run one git command.

    Args:
        args: The command, without ``git``.
        cwd: Where to run it.
        stdin: What to hand to it.
        env: Variables to add to its environment.
        config: Further ``key=value`` settings, after the pinned ones.
        isolated: Leave the user's and the machine's git configuration out.
        check: Raise when the exit code is not 0.

    Raises:
        ScaffoldError: There is no git.
        GitError: The command failed and ``check`` is set.
    """
    settings = [part for item in (*PINNED, *config) for part in ("-c", item)]
    try:
        process = subprocess.run(
            ["git", *settings, *args],  # noqa: S607 - the user's git, wherever it is
            cwd=cwd,
            input=stdin,
            env=environment(env, isolated),
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        if not cwd.is_dir():
            raise
        raise ScaffoldError(
            "git was not found", "Install git 2.38 or newer and put it on PATH."
        ) from None
    done = Completed(args, process.returncode, process.stdout, process.stderr)
    if check and done.code:
        raise GitError(done)
    return done


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


@dataclass(frozen=True)
class Tag:
    """A tag and the commit it leads to."""

    name: str
    commit: str


def tags(git_dir: Path) -> tuple[Tag, ...]:
    """The tags of a repository on this machine."""
    form = "%(refname:strip=2)%00%(objectname)%00%(*objectname)"
    done = git("for-each-ref", f"--format={form}", "refs/tags", cwd=git_dir, env=_at(git_dir))
    rows = (line.split("\0") for line in done.text.splitlines())
    return tuple(Tag(name, peeled or direct) for name, direct, peeled in rows)


def remote_tags(url: str) -> tuple[Tag, ...]:
    """The tags of a repository elsewhere, asked without fetching anything."""
    done = git("ls-remote", "--tags", "--", url, cwd=Path.cwd(), check=False)
    if done.code:
        raise unreachable(url, done)
    found: dict[str, str] = {}
    for line in done.text.splitlines():
        commit, _, ref = line.partition("\trefs/tags/")
        name = ref.removesuffix("^{}")
        if name != ref or name not in found:
            found[name] = commit
    return tuple(Tag(name, commit) for name, commit in found.items())


def unreachable(url: str, done: Completed) -> GitError:
    """The error for a source that did not answer; shows no credentials."""
    shown = re.sub(r"(?<=://)[^/@\s]+@", "", url)
    clean = Completed(done.args[:1], done.code, b"", done.err.replace(url.encode(), shown.encode()))
    hint = "Check the address, your network and your rights, then try again."
    return GitError(clean, f"the blueprint {shown} cannot be reached", hint)


def mirror_of(url: str) -> Path:
    """Where the copy of a repository is kept in the user's cache, whether or not it is there."""
    import hashlib

    import platformdirs

    name = hashlib.sha256(url.encode()).hexdigest()[:32]
    return platformdirs.user_cache_path("scaffold") / "git" / name


def mirror(url: str) -> tuple[Path, bool]:
    """A copy of a repository in the user's cache, brought up to date where it can be reached.

    Returns:
        The copy, and whether the repository did not answer.

    Raises:
        GitError: It was never copied and cannot be reached.
    """
    import shutil
    import tempfile

    copy = mirror_of(url)
    cache = copy.parent
    cache.mkdir(parents=True, exist_ok=True)
    if copy.is_dir():
        everything = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
        fetch = ("fetch", "--quiet", "--prune", "--", url, *everything)
        return copy, git(*fetch, cwd=copy, env=_at(copy), check=False).code != 0
    aside = Path(tempfile.mkdtemp(prefix="new-", dir=cache))
    try:
        done = git("clone", "--quiet", "--mirror", "--", url, str(aside), cwd=cache, check=False)
        if done.code:
            raise unreachable(url, done)
        # The address may hold a password: it is given to each fetch, and never kept.
        git("remote", "remove", "origin", cwd=aside, env=_at(aside))
        aside.replace(copy)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return copy, False


def commit_of(git_dir: Path, ref: str) -> str | None:
    """The full id of the commit that a ref leads to, or None."""
    for name in (f"refs/tags/{ref}", ref, f"refs/heads/{ref}"):
        revision = name + "^{commit}"
        options = ("--verify", "--quiet", "--end-of-options", revision)
        done = git("rev-parse", *options, cwd=git_dir, env=_at(git_dir), check=False)
        if done.code == 0:
            return done.text.splitlines()[-1]
    return None


def describe(git_dir: Path, commit: str) -> str:
    """What a commit is called: its tag, or the nearest one with a distance, or its short id."""
    return git("describe", "--tags", "--always", commit, cwd=git_dir, env=_at(git_dir)).text


def check_out(git_dir: Path, commit: str, folder: Path) -> None:
    """Write the files of a commit, submodules included, into a new folder.

    The repository's own configuration is not read: a scratch repository borrows its objects.
    """
    scratch = folder.with_name(folder.name + ".git")
    (scratch / "objects/info").mkdir(parents=True)
    (scratch / "refs").mkdir()
    (scratch / "HEAD").write_text(f"{commit}\n")
    (scratch / "objects/info/alternates").write_text(f"{git_dir / 'objects'}\n")
    folder.mkdir()
    where = {**_at(scratch), "GIT_WORK_TREE": str(folder)}
    git("read-tree", "--reset", "-u", commit, cwd=folder, env=where, isolated=True)
    if (folder / ".gitmodules").is_file():
        git("submodule", "--quiet", "update", "--init", "--recursive", cwd=folder, env=where)


def _at(git_dir: Path) -> dict[str, str]:
    return {"GIT_DIR": str(git_dir)}


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
    git("add", "--all", "--force", ".", cwd=path, config=pristine)
    git("commit", "--quiet", "--no-verify", "-m", message, cwd=path, env=identity, config=pristine)
    return git("rev-parse", "HEAD", cwd=path).text
