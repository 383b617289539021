"""Facts about a user that outlive a command: servers contacted, code trusted, settings offered.

A file of lines, each one fact, to which lines are only ever added: two commands at once lose
nothing, and a line that was torn takes no other with it. Without the file everything works; the
user is only asked again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from ..host import get_user_folder

USED_FACT = "used"
TRUSTED_FACT = "trusted"
OFFERED_FACT = "offered"


class Memory:
    """The remembered facts of one user.

    Args:
        path: The file; in the user's state folder where it is None.

    Attributes:
        notes: What the user should know of the file itself.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self.notes: tuple[str, ...] = ()

    @cached_property
    def path(self) -> Path:
        """The path of the file, which may not exist."""
        if self._path is not None:
            return self._path
        return get_user_folder("state") / "memory.jsonl"

    @cached_property
    def _facts(self) -> list[Mapping[str, Any]]:
        try:
            lines = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            self._note(f"{self.path} cannot be read: {error.strerror}; you may be asked again")
            return []
        facts = [_parse_fact(line) for line in lines if line.strip()]
        if None in facts:
            self._note(f"{self.path} is damaged: entries that cannot be read are ignored")
        return [fact for fact in facts if fact]

    def is_known(self, kind: str, what: str) -> bool:
        """Tell whether a fact of this kind is known."""
        return any(fact.get(kind) == what for fact in self._facts)

    def list_trusted_commits(self, source: str) -> tuple[str, ...]:
        """List the commits of a source whose code was trusted, the last one last."""
        facts = (fact for fact in self._facts if fact.get(TRUSTED_FACT) == source)
        return tuple(str(fact.get("commit")) for fact in facts)

    def add(self, kind: str, what: str, **more: str) -> None:
        """Remember a fact; a failure becomes a note."""
        fact = {kind: what, **more}
        if fact in self._facts:
            return
        self._facts.append(fact)
        try:
            self._write(json.dumps(fact).encode() + b"\n")
        except OSError as error:
            self._note(f"{self.path} cannot be written: {error.strerror}; you may be asked again")

    def _write(self, line: bytes) -> None:
        if not self.path.is_absolute():
            raise OSError(0, "there is no home folder")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        file = os.open(self.path, flags, 0o600)
        try:
            size = os.fstat(file).st_size
            if size:
                os.lseek(file, size - 1, os.SEEK_SET)
                line = line if os.read(file, 1) == b"\n" else b"\n" + line
            if os.write(file, line) != len(line):  # the next one starts a line of its own
                raise OSError(0, "there is no room")
        finally:
            os.close(file)

    def _note(self, text: str) -> None:
        if not self.notes:
            self.notes = (text,)


def _parse_fact(line: bytes) -> Mapping[str, Any] | None:
    try:
        fact = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return fact if isinstance(fact, dict) and fact else None
