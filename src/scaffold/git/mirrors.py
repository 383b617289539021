"""Remote repositories: their tags, and mirrors of them in the user's cache.

A mirror is complete or absent. One process at a time updates it, and git itself holds the lock as
long as it runs, even if the command that started it is killed.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ScaffoldError
from ..host import get_user_folder, lock_file
from .addresses import prepare_access, strip_credentials
from .command import ROOT_FOLDER, GitError, GitResult, run_git, use_git_dir

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
    done = run_git(
        "for-each-ref", f"--format={form}", "refs/tags", cwd=git_dir, env=use_git_dir(git_dir)
    )
    rows = (line.split("\0") for line in done.text.splitlines())
    return tuple(Tag(name, peeled or direct) for name, direct, peeled in rows)


def list_remote_tags(url: str) -> tuple[Tag, ...]:
    """List the tags of a remote repository without fetching anything.

    Raises:
        GitError: It cannot be reached.
    """
    done = _ls_remote(url, "--tags")
    if done.code:
        raise make_unreachable_error(url, done)
    found: dict[str, str] = {}
    for line in done.text.splitlines():
        commit, _, ref = line.partition("\trefs/tags/")
        name = ref.removesuffix("^{}")
        if name != ref or name not in found:
            found[name] = commit
    return tuple(Tag(name, commit) for name, commit in found.items())


def _ls_remote(url: str, option: str, *refs: str) -> GitResult:
    clean, secret = prepare_access(url)
    asked = ("ls-remote", option, "--", clean, *refs)
    return run_git(*asked, cwd=ROOT_FOLDER, env=secret, online=True, check=False)


def get_default_branch(url: str) -> str:
    """Get the default branch of a remote repository; ``HEAD`` if unknown."""
    done = _ls_remote(url, "--symref", "HEAD")
    ref, tab, _ = done.text.partition("\t")
    return ref.removeprefix("ref: ") if tab and ref.startswith("ref: refs/heads/") else "HEAD"


def make_unreachable_error(url: str, done: GitResult) -> ScaffoldError:
    """The error for a source that did not answer; shows no credentials."""
    if any(word in line for word in _DISK_FULL_MESSAGES for line in done.messages):
        where = get_mirror_path(url).parent
        hint = f"Make room in {where}, or name another folder with XDG_CACHE_HOME."
        return GitError(done, f"there is no room for a copy of {strip_credentials(url)}", hint)
    hint = "Check the address, your network and your rights, then try again."
    if strip_credentials(url).count("?") < url.count("?"):
        hint = "Give a token before the name of the server: https://USER:TOKEN@HOST/…"
    return GitError(done, f"the blueprint {strip_credentials(url)} cannot be reached", hint)


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
    """Make or update the mirror of a repository in the user's cache.

    Args:
        url: Its address.
        anew: Make the mirror again, as it is damaged.

    Returns:
        The git directory of the mirror, and whether the repository did not answer.

    Raises:
        GitError: It cannot be reached, and there is no intact mirror.
        ScaffoldError: The cache cannot be written.
    """
    copy = get_mirror_path(url)
    try:
        with _lock_mirror(copy) as lock:
            if not copy.is_dir() or anew:
                _clone(url, copy, lock)
                return copy, False
            done = _fetch(url, copy, lock)
            if not done.code:
                return copy, False
            if any(word in line for word in _DISK_FULL_MESSAGES for line in done.messages):
                raise make_unreachable_error(url, done)
            if not is_intact(copy, quick=True):
                _clone(url, copy, lock)
                return copy, False
            return copy, True
    except OSError as error:
        hint = "Make it writable, or name another folder with XDG_CACHE_HOME."
        what = f"the cache {copy.parent} cannot be written: {error.strerror}"
        raise ScaffoldError(what, hint) from None


def is_intact(copy: Path, *, quick: bool = False) -> bool:
    """Tell whether a mirror is complete and undamaged.

    Args:
        copy: Its git directory.
        quick: Check only that no object is missing, not the content of each.
    """
    look = ("fsck", "--no-dangling", "--no-progress", *(("--connectivity-only",) if quick else ()))
    return (
        run_git(*look, cwd=copy.parent, env=use_git_dir(copy), isolated=True, check=False).code == 0
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
    clean, secret = prepare_access(url)
    everything = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
    options = ("--quiet", "--prune", "--no-write-fetch-head", "--no-recurse-submodules")
    where: Any = {
        "cwd": copy,
        "env": {**secret, **use_git_dir(copy)},
        "online": True,
        "pass_fds": (lock,),
    }
    return run_git("fetch", *options, "--", clean, *everything, check=False, **where)


def _clone(url: str, copy: Path, lock: int) -> None:
    """Clone a repository aside, and put it in place when it is complete."""
    clean, secret = prepare_access(url)
    aside, old = copy.with_suffix(".new"), copy.with_suffix(".old")
    options = ("--quiet", "--mirror", "--template=", "--origin=origin")
    where: Any = {"cwd": ROOT_FOLDER, "env": secret, "online": True, "pass_fds": (lock,)}
    try:
        done = run_git("clone", *options, "--", clean, str(aside), check=False, **where)
        if done.code:
            raise make_unreachable_error(url, done)
        # Each fetch gets the address, so that a mirror holds nothing but refs and objects.
        run_git("remote", "remove", "origin", cwd=aside, env=use_git_dir(aside))
        if copy.is_dir():
            copy.rename(old)
        aside.rename(copy)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
