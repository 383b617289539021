"""Layered blueprints: the layers of one, and those that the answers select.

``layers/base`` is always laid; ``layers/<question>/<answer>`` if the answer equals ``<answer>`` or,
where several may be chosen, includes it; ``layers/<question>+<question>/<answer>+<answer>`` if all
of them do; ``layers/shared/<name>`` if a layer that is laid uses it. The folder is the condition.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ScaffoldError
from ..host import read_yaml

LAYER_FILE = "layer.yml"
BLUEPRINT_KEYS = ("title", "description", "version", "format", "presets", "first_run")
FORMATS = (1, 2)
PARTS = "parts"
SHARED = "shared"
BASE = "base"


@dataclass(frozen=True)
class Layer:
    """A folder of a blueprint that is laid over the others when answers select it.

    Attributes:
        name: Its folder below ``layers``, as messages name it.
        folder: Its path.
        conditions: The questions and the answers that select it together; none for the base and
            for shared layers.
        title: The title of the choice.
        help: One line that explains the choice.
        group: The heading that the choice stands under; may be empty.
        facts: Short texts that compare it with the other choices, by name.
        order: Its place among choices, lower first.
        part_order: The place of its parts among those of others, lower first.
        always: Whether every answer to the question selects it.
        dependencies: Requirements of the generated package.
        dev_dependencies: Requirements of its developers.
        uses: Names of shared layers that are laid with it.
        values: Texts for the blueprint's templates, by name; may be templates.
        when: Reasons why it cannot be chosen unless an expression is true, by expression.
        excludes: Reasons why it cannot be chosen beside an answer, by question and answer.
    """

    name: str
    folder: Path
    conditions: tuple[tuple[str, str], ...]
    title: str
    help: str
    group: str
    facts: Mapping[str, str]
    order: int
    part_order: int
    always: bool
    dependencies: tuple[str, ...]
    dev_dependencies: tuple[str, ...]
    uses: tuple[str, ...]
    values: Mapping[str, str]
    when: Mapping[str, str]
    excludes: Mapping[str, Mapping[str, str]]

    @property
    def question(self) -> str:
        """The question whose choice it is; empty for the base, shared layers and combinations."""
        return self.conditions[0][0] if len(self.conditions) == 1 else ""

    @property
    def answer(self) -> str:
        """The answer whose choice it is; empty like the question."""
        return self.conditions[0][1] if len(self.conditions) == 1 else ""

    @property
    def is_shared(self) -> bool:
        """True if it is laid only where another layer uses it."""
        return self.name.startswith(f"{SHARED}/")

    def files(self) -> Iterator[Path]:
        """List the paths of the files that it writes, relative to its folder."""
        for relative in list_files_below(self.folder):
            if relative.parts[0] != PARTS and relative != Path(LAYER_FILE):
                yield relative

    def parts(self) -> Iterator[Path]:
        """List the paths of its parts, relative to its folder of parts."""
        return list_files_below(self.folder / PARTS)


def list_files_below(folder: Path) -> Iterator[Path]:
    """List files and links, relative to the folder, sorted; without ``__pycache__``."""
    found = []
    for path, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        links = [name for name in folders if Path(path, name).is_symlink()]
        found += [Path(path, name).relative_to(folder) for name in (*files, *links)]
    return iter(sorted(found))


def is_layered(blueprint: Path) -> bool:
    """Tell whether a folder holds a layered blueprint; else it is a plain Copier template."""
    return (blueprint / "layers" / BASE).is_dir()


def load_mapping(path: Path) -> dict[str, Any]:
    """Load the mapping in a small YAML file of a blueprint.

    Raises:
        ScaffoldError: It cannot be read or is not a mapping.
    """
    import yaml

    try:
        data = read_yaml(path.read_bytes(), str(path))
    except OSError as error:
        hint = "Make it a file that you may read."
        raise ScaffoldError(f"{path} cannot be read: {error.strerror}", hint) from None
    except yaml.YAMLError as error:
        hint = "Correct it at the line below."
        raise ScaffoldError(f"{path} is not valid YAML", hint, [str(error)]) from None
    if not isinstance(data, dict):
        raise ScaffoldError(f"{path} is not a mapping", "Write `key: value` lines.")
    return data


def read_format(about: Mapping[str, Any]) -> int:
    """Read the format of a blueprint; 1 if it states none.

    Raises:
        ScaffoldError: This version of the tool does not know it.
    """
    stated = about.get("format", FORMATS[0])
    if stated not in FORMATS:
        message = f"blueprint.yml: format {stated!r} is unknown to this version of scaffold"
        raise ScaffoldError(message, f"Upgrade scaffold, or write one of {FORMATS}.")
    return int(stated)


def find_layers(blueprint: Path) -> tuple[Layer, ...]:
    """Find all layers of a blueprint: the base, shared ones, then by question, order and answer.

    Raises:
        ScaffoldError: A ``layer.yml`` is not right, or a layer uses one that does not exist.
    """
    root = blueprint / "layers"
    folders = sorted(p for p in root.iterdir() if p.is_dir() and p.name not in (BASE, SHARED))
    found = [_load_layer(root / BASE, BASE, ())]
    for group in [root / SHARED, *folders]:
        answers = [p for p in group.iterdir() if p.is_dir()] if group.is_dir() else []
        loaded = [_load_layer(p, f"{group.name}/{p.name}", _read_conditions(p)) for p in answers]
        found += sorted(loaded, key=lambda layer: (layer.order, layer.name))
    _refuse_unknown_uses(found)
    return tuple(found)


def _read_conditions(folder: Path) -> tuple[tuple[str, str], ...]:
    group = folder.parent.name
    if group == SHARED:
        return ()
    questions = group.split("+")
    answers = folder.name.split("+") if len(questions) > 1 else [folder.name]
    if len(answers) != len(questions):
        hint = f"Name an answer to each of {', '.join(questions)}, with a + between them."
        raise ScaffoldError(f"{folder} does not name {len(questions)} answers", hint)
    return tuple(zip(questions, answers, strict=True))


def _load_layer(folder: Path, name: str, conditions: tuple[tuple[str, str], ...]) -> Layer:
    path = folder / LAYER_FILE
    about = load_mapping(path)
    for key, value in about.items():
        _check_setting(path, key, value)
    order = about.get("order", 50)
    return Layer(
        name=name,
        folder=folder,
        conditions=conditions,
        title=about.get("title", folder.name),
        help=about.get("help", ""),
        group=about.get("group", ""),
        facts=about.get("facts") or {},
        order=order,
        part_order=about.get("part_order", order),
        always=about.get("always", False),
        dependencies=tuple(about.get("dependencies") or ()),
        dev_dependencies=tuple(about.get("dev_dependencies") or ()),
        uses=tuple(f"{SHARED}/{used}" for used in about.get("uses") or ()),
        values=about.get("values") or {},
        when=about.get("when") or {},
        excludes=about.get("excludes") or {},
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_list(value: Any) -> bool:
    return value is None or (isinstance(value, list) and all(map(_is_text, value)))


def _is_text_by_name(value: Any) -> bool:
    texts = isinstance(value, dict) and all(map(_is_text, (*value, *value.values())))
    return value is None or texts


def _is_nested(value: Any) -> bool:
    return value is None or (isinstance(value, dict) and all(map(_is_text_by_name, value.values())))


_SETTINGS = {
    "title": (_is_text, "a text"),
    "help": (_is_text, "a text"),
    "group": (_is_text, "a text"),
    "facts": (_is_text_by_name, "`name: text` lines"),
    "order": (lambda value: type(value) is int, "a whole number"),
    "part_order": (lambda value: type(value) is int, "a whole number"),
    "always": (lambda value: isinstance(value, bool), "true or false"),
    "dependencies": (_is_list, "a list of texts"),
    "dev_dependencies": (_is_list, "a list of texts"),
    "uses": (_is_list, "a list of texts"),
    "values": (_is_text_by_name, "`name: text` lines"),
    "when": (_is_text_by_name, "`expression: reason` lines"),
    "excludes": (_is_nested, "questions, each with `answer: reason` lines"),
}


def _check_setting(path: Path, key: str, value: Any) -> None:
    refuse_unknown_keys({key: value}, tuple(_SETTINGS), str(path))
    is_right, expected = _SETTINGS[key]
    if not is_right(value):
        raise ScaffoldError(f"{path}: {key} is not {expected}", f"Write {expected}.")


def refuse_unknown_keys(about: Mapping[str, Any], allowed: Sequence[str], where: str) -> None:
    """Refuse a key that has no meaning here.

    Raises:
        ScaffoldError: There is one; lists the known keys.
    """
    if unknown := sorted(str(key) for key in about if key not in allowed):
        hint = f"Known: {', '.join(sorted(allowed))}."
        raise ScaffoldError(f"{where}: unknown key {unknown[0]!r}", hint)


def _refuse_unknown_uses(layers: Sequence[Layer]) -> None:
    shared = [layer.name for layer in layers if layer.is_shared]
    for layer in layers:
        for used in layer.uses:
            if used not in shared:
                hint = f"Shared layers: {', '.join(shared) or 'none'}."
                message = f"{layer.folder / LAYER_FILE}: uses {used}, which does not exist"
                raise ScaffoldError(message, hint)


def list_used(layer: Layer, layers: Iterable[Layer]) -> set[str]:
    """List the names of the shared layers that a layer uses, itself or through others."""
    known = {other.name: other for other in layers}
    found: set[str] = set()
    waiting = [*layer.uses]
    while waiting:
        if (name := waiting.pop()) not in found:
            found.add(name)
            waiting += known[name].uses
    return found


def select_layers(layers: Sequence[Layer], answers: Mapping[str, Any]) -> tuple[Layer, ...]:
    """Select the layers that the answers name, the base and what they use included."""
    chosen = {layer.name for layer in layers if not layer.is_shared and _is_chosen(layer, answers)}
    for layer in layers:
        if layer.name in chosen:
            chosen |= list_used(layer, layers)
    return tuple(layer for layer in layers if layer.name in chosen)


def _is_chosen(layer: Layer, answers: Mapping[str, Any]) -> bool:
    return all(answer in _list_folder_names(answers.get(name)) for name, answer in layer.conditions)


def _list_folder_names(answer: Any) -> tuple[str, ...]:
    if isinstance(answer, bool):
        return ("yes" if answer else "no",)
    if isinstance(answer, list | tuple):
        return tuple(str(item) for item in answer)
    return () if answer is None else (str(answer),)
