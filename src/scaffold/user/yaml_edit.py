"""Change one entry of a YAML file of settings; the user's own lines and comments stay.

The text is cut at the places that YAML gives to its parts. What comes out is read again: where it
does not say what it should, the whole file is written anew, and its comments are gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import ScaffoldError
from ..host import YAML_EXPONENT, YAML_FLOAT_TAG, YAML_NUMBER_STARTS, make_loader, replace_file

Key = str | int


def edited(text: str, keys: Sequence[Key], value: Any) -> str:
    """The text with one value set, or taken out.

    Args:
        text: The file.
        keys: The keys that lead to the value; in a list its number, or the list's length to add.
        value: The value; None takes it out, and what is empty without it.
    """
    data = _load(text) or {}
    before = _at(data, keys[:-1])
    if value is None and len(keys) > 1 and isinstance(before, list | dict) and len(before) == 1:
        return edited(text, keys[:-1], None)
    if value is not None and before is None:
        return edited(text, keys[:-1], [value] if isinstance(keys[-1], int) else {keys[-1]: value})
    _set(before, keys[-1], value)
    for cut in (_spliced, _cut):
        if (changed := _tried(cut, text, keys, value, data)) is not None:
            return changed
    return _spelled(data)


def _tried(cut: Any, text: str, keys: Sequence[Key], value: Any, data: Any) -> str | None:
    """What a way to change the text makes of it, if that says what it should."""
    import yaml

    try:
        changed = str(cut(text, keys, value, data))
        return changed if (_load(changed) or {}) == data else None
    except (yaml.YAMLError, LookupError, TypeError, ValueError):
        return None


def _load(text: str) -> Any:
    import yaml

    return yaml.load(text, Loader=make_loader(as_omegaconf=True))  # noqa: S506 - a safe one


def _at(data: Any, keys: Sequence[Key]) -> Any:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else data[key]
    return data


def _set(held: Any, key: Key, value: Any) -> None:
    if value is None:
        held.pop(key)
    elif isinstance(held, list) and key == len(held):
        held.append(value)
    else:
        held[key] = value


def _spelled(value: Any, *, flow: bool = False) -> str:
    """A value in YAML; text that only our reader takes for a number is quoted, too."""
    import yaml

    class Dumper(yaml.SafeDumper):
        pass

    Dumper.add_implicit_resolver(YAML_FLOAT_TAG, YAML_EXPONENT, list(YAML_NUMBER_STARTS))
    options: Any = {"sort_keys": False, "allow_unicode": True, "width": 10_000}
    return str(yaml.dump(value, Dumper=Dumper, default_flow_style=flow, **options))


def _spliced(text: str, keys: Sequence[Key], value: Any, data: Any) -> str:
    """Replace nothing but a value, or the list or mapping in brackets that it stands in."""
    import yaml

    node, whole = yaml.compose(text, Loader=make_loader(exact=True)), data
    for depth, key in enumerate(keys):
        if not isinstance(node, yaml.CollectionNode):
            raise LookupError(key)  # noqa: TRY004 - there is no such place
        if node.flow_style:
            return _with(text, node, _spelled(whole, flow=True))
        node, whole = _entry(node, key)[1], _at(data, keys[: depth + 1])
    if isinstance(node, yaml.CollectionNode) and node.flow_style and value is not None:
        return _with(text, node, _spelled([value], flow=True).strip()[1:-1])
    is_inline = isinstance(node, yaml.ScalarNode) and node.style not in ("|", ">")
    if not is_inline or isinstance(value, list | dict) or value is None:
        raise LookupError(keys[-1])
    return _with(text, node, _spelled([value])[2:])


def _with(text: str, node: Any, spelled: str) -> str:
    return text[: node.start_mark.index] + spelled.rstrip("\n") + text[node.end_mark.index :]


def _cut(text: str, keys: Sequence[Key], value: Any, _: Any) -> str:
    """Cut an entry out of a text by lines, or put one in."""
    import yaml

    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    parent = yaml.compose("".join(lines), Loader=make_loader(exact=True))
    for key in keys[:-1]:
        parent = _entry(parent, key)[1]
    if parent is None:
        return "".join(lines) + _block(keys[-1], value, 0)
    first, old = _entry(parent, keys[-1])
    indent = parent.start_mark.column
    if first is None:
        lines.insert(_last_line(parent) + 1, _block(keys[-1], value, indent))
    else:
        new = [] if value is None else [_block(keys[-1], value, indent)]
        lines[first.start_mark.line : _last_line(old) + 1] = new
    return "".join(lines)


def _entry(parent: Any, key: Key) -> tuple[Any, Any]:
    """Where an entry begins, and its value; None where there is none."""
    if isinstance(key, int):
        items = parent.value
        return (items[key], items[key]) if key < len(items) else (None, None)
    return next(((k, v) for k, v in parent.value if k.value == key), (None, None))


def _last_line(node: Any) -> int:
    import yaml

    if isinstance(node, yaml.CollectionNode) and node.value and not node.flow_style:
        last = node.value[-1]
        return _last_line(last[1] if isinstance(last, tuple) else last)
    end = node.end_mark
    return int(end.line - (end.column == 0 and end.line > node.start_mark.line))


def _block(key: Key, value: Any, indent: int) -> str:
    text = _spelled([value] if isinstance(key, int) else {key: value})
    return "".join(" " * indent + line for line in text.splitlines(keepends=True))


def write(path: Path, text: str) -> None:
    """Put a file in its place in one step; a link stays one.

    Raises:
        ScaffoldError: It cannot be written.
    """
    if str(path).startswith("~"):
        hint = "Set HOME, or name a file with SCAFFOLD_CONFIG."
        raise ScaffoldError(f"there is no home folder for {path}", hint)
    try:
        path = path.resolve()
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, text, 0o644)
    except OSError as error:
        hint = "Make room for it, or name another file with SCAFFOLD_CONFIG."
        raise ScaffoldError(f"{path} cannot be written: {error.strerror}", hint) from None
