"""Walk through a blueprint's questions: in order, each with the answers before it in sight."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ..errors import Problem
from .display import describe_value, make_printable
from .evaluated_question import EvaluatedQuestion
from .jinja import ExpressionError, Expressions
from .question import Choice, Question, make_blueprint_error
from .values import (
    FROM_PROMPT,
    FROM_RECORD,
    MISSING,
    Answers,
    GivenAnswer,
    InvalidValueError,
    parse_text,
)

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
class ResolutionInput:
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
    given: Mapping[str, GivenAnswer]
    defaults: bool
    asking: bool
    ask_only: frozenset[str] | None = None

    def asks(self, name: str) -> bool:
        """Whether a question wants an answer, and is not filled by a preset or its default."""
        return self.ask_only is None or name in self.ask_only


class Resolver:
    """One pass over all questions.

    Args:
        inputs: The questions and what was given.
        replies: What was answered at prompts so far.
        kept: Answers that were taken back: where a prompt starts from.
        edited: A question that is asked again, whatever answered it.
    """

    def __init__(
        self,
        inputs: ResolutionInput,
        replies: Mapping[str, Any],
        kept: Mapping[str, Any],
        edited: str = "",
    ) -> None:
        self.problems: list[Problem] = []
        self.open: list[tuple[EvaluatedQuestion, Any]] = []
        self.replied: list[str] = []
        self.evaluated_questions: dict[str, EvaluatedQuestion] = {}
        self.missing = False
        self._inputs = inputs
        self._replies = replies
        self._kept = kept
        self._edited = edited
        self._recorded: dict[str, Any] = {}
        self._context = {**inputs.context, **_provisional(inputs)}
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
        more = "" if self._inputs.defaults else ", or take --defaults"
        return f"give them with --data NAME=VALUE or --answers FILE{more}"

    def run(self) -> Resolver:
        """Visit every question."""
        for question in self._inputs.questions.values():
            context = {**self._context, "_copier_answers": self._remembered()}
            evaluated = EvaluatedQuestion(question, self._inputs.expressions, context)
            self.evaluated_questions[question.name] = evaluated
            try:
                self._visit(evaluated)
            except ExpressionError as error:
                # It may be wrong for want of an earlier answer.
                self._context.pop(question.name, None)
                if not self.problems and not self.open:
                    raise make_blueprint_error(question.name, error) from error
        return self

    def _remembered(self) -> dict[str, Any]:
        """What the record would hold, as far as it is known: given values come first."""
        questions = self._inputs.questions
        given = {
            name: value
            for name, value in _given(self._inputs).items()
            if not questions[name].secret and name not in self._hidden
        }
        return {**self._inputs.context.get("_copier_answers", {}), **given, **self._recorded}

    def answers(self) -> Answers:
        """Give the answers; only of use when nothing is open and there are no problems."""
        questions = self._inputs.questions.values()
        return Answers(
            values=self._values,
            hidden=frozenset(self._hidden),
            secrets=frozenset(question.name for question in questions if question.secret),
            sources=self._sources,
            notes=tuple(dict.fromkeys(self._notes)),
            computed=self._computed,
            recorded=self._recorded,
            given=_given(self._inputs),
        )

    def next_step(self, *, can_go_back: bool = False) -> Step:
        """Give the first question that is open.

        Args:
            can_go_back: Whether there is something to go back to even from the first one.
        """
        evaluated, default = self.open[0]
        question = evaluated.question
        editing = question.name == self._edited
        return Step(
            name=question.name,
            type=evaluated.type,
            help=evaluated.help,
            choices=evaluated.choices,
            default=default,
            multiselect=question.multiselect,
            secret=question.secret,
            multiline=evaluated.multiline,
            placeholder=evaluated.placeholder,
            position=0 if editing else len(self.replied) + 1,
            total=0 if editing else len(self.replied) + len(self.open),
            can_go_back=can_go_back or bool(self.replied),
            check=lambda reply: evaluated.accept(GivenAnswer(reply, FROM_PROMPT)),
        )

    def _visit(self, evaluated: EvaluatedQuestion) -> None:
        name = evaluated.question.name
        given = self._inputs.given.get(name)
        if not evaluated.visible:
            self._hide(evaluated, given)
        elif name == self._edited:
            self._leave_open(evaluated, self._start(evaluated, given))
        elif name in self._replies:  # what was edited speaks last
            self._take_reply(evaluated)
        elif given and not given.is_prior:
            self._take_given(evaluated, given)
        elif self._keep_recorded(evaluated, given):
            return
        elif evaluated.asked and (only := evaluated.only_choice) is not MISSING:
            self._take(evaluated, only, "only choice")
        elif self._inputs.asking and evaluated.asked and self._wants_asking(evaluated, given):
            self._leave_open(evaluated, self._start(evaluated, given))
        else:
            self._take_unasked(evaluated, given)

    def _wants_asking(self, evaluated: EvaluatedQuestion, given: GivenAnswer | None) -> bool:
        if self._inputs.asks(evaluated.question.name):
            return True
        if self._prior(evaluated, given) is not MISSING:
            return False
        default = self._valid_default(evaluated)
        return default is MISSING or bool(evaluated.problem_with(default))

    def _keep_recorded(self, evaluated: EvaluatedQuestion, given: GivenAnswer | None) -> bool:
        """Take what the record holds, where it still does: an update asks what is new."""
        if given is None or given.origin != FROM_RECORD:
            return False
        prior = self._prior(evaluated, given)
        if prior is not MISSING:
            self._take(evaluated, prior, FROM_RECORD)
        return prior is not MISSING

    def _hide(self, evaluated: EvaluatedQuestion, given: GivenAnswer | None) -> None:
        question = evaluated.question
        self._hidden.add(question.name)
        self._context.pop(question.name, None)
        if given and given.wrong:
            self.problems.append(given.wrong)
        elif given and not given.is_prior:
            self._pass_over(question, given)
        if (default := evaluated.default) is not MISSING:
            self._computed[question.name] = self._context[question.name] = default

    def _pass_over(self, question: Question, given: GivenAnswer) -> None:
        if question.is_computed:
            why = "is computed by the blueprint and cannot be answered"
            self._add_problem(question.name, why, given)
        else:
            why = f"its condition is not met ({make_printable(str(question.when))})"
            self._notes.append(f"{question.name} of {given.origin} was not used: {why}")

    def _take_given(self, evaluated: EvaluatedQuestion, given: GivenAnswer) -> None:
        if given.wrong:
            self.problems.append(given.wrong)
            self._provide(evaluated, self._valid_default(evaluated))
            return
        try:
            self._take(evaluated, evaluated.accept(given), given.place)
        except (InvalidValueError, RecursionError) as error:
            why = "is nested too deeply" if isinstance(error, RecursionError) else str(error)
            self._add_problem(evaluated.question.name, why, given)
            self._provide(evaluated, self._valid_default(evaluated))

    def _take_reply(self, evaluated: EvaluatedQuestion) -> None:
        reply = self._replies[evaluated.question.name]
        try:
            self._take(evaluated, evaluated.accept_again(reply), FROM_PROMPT)
        except InvalidValueError:  # choices or validator depend on an answer that changed since
            self._leave_open(evaluated, self._valid_default(evaluated))
        else:
            self.replied.append(evaluated.question.name)

    def _leave_open(self, evaluated: EvaluatedQuestion, default: Any) -> None:
        if evaluated.choices and all(choice.disabled for choice in evaluated.choices):
            raise ExpressionError("none of its choices can be chosen")
        self.open.append((evaluated, default))
        self._provide(evaluated, default)

    def _start(self, evaluated: EvaluatedQuestion, given: GivenAnswer | None) -> Any:
        """Find what a prompt starts from: what was said before, what is known, the default."""
        if evaluated.question.name in self._kept:
            try:
                return evaluated.accept_again(self._kept[evaluated.question.name])
            except InvalidValueError:
                pass
        prior = self._prior(evaluated, given)
        return self._valid_default(evaluated) if prior is MISSING else prior

    def _prior(self, evaluated: EvaluatedQuestion, given: GivenAnswer | None) -> Any:
        if given is None:
            return MISSING
        try:
            return evaluated.accept(given)
        except (InvalidValueError, RecursionError) as error:
            if not given.is_guess:
                verdict = "is not used any more" if given.origin == FROM_RECORD else "is not used"
                why = f"{given.place}: {evaluated.question.name} {verdict}"
                self._notes.append(f"{why}: {make_printable(str(error))}")
            return MISSING

    def _take_unasked(self, evaluated: EvaluatedQuestion, given: GivenAnswer | None) -> None:
        name = evaluated.question.name
        prior = self._prior(evaluated, given)
        if given and prior is not MISSING:
            self._take(evaluated, prior, given.place)
        elif self._inputs.defaults or not evaluated.asked or not self._inputs.asks(name):
            self._take_default(evaluated)
        else:
            self._miss(evaluated, evaluated.expected())

    def _take_default(self, evaluated: EvaluatedQuestion) -> None:
        default = evaluated.default
        if default is not MISSING:
            complaint = "" if evaluated.question.secret else evaluated.problem_with(default)
            if not complaint:
                self._take(evaluated, default, "default")
            else:
                self._miss(
                    evaluated, f"the default {describe_value(default)} does not do: {complaint}"
                )
        elif evaluated.asked:
            self._miss(evaluated, f"{evaluated.expected()}; there is no default")
        else:
            self._provide(evaluated, MISSING)

    def _take(self, evaluated: EvaluatedQuestion, value: Any, source: str) -> None:
        name = evaluated.question.name
        self._values[name] = value
        self._sources[name] = source
        if not evaluated.question.secret:
            self._recorded[name] = value
        self._provide(evaluated, value)

    def _miss(self, evaluated: EvaluatedQuestion, why: str) -> None:
        self.missing = True
        self._add_problem(evaluated.question.name, why, GivenAnswer(None, _MISSING))
        self._provide(evaluated, self._valid_default(evaluated))

    def _provide(self, evaluated: EvaluatedQuestion, value: Any) -> None:
        """Let later questions see a value."""
        if value is MISSING:
            self._context.pop(evaluated.question.name, None)
        else:
            self._context[evaluated.question.name] = value

    def _valid_default(self, evaluated: EvaluatedQuestion) -> Any:
        try:
            return evaluated.default
        except ExpressionError:
            if self._inputs.asking or self.problems:
                return MISSING
            raise

    def _add_problem(self, name: str, why: str, given: GivenAnswer) -> None:
        problem = Problem(given.source, given.line, given.column, name, make_printable(why))
        self.problems.append(problem)


def _given(inputs: ResolutionInput) -> dict[str, Any]:
    """Values that somebody gave for this project, as they were spelled, in their order."""
    return {
        name: given.value
        for name, given in inputs.given.items()
        if not given.is_prior and not given.wrong
    }


def _provisional(inputs: ResolutionInput) -> dict[str, Any]:
    """Show given values to questions that come before them, as Copier does."""
    values = {}
    for name, given in inputs.given.items():
        if given.wrong:
            continue
        values[name] = given.value
        if given.needs_parsing and inputs.questions[name].type != "str":
            try:
                values[name] = parse_text(inputs.questions[name].type, given.value)
            except (InvalidValueError, KeyError):
                continue
    return values
