"""Resolve a blueprint's questions: in order, each with the answers before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from ..errors import Problem
from .display import describe_value, make_printable
from .evaluated_question import EvaluatedQuestion
from .given_answer import FROM_PROMPT, FROM_RECORD, Answers, GivenAnswer
from .jinja import ExpressionError, Expressions
from .question import Choice, Question, make_blueprint_error
from .values import MISSING, InvalidValueError, parse_text

BACK: Final = object()
"""The reply of an asker when a person goes back."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A question that is about to be asked.

    Attributes:
        name: The question's name.
        type: Its type.
        help: The text of the question; may have several lines.
        choices: The choices; empty for open questions.
        default: The value to start from; `MISSING` where there is none.
        multiselect: Whether several choices may be taken.
        secret: Whether to hide the typed text.
        multiline: Whether the answer may have several lines.
        placeholder: The text that an empty field shows.
        position: Its place among the questions as they stand now, from 1; 0 for one that is
            asked outside of them, as an answer that is edited.
        total: How many questions there are as they stand now.
        can_go_back: Whether there is a question before it.
        check: Returns the answer for a typed text or chosen values, or raises ValueError with
            the reason why it is refused.
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
    """Questions and given answers: the input of a resolution, the same for all questions.

    Attributes:
        questions: The questions in order.
        expressions: Evaluates their templates.
        context: Names that templates see besides the answers.
        given: The given answers.
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
    ask_only: tuple[str, ...] | None = None

    def asks(self, name: str) -> bool:
        """Tell whether a question is asked, rather than answered by a preset or its default."""
        return self.ask_only is None or name in self.ask_only


class Resolver:
    """One pass over all questions, from given answers and replies to `Answers`.

    Args:
        inputs: The questions and the given answers.
        replies: Replies at prompts so far.
        withdrawn: Replies that were taken back: where a prompt starts from.
        edited: A question that is asked again, wherever its answer came from.
    """

    def __init__(
        self,
        inputs: ResolutionInput,
        replies: Mapping[str, Any],
        withdrawn: Mapping[str, Any],
        edited: str = "",
    ) -> None:
        self.problems: list[Problem] = []
        self.open: list[tuple[EvaluatedQuestion, Any]] = []
        self.replied: list[str] = []
        self.evaluated_questions: dict[str, EvaluatedQuestion] = {}
        self.missing = False
        self._inputs = inputs
        self._replies = replies
        self._withdrawn = withdrawn
        self._edited = edited
        self._recorded: dict[str, Any] = {}
        self._context = {**inputs.context, **_list_provisional_values(inputs)}
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
        more = "" if self._inputs.defaults else ", or use --defaults"
        return f"Give them with --data NAME=VALUE or --answers FILE{more}."

    def run(self) -> Resolver:
        """Visit every question."""
        for question in self._inputs.questions.values():
            context = {**self._context, "_copier_answers": self._make_record()}
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

    def _make_record(self) -> dict[str, Any]:
        """Make the record, as far as it is known: given values come first."""
        questions, given = self._inputs.questions, _list_given(self._inputs)
        kept = [n for n in given if not questions[n].secret and n not in self._hidden]
        before = self._inputs.context.get("_copier_answers", {})
        return {**before, **{name: given[name] for name in kept}, **self._recorded}

    def make_answers(self) -> Answers:
        """Make the answers; valid only when nothing is open and there are no problems."""
        questions = self._inputs.questions.values()
        return Answers(
            values=self._values,
            hidden=frozenset(self._hidden),
            secrets=frozenset(question.name for question in questions if question.secret),
            sources=self._sources,
            notes=tuple(dict.fromkeys(self._notes)),
            computed=self._computed,
            recorded=self._recorded,
            given=_list_given(self._inputs),
        )

    def make_next_step(self, *, can_go_back: bool = False) -> Step:
        """Make the step of the first open question.

        Args:
            can_go_back: Whether a person can go back even from the first one.

        Raises:
            ScaffoldError: The question is wrong.
        """
        evaluated, default = self.open[0]
        question, replied = evaluated.question, len(self.replied)
        is_edited = question.name == self._edited
        try:
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
                position=0 if is_edited else replied + 1,
                total=0 if is_edited else replied + len(self.open),
                can_go_back=can_go_back or replied > 0,
                check=lambda reply: evaluated.accept(GivenAnswer(reply, FROM_PROMPT)),
            )
        except ExpressionError as error:
            raise make_blueprint_error(question.name, error) from error

    def _visit(self, evaluated: EvaluatedQuestion) -> None:
        name = evaluated.question.name
        given = self._inputs.given.get(name)
        if not evaluated.visible:
            self._hide(evaluated, given)
        elif name == self._edited:
            self._leave_open(evaluated, self._find_start(evaluated, given))
        elif name in self._replies:  # an edited answer wins
            self._take_reply(evaluated)
        elif given and not given.is_prior:
            self._take_given(evaluated, given)
        elif (recorded := self._find_recorded(evaluated, given)) is not MISSING:
            self._accept(evaluated, recorded, FROM_RECORD)
        elif evaluated.asked and (only := evaluated.only_choice) is not MISSING:
            self._accept(evaluated, only, "only choice")
        elif self._inputs.asking and evaluated.asked and self._must_ask(evaluated, given):
            self._leave_open(evaluated, self._find_start(evaluated, given))
        else:
            self._take_unasked(evaluated, given)

    def _must_ask(self, evaluated: EvaluatedQuestion, given: GivenAnswer | None) -> bool:
        if self._inputs.asks(evaluated.question.name):
            return True
        if self._find_prior(evaluated, given) is not MISSING:
            return False
        default = self._find_valid_default(evaluated)
        return default is MISSING or bool(evaluated.find_problem(default))

    def _find_recorded(self, evaluated: EvaluatedQuestion, given: GivenAnswer | None) -> Any:
        """Find the recorded answer if it is still valid: an update asks new questions only."""
        is_recorded = given is not None and given.origin == FROM_RECORD
        return self._find_prior(evaluated, given) if is_recorded else MISSING

    def _hide(self, evaluated: EvaluatedQuestion, given: GivenAnswer | None) -> None:
        question = evaluated.question
        self._hidden.add(question.name)
        self._context.pop(question.name, None)
        if given and given.wrong:
            self.problems.append(given.wrong)
        elif given and not given.is_prior:
            self._ignore_given(question, given)
        if (default := evaluated.default) is not MISSING:
            self._computed[question.name] = self._context[question.name] = default

    def _ignore_given(self, question: Question, given: GivenAnswer) -> None:
        if question.is_computed:
            why = "is computed by the blueprint and cannot be answered"
            self._add_problem(question.name, why, given)
        else:
            why = f"its condition is not met ({make_printable(str(question.when))})"
            self._notes.append(f"{question.name} of {given.origin} was not used: {why}")

    def _take_given(self, evaluated: EvaluatedQuestion, given: GivenAnswer) -> None:
        try:
            if not given.wrong:
                self._accept(evaluated, evaluated.accept(given), given.place)
                return
            self.problems.append(given.wrong)
        except (InvalidValueError, RecursionError) as error:
            why = "is nested too deeply" if isinstance(error, RecursionError) else str(error)
            self._add_problem(evaluated.question.name, why, given)
        self._show_later(evaluated, self._find_valid_default(evaluated))

    def _take_reply(self, evaluated: EvaluatedQuestion) -> None:
        reply = self._replies[evaluated.question.name]
        try:
            self._accept(evaluated, evaluated.accept_again(reply), FROM_PROMPT)
        except InvalidValueError:  # choices or validator depend on an answer that changed since
            self._leave_open(evaluated, self._find_valid_default(evaluated))
        else:
            self.replied.append(evaluated.question.name)

    def _leave_open(self, evaluated: EvaluatedQuestion, default: Any) -> None:
        if evaluated.choices and all(choice.disabled for choice in evaluated.choices):
            raise ExpressionError("none of its choices can be chosen")
        self.open.append((evaluated, default))
        self._show_later(evaluated, default)

    def _find_start(self, evaluated: EvaluatedQuestion, given: GivenAnswer | None) -> Any:
        """Find the value that a prompt starts from: a reply, a known value, or the default."""
        if evaluated.question.name in self._withdrawn:
            try:
                return evaluated.accept_again(self._withdrawn[evaluated.question.name])
            except InvalidValueError:
                pass
        prior = self._find_prior(evaluated, given)
        return self._find_valid_default(evaluated) if prior is MISSING else prior

    def _find_prior(self, evaluated: EvaluatedQuestion, given: GivenAnswer | None) -> Any:
        if given is None:
            return MISSING
        try:
            return evaluated.accept(given)
        except (InvalidValueError, RecursionError) as error:
            found = _find_enabled(evaluated, given)
            if not given.is_guess:
                verdict = "is no longer used" if given.origin == FROM_RECORD else "is not used"
                verdict = verdict if found is MISSING else "is used in part"
                why = f"{given.place}: {evaluated.question.name} {verdict}"
                self._notes.append(f"{why}: {make_printable(str(error))}")
            return found

    def _take_unasked(self, evaluated: EvaluatedQuestion, given: GivenAnswer | None) -> None:
        name = evaluated.question.name
        prior = self._find_prior(evaluated, given)
        if given and prior is not MISSING:
            self._accept(evaluated, prior, given.place)
        elif self._inputs.defaults or not evaluated.asked or not self._inputs.asks(name):
            self._take_default(evaluated)
        else:
            self._add_missing(evaluated, evaluated.describe_expected())

    def _take_default(self, evaluated: EvaluatedQuestion) -> None:
        default = evaluated.default
        if default is MISSING and not evaluated.asked:
            self._show_later(evaluated, MISSING)
        elif default is MISSING:
            self._add_missing(evaluated, f"{evaluated.describe_expected()}; there is no default")
        elif not evaluated.question.secret and (why := evaluated.find_problem(default)):
            why = f"the default {describe_value(default)} is not valid: {why}"
            self._add_missing(evaluated, why)
        else:
            self._accept(evaluated, default, "default")

    def _accept(self, evaluated: EvaluatedQuestion, value: Any, source: str) -> None:
        name = evaluated.question.name
        self._values[name] = value
        self._sources[name] = source
        if not evaluated.question.secret:
            self._recorded[name] = value
        self._show_later(evaluated, value)

    def _add_missing(self, evaluated: EvaluatedQuestion, why: str) -> None:
        self.missing = True
        self._add_problem(evaluated.question.name, why, GivenAnswer(None, "missing"))
        self._show_later(evaluated, self._find_valid_default(evaluated))

    def _show_later(self, evaluated: EvaluatedQuestion, value: Any) -> None:
        """Show a value to later questions."""
        if value is MISSING:
            self._context.pop(evaluated.question.name, None)
        else:
            self._context[evaluated.question.name] = value

    def _find_valid_default(self, evaluated: EvaluatedQuestion) -> Any:
        try:
            return evaluated.default
        except ExpressionError:
            if self._inputs.asking or self.problems:
                return MISSING
            raise

    def _add_problem(self, name: str, why: str, given: GivenAnswer) -> None:
        problem = Problem(given.source, given.line, given.column, name, make_printable(why))
        self.problems.append(problem)


def _find_enabled(evaluated: EvaluatedQuestion, given: GivenAnswer) -> Any:
    """Find the part of a value of several choices that can be chosen; `MISSING` if none can."""
    try:
        return evaluated.accept_enabled(given)
    except (InvalidValueError, RecursionError):
        return MISSING


def _list_given(inputs: ResolutionInput) -> dict[str, Any]:
    """List the values given for this project, as they were spelled, in their order."""
    return {
        name: given.value
        for name, given in inputs.given.items()
        if not given.is_prior and not given.wrong
    }


def _list_provisional_values(inputs: ResolutionInput) -> dict[str, Any]:
    """Show given values to questions that come before them, as Copier does."""
    values = {name: given.value for name, given in inputs.given.items() if not given.wrong}
    for name, value in list(values.items()):
        if inputs.given[name].needs_parsing:
            with suppress(InvalidValueError, KeyError):
                values[name] = parse_text(inputs.questions[name].type, value)
    return values
