"""Remote repositories: their tags, and mirrors of them in the user's cache.

A mirror is complete or absent. One process at a time updates it, and git itself holds the lock as
long as it runs, even if the command that started it is killed.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..errors import ScaffoldError
from ..host import get_user_folder, lock_file
from .addresses import prepare_access, strip_credentials
from .command import ROOT_FOLDER, GitError, GitResult, run_git, run_in_repository

_DISK_FULL_MESSAGES = (
    "No space left",
    "Disk quota exceeded",
    "File too large",
    "Read-only file system",
)


@dataclass(frozen=True)
class Tag:
    """A tag and the full id of its commit."""

    name: str
    commit: str


def list_tags(git_dir: Path) -> tuple[Tag, ...]:
    """List the tags of a local repository."""
    form = "%(refname:strip=2)%00%(objectname)%00%(*objectname)"
    done = run_in_repository(git_dir, "for-each-ref", f"--format={form}", "refs/tags")
    rows = (line.split("\0") for line in done.text.splitlines())
    return tuple(Tag(name, peeled or direct) for name, direct, peeled in rows)


def list_remote_tags(url: str) -> tuple[Tag, ...]:
    """List the tags of a remote repository without fetching anything.

    Raises:
        GitError: It cannot be reached.
    """
    done = _run_online(("ls-remote", "--tags"), url)
    if done.code:
        raise _make_unreachable_error(url, done)
    found: dict[str, str] = {}
    for line in done.text.splitlines():
        commit, _, ref = line.partition("\trefs/tags/")
        name = ref.removesuffix("^{}")
        if name != ref or name not in found:
            found[name] = commit
    return tuple(Tag(name, commit) for name, commit in found.items())


def _run_online(
    command: Sequence[str],
    url: str,
    *rest: str,
    git_dir: Path | None = None,
    pass_fds: Sequence[int] = (),
) -> GitResult:
    """Run a command on a remote repository, with its address and the rest after the options."""
    clean, secret = prepare_access(url)
    return run_git(
        *(*command, "--", clean, *rest),
        cwd=git_dir or ROOT_FOLDER,
        env={**secret, **({"GIT_DIR": str(git_dir)} if git_dir else {})},
        online=True,
        check=False,
        pass_fds=pass_fds,
    )


def get_default_branch(url: str) -> str:
    """Get the default branch of a remote repository; ``HEAD`` if unknown."""
    done = _run_online(("ls-remote", "--symref"), url, "HEAD")
    ref, tab, _ = done.text.partition("\t")
    return ref.removeprefix("ref: ") if tab and ref.startswith("ref: refs/heads/") else "HEAD"


def _make_unreachable_error(url: str, done: GitResult) -> ScaffoldError:
    """Make the error for a source that did not answer, without credentials."""
    if _is_disk_full(done):
        where = get_mirror_path(url).parent
        hint = f"Make room in {where}, or name another folder with XDG_CACHE_HOME."
        return GitError(done, f"there is no room for a copy of {strip_credentials(url)}", hint)
    hint = "Check the address, your network and your rights, then try again."
    if strip_credentials(url).count("?") < url.count("?"):
        hint = "Give a token before the name of the server: https://USER:TOKEN@HOST/…"
    return GitError(done, f"the blueprint {strip_credentials(url)} cannot be reached", hint)


def _is_disk_full(done: GitResult) -> bool:
    return any(word in line for word in _DISK_FULL_MESSAGES for line in done.messages)


def get_mirror_path(url: str) -> Path:
    """Get the path of a repository's mirror in the user's cache, which need not exist.

    Raises:
        ScaffoldError: There is no home folder.
    """
    import hashlib

    name = hashlib.sha256(strip_credentials(url).encode()).hexdigest()[:32]
    if (cache := get_user_folder("cache")).is_absolute():
        return cache / "git" / name
    what = "there is no home folder for a copy of the blueprint"
    raise ScaffoldError(what, "Set HOME or XDG_CACHE_HOME.")


def update_mirror(url: str, *, anew: bool = False) -> tuple[Path, bool]:
    """Make or update the mirror of a repository in the user's cache; make a damaged one ``anew``.

    Returns:
        The git directory of the mirror, and whether the repository did not answer.

    Raises:
        GitError: It cannot be reached, and there is no intact mirror.
        ScaffoldError: The cache cannot be written.
    """
    copy = get_mirror_path(url)
    try:
        with _lock_mirror(copy) as lock:
            if copy.is_dir() and not anew:
                done = _fetch(url, copy, lock)
                if done.code and _is_disk_full(done):
                    raise _make_unreachable_error(url, done)
                if not done.code or is_intact(copy, quick=True):
                    return copy, bool(done.code)
            _clone(url, copy, lock)
            return copy, False
    except OSError as error:
        hint = "Make it writable, or name another folder with XDG_CACHE_HOME."
        what = f"the cache {copy.parent} cannot be written: {error.strerror}"
        raise ScaffoldError(what, hint) from None


def is_intact(copy: Path, *, quick: bool = False) -> bool:
    """Tell whether a mirror has all objects and, unless ``quick``, whether each is undamaged."""
    options = ("--no-dangling", "--no-progress", *(("--connectivity-only",) if quick else ()))
    return (
        copy.is_dir()
        and not run_in_repository(copy, "fsck", *options, isolated=True, check=False).code
    )


@contextmanager
def _lock_mirror(copy: Path) -> Iterator[int]:
    """Lock a mirror, and remove leftovers of killed processes; yields the lock's descriptor."""
    with lock_file(copy.with_suffix(".lock")) as lock:
        for suffix in (".new", ".old"):
            shutil.rmtree(copy.with_suffix(suffix), ignore_errors=True)
        for pattern in ("*.lock", "refs/**/*.lock", "objects/**/tmp_*"):
            for left in copy.glob(pattern):
                if left.is_dir():
                    shutil.rmtree(left, ignore_errors=True)
                else:
                    left.unlink(missing_ok=True)
        yield lock


def _fetch(url: str, copy: Path, lock: int) -> GitResult:
    options = ("--quiet", "--prune", "--no-write-fetch-head", "--no-recurse-submodules")
    everything = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
    return _run_online(("fetch", *options), url, *everything, git_dir=copy, pass_fds=(lock,))


def _clone(url: str, copy: Path, lock: int) -> None:
    """Clone a repository aside, and put it in place when it is complete."""
    aside, old = copy.with_suffix(".new"), copy.with_suffix(".old")
    options = ("--quiet", "--mirror", "--template=", "--origin=origin")
    try:
        done = _run_online(("clone", *options), url, str(aside), pass_fds=(lock,))
        if done.code:
            raise _make_unreachable_error(url, done)
        # Each fetch gets the address, so that a mirror holds nothing but refs and objects.
        run_in_repository(aside, "remote", "remove", "origin")
        if copy.is_dir():
            copy.rename(old)
        aside.rename(copy)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
