"""A question with the answers before it: templates evaluated, an answer checked (type, choices)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

from .display import describe_value, spell_value, suggest_similar
from .given_answer import FROM_PROMPT, GivenAnswer
from .jinja import ExpressionError, Expressions, UnsetDefault, make_unset
from .question import Choice, Question, read_choices
from .values import (
    MISSING,
    QUESTION_TYPES,
    InvalidValueError,
    cast_bool,
    cast_value,
    check_texts,
    check_type,
    describe_type,
    is_same_answer,
    parse_text,
    quote_document_text,
    read_document,
    split_list,
    split_yaml_list,
)

_T = TypeVar("_T")


def _make_setting(key: str, read: Callable[[Any], _T]) -> cached_property[_T]:
    """Make a property for a setting, evaluated at its first use."""
    return cached_property(lambda evaluated: read(evaluated.evaluate(key)))


@dataclass
class EvaluatedQuestion:
    """A question among the answers so far: its templates evaluated, answers checked.

    Attributes:
        question: The question.
        expressions: Evaluates templates.
        context: Names and values that templates see.
    """

    question: Question
    expressions: Expressions
    context: Mapping[str, Any] = field(repr=False)

    def render(self, value: Any, extra: Mapping[str, Any] | None = None) -> Any:
        """Evaluate a value of the question that may be a template."""
        return self.expressions.render(value, {**self.context, **extra} if extra else self.context)

    def evaluate(self, key: str) -> Any:
        """Evaluate a setting of the question."""
        try:
            return self.render(getattr(self.question, key))
        except ExpressionError as error:
            raise ExpressionError(f"{key}: {error}") from error

    @cached_property
    def type(self) -> str:
        """The question's type."""
        found = self.evaluate("type")
        if found not in QUESTION_TYPES:
            raise ExpressionError(f"type: {found!r} is not one of {', '.join(QUESTION_TYPES)}")
        return str(found)

    visible = _make_setting("when", cast_bool)
    """Whether the question counts: its condition is met."""
    asked = _make_setting("ask", cast_bool)
    """Whether a prompt may ask."""
    multiline = _make_setting("multiline", cast_bool)
    """Whether the answer may have several lines."""
    help = _make_setting("help", str)
    """The text of the question."""
    placeholder = _make_setting("placeholder", str)
    """The text that an empty field shows."""

    @cached_property
    def choices(self) -> tuple[Choice, ...]:
        """The choices, their values cast to the question's type."""
        found = self.question.choices
        if isinstance(found, str):
            found = self._read_choices(self.evaluate("choices"))
        return tuple(self._evaluate_choice(choice) for choice in found)

    def _read_choices(self, text: str) -> tuple[Choice, ...]:
        try:
            return read_choices(self.question.name, read_document("yaml", text) or [])
        except InvalidValueError as error:
            raise ExpressionError(f"choices: the text {error}") from error

    def _evaluate_choice(self, choice: Choice) -> Choice:
        try:
            title, value = str(self.render(choice.title)), self.render(choice.value)
            return replace(
                choice,
                title=title,
                value=cast_value(self.type, title if value is None else value),
                disabled=str(self.render(choice.disabled)),
            )
        except InvalidValueError as error:
            raise ExpressionError(f"choice {choice.title!r}: {error}") from error

    @cached_property
    def default(self) -> Any:
        """The blueprint's default, cast; `MISSING` where there is none.

        Where several choices may be taken, it leaves out those that cannot be chosen.

        Raises:
            ExpressionError: The default cannot be evaluated or is not among the choices.
        """
        raw = self._evaluate_default()
        if raw is MISSING:
            return MISSING
        try:
            return self.cast(raw, skip_disabled=True)
        except InvalidValueError as error:
            raise ExpressionError(f"default: {error}") from error

    def _evaluate_default(self) -> Any:
        raw = self.question.default
        try:
            is_template = self.expressions.is_template(raw)  # `make_unset` would import Jinja
            return self.render(raw, {"UNSET": make_unset()} if is_template else None)
        except UnsetDefault:
            return MISSING
        except ExpressionError as error:
            raise ExpressionError(f"default: {error}") from error

    @property
    def only_choice(self) -> Any:
        """The one value that can be chosen; `MISSING` where a person has a choice."""
        enabled = [choice.value for choice in self.choices if not choice.disabled]
        values = [[]] if self.question.multiselect and not enabled else enabled
        if not self.choices or len(values) != 1 or (self.question.multiselect and enabled):
            return MISSING
        return MISSING if self.find_problem(values[0]) else values[0]

    def cast(self, value: Any, *, skip_disabled: bool = False) -> Any:
        """Read a value of the blueprint's own, or of a record, as leniently as Copier does.

        Args:
            value: The value.
            skip_disabled: Whether to leave out, of several choices, those that cannot be chosen.

        Raises:
            InvalidValueError: The value cannot be cast, or is not among the choices.
        """
        if not self.question.multiselect:
            return self._pick(cast_value(self.type, value))
        items = split_yaml_list(value) if isinstance(value, str) else value
        if not isinstance(items, list | tuple):
            raise InvalidValueError(f"must be a list, not {describe_value(value)}")
        found = [cast_value(self.type, item) for item in items]
        return self._pick_many(found, skip_disabled=skip_disabled)

    def accept(self, given: GivenAnswer) -> Any:
        """Check a given value by the question's type, choices and validator.

        Text of a flag, a variable or a prompt is parsed, a value of a file must have the type, and
        a value of a record or of the user's defaults is read as leniently as Copier does.

        Raises:
            InvalidValueError: The value is refused; the message says why.
        """
        if given.is_prior:
            return self._check(self._read_prior(given.value), lines=True)
        is_typed = given.origin == FROM_PROMPT and isinstance(given.value, str) and not self.choices
        if given.needs_parsing or is_typed:
            return self._check(self._read_text(given.value))
        return self._check(self._read_typed(given))

    def accept_enabled(self, given: GivenAnswer) -> Any:
        """Check a value of a record or a preset without the choices that cannot be chosen.

        Raises:
            InvalidValueError: The rest is refused, too; the message says why.
        """
        return self._check(self._read_prior(given.value, skip_disabled=True), lines=True)

    def accept_again(self, value: Any) -> Any:
        """Check an accepted answer again, with the answers before it as they are now.

        Raises:
            InvalidValueError: The value is not valid any more; the message says why.
        """
        many = self.question.multiselect
        return self._check(self._pick_many(value) if many else self._pick(value))

    def _read_prior(self, value: Any, *, skip_disabled: bool = False) -> Any:
        if self.type == "bool" and isinstance(value, str):
            value = parse_text("bool", value)
        if self.type in {"json", "yaml"} and isinstance(value, str):
            value = quote_document_text(self.type, value)
        return self.cast(value, skip_disabled=skip_disabled)

    def _read_text(self, text: str) -> Any:
        check_texts(text, lines=self._takes_lines)
        if not self.question.multiselect:
            return self._pick(parse_text(self.type, text))
        return self._pick_many([parse_text(self.type, item) for item in split_list(text)])

    def _read_typed(self, given: GivenAnswer) -> Any:
        check_texts(given.value, lines=self._takes_lines)
        if not self.question.multiselect:
            return self._pick(check_type(self.type, given.value, given.raw))
        if isinstance(given.value, list | tuple):
            return self._pick_many([check_type(self.type, item) for item in given.value])
        if given.value is None or isinstance(given.value, dict):
            raise InvalidValueError(f"must be a list of choices, not {describe_value(given.value)}")
        return self._pick_many([check_type(self.type, given.value, given.raw)])  # a list of one

    @property
    def _takes_lines(self) -> bool:
        return self.multiline or self.type not in {"str", "path"} or bool(self.choices)

    def _check(self, value: Any, *, lines: bool = False) -> Any:
        check_texts(value, lines=lines or self._takes_lines)
        if problem := self.find_problem(value):
            raise InvalidValueError(problem)
        return value

    def find_problem(self, value: Any) -> str:
        """Return the validator's complaint about a value; empty if there is none."""
        try:
            return str(self.render(self.question.validator, {self.question.name: value})).strip()
        except ExpressionError as error:
            return str(error)

    def _pick(self, value: Any) -> Any:
        if not self.choices:
            return value
        matching = [choice for choice in self.choices if is_same_answer(choice.value, value)]
        for choice in matching:
            if not choice.disabled:
                return choice.value
        if matching:
            raise InvalidValueError(
                f"{describe_value(value)} cannot be chosen: {matching[0].disabled}"
            )
        raise InvalidValueError(self._explain_choices(value))

    def _pick_many(self, values: list[Any], *, skip_disabled: bool = False) -> list[Any]:
        """Put values in the order of the choices, without repetitions, with those always chosen."""
        disabled = [choice.value for choice in self.choices if choice.disabled and skip_disabled]
        picked, problems = [], []
        for value in values:
            try:
                picked += [] if _is_in(value, disabled) else [self._pick(value)]
            except InvalidValueError as error:
                problems.append(str(error))
        if problems:
            raise InvalidValueError("; ".join(dict.fromkeys(problems)))
        if not self.choices:
            return picked
        return [
            choice.value
            for choice in self.choices
            if not choice.disabled and (choice.always or _is_in(choice.value, picked))
        ]

    def _explain_choices(self, value: Any) -> str:
        offered = [choice for choice in self.choices if not choice.disabled]
        words = [spell_value(choice.value) for choice in offered]
        titles = {choice.title.casefold(): choice.value for choice in offered}
        hint = suggest_similar(value, words)
        if (title := str(value).casefold()) in titles:
            hint = f" (did you mean {spell_value(titles[title])}?)"
        return f"must be one of {', '.join(words)}, not {describe_value(value)}{hint}"

    def describe_expected(self) -> str:
        """Describe in words the answers that the question takes."""
        if not self.choices:
            return describe_type(self.type)
        words = ", ".join(spell_value(c.value) for c in self.choices if not c.disabled)
        return f"some of {words}" if self.question.multiselect else f"one of {words}"


def _is_in(value: Any, others: Sequence[Any]) -> bool:
    return any(is_same_answer(value, other) for other in others)
