"""A person at a terminal: answers questions, decides on reviews, confirms.

prompt_toolkit is imported when a person is asked, not before.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..questions import BACK, Step
from .terminal import discard_typed_ahead, hide_echo, restore_echo

if TYPE_CHECKING:
    from ..operations import Quit, Review


class Person:
    """Asks and reviews; each answer stays on the screen, on a line of its own."""

    def __init__(self) -> None:
        self._lines: list[str] = []  # the names of the questions whose lines are on the screen
        self._is_reviewing = False
        self._is_up_to_date = True

    def ask(self, step: Step) -> Any:
        """Ask a question until the answer is valid; shift-tab goes back.

        Returns:
            The typed text or the chosen values, or `questions.BACK`.

        Raises:
            Interrupted: Ctrl-C, Ctrl-D, or a terminal that went away.
        """
        from .prompt_runner import use_terminal
        from .question_prompt import ask_question

        with _hide_echo_between_prompts(), use_terminal():
            reply = ask_question(step, whole=self._is_reviewing)
            if self._is_reviewing:
                return reply
            if reply is not BACK:
                _print_answer(step.name, step.check(reply), secret=step.secret)
                self._lines.append(step.name)
            elif self._lines:
                _erase_lines(1)
                self._lines.pop()
        return reply

    def review(self, review: Review) -> str | Quit | None:
        """Show a project before it is made, until a person decides.

        Returns:
            The name of the question to ask again, None to make the project, or `QUIT`.

        Raises:
            Interrupted: As `ask`.
        """
        from .prompt_runner import use_terminal
        from .review_screen import review_project

        self._is_reviewing = True
        discard_typed_ahead()
        with _hide_echo_between_prompts(), use_terminal():
            decision = review_project(review, self._print_command)
            if isinstance(decision, str):
                self._is_up_to_date = False
                return decision
            if decision is None:
                self._update_lines(review)
            restore_echo()
        return decision

    def _print_command(self, command: str) -> None:
        """Print a command as it is: the terminal wraps it, so that it is copied as one line."""
        _write(f"\n{command}\n\n")
        self._lines = []  # other lines are below the answers now

    def _update_lines(self, review: Review) -> None:
        """Print the answers again if they were edited since."""
        if self._is_up_to_date:
            return
        _erase_lines(len(self._lines))
        if review.preset and "preset" in self._lines:
            _print_answer("preset", review.preset)
        for answer in review.answers:
            if answer.name in self._lines or answer.source == "prompt":
                _print_answer(answer.name, answer.value, secret=answer.secret)


def confirm(question: str, lines: Sequence[str]) -> bool:
    """Ask a question whose answer is no, unless a person types yes.

    All lines, facts that a person needs, are shown below the question, and stay on the screen.

    Raises:
        Interrupted: Ctrl-C, Ctrl-D, or a terminal that went away.
    """
    import questionary

    from .prompt_runner import add_keys, make_leaving_keys, run_prompt, use_terminal
    from .styled_text import STYLE, get_size, wrap

    columns = get_size()[0]
    text = wrap(question, columns)
    text += [f"  {piece}" for line in lines for piece in wrap(line, columns - 2)]
    with use_terminal():
        _write("\n".join(text) + "\n")
        asked = questionary.confirm("Yes or no?", default=False, auto_enter=False, style=STYLE)
        add_keys(asked.application, make_leaving_keys(can_go_back=False))
        is_agreed = run_prompt(asked.application) is True
        _write("yes\n" if is_agreed else "no\n")
    return is_agreed


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


def _print_answer(name: str, value: Any, *, secret: bool = False) -> None:
    """Print the line of an answered question."""
    from prompt_toolkit.application import get_app_session
    from prompt_toolkit.formatted_text import FormattedText
    from prompt_toolkit.shortcuts import print_formatted_text

    from .styled_text import STYLE, format_answer_line, get_size

    label, text = format_answer_line(name, value, get_size()[0], secret=secret)
    line = FormattedText([("class:label", label), ("class:answer", text)])
    print_formatted_text(line, style=STYLE, output=get_app_session().output)


def _erase_lines(count: int) -> None:
    """Erase the last lines, as far as they are on the screen."""
    from prompt_toolkit.application import get_app_session

    from .styled_text import get_size

    if not count:
        return
    output = get_app_session().output
    output.cursor_up(min(count, get_size()[1] - 1))
    output.write_raw("\r")
    output.erase_down()
    output.flush()


@contextmanager
def _hide_echo_between_prompts() -> Iterator[None]:
    """Hide typed keys until the next prompt; if none will come, restore the terminal."""
    hide_echo()
    try:
        yield
    except BaseException:
        restore_echo()
        raise
