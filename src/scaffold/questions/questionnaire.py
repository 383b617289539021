"""Questions of a blueprint: read from its ``copier.yml``, answered in an interview.

They mean what they mean to Copier, whose import would cost more than all of the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import Any, Self

from ..errors import AnswersError, Problem, ScaffoldError
from .display import make_printable, suggest_similar
from .given_answer import FROM_ENVIRONMENT, FROM_FLAG, FROM_PROMPT, Answers, GivenAnswer
from .jinja import Expressions
from .json_schema import make_json_schema
from .question import Choice, Question
from .resolver import BACK, Asker, ResolutionInput, Resolver, Step
from .template_context import make_context
from .values import QUESTION_TYPES


@dataclass(frozen=True)
class Questionnaire:
    """The questions of one blueprint, by name and in order, with what their templates see."""

    questions: Mapping[str, Question]
    expressions: Expressions
    context: Mapping[str, Any]  # names that templates see besides the answers

    @classmethod
    def from_config(
        cls,
        config: Mapping[str, Any],
        root: Path,
        layer_choices: Mapping[str, Sequence[Choice]] | None = None,
        context: Mapping[str, Any] | None = None,
        *,
        trust: bool = False,
        filters: Mapping[str, Callable[..., Any]] = MappingProxyType({}),
    ) -> Self:
        """Read the questions of a blueprint.

        Args:
            config: The content of its ``copier.yml``, as `load_config` gives it.
            root: Its folder.
            layer_choices: Choices that its layers bring, by question.
            context: Names that templates see besides the answers: ``_folder_name``,
                ``_copier_conf``.
            trust: Whether its Jinja extensions, code of its own, may be loaded.
            filters: Filters that its templates may use, besides those of Jinja and Copier.

        Raises:
            ScaffoldError: A question is not stated correctly.
        """
        options = _get_mapping(config, "_envops")
        extensions = tuple(_get_texts(config, "_jinja_extensions"))
        expressions = Expressions(options, root, extensions, trusted=trust, filters=filters)
        external = _get_mapping(config, "_external_data")
        names = make_context(context or {}, expressions, external, root)
        record = config.get("_answers_file", ".copier-answers.yml")
        if not expressions.is_template(record):
            names["_copier_conf"].setdefault("answers_file", PurePath(str(record)))
        return cls(_read_questions(config, layer_choices or {}, expressions), expressions, names)

    @property
    def answerable(self) -> list[str]:
        """Names of the questions that may be answered: the blueprint does not compute them."""
        return [name for name, item in self.questions.items() if not item.is_computed]

    def resolve(
        self, given: Mapping[str, GivenAnswer], *, defaults: bool, ask: Asker | None = None
    ) -> Answers:
        """Answer all questions.

        Args:
            given: Values that were given, by question.
            defaults: Whether defaults answer the other questions; nobody is asked then.
            ask: Asks a person; None where nobody can be asked.

        Raises:
            AnswersError: Answers are unknown, missing or invalid: all of them.
            ScaffoldError: The blueprint's questions are wrong.
        """
        interview = self.start_interview(given, defaults=defaults, asking=ask is not None)
        while (answers := interview.ask(ask)) is None:
            pass
        return answers

    def start_interview(
        self, given: Mapping[str, GivenAnswer], *, defaults: bool, asking: bool
    ) -> Interview:
        """Prepare to `resolve`, for callers that let a preset answer or a person edit answers."""
        return Interview(
            self._make_inputs(given, defaults=defaults, asking=asking and not defaults)
        )

    def resolve_once(self, given: Mapping[str, GivenAnswer]) -> Resolver:
        """Visit each question once, as if a person could be asked."""
        return Resolver(self._make_inputs(given, defaults=False, asking=True), {}, {}).run()

    def _make_inputs(
        self, given: Mapping[str, GivenAnswer], *, defaults: bool, asking: bool
    ) -> ResolutionInput:
        return ResolutionInput(
            self.questions, self.expressions, self.context, given, defaults, asking
        )

    def make_schema(self) -> dict[str, Any]:
        """Make the JSON Schema (2020-12) of an answers file."""
        return make_json_schema(self.questions, self.expressions, self.context)


def _read_questions(
    config: Mapping[str, Any],
    layer_choices: Mapping[str, Sequence[Choice]],
    expressions: Expressions,
) -> dict[str, Question]:
    secrets = set(_get_texts(config, "_secret_questions"))
    questions = {}
    for name, entry in config.items():
        if name.startswith("_"):
            continue
        settings = entry if isinstance(entry, Mapping) else {"default": entry}
        if name in secrets:
            settings = {**settings, "secret": True}
        question = Question.from_config(name, settings, layer_choices.get(name))
        if question.type not in QUESTION_TYPES and not expressions.is_template(question.type):
            known = ", ".join(QUESTION_TYPES)
            raise ScaffoldError(f"question {name!r}: type {question.type!r} is not one of {known}")
        questions[name] = question
    return questions


def _get_mapping(config: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = config.get(key) or {}
    if not isinstance(value, Mapping):
        raise ScaffoldError(f"{key} of the blueprint must be a mapping, not {value!r}")
    return value


def _get_texts(config: Mapping[str, Any], key: str) -> list[str]:
    value = config.get(key) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ScaffoldError(f"{key} of the blueprint must be a list of texts, not {value!r}")
    return value


class Interview:
    """Answers as they come about: asked for, taken back, edited, until every question has one.

    Each reply makes a new `Resolver`, which starts at the first question. So conditions, defaults
    and choices always fit the answers, also after going back. `has_asked` tells whether a person
    answered anything.
    """

    def __init__(self, inputs: ResolutionInput) -> None:
        given, self._problems = _sort_by_question(inputs)
        self._inputs = replace(inputs, given=given)
        self._replies: dict[str, Any] = {}
        self._withdrawn: dict[str, Any] = {}
        self._edited = ""
        self.has_asked = False

    def secret_answers(self) -> Iterator[Any]:
        """List the answers to secret questions so far, for reports that must not show them."""
        for name in (n for n, question in self._inputs.questions.items() if question.secret):
            if name in self._inputs.given:
                yield self._inputs.given[name].value
            yield from (known[name] for known in (self._replies, self._withdrawn) if name in known)

    def apply_preset(
        self,
        given: Mapping[str, GivenAnswer],
        ask_only: tuple[str, ...] | None,
        before: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        """Let a preset answer, and ask only for the other questions.

        Replies to questions that the preset does not ask are set aside.

        Args:
            given: All given answers, the preset's included.
            ask_only: The questions that are still asked; None for all.
            before: The answers until now: prompts start from them where nothing else is given.
        """
        known, self._problems = _sort_by_question(replace(self._inputs, given=given))
        self._inputs = replace(self._inputs, given=known, ask_only=ask_only)
        start = {name: value for name, value in before.items() if name not in known}
        self._withdrawn = start | self._withdrawn
        for name in [name for name in self._replies if not self._inputs.asks(name)]:
            self._withdrawn[name] = self._replies.pop(name)

    def has_open_question(self) -> bool:
        """Tell whether a person still has to be asked.

        Raises:
            AnswersError: Answers are unknown, missing or invalid; names them all.
        """
        return bool(self._resolve().open)

    def ask(self, ask: Asker | None, *, can_go_back: bool = False) -> Answers | None:
        """Ask until every question has an answer.

        Args:
            ask: Asks a person; None where nobody can be asked.
            can_go_back: Whether a person can go back from the first question.

        Returns:
            The answers; None when the person went back from the first question.

        Raises:
            AnswersError: Answers are unknown, missing or invalid; names them all.
        """
        while True:
            resolver = self._resolve()
            if not resolver.open or ask is None:
                return resolver.make_answers()
            step = resolver.make_next_step(can_go_back=can_go_back or bool(self._edited))
            reply = ask(step)
            if reply is not BACK:
                self._take_reply(step, reply)
            elif not self._go_back(step, resolver):
                return None

    def edit(self, name: str) -> None:
        """Ask for an answer again, wherever it came from; going back leaves it unchanged."""
        self._edited = name
        if name in self._replies:
            self._withdrawn[name] = self._replies[name]

    def _resolve(self) -> Resolver:
        resolver = Resolver(self._inputs, self._replies, self._withdrawn, self._edited).run()
        if found := [*self._problems, *resolver.problems]:
            raise AnswersError(found, resolver.hint)
        return resolver

    def _take_reply(self, step: Step, reply: Any) -> None:
        self.has_asked = True
        try:
            self._replies[step.name] = step.check(reply)
        except ValueError as error:
            why = make_printable(str(error))
            raise AnswersError([Problem(FROM_PROMPT, 0, 0, step.name, why)]) from error
        if step.name == self._edited:
            self._edited = ""

    def _go_back(self, step: Step, resolver: Resolver) -> bool:
        if step.name == self._edited:
            self._edited = ""
        elif resolver.replied:
            self._withdrawn[resolver.replied[-1]] = self._replies.pop(resolver.replied[-1])
        else:
            return False
        return True


def _sort_by_question(inputs: ResolutionInput) -> tuple[dict[str, GivenAnswer], list[Problem]]:
    """Give each question its strongest value, and a problem for each value without a question."""
    known: dict[str, GivenAnswer] = {}
    problems: list[Problem] = []
    for name, given in inputs.given.items():
        question = _find_question(name, given, inputs.questions)
        other = inputs.given.get(question)
        if question and (question == name or other is None or other.origin != FROM_FLAG):
            known[question] = given
        elif not question and not given.is_prior and not _is_own_key(name, given):
            problems.append(given.wrong or _make_unknown_problem(name, given, inputs.questions))
    return known, problems


def _find_question(name: str, given: GivenAnswer, questions: Mapping[str, Question]) -> str:
    if name in questions:
        return name
    if given.origin != FROM_ENVIRONMENT:
        return ""
    # Names of environment variables are upper case, questions may be anything.
    return next((known for known in questions if known.upper() == name.upper()), "")


def _is_own_key(name: str, given: GivenAnswer) -> bool:
    """Tell whether the name is a key of a record, which may serve as an answers file."""
    return name.startswith("_") and given.origin not in {FROM_FLAG, FROM_ENVIRONMENT}


def _make_unknown_problem(
    name: str, given: GivenAnswer, questions: Mapping[str, Question]
) -> Problem:
    asked = [question.name for question in questions.values() if not question.is_computed]
    why = f"is not a question of this blueprint{suggest_similar(name, asked)}"
    return Problem(given.source, given.line, given.column, make_printable(name), why)
