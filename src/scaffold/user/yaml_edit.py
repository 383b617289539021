"""Change one entry of a YAML settings file; the user's own lines and comments stay.

The text is cut at the positions that the YAML parser gives. The result is parsed again: where it
does not hold the new values, the whole file is written anew, without its comments.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from ..errors import ScaffoldError
from ..host import YAML_EXPONENT, YAML_FLOAT_TAG, YAML_NUMBER_STARTS, make_loader, replace_file

EntryKey = str | int


def edit_yaml(text: str, keys: Sequence[EntryKey], value: Any) -> str:
    """Set one value in a text, or remove it.

    Args:
        keys: The keys that lead to the value; in a list its number, or the list's length to add.
        value: The value; None removes it, and the list or mapping that it leaves empty.
    """
    data = _load(text) or {}
    before = _get_value(data, keys[:-1])
    if value is None and len(keys) > 1 and isinstance(before, list | dict) and len(before) == 1:
        return edit_yaml(text, keys[:-1], None)
    if value is not None and before is None:
        return edit_yaml(
            text, keys[:-1], [value] if isinstance(keys[-1], int) else {keys[-1]: value}
        )
    _set_value(before, keys[-1], value)
    for edit in (_replace_value, _replace_lines):
        if (changed := _try_edit(edit, text, keys, value, data)) is not None:
            return changed
    return _dump(data)


def _try_edit(edit: Any, text: str, keys: Sequence[EntryKey], value: Any, data: Any) -> str | None:
    """Try one way to edit the text; None where the result does not hold the new values."""
    try:
        changed = str(edit(text, keys, value, data))
        return changed if (_load(changed) or {}) == data else None
    except (yaml.YAMLError, LookupError, TypeError, ValueError):
        return None


def _load(text: str) -> Any:
    return yaml.load(text, Loader=make_loader(as_omegaconf=True))  # noqa: S506 - a safe one


def _get_value(data: Any, keys: Sequence[EntryKey]) -> Any:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else data[key]
    return data


def _set_value(held: Any, key: EntryKey, value: Any) -> None:
    if value is None:
        held.pop(key)
    elif isinstance(held, list) and key == len(held):
        held.append(value)
    else:
        held[key] = value


def _dump(value: Any, *, flow: bool = False) -> str:
    """Write a value as YAML; text that only our own reader takes for a number is quoted, too."""

    class Dumper(yaml.SafeDumper):
        pass

    Dumper.add_implicit_resolver(YAML_FLOAT_TAG, YAML_EXPONENT, list(YAML_NUMBER_STARTS))
    options: Any = {"sort_keys": False, "allow_unicode": True, "width": 10_000}
    return str(yaml.dump(value, Dumper=Dumper, default_flow_style=flow, **options))


def _replace_value(text: str, keys: Sequence[EntryKey], value: Any, data: Any) -> str:
    """Replace only a value, or the list or mapping in brackets that holds it."""
    node, whole = yaml.compose(text, Loader=make_loader(exact=True)), data
    for depth, key in enumerate(keys):
        if not isinstance(node, yaml.CollectionNode):
            raise LookupError(key)  # noqa: TRY004 - there is no such place
        if node.flow_style:
            return _replace_node(text, node, _dump(whole, flow=True))
        node, whole = _find_entry(node, key)[1], _get_value(data, keys[: depth + 1])
    if isinstance(node, yaml.CollectionNode) and node.flow_style and value is not None:
        return _replace_node(text, node, _dump([value], flow=True).strip()[1:-1])
    is_inline = isinstance(node, yaml.ScalarNode) and node.style not in ("|", ">")
    if not is_inline or isinstance(value, list | dict) or value is None:
        raise LookupError(keys[-1])
    return _replace_node(text, node, _dump([value])[2:])


def _replace_node(text: str, node: Any, dumped: str) -> str:
    return text[: node.start_mark.index] + dumped.rstrip("\n") + text[node.end_mark.index :]


def _replace_lines(text: str, keys: Sequence[EntryKey], value: Any, _: Any) -> str:
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    parent = yaml.compose("".join(lines), Loader=make_loader(exact=True))
    for key in keys[:-1]:
        parent = _find_entry(parent, key)[1]
    if parent is None:
        return "".join(lines) + _make_block(keys[-1], value, 0)
    first, old = _find_entry(parent, keys[-1])
    indent = parent.start_mark.column
    if first is None:
        lines.insert(_find_last_line(parent) + 1, _make_block(keys[-1], value, indent))
    else:
        new = [] if value is None else [_make_block(keys[-1], value, indent)]
        lines[first.start_mark.line : _find_last_line(old) + 1] = new
    return "".join(lines)


def _find_entry(parent: Any, key: EntryKey) -> tuple[Any, Any]:
    """Find the nodes at which an entry and its value begin; None where there is no entry."""
    if isinstance(key, int):
        items = parent.value
        return (items[key], items[key]) if key < len(items) else (None, None)
    return next(((k, v) for k, v in parent.value if k.value == key), (None, None))


def _find_last_line(node: Any) -> int:
    if isinstance(node, yaml.CollectionNode) and node.value and not node.flow_style:
        last = node.value[-1]
        return _find_last_line(last[1] if isinstance(last, tuple) else last)
    end = node.end_mark
    return int(end.line - (end.column == 0 and end.line > node.start_mark.line))


def _make_block(key: EntryKey, value: Any, indent: int) -> str:
    text = _dump([value] if isinstance(key, int) else {key: value})
    return "".join(" " * indent + line for line in text.splitlines(keepends=True))


def write_settings_file(path: Path, text: str) -> None:
    """Write a settings file in one step; a link stays a link.

    Raises:
        ScaffoldError: The file cannot be written.
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
