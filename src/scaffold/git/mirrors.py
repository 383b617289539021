"""Repositories elsewhere: their versions, and copies of them in the user's cache.

A copy is whole or not there. One process at a time brings it up to date, and git itself holds the
lock as long as it runs, whatever becomes of the command that started it.
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
from .addresses import authorised, without_credentials
from .calling import NOWHERE, Completed, GitError, at, git

_FULL = ("No space left", "Disk quota exceeded", "File too large", "Read-only file system")


@dataclass(frozen=True)
class Tag:
    """A tag and the commit it leads to."""

    name: str
    commit: str


def tags(git_dir: Path) -> tuple[Tag, ...]:
    """The tags of a repository on this machine."""
    form = "%(refname:strip=2)%00%(objectname)%00%(*objectname)"
    done = git("for-each-ref", f"--format={form}", "refs/tags", cwd=git_dir, env=at(git_dir))
    rows = (line.split("\0") for line in done.text.splitlines())
    return tuple(Tag(name, peeled or direct) for name, direct, peeled in rows)


def remote_tags(url: str) -> tuple[Tag, ...]:
    """The tags of a repository elsewhere, asked without fetching anything."""
    done = _ls_remote(url, "--tags")
    if done.code:
        raise unreachable(url, done)
    found: dict[str, str] = {}
    for line in done.text.splitlines():
        commit, _, ref = line.partition("\trefs/tags/")
        name = ref.removesuffix("^{}")
        if name != ref or name not in found:
            found[name] = commit
    return tuple(Tag(name, commit) for name, commit in found.items())


def _ls_remote(url: str, option: str, *refs: str) -> Completed:
    clean, secret = authorised(url)
    asked = ("ls-remote", option, "--", clean, *refs)
    return git(*asked, cwd=NOWHERE, env=secret, online=True, check=False)


def default_branch(url: str) -> str:
    """The branch that a repository elsewhere shows first; ``HEAD`` where it does not tell."""
    done = _ls_remote(url, "--symref", "HEAD")
    ref, tab, _ = done.text.partition("\t")
    return ref.removeprefix("ref: ") if tab and ref.startswith("ref: refs/heads/") else "HEAD"


def unreachable(url: str, done: Completed) -> ScaffoldError:
    """The error for a source that did not answer; shows no credentials."""
    if any(word in line for word in _FULL for line in done.said):
        where = mirror_of(url).parent
        hint = f"Make room in {where}, or name another folder with XDG_CACHE_HOME."
        return GitError(done, f"there is no room for a copy of {without_credentials(url)}", hint)
    hint = "Check the address, your network and your rights, then try again."
    if without_credentials(url).count("?") < url.count("?"):
        hint = "Give a token before the name of the server: https://USER:TOKEN@HOST/…"
    return GitError(done, f"the blueprint {without_credentials(url)} cannot be reached", hint)


def mirror_of(url: str) -> Path:
    """Where the copy of a repository is kept in the user's cache, whether or not it is there."""
    import hashlib

    name = hashlib.sha256(without_credentials(url).encode()).hexdigest()[:32]
    if (cache := get_user_folder("cache")).is_absolute():
        return cache / "git" / name
    what = "there is no home folder to keep a copy of the blueprint in"
    raise ScaffoldError(what, "Set HOME or XDG_CACHE_HOME.")


def mirror(url: str, *, anew: bool = False) -> tuple[Path, bool]:
    """A copy of a repository in the user's cache, brought up to date where it can be reached.

    Args:
        url: Its address.
        anew: Make the copy again, as it is damaged.

    Returns:
        The copy, and whether the repository did not answer.

    Raises:
        GitError: It cannot be reached and there is no copy, or a damaged one only.
        ScaffoldError: The cache cannot be written.
    """
    copy = mirror_of(url)
    try:
        with _alone(copy) as lock:
            if not copy.is_dir() or anew:
                _clone(url, copy, lock)
                return copy, False
            done = _fetch(url, copy, lock)
            if not done.code:
                return copy, False
            if any(word in line for word in _FULL for line in done.said):
                raise unreachable(url, done)
            if not is_sound(copy, quick=True):
                _clone(url, copy, lock)
                return copy, False
            return copy, True
    except OSError as error:
        hint = "Make it writable, or name another folder with XDG_CACHE_HOME."
        what = f"the cache {copy.parent} cannot be written: {error.strerror}"
        raise ScaffoldError(what, hint) from None


def is_sound(copy: Path, *, quick: bool = False) -> bool:
    """Whether a copy holds all that it should.

    Args:
        copy: The copy.
        quick: Look only whether all is there, not at what it holds.
    """
    look = ("fsck", "--no-dangling", "--no-progress", *(("--connectivity-only",) if quick else ()))
    return git(*look, cwd=copy.parent, env=at(copy), isolated=True, check=False).code == 0


@contextmanager
def _alone(copy: Path) -> Iterator[int]:
    """Be the only one who changes a copy; gives the open file that says so.

    What a process that was killed has left is cleared away.
    """
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


def _fetch(url: str, copy: Path, lock: int) -> Completed:
    clean, secret = authorised(url)
    everything = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
    options = ("--quiet", "--prune", "--no-write-fetch-head", "--no-recurse-submodules")
    where: Any = {"cwd": copy, "env": {**secret, **at(copy)}, "online": True, "holds": (lock,)}
    return git("fetch", *options, "--", clean, *everything, check=False, **where)


def _clone(url: str, copy: Path, lock: int) -> None:
    """Copy a repository aside, and put it in place when it is whole."""
    clean, secret = authorised(url)
    aside, old = copy.with_suffix(".new"), copy.with_suffix(".old")
    options = ("--quiet", "--mirror", "--template=", "--origin=origin")
    where: Any = {"cwd": NOWHERE, "env": secret, "online": True, "holds": (lock,)}
    try:
        done = git("clone", *options, "--", clean, str(aside), check=False, **where)
        if done.code:
            raise unreachable(url, done)
        # The address is given to each fetch, so that nothing but the refs is to be kept in step.
        git("remote", "remove", "origin", cwd=aside, env=at(aside))
        if copy.is_dir():
            copy.rename(old)
        aside.rename(copy)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
