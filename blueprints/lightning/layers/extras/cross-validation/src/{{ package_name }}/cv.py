"""Join the runs of a cross-validation: this is the command `cv`."""

import argparse
import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from .build import command, compose, prepare_job
from .runs import RunError, find_runs, load_config, load_manifest

NOT_SHARED = ("data.fold=", "resume=")  # overrides in which the runs of one differ
Folds = dict[int, Path]  # the run of each


def find_folds(root: Path) -> dict[str, Folds]:
    """The cross-validations below a folder, by the overrides that their runs share."""
    found: dict[str, list[tuple[int, int, Path]]] = {}
    for run in find_runs(root, "finished"):
        data, words = load_config(run).data, load_manifest(run)["overrides"]
        if data.get("folds"):
            shared = " ".join(word for word in words if not word.startswith(NOT_SHARED))
            found.setdefault(shared, []).append((data.fold, data.folds, run))
    if not found:
        train = f"python -m {__package__}.train cv=kfold"
        raise RunError(f"{root} holds no finished run of a cross-validation; start one: {train}")
    problems = [text for shared, runs in found.items() for text in check_folds(shared, runs)]
    if problems:
        raise RunError("; ".join(problems))
    return {k: {fold: run for fold, _, run in sorted(runs)} for k, runs in found.items()}


def check_folds(shared: str, runs: Sequence[tuple[int, int, Path]]) -> Iterable[str]:
    """Name the folds that are missing, and those that are doubled, with their runs."""
    folds, counts = runs[0][1], Counter(fold for fold, _, _ in runs)
    if missing := " ".join(str(fold) for fold in range(folds) if not counts[fold]):
        train = f"python -m {__package__}.train {shared} data.fold={missing.split()[0]}"
        yield f"no finished run of fold {missing} of {folds} is there; write {train}"
    for fold in sorted(fold for fold, count in counts.items() if count > 1):
        doubled = ", ".join(str(run) for n, _, run in runs if n == fold)
        yield f"fold {fold} is there more than once ({doubled}); move all but one away"


def predict_folds(folds: Folds) -> list[dict[str, Any]]:
    """A row for each item: its run and fold, and its prediction by that run."""
    from .predict import predict

    cfg, rows = compose("trainer.enable_progress_bar=false", name="predict"), []
    prepare_job(cfg)
    for fold, run in folds.items():
        cfg.run = str(run)
        for row in predict(cfg):
            plain = {name: v for name, v in row.items() if isinstance(v, str | int | float)}
            rows.append({"run": str(run), "fold": fold, **plain})
    doubled = [item for item, count in Counter(row["item"] for row in rows).items() if count > 1]
    if doubled:
        raise RunError(f"{len(doubled)} items are in two folds, as {doubled[0]}; are data new?")
    return rows


def list_metrics(folds: Folds) -> dict[str, list[float]]:
    """The metrics of all folds, by name."""
    found = [load_manifest(run)["metrics"] for run in folds.values()]
    names = [name for name in found[0] if "/" in name and all(name in one for one in found)]
    return {name: [one[name] for one in found] for name in names}


def write_rows(rows: list[dict[str, Any]], path: Path) -> None:
    names = dict.fromkeys(name for row in rows for name in row)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(names))
        writer.writeheader()
        writer.writerows(rows)


def join(root: Path) -> Iterable[str]:
    """Write both tables, and yield the lines that say what is in them."""
    items: list[dict[str, Any]] = []
    scores: list[dict[str, Any]] = []
    for shared, folds in find_folds(root).items():
        yield f"{len(folds)} folds of {shared}"
        items += predict_folds(folds)
        metrics = list_metrics(folds)
        columns = zip(*metrics.values(), strict=True)
        for (fold, run), row in zip(folds.items(), columns, strict=True):
            scores.append({"run": run, "fold": fold} | dict(zip(metrics, row, strict=True)))
        for what, function in (("mean", mean), ("sd", stdev)):
            values = {name: function(column) for name, column in metrics.items()}
            scores.append({"run": shared, "fold": what} | values)
        for name, column in metrics.items():
            yield f"  {name}: {mean(column):.4f} ± {stdev(column):.4f}"
    for rows, path in ((scores, root / "folds.csv"), (items, root / "out_of_fold.csv")):
        write_rows(rows, path)
        yield f"{path}: {len(rows)} rows"


def main() -> None:
    parser = argparse.ArgumentParser(prog=f"python -m {__package__}.cv", description=__doc__)
    parser.add_argument("runs", type=Path, metavar="RUNS", help="the folder of its runs")
    root = parser.parse_args().runs
    with command():
        for line in join(root):
            print(line)


if __name__ == "__main__":
    main()
