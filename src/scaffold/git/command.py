"""The one function that starts git, with a pinned configuration and environment.

The user's aliases, hooks, signing, pagers, colours and diff settings never change what a call
means: every call carries its own configuration, and no variable of an outer git is inherited.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ScaffoldError
from ..host import log, make_disk_full_hint
from .addresses import redact_urls

# Settings of a repository or a user that may run code or change output.
PINNED_CONFIG = (
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
# Variables for the place of a person's configuration.
KEPT_VARIABLES = frozenset({"GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_SYSTEM"})
# Variables for the way to other machines; only online calls keep them.
NETWORK_VARIABLES = re.compile(
    r"GIT_(SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|PROXY_COMMAND|PROXY_SSL_\w+|SSL_\w+|HTTP_\w+"
    r"|ALLOW_PROTOCOL|CONFIG_COUNT|CONFIG_KEY_\d+|CONFIG_VALUE_\d+)"
)
# Offline calls start no transport, as git would for a promised object: nothing that a repository's
# own configuration names for one can run.
OFFLINE_VARIABLES = {"GIT_ALLOW_PROTOCOL": "none"}
# Online calls run here, so that no repository's configuration applies.
ROOT_FOLDER = Path(os.path.abspath(os.sep))  # noqa: PTH100


@dataclass(frozen=True)
class GitResult:
    """A finished git process.

    Attributes:
        args: The command, without the pinned configuration.
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
    def parts(self) -> list[str]:
        """The parts of standard output that end with a zero byte."""
        return [os.fsdecode(part) for part in self.out.split(b"\0")[:-1]]

    @property
    def messages(self) -> tuple[str, ...]:
        """The lines of standard error that are not blank, without credentials."""
        lines = redact_urls(self.err.decode("utf-8", "replace")).splitlines()
        return tuple(line for line in lines if line.strip())


class GitError(ScaffoldError):
    """A git command failed; ``done`` has the command, its exit code and both streams."""

    def __init__(self, done: GitResult, what: str = "", hint: str = "") -> None:
        command = redact_urls(" ".join(("git", *done.args)))
        super().__init__(
            what or f"`{command}` failed with exit code {done.code}", hint, done.messages
        )
        self.done = done


def _make_environ(extra: Mapping[str, str], *, isolated: bool, online: bool) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_")
        or name in KEPT_VARIABLES
        or (online and NETWORK_VARIABLES.fullmatch(name))
    }
    kept |= {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "LANGUAGE": "C", "GIT_OPTIONAL_LOCKS": "0"}
    kept |= {"GIT_NO_LAZY_FETCH": "1"}  # also for programs that serve a local repository
    kept |= {} if online else OFFLINE_VARIABLES
    if isolated:
        kept |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    return {**kept, **extra}


def run_git(
    *args: str,
    cwd: Path,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    config: Iterable[str] = (),
    isolated: bool = False,
    online: bool = False,
    check: bool = True,
    pass_fds: Sequence[int] = (),
) -> GitResult:
    """Run one git command.

    Args:
        args: The command, without ``git``.
        cwd: The folder to run it in.
        stdin: Its standard input.
        env: Variables to add to its environment.
        config: Further ``key=value`` settings, after the pinned ones.
        isolated: Leave the user's and the machine's git configuration out.
        online: Let it reach other machines; no other command can.
        check: Raise when the exit code is not 0.
        pass_fds: Descriptors that stay open as long as it runs, as that of a lock.

    Raises:
        ScaffoldError: git is not installed.
        GitError: The command failed and ``check`` is set.
    """
    started = time.perf_counter()
    settings = [part for item in (*PINNED_CONFIG, *config) for part in ("-c", item)]
    try:
        process = subprocess.run(
            ["git", *settings, *args],  # noqa: S607 - the user's git, wherever it is
            cwd=cwd,
            input=stdin,
            env=_make_environ(env or {}, isolated=isolated, online=online),
            capture_output=True,
            check=False,
            pass_fds=pass_fds,
        )
    except FileNotFoundError:
        if not cwd.is_dir():
            raise
        raise ScaffoldError(
            "git was not found", "Install git 2.38 or newer and put it on PATH."
        ) from None
    done = GitResult(args, process.returncode, process.stdout, process.stderr)
    log(f"{redact_urls(' '.join(('git', *args)))}: {time.perf_counter() - started:.2f} s")
    if check and done.code:
        raise GitError(done, hint=make_disk_full_hint(cwd))
    return done


def run_in_repository(git_dir: Path, *args: str, **options: Any) -> GitResult:
    """Run one git command in a git directory, without a search; options are those of `run_git`."""
    return run_git(*args, cwd=git_dir, env={"GIT_DIR": str(git_dir)}, **options)
