"""Forecasts of a test: as tables for programs, and as a picture of bands."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .data.series import Series, show_time
from .tables import write_table

WORST = 10  # windows of the table
SHOWN = 4  # windows of the picture
WIDTH, HEIGHT = 640, 120  # of each
STYLE = (
    ".bands{fill:none;font:11px sans-serif}.bands text{fill:#333}.bands .true{stroke:#333}"
    ".bands .band{fill:#3b82d6;fill-opacity:.25}.bands .median{stroke:#3b82d6;stroke-width:2}"
    "@media(prefers-color-scheme:dark){.bands text{fill:#ddd}.bands .true{stroke:#ddd}}"
)
HORIZON = ["step", "mae", "naive_mae", "relative_mae", "coverage"]
Array = NDArray[Any]


class Forecasts(NamedTuple):
    """What was forecast in N windows, and what came.

    Args:
        quantiles: (N, H, Q).
        true: (N, H), NaN where it is missing.
        naive: (N, H), the last season again.
        where: (N, 2), the number of the series, and the first time in seconds since 1970.
    """

    quantiles: Array
    true: Array
    naive: Array
    where: Array


def write_forecasts(folder: Path, found: Forecasts, series: Series) -> None:
    """Write `horizon.csv`, `worst.csv`, and `forecasts.svg` with the worst window last."""
    error = abs(found.quantiles[..., found.quantiles.shape[-1] // 2] - found.true)
    naive = abs(found.naive - found.true)
    inside = (found.quantiles[..., 0] <= found.true) & (found.true <= found.quantiles[..., -1])
    hits = np.where(np.isnan(found.true), np.nan, inside)
    steps = zip(*(mean(values, axis=0) for values in (error, naive, hits)), strict=True)
    rows = ([n, *map(show, (a, b, a / b, c))] for n, (a, b, c) in enumerate(steps, 1))
    write_table(folder / "horizon.csv", HORIZON, rows)

    errors, others = mean(error, axis=1), mean(naive, axis=1)
    order = np.argsort(-np.nan_to_num(errors))
    worst = (
        [series.names[k], show_time(time), show(errors[n]), show(others[n])]
        for n, (k, time) in zip(order[:WORST], found.where[order[:WORST]].tolist(), strict=True)
    )
    write_table(folder / "worst.csv", ["series", "time", "mae", "naive_mae"], worst)

    in_time = np.lexsort(found.where.T)
    chosen = in_time[np.linspace(0, len(order) - 1, SHOWN - 1).astype(int)]
    (folder / "forecasts.svg").write_text(draw(found, [*chosen, order[0]], series), "utf-8")


def draw(found: Forecasts, chosen: Sequence[int], series: Series) -> str:
    """An SVG picture of some windows: the band, its middle, and the true values from before."""
    size = f'0 0 {WIDTH} {len(chosen) * HEIGHT}"'
    body = f"<style>{STYLE}</style>"
    for row, n in enumerate(chosen):
        (number, time), horizon = found.where[n].tolist(), len(found.true[n])
        begin = int(series.grid.locate(np.array([time], "M8[s]"))[0])
        past = series.values[number, max(begin - 2 * horizon, 0) : begin]
        line = np.concatenate([past, found.true[n]])
        head = f"{series.names[number][:40]}, {show_time(time)}"
        body += f'<g transform="translate(0 {row * HEIGHT})">'
        body += f'<text x="4" y="13">{escape(head)}</text>'
        body += draw_window(line, found.quantiles[n]) + "</g>"
    return f'<svg xmlns="http://www.w3.org/2000/svg" class="bands" viewBox="{size}>{body}</svg>\n'


def draw_window(line: Array, quantiles: Array) -> str:
    """True values (L + H,), of which the last H were forecast in quantiles (H, Q)."""
    every = np.concatenate([line, quantiles.flatten()])
    low, high = np.nanmin(every), np.nanmax(every)
    xs = 44 + (WIDTH - 50) * np.arange(len(line)) / (len(line) - 1)
    future = xs[-len(quantiles) :]

    def path(xs: Array, values: Array) -> str:
        ys = HEIGHT - 8 - (HEIGHT - 32) * (values - low) / ((high - low) or 1)
        known = [(x, y) for x, y in zip(xs, ys, strict=True) if y == y]
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in known)

    edges = np.concatenate([quantiles[:, 0], quantiles[::-1, -1]])
    middle = quantiles[:, quantiles.shape[1] // 2]
    return (
        f'<text x="4" y="32">{high:.4g}</text><text x="4" y="{HEIGHT - 6}">{low:.4g}</text>'
        f'<path class="band" d="{path(np.concatenate([future, future[::-1]]), edges)}Z"/>'
        f'<path class="true" d="{path(xs, line)}"/>'
        f'<path class="median" d="{path(future, middle)}"/>'
    )


def write_quantiles(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Write rows of windows, whose values are lists over the horizon, as a row for each time."""
    names = [name for name in rows[0] if name != "item"]
    long = (
        [row["item"], step, *values]
        for row in rows
        for step, values in enumerate(zip(*(row[name] for name in names), strict=True), 1)
    )
    write_table(path, ["series", "step", *names], long)


def mean(values: Array, axis: int) -> Array:
    """Of the values that are known; NaN of none."""
    count = (~np.isnan(values)).sum(axis)
    return np.nansum(values, axis) / np.where(count, count, np.nan)


def show(value: float) -> str:
    return f"{value:.4g}" if np.isfinite(value) else ""
