"""Whose code may run, and whose server may be asked: what the user said, for how long it holds.

Code is trusted for a source at one commit; what the tag or the branch comes to later is asked for
again. Only a source that the user's own settings list is trusted at any commit.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from ..blueprints import (
    URL_SHORTCUTS,
    Blueprint,
    OpenedBlueprint,
    RepositoryBlueprint,
)
from ..errors import ScaffoldError
from ..git import strip_credentials
from ..host import pause_progress
from .memory import TRUSTED, USED, Memory
from .settings import load

Confirm = Callable[[str, Sequence[str]], bool]
"""Asks a person a question with lines that belong to it; whether they said yes."""

EXTENSIONS, TASKS, MIGRATIONS = "_jinja_extensions", "_tasks", "_migrations"
_URL = re.compile(r"[a-z+]+://(?:[\w.-]+@)?[\w.-]+(?::\d+)?(?P<path>(?:/[\w.~-]*)*)", re.ASCII)
_SCP = re.compile(r"(?:[\w.-]+@)?[\w.-]+:(?P<path>[\w.~/-]+)", re.ASCII)


def asked(confirm: Confirm | None, question: str, lines: Sequence[str]) -> bool:
    """Whether a person says yes; where nobody can be asked, nobody does."""
    if confirm is None:
        return False
    with pause_progress():
        return confirm(question, lines)


class Unused(ScaffoldError):
    """A record names a blueprint that the user has not used before."""


@dataclass
class Trust:
    """What a user agrees to in one command.

    Attributes:
        code: Whether the command itself says that the blueprint's code may run.
        contact: Whether it says that a server may be asked that was not used before.
        confirm: Asks a person; None where nobody can be asked.
        environ: The environment, which may name another file of settings.
        memory: What they agreed to before.
    """

    code: bool = False
    contact: bool = False
    confirm: Confirm | None = None
    environ: Mapping[str, str] | None = None
    memory: Memory = field(default_factory=Memory)
    _granted: set[tuple[str, str | None]] = field(default_factory=set)

    @cached_property
    def _listed(self) -> tuple[str, ...]:
        return load(Path(), os.environ if self.environ is None else self.environ).trust

    def lists(self, source: str) -> bool:
        """Whether the user's settings trust a source at any commit."""
        return any(covers(entry, source) for entry in self._listed)

    # ------------------------------------------------------------ code

    def runs(self, opened: OpenedBlueprint, keys: Sequence[str]) -> bool:
        """Whether a blueprint may run code; asks where it wants to and nobody said so yet.

        Args:
            opened: The version.
            keys: The settings whose code would run now.

        Returns:
            False where it has none.

        Raises:
            ScaffoldError: It may not.
        """
        from ..render import list_code

        wanted = [key for key in keys if list_code(opened, (key,))]
        if not wanted:
            return self.code
        if not self.code and self._trusted(opened):
            return True
        if not self.code:
            self._ask_for_code(opened, wanted)
        self._granted.add((opened.source, opened.commit))
        if opened.commit:
            self.memory.add(TRUSTED, identity(opened.source), commit=opened.commit)
        return True

    def _trusted(self, opened: OpenedBlueprint) -> bool:
        if (opened.source, opened.commit) in self._granted:
            return True
        known = self.memory.commits(identity(opened.source))
        return opened.commit in known or self.lists(opened.source)

    def _ask_for_code(self, opened: OpenedBlueprint, wanted: Sequence[str]) -> None:
        from ..render import list_code

        kinds = ", ".join(key.strip("_").replace("_", " ") for key in wanted)
        what = f"{opened.label} wants to run code: {kinds}"
        lines = [f"from {opened.source}{f' at {opened.commit}' if opened.commit else ''}"]
        lines += list_code(opened, (EXTENSIONS, TASKS, MIGRATIONS))
        if before := self.memory.commits(identity(opened.source)):
            lines.append(f"you trusted another commit of it before: {before[-1]}")
        if not asked(self.confirm, f"{what}. Allow it to run?", lines):
            hint = "Read it; if you trust it, add --trust"
            leave = " (or --skip-tasks to leave its tasks out)" if EXTENSIONS not in wanted else ""
            raise ScaffoldError(what, f"{hint}{leave}.", (*lines, *self.memory.notes))

    # ------------------------------------------------------------ servers

    def reach(self, blueprint: Blueprint, named_by: Path | str) -> None:
        """Let a blueprint be fetched that a record names; asks before a server is new.

        Args:
            blueprint: The blueprint.
            named_by: The record.

        Raises:
            Unused: It may not be fetched.
        """
        source = blueprint.source
        is_used = is_remote(blueprint) and self.memory.knows(USED, identity(source))
        if not is_remote(blueprint) or is_used or self.lists(source):
            return
        what = f"{named_by} names {source}, which you have not used before"
        lines = ("scaffold would contact its server and render what it sends",)
        if not self.contact and not asked(self.confirm, f"{what}. Continue?", lines):
            add = f"scaffold config trust {shlex.quote(source)}"
            hint = f"If that is right, add --yes; or trust it and the code it brings: {add}"
            raise Unused(what, hint, (*lines, *self.memory.notes))
        self.use(blueprint)

    def use(self, blueprint: Blueprint) -> None:
        """Remember that the user chose a blueprint."""
        if is_remote(blueprint):
            self.memory.add(USED, identity(blueprint.source))


def is_remote(blueprint: Blueprint) -> bool:
    """Whether another machine has to be asked for a blueprint."""
    if not isinstance(blueprint, RepositoryBlueprint) or blueprint.path is not None:
        return False
    scheme, has_scheme, rest = blueprint.url.partition("://")
    if has_scheme:
        return not (scheme == "file" and rest.startswith("/"))
    host, colon, _ = blueprint.url.partition(":")
    is_drive = os.name == "nt" and len(host) == 1
    return bool(colon) and "/" not in host and not is_drive


def identity(source: str) -> str:
    """One spelling of a source for all that lead to the same place."""
    for prefix, base in URL_SHORTCUTS.items():
        if source.startswith(prefix):
            source = base + source.removeprefix(prefix)
    source = strip_credentials(source.removeprefix("git+"))
    path = os.path.expanduser(source)  # noqa: PTH111 - never fails
    if Path(path).is_absolute():
        return os.path.realpath(path)
    return source.rstrip("/").removesuffix(".git")


def covers(entry: str, source: str) -> bool:
    """Whether an entry of a list of sources holds for a source.

    It is the source itself, or ends in a slash and is what the source begins with. An address
    with anything unusual in its path begins with nothing but itself.
    """
    own, other = identity(entry), identity(source)
    if own == other or not entry.endswith("/"):
        return own == other
    return _is_plain(own) and _is_plain(other) and other.startswith(own.rstrip("/") + "/")


def _is_plain(source: str) -> bool:
    if Path(source).is_absolute():
        return True
    match = _URL.fullmatch(source) or _SCP.fullmatch(source)
    return match is not None and not {".", ".."} & set(match["path"].split("/"))
