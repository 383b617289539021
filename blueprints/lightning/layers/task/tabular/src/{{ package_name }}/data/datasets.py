"""Datasets: an item is a table's row, as its numbers (F,), its categories (C,) and its target."""

import logging
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from ..runs import RunError
from . import tables
from .tables import Column

log = logging.getLogger(__name__)
Batch = tuple[Tensor, Tensor, Tensor]
Kind = Literal["auto", "regression", "classification"]
MOST_CLASSES = 20  # of whole numbers: more are a quantity


class Table(Dataset[Batch]):
    """The rows of a table.

    Args:
        texts: The texts of each column; an empty one where a value is missing.
        columns: The columns that are read, with what `fit` has learnt, or will.
        target: The column that is predicted; the texts may lack it.
    """

    def __init__(
        self, texts: Mapping[str, Sequence[str]], columns: Sequence[Column], target: Column
    ) -> None:
        self.columns, self.target = list(columns), target
        ids = [texts[c["name"]] for c in columns if c["type"] == "id" and c["name"] in texts]
        self.names = ids[0] if ids else None
        self.used = [c for c in columns if c["type"] in ("number", "date", "category")]
        self.parsed = [tables.parse(column, texts[column["name"]]) for column in self.used]
        self.count = len(next(iter(texts.values())))
        self.known = texts.get(target["name"], [""] * self.count)
        self.classes = target.get("classes", [])
        self.outputs = len(self.classes) or 1
        if self.classes:
            labels = {name: label for label, name in enumerate(self.classes)}
            self.labels = [labels.get(text, -1) for text in self.known]
        else:
            self.amounts = tables.parse(target, self.known)

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Batch:
        return self.rows[0][index], self.rows[1][index], self.rows[2][index]

    def __getitems__(self, indices: list[int]) -> Batch:
        """A whole batch at once, which is much faster than row by row; `keep` hands it on."""
        return self.rows[0][indices], self.rows[1][indices], self.rows[2][indices]

    def fit(self, rows: Sequence[int]) -> None:
        """Learn from the training rows, and from no others, what the columns' values are like."""
        for column, values in zip(self.used, self.parsed, strict=True):
            tables.fit(column, values, rows)
        if not self.classes:
            found = self.amounts[rows]
            self.target |= {"mean": float(found.mean()), "sd": float(found.std()) or 1.0}
        self.encode()

    def encode(self) -> None:
        """Make the tensors: numbers (N, F), categories (N, C), targets (N,)."""
        numbers, codes = [np.empty((self.count, 0))], [np.empty((0, self.count), int)]
        first = 0  # of the codes that a category's follow; all share 0, what is not known
        for column, values in zip(self.used, self.parsed, strict=True):
            if column["type"] == "category":
                found = np.array([tables.to_codes(column, values)])
                codes.append(np.where(found, found + first, 0))
                first += len(column["values"])
            else:
                numbers.append(tables.to_numbers(column, values))
        if self.classes:
            targets = torch.tensor(self.labels)
        else:
            scaled = (self.amounts - self.target["mean"]) / self.target["sd"]
            targets = torch.from_numpy(scaled).float()
        inputs = torch.from_numpy(np.hstack(numbers)).float(), torch.from_numpy(np.vstack(codes).T)
        self.rows: Batch = (*inputs, targets)
        self.numbers, self.categories, self.values = inputs[0].shape[1], inputs[1].shape[1], first

    @property
    def about(self) -> dict[str, Any]:
        return {"columns": self.columns, "target": self.target}

    @classmethod
    def from_files(cls, root: str, about: Mapping[str, Any]) -> "Table":
        """The rows of a CSV file with the columns of training; the target may be missing."""
        texts, target = tables.read_csv(path := Path(root)), about["target"]
        tables.check_columns(path, texts, about["columns"], target["name"])
        table = Table(texts, about["columns"], target)
        table.encode()
        return table


class CsvFile(Table):
    """The rows of a CSV file whose columns' types are found.

    Args:
        path: The file.
        target: The column that is predicted.
        kind: What the target is: an amount, or a class.
        id: The column that names the rows; found by its name if None.
        types: `number`, `date`, `category` or `ignored` for a column whose type is found wrong.
        count: So many of the rows, evenly spaced; all if None.
    """

    def __init__(
        self,
        path: str,
        target: str,
        kind: Kind = "auto",
        id: str | None = None,
        types: Mapping[str, str] | None = None,
        count: int | None = None,
    ) -> None:
        texts = tables.read_csv(Path(path))
        given = {**(types or {}), **({id: "id"} if id else {})}
        for name in (target, *given):
            if name not in texts:
                raise RunError(f"{path} has no column {name} (found: {', '.join(texts)})")
        texts = pick_rows(texts, target, count)
        super().__init__(texts, *describe(texts, target, kind, given))


class Diamonds(CsvFile):
    """53,940 diamonds: their price, from weight, cut, colour, clarity and measures."""

    def __init__(self, count: int | None = None) -> None:
        spec = find_spec("dfply")  # by its path: importing it would import pandas
        assert spec and spec.submodule_search_locations
        path = Path(spec.submodule_search_locations[0], "data", "diamonds.csv")
        super().__init__(str(path), "price", count=count)


class BreastCancer(Table):
    """569 biopsies: benign or malignant, from 30 measures of the cells' nuclei."""

    def __init__(self, count: int | None = None) -> None:
        from sklearn.datasets import load_breast_cancer

        data: Any = load_breast_cancer()
        columns = zip(data.feature_names, data.data.T, strict=True)
        texts = {str(name): [str(value) for value in values] for name, values in columns}
        texts["diagnosis"] = [str(data.target_names[label]) for label in data.target]
        texts = pick_rows(texts, "diagnosis", count)
        super().__init__(texts, *describe(texts, "diagnosis", "classification", {}))


def describe(
    texts: Mapping[str, Sequence[str]], target: str, kind: Kind, given: Mapping[str, str]
) -> tuple[list[Column], Column]:
    """Find the columns' types and what kind of target there is, and say what is left out."""
    columns = [
        {"name": name, "type": given[name]} if name in given else tables.find_type(name, values)
        for name, values in texts.items()
        if name != target
    ]
    for column in columns:
        if column["type"] == "ignored":
            log.info("column %s is ignored: %s", column["name"], column.get("why", "as asked"))
    distinct = set(texts[target])
    if len(distinct) == 1:
        raise RunError(f"all rows have the same {target}; there is nothing to learn")
    if all(column["type"] in ("id", "ignored") for column in columns):
        raise RunError(
            f"no column is left to predict {target} from; write "
            "data.dataset.types={COLUMN: category}"
        )
    if kind == "auto":
        kind = "regression" if is_amount(distinct) else "classification"
        log.info("%s of %s: data.dataset.kind=%s", kind, target, kind)
    if kind == "classification" and len(distinct) > max(2, len(texts[target]) / 2):
        raise RunError(
            f"{target} has {len(distinct)} classes in {len(texts[target])} rows; "
            "write data.dataset.kind=regression, or another target"
        )
    about: Column = {"name": target, "type": "number"}
    if kind == "classification":
        about = {"name": target, "type": "category", "classes": sort_classes(distinct)}
    return columns, about


def is_amount(distinct: set[str]) -> bool:
    """Are these numbers that are not just the names of classes?"""
    if not tables.are_numbers(distinct):
        return False
    fractions = any(not float(text).is_integer() for text in distinct)
    return fractions or len(distinct) > MOST_CLASSES


def sort_classes(names: set[str]) -> list[str]:
    """In the order of numbers, if they are numbers."""
    numbers = tables.are_numbers(names)
    return sorted(names, key=lambda name: (float(name) if numbers else 0, name))


def pick_rows(
    texts: Mapping[str, Sequence[str]], target: str, count: int | None
) -> dict[str, list[str]]:
    """Rows that have a target: all, or so many of them, evenly spaced."""
    rows = [row for row, text in enumerate(texts[target]) if text]
    if missing := len(texts[target]) - len(rows):
        log.info("%d rows without a %s are left out", missing, target)
    if not rows:
        raise RunError(f"no row has a {target}")
    if count and count < len(rows):
        rows = [rows[n * len(rows) // count] for n in range(count)]
    return {name: [values[row] for row in rows] for name, values in texts.items()}


def keep(batch: Any) -> Batch:
    """Hand on what is a batch already."""
    return cast(Batch, batch)
