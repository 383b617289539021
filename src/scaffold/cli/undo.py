"""`--abort` of `scaffold update` and `scaffold new`."""

from __future__ import annotations

from pathlib import Path

from .. import operations, report
from .output import write_json, write_result


def undo(path: str, record: str | None, *, json: bool) -> None:
    """Undo the last command's changes to a repository, and print the result."""
    done = operations.abort(Path(path), record)
    if json:
        write_json(report.encode_undo(Path(path).resolve(), done))
    else:
        write_result(done)
