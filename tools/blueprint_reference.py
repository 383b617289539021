"""Write docs/lightning.md: the questions and presets of the newest release of the blueprint.

python -m tools.blueprint_reference
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from scaffold.blueprints.builtin import DEFAULT_BLUEPRINT
from scaffold.blueprints.find import find_blueprint
from scaffold.operations.loading import load_questions
from scaffold.questions.presets import read_presets
from scaffold.questions.question import Choice, Question, group_choices
from scaffold.questions.values import MISSING
from scaffold.render.filters import escape_markdown

PAGE = Path(__file__).resolve().parents[1] / "docs" / "lightning.md"
HEAD = """\
# The blueprint `lightning`

% Written by tools/blueprint_reference.py from the blueprint itself: `nox -s reference`.

{description}. This page describes version {version}.
[Changes](lightning-changes.md) lists the news of each version, and
[What you get](what-you-get.md) the files. `scaffold show` prints the questions at a terminal,
`scaffold show --schema` for machines.
"""


def reference() -> str:
    """Write the whole page."""
    with find_blueprint(DEFAULT_BLUEPRINT).open() as opened:
        questions = load_questions(opened).questions
        presets = read_presets(opened.about, questions)
        about = {"description": opened.about["description"], "version": opened.version}
    asked = [question for question in questions.values() if not question.is_computed]
    parts = [HEAD.format(**about), "## Presets", *_presets(presets), "## Questions"]
    return "\n\n".join([*parts, *(part for q in asked for part in _question(q))]) + "\n"


def _presets(presets: Any) -> Iterator[str]:
    yield "A preset gives related answers one name: `--preset NAME`, or the first question."
    rows = ["| preset | purpose | its answers | its questions |", "|---|---|---|---|"]
    for preset in presets:
        answers = ", ".join(f"`{k}={_spelled(v)}`" for k, v in (preset.answers or {}).items())
        asked = "everything" if preset.ask is None else ", ".join(f"`{n}`" for n in preset.ask)
        rows.append(f"| `{preset.name}` | {escape_markdown(preset.help)} | {answers} | {asked} |")
    yield "\n".join(rows)


def _question(question: Question) -> Iterator[str]:
    yield f"### `{question.name}`"
    many = ", several of the choices" if question.multiselect else ""
    yield f"{escape_markdown(question.help)} *{question.type}{many}; default: {_default(question)}*"
    choices = () if isinstance(question.choices, str) else question.choices
    if any(choice.help or choice.cost for choice in choices):
        yield _table(choices)
    elif choices:
        yield f"One of {', '.join(f'`{_spelled(choice.value)}`' for choice in choices)}."


def _table(choices: Sequence[Choice]) -> str:
    has_cost = any(choice.cost for choice in choices)
    facts = list(dict.fromkeys(name for choice in choices for name in choice.facts))
    heads = ["answer", "", *facts, *(["adds"] if has_cost else [])]
    rows = [heads, ["---"] * len(heads)]
    for group, members in group_choices(choices):
        rows += [[f"**{escape_markdown(group)}**", *[""] * (len(heads) - 1)]] if group else []
        rows += [_list_cells(choice, facts, has_cost=has_cost) for choice in members]
    return "\n".join(f"| {' | '.join(cells)} |".replace("  ", " ") for cells in rows)


def _list_cells(choice: Choice, facts: Sequence[str], *, has_cost: bool) -> list[str]:
    title = "" if choice.title == str(choice.value) else f"{choice.title}. "
    cells = [f"`{_spelled(choice.value)}`", escape_markdown(title + choice.help)]
    cells += [escape_markdown(choice.facts.get(name, "")) for name in facts]
    return cells + ([escape_markdown(choice.cost.removeprefix("adds "))] if has_cost else [])


def _default(question: Question) -> str:
    default: Any = question.default
    if default is MISSING:
        return "none, an answer is required"
    is_made = isinstance(default, str) and ("{{" in default or "{%" in default)
    return "computed from other answers" if is_made else f"`{_spelled(default)}`"


def _spelled(value: Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value)


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
