"""A person at a terminal, who types into a real program and reads an emulated screen."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pexpect
import pyte

UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"
BACK, ENTER, BACKSPACE = "\x1b[Z", "\r", "\x7f"
ESCAPE, TAB, F1 = "\x1b", "\t", "\x1bOP"
CTRL_C, CTRL_D, CTRL_U = "\x03", "\x04", "\x15"
SCAFFOLD = (sys.executable, "-m", "scaffold")
KEPT = (
    *("PATH", "HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"),
    *("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"),
    "COVERAGE_PROCESS_CONFIG",  # set while coverage is measured
)
DIM = "808080"


class Emulator(pyte.HistoryScreen):
    """A screen that knows of the alternate one, and of the cursor that is hidden."""

    is_alternate = False
    _main: Any = None

    def set_mode(self, *modes: int, **how: bool) -> None:
        """Switch modes on."""
        if how.get("private") and 1049 in modes:
            self.is_alternate, self._main = True, self._copy()
            self.erase_in_display(2)
        super().set_mode(*modes, **how)

    def reset_mode(self, *modes: int, **how: bool) -> None:
        """Switch modes off."""
        if how.get("private") and 1049 in modes and self.is_alternate:
            self.is_alternate = False
            buffer, (self.cursor.y, self.cursor.x) = self._main
            self.buffer.clear()
            self.buffer.update(buffer)
            self.dirty.update(range(self.lines))
        super().reset_mode(*modes, **how)

    def select_graphic_rendition(self, *attrs: int, **how: bool) -> None:
        """Change how text looks; what is dim is told by its colour, which pyte leaves out."""
        super().select_graphic_rendition(*attrs, **how)
        if 2 in attrs and 38 not in attrs and self.cursor.attrs.fg == "default":
            self.cursor.attrs = self.cursor.attrs._replace(fg=DIM)

    def _copy(self) -> Any:
        rows: dict[int, Any] = {}
        for number, row in self.buffer.items():
            rows[number] = type(row)(row.default)
            rows[number].update(row)
        return rows, (self.cursor.y, self.cursor.x)


class Terminal:
    """A program in a pseudo-terminal.

    Args:
        command: The program and its arguments.
        folder: Where it starts.
        columns: The terminal's width.
        rows: Its height.
        env: Variables besides those of the terminal.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        columns: int = 80,
        rows: int = 40,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.raw = ""
        self.screen = Emulator(columns, rows, history=2000)
        self._stream = pyte.Stream(self.screen)
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        shown = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "PROMPT_TOOLKIT_NO_CPR": "1"}
        self.child = pexpect.spawn(
            command[0],
            list(command[1:]),
            cwd=str(folder),
            env={**kept, **shown, **(env or {})},
            encoding="utf-8",
            dimensions=(rows, columns),
        )
        self.child.delaybeforesend = None

    def text(self) -> str:
        """Get the text on the screen."""
        return "\n".join(line.rstrip() for line in self.lines()).strip("\n")

    def lines(self) -> list[str]:
        """The rows of the screen; a wide character takes one place in them."""
        rows = (self.screen.buffer[number] for number in range(self.screen.lines))
        return ["".join(row[column].data for column in range(self.screen.columns)) for row in rows]

    def history(self) -> str:
        """Get the text that has scrolled off the top, and that on the screen."""
        gone = [
            "".join(row[column].data for column in range(self.screen.columns)).rstrip()
            for row in self.screen.history.top
        ]
        return "\n".join([*gone, self.text()])

    def colours(self) -> set[str]:
        """The colours that were sent."""
        return set(re.findall(r"\x1b\[[0-9;]*(?:38|48|3[0-7])[;m][0-9;]*", self.raw))

    def sees(self, what: str | Callable[[str], bool]) -> str:
        """Wait until the screen shows something, and all that is drawn along with it."""
        shown = (lambda text: what in text) if isinstance(what, str) else what
        deadline = time.monotonic() + 30
        while not shown(self.text()):
            if not self._read() and time.monotonic() > deadline:
                raise AssertionError(f"not seen: {what}\n{self.text()}")
        with contextlib.suppress(EOFError):  # a program may end with what it shows
            while self._read():
                pass
        return self.text()

    def _read(self) -> bool:
        try:
            piece = self.child.read_nonblocking(65536, timeout=0.07)
        except pexpect.TIMEOUT:
            return False
        except pexpect.EOF:
            raise EOFError(f"the program ended\n{self.text()}") from None
        self.raw += piece
        self._stream.feed(piece)
        return True

    def types(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.child.send(key)

    def resizes(self, columns: int, rows: int) -> None:
        """Give the window another size."""
        self.screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)

    def hangs_up(self) -> None:
        """Close the window: the program's terminal is gone."""
        with Path(os.devnull).open() as nothing:
            os.dup2(nothing.fileno(), self.child.child_fd)

    def ends(self) -> int:
        """Wait until the program has ended; give its exit code."""
        deadline = time.monotonic() + 60
        with contextlib.suppress(EOFError):
            while time.monotonic() < deadline:
                self._read()
        self.child.close()
        if self.child.exitstatus is None:
            raise AssertionError(f"ended by signal {self.child.signalstatus}\n{self.text()}")
        return int(self.child.exitstatus)

    def closes(self) -> None:
        """Kill the program if it still runs."""
        self.child.close(force=True)
