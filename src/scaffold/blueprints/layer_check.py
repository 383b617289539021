"""Checks of a layered blueprint as its author wrote it: nothing is dropped in silence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import ScaffoldError
from .layer_questions import get_question_type
from .layers import BASE, LAYER_FILE, PARTS, SHARED, Layer, list_used

REQUIREMENT_PARTS = ("dependencies", "dev-dependencies", "requirements", "dev-requirements")
TEMPLATE_SUFFIX = ".jinja"
_INCLUDE = re.compile(
    r"""\{%[-+]?\s*include\s+["']parts/([^"']+)["'](\s+ignore\s+missing)?[^%]*%\}"""
)


def check_conditions(layers: Sequence[Layer], config: Mapping[str, Any]) -> None:
    """Refuse layers that no answer can select, and conditions that name no answer.

    Raises:
        ScaffoldError: There is one; names it and the next step.
    """
    if SHARED in config:
        message = f"a question is called {SHARED}, like the folder of shared layers"
        raise ScaffoldError(message, "Give the question another name.")
    used = set[str]().union(*(list_used(layer, layers) for layer in layers if not layer.is_shared))
    for layer in layers:
        if layer.is_shared and layer.name not in used:
            hint = f"Name it under `uses:` in a {LAYER_FILE}, or delete it."
            raise ScaffoldError(f"no layer uses {layer.name}", hint)
        for question, answer in layer.conditions:
            _refuse_unreachable(f"the layer {layer.name}", question, answer, layers, config)
        where = f"{layer.folder / LAYER_FILE}: excludes"
        for question, reasons in layer.excludes.items():
            for answer in reasons:
                _refuse_unreachable(where, question, answer, layers, config)
        _refuse_pointless_settings(layer, config)


def _refuse_unreachable(
    what: str, question: str, answer: str, layers: Sequence[Layer], config: Mapping[str, Any]
) -> None:
    kind = get_question_type(config, question)
    if kind is None:
        questions = [name for name in config if not name.startswith("_")]
        hint = f"Questions: {', '.join(questions)}."
        raise ScaffoldError(f"{what} needs the question {question}, which does not exist", hint)
    known = {layer.answer for layer in layers if layer.question == question}
    if kind == "bool":
        known = {"yes", "no"}
    elif "choices" in config[question]:
        known = _list_stated_choices(config[question]["choices"]) or known
    if answer not in known:
        hint = f"Answers: {', '.join(sorted(known))}."
        raise ScaffoldError(f"{what} needs {question}={answer}, which no answer can be", hint)


def _list_stated_choices(stated: Any) -> set[str]:
    """List the choices in ``copier.yml``; empty where a template makes them."""
    values = stated.values() if isinstance(stated, dict) else stated
    if isinstance(values, str):
        return set()
    plain = (v.get("value") if isinstance(v, dict) else v for v in values)
    return {str(v[-1]) if isinstance(v, list) else str(v) for v in plain}


def _refuse_pointless_settings(layer: Layer, config: Mapping[str, Any]) -> None:
    where, kind = layer.folder / LAYER_FILE, get_question_type(config, layer.question)
    if (layer.when or layer.excludes) and not kind:
        message = f"{where}: when and excludes are for a choice of a question"
        raise ScaffoldError(message, "Leave them out.")
    if (layer.group or layer.facts) and kind in {None, "bool"}:
        message = f"{where}: group and facts are for one of several choices"
        raise ScaffoldError(message, "Leave them out.")


def check_parts(
    layers: Sequence[Layer], chosen: Sequence[Layer], config: Mapping[str, Any]
) -> None:
    """Refuse parts that no template takes, and templates that take a part nobody brings.

    Args:
        layers: All layers of the blueprint.
        chosen: Those that the answers select.
        config: Its ``copier.yml``, whose texts may take parts, too.

    Raises:
        ScaffoldError: There is one; names it and the next step.
    """
    found = list(_list_taken(layers, config))
    taken = {one.part for one in found}
    for layer in layers:
        for part in layer.parts():
            if part.as_posix() not in taken:
                message = f"no template takes the part {part} of the layer {layer.name}"
                hint = f'Write {{% include "{PARTS}/{part}" %}} in a template, or rename it.'
                raise ScaffoldError(message, hint)
    _refuse_missing(found, layers, "no layer")
    names = {"", *(layer.name for layer in chosen)}
    others = ", ".join(layer.name for layer in chosen if layer.name != BASE)
    _refuse_missing([one for one in found if one.layer in names], chosen, f"none of {others}")


def _refuse_missing(found: Iterable[_Taken], layers: Iterable[Layer], nobody: str) -> None:
    brought = {part.as_posix() for layer in layers for part in layer.parts()}
    for one in found:
        if one.part not in brought.union(REQUIREMENT_PARTS) and not one.may_be_missing:
            message = f"{one.where} takes the part {one.part}, which {nobody} brings"
            hint = f'Bring it, or write {{% include "{PARTS}/{one.part}" ignore missing %}}.'
            raise ScaffoldError(message, hint)


class _Taken(NamedTuple):
    """A part that a template takes; the layer's name is empty for ``copier.yml``."""

    part: str
    layer: str
    where: str
    may_be_missing: bool


def _list_taken(layers: Iterable[Layer], config: Mapping[str, Any]) -> Iterator[_Taken]:
    texts = [("", "copier.yml", text) for text in _list_texts(config)]
    for layer in layers:
        paths = [p for p in layer.files() if p.name.endswith(TEMPLATE_SUFFIX)]
        paths += [Path(PARTS, part) for part in layer.parts()]
        texts += [(layer.name, f"{layer.name}/{p}", _read(layer.folder / p)) for p in paths]
    for name, where, text in texts:
        for part, may_be_missing in _INCLUDE.findall(text):
            yield _Taken(part, name, where, bool(may_be_missing))


def _list_texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _list_texts(item)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
