"""`--abort` of `scaffold update` and `scaffold new`."""

from __future__ import annotations

from pathlib import Path

from .output import write_data, write_result


def undo(path: str, record: str | None, command: str, *, json: bool) -> None:
    """Take back what the last command did to a repository, and print that.

    Args:
        path: The project.
        record: Its record; None for the usual one.
        command: The command that was given.
        json: Whether to print JSON.
    """
    from .. import report
    from ..operations import abort

    done = abort(Path(path), record)
    if json:
        write_data(report.as_json(command, report.aborted_json(Path(path).resolve(), done)))
    else:
        write_result(done)
