"""A git server that thinks for a while: it stands where ssh would, on this machine."""

from __future__ import annotations

from pathlib import Path

HOST = "ssh://ada@slow.example"
SSH = """#!/bin/sh
for said; do :; done
sleep "$DELAY"
exec sh -c "$said"
"""


def slow_server(folder: Path, seconds: float) -> dict[str, str]:
    """The variables with which git finds every folder of this machine behind `HOST`.

    Args:
        folder: Where there is room for a program.
        seconds: How long each answer takes.
    """
    ssh = folder / "ssh"
    ssh.write_text(SSH)
    ssh.chmod(0o755)
    return {"GIT_SSH_COMMAND": str(ssh), "GIT_SSH_VARIANT": "simple", "DELAY": str(seconds)}
