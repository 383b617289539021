"""The shell examples of a page of the documentation, run as a reader would run them.

A `bash` block must succeed. Of a `console` block, each command after a ``$`` (further lines after
a ``>``) must print what stands under it: ``...`` stands for anything, a git id for any other.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(
    r"^(?:<!-- (?P<mark>[^\n]*?) -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.M | re.S
)
ID = re.compile(r"\b[0-9a-f]{7,64}\b")
WAITING = re.compile(r"^\S.* …\n", re.M)  # what takes more than a second says what it is
END = "\x1e"


@dataclass(frozen=True)
class Block:
    """A fenced block: what its comment says, its language, its text."""

    mark: str
    kind: str
    text: str


@dataclass(frozen=True)
class Step:
    """A command, and what it prints; where that is None, it has to succeed."""

    command: str
    expected: str | None = None


def blocks(page: Path) -> Iterator[Block]:
    """All fenced blocks of a page that name their language."""
    for match in BLOCK.finditer(page.read_text(encoding="utf-8")):
        yield Block(match["mark"] or "", match["kind"], match["text"])


def steps(page: Path, *, mark: str = "run") -> Iterator[Step]:
    """What is run of a page, in its order."""
    for block in blocks(page):
        if block.mark == mark and block.kind == "bash":
            yield Step(block.text)
        if block.mark == mark and block.kind == "console":
            yield from session(block.text)


def session(text: str) -> Iterator[Step]:
    """The commands of a console, each with what stands under it."""
    for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
        first, *rest = part.splitlines()
        more = [line[2:] for line in rest if line.startswith("> ")]
        printed = [line for line in rest if not line.startswith("> ")]
        yield Step("\n".join([first, *more]), "\n".join(printed))


def hold(page: Path, cwd: Path, *, mark: str = "run") -> None:
    """Fail unless all of a page that has this mark does what the page says."""
    told = list(failures(list(steps(page, mark=mark)), cwd))
    assert not told, "\n\n".join(told)


def failures(steps: Sequence[Step], cwd: Path) -> Iterator[str]:
    """Run the steps in one shell; tell each that did something else than the page says."""
    printed = run("".join(_script(step) for step in steps), cwd).split(END)
    for step, found in zip(steps, printed, strict=False):
        if step.expected is not None and not like(step.expected, found):
            yield f"$ {step.command}\n{found}\n--- but the page shows:\n{step.expected}"
    if len(printed) <= len(steps):
        yield f"$ {steps[len(printed) - 1].command}\n{printed[-1]}\n--- ended the shell"


def _script(step: Step) -> str:
    """A step in bash: a script ends the shell where it fails; a command leaves its exit code."""
    if step.expected is None:
        return f"set -euo pipefail\n{step.command}\nset +euo pipefail\nprintf '{END}'\n"
    return f"{step.command}\ncode=$?; printf '{END}'; (exit $code)\n"


def run(script: str, cwd: Path) -> str:
    """What bash prints, without a terminal, with this environment's programs before others."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    done = subprocess.run(
        ["bash", "-c", f"exec 2>&1\n{script}"],
        cwd=cwd,
        env={**os.environ, "PATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=False,
    )
    return done.stdout.decode()


def like(expected: str, printed: str) -> bool:
    """Whether they are equal, where three dots stand for anything, and an id for any other."""
    parts = ID.sub("ID", expected.strip()).split("...")
    pattern = ".*".join(re.escape(part) for part in parts)
    found = ID.sub("ID", WAITING.sub("", printed).strip())
    return re.fullmatch(pattern, found, re.S) is not None
