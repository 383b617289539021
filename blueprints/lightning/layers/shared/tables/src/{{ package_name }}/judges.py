"""Gradient boosting beside a network, which columns it goes by, and pictures of both."""

import csv
from collections.abc import Callable, Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

MOST = 254  # categories of a column that boosting tells apart without an order
STYLE = "text{fill:#333}@media(prefers-color-scheme:dark){text{fill:#ddd}}"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="10" viewBox'
TEXT = '<text x="{:g}" y="{:g}" text-anchor="{}">{}</text>'.format
Inputs = Sequence[Tensor]
Places = list[tuple[int, slice]]


def boost(table: Any, train: Sequence[int], inputs: Inputs) -> Tensor:
    """Outputs (N, K) of scikit-learn's gradient boosting with its defaults, to the last tree.

    Args:
        table: A dataset with numbers (B, F), categories (B, C) and targets (B,), and `outputs` (K).
        train: The training items.
        inputs: Numbers (N, F) and categories (N, C) of the items to test.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    *known, targets = table.__getitems__(list(train))
    columns = [column for column in table.used if column["type"] == "category"]
    few = [len(column["values"]) <= MOST for column in columns]
    options = {"early_stopping": False, "categorical_features": [False] * known[0].shape[1] + few}
    kind = HistGradientBoostingRegressor if table.outputs == 1 else HistGradientBoostingClassifier
    model = kind(**options).fit(to_array(known, columns), targets.numpy())
    if table.outputs == 1:
        return torch.from_numpy(model.predict(to_array(inputs, columns))).float()[:, None]
    found = torch.zeros(len(inputs[0]), table.outputs, dtype=torch.float64)
    found[:, model.classes_] = torch.from_numpy(model.predict_proba(to_array(inputs, columns)))
    return found.float()


def to_array(inputs: Inputs, columns: Sequence[Any]) -> Any:
    """Numbers (N, F) and categories (N, C) in one, each category's numbers from 0 on."""
    codes, first = inputs[1].numpy().copy(), 0
    for n, column in enumerate(columns):
        codes[:, n] = np.where(codes[:, n], codes[:, n] - first, 0)
        first += len(column["values"])
    return np.hstack([inputs[0].numpy(), codes])


def rank_columns(
    used: Sequence[Any], inputs: Inputs, measure: Callable[[list[Tensor]], float]
) -> list[tuple[str, float]]:
    """How much worse a metric gets when a column is shuffled among the items; the worst first."""
    order = torch.randperm(len(inputs[0]), generator=torch.Generator().manual_seed(0))
    whole, losses, places = measure(list(inputs)), [], [0, 0]
    for column in used:
        part = 1 if column["type"] == "category" else 0
        width = 1 if part else len(column["quantiles"]) + column["missing"]
        changed = [values.clone() for values in inputs]
        at = slice(places[part], places[part] + width)
        changed[part][:, at] = inputs[part][order][:, at]
        places[part] += width
        losses.append((str(column["name"]), whole - measure(changed)))
    return sorted(losses, key=lambda pair: -pair[1])


def write_importance(folder: Path, losses: Sequence[tuple[str, float]], metric: str) -> None:
    """Write `importance.csv`, and `importance.svg` of the first twenty."""
    write_rows(folder / "importance.csv", [["column", f"{metric} lost"], *losses])
    most = max(losses[0][1], 1e-9)
    body = f"<style>{STYLE}</style>"
    for n, (name, loss) in enumerate(losses[:20]):
        width, y = max(200 * loss / most, 0), 18 * n
        body += TEXT(144, y + 13, "end", escape(name[:24]))
        body += f'<rect x="150" y="{y + 2}" width="{width:.1f}" height="14" fill="#3b82d6"/>'
        body += TEXT(156 + width, y + 13, "start", f"{loss:.3f}")
    text = f'{SVG}="0 0 400 {18 * min(len(losses), 20) + 4}">{body}</svg>\n'
    (folder / "importance.svg").write_text(text, "utf-8")


def draw_pairs(pairs: Sequence[Sequence[float]], name: str) -> str:
    """An SVG picture: a point for each item, its true amount to the right, the predicted one up."""
    flat = [value for pair in pairs for value in pair]
    low, high = min(flat), max(flat)
    scale = 280 / ((high - low) or 1)
    points = (f"M{60 + (x - low) * scale:.1f} {290 - (y - low) * scale:.1f}h0" for x, y in pairs)
    line = 'fill="none" stroke="#888"'
    body = f'<style>{STYLE}</style><path d="M60 10v280h280M60 290L340 10" {line}/>'
    body += f'<path d="{"".join(points)}" stroke="#3b82d6" stroke-opacity=".4" stroke-width="4"'
    body += ' stroke-linecap="round"/>'
    for x, y, end, text in (
        (60, 304, "start", f"{low:.5g}"),
        (340, 304, "end", f"{high:.5g}"),
        (54, 290, "end", f"{low:.5g}"),
        (54, 18, "end", f"{high:.5g}"),
        (200, 304, "middle", f"true {escape(name)}"),
        (66, 18, "start", "predicted"),
    ):
        body += TEXT(x, y, end, text)
    return f'{SVG}="0 0 350 310">{body}</svg>\n'


def write_rows(path: Path, rows: Iterable[Sequence[object]]) -> None:
    """Write a table, its fractions with four digits."""
    with path.open("w", newline="", encoding="utf-8") as file:
        shown = ([f"{v:.5g}" if isinstance(v, float) else v for v in row] for row in rows)
        csv.writer(file).writerows(shown)
