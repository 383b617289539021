"""People at a real pseudo-terminal: in front of a few questions, or of the installed command."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.terminal import SCAFFOLD, Terminal

PROGRAM = """
import json, sys
from pathlib import Path
from scaffold.errors import Failure
from scaffold.prompts import Person
from scaffold.questions import Choice, Questionnaire
root = Path(sys.argv[1])
config = json.loads((root / "config.json").read_text())
task = [
    Choice("Images", "image", "Classify images.", files=3, dependencies=("torch",)),
    Choice("Text", "text", "Or text."),
]
try:
    built = Questionnaire.from_config(config, root, {"task": task})
    answers = built.resolve({}, defaults=False, ask=Person().ask)
except Failure as error:
    sys.stderr.write(f"{error.what}\\n")
    sys.exit(error.exit_code)
(root / "answers.json").write_text(json.dumps(dict(answers.values)))
print("the data")
"""
# The terminal outlives the program, so that what it was left like is seen.
SHELL = """
trap : INT TERM HUP
stty -g > before
sh -c 'echo $$ > pid; exec "$@"' sh "$@"
code=$?
stty -g > after
echo $code > code
"""


class Asked(Terminal):
    """A person in front of the questions of a config.

    Args:
        folder: Where the program works.
        config: The questions, as a ``copier.yml`` holds them.
        size: The terminal's width and height.
        env: Variables besides those of the terminal.
    """

    def __init__(
        self, folder: Path, config: Any, size: tuple[int, int] = (80, 24), **env: str
    ) -> None:
        (folder / "config.json").write_text(json.dumps(config))
        self.answers = folder / "answers.json"
        self.stdout = folder / "stdout"
        shell = f'exec "$0" -c "$1" "$2" > {self.stdout}'
        command = ["/bin/sh", "-c", shell, sys.executable, PROGRAM, str(folder)]
        super().__init__(command, folder, *size, env)

    def result(self) -> Any:
        """The answers, after a good end."""
        assert self.ends() == 0, self.text()
        return json.loads(self.answers.read_text())


class Maker(Terminal):
    """Someone who types ``scaffold new demo`` in a folder of their own.

    Args:
        folder: Where there is room for that folder.
        source: The blueprint.
        size: The terminal's width and height.
        words: Further words of the command.
        env: Variables besides those of the terminal.
        dest: The folder of the project, as the command names it.
    """

    def __init__(
        self,
        folder: Path,
        source: Path,
        size: tuple[int, int] = (80, 40),
        words: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        *,
        dest: Sequence[str] = ("demo",),
    ) -> None:
        self.folder = folder / "here"
        self.folder.mkdir(exist_ok=True)
        self.state = folder / "state"
        self.state.mkdir()
        self.mark = f"MARK={folder}"
        there = f'cd "{self.state}"; {SHELL}'.replace("exec ", f'cd "{self.folder}"; exec ')
        command = ["/bin/sh", "-c", there, "sh", *SCAFFOLD, "new", *dest]
        command += ["--blueprint", str(source), *words]
        super().__init__(command, folder, *size, {"MARK": str(folder), **(env or {})})

    @property
    def pid(self) -> int:
        """The process of the command."""
        return int((self.state / "pid").read_text())

    def code(self) -> int:
        """The exit code of the command, once it has ended."""
        said, deadline = self.state / "code", time.monotonic() + 30
        while not (said.is_file() and said.read_text().endswith("\n")):
            assert time.monotonic() < deadline, self.text()
            time.sleep(0.02)
        return int(said.read_text())

    def restored(self) -> bool:
        """Whether the terminal was left as it was found."""
        before, after = ((self.state / name).read_text() for name in ("before", "after"))
        return before == after

    def processes(self) -> list[int]:
        """The processes of the command that run, those among them that left its session."""
        found = []
        for place in Path("/proc").glob("[0-9]*/environ"):
            try:
                if self.mark.encode() in place.read_bytes().split(b"\0"):
                    found.append(int(place.parent.name))
            except OSError:  # ended meanwhile, or is somebody else's
                continue
        return found

    def left(self) -> list[str]:
        """All that lies where the project would be, or where it is put together."""
        cache = Path(os.environ["XDG_CACHE_HOME"]) / "scaffold" / "new"
        places = [*self.folder.iterdir(), *(cache.iterdir() if cache.is_dir() else ())]
        return [place.name for place in places]
