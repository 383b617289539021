"""The only module that starts git: small typed questions over one pinned way to call it.

The user's aliases, hooks, signing, pagers, colours and diff settings never change what a call
means: every call carries its own configuration, and no variable of an outer git is inherited.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import ScaffoldError
from .progress import doing, log

# What a repository or a user may have configured to run code or to change output.
PINNED = (
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    "core.quotePath=false",
    "core.pager=cat",
    "color.ui=false",
    "commit.gpgSign=false",
    "tag.gpgSign=false",
    "log.showSignature=false",
    "submodule.recurse=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.ext.allow=never",
    "safe.bareRepository=explicit",
)
# Names that say where a person's configuration is: kept.
KEPT = frozenset({"GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_SYSTEM"})
# Names that say how a person reaches other machines: kept for what goes there.
NETWORK = re.compile(
    r"GIT_(SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|PROXY_COMMAND|PROXY_SSL_\w+|SSL_\w+|HTTP_\w+"
    r"|ALLOW_PROTOCOL|CONFIG_COUNT|CONFIG_KEY_\d+|CONFIG_VALUE_\d+)"
)
# What stays on this machine: git starts no transport, as it would for a promised object, so
# nothing that a repository's own configuration names for one can run.
OFFLINE = {"GIT_ALLOW_PROTOCOL": "none"}
# What the user and the machine configured holds for the network; no repository has a say.
NOWHERE = Path(os.path.abspath(os.sep))  # noqa: PTH100


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
        """The lines of standard error that hold a word, without credentials."""
        lines = redacted(self.err.decode("utf-8", "replace")).splitlines()
        return tuple(line for line in lines if line.strip())


class GitError(ScaffoldError):
    """A git command failed; holds the command, its exit code and both streams."""

    def __init__(self, done: Completed, what: str = "", hint: str = "") -> None:
        command = redacted(" ".join(("git", *done.args)))
        super().__init__(what or f"`{command}` failed with exit code {done.code}", hint, done.said)
        self.done = done


def environment(
    extra: Mapping[str, str] | None = None, isolated: bool = False, online: bool = False
) -> dict[str, str]:
    """The environment of a git process.

    Args:
        extra: Variables to add.
        isolated: Leave the user's and the machine's git configuration out.
        online: Let it reach other machines, the way the user does.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name in KEPT or (online and NETWORK.fullmatch(name))
    }
    kept |= {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "LANGUAGE": "C", "GIT_OPTIONAL_LOCKS": "0"}
    kept |= {} if online else OFFLINE
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
    online: bool = False,
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
        online: Let it reach other machines; no other command can.
        check: Raise when the exit code is not 0.

    Raises:
        ScaffoldError: There is no git.
        GitError: The command failed and ``check`` is set.
    """
    started = time.perf_counter()
    settings = [part for item in (*PINNED, *config) for part in ("-c", item)]
    try:
        process = subprocess.run(
            ["git", *settings, *args],  # noqa: S607 - the user's git, wherever it is
            cwd=cwd,
            input=stdin,
            env=environment(env, isolated, online),
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
    log(f"{redacted(' '.join(('git', *args)))}: {time.perf_counter() - started:.2f} s")
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
    clean, secret = _address(url)
    done = git(
        "ls-remote", "--tags", "--", clean, cwd=NOWHERE, env=secret, online=True, check=False
    )
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
    hint = "Check the address, your network and your rights, then try again."
    return GitError(done, f"the blueprint {without_credentials(url)} cannot be reached", hint)


_URL = re.compile(r"([A-Za-z][\w+.-]*://)([^/?#\s]*)([^\s]*)")
_TELLING = r"[\w.-]*(?:token|secret|passw|pwd|auth|key|sig|cred|jwt|code)[\w.-]*"
_QUERY = re.compile(rf"(?<=[?&])(?:{_TELLING})=[^&#\s'\"]*&?", re.IGNORECASE)


def without_credentials(url: str) -> str:
    """A URL as it may be recorded and shown: without password, token, or anything like them.

    The user of ``ssh`` stays: it is no secret, and without it nobody gets in.
    """
    match = _URL.fullmatch(url)
    if not match:
        return url
    scheme, authority, rest = match.groups()
    if is_ambiguous(url):
        authority, rest = "@", rest.rpartition("@")[2]
    user, at, host = authority.rpartition("@")
    login = user.partition(":")[0]
    kept = f"{login}@" if at and login and "ssh" in scheme.lower() else ""
    return scheme + kept + host + _QUERY.sub("", rest).rstrip("?&")


def is_ambiguous(url: str) -> bool:
    """Whether a URL holds a password with a slash that nobody encoded, or looks as if it did.

    Programs differ in which machine that is: ``https://one:/@two/x`` leads git to the first.
    """
    match = _URL.fullmatch(url)
    authority, rest = (match[2], match[3]) if match else ("", "")
    host, colon, port = authority.rpartition(":")
    is_broken = bool(colon) and "@" not in authority and not port.isdigit() and "[" not in host
    return is_broken and "@" in rest


def redacted(text: str) -> str:
    """A text in which every URL is without its credentials."""
    return _URL.sub(lambda match: without_credentials(match.group()), text)


def _address(url: str) -> tuple[str, dict[str, str]]:
    """What git is told to reach a URL, and the variables that hold what nobody else may see.

    A password on the command line is seen by everyone on the machine, and a clone writes it down.
    """
    clean = without_credentials(url)
    if clean == url:
        return url, {}
    count = os.environ.get("GIT_CONFIG_COUNT", "")
    number = int(count) if count.isdigit() else 0
    return clean, {
        "GIT_CONFIG_COUNT": str(number + 1),
        f"GIT_CONFIG_KEY_{number}": f"url.{url}.insteadOf",
        f"GIT_CONFIG_VALUE_{number}": clean,
    }


def mirror_of(url: str) -> Path:
    """Where the copy of a repository is kept in the user's cache, whether or not it is there."""
    import hashlib

    import platformdirs

    name = hashlib.sha256(without_credentials(url).encode()).hexdigest()[:32]
    try:
        return platformdirs.user_cache_path("scaffold") / "git" / name
    except RuntimeError:
        what = "there is no home folder to keep a copy of the blueprint in"
        raise ScaffoldError(what, "Set HOME or XDG_CACHE_HOME.") from None


def mirror(url: str) -> tuple[Path, bool]:
    """A copy of a repository in the user's cache, brought up to date where it can be reached.

    Returns:
        The copy, and whether the repository did not answer.

    Raises:
        GitError: It was never copied and cannot be reached.
    """
    import shutil
    import tempfile

    clean, secret = _address(url)
    online: Any = {"online": True, "check": False}
    copy = mirror_of(url)
    cache = copy.parent
    cache.mkdir(parents=True, exist_ok=True)
    if copy.is_dir():
        everything = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
        options = ("--quiet", "--prune", "--no-write-fetch-head", "--no-recurse-submodules")
        where = {**secret, **_at(copy)}
        done = git("fetch", *options, "--", clean, *everything, cwd=copy, env=where, **online)
        return copy, done.code != 0
    aside = Path(tempfile.mkdtemp(prefix="new-", dir=cache))
    try:
        clone = ("clone", "--quiet", "--mirror", "--template=", "--", clean, str(aside))
        done = git(*clone, cwd=NOWHERE, env=secret, **online)
        if done.code:
            raise unreachable(url, done)
        # The address is given to each fetch, so that nothing but the refs is to be kept in step.
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


def check_out(git_dir: Path, commit: str, folder: Path, origin: str) -> None:
    """Write the files of a commit, submodules included, into a new folder.

    The repository's own configuration is not read: a scratch repository borrows its objects.

    Args:
        git_dir: Has the commit.
        commit: Its full id.
        folder: Must not be there.
        origin: Where the repository is from: addresses of submodules may be relative to it.
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
        url = without_credentials(origin)
        git("config", "--file", str(scratch / "config"), "remote.origin.url", url, cwd=folder)
        update = ("submodule", "--quiet", "update", "--init", "--recursive")
        git(*update, cwd=folder, env=where, online=True)


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
    commit = ("commit", "--quiet", "--no-verify", "-m", message)
    with doing("starting the git repository"):
        git("add", "--all", "--force", ".", cwd=path, config=pristine)
        git(*commit, cwd=path, env=identity, config=pristine)
    return git("rev-parse", "HEAD", cwd=path).text
