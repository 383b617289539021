"""Make the README's picture: a real run of the main command, as a terminal shows it.

    python -m tools.picture

It installs what the project needs, so it takes minutes. The picture shows eight lines of the run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from rich.console import Console
from rich.text import Text

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "picture.svg"
COMMAND = ("scaffold", "new", "digits", "--defaults", "--first-run")
COLUMNS = 64
# The lines of the run that the picture shows, in this order; the log's date and module are cut.
SHOWN = (
    r"\[1/3\] environment: \.venv",
    r"\[2/3\] install: done",
    r"epoch 1 of ",
    r"epoch 20 of ",
    r"test/accuracy: ",
    r"\[3/3\] train: done",
    r"digits: \d+ files",
)
LOG = re.compile(r"^\[[^]]+\]\[[^]]+\]\[INFO\] - ")
# Fonts from elsewhere: pages that show the picture block them, and the reader's own will do.
FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def record(folder: Path) -> str:
    """Get the output of the command in an empty folder."""
    programs = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    environ = {**os.environ, "PATH": programs, "OMP_NUM_THREADS": "1", "NO_COLOR": "1"}
    return subprocess.run(
        COMMAND,
        cwd=folder,
        env=environ,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ).stdout


def shorten(lines: Iterable[str], folder: Path) -> Iterator[str]:
    """Remove the folder of this run, and that of its programs, from the lines."""
    programs = str(Path(sys.executable).parent) + os.sep
    return (line.replace(f"{folder}/", "").replace(programs, "") for line in lines)


def pick(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines that the picture shows."""
    texts = [LOG.sub("", line) for line in lines]
    for pattern in SHOWN:
        yield next(text for text in texts if re.match(pattern, text))


def draw(lines: Iterable[str]) -> str:
    """Draw the lines in a terminal's window, as SVG."""
    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True)
        console.print(Text(f"$ {' '.join(COMMAND)}", style="bold"))
        for line in lines:
            style = "green" if re.match(r"\[\d+/\d+\]", line) else ""
            console.print(Text(line, style=style))
        svg = console.export_svg(title="scaffold", unique_id="run")
    return FONT_FACE.sub("", svg)


def main() -> None:
    """Run, and write the picture."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()
        lines = list(shorten(record(folder).splitlines(), folder))
    PICTURE.write_text(draw(pick(lines)), encoding="utf-8")


if __name__ == "__main__":
    main()
