"""One question of a blueprint, and what comes of it once earlier questions are answered."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

from .errors import ScaffoldError
from .expressions import ExpressionError, Expressions, UnsetDefault, unset
from .values import (
    MISSING,
    TYPES,
    Given,
    Missing,
    Refused,
    cast,
    cast_bool,
    check_texts,
    describe,
    document_text,
    expected,
    parse,
    printable,
    quoted,
    read_document,
    same,
    shorten,
    split_list,
    typed,
    yaml_items,
)

_BUILT_IN_NAMES = {"now", "make_secret"}
_SETTING_TYPES: Mapping[str, Any] = {
    **dict.fromkeys(("type", "help", "validator", "placeholder", "qmark"), str),
    **dict.fromkeys(("when", "ask", "multiline"), str | bool),
    **dict.fromkeys(("multiselect", "secret"), bool),
}
_YES_AND_NO = {
    **dict.fromkeys(("true", "yes", "on", "y", "t", "1"), True),
    **dict.fromkeys(("false", "no", "off", "n", "f", "0"), False),
}
_INFERRED = {bool: "bool", int: "int", float: "float", str: "str"}


@dataclass(frozen=True)
class Choice:
    """One of the values that a question offers.

    Attributes:
        title: What a prompt shows.
        value: What the answer holds.
        help: One line that explains it.
        disabled: Why it cannot be chosen; may be a template, empty when it can.
        cost: What choosing it brings along, as "3 files, 1 dependency"; may be empty.
    """

    title: str
    value: Any
    help: str = ""
    disabled: str = ""
    cost: str = ""


@dataclass(frozen=True)
class Question:
    """A question as the blueprint states it; texts may be templates.

    Attributes:
        name: The answer's key.
        type: One of `values.TYPES`.
        default: The value at a prompt that nobody changed; `MISSING` where there is none.
        help: What is asked for.
        choices: The values offered, or a template of a YAML list or mapping of them.
        multiselect: Whether several choices may be taken.
        when: Whether the question counts at all; false for values that the blueprint computes.
        ask: Whether a prompt asks, rather than taking what is recorded, or the default.
        validator: A template that says what is wrong with an answer; empty if it is fine.
        placeholder: Shown in an empty field.
        secret: Whether the answer is kept out of the record and off the screen.
        multiline: Whether the answer may have several lines.
        qmark: The sign in front of a prompt; kept for Copier's sake.
    """

    name: str
    type: str = "yaml"
    default: Any = MISSING
    help: str = ""
    choices: tuple[Choice, ...] | str = ()
    multiselect: bool = False
    when: str | bool = True
    ask: str | bool = True
    validator: str = ""
    placeholder: str = ""
    secret: bool = False
    multiline: str | bool = False
    qmark: str = ""

    @property
    def is_computed(self) -> bool:
        """Whether the blueprint computes the value and never asks."""
        return self.when is False

    @classmethod
    def from_config(
        cls, name: str, config: Any, layers: Sequence[Choice] | None = None
    ) -> Question:
        """Read a question of a ``copier.yml``, in its short or long form.

        Args:
            name: The question's key.
            config: What stands behind the key: a default, or a mapping of settings.
            layers: Choices that the blueprint's layers bring.

        Raises:
            ScaffoldError: The question is not stated correctly.
        """
        settings = dict(config) if isinstance(config, Mapping) else {"default": config}
        settings.update(_yes_and_no(settings))
        _check_settings(name, settings)
        known = _known_settings()  # Copier passes over all others
        settings = {
            key: value
            for key, value in settings.items()
            if key in known and (value is not None or key == "default")
        }
        default = settings.get("default", MISSING)
        settings["type"] = settings.get("type") or _INFERRED.get(type(default), "yaml")
        if layers is not None and settings["type"] != "bool":
            settings["choices"] = tuple(layers)
        elif not isinstance(settings.get("choices", ""), str):
            settings["choices"] = read_choices(name, settings["choices"])
        return cls(name, **settings)


def _yes_and_no(settings: Mapping[str, Any]) -> dict[str, bool]:
    """The settings that say yes or no in a way that Copier takes for it."""
    found = {}
    for key in ("when", "ask", "multiline", "multiselect", "secret"):
        value = settings.get(key)
        is_word = isinstance(value, str) and key in {"multiselect", "secret"}
        if is_word and str(value).lower() in _YES_AND_NO:
            found[key] = _YES_AND_NO[str(value).lower()]
        elif type(value) in {int, float} and value in {0, 1}:
            found[key] = bool(value)
    return found


def _known_settings() -> list[str]:
    return [item.name for item in fields(Question) if item.name != "name"]


def refuse_unknown_settings(config: Mapping[str, Any]) -> None:
    """Hold the questions of a blueprint to the settings that there are.

    Raises:
        ScaffoldError: One has another; names it.
    """
    known = _known_settings()
    for name, settings in config.items():
        if name.startswith("_") or not isinstance(settings, Mapping):
            continue
        for key in settings:
            if key not in known:
                meant = did_you_mean(key, known)
                raise ScaffoldError(f"question {name!r} has an unknown setting {key!r}{meant}")


def _check_settings(name: str, settings: Mapping[str, Any]) -> None:
    if name in _BUILT_IN_NAMES:
        raise ScaffoldError(f"question {name!r} has the name of a function of Copier's")
    for key, value in settings.items():
        if value is not None and not isinstance(value, _SETTING_TYPES.get(key, object)):
            raise ScaffoldError(f"question {name!r}: {key} cannot be {describe(value)}")
    if settings.get("secret") and "default" not in settings:
        raise ScaffoldError(f"question {name!r} is secret and has no default")


def read_choices(name: str, raw: Any) -> tuple[Choice, ...]:
    """Read choices in any of Copier's forms: a list, pairs, or a mapping.

    Raises:
        ScaffoldError: The choices have none of these forms.
    """
    pairs = list(raw.items()) if isinstance(raw, Mapping) else raw
    if not isinstance(pairs, list):
        raise ScaffoldError(f"question {name!r}: choices must be a list or a mapping")
    return tuple(_read_choice(name, item) for item in pairs)


def _read_choice(name: str, item: Any) -> Choice:
    if not isinstance(item, list | tuple):
        return Choice(item if isinstance(item, str) else str(item), item)
    if len(item) != 2:
        raise ScaffoldError(f"question {name!r}: a choice must be a value, or a title and a value")
    title, value = item
    if not isinstance(value, Mapping):
        return Choice(str(title), value)
    if "value" not in value or not isinstance(value.get("validator", ""), str):
        raise ScaffoldError(
            f"question {name!r}: choice {str(title)!r} needs a value, and a text as validator"
        )
    return Choice(
        str(title), value["value"], str(value.get("help", "")), value.get("validator", "")
    )


def blueprint_error(name: str, error: ExpressionError) -> ScaffoldError:
    """Say that a question of the blueprint is wrong, whatever the answers."""
    return ScaffoldError(
        f"question {name!r} of the blueprint is wrong: {printable(str(error))}",
        "mend the blueprint's copier.yml, or tell its authors",
    )


def did_you_mean(word: Any, known: Iterable[Any]) -> str:
    """Suggest the closest of the known words, in parentheses, or nothing."""
    words = {str(item).casefold(): str(item) for item in known}
    close = difflib.get_close_matches(str(word).casefold(), list(words), n=1)
    return f" (did you mean {printable(words[close[0]])}?)" if close else ""


@dataclass
class Situation:
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

    def _render_setting(self, key: str) -> Any:
        try:
            return self.render(getattr(self.question, key))
        except ExpressionError as error:
            raise ExpressionError(f"{key}: {error}") from error

    @cached_property
    def type(self) -> str:
        """The question's type."""
        found = self._render_setting("type")
        if found not in TYPES:
            raise ExpressionError(f"type: {found!r} is none of {', '.join(TYPES)}")
        return str(found)

    @cached_property
    def visible(self) -> bool:
        """Whether the question counts, its condition being met."""
        return cast_bool(self._render_setting("when"))

    @cached_property
    def asked(self) -> bool:
        """Whether a prompt may ask."""
        return cast_bool(self._render_setting("ask"))

    @cached_property
    def multiline(self) -> bool:
        """Whether the answer may have several lines."""
        return cast_bool(self._render_setting("multiline"))

    @cached_property
    def help(self) -> str:
        """What is asked for."""
        return str(self._render_setting("help"))

    @cached_property
    def placeholder(self) -> str:
        """What an empty field shows."""
        return str(self._render_setting("placeholder"))

    @cached_property
    def choices(self) -> tuple[Choice, ...]:
        """The choices, their values cast to the question's type."""
        found = self.question.choices
        if isinstance(found, str):
            found = self._read_choices(self._render_setting("choices"))
        return tuple(self._evaluate(choice) for choice in found)

    def _read_choices(self, text: str) -> tuple[Choice, ...]:
        try:
            return read_choices(self.question.name, read_document("yaml", text) or [])
        except Refused as error:
            raise ExpressionError(f"choices: the text {error}") from error

    def _evaluate(self, choice: Choice) -> Choice:
        try:
            title, value = str(self.render(choice.title)), self.render(choice.value)
            return replace(
                choice,
                title=title,
                value=cast(self.type, title if value is None else value),
                disabled=str(self.render(choice.disabled)),
            )
        except Refused as error:
            raise ExpressionError(f"choice {choice.title!r}: {error}") from error

    @cached_property
    def default(self) -> Any:
        """The blueprint's default, cast; `MISSING` where there is none.

        Raises:
            ExpressionError: The default cannot be evaluated or is none of the choices.
        """
        raw = self._raw_default()
        if raw is MISSING:
            return MISSING
        try:
            return self.cast(raw)
        except Refused as error:
            raise ExpressionError(f"default: {error}") from error

    def _raw_default(self) -> Any:
        raw = self.question.default
        if isinstance(raw, Missing) or not self.expressions.is_template(raw):
            return raw if isinstance(raw, Missing) else self.render(raw)
        try:
            return self.render(raw, {"UNSET": unset()})
        except UnsetDefault:
            return MISSING
        except ExpressionError as error:
            raise ExpressionError(f"default: {error}") from error

    def cast(self, value: Any) -> Any:
        """Read a value of the blueprint's own, or of a record, as leniently as Copier does.

        Raises:
            Refused: The value cannot be cast, or is none of the choices.
        """
        if not self.question.multiselect:
            return self._pick(cast(self.type, value))
        items = yaml_items(value) if isinstance(value, str) else value
        if not isinstance(items, list | tuple):
            raise Refused(f"must be a list, not {describe(value)}")
        return self._pick_many([cast(self.type, item) for item in items])

    def accept(self, given: Given) -> Any:
        """Hold a given value to the question: its type, its choices, its validator.

        Raises:
            Refused: The value is refused; the message says why.
        """
        value = self._read_text(given.value) if given.needs_parsing else self._read_typed(given)
        return self._checked(value)

    def accept_reply(self, value: Any) -> Any:
        """Hold what a prompt gave to the question, as `accept` does.

        Raises:
            Refused: The value is refused; the message says why.
        """
        if isinstance(value, str) and not self.choices:
            return self._checked(self._read_text(value))
        return self._checked(self._read_typed(Given(value, "prompt")))

    def accept_again(self, value: Any) -> Any:
        """Hold an answer that was accepted once to the answers before it as they are now.

        Raises:
            Refused: The value is refused by now; the message says why.
        """
        many = self.question.multiselect
        return self._checked(self._pick_many(value) if many else self._pick(value))

    def accept_prior(self, value: Any) -> Any:
        """Hold a recorded or habitual answer to the question, reading it as Copier does.

        Raises:
            Refused: The value is of no use any more; the message says why.
        """
        if self.type == "bool" and isinstance(value, str):
            value = parse("bool", value)
        if self.type in {"json", "yaml"} and isinstance(value, str):
            value = document_text(self.type, value)
        value = self.cast(value)
        check_texts(value, lines=True)
        self._validate(value)
        return value

    def _read_text(self, text: str) -> Any:
        check_texts(text, lines=self._takes_lines)
        if not self.question.multiselect:
            return self._pick(parse(self.type, text))
        return self._pick_many([parse(self.type, item) for item in split_list(text)])

    def _read_typed(self, given: Given) -> Any:
        check_texts(given.value, lines=self._takes_lines)
        if not self.question.multiselect:
            return self._pick(typed(self.type, given.value, given.raw))
        if not isinstance(given.value, list | tuple):
            raise Refused(f"must be a list of choices, not {describe(given.value)}")
        return self._pick_many([typed(self.type, item) for item in given.value])

    @property
    def _takes_lines(self) -> bool:
        return self.multiline or self.type not in {"str", "path"} or bool(self.choices)

    def _checked(self, value: Any) -> Any:
        check_texts(value, lines=self._takes_lines)
        self._validate(value)
        return value

    def _validate(self, value: Any) -> None:
        if not self.question.validator:
            return
        try:
            message = self.render(self.question.validator, {self.question.name: value}).strip()
        except ExpressionError as error:
            message = str(error)
        if message:
            raise Refused(message)

    def problem_with(self, value: Any) -> str:
        """Say what the validator finds wrong with a value; empty if nothing."""
        try:
            self._validate(value)
        except Refused as error:
            return str(error)
        return ""

    def _pick(self, value: Any) -> Any:
        if not self.choices:
            return value
        matching = [choice for choice in self.choices if same(choice.value, value)]
        for choice in matching:
            if not choice.disabled:
                return choice.value
        if matching:
            raise Refused(f"{describe(value)} cannot be chosen: {matching[0].disabled}")
        raise Refused(self._no_choice(value))

    def _pick_many(self, values: list[Any]) -> list[Any]:
        """Order the values as the choices are, without repetitions."""
        picked = [self._pick(value) for value in values]
        if not self.choices:
            return picked
        return [
            choice.value
            for choice in self.choices
            if not choice.disabled and any(same(choice.value, value) for value in picked)
        ]

    def _no_choice(self, value: Any) -> str:
        offered = [choice for choice in self.choices if not choice.disabled]
        words = [spelled(choice.value) for choice in offered]
        titles = {choice.title.casefold(): choice.value for choice in offered}
        if str(value).casefold() in titles:
            hint = f" (did you mean {spelled(titles[str(value).casefold()])}?)"
        else:
            hint = did_you_mean(value, words)
        return f"must be one of {', '.join(words)}, not {describe(value)}{hint}"

    def expected(self) -> str:
        """Say in words what would answer the question."""
        if not self.choices:
            return expected(self.type)
        words = ", ".join(spelled(choice.value) for choice in self.choices if not choice.disabled)
        return f"some of {words}" if self.question.multiselect else f"one of {words}"


def spelled(value: Any) -> str:
    """Spell a choice's value for a message."""
    if isinstance(value, str) and value.isprintable() and value == value.strip() != "":
        return shorten(value)
    return quoted(value) if isinstance(value, str) else describe(value).removeprefix("the number ")
