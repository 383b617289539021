"""Ask whether to go on with something that is not asked for every day."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def confirm(question: str, lines: Sequence[str]) -> bool:
    """Ask a question whose answer is no, unless a person types yes.

    Args:
        question: The question.
        lines: What a person has to know for it; all of it is shown, and stays on the screen.

    Raises:
        Interrupted: Ctrl-C, Ctrl-D, or a terminal that went away.
    """
    import questionary

    from .look import STYLE, size, wrap
    from .screen import add_keys, leaving_keys, run, terminal

    columns = size()[0]
    told = wrap(question, columns)
    told += [f"  {piece}" for line in lines for piece in wrap(line, columns - 2)]
    with terminal():
        _say("\n".join(told))
        asked = questionary.confirm("Yes or no?", default=False, auto_enter=False, style=STYLE)
        add_keys(asked.application, leaving_keys(can_go_back=False))
        is_agreed = run(asked.application) is True
        _say("yes" if is_agreed else "no")
    return is_agreed


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
