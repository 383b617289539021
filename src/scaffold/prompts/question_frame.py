"""The frame of an answer: the question above it, the problem and the keys below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prompt_toolkit.utils import get_cwidth

from ..questions import Choice, Step, group_choices, make_printable
from .styled_text import Line, cut_text, wrap

INDENT = 2
ARROWS = "↑ ↓"


@dataclass(frozen=True)
class QuestionFrame:
    """The text of a prompt around the answer."""

    step: Step
    keys: Sequence[str]  # the texts about keys; going back is added

    @property
    def question(self) -> str:
        """The text of the question."""
        return self.step.help.strip() or self.step.name.replace("_", " ")

    def draw_head(self, columns: int, rows: int) -> tuple[list[Line], bool]:
        """Draw the progress and the question; return lines, and whether text is cut off."""
        step = self.step
        progress = f"{step.position} of {step.total}  " if step.position else ""
        lines = wrap(progress + self.question, columns - INDENT - 1)
        lines, is_cut = shorten_lines(lines, get_max_lines(rows), columns - INDENT - 1)
        first = [("class:progress", progress), ("class:question", lines[0][len(progress) :])]
        rest: list[Line] = [[("class:question", line)] for line in lines[1:]]
        blank: list[Line] = [[]] if rows > 14 else []
        return [*blank, *indent_lines([first, *rest])], is_cut

    def draw_foot(self, columns: int, *, is_cut: bool) -> list[Line]:
        """Draw the texts about keys."""
        known = [*self.keys, *(["shift-tab: back"] if self.step.can_go_back else [])]
        known += ["f1: read all"] if is_cut else []
        plain = [key for key in known if key != ARROWS]  # they are not worth a line
        lines = min((flow_parts(keys, columns - INDENT - 1) for keys in (known, plain)), key=len)
        return indent_lines([[("class:keys", line)] for line in lines])


def get_max_lines(rows: int) -> int:
    """Get the number of lines that a text beside the answer may take."""
    return max(2, rows // 5)


def shorten_lines(lines: list[str], most_lines: int, columns: int) -> tuple[list[str], bool]:
    """Keep the first lines; an ellipsis marks that there were more."""
    if len(lines) <= most_lines:
        return lines, False
    *kept, last = lines[:most_lines]
    if get_cwidth(last) > columns - 2:  # at a space, where there is one
        cut = cut_text(last, columns - 2)
        last = cut.rstrip("…").rpartition(" ")[0] or cut
    return [*kept, f"{last.rstrip('… ')} …"], True


def flow_parts(parts: Sequence[str], columns: int) -> list[str]:
    """Put parts side by side, on as many lines as they need; break none."""
    lines = [""]
    for part in parts:
        joined = f"{lines[-1]} · {part}" if lines[-1] else part
        if get_cwidth(joined) > columns and lines[-1]:
            lines.append(part)
        else:
            lines[-1] = joined
    return [cut_text(line, columns) for line in lines]


def indent_lines(lines: Sequence[Line]) -> list[Line]:
    """Indent lines like all parts of a prompt."""
    return [[("", " " * INDENT), *line] for line in lines]


def format_problem(
    problem: str, columns: int, rows: int, *, is_refused: bool = True
) -> tuple[list[Line], bool]:
    """Draw the reason why an answer is refused, or would be if it were sent now."""
    lines, is_cut = shorten_lines(wrap(problem, columns - 6), get_max_lines(rows) + 1, columns - 6)
    marks = ["✗ " if is_refused else "  ", *["  "] * len(lines)]
    style = "class:problem" if is_refused else "class:keys"
    pairs = zip(marks, lines, strict=False)
    return indent_lines([[(style, mark + line)] for mark, line in pairs]), is_cut


def format_whole_question(step: Step, problem: str) -> str:
    """Format the complete text of a question."""
    parts = [step.help.strip() or step.name]
    parts += [f"✗ {problem}"] if problem else []
    for group, choices in group_choices(step.choices):
        parts += [group] if group else []
        parts += map(_format_choice, choices)
    return "\n\n".join("\n".join(map(make_printable, part.split("\n"))) for part in parts)


def _format_choice(choice: Choice) -> str:
    why = f"cannot be chosen: {choice.disabled}" if choice.disabled else ""
    lines = [choice.title, choice.help, choice.summary, choice.cost, why]
    return "\n    ".join(filter(None, lines))
