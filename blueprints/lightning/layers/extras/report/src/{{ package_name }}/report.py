"""Compare runs, in the terminal and as one HTML file: this is the command `report`."""

import argparse
import csv
import math
import signal
from base64 import b64encode
from html import escape
from pathlib import Path

from .runs import EARLIER, find_runs, load_history, load_manifest

KNOWN = {EARLIER, "packages.txt"}  # which say nothing of the results
Curve = list[tuple[float, float]]  # step and value


def compare(runs: list[Path]) -> list[list[str]]:
    """A row for each run: the overrides that not all share, and the metrics of its best epoch."""
    manifests = [load_manifest(run) for run in runs]
    shared = set.intersection(*(set(m["overrides"]) for m in manifests))
    names = sorted({name for m in manifests for name in m.get("metrics", {})})
    rows = [["run", "overrides", "status", *names]]
    for run, m in zip(runs, manifests, strict=True):
        own = " ".join(word for word in m["overrides"] if word not in shared)
        found = m.get("metrics", {})
        numbers = (f"{found[name]:.4g}" if name in found else "-" for name in names)
        rows.append([str(run), own, m["status"], *numbers])
    return rows


def load_curves(runs: list[Path]) -> dict[str, list[Curve]]:
    """All that was logged more than once, by name: a curve of each run, some of them empty."""
    curves: dict[str, list[Curve]] = {}
    for n, run in enumerate(runs):
        for row in load_history(run):
            for name in row.keys() - {"epoch", "step"}:
                if math.isfinite(row[name]):
                    curves.setdefault(name, [[] for _ in runs])[n].append((row["step"], row[name]))
    return {name: curves[name] for name in sorted(curves) if max(map(len, curves[name])) > 1}


def draw(name: str, curves: list[Curve]) -> str:
    """An SVG picture with a line for each run; the page's style gives the colours."""
    xs, ys = zip(*(point for curve in curves for point in curve), strict=True)
    right, low, high = max(xs) or 1, min(ys), max(ys)
    svg = f'<svg viewBox="0 0 320 164" class="curves"><text x="40" y="13">{escape(name)}</text>'
    svg += f'<text x="34" y="30">{high:.3g}</text><text x="34" y="144">{low:.3g}</text>'
    svg += f'<text x="312" y="158">step {right:g}</text><path d="M38.5 22v120.5h276"/><g>'
    for curve in curves:
        at = ((40 + 272 * x / right, 140 - 114 * (y - low) / (high - low or 1)) for x, y in curve)
        svg += f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in at)}"/>'
    return f"{svg}</g></svg>"


def as_text(rows: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def as_html(rows: list[list[str]]) -> str:
    cells = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows)
    return f"<table><tr>{'</tr><tr>'.join(cells)}</tr></table>"


def as_plain(path: Path) -> str:
    text = path.read_text("utf-8")
    return as_text(list(csv.reader(text.splitlines()))) if path.suffix == ".csv" else text.rstrip()


def as_section(path: Path) -> str:
    """A table or its picture, a text, or a picture, with the file's name."""
    picture = path.with_suffix(".svg")
    if path.suffix == ".png":
        code = b64encode(path.read_bytes()).decode()
        body = f'<img alt="" src="data:image/png;base64,{code}">'
    elif picture.is_file():
        body = picture.read_text("utf-8")
    elif path.suffix == ".csv":
        body = as_html(list(csv.reader(path.read_text("utf-8").splitlines())))
    else:
        body = f"<pre>{escape(path.read_text('utf-8'))}</pre>"
    return f"<figure><figcaption>{escape(path.stem)}</figcaption>{body}</figure>"


def _is_small(path: Path) -> bool:
    return path.stat().st_size < 30_000


def _is_drawn(picture: Path) -> bool:
    """Does it stand for a table that is shown?"""
    table = picture.with_suffix(".csv")
    return table.is_file() and _is_small(table)


def main() -> None:
    parser = argparse.ArgumentParser(prog=f"python -m {__package__}.report", description=__doc__)
    parser.add_argument("runs", nargs="+", metavar="RUN", help="a run's folder, or one of several")
    parser.add_argument("--output", default="runs/report.html", type=Path, metavar="FILE")
    given = parser.parse_args()
    runs = [run for folder in given.runs for run in find_runs(folder)]
    if not runs:
        parser.error("no run is there; the folder of a run holds run.json")
    lines = [as_text(rows := compare(runs))]
    body = [as_html(rows), "<div>", *(draw(*curves) for curves in load_curves(runs).items())]
    for run in runs:
        body.append(f"</div><h2>{escape(str(run))}</h2><div>")
        for path in sorted(run.iterdir()):  # what the test of a training left
            if path.suffix in (".csv", ".txt") and path.name not in KNOWN and _is_small(path):
                body.append(as_section(path))
                lines.append(f"\n{path}\n{as_plain(path)}")
            elif path.suffix == ".png" or (path.suffix == ".svg" and not _is_drawn(path)):
                body.append(as_section(path))
    page = Path(__file__).with_suffix(".html").read_text("utf-8").replace("$body", "\n".join(body))
    given.output.write_text(page, "utf-8")
    print("\n".join([*lines, f"\n{given.output}"]))


if __name__ == "__main__":
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # as `report RUN | head` asks
    main()
