"""One pinned way to call git: nothing that is configured changes what a call means."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import ScaffoldError
from ..host import log, make_disk_full_hint
from .addresses import redacted

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
    kept |= {"GIT_NO_LAZY_FETCH": "1"}  # for what serves a repository on this machine, too
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
    holds: Sequence[int] = (),
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
        holds: Open files that it keeps open as long as it runs, as the file of a lock.

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
            pass_fds=holds,
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
        raise GitError(done, hint=make_disk_full_hint(cwd))
    return done


def at(git_dir: Path) -> dict[str, str]:
    """The variable that names a repository, so that git looks for no other."""
    return {"GIT_DIR": str(git_dir)}
