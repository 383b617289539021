"""What stands around an answer: the question above it, what is wrong and the keys below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prompt_toolkit.utils import get_cwidth

from ..questions import Step, make_printable
from .look import Line, cut, wrap

INDENT = 2
ARROWS = "↑ ↓"


@dataclass(frozen=True)
class Sheet:
    """What a prompt shows besides the answer.

    Attributes:
        step: The question.
        keys: What the keys do; going back is added.
    """

    step: Step
    keys: Sequence[str]

    @property
    def question(self) -> str:
        """What is asked."""
        return self.step.help.strip() or self.step.name.replace("_", " ")

    def head(self, columns: int, rows: int) -> tuple[list[Line], bool]:
        """The question after how far the questions are, and whether some of it is cut off."""
        step = self.step
        progress = f"{step.position} of {step.total}  " if step.position else ""
        lines = wrap(progress + self.question, columns - INDENT - 1)
        lines, is_cut = shortened(lines, most(rows), columns - INDENT - 1)
        first = [("class:progress", progress), ("class:question", lines[0][len(progress) :])]
        rest: list[Line] = [[("class:question", line)] for line in lines[1:]]
        blank: list[Line] = [[]] if rows > 14 else []
        return [*blank, *indented([first, *rest])], is_cut

    def foot(self, columns: int, *, is_cut: bool) -> list[Line]:
        """What the keys do."""
        known = [*self.keys, *(["shift-tab: back"] if self.step.can_go_back else [])]
        known += ["f1: read all"] if is_cut else []
        plain = [key for key in known if key != ARROWS]  # they are not worth a line
        lines = min((flowing(keys, columns - INDENT - 1) for keys in (known, plain)), key=len)
        return indented([[("class:keys", line)] for line in lines])


def most(rows: int) -> int:
    """How many lines a text beside the answer may take."""
    return max(2, rows // 5)


def shortened(lines: list[str], most_lines: int, columns: int) -> tuple[list[str], bool]:
    """The first lines, the last of them with an ellipsis where there are more."""
    if len(lines) <= most_lines:
        return lines, False
    kept = lines[:most_lines]
    *_, last = kept
    if get_cwidth(last) > columns - 2:  # at a space, where there is one
        last = cut(last, columns - 2).rstrip("…").rpartition(" ")[0] or cut(last, columns - 2)
    return [*kept[:-1], f"{last.rstrip('… ')} …"], True


def flowing(parts: Sequence[str], columns: int) -> list[str]:
    """Parts side by side, on as many lines as they need; none is broken."""
    lines = [""]
    for part in parts:
        joined = f"{lines[-1]} · {part}" if lines[-1] else part
        if get_cwidth(joined) > columns and lines[-1]:
            lines.append(part)
        else:
            lines[-1] = joined
    return [cut(line, columns) for line in lines]


def indented(lines: Sequence[Line]) -> list[Line]:
    """Lines that start where all of them start."""
    return [[("", " " * INDENT), *line] for line in lines]


def problem_lines(
    problem: str, columns: int, rows: int, *, is_refused: bool = True
) -> tuple[list[Line], bool]:
    """Why an answer is refused, or would be if it were sent now."""
    lines, is_cut = shortened(wrap(problem, columns - 6), most(rows) + 1, columns - 6)
    marks = ["✗ " if is_refused else "  ", *["  "] * len(lines)]
    style = "class:problem" if is_refused else "class:keys"
    pairs = zip(marks, lines, strict=False)
    return indented([[(style, mark + line)] for mark, line in pairs]), is_cut


def whole_text(step: Step, problem: str) -> str:
    """All there is to read about a question."""
    parts = [step.help.strip() or step.name]
    parts += [f"✗ {problem}"] if problem else []
    for choice in step.choices:
        why = f"cannot be chosen: {choice.disabled}" if choice.disabled else ""
        parts.append("\n    ".join(filter(None, [choice.title, choice.help, choice.cost, why])))
    return "\n\n".join("\n".join(map(make_printable, part.split("\n"))) for part in parts)
