"""Walk through a blueprint's questions: in order, each with the answers before it in sight."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from .errors import AnswersError, Problem
from .expressions import ExpressionError, Expressions
from .question import Choice, Question, Situation, blueprint_error, did_you_mean
from .values import (
    ENVIRONMENT,
    FLAG,
    MISSING,
    RECORD,
    Answers,
    Given,
    Refused,
    describe,
    parse,
    printable,
)

_PROMPT = "prompt"
_MISSING = "missing"


class Back(Enum):
    """The type of `BACK`."""

    BACK = "back"


BACK: Final = Back.BACK


@dataclass(frozen=True)
class Step:
    """A question that is about to be asked.

    Attributes:
        name: The question's name.
        type: Its type.
        help: What is asked for; may have several lines.
        choices: What can be chosen; empty for open questions.
        default: What to start from; `MISSING` where there is nothing.
        multiselect: Whether several choices may be taken.
        secret: Whether to hide what is typed.
        multiline: Whether the answer may have several lines.
        placeholder: What an empty field shows.
        position: Its place among the questions as they stand now, from 1.
        total: How many questions there are as they stand now.
        check: Gives the answer for what was typed (text) or chosen (values), or raises
            ValueError with the reason why it is refused.
    """

    name: str
    type: str
    help: str
    choices: tuple[Choice, ...]
    default: Any
    multiselect: bool
    secret: bool
    multiline: bool
    placeholder: str
    position: int
    total: int
    check: Callable[[Any], Any] = field(repr=False, compare=False)

    @property
    def can_go_back(self) -> bool:
        """Whether an earlier question was asked."""
        return self.position > 1


Asker = Callable[[Step], Any]


@dataclass(frozen=True)
class Course:
    """What stays the same from the first question to the last.

    Attributes:
        questions: The questions in order.
        expressions: Evaluates their templates.
        context: What templates see besides the answers.
        given: Values that somebody gave.
        defaults: Whether defaults may answer.
        asking: Whether somebody can be asked.
    """

    questions: Mapping[str, Question]
    expressions: Expressions
    context: Mapping[str, Any]
    given: Mapping[str, Given]
    defaults: bool
    asking: bool


def resolve(course: Course, ask: Asker | None) -> Answers:
    """Answer the questions.

    Every answer leads to a fresh walk from the first question, so conditions, defaults and
    choices always fit the answers, also after going back.

    Raises:
        AnswersError: Answers are unknown, missing or invalid; names them all.
    """
    given, problems = _known(course)
    course = Course(**{**vars(course), "given": given})
    replies: dict[str, Any] = {}
    kept: dict[str, Any] = {}
    while True:
        walk = Walk(course, replies, kept).run()
        if found := [*problems, *walk.problems]:
            raise AnswersError(found, walk.hint)
        if not walk.open or ask is None:
            return walk.answers()
        _advance(walk, ask, replies, kept)


def _advance(walk: Walk, ask: Asker, replies: dict[str, Any], kept: dict[str, Any]) -> None:
    try:
        step = walk.next_step()
    except ExpressionError as error:
        raise blueprint_error(walk.open[0][0].question.name, error) from error
    reply = ask(step)
    if reply is not BACK:
        try:
            replies[step.name] = step.check(reply)
        except ValueError as error:
            raise AnswersError(
                [Problem(_PROMPT, 0, 0, step.name, printable(str(error)))]
            ) from error
    elif walk.replied:
        kept[walk.replied[-1]] = replies.pop(walk.replied[-1])


def _known(course: Course) -> tuple[dict[str, Given], list[Problem]]:
    """Sort out the given values that belong to no question."""
    known: dict[str, Given] = {}
    problems: list[Problem] = []
    for name, given in course.given.items():
        question = _question_for(name, given, course.questions)
        if question and (question == name or _outranks(given, course.given.get(question))):
            known[question] = given
        elif not question and not given.is_prior and not _is_own_key(name, given):
            problems.append(_unknown(name, given, course.questions))
    return known, problems


def _question_for(name: str, given: Given, questions: Mapping[str, Question]) -> str:
    if name in questions:
        return name
    if given.origin != ENVIRONMENT:
        return ""
    # Names of environment variables are upper case, questions may be anything.
    return next((known for known in questions if known.upper() == name.upper()), "")


def _outranks(given: Given, other: Given | None) -> bool:
    return other is None or other.origin != FLAG


def _is_own_key(name: str, given: Given) -> bool:
    """Whether a file holds a key of a record: a record is a fine answers file."""
    return name.startswith("_") and given.origin not in {FLAG, ENVIRONMENT}


def _unknown(name: str, given: Given, questions: Mapping[str, Question]) -> Problem:
    asked = [question.name for question in questions.values() if not question.is_computed]
    why = f"is not a question of this blueprint{did_you_mean(name, asked)}"
    return Problem(given.origin, given.line, given.column, printable(name), why)


class Walk:
    """One pass over all questions.

    Args:
        course: The questions and what was given.
        replies: What was answered at prompts so far.
        kept: Answers that were taken back: where a prompt starts from.
    """

    def __init__(self, course: Course, replies: Mapping[str, Any], kept: Mapping[str, Any]) -> None:
        self.problems: list[Problem] = []
        self.open: list[tuple[Situation, Any]] = []
        self.replied: list[str] = []
        self.missing = False
        self._course = course
        self._replies = replies
        self._kept = kept
        self._recorded: dict[str, Any] = {}
        self._context = {**course.context, **_provisional(course)}
        self._values: dict[str, Any] = {}
        self._computed: dict[str, Any] = {}
        self._hidden: set[str] = set()
        self._sources: dict[str, str] = {}
        self._notes: list[str] = []

    @property
    def hint(self) -> str:
        """The next step when answers are missing."""
        if not self.missing:
            return ""
        return "give them with --data NAME=VALUE or --answers FILE, or take --defaults"

    def run(self) -> Walk:
        """Visit every question."""
        for question in self._course.questions.values():
            remembered = {**self._course.context.get("_copier_answers", {}), **self._recorded}
            context = {**self._context, "_copier_answers": remembered}
            situation = Situation(question, self._course.expressions, context)
            try:
                self._visit(situation)
            except ExpressionError as error:
                self._broken(question, error)
        return self

    def answers(self) -> Answers:
        """Give the answers; only of use when nothing is open and there are no problems."""
        questions = self._course.questions.values()
        return Answers(
            values=self._values,
            hidden=frozenset(self._hidden),
            secrets=frozenset(question.name for question in questions if question.secret),
            sources=self._sources,
            notes=tuple(dict.fromkeys(self._notes)),
            computed=self._computed,
            recorded=self._recorded,
        )

    def next_step(self) -> Step:
        """Give the first question that is open."""
        situation, default = self.open[0]
        question = situation.question
        return Step(
            name=question.name,
            type=situation.type,
            help=situation.help,
            choices=situation.choices,
            default=default,
            multiselect=question.multiselect,
            secret=question.secret,
            multiline=situation.multiline,
            placeholder=situation.placeholder,
            position=len(self.replied) + 1,
            total=len(self.replied) + len(self.open),
            check=situation.accept_reply,
        )

    def _broken(self, question: Question, error: ExpressionError) -> None:
        """Report a wrong expression, unless it may be wrong for want of an earlier answer."""
        self._context.pop(question.name, None)
        if not self.problems and not self.open:
            raise blueprint_error(question.name, error) from error

    def _visit(self, situation: Situation) -> None:
        name = situation.question.name
        given = self._course.given.get(name)
        if not situation.visible:
            self._hide(situation, given)
        elif given and not given.is_prior:
            self._take_given(situation, given)
        elif name in self._replies:
            self._take_reply(situation)
        elif self._keep_recorded(situation, given):
            return
        elif self._course.asking and situation.asked:
            self._leave_open(situation, self._start(situation, given))
        else:
            self._take_unasked(situation, given)

    def _keep_recorded(self, situation: Situation, given: Given | None) -> bool:
        """Take what the record holds, where it still does: an update asks what is new."""
        if given is None or given.origin != RECORD:
            return False
        prior = self._prior(situation, given)
        if prior is not MISSING:
            self._take(situation, prior, RECORD)
        return prior is not MISSING

    def _hide(self, situation: Situation, given: Given | None) -> None:
        question = situation.question
        self._hidden.add(question.name)
        self._context.pop(question.name, None)
        if given and not given.is_prior:
            self._pass_over(question, given)
        if (default := situation.default) is not MISSING:
            self._computed[question.name] = self._context[question.name] = default

    def _pass_over(self, question: Question, given: Given) -> None:
        if question.is_computed:
            why = "is computed by the blueprint and cannot be answered"
            self._add_problem(question.name, why, given)
        else:
            why = f"its condition is not met ({printable(str(question.when))})"
            self._notes.append(f"{question.name} of {given.origin} was not used: {why}")

    def _take_given(self, situation: Situation, given: Given) -> None:
        try:
            self._take(situation, situation.accept(given), given.origin)
        except (Refused, RecursionError) as error:
            why = "is nested too deeply" if isinstance(error, RecursionError) else str(error)
            self._add_problem(situation.question.name, why, given)
            self._provide(situation, self._valid_default(situation))

    def _take_reply(self, situation: Situation) -> None:
        reply = self._replies[situation.question.name]
        try:
            self._take(situation, situation.accept_again(reply), _PROMPT)
        except Refused:  # choices or validator depend on an answer that changed since
            self._leave_open(situation, self._valid_default(situation))
        else:
            self.replied.append(situation.question.name)

    def _leave_open(self, situation: Situation, default: Any) -> None:
        if situation.choices and all(choice.disabled for choice in situation.choices):
            raise ExpressionError("none of its choices can be chosen")
        self.open.append((situation, default))
        self._provide(situation, default)

    def _start(self, situation: Situation, given: Given | None) -> Any:
        """Find what a prompt starts from: what was said before, what is known, the default."""
        if situation.question.name in self._kept:
            try:
                return situation.accept_again(self._kept[situation.question.name])
            except Refused:
                pass
        prior = self._prior(situation, given)
        return self._valid_default(situation) if prior is MISSING else prior

    def _prior(self, situation: Situation, given: Given | None) -> Any:
        if given is None:
            return MISSING
        try:
            return situation.accept_prior(given.value)
        except (Refused, RecursionError) as error:
            why = f"{given.origin}: {situation.question.name} is not used any more"
            self._notes.append(f"{why}: {printable(str(error))}")
            return MISSING

    def _take_unasked(self, situation: Situation, given: Given | None) -> None:
        prior = self._prior(situation, given)
        if given and prior is not MISSING:
            self._take(situation, prior, given.origin)
        elif self._course.defaults or not situation.asked:
            self._take_default(situation)
        else:
            self._miss(situation, situation.expected())

    def _take_default(self, situation: Situation) -> None:
        default = situation.default
        if default is not MISSING:
            complaint = "" if situation.question.secret else situation.problem_with(default)
            if not complaint:
                self._take(situation, default, "default")
            else:
                self._miss(situation, f"the default {describe(default)} does not do: {complaint}")
        elif situation.asked:
            self._miss(situation, f"{situation.expected()}; there is no default")
        else:
            self._provide(situation, MISSING)

    def _take(self, situation: Situation, value: Any, source: str) -> None:
        name = situation.question.name
        self._values[name] = situation.to_render(value)
        self._sources[name] = source
        if not situation.question.secret:
            self._recorded[name] = value
        self._provide(situation, value)

    def _miss(self, situation: Situation, why: str) -> None:
        self.missing = True
        self._add_problem(situation.question.name, why, Given(None, _MISSING))
        self._provide(situation, self._valid_default(situation))

    def _provide(self, situation: Situation, value: Any) -> None:
        """Let later questions see a value."""
        if value is MISSING:
            self._context.pop(situation.question.name, None)
        else:
            self._context[situation.question.name] = value

    def _valid_default(self, situation: Situation) -> Any:
        try:
            return situation.default
        except ExpressionError:
            if self._course.asking or self.problems:
                return MISSING
            raise

    def _add_problem(self, name: str, why: str, given: Given) -> None:
        problem = Problem(given.origin, given.line, given.column, name, printable(why))
        self.problems.append(problem)


def _provisional(course: Course) -> dict[str, Any]:
    """Show given values to questions that come before them, as Copier does."""
    values = {}
    for name, given in course.given.items():
        values[name] = given.value
        if given.needs_parsing and course.questions[name].type != "str":
            try:
                values[name] = parse(course.questions[name].type, given.value)
            except (Refused, KeyError):
                continue
    return values
