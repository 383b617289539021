"""Write a competition's submission as its sample asks: this is the command `submit`."""

from __future__ import annotations

import csv
import logging
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from .build import launch
from .runs import RunError, find_runs, load_manifest

if TYPE_CHECKING:
    from omegaconf import DictConfig

log = logging.getLogger(__name__)
Row = dict[str, Any]
NAN = float("nan")


def submit(cfg: DictConfig) -> list[Row]:
    """The submission's rows, in the order of the sample."""
    from .predict import predict

    samples = read_sample(Path(cfg.sample))
    ids, *columns = samples[0]
    tables = []
    for run in find_trained(cfg.run):
        one = cfg.copy()
        one.run = str(run)
        tables.append(predict(one))
    rows = [average(same) for same in zip(*tables, strict=True)]
    order = [sample[ids] for sample in samples]
    found = dict(zip(name_items(rows, cfg.files, ids, order), rows, strict=True))
    classes = [name.removeprefix("p_") for name in rows[0] if name.startswith("p_")]
    asked = {column: {sample[column] for sample in samples} for column in columns}
    keys = choose_keys(asked, classes, cfg.answer)
    answers = [{ids: name} | {c: found[name][key] for c, key in keys.items()} for name in order]
    for column in (c for c in columns if all(map(is_number, asked[c]))):
        if wrong := [str(row[column]) for row in answers if not is_number(row[column])]:
            raise RunError(f"{column} asks for numbers; {describe(wrong, 'predictions')} are none")
    return answers


def read_sample(path: Path) -> list[dict[str, str]]:
    """The rows of the sample, whose first column names the items."""
    rows = read_csv(path)
    if not rows or len(rows[0]) < 2:
        raise RunError(f"{path} needs rows, and columns after that of the ids")
    refuse_doubled([next(iter(row.values())) for row in rows], str(path))
    return rows


def read_csv(path: Path) -> list[dict[str, str]]:
    try:
        return list(csv.DictReader(StringIO(path.read_text("utf-8-sig"))))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise RunError(f"{path.absolute()} cannot be read ({reason}); name another") from error


def find_trained(given: Any) -> list[Path]:
    """The runs in the folders that are named."""
    folders = [given] if isinstance(given, str) else list(given)
    runs = [run for folder in folders for run in find_runs(folder)]
    if not runs:
        raise RunError(f"no run is in {', '.join(map(str, folders))}; a run's folder has run.json")
    states = {run: load_manifest(run)["status"] for run in runs}
    if ends := [f"{run} is {status}" for run, status in states.items() if status != "finished"]:
        raise RunError(f"{'; '.join(ends)}; go on with it, or name finished runs alone")
    return runs


def average(rows: Sequence[Row]) -> Row:
    """One item's row of several runs: the mean number, or mean probabilities and their label."""
    first = rows[0]
    if "predicted" not in first:
        raise RunError(f"the model predicts {', '.join(first)}; a submission is of `predicted`")
    shares = [name for name in first if name.startswith("p_")]
    if any(row.keys() != first.keys() or row["item"] != first["item"] for row in rows):
        raise RunError("the runs predict other items or classes; name runs of the same data")
    if len(rows) == 1:
        return first
    if not shares:
        numbers = [float(row["predicted"]) if is_number(row["predicted"]) else NAN for row in rows]
        return {"item": first["item"], "predicted": fmean(numbers)}
    means: Row = {name: fmean(row[name] for row in rows) for name in shares}
    label = max(shares, key=means.__getitem__).removeprefix("p_")
    return {"item": first["item"], "predicted": label, **means}


def name_items(rows: Sequence[Row], files: str | None, ids: str, order: list[str]) -> list[str]:
    """The items' ids: from their file's column, or else their names, without folder or suffix."""
    names = [str(row["item"]) for row in rows]
    forms = [names, [Path(name).name for name in names], [Path(name).stem for name in names]]
    if files and files.endswith(".csv") and ids in (table := read_csv(Path(files)))[0]:
        forms.insert(0, [row[ids] for row in table])
    found = max(forms, key=lambda form: len(set(order).intersection(form)))
    refuse_doubled(found, files or "the test part")
    if missing := [name for name in order if name not in set(found)]:
        raise RunError(f"{describe(missing, 'ids of the sample')} have no prediction")
    if more := [name for name in found if name not in set(order)]:
        raise RunError(f"{describe(more, 'predicted items')} are not in the sample")
    return found


def choose_keys(asked: Mapping[str, set[str]], classes: list[str], answer: str) -> dict[str, str]:
    """The key of a prediction that each column shows.

    Args:
        asked: The sample's values of each column.
        classes: The model's; none where it predicts a number.
        answer: What a single column holds: `auto`, `label` or `probability`.
    """
    if len(asked) > 1:
        names = {c: c if c in classes else c.removeprefix("p_") for c in asked}
        if unknown := [column for column, name in names.items() if name not in classes]:
            raise RunError(f"{describe(unknown, 'columns')} are no class of the model")
        if lacking := [name for name in classes if name not in names.values()]:
            raise RunError(f"{describe(lacking, 'classes')} have no column in the sample")
        return {column: f"p_{name}" for column, name in names.items()}
    ((column, shown),) = asked.items()
    other = shown.difference(classes, [""]) if classes and answer == "auto" else set()
    binary, numbers = len(classes) == 2, all(map(is_number, shown))
    if answer == "probability" or (binary and other and numbers):
        if not binary:
            raise RunError(f"a probability needs two classes; the model has {len(classes)}")
        log.info("%s: the probability of %s", column, classes[1])
        return {column: f"p_{classes[1]}"}
    if other and not numbers:
        raise RunError(
            f"{column} has {describe(sorted(other), 'values')} that are no class of the model; "
            "write answer=label to leave them out of account"
        )
    return {column: "predicted"}


def is_number(value: object) -> bool:
    try:
        return math.isfinite(float(str(value)))
    except ValueError:
        return False


def refuse_doubled(names: Iterable[str], place: str) -> None:
    if doubled := [name for name, times in Counter(names).items() if times > 1]:
        raise RunError(f"{describe(doubled, 'ids')} are there more than once in {place}")


def describe(names: Sequence[str], what: str) -> str:
    """How many, and the first of them."""
    return f"{len(names)} {what} ({', '.join(names[:3])}{', …' if len(names) > 3 else ''})"


def write_submission(cfg: DictConfig) -> None:
    rows = submit(cfg)
    with Path(cfg.output).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    print(f"{cfg.output}: {len(rows)} rows of {', '.join(rows[0])}")


def main() -> None:
    launch("submit", write_submission)


if __name__ == "__main__":
    main()
