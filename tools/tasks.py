"""Train and test a project of each task, and hold it to the figures that its page promises.

    python -m tools.tasks [--quick] [--write] [--keep FOLDER] [TASK...]

A project is generated with the defaults of the working tree, trained with its default command on
one thread, predicted with and reported; `--quick` leaves its own tests out. `--write` writes the
figures into docs/tasks.json, the pictures into docs/images, and docs/tasks.md with both.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, NamedTuple

from scaffold import Inputs, create
from scaffold.blueprints.layers import Layer, find_layers
from tools.environments import ensure_tasks
from tools.pin import HERE

BLUEPRINT = HERE / "blueprints" / "lightning"
FIGURES = HERE / "docs" / "tasks.json"
IMAGES = HERE / "docs" / "images"
PACKAGE = "my_project"
COUNT = f"""
import sys
from {PACKAGE}.runs import load_model
model = load_model(sys.argv[1])
print(sum(values.numel() for values in getattr(model, "net", model).parameters()))
"""
# What shows a result best; a run has few of them.
SHOWN = (
    *("samples.png", "examples.png", "forecasts.svg", "predicted.svg", "confusion.svg"),
    "texts.txt",
)
PICTURES = (".svg", ".png")
TEXTS = (".txt", ".csv")
NO_RESULTS = ("packages.txt", "history.csv")
MAX_PICTURE_BYTES = 100_000
MAX_SAMPLE_LINES = 12
PACKAGES = ("torch", "pytorch-lightning")


class Goal(NamedTuple):
    """A figure of the test after a training.

    Attributes:
        metric: Its name, without `test/`.
        sign: `>=` or `<=`.
        bound: A number, or the metric that it is compared with.
        half: The bound after half of the epochs, which `nox -s blueprints` trains; without one
            it is not held to any.
        data: The choice of `data=`; empty for the default.
    """

    metric: str
    sign: str
    bound: float | str
    half: float | None = None
    data: str = ""

    def is_met(self, metrics: Mapping[str, float], bound: float | str | None = None) -> bool:
        """Compare the metrics of a run with the bound, or with another."""
        limit = self.bound if bound is None else bound
        wanted = metrics[f"test/{limit}"] if isinstance(limit, str) else limit
        value = metrics[f"test/{self.metric}"]
        return value >= wanted if self.sign == ">=" else value <= wanted


# The goals of all tasks; each promises that of its default data at least.
GOALS: Mapping[str, tuple[Goal, ...]] = {
    "image-classification": (Goal("accuracy", ">=", 0.97, half=0.96),),
    "text-classification": (Goal("accuracy", ">=", 0.9, half=0.86),),
    "segmentation": (Goal("miou", ">=", 0.65, half=0.5),),
    "detection": (Goal("ap50", ">=", 0.85, half=0.6),),
    "gan": (Goal("frechet", "<=", 100, half=250), Goal("classes", ">=", 10)),
    "diffusion": (Goal("frechet", "<=", 75, half=200), Goal("classes", ">=", 10)),
    "summarisation": (Goal("rouge_l", ">=", "lead_rouge_l"),),
    "tabular": (
        Goal("r2", ">=", 0.97, half=0.94),
        Goal("accuracy", ">=", 0.96, data="breast_cancer"),
    ),
    "forecasting": (
        Goal("relative_mae", "<=", 0.7, half=0.8),
        Goal("relative_mae", "<=", 0.4, data="co2"),
        Goal("relative_mae", "<=", 0.8, data="taylor"),
    ),
    "language-model": (Goal("bits", "<=", 2.5, half=2.9),),
}


class TaskError(Exception):
    """A command of a project failed, or left nothing."""


@dataclass(frozen=True)
class Run:
    """A training that ended, and its figures.

    Attributes:
        folder: Its folder.
        data: The choice of `data=`; empty for the default.
        seconds: The CPU time of the command.
        parameters: The size of the network.
        metrics: What its test gave.
    """

    folder: Path
    data: str
    seconds: float
    parameters: int
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class Project:
    """A generated project, and the Python that runs it."""

    path: Path
    python: Path

    def run(self, *words: str | Path) -> str:
        """Run Python in it and return the output.

        Raises:
            TaskError: It failed; with the output.
        """
        done = subprocess.run(
            [self.python, *words],
            cwd=self.path,
            env={**os.environ, "PYTHONPATH": str(self.path / "src"), "OMP_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise TaskError(f"{' '.join(map(str, words))} failed in {self.path}\n{done.stdout}")
        return done.stdout

    def train(self, data: str) -> Run:
        """Train once, with the default command or on other data."""
        before, known = get_cpu_seconds(), set(self.path.glob("runs/**/run.json"))
        self.run("-m", f"{PACKAGE}.train", *([f"data={data}"] if data else []))
        seconds = get_cpu_seconds() - before
        (manifest,) = set(self.path.glob("runs/**/run.json")) - known
        metrics = json.loads(manifest.read_text())["metrics"]
        parameters = int(self.run("-c", COUNT, manifest.parent).split()[-1])
        return Run(manifest.parent, data, seconds, parameters, metrics)

    def use(self, run: Run) -> None:
        """Predict with a run, and report it."""
        before = set(self.path.iterdir())
        self.run("-m", f"{PACKAGE}.predict", f"run={run.folder}")
        if not set(self.path.iterdir()) - before:
            raise TaskError(f"{self.path} has no predictions")
        page = self.path / "runs" / "report.html"
        self.run("-m", f"{PACKAGE}.report", run.folder, "--output", page)
        if "<figure>" not in page.read_text(encoding="utf-8"):
            raise TaskError(f"{page} shows nothing of the test")


def list_tasks() -> list[Layer]:
    """The tasks of the blueprint, in their order."""
    tasks = [layer for layer in find_layers(BLUEPRINT) if layer.question == "task"]
    return sorted(tasks, key=lambda layer: layer.order)


def get_cpu_seconds() -> float:
    """The CPU time of all processes that were started here and ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def make_project(dest: Path, task: str) -> Path:
    """Generate a project with the defaults."""
    data = {"project_name": "My Project", "task": task}
    inputs = Inputs(data=data, defaults=True, environ={"CI": "true"})
    return create(dest, str(BLUEPRINT), inputs, start_git=False).path


def try_task(project: Project, goals: Sequence[Goal], *, tests: bool) -> list[Run]:
    """Train on each data, use the first run, and run the project's own tests."""
    runs = [project.train(data) for data in dict.fromkeys(goal.data for goal in goals)]
    project.use(runs[0])
    if tests:
        project.run("-m", "pytest", "-q", "-p", "no:cacheprovider")
    return runs


def list_rows(goals: Sequence[Goal], runs: Sequence[Run]) -> Iterator[dict[str, Any]]:
    """The figures of a task: one row for each goal."""
    by_data = {run.data: run for run in runs}
    for goal in goals:
        run = by_data[goal.data]
        bound = goal.bound
        wanted = run.metrics[f"test/{bound}"] if isinstance(bound, str) else bound
        yield {
            "data": goal.data,
            "metric": goal.metric,
            "value": round(run.metrics[f"test/{goal.metric}"], 4),
            "goal": f"{goal.sign} {wanted:.4g}",
            "seconds": round(run.seconds),
            "parameters": run.parameters,
            "is_met": goal.is_met(run.metrics),
        }


def describe_machine(python: Path) -> str:
    """The processor, its cores and the versions that figures depend on."""
    models = [
        line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    ]
    (site,) = python.parents[1].glob("lib/python*/site-packages")
    found = {dist.name: dist.version for dist in distributions(path=[str(site)])}
    versions = ", ".join(f"{name} {found[name]}" for name in PACKAGES)
    model = models[0].partition(":")[2].strip() if models else platform.machine()
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}, {versions}"


def save_sample(task: str, run: Path) -> dict[str, str]:
    """Copy the first small picture of a run, or take the beginning of its first table or text."""
    small = [path for path in sorted(run.iterdir()) if path.stat().st_size <= MAX_PICTURE_BYTES]
    files = sorted(small, key=lambda path: path.name not in SHOWN)
    for old in IMAGES.glob(f"task-{task}.*"):
        old.unlink()
    if pictures := [path for path in files if path.suffix in PICTURES]:
        target = IMAGES / f"task-{task}{pictures[0].suffix}"
        shutil.copyfile(pictures[0], target)
        return {"picture": target.name, "shown": pictures[0].name}
    texts = [path for path in files if path.suffix in TEXTS and path.name not in NO_RESULTS]
    if not texts:
        return {}
    lines = texts[0].read_text(encoding="utf-8").splitlines()[:MAX_SAMPLE_LINES]
    return {"text": "\n".join(lines), "shown": texts[0].name}


def print_rows(task: str, rows: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """Print the figures of a task, one line for each goal."""
    for row in rows:
        sign = "met" if row["is_met"] else "MISSED"
        figures = f"{row['metric']:12} {row['value']:9.4f} {row['goal']:>9} {sign:6}"
        cost = f"{row['seconds']:5} s {row['parameters']:>10,} parameters"
        print(f"{task:22} {row['data'] or 'default':16} {figures} {cost}  {folder}", flush=True)


def save_figures(task: str, entry: Mapping[str, Any]) -> None:
    """Put the figures of a task beside those of the others."""
    known = json.loads(FIGURES.read_text()) if FIGURES.is_file() else {}
    FIGURES.write_text(json.dumps({**known, task: entry}, indent=2, sort_keys=True) + "\n")


def main() -> None:
    """Try the tasks that are named, or all; fail if one misses a goal."""
    names = [layer.answer for layer in list_tasks()]
    parser = argparse.ArgumentParser(prog="python -m tools.tasks", description=__doc__)
    parser.add_argument("tasks", nargs="*", metavar="TASK", help=f"of {', '.join(names)}")
    parser.add_argument("--quick", action="store_true", help="leave their own tests out")
    parser.add_argument("--write", action="store_true", help="write docs/tasks.md")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave the projects there")
    given = parser.parse_args()
    if unknown := set(given.tasks) - set(names):
        parser.error(f"no such task: {', '.join(sorted(unknown))}")
    python, problems = ensure_tasks(), []
    with tempfile.TemporaryDirectory() as temporary:
        root = (given.keep or Path(temporary)).resolve()
        for task in given.tasks or names:
            try:
                project = Project(make_project(root / task, task), python)
                runs = try_task(project, GOALS[task], tests=not given.quick)
            except TaskError as error:
                problems.append(f"{task}: {error}")
                continue
            rows = list(list_rows(GOALS[task], runs))
            print_rows(task, rows, project.path)
            problems += [f"{task}: missed {row['goal']}" for row in rows if not row["is_met"]]
            if given.write:
                write_entry(task, rows, runs[0].folder, describe_machine(python))
    if problems:
        sys.exit("\n".join(problems))


def write_entry(task: str, rows: Sequence[Mapping[str, Any]], run: Path, machine: str) -> None:
    """Write the figures and a picture of a task, and the page with them."""
    from tools.task_page import write_page

    date = datetime.now(UTC).date().isoformat()
    save_figures(task, {"rows": rows, "date": date, "machine": machine, **save_sample(task, run)})
    write_page()


if __name__ == "__main__":
    main()
