"""The user's consent to run a blueprint's code and to contact its server.

Code is trusted for a source at one commit; another commit is asked about again. Only a source
that the user's own settings list is trusted at any commit.
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
    EXTENSIONS_KEY,
    MIGRATIONS_KEY,
    TASKS_KEY,
    URL_SHORTCUTS,
    Blueprint,
    OpenedBlueprint,
    RepositoryBlueprint,
)
from ..errors import ScaffoldError
from ..git import strip_credentials
from ..host import pause_progress
from .memory import TRUSTED_FACT, USED_FACT, Memory
from .settings import load_settings

Confirm = Callable[[str, Sequence[str]], bool]
"""Asks a person a question that has details; gives whether they agree."""

_URL = re.compile(r"[a-z+]+://(?:[\w.-]+@)?[\w.-]+(?::\d+)?(?P<path>(?:/[\w.~-]*)*)", re.ASCII)
_SCP = re.compile(r"(?:[\w.-]+@)?[\w.-]+:(?P<path>[\w.~/-]+)", re.ASCII)


def get_confirmation(confirm: Confirm | None, question: str, lines: Sequence[str]) -> bool:
    """Ask a person to agree; False where nobody can be asked."""
    if confirm is None:
        return False
    with pause_progress():
        return confirm(question, lines)


class UnusedSourceError(ScaffoldError):
    """A record names a blueprint that the user has not used before."""


@dataclass
class Trust:
    """The consent of a user in one command.

    Attributes:
        code: Whether the command's own options let the blueprint's code run.
        contact: Whether they allow a server that was not used before.
        confirm: Asks a person; None where nobody can be asked.
        environ: The environment, which may name another settings file.
        memory: Consent that was given before.
    """

    code: bool = False
    contact: bool = False
    confirm: Confirm | None = None
    environ: Mapping[str, str] | None = None
    memory: Memory = field(default_factory=Memory)
    _granted: set[tuple[str, str | None]] = field(default_factory=set)

    @cached_property
    def _trusted_sources(self) -> tuple[str, ...]:
        return load_settings(Path(), os.environ if self.environ is None else self.environ).trust

    def is_listed(self, source: str) -> bool:
        """Tell whether the user's settings trust a source at any commit."""
        return any(covers_source(entry, source) for entry in self._trusted_sources)

    # ------------------------------------------------------------ code

    def allow_code(self, opened: OpenedBlueprint, keys: Sequence[str]) -> bool:
        """Allow a blueprint's code to run; asks a person where nobody has agreed yet.

        Args:
            keys: The settings whose code would run now.

        Returns:
            False where it has no code.

        Raises:
            ScaffoldError: Nobody agreed.
        """
        wanted = [key for key in keys if opened.list_code((key,))]
        if not wanted:
            return self.code
        if not self.code and self._is_trusted(opened):
            return True
        if not self.code:
            self._ask_for_code(opened, wanted)
        self._granted.add((opened.source, opened.commit))
        if opened.commit:
            self.memory.add(TRUSTED_FACT, normalize_source(opened.source), commit=opened.commit)
        return True

    def _is_trusted(self, opened: OpenedBlueprint) -> bool:
        if (opened.source, opened.commit) in self._granted:
            return True
        known = self.memory.list_trusted_commits(normalize_source(opened.source))
        return opened.commit in known or self.is_listed(opened.source)

    def _ask_for_code(self, opened: OpenedBlueprint, wanted: Sequence[str]) -> None:
        kinds = ", ".join(key.strip("_").replace("_", " ") for key in wanted)
        what = f"{opened.label} wants to run code: {kinds}"
        lines = [f"from {opened.source}{f' at {opened.commit}' if opened.commit else ''}"]
        lines += opened.list_code((EXTENSIONS_KEY, TASKS_KEY, MIGRATIONS_KEY))
        if before := self.memory.list_trusted_commits(normalize_source(opened.source)):
            lines.append(f"you trusted another commit of it before: {before[-1]}")
        if not get_confirmation(self.confirm, f"{what}. Allow it to run?", lines):
            hint = "Read it; if you trust it, add --trust"
            leave = (
                " (or --skip-tasks to leave its tasks out)" if EXTENSIONS_KEY not in wanted else ""
            )
            raise ScaffoldError(what, f"{hint}{leave}.", (*lines, *self.memory.notes))

    # ------------------------------------------------------------ servers

    def allow_contact(self, blueprint: Blueprint, named_by: Path | str) -> None:
        """Allow a blueprint that a record names to be fetched; asks about a new server.

        Args:
            named_by: The record.

        Raises:
            UnusedSourceError: Nobody agreed.
        """
        source = blueprint.source
        is_used = is_remote(blueprint) and self.memory.is_known(USED_FACT, normalize_source(source))
        if not is_remote(blueprint) or is_used or self.is_listed(source):
            return
        what = f"{named_by} names {source}, which you have not used before"
        lines = ("scaffold would contact its server and render what it sends",)
        if not self.contact and not get_confirmation(self.confirm, f"{what}. Continue?", lines):
            add = f"scaffold config trust {shlex.quote(source)}"
            hint = f"If that is right, add --yes; or trust it and the code it brings: {add}"
            raise UnusedSourceError(what, hint, (*lines, *self.memory.notes))
        self.remember_use(blueprint)

    def remember_use(self, blueprint: Blueprint) -> None:
        """Remember that the user chose a blueprint."""
        if is_remote(blueprint):
            self.memory.add(USED_FACT, normalize_source(blueprint.source))


def is_remote(blueprint: Blueprint) -> bool:
    """Tell whether a blueprint is fetched from another machine."""
    if not isinstance(blueprint, RepositoryBlueprint) or blueprint.path is not None:
        return False
    scheme, has_scheme, rest = blueprint.url.partition("://")
    if has_scheme:
        return not (scheme == "file" and rest.startswith("/"))
    host, colon, _ = blueprint.url.partition(":")
    is_drive = os.name == "nt" and len(host) == 1
    return bool(colon) and "/" not in host and not is_drive


def normalize_source(source: str) -> str:
    """Give all spellings of one source the same form."""
    for prefix, base in URL_SHORTCUTS.items():
        if source.startswith(prefix):
            source = base + source.removeprefix(prefix)
    source = strip_credentials(source.removeprefix("git+"))
    path = os.path.expanduser(source)  # noqa: PTH111 - never fails
    if Path(path).is_absolute():
        return os.path.realpath(path)
    return source.rstrip("/").removesuffix(".git")


def covers_source(entry: str, source: str) -> bool:
    """Tell whether an entry of the list of trusted sources includes a source.

    The entry is the source itself, or ends in a slash and is a prefix of it. An address with
    anything unusual in its path has no prefix.
    """
    own, other = normalize_source(entry), normalize_source(source)
    if own == other or not entry.endswith("/"):
        return own == other
    return _is_plain(own) and _is_plain(other) and other.startswith(own.rstrip("/") + "/")


def _is_plain(source: str) -> bool:
    if Path(source).is_absolute():
        return True
    match = _URL.fullmatch(source) or _SCP.fullmatch(source)
    return match is not None and not {".", ".."} & set(match["path"].split("/"))
