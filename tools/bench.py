"""Measure this tool beside Copier and cruft, and print ratios.

    python -m tools.bench [ROW ...] [--runs N]

Each row runs the commands in turn, several times, each in a fresh copy of its project, and
compares the medians of the CPU seconds (user and system, children included) that the operating
system counted. It judges nothing: the machine's speed cancels out in a ratio, not in a second.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import scaffold

BIN = Path(sys.executable).parent
EDITED = 10
PEERS = ("copier", "cruft")


@dataclass(frozen=True)
class Contender:
    """A command, run in a copy of a folder."""

    name: str
    command: Sequence[object]
    project: Path | None = None
    prints: bool = False  # the number to compare, in place of the CPU seconds it used


@dataclass(frozen=True)
class Row:
    """A comparison of the first contender with each of the others."""

    name: str
    contenders: Sequence[Contender]


def main(arguments: Sequence[str]) -> int:
    """Measure the rows and print a table."""
    parser = argparse.ArgumentParser(description="Measure beside Copier and cruft.")
    parser.add_argument("rows", nargs="*", help=f"of: {', '.join(ROWS)}")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args(arguments)
    # An installed tool is compiled; one in a checkout may not be.
    compileall.compile_dir(str(Path(scaffold.__file__).parent), quiet=1)
    with tempfile.TemporaryDirectory(prefix="scaffold-bench-") as temporary:
        os.environ.update(_make_environ(Path(temporary) / "home"))
        print(f"{'':34}{'CPU s':>8}  ratio of scaffold to it (median of {options.runs})")
        for name in options.rows or ROWS:
            for row in ROWS[name](Path(temporary) / name):
                _print(row, _measure(row, options.runs, Path(temporary) / "run"))
    return 0


def _make_environ(home: Path) -> dict[str, str]:
    home.mkdir()
    (home / ".gitconfig").write_text("[user]\n\tname = Bench\n\temail = bench@example.org\n")
    return {"HOME": str(home), "CI": "true", "GIT_CONFIG_NOSYSTEM": "1", "NO_COLOR": "1"}


def _measure(row: Row, runs: int, place: Path) -> dict[str, float]:
    seconds: dict[str, list[float]] = {contender.name: [] for contender in row.contenders}
    for turn in range(runs + 1):
        for contender in row.contenders:
            used = _run(contender, place)
            if turn:  # the first turn fills caches
                seconds[contender.name].append(used)
    return {name: statistics.median(values) for name, values in seconds.items()}


def _run(contender: Contender, place: Path) -> float:
    shutil.rmtree(place, ignore_errors=True)
    if contender.project:
        shutil.copytree(contender.project, place, symlinks=True)
    else:
        place.mkdir()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [str(word) for word in contender.command]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # The exit codes of checks that find a version: 1 cruft, 2 and 5 Copier, 3 scaffold.
    news = (0, 1) if "check" in command and "cruft" in command[0] else (0, 2, 3, 5)
    if done.returncode not in news:
        raise SystemExit(f"{command} failed with {done.returncode}:\n{done.stdout}{done.stderr}")
    if contender.prints:
        return float(done.stdout.split()[-1])
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _print(row: Row, medians: Mapping[str, float]) -> None:
    first, *others = medians
    print(f"{row.name}\n  {first:32}{medians[first]:8.2f}")
    for other in others:
        ratio = medians[first] / medians[other]
        print(f"  {other:32}{medians[other]:8.2f}  {ratio:.2f}", flush=True)


# ---------------------------------------------------------------- what is compared


def start_up(root: Path) -> Iterator[Row]:
    """Commands that render nothing."""
    peers = [Contender(f"{name} --version", [BIN / name, "--version"]) for name in PEERS]
    for words in (["--version"], ["--help"], ["list"]):
        mine = Contender(f"scaffold {words[0]}", [BIN / "scaffold", *words])
        yield Row(f"start-up: {words[0]}", [mine, *peers])


def new(root: Path) -> Iterator[Row]:
    """A project of 80 files from git, and the built-in blueprint."""
    source = make_copier_source(root / "source", 80)
    mine = [BIN / "scaffold", "new", "p", "-b", source, "--defaults", "--no-git"]
    copier = [BIN / "copier", "copy", "-q", "--defaults"]
    cookie = make_cookiecutter_source(root / "cookie", 80)
    yield Row(
        "new: 80 files from git",
        [
            Contender("scaffold new", mine),
            Contender("copier copy", [*copier, source, "p"]),
            Contender("cruft create", [BIN / "cruft", "create", cookie, "-y"]),
        ],
    )
    assembled = _assemble(root / "assembled")
    yield Row(
        "new: the built-in blueprint",
        [
            Contender("scaffold new", [BIN / "scaffold", "new", "p", "--defaults", "--no-git"]),
            Contender("copier copy (assembled)", [*copier, assembled, "p"]),
        ],
    )


def update(root: Path, count: int) -> Iterator[Row]:
    """Files with edits in 10, in projects of each maker."""
    source = make_copier_source(root / "source", count)
    cookie = make_cookiecutter_source(root / "cookie", count)
    mine = [BIN / "scaffold", "update", "--defaults"]
    copier = [BIN / "copier", "update", "-q", "--defaults"]
    cruft = [BIN / "cruft", "update", "-y", "--checkout", "v2.0.0"]
    ours = _make_by_scaffold(root / "ours", source, count)
    theirs = _make_by_copier(root / "theirs", source, count)
    peers = [
        Contender("copier update", copier, theirs),
        Contender("cruft update", cruft, _make_by_cruft(root, cookie, count)),
    ]
    name = f"update: {count} files, edits in {EDITED}"
    yield Row(name, [Contender("scaffold update", mine, ours), *peers])
    name = f"update: the same, of a project that Copier made ({count} files)"
    yield Row(name, [Contender("scaffold update", mine, theirs), *peers])


def check(root: Path) -> Iterator[Row]:
    """The search for a newer version."""
    project = _make_by_copier(root / "project", make_copier_source(root / "source", 80), 80)
    by_cruft = _make_by_cruft(root, make_cookiecutter_source(root / "cookie", 80), 80)
    yield Row(
        "check",
        [
            Contender("scaffold check", [BIN / "scaffold", "check"], project),
            Contender("copier check-update", [BIN / "copier", "check-update"], project),
            Contender("cruft check", [BIN / "cruft", "check"], by_cruft),
        ],
    )


def train(root: Path) -> Iterator[Row]:
    """Training steps of a generated project, of a plain Lightning script and of a bare loop."""
    from tools.environments import ensure_blueprints
    from tools.pin import HERE

    python = ensure_blueprints()
    project = root / "demo"
    blueprint = HERE / "blueprints" / "lightning"
    _do([BIN / "scaffold", "new", project, "-b", blueprint, "--defaults", "--no-git"])
    script = Path(__file__).with_name("training_speed.py")
    command = ["env", "PYTHONPATH=src", "OMP_NUM_THREADS=1", python, "-W", "ignore", script]
    names = {"generated project": "project", "Lightning script": "lightning", "loop": "torch"}
    yield Row(
        "train: milliseconds of CPU time a step",
        [Contender(k, [*command, v], project, prints=True) for k, v in names.items()],
    )


ROWS: dict[str, Callable[[Path], Iterator[Row]]] = {
    "start-up": start_up,
    "new": new,
    "update": partial(update, count=80),
    "update-1000": partial(update, count=1000),
    "check": check,
    "train": train,
}


# ---------------------------------------------------------------- templates and projects


def _bodies(count: int, version: int, name: str) -> dict[str, str]:
    """Files of 60 lines, every second one with a value; version 2 edits every eighth."""
    files = {}
    for number in range(count):
        body = "".join(f"line {line} of {number}\n" for line in range(60))
        if version == 2 and number % 8 == 0:
            body = body.replace("line 5 ", "line five ")
        head = f"{{{{ {name} }}}}\n" if number % 2 else ""
        files[f"d{number % 10}/f{number}.txt"] = head + body
    return files


def make_copier_source(root: Path, count: int) -> Path:
    """Make a Copier template in git with two versions."""
    questions = "_subdirectory: template\nproject_name: demo\nauthor: me\n"
    answers = "template/{{ _copier_conf.answers_file }}.jinja"
    for version in (1, 2):
        files = {"copier.yml": questions, answers: "{{ _copier_answers|to_nice_yaml }}\n"}
        for name, body in _bodies(count, version, "project_name").items():
            files[f"template/{name}" + (".jinja" if "{{" in body else "")] = body
        _release(root, files, version)
    return root


def make_cookiecutter_source(root: Path, count: int) -> Path:
    """Make the same as a Cookiecutter template."""
    for version in (1, 2):
        bodies = _bodies(count, version, "cookiecutter.project_name")
        files = {f"{{{{cookiecutter.project_name}}}}/{k}": v for k, v in bodies.items()}
        files["cookiecutter.json"] = json.dumps({"project_name": "demo"})
        _release(root, files, version)
    return root


def _release(root: Path, files: Mapping[str, str], version: int) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    _commit(root, f"version {version}")
    _git(root, "tag", f"v{version}.0.0")


def _make_by_scaffold(root: Path, source: Path, count: int) -> Path:
    _do([BIN / "scaffold", "new", root, "-b", source, "--to", "v1.0.0", "--defaults"])
    return _edit(root, count)


def _make_by_copier(root: Path, source: Path, count: int) -> Path:
    _do([BIN / "copier", "copy", "-q", "--defaults", "-r", "v1.0.0", source, root])
    return _edit(root, count)


def _make_by_cruft(root: Path, source: Path, count: int) -> Path:
    _do([BIN / "cruft", "create", source, "--checkout", "v1.0.0", "-y", "--output-dir", root])
    return _edit(root / "demo", count)


def _edit(project: Path, count: int) -> Path:
    if not (project / ".git").exists():
        _commit(project, "made")
    for number in range(0, 8 * EDITED, 8):
        path = project / f"d{number % 10}/f{number}.txt"
        path.write_text(path.read_text().replace("line 40 ", "mine "))
    _commit(project, "edited")
    return project


def _assemble(root: Path) -> Path:
    """Make a Copier template of the built-in blueprint's layers, with the default answers."""
    from scaffold.blueprints.assembly import assemble_template
    from scaffold.blueprints.find import find_blueprint
    from scaffold.blueprints.layers import find_layers
    from scaffold.operations.loading import load_questions
    from scaffold.render.filters import FILTERS

    root.mkdir(parents=True)
    with find_blueprint("lightning").open() as opened:
        answers = load_questions(opened).resolve({}, defaults=True)
        assemble_template(find_layers(opened.folder), answers.values, opened.config, root)
    for path in root.rglob("*"):
        if path.is_file():  # Copier does not know our filters; quoting costs next to nothing
            text = path.read_text()
            for name in FILTERS:
                text = text.replace(f"|{name}", "|string")
            path.write_text(text)
    return root


def _commit(root: Path, message: str) -> None:
    if not (root / ".git").exists():
        _git(root, "init", "-q", "-b", "main")
    _git(root, "add", "-A")
    _git(root, "commit", "-q", "-m", message)


def _git(root: Path, *words: str) -> None:
    _do(["git", "-C", root, *words])


def _do(command: Sequence[object]) -> None:
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{words} failed:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
