"""Write docs/what-you-get.md: the files of a project, for each preset of the built-in blueprint.

python -m tools.preset_page
"""

from __future__ import annotations

import ast
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scaffold import Inputs, create, show

PAGE = Path(__file__).resolve().parents[1] / "docs" / "what-you-get.md"
HEAD = """\
# What you get

% Written by tools/preset_page.py from the blueprint itself: `nox -s reference`.

`scaffold new demo` makes one of these projects. Each has a [preset](glossary.md#preset).
All presets share the files of *{first}*, and you can change every answer later.
This page describes version {version} of the blueprint [`lightning`](lightning.md).

| | {names} |
|---|{lines}|
| files | {counts} |
{rows}
"""
SECTION = """\
## {title}

{help}

```text
scaffold new demo --preset {name}
```

![The review of the preset {title}: answers, files, dependencies]({picture})
"""
TAIL = """\
The default task classifies images; [Tasks](tasks.md) shows all. Change an answer later:
[Update a project](update.md#more).
"""
BRANCH, LAST, PIPE, SPACE = "├── ", "└── ", "│   ", "    "
Tree = dict[str, "Tree | str"]


def page() -> str:
    """Write the whole page."""
    shown = show()
    presets: list[Mapping[str, Any]] = shown.about["presets"]
    with tempfile.TemporaryDirectory() as folder:
        trees = {each["name"]: _files(Path(folder), each["name"]) for each in presets}
    questions = shown.questionnaire.questions.values()
    defaults = {question.name: question.default for question in questions}
    first, *others = presets
    shared = trees[first["name"]]
    head = HEAD.format(
        first=first["title"], version=shown.version, **_table(presets, trees, defaults)
    )
    parts = [head, _section(first), _block(shared)]
    for preset in others:
        more = {p: about for p, about in trees[preset["name"]].items() if p not in shared}
        parts += [_section(preset), f"It adds these files to *{first['title']}*:\n", _block(more)]
    return "\n".join([*parts, TAIL])


def _files(folder: Path, preset: str) -> dict[str, str]:
    """List the files of a project with this preset, each with its first sentence."""
    inputs = Inputs(preset=preset, defaults=True, environ={"CI": "true"})
    made = create(folder / preset / "demo", inputs=inputs, start_git=False)
    paths = sorted(path for path in made.path.rglob("*") if path.is_file())
    return {str(path.relative_to(made.path)): _sentence(path) for path in paths}


def _sentence(path: Path) -> str:
    """Get the first sentence of a module's docstring or of a configuration's first comment."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        found = (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
    else:
        is_yaml = path.suffix in (".yaml", ".yml")
        comment = re.match(r"(?:# @.+\n)?# (?!@)(.+)", text) if is_yaml else None
        found = comment[1] if comment else ""
    return re.split(r"[.;:](?: |$)", found)[0].rstrip(",")


def _table(
    presets: list[Mapping[str, Any]], trees: Mapping[str, Any], defaults: Mapping[str, Any]
) -> dict[str, str]:
    """Put the answers of all presets beside each other, and defaults where one has none."""
    questions = dict.fromkeys(name for preset in presets for name in preset["answers"])
    answers = [{**defaults, **preset["answers"]} for preset in presets]
    rows = (
        f"| `{name}` | {' | '.join(_answer(each[name]) for each in answers)} |"
        for name in questions
    )
    return {
        "names": " | ".join(preset["title"] for preset in presets),
        "lines": "|".join("---" for _ in presets),
        "counts": " | ".join(str(len(trees[preset["name"]])) for preset in presets),
        "rows": "\n".join(rows),
    }


def _answer(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value) or "no"
    return "no" if value in (None, "none") else str(value)


def _section(preset: Mapping[str, Any]) -> str:
    suffix = "" if preset["name"] == "minimal" else f"-{preset['name']}"
    shown = {key: preset[key] for key in ("name", "title", "help")}
    return SECTION.format(picture=f"images/prompt-review{suffix}.svg", **shown)


def _block(files: Mapping[str, str]) -> str:
    tree: Tree = {}
    for path, about in files.items():
        *folders, name = path.split("/")
        inner: Any = tree
        for folder in folders:
            inner = inner.setdefault(folder, {})
        inner[name] = about
    rows = list(_rows(tree, ""))
    width = max(len(left) for left, _ in rows) + 2
    lines = (f"{left:{width}}{about}".rstrip() for left, about in rows)
    return "```text\ndemo/\n" + "\n".join(lines) + "\n```\n"


def _rows(tree: Tree, indent: str) -> Iterator[tuple[str, str]]:
    """Draw the lines of a tree, folders first."""
    entries = sorted(tree.items(), key=lambda entry: (isinstance(entry[1], str), entry[0]))
    for number, (name, inner) in enumerate(entries, start=1):
        is_last = number == len(entries)
        left = indent + (LAST if is_last else BRANCH) + name
        if isinstance(inner, str):
            yield left, inner
        else:
            yield f"{left}/", ""
            yield from _rows(inner, indent + (SPACE if is_last else PIPE))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
