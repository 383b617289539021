"""Files of texts: lines, CSV and JSONL, read and written."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from torch import distributed

from .runs import RunError


def read_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise RunError(f"{path.absolute()} cannot be read ({reason}); name another") from error


def read_rows(path: Path, *columns: str) -> list[dict[str, Any]]:
    """The rows of a CSV or JSONL file that has certain columns."""
    if path.suffix not in READERS:
        raise RunError(f"{path} is neither {' nor '.join(READERS)}")
    rows = list(READERS[path.suffix](path))
    for number, row in enumerate(rows, 1):
        if missing := [column for column in columns if row.get(column) is None]:
            raise RunError(f"row {number} of {path} has no {missing[0]} (found: {', '.join(row)})")
    if not rows:
        raise RunError(f"{path} holds no rows")
    return rows


def read_texts(path: Path, column: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Rows with a text each, of a CSV or JSONL file or else one a line; and their names."""
    if path.suffix in READERS:
        rows = read_rows(path, column)
    else:
        rows = [{column: line} for line in read_file(path).splitlines() if line.strip()]
    return rows, [f"{path}:{number}" for number, _ in enumerate(rows, 1)]


def write_jsonl(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text("".join(lines), encoding="utf-8")


def write_table(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """A CSV file with the keys of the first row as its head."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]) if rows else [])
        writer.writeheader()
        writer.writerows(rows)


def gather_rows(rows: list[Any]) -> list[Any]:
    """The rows of all processes, in each of them."""
    if not (distributed.is_available() and distributed.is_initialized()):
        return rows
    parts: list[Any] = [None] * distributed.get_world_size()
    distributed.all_gather_object(parts, rows)
    return [row for part in parts for row in part]


def _read_csv(path: Path) -> Iterator[dict[str, Any]]:
    return csv.DictReader(StringIO(read_file(path)))


def _read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(read_file(path).split("\n"), 1):
        try:
            row = json.loads(line or "null")
        except json.JSONDecodeError:
            row = line
        if isinstance(row, dict):
            yield row
        elif row is not None:
            raise RunError(f"line {number} of {path} is no JSON object")


READERS = {".csv": _read_csv, ".jsonl": _read_jsonl}
