"""Columns of a table: their types, what is known of their values, and numbers for a network."""

import csv
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..runs import RunError

MISSING = {"", "?", "#n/a", "<na>", "n/a", "na", "nan", "null"}  # in any case
LEVELS = np.linspace(0, 1, 101)  # of the quantiles that are kept of a number
RAREST = 2  # a category of fewer training items is like one that is not known
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
Column = dict[str, Any]  # name, type, and what `fit` learns; plain, as checkpoints hold it
Numbers = np.ndarray[Any, np.dtype[np.float64]]


def read_csv(path: Path) -> dict[str, list[str]]:
    """The texts of each column, by its name; an empty text where a value is missing."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            head = file.readline()
            file.seek(0)
            lines = csv.reader(file, delimiter=max(",;\t|", key=head.count))
            names = [text.strip() or f"column {n}" for n, text in enumerate(next(lines, []), 1)]
            rows = []
            for row in lines:
                if len(row) == len(names):
                    rows.append(row)
                elif row:
                    raise RunError(
                        f"line {lines.line_num} of {path} has {len(row)} values, "
                        f"but its head {len(names)}"
                    )
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise RunError(f"{path.absolute()} cannot be read ({reason}); name another") from error
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise RunError(f"{path} has two columns {twice[0]}; rename one")
    if not rows:
        raise RunError(f"{path} holds no rows")
    columns = zip(*rows, strict=True)
    return {name: [clean(v) for v in values] for name, values in zip(names, columns, strict=True)}


def clean(text: str) -> str:
    text = text.strip()
    return "" if text.lower() in MISSING else text


def find_type(name: str, texts: Sequence[str]) -> Column:
    """A column's type (`number`, `date`, `category`, `id` or `ignored`), and why it is so."""
    present = [text for text in texts if text]
    distinct = set(present)
    if not distinct:
        return ignored(name, "it has no values")
    if len(distinct) == 1 and len(present) == len(texts):
        return ignored(name, "all its values are the same")
    if len(distinct) == len(texts) and re.search(r"(^|[\W_])(id|Id|ID)$|[a-z]I[dD]$", name):
        return {"name": name, "type": "id"}
    for kind in ("number", "date"):
        if all_parse(distinct, PARSERS[kind]):
            return {"name": name, "type": kind}
    if len(distinct) > max(20, len(present) / 2):
        return ignored(name, "its texts differ from row to row")
    return {"name": name, "type": "category"}


def ignored(name: str, why: str) -> Column:
    return {"name": name, "type": "ignored", "why": why}


def to_number(text: str) -> float:
    number = float(text)
    return number if abs(number) < 1e30 else np.nan  # infinite, or too large for a network


def to_days(text: str) -> float:
    """A date, or date and time, of ISO 8601 → days since 2000."""
    if not re.match(r"\d{4}[-/]\d", text):
        raise ValueError(text)
    date = datetime.fromisoformat(text.replace("/", "-"))
    return (date.replace(tzinfo=date.tzinfo or UTC) - EPOCH).total_seconds() / 86_400


PARSERS = {"number": to_number, "date": to_days}


def all_parse(texts: set[str], parse: Callable[[str], float]) -> bool:
    try:
        return all(parse(text) is not None for text in texts)
    except (ValueError, OverflowError):
        return False


def are_numbers(texts: set[str]) -> bool:
    return all_parse(texts, to_number)


def parse(column: Column, texts: Sequence[str]) -> Any:
    """Numbers and days (N,), NaN where they are missing; a category's texts as they are."""
    if column["type"] == "category":
        return texts
    convert, numbers = PARSERS[column["type"]], []
    for row, text in enumerate(texts):
        try:
            numbers.append(convert(text) if text else np.nan)
        except (ValueError, OverflowError):
            raise RunError(
                f"row {row} has {text!r} in the column {column['name']}, "
                f"which is a {column['type']} by its type"
            ) from None
    return np.array(numbers)


def fit(column: Column, values: Any, rows: Sequence[int]) -> None:
    """Learn from the training rows alone: quantiles of numbers, the categories there are."""
    if column["type"] == "category":
        counts = Counter(values[row] for row in rows)
        column["values"] = sorted(v for v, count in counts.items() if count >= RAREST)
        return
    numbers = spread(column, values[rows])
    known = numbers[~np.isnan(numbers[:, 0])]
    column["missing"] = len(known) < len(numbers)
    if not len(known):
        known = np.zeros((1, numbers.shape[1]))
    column["quantiles"] = np.quantile(known, LEVELS, axis=0).T.tolist()


def spread(column: Column, values: Numbers) -> Numbers:
    """Numbers (N,) → (N, 1); days (N,) → the day, the day of the year and of the week (N, 3)."""
    if column["type"] == "number":
        return values[:, None]
    days = np.datetime64("2000-01-01") + np.floor(np.nan_to_num(values)).astype(int)
    of_year = (days - days.astype("datetime64[Y]")).astype(float)
    of_week = (days.astype(int) + 3) % 7  # 1970 began with a Thursday
    known = np.where(np.isnan(values), np.nan, 1)
    return np.stack([values, of_year * known, of_week * known], -1)


def to_numbers(column: Column, values: Numbers) -> Numbers:
    """(N,) → (N, F): as far from 0 as in a normal distribution; missing ones are 0, and marked."""
    numbers = spread(column, values)
    missing = np.isnan(numbers)
    for n, quantiles in enumerate(column["quantiles"]):
        known, first, count = np.unique(quantiles, return_index=True, return_counts=True)
        level = LEVELS[first] + (count - 1) / 2 * LEVELS[1]
        level = 0.005 + 0.99 * np.interp(np.nan_to_num(numbers[:, n]), known, level)
        numbers[:, n] = torch.special.ndtri(torch.from_numpy(level)).numpy()
    numbers[missing] = 0
    return np.hstack([numbers, missing[:, :1]]) if column["missing"] else numbers


def to_codes(column: Column, texts: Sequence[str]) -> list[int]:
    """Each category's number from 1 on; 0 for what was not there, or rare, in training."""
    found, known = {*texts} - {""}, {*column["values"]} - {""}
    if found and are_numbers(found) and not are_numbers(known):
        raise RunError(
            f"the column {column['name']} holds numbers, as {min(found)}, but is a category by its "
            f"type, as {min(known)}"
        )
    codes = {text: code for code, text in enumerate(column["values"], 1)}
    return [codes.get(text, 0) for text in texts]


def check_columns(
    path: Path, found: Mapping[str, Any], columns: Sequence[Column], target: str
) -> None:
    """Refuse a table that lacks a column of the training's, or has one more."""
    used = [c["name"] for c in columns if c["type"] in ("number", "date", "category")]
    if absent := [name for name in used if name not in found]:
        raise RunError(f"{path} has no column {', '.join(absent)} (found: {', '.join(found)})")
    if new := found.keys() - {target, *(column["name"] for column in columns)}:
        raise RunError(f"{path} has columns that training did not have: {', '.join(sorted(new))}")
