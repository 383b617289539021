"""Ask one question in the way that fits it."""

from __future__ import annotations

import json
from typing import Any

from ..questions import MISSING, Step
from .fields import Field, field
from .look import wrap
from .pager import pager
from .rows import Rows, choose
from .screen import MORE, run
from .sheet import whole_text


def ask(step: Step, *, whole: bool = False) -> Any:
    """Ask a question until the answer is right.

    Args:
        step: The question.
        whole: Take the whole screen, and leave nothing on it.

    Returns:
        What was typed or chosen, or `questions.BACK`.
    """
    if step.choices or (step.type == "bool" and not step.multiselect):
        return _choose(step, whole=whole)
    return _type(step, whole=whole)


def _choose(step: Step, *, whole: bool) -> Any:
    rows = Rows(step, step.default)
    while (reply := run(choose(rows, whole=whole))) is MORE:
        read(step, rows.problem)
    return reply


def _type(step: Step, *, whole: bool) -> Any:
    state = Field(step, spell(step))
    while True:
        app = field(state, whole=whole)
        if (reply := run(app)) is not MORE:
            return reply
        state.text = app.current_buffer.text
        read(step, state.problem)


def read(step: Step, problem: str) -> None:
    """Let a person read all there is to read about a question."""
    text = whole_text(step, problem)
    run(
        pager(
            step.name,
            lambda columns: [[("", f" {line}")] for line in wrap(text, columns - 2)],
        )
    )


def spell(step: Step) -> str:
    """Spell a default as it would be typed."""
    if step.default is MISSING or step.default is None:
        return ""
    if step.type in {"json", "yaml"}:
        indent = 2 if step.multiline else None
        return json.dumps(step.default, ensure_ascii=False, indent=indent, default=str)
    return str(step.default)
