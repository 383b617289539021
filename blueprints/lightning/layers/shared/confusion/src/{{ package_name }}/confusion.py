"""What was taken for what in a test: as tables for programs, and as a picture."""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from .tables import write_table

MOST = 40  # classes of a picture
STYLE = "text{fill:#333}@media(prefers-color-scheme:dark){text{fill:#ddd}}"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="10" viewBox'
TEXT = '<text x="{:g}" y="{:g}" text-anchor="{}">{}</text>'.format


def write_confusion(folder: Path, names: Sequence[str], counts: Sequence[Sequence[int]]) -> None:
    """Write `classes.csv`, `confusion.csv` and, of not too many classes, `confusion.svg`.

    Args:
        folder: Where.
        names: K names of classes.
        counts: (K, K), a row for each true class, a column for each predicted one.
    """
    rows = ([name, *row] for name, row in zip(names, counts, strict=True))
    write_table(folder / "confusion.csv", ["true / predicted", *names], rows)
    head = ["class", "precision", "recall", "f1", "items"]
    write_table(folder / "classes.csv", head, score_classes(names, counts))
    if len(names) <= MOST:
        (folder / "confusion.svg").write_text(draw(names, counts), "utf-8")


def score_classes(names: Sequence[str], counts: Sequence[Sequence[int]]) -> Iterable[list[object]]:
    """Name, precision, recall, F1 and number of items of each class; empty where undefined."""
    columns = zip(*counts, strict=True)
    for k, (name, row, column) in enumerate(zip(names, counts, columns, strict=True)):
        hits, items, taken = row[k], sum(row), sum(column)
        pairs = ((hits, taken), (hits, items), (2 * hits, items + taken))
        yield [name, *(f"{a / b:.4f}" if b else "" for a, b in pairs), items]


def draw(names: Sequence[str], counts: Sequence[Sequence[int]]) -> str:
    """An SVG picture: the stronger a cell's colour, the larger its share of the true class."""
    left = 16 + 6 * min(16, max(map(len, names)))
    body = f"<style>{STYLE}</style>"
    for y, (name, row) in enumerate(zip(names, counts, strict=True)):
        body += TEXT(left - 6, 41 + 26 * y, "end", escape(name[:16]))
        body += TEXT(left + 14 + 30 * y, 18, "middle", escape(name[:5]))
        for x, count in enumerate(row):
            at = f'x="{left + 30 * x}" y="{24 + 26 * y}" width="29" height="25"'
            share = 0.06 + 0.7 * count / (sum(row) or 1)
            body += f'<rect {at} fill="#3b82d6" fill-opacity="{share:.2f}"/>'
            body += TEXT(left + 14.5 + 30 * x, 41 + 26 * y, "middle", count or "")
    return f'{SVG}="0 0 {left + 30 * len(names)} {26 + 26 * len(names)}">{body}</svg>\n'
