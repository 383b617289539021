"""Answers as they come about: asked for, taken back, edited, until every question has one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from ..errors import AnswersError, Problem
from .jinja import ExpressionError
from .question import Question, blueprint_error, did_you_mean
from .resolving import BACK, Asker, Course, Step, Walk
from .texts import printable
from .values import ENVIRONMENT, FLAG, PROMPT, Answers, Given


class Session:
    """The answers to the questions of a course.

    Every answer leads to a fresh walk from the first question, so conditions, defaults and
    choices always fit the answers, also after going back.

    Args:
        course: The questions and what was given.

    Attributes:
        has_asked: Whether a person answered anything.
    """

    def __init__(self, course: Course) -> None:
        given, self._problems = _known(course)
        self._course = replace(course, given=given)
        self._replies: dict[str, Any] = {}
        self._kept: dict[str, Any] = {}
        self._edited = ""
        self.has_asked = False

    def secrets(self) -> Iterator[Any]:
        """What is answered to secret questions so far, for those who must not tell it."""
        for name in (n for n, question in self._course.questions.items() if question.secret):
            if name in self._course.given:
                yield self._course.given[name].value
            yield from (known[name] for known in (self._replies, self._kept) if name in known)

    def fill(
        self,
        given: Mapping[str, Given],
        ask_only: frozenset[str] | None,
        before: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        """Let a preset answer, and ask only for what it leaves.

        What a person answered to a question that the preset does not ask is set aside.

        Args:
            given: All that was given, the preset's answers among it.
            ask_only: The questions that are still asked; None for all.
            before: The answers until now: prompts start from them where nothing else is given.
        """
        known, self._problems = _known(replace(self._course, given=given))
        self._course = replace(self._course, given=known, ask_only=ask_only)
        start = {name: value for name, value in before.items() if name not in known}
        self._kept = start | self._kept
        for name in [name for name in self._replies if not self._course.asks(name)]:
            self._kept[name] = self._replies.pop(name)

    def wants(self) -> bool:
        """Whether a question is open.

        Raises:
            AnswersError: Answers are unknown, missing or invalid; names them all.
        """
        return bool(self._walk().open)

    def ask(self, ask: Asker | None, *, can_go_back: bool = False) -> Answers | None:
        """Ask until every question has an answer.

        Args:
            ask: Asks a person; None where nobody can be asked.
            can_go_back: Whether there is something to go back to from the first question.

        Returns:
            The answers; None when the person went back from the first question.

        Raises:
            AnswersError: Answers are unknown, missing or invalid; names them all.
        """
        while True:
            walk = self._walk()
            if not walk.open or ask is None:
                return walk.answers()
            step = _next_step(walk, can_go_back=can_go_back or bool(self._edited))
            reply = ask(step)
            if reply is not BACK:
                self._reply(step, reply)
            elif not self._go_back(step, walk):
                return None

    def edit(self, name: str) -> None:
        """Ask for an answer again, whoever gave it; going back leaves it as it is."""
        self._edited = name
        if name in self._replies:
            self._kept[name] = self._replies[name]

    def _walk(self) -> Walk:
        walk = Walk(self._course, self._replies, self._kept, self._edited).run()
        if found := [*self._problems, *walk.problems]:
            raise AnswersError(found, walk.hint)
        return walk

    def _reply(self, step: Step, reply: Any) -> None:
        self.has_asked = True
        try:
            self._replies[step.name] = step.check(reply)
        except ValueError as error:
            why = printable(str(error))
            raise AnswersError([Problem(PROMPT, 0, 0, step.name, why)]) from error
        if step.name == self._edited:
            self._edited = ""

    def _go_back(self, step: Step, walk: Walk) -> bool:
        if step.name == self._edited:
            self._edited = ""
        elif walk.replied:
            self._kept[walk.replied[-1]] = self._replies.pop(walk.replied[-1])
        else:
            return False
        return True


def resolve(course: Course, ask: Asker | None) -> Answers:
    """Answer the questions.

    Raises:
        AnswersError: Answers are unknown, missing or invalid; names them all.
    """
    session = Session(course)
    while (answers := session.ask(ask)) is None:
        pass
    return answers


def _next_step(walk: Walk, *, can_go_back: bool) -> Step:
    try:
        return walk.next_step(can_go_back=can_go_back)
    except ExpressionError as error:
        raise blueprint_error(walk.open[0][0].question.name, error) from error


def _known(course: Course) -> tuple[dict[str, Given], list[Problem]]:
    """Sort out the given values that belong to no question."""
    known: dict[str, Given] = {}
    problems: list[Problem] = []
    for name, given in course.given.items():
        question = _question_for(name, given, course.questions)
        other = course.given.get(question)
        if question and (question == name or other is None or other.origin != FLAG):
            known[question] = given
        elif not question and not given.is_prior and not _is_own_key(name, given):
            problems.append(given.wrong or _unknown(name, given, course.questions))
    return known, problems


def _question_for(name: str, given: Given, questions: Mapping[str, Question]) -> str:
    if name in questions:
        return name
    if given.origin != ENVIRONMENT:
        return ""
    # Names of environment variables are upper case, questions may be anything.
    return next((known for known in questions if known.upper() == name.upper()), "")


def _is_own_key(name: str, given: Given) -> bool:
    """Whether a file holds a key of a record: a record is a fine answers file."""
    return name.startswith("_") and given.origin not in {FLAG, ENVIRONMENT}


def _unknown(name: str, given: Given, questions: Mapping[str, Question]) -> Problem:
    asked = [question.name for question in questions.values() if not question.is_computed]
    why = f"is not a question of this blueprint{did_you_mean(name, asked)}"
    return Problem(given.source, given.line, given.column, printable(name), why)
