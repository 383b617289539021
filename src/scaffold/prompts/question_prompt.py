"""The prompt of one question: a list for choices, a field for text."""

from __future__ import annotations

import json
from typing import Any

from ..questions import MISSING, Step
from .choice_list import ChoiceList, make_choice_prompt
from .pager import make_pager
from .prompt_runner import READ_ALL, run_prompt
from .question_frame import format_whole_question
from .styled_text import Line, wrap
from .text_field import TextField, make_field_prompt


def ask_question(step: Step, *, whole: bool = False) -> Any:
    """Ask a question until the answer is valid; leave nothing on the screen.

    Returns:
        The typed text or the chosen values, or `questions.BACK`.
    """
    is_list = step.choices or (step.type == "bool" and not step.multiselect)
    return (_choose if is_list else _type)(step, whole=whole)


def _choose(step: Step, *, whole: bool) -> Any:
    rows = ChoiceList(step, step.default)
    while (reply := run_prompt(make_choice_prompt(rows, whole=whole))) is READ_ALL:
        _show_whole_question(step, rows.problem)
    return reply


def _type(step: Step, *, whole: bool) -> Any:
    state = TextField(step, _format_default(step))
    while True:
        app = make_field_prompt(state, whole=whole)
        if (reply := run_prompt(app)) is not READ_ALL:
            return reply
        state.text = app.current_buffer.text
        _show_whole_question(step, state.problem)


def _show_whole_question(step: Step, problem: str) -> None:
    """Show the complete text of a question."""
    text = format_whole_question(step, problem)

    def draw(columns: int) -> list[Line]:
        return [[("", f" {line}")] for line in wrap(text, columns - 2)]

    run_prompt(make_pager(step.name, draw))


def _format_default(step: Step) -> str:
    """Format a default as a person would type it."""
    if step.default is MISSING or step.default is None:
        return ""
    if step.type in {"json", "yaml"}:
        indent = 2 if step.multiline else None
        return json.dumps(step.default, ensure_ascii=False, indent=indent, default=str)
    return str(step.default)
