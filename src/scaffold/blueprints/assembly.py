"""Assemble the layers that the answers select into one Copier template."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ScaffoldError
from .layer_check import TEMPLATE_SUFFIX, check_parts
from .layer_questions import list_layer_choices
from .layers import PARTS, Layer, select_layers

if TYPE_CHECKING:
    from ..questions import Choice


def assemble_template(
    layers: Sequence[Layer],
    answers: Mapping[str, Any],
    config: Mapping[str, Any],
    into: Path,
    *,
    link: bool = False,
    strict: bool = False,
) -> None:
    """Assemble the selected layers into one Copier template.

    Args:
        layers: All layers of the blueprint.
        answers: The answers, by question.
        config: The blueprint's ``copier.yml``.
        into: An empty folder; it gets ``copier.yml``, ``template/`` and ``parts/``.
        link: Link the layers' files instead of copying, which is faster; only for layers that
            nobody else uses.
        strict: Refuse a part that is taken and not brought, instead of leaving it empty, and a
            part that is brought and not taken.

    Raises:
        ScaffoldError: Two layers write one path, or a part is missing or not taken.
    """
    import yaml

    chosen = select_layers(layers, answers)
    offered = list_layer_choices(layers, config)
    whole = {name: _strip_question(entry, offered.get(name, ())) for name, entry in config.items()}
    whole["_subdirectory"] = "template"
    if strict:
        check_parts(layers, chosen, config)
    _lay_files(chosen, into / "template", os.link if link else _copy)
    _lay_parts(chosen if strict else layers, chosen, into / PARTS)
    text = yaml.safe_dump(whole, sort_keys=False, allow_unicode=True)
    (into / "copier.yml").write_text(text, encoding="utf-8")


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


def _lay_parts(bringing: Iterable[Layer], chosen: Sequence[Layer], folder: Path) -> None:
    """Write the parts that some layers bring, each joined from those of the chosen layers."""
    slots = {slot for layer in bringing for slot in layer.parts()}
    by_order = sorted(chosen, key=lambda layer: (layer.part_order, layer.name))
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
