"""Layered blueprints: the layers that the answers select, assembled into one Copier template.

``layers/base`` is always laid; ``layers/<question>/<answer>`` if the answer equals ``<answer>``
or, where several may be chosen, includes it. The folder is the condition.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ScaffoldError
from ..host import read_yaml

if TYPE_CHECKING:
    from ..questions import Choice

LAYER_FILE = "layer.yml"
LAYER_KEYS = ("title", "help", "order", "always", "dependencies", "dev_dependencies")
BLUEPRINT_KEYS = ("title", "description", "version", "presets", "first_run")
PARTS = "parts"
TEMPLATE_SUFFIX = ".jinja"


@dataclass(frozen=True)
class Layer:
    """A folder of a blueprint that is laid over the others when an answer selects it.

    Attributes:
        question: The question it belongs to; empty for the base.
        answer: The answer that selects it.
        folder: Its path.
        title: The title of the choice.
        help: One line that explains the choice.
        order: Its place among choices and parts, lower first.
        always: Whether every answer to the question selects it.
        dependencies: Requirements of the generated package.
        dev_dependencies: Requirements of its developers.
    """

    question: str
    answer: str
    folder: Path
    title: str
    help: str
    order: int
    always: bool
    dependencies: tuple[str, ...]
    dev_dependencies: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its name in messages."""
        return f"{self.question}/{self.answer}" if self.question else "base"

    def files(self) -> Iterator[Path]:
        """List the paths of the files that it writes, relative to its folder."""
        for relative in list_files_below(self.folder):
            if relative.parts[0] != PARTS and relative != Path(LAYER_FILE):
                yield relative

    @property
    def cost(self) -> str:
        """Its numbers of files and dependencies, in words; empty if it adds nothing."""
        files, packages = sum(1 for _ in self.files()), len(self.dependencies)
        counted = ((files, "file", "files"), (packages, "dependency", "dependencies"))
        words = [f"{count} {one if count == 1 else many}" for count, one, many in counted if count]
        return f"adds {', '.join(words)}" if words else ""

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
    return (blueprint / "layers" / "base").is_dir()


def load_mapping(path: Path) -> dict[str, Any]:
    """Load the mapping in a small YAML file of a blueprint.

    Raises:
        ScaffoldError: It cannot be read or is not a mapping.
    """
    import yaml

    try:
        data = read_yaml(path.read_bytes(), str(path))
    except OSError as error:
        raise ScaffoldError(f"{path} cannot be read: {error.strerror}") from None
    except yaml.YAMLError as error:
        hint = "Correct it at the line below."
        raise ScaffoldError(f"{path} is not valid YAML", hint, [str(error)]) from None
    if not isinstance(data, dict):
        raise ScaffoldError(f"{path} is not a mapping", "Write `key: value` lines.")
    return data


def find_layers(blueprint: Path) -> tuple[Layer, ...]:
    """Find all layers of a blueprint, the base first, then by question, order and answer."""
    root = blueprint / "layers"
    found = [_load_layer("", root / "base")]
    for question in sorted(p for p in root.iterdir() if p.is_dir() and p.name != "base"):
        answers = (p for p in question.iterdir() if p.is_dir())
        found += sorted(
            (_load_layer(question.name, p) for p in answers), key=lambda it: (it.order, it.answer)
        )
    return tuple(found)


def _load_layer(question: str, folder: Path) -> Layer:
    about = load_mapping(folder / LAYER_FILE)
    refuse_unknown_keys(about, LAYER_KEYS, str(folder / LAYER_FILE))
    return Layer(
        question=question,
        answer=folder.name,
        folder=folder,
        title=str(about.get("title", folder.name)),
        help=str(about.get("help", "")),
        order=int(about.get("order", 50)),
        always=about.get("always") is True,
        dependencies=tuple(about.get("dependencies") or ()),
        dev_dependencies=tuple(about.get("dev_dependencies") or ()),
    )


def refuse_unknown_keys(about: Mapping[str, Any], allowed: Sequence[str], where: str) -> None:
    """Refuse a key that has no meaning here.

    Raises:
        ScaffoldError: There is one; lists the known keys.
    """
    if unknown := sorted(str(key) for key in about if key not in allowed):
        hint = f"Known: {', '.join(sorted(allowed))}."
        raise ScaffoldError(f"{where}: unknown key {unknown[0]!r}", hint)


def list_layer_choices(layers: Iterable[Layer], config: Mapping[str, Any]) -> dict[str, list[Choice]]:
    """List the choices of each question that has layers, without yes-or-no questions.

    Raises:
        ScaffoldError: A layer is always chosen, but its question takes only one choice.
    """
    from ..questions import Choice

    choices: dict[str, list[Choice]] = {}
    for layer in layers:
        question = config.get(layer.question)
        takes_several = isinstance(question, dict) and question.get("multiselect")
        if layer.always and not takes_several:
            where = layer.folder / LAYER_FILE
            hint = f"Leave it out, or give {layer.question or 'it'} multiselect: true."
            raise ScaffoldError(f"{where}: always needs a question with several choices", hint)
        if _get_question_type(config, layer) not in (None, "bool"):
            choice = Choice(
                layer.title, layer.answer, layer.help, cost=layer.cost, always=layer.always
            )
            choices.setdefault(layer.question, []).append(choice)
    return choices


def add_costs(layers: Iterable[Layer], config: Mapping[str, Any]) -> dict[str, Any]:
    """Add the cost of "yes" to the help of yes-or-no questions; return all questions."""
    whole = dict(config)
    for layer in layers:
        if layer.answer == "yes" and layer.cost and _get_question_type(config, layer) == "bool":
            question = whole[layer.question]
            told = f"{question.get('help', layer.question)} ({layer.cost})"
            whole[layer.question] = {**question, "help": told}
    return whole


def _get_question_type(config: Mapping[str, Any], layer: Layer) -> str | None:
    """Get the type of a layer's question; None if there is no such question."""
    question = config.get(layer.question)
    return str(question.get("type", "str")) if isinstance(question, dict) else None


def select_layers(layers: Iterable[Layer], answers: Mapping[str, Any]) -> tuple[Layer, ...]:
    """Select the layers that the answers name, the base included."""
    return tuple(
        layer
        for layer in layers
        if not layer.question or layer.answer in _list_folder_names(answers.get(layer.question))
    )


def _list_folder_names(answer: Any) -> tuple[str, ...]:
    if isinstance(answer, bool):
        return ("yes" if answer else "no",)
    if isinstance(answer, list | tuple):
        return tuple(str(item) for item in answer)
    return () if answer is None else (str(answer),)


def assemble_template(
    layers: Sequence[Layer],
    answers: Mapping[str, Any],
    config: Mapping[str, Any],
    into: Path,
    *,
    link: bool = False,
) -> None:
    """Assemble the selected layers into one Copier template.

    Args:
        layers: All layers of the blueprint.
        answers: The answers, by question.
        config: The blueprint's ``copier.yml``.
        into: An empty folder; it gets ``copier.yml``, ``template/`` and ``parts/``.
        link: Link the layers' files instead of copying, which is faster; only for layers that
            nobody else uses.

    Raises:
        ScaffoldError: Two layers write one path.
    """
    import yaml

    chosen = select_layers(layers, answers)
    _lay_files(chosen, into / "template", os.link if link else _copy)
    _lay_parts(layers, chosen, into / PARTS)
    offered = list_layer_choices(layers, config)
    whole = {name: _strip_question(entry, offered.get(name, ())) for name, entry in config.items()}
    whole["_subdirectory"] = "template"
    (into / "copier.yml").write_text(yaml.safe_dump(whole, sort_keys=False, allow_unicode=True))


def _strip_question(entry: Any, offered: Sequence[Choice]) -> Any:
    """Remove from an answered question the keys for asking it, which Copier would compile."""
    if not isinstance(entry, dict):
        return entry
    several = bool(entry.get("multiselect"))  # Copier takes no list without its choices
    asking = {"help", "validator", "placeholder", *(() if several else ("choices",))}
    kept = {key: value for key, value in entry.items() if key not in asking}
    return kept | {"choices": [c.value for c in offered]} if several and offered else kept


def _lay_files(layers: Iterable[Layer], template: Path, lay: Callable[[Path, Path], None]) -> None:
    template.mkdir(parents=True)
    owners: dict[str, Layer] = {}
    for layer in layers:
        for relative in layer.files():
            final = relative.as_posix().removesuffix(TEMPLATE_SUFFIX)
            if other := owners.get(final):
                raise ScaffoldError(
                    f"the layers {other.name} and {layer.name} both write {final}",
                    "Compose the file from parts, or keep it in one of the two.",
                )
            owners[final] = layer
            target = template / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            _lay(layer.folder / relative, target, lay)


def _lay(source: Path, target: Path, lay: Callable[[Path, Path], None]) -> None:
    try:
        (_copy if source.is_symlink() else lay)(source, target)
    except OSError:  # not every file system has links
        _copy(source, target)


def _copy(source: Path, target: Path) -> None:
    import shutil

    shutil.copy(source, target, follow_symlinks=False)


def _lay_parts(layers: Iterable[Layer], chosen: Sequence[Layer], folder: Path) -> None:
    slots = {slot for layer in layers for slot in layer.parts()}
    by_order = sorted(chosen, key=lambda layer: (layer.order, layer.name))
    texts = {slot.as_posix(): _join_part(slot, by_order) for slot in slots}
    texts |= _list_requirements(chosen)
    for slot, text in texts.items():
        target = folder / slot
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def _join_part(slot: Path, layers: Iterable[Layer]) -> str:
    sources = (layer.folder / PARTS / slot for layer in layers)
    return "".join(path.read_text(encoding="utf-8") for path in sources if path.is_file())


def _list_requirements(layers: Iterable[Layer]) -> dict[str, str]:
    runtime = sorted({item for layer in layers for item in layer.dependencies}, key=str.lower)
    dev = sorted({item for layer in layers for item in layer.dev_dependencies}, key=str.lower)
    return {
        "dependencies": "".join(f'    "{item}",\n' for item in runtime),
        "dev-dependencies": "".join(f'    "{item}",\n' for item in dev),
        "requirements": "".join(f"{item}\n" for item in runtime),
        "dev-requirements": "".join(f"{item}\n" for item in dev),
    }
