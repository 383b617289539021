"""Choices, conditions and hidden values that layers bring to the questions of a blueprint."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import ScaffoldError
from .layers import BASE, LAYER_FILE, Layer, list_used

if TYPE_CHECKING:
    from ..questions import Choice


def list_layer_choices(
    layers: Sequence[Layer], config: Mapping[str, Any]
) -> dict[str, list[Choice]]:
    """List the choices of each question that has layers, without yes-or-no questions.

    Raises:
        ScaffoldError: A layer is always chosen, but its question takes only one choice.
    """
    choices: dict[str, list[Choice]] = {}
    for layer in layers:
        question = config.get(layer.question)
        takes_several = isinstance(question, dict) and question.get("multiselect")
        if layer.always and not takes_several:
            where = layer.folder / LAYER_FILE
            hint = f"Leave it out, or give {layer.question or 'it'} multiselect: true."
            raise ScaffoldError(f"{where}: always needs a question with several choices", hint)
        if get_question_type(config, layer.question) not in (None, "bool"):
            choices.setdefault(layer.question, []).append(_make_choice(layer, layers, config))
    return choices


def add_layer_settings(layers: Sequence[Layer], config: Mapping[str, Any]) -> dict[str, Any]:
    """Add the cost and the conditions of "yes" to yes-or-no questions; return all questions."""
    whole = dict(config)
    for layer in layers:
        if layer.answer != "yes" or get_question_type(config, layer.question) != "bool":
            continue
        name, question = layer.question, dict(whole[layer.question])
        choice = _make_choice(layer, layers, config)
        if choice.cost:
            question["help"] = f"{question.get('help', name)} ({choice.cost})"
        if choice.disabled:
            question["choices"] = {
                "Yes": {"value": True, "validator": choice.disabled},
                "No": False,
            }
        whole[name] = question
    return whole


def _make_choice(layer: Layer, layers: Sequence[Layer], config: Mapping[str, Any]) -> Choice:
    """Make the choice of a layer; the shared layers that come with it count as its own."""
    from ..questions import Choice

    used = list_used(layer, layers)
    added = [layer, *(other for other in layers if other.name in used)]
    return Choice(
        layer.title,
        layer.answer,
        layer.help,
        disabled=_make_reason(layer, config),
        group=layer.group,
        facts=layer.facts,
        files=sum(1 for one in added for _ in one.files()),
        dependencies=tuple(sorted({item for one in added for item in one.dependencies})),
        always=layer.always,
    )


def _make_reason(layer: Layer, config: Mapping[str, Any]) -> str:
    """Make the template of the reason why a layer cannot be chosen; empty if it always can."""
    cases = [(f"not ({needed})", reason) for needed, reason in layer.when.items()]
    for question, reasons in layer.excludes.items():
        cases += [(make_condition(question, a, config), why) for a, why in reasons.items()]
    return _make_cases(cases)


def make_condition(question: str, answer: str, config: Mapping[str, Any]) -> str:
    """Make the Jinja expression that is true where an answer selects a layer's folder."""
    if get_question_type(config, question) == "bool":
        return question if answer == "yes" else f"not {question}"
    several = config[question].get("multiselect")
    return f"{json.dumps(answer)} {'in' if several else '=='} {question}"


def _make_cases(cases: Sequence[tuple[str, str]], otherwise: str = "") -> str:
    """Make a template that gives the text of the first condition that is true."""
    if not cases:
        return otherwise
    tests = [f"{{% {'elif' if n else 'if'} {case[0]} %}}{case[1]}" for n, case in enumerate(cases)]
    return f"{''.join(tests)}{{% else %}}{otherwise}{{% endif %}}"


def get_question_type(config: Mapping[str, Any], question: str) -> str | None:
    """Get the type of a question; None if there is no such question."""
    settings = config.get(question)
    return str(settings.get("type", "str")) if isinstance(settings, dict) else None


def add_values(layers: Sequence[Layer], config: Mapping[str, Any]) -> dict[str, Any]:
    """Add a hidden question for each value that layers bring, after the one that decides it.

    Raises:
        ScaffoldError: A value has a question's name, or two layers that may meet bring it, or a
            choice leaves it out and the base does not bring it.
    """
    whole: dict[str, Any] = {}
    waiting = {name: _make_value(name, layers, config) for name in _list_value_names(layers)}
    for name in waiting.keys() & config.keys():
        message = f"the value {name} has the name of a question"
        raise ScaffoldError(message, "Give it another name in the layer.yml files.")
    whole |= {name: hidden for name, (decides, hidden) in waiting.items() if not decides}
    for question, settings in config.items():
        whole[question] = settings
        whole |= {
            name: hidden for name, (decides, hidden) in waiting.items() if decides == question
        }
    return whole


def _list_value_names(layers: Sequence[Layer]) -> list[str]:
    return list(dict.fromkeys(name for layer in layers for name in layer.values))


def _make_value(
    name: str, layers: Sequence[Layer], config: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Make the hidden question of a value, and name the question that decides it; empty: none."""
    found = dict(_find_values(name, layers))
    base = found.pop("", None)
    questions = {choice.question: choice for choice in layers if choice.name in found}
    if len(questions) > 1 or any(config.get(q, {}).get("multiselect") for q in questions):
        raise ScaffoldError(
            f"the value {name} is brought by layers that may be chosen together: "
            f"{', '.join(found)}",
            "Let the choices of one question with a single answer bring it.",
        )
    question = next(iter(questions), "")
    choices = [layer for layer in layers if question and layer.question == question]
    if base is None and (missing := [c.name for c in choices if c.name not in found]):
        message = f"the value {name} is not brought by {', '.join(missing)}"
        raise ScaffoldError(message, f"Bring it there, or in {BASE}.")
    cases = [
        (make_condition(question, layer.answer, config), found[layer.name])
        for layer in choices
        if layer.name in found
    ]
    text = _make_cases(cases, base or "")
    return question, {"type": "str", "default": text, "when": False}


def _find_values(name: str, layers: Sequence[Layer]) -> Iterator[tuple[str, str]]:
    """Find the text that each choice gives a value, its own before a used one; of the base: ""."""
    shared = {layer.name: layer for layer in layers if layer.is_shared}
    for layer in layers:
        used = [shared[other] for other in sorted(list_used(layer, layers))]
        texts = {one.name: one.values[name] for one in (layer, *used) if name in one.values}
        own = texts.pop(layer.name, None)
        if own is None and len(texts) > 1:
            message = f"{layer.name} uses {' and '.join(texts)}, which both bring the value {name}"
            raise ScaffoldError(message, f"Bring it in {layer.name}.")
        if layer.is_shared or (own is None and not texts):
            continue
        if len(layer.conditions) > 1:
            message = f"{layer.name} brings the value {name}, but depends on several answers"
            raise ScaffoldError(message, "Let the choices of one question bring it.")
        yield (
            ("" if layer.name == BASE else layer.name),
            own if own is not None else texts.popitem()[1],
        )
