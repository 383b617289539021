"""`--abort` of `scaffold update` and `scaffold new`."""

from __future__ import annotations

from pathlib import Path

from .output import write_data, write_result


def undo(path: str, record: str | None, command: str, *, json: bool) -> None:
    """Undo the last command's changes to a repository, and print the result.

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
        write_data(report.dump_result(command, report.encode_undo(Path(path).resolve(), done)))
    else:
        write_result(done)
