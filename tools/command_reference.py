"""Write docs/commands.md from the help of the commands.

python -m tools.command_reference
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "commands.md"
HEAD = """\
# Commands

% Written by tools/command_reference.py from what --help prints: `nox -s reference`.

SOURCE is a built-in name (`lightning`), a folder, a git URL, `gh:owner/repo` or `gl:owner/repo`.
VERSION is a version or a tag; of a git repository, any ref.
[Output](output.md) describes streams, JSON and completion.

## Exit codes

| code | meaning |
|---|---|
| 0 | done, or nothing to do |
| 1 | an expected failure, told in one line with the next step |
| 2 | usage, or answers that are unknown, missing or invalid: all of them |
| 3 | `check`: a newer version is there |
| 4 | conflicts are left to resolve |
| 70 | a bug, with a log to report |
| 130 | interrupted |
"""


def reference() -> str:
    """Write the whole page."""
    commands = ([], *([name] for name in names_in(help_of())))
    sections = (
        f"## {' '.join(('scaffold', *command))}\n\n```text\n{help_of(*command)}```\n"
        for command in commands
    )
    return "\n".join([HEAD, *sections])


def help_of(*command: str) -> str:
    """Get the help of a command on a terminal of 80 columns."""
    words = [sys.executable, "-m", "scaffold", *command, "--help"]
    environ = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1"}
    done = subprocess.run(words, env=environ, check=True, capture_output=True, text=True)
    lines = (line.rstrip() for line in done.stdout.splitlines())
    return "\n".join(lines).strip() + "\n"


def names_in(overview: str) -> Iterator[str]:
    """List the commands in the overview."""
    _, _, listed = overview.partition("Commands:\n")
    return (match.group(1) for match in re.finditer(r"^  (\w[\w-]*)  ", listed, re.MULTILINE))


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
