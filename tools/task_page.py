"""Write docs/tasks.md: the tasks of the built-in blueprint, with the figures of docs/tasks.json.

    python -m tools.task_page

Texts come from the blueprint, figures and pictures from `nox -s tasks -- --write`.
"""

from __future__ import annotations

import ast
import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scaffold.blueprints.layers import Layer
from scaffold.render.filters import escape_markdown
from tools.pin import HERE
from tools.tasks import FIGURES, PACKAGE, list_tasks, make_project

PAGE = HERE / "docs" / "tasks.md"
HEAD = """\
# Tasks

% Written by tools/task_page.py from the blueprint itself: `nox -s reference`.
% The figures are those of docs/tasks.json: `nox -s tasks -- --write`.

A project of the blueprint [`lightning`](lightning.md) learns one of these tasks. Each trains
offline on its default data, with the same loop, commands and report. `scaffold new demo` asks for
the task, and `--data task=NAME` answers. Each README names the source and the licence of the data,
and tells how to use yours.

## Figures

Each row is one training: a new project with the defaults, `python -m PACKAGE.train` (with `data=`
where the data are not the default), one thread. The value is that of the test items. Seconds are
the CPU time of the whole command.

| task | data | metric | value | goal | seconds | parameters |
|---|---|---|---|---|---|---|
{rows}

{measured}
"""
SECTION = """\
## {title}

{help}

```text
scaffold new demo --data task={name}
```

| | choice | |
|---|---|---|
{rows}
"""
PICTURE = "![{title}: {shown} of the run in the table](images/{picture})\n"
TEXT = "The beginning of `{shown}`, which the run in the table left:\n\n```text\n{text}\n```\n"


def page() -> str:
    """Write the whole page."""
    figures = json.loads(FIGURES.read_text())
    tasks = list_tasks()
    rows = (row for task in tasks for row in _rows(task, figures.get(task.answer)))
    head = HEAD.format(rows="\n".join(rows), measured=_measured(figures))
    with tempfile.TemporaryDirectory() as folder:
        sections = [
            _section(task, make_project(Path(folder) / task.answer, task.answer), figures)
            for task in tasks
        ]
    return "\n".join([head, *sections])


def _rows(task: Layer, entry: Mapping[str, Any] | None) -> Iterator[str]:
    link = f"| [{task.title}](#{_anchor(task.title)})"
    for row in entry["rows"] if entry else ():
        data = row["data"] or task.values["default_data"]
        figures = f"`{row['metric']}` | {row['value']:g} | {row['goal']} | {row['seconds']}"
        yield f"{link} | `{data}` | {figures} | {row['parameters']:,} |"
    if not entry:
        yield f"{link} | | | not measured yet | | | |"


def _measured(figures: Mapping[str, Any]) -> str:
    """Tell when and on what each group of tasks was measured."""
    groups: dict[tuple[str, str], list[str]] = {}
    for task, entry in figures.items():
        groups.setdefault((entry["date"], entry["machine"]), []).append(task)
    names = {
        group: "" if len(groups) == 1 else f" ({', '.join(groups[group])})" for group in groups
    }
    return "\n".join(f"Measured on {date}: {about}{names[date, about]}." for date, about in groups)


def _section(task: Layer, project: Path, figures: Mapping[str, Any]) -> str:
    entry = figures.get(task.answer, {})
    rows = [*_describe(project, "data", task), *_describe(project, "model", task)]
    about = {"title": task.title, "name": task.answer, "help": escape_markdown(task.help)}
    text = SECTION.format(**about, rows="\n".join(rows))
    if "picture" in entry:
        return f"{text}\n{PICTURE.format(**about, **entry)}"
    return f"{text}\n{TEXT.format(**entry)}" if "text" in entry else text


def _describe(project: Path, group: str, task: Layer) -> Iterator[str]:
    """A row for each choice of a group, the default first, with the first sentence about it."""
    code = project / "src" / PACKAGE
    found = {path.stem: path.read_text() for path in sorted(code.glob(f"configs/{group}/*.yaml"))}
    texts = {name: text for name, text in found.items() if not text.startswith("# A part")}
    default, classes = task.values[f"default_{group}"], dict(_list_classes(code))
    for name in sorted(texts, key=lambda name: name != default):
        comment = re.match(r"# (?!@)(.+)", texts[name])
        target = re.search(rf"^  _target_: {PACKAGE}\.[\w.]+\.(\w+)$", texts[name], re.MULTILINE)
        about = [classes.get(target[1], "") if target else "", comment[1] if comment else ""]
        # The class of data may serve several choices, a network is the choice itself.
        text = next(filter(None, about if group == "model" else reversed(about)), "")
        word = "default" if name == default else ""
        yield f"| {word} | `{group}={name}` | {escape_markdown(text)} |"


def _list_classes(code: Path) -> Iterator[tuple[str, str]]:
    """Each class of a package, with the first line about it."""
    for path in sorted(code.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                yield node.name, (ast.get_docstring(node) or "").partition("\n")[0]


def _anchor(title: str) -> str:
    """The anchor that MyST and GitHub give a heading."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def write_page() -> None:
    """Write the page with the figures of today."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write_page()
