"""A person at a terminal: asked one question after the other, then shown what comes of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..questions import BACK, Step

if TYPE_CHECKING:
    from ..operations import Quit, Review


class Person:
    """Asks and reviews; what was answered stays on the screen in one column, a line each."""

    def __init__(self) -> None:
        self._column: list[str] = []
        self._is_reviewing = False
        self._is_renewed = True

    def ask(self, step: Step) -> Any:
        """Ask a question until the answer is right; shift-tab goes back.

        Returns:
            What was typed (text) or chosen (values), or `questions.BACK`.

        Raises:
            Interrupted: Ctrl-C, Ctrl-D, or a terminal that went away.
        """
        from . import asking, column
        from .screen import terminal

        with _hushed(), terminal():
            reply = asking.ask(step, whole=self._is_reviewing)
            if self._is_reviewing:
                return reply
            if reply is not BACK:
                column.add(step.name, step.check(reply), secret=step.secret)
                self._column.append(step.name)
            elif self._column:
                column.remove(1)
                self._column.pop()
        return reply

    def review(self, review: Review) -> str | Quit | None:
        """Show what is about to be made, until a person decides.

        Returns:
            The name of the question to ask again, None to make the project, or `QUIT`.

        Raises:
            Interrupted: As `ask`.
        """
        from . import echo, reviewing
        from .screen import terminal

        self._is_reviewing = True
        echo.forget()
        with _hushed(), terminal():
            decided = reviewing.decide(review, self._print_command)
            if isinstance(decided, str):
                self._is_renewed = False
                return decided
            if decided is None:
                self._renew(review)
            echo.restore()
        return decided

    def _print_command(self, command: str) -> None:
        from . import column

        column.say(command)
        self._column = []  # other lines stand below it now

    def _renew(self, review: Review) -> None:
        """Let the column tell what the answers came to be, where it does not yet."""
        from . import column

        if self._is_renewed:
            return
        column.remove(len(self._column))
        if review.preset and "preset" in self._column:
            column.add("preset", review.preset)
        for answer in review.answers:
            if answer.name in self._column or answer.source == "prompt":
                column.add(answer.name, answer.value, secret=answer.secret)


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep the screen tidy until the next prompt; where none will come, restore the terminal."""
    from . import echo

    echo.hush()
    try:
        yield
    except BaseException:
        echo.restore()
        raise
