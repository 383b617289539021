"""Walk through a blueprint's questions: in order, each with the answers before it in sight."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ..errors import Problem
from .evaluated import Situation
from .jinja import ExpressionError, Expressions
from .question import Choice, Question, blueprint_error
from .texts import Refused, describe, printable
from .values import MISSING, PROMPT, RECORD, Answers, Given, parse

_MISSING = "missing"


BACK: Final = object()
"""What an asker gives where a person goes back."""


@dataclass(frozen=True, kw_only=True)
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
        position: Its place among the questions as they stand now, from 1; 0 for one that is
            asked outside of them, as an answer that is edited.
        total: How many questions there are as they stand now.
        can_go_back: Whether there is something before it to go back to.
        check: Gives the answer for what was typed (text) or chosen (values), or raises
            ValueError with the reason why it is refused.
    """

    name: str
    type: str
    help: str
    choices: tuple[Choice, ...]
    default: Any
    multiselect: bool = False
    secret: bool = False
    multiline: bool = False
    placeholder: str = ""
    position: int = 0
    total: int = 0
    can_go_back: bool = False
    check: Callable[[Any], Any] = field(repr=False, compare=False)


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
        ask_only: The questions that are asked, where a preset fills the rest; None for all.
    """

    questions: Mapping[str, Question]
    expressions: Expressions
    context: Mapping[str, Any]
    given: Mapping[str, Given]
    defaults: bool
    asking: bool
    ask_only: frozenset[str] | None = None

    def asks(self, name: str) -> bool:
        """Whether a question wants an answer, and is not filled by a preset or its default."""
        return self.ask_only is None or name in self.ask_only


class Walk:
    """One pass over all questions.

    Args:
        course: The questions and what was given.
        replies: What was answered at prompts so far.
        kept: Answers that were taken back: where a prompt starts from.
        edited: A question that is asked again, whatever answered it.
    """

    def __init__(
        self,
        course: Course,
        replies: Mapping[str, Any],
        kept: Mapping[str, Any],
        edited: str = "",
    ) -> None:
        self.problems: list[Problem] = []
        self.open: list[tuple[Situation, Any]] = []
        self.replied: list[str] = []
        self.situations: dict[str, Situation] = {}
        self.missing = False
        self._course = course
        self._replies = replies
        self._kept = kept
        self._edited = edited
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
        more = "" if self._course.defaults else ", or take --defaults"
        return f"give them with --data NAME=VALUE or --answers FILE{more}"

    def run(self) -> Walk:
        """Visit every question."""
        for question in self._course.questions.values():
            context = {**self._context, "_copier_answers": self._remembered()}
            situation = Situation(question, self._course.expressions, context)
            self.situations[question.name] = situation
            try:
                self._visit(situation)
            except ExpressionError as error:
                # It may be wrong for want of an earlier answer.
                self._context.pop(question.name, None)
                if not self.problems and not self.open:
                    raise blueprint_error(question.name, error) from error
        return self

    def _remembered(self) -> dict[str, Any]:
        """What the record would hold, as far as it is known: given values come first."""
        questions = self._course.questions
        given = {
            name: value
            for name, value in _given(self._course).items()
            if not questions[name].secret and name not in self._hidden
        }
        return {**self._course.context.get("_copier_answers", {}), **given, **self._recorded}

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
            given=_given(self._course),
        )

    def next_step(self, *, can_go_back: bool = False) -> Step:
        """Give the first question that is open.

        Args:
            can_go_back: Whether there is something to go back to even from the first one.
        """
        situation, default = self.open[0]
        question = situation.question
        editing = question.name == self._edited
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
            position=0 if editing else len(self.replied) + 1,
            total=0 if editing else len(self.replied) + len(self.open),
            can_go_back=can_go_back or bool(self.replied),
            check=lambda reply: situation.accept(Given(reply, PROMPT)),
        )

    def _visit(self, situation: Situation) -> None:
        name = situation.question.name
        given = self._course.given.get(name)
        if not situation.visible:
            self._hide(situation, given)
        elif name == self._edited:
            self._leave_open(situation, self._start(situation, given))
        elif name in self._replies:  # what was edited speaks last
            self._take_reply(situation)
        elif given and not given.is_prior:
            self._take_given(situation, given)
        elif self._keep_recorded(situation, given):
            return
        elif situation.asked and (only := situation.only_choice) is not MISSING:
            self._take(situation, only, "only choice")
        elif self._course.asking and situation.asked and self._wants_asking(situation, given):
            self._leave_open(situation, self._start(situation, given))
        else:
            self._take_unasked(situation, given)

    def _wants_asking(self, situation: Situation, given: Given | None) -> bool:
        if self._course.asks(situation.question.name):
            return True
        if self._prior(situation, given) is not MISSING:
            return False
        default = self._valid_default(situation)
        return default is MISSING or bool(situation.problem_with(default))

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
        if given and given.wrong:
            self.problems.append(given.wrong)
        elif given and not given.is_prior:
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
        if given.wrong:
            self.problems.append(given.wrong)
            self._provide(situation, self._valid_default(situation))
            return
        try:
            self._take(situation, situation.accept(given), given.place)
        except (Refused, RecursionError) as error:
            why = "is nested too deeply" if isinstance(error, RecursionError) else str(error)
            self._add_problem(situation.question.name, why, given)
            self._provide(situation, self._valid_default(situation))

    def _take_reply(self, situation: Situation) -> None:
        reply = self._replies[situation.question.name]
        try:
            self._take(situation, situation.accept_again(reply), PROMPT)
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
            return situation.accept(given)
        except (Refused, RecursionError) as error:
            if not given.is_guess:
                verdict = "is not used any more" if given.origin == RECORD else "is not used"
                why = f"{given.place}: {situation.question.name} {verdict}"
                self._notes.append(f"{why}: {printable(str(error))}")
            return MISSING

    def _take_unasked(self, situation: Situation, given: Given | None) -> None:
        name = situation.question.name
        prior = self._prior(situation, given)
        if given and prior is not MISSING:
            self._take(situation, prior, given.place)
        elif self._course.defaults or not situation.asked or not self._course.asks(name):
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
        self._values[name] = value
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
        problem = Problem(given.source, given.line, given.column, name, printable(why))
        self.problems.append(problem)


def _given(course: Course) -> dict[str, Any]:
    """Values that somebody gave for this project, as they were spelled, in their order."""
    return {
        name: given.value
        for name, given in course.given.items()
        if not given.is_prior and not given.wrong
    }


def _provisional(course: Course) -> dict[str, Any]:
    """Show given values to questions that come before them, as Copier does."""
    values = {}
    for name, given in course.given.items():
        if given.wrong:
            continue
        values[name] = given.value
        if given.needs_parsing and course.questions[name].type != "str":
            try:
                values[name] = parse(course.questions[name].type, given.value)
            except (Refused, KeyError):
                continue
    return values
