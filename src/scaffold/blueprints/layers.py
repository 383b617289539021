"""Layered blueprints: which layers the answers ask for, and one Copier template made of them.

``layers/base`` is always laid; ``layers/<question>/<answer>`` when the answer equals
``<answer>`` or, where several may be chosen, holds it. The folder is the condition.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..host import read_yaml
from ..errors import ScaffoldError
from ..host import make_cache_folder

if TYPE_CHECKING:
    from zipfile import ZipFile

    from ..questions import Choice

DESCRIPTION = "layer.yml"
LAYER_KEYS = ("title", "help", "order", "always", "dependencies", "dev_dependencies")
BLUEPRINT_KEYS = ("title", "description", "version", "presets", "first_run")
PARTS = "parts"
SUFFIX = ".jinja"


@dataclass(frozen=True)
class Layer:
    """A folder of a blueprint that is laid over the others when an answer asks for it.

    Attributes:
        question: The question it belongs to; empty for the base.
        answer: The answer that asks for it.
        folder: Where it is.
        title: The title of the choice.
        help: One line that explains the choice.
        order: Its place among choices and parts, lower first.
        always: Whether every answer asks for it, whatever else is chosen.
        dependencies: Requirements of the generated package.
        dev_dependencies: Requirements of those who develop it.
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
        """How messages call it."""
        return f"{self.question}/{self.answer}" if self.question else "base"

    def files(self) -> Iterator[Path]:
        """Paths of what it writes, relative to its folder, as they are in the blueprint."""
        for relative in _files_below(self.folder):
            if relative.parts[0] != PARTS and relative != Path(DESCRIPTION):
                yield relative

    @property
    def cost(self) -> str:
        """What it adds to a project, in words; empty for nothing."""
        files, packages = sum(1 for _ in self.files()), len(self.dependencies)
        counted = ((files, "file", "files"), (packages, "dependency", "dependencies"))
        words = [f"{count} {one if count == 1 else many}" for count, one, many in counted if count]
        return f"adds {', '.join(words)}" if words else ""

    def parts(self) -> Iterator[Path]:
        """Paths of the parts it brings, relative to its folder of parts."""
        return _files_below(self.folder / PARTS)


def _files_below(folder: Path) -> Iterator[Path]:
    """Files and links, relative to the folder, sorted; without what Python leaves there."""
    found = []
    for path, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        links = [name for name in folders if Path(path, name).is_symlink()]
        found += [Path(path, name).relative_to(folder) for name in (*files, *links)]
    return iter(sorted(found))


def is_layered(blueprint: Path) -> bool:
    """Whether a folder holds a layered blueprint, and not a plain Copier template."""
    return (blueprint / "layers" / "base").is_dir()


def load_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a small YAML file of a blueprint.

    Raises:
        ScaffoldError: It cannot be read or holds no mapping.
    """
    import yaml

    try:
        data = read_yaml(path.read_bytes(), str(path))
    except OSError as error:
        raise ScaffoldError(f"{path} cannot be read: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise ScaffoldError(f"{path} is not valid YAML", "Mend it.", [str(error)]) from None
    if not isinstance(data, dict):
        raise ScaffoldError(f"{path} holds no mapping", "Write `key: value` lines.")
    return data


def find_layers(blueprint: Path) -> tuple[Layer, ...]:
    """All layers of a blueprint, the base first, then by question, order and answer."""
    root = blueprint / "layers"
    found = [_layer("", root / "base")]
    for question in sorted(p for p in root.iterdir() if p.is_dir() and p.name != "base"):
        answers = (p for p in question.iterdir() if p.is_dir())
        found += sorted(
            (_layer(question.name, p) for p in answers), key=lambda it: (it.order, it.answer)
        )
    return tuple(found)


def _layer(question: str, folder: Path) -> Layer:
    about = load_yaml(folder / DESCRIPTION)
    refuse_unknown(about, LAYER_KEYS, str(folder / DESCRIPTION))
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


def refuse_unknown(about: Mapping[str, Any], allowed: Sequence[str], where: str) -> None:
    """Refuse a key that nobody reads: it is a slip.

    Raises:
        ScaffoldError: There is one.
    """
    if unknown := sorted(str(key) for key in about if key not in allowed):
        hint = f"Known: {', '.join(sorted(allowed))}."
        raise ScaffoldError(f"{where}: unknown key {unknown[0]!r}", hint)


def layer_choices(layers: Iterable[Layer], config: Mapping[str, Any]) -> dict[str, list[Choice]]:
    """The choices of each question that has layers; yes and no questions need none.

    Raises:
        ScaffoldError: A layer is always chosen where only one can be.
    """
    from ..questions import Choice

    choices: dict[str, list[Choice]] = {}
    for layer in layers:
        question = config.get(layer.question)
        takes_several = isinstance(question, dict) and question.get("multiselect")
        if layer.always and not takes_several:
            where = layer.folder / DESCRIPTION
            hint = f"Leave it out, or give {layer.question or 'it'} multiselect: true."
            raise ScaffoldError(f"{where}: always needs a question with several choices", hint)
        if _asks_for(config, layer) not in (None, "bool"):
            choice = Choice(
                layer.title, layer.answer, layer.help, cost=layer.cost, always=layer.always
            )
            choices.setdefault(layer.question, []).append(choice)
    return choices


def with_costs(layers: Iterable[Layer], config: Mapping[str, Any]) -> dict[str, Any]:
    """The questions, where the help of one that is answered by yes tells what that brings."""
    whole = dict(config)
    for layer in layers:
        if layer.answer == "yes" and layer.cost and _asks_for(config, layer) == "bool":
            question = whole[layer.question]
            told = f"{question.get('help', layer.question)} ({layer.cost})"
            whole[layer.question] = {**question, "help": told}
    return whole


def _asks_for(config: Mapping[str, Any], layer: Layer) -> str | None:
    """The type of a layer's question; None where there is no such question."""
    question = config.get(layer.question)
    return str(question.get("type", "str")) if isinstance(question, dict) else None


def active(layers: Iterable[Layer], answers: Mapping[str, Any]) -> tuple[Layer, ...]:
    """The layers that the answers ask for."""
    return tuple(
        layer
        for layer in layers
        if not layer.question or layer.answer in _folders(answers.get(layer.question))
    )


def _folders(answer: Any) -> tuple[str, ...]:
    if isinstance(answer, bool):
        return ("yes" if answer else "no",)
    if isinstance(answer, list | tuple):
        return tuple(str(item) for item in answer)
    return () if answer is None else (str(answer),)


def assemble(
    layers: Sequence[Layer],
    answers: Mapping[str, Any],
    config: Mapping[str, Any],
    into: Path,
    *,
    link: bool = False,
) -> None:
    """Lay the layers that the answers ask for into one Copier template.

    Args:
        layers: All layers of the blueprint.
        answers: The answers, by question.
        config: The blueprint's ``copier.yml``.
        into: An empty folder. It will hold ``copier.yml``, ``template/`` and ``parts/``.
        link: Take the layers' own files where the system can, for that costs next to nothing: for
            layers that are as short-lived as what is made of them.

    Raises:
        ScaffoldError: Two layers write one path.
    """
    import yaml

    chosen = active(layers, answers)
    _lay_files(chosen, into / "template", os.link if link else _copy)
    _lay_parts(layers, chosen, into / PARTS)
    offered = layer_choices(layers, config)
    whole = {name: _bare(entry, offered.get(name, ())) for name, entry in config.items()}
    whole["_subdirectory"] = "template"
    (into / "copier.yml").write_text(yaml.safe_dump(whole, sort_keys=False, allow_unicode=True))


def _bare(entry: Any, offered: Sequence[Choice]) -> Any:
    """A question that is answered: what only asking it takes would be compiled for nothing."""
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
            final = relative.as_posix().removesuffix(SUFFIX)
            if other := owners.get(final):
                raise ScaffoldError(
                    f"the layers {other.name} and {layer.name} both write {final}",
                    "Compose the file from parts, or give it to one of the two.",
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
    texts = {slot.as_posix(): _part(slot, by_order) for slot in slots}
    texts |= _requirements(chosen)
    for slot, text in texts.items():
        target = folder / slot
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def _part(slot: Path, layers: Iterable[Layer]) -> str:
    sources = (layer.folder / PARTS / slot for layer in layers)
    return "".join(path.read_text(encoding="utf-8") for path in sources if path.is_file())


def _requirements(layers: Iterable[Layer]) -> dict[str, str]:
    runtime = sorted({item for layer in layers for item in layer.dependencies}, key=str.lower)
    dev = sorted({item for layer in layers for item in layer.dev_dependencies}, key=str.lower)
    return {
        "dependencies": "".join(f'    "{item}",\n' for item in runtime),
        "dev-dependencies": "".join(f'    "{item}",\n' for item in dev),
        "requirements": "".join(f"{item}\n" for item in runtime),
        "dev-requirements": "".join(f"{item}\n" for item in dev),
    }


# ---------------------------------------------------------------- layers in an archive


def place_to_unpack(digest: str, spare: Path) -> Path:
    """Where an archive's files are kept from one run to the next: in the user's cache.

    Args:
        digest: What the archive's content is known by.
        spare: A folder for where there is no such place.
    """
    return make_cache_folder("unpacked", digest[:32]) or spare


def unpack(archive: Path, folder: Path) -> None:
    """Have the files of an archive in a folder, and no others: unpacked unless they are there.

    Raises:
        OSError: They cannot be written.
    """
    import shutil
    import tempfile
    import zipfile

    with zipfile.ZipFile(archive) as packed:
        if _is_whole(folder, packed):
            return
        aside = Path(tempfile.mkdtemp(prefix="new-", dir=folder.parent))
        try:
            _unpack(packed, aside / "new")
            if _is_whole(folder, packed):  # another run was as fast, and uses them
                return
            if folder.exists():
                folder.rename(aside / "old")
            (aside / "new").rename(folder)
        except OSError:
            if not _is_whole(folder, packed):
                raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def _is_whole(folder: Path, packed: ZipFile) -> bool:
    """Whether every byte is as it was packed: a cache may be cleared in part, or changed."""
    import zlib

    try:
        found = {p.as_posix(): zlib.crc32((folder / p).read_bytes()) for p in _files_below(folder)}
    except OSError:
        return False
    return found == {item.filename: item.CRC for item in packed.infolist()}


def _unpack(packed: ZipFile, folder: Path) -> None:
    made = set()
    for item in packed.infolist():
        target = folder / item.filename
        if target.parent not in made:
            target.parent.mkdir(parents=True, exist_ok=True)
            made.add(target.parent)
        target.write_bytes(packed.read(item))
        target.chmod(item.external_attr >> 16 & 0o777)
