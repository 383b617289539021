"""What the user set for all projects: shown, set, taken out, checked after an edit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..answers import read_settings_file
from ..blueprints import BuiltinBlueprint, RepositoryBlueprint, find_blueprint
from ..errors import ScaffoldError, UsageError
from ..host import make_loader
from ..questions import InvalidValueError, check_texts, make_printable
from ..user import (
    DEFAULTS,
    KEYS,
    TRUST,
    Key,
    Setting,
    checked,
    covers,
    edited,
    identity,
    is_remote,
    is_there,
    load,
    no_setting,
    own_path,
    read,
    shown,
    write,
)

START = """\
# Settings for all your projects; `scaffold config` shows those in use.
# name: Jane Doe
# email: jane@example.org
# github: jane-doe
# license: MIT
# preset: paper
# trust: [gh:your-team/]            # sources whose code may run
# defaults: {python: "3.12"}        # answers, by question
"""
QUESTION = f"{DEFAULTS}.QUESTION"
Edit = tuple[list[Key], Any]


@dataclass(frozen=True)
class Configured:
    """What counts, or what counts of one key.

    Attributes:
        path: The user's own file, which need not be there.
        settings: Each with where it comes from.
        changed: Whether the file was changed.
    """

    path: Path
    settings: tuple[Setting, ...]
    changed: bool = False


def configured(folder: Path, key: str = "", *, changed: bool = False) -> Configured:
    """What the user set, and what git and Copier's settings know of them.

    Args:
        folder: Where git is asked who the user is.
        key: One setting; ``defaults`` for all answers; all settings where it is empty.
        changed: Whether the file was changed just now.

    Raises:
        SettingsError: A file is damaged; names the line.
        UsageError: There is no such setting.
    """
    if key:
        _keys(key)
    known = load(folder)
    below = f"{DEFAULTS}." if key == DEFAULTS else key
    found = tuple(s for s in known.all() if s.key == key or s.key.startswith(below))
    return Configured(known.path, found, changed)


def wanted(folder: Path, key: str) -> Configured:
    """What one setting is.

    Raises:
        ScaffoldError: It is not set.
    """
    found = configured(folder, key)
    if not found.settings:
        name = QUESTION if key == DEFAULTS else key
        raise ScaffoldError(f"{key} is not set", f"Set it: scaffold config {name} VALUE")
    return found


def put(folder: Path, key: str, text: str) -> Configured:
    """Set one setting; a source is added to the list of those that are trusted.

    Args:
        folder: Where a source that is a relative path begins, and where git is asked.
        key: The setting.
        text: The value; an answer is read as YAML.

    Raises:
        UsageError: There is no such setting, or it cannot have this value; the file stays.
        ScaffoldError: The file is damaged, or cannot be written.
    """
    keys = _keys(key)
    try:
        value = _value(keys, text, folder)
    except InvalidValueError as error:
        hint = "Nothing was changed; `scaffold config` shows what is set."
        raise UsageError(f"{key}: {make_printable(str(error))}", hint) from None
    path = own_path()
    read(path)
    changed = _change(path, _adding(path, value) if key == TRUST else [(keys, value)])
    return configured(folder, key, changed=changed)


def drop(folder: Path, key: str, text: str | None) -> Configured:
    """Take one setting out of the user's own file.

    Args:
        folder: Where a source that is a relative path begins, and where git is asked.
        key: The setting.
        text: The source to trust no more; the value that is taken out; None for whatever it is.

    Raises:
        UsageError: There is no such setting.
        ScaffoldError: It is not set there, the file is damaged, or cannot be written.
    """
    keys, path = _keys(key), own_path()
    held: Any = read(path)
    for name in keys[:-1]:
        held = held.get(name, {})
    is_listed = key == TRUST and text is not None
    is_same = text is None or is_listed or str(held.get(keys[-1])) == text
    edits = _removing(path, text or "", folder) if is_listed else [(keys, None)]
    if keys[-1] not in held or not edits or not is_same:
        raise _not_there(folder, key, text, path)
    _change(path, edits)
    return configured(folder, key, changed=True)


def start() -> Path:
    """The user's own file, to be edited; a new one begins with what may stand in it.

    Raises:
        ScaffoldError: It cannot be written.
    """
    path = own_path()
    if not is_there(path):
        write(path, START)
    return path


# ---------------------------------------------------------------- keys and values


def _keys(key: str) -> list[Key]:
    """Where a setting stands in the file."""
    first, dot, question = key.partition(".")
    if first == DEFAULTS and dot:
        if not question or question.startswith("_") or not question.isprintable():
            raise UsageError(
                f"{make_printable(key)} does not name a question", f"Write {QUESTION}."
            )
        return [DEFAULTS, question]
    if key not in KEYS:
        raise UsageError(
            f"{make_printable(key)} {no_setting(first)}", f"Write an answer as {QUESTION}."
        )
    return [key]


def _value(keys: list[Key], text: str, folder: Path) -> Any:
    if keys == [DEFAULTS]:
        raise InvalidValueError(f"maps questions to answers: write {QUESTION}")
    if keys == [TRUST]:
        return _source(text, folder)
    if keys[0] != DEFAULTS:
        return checked(str(keys[0]), text)
    value = _yaml(text)
    if value is None:
        raise InvalidValueError("is not an answer; --unset removes one")
    check_texts(value, lines=True)
    return value


def _yaml(text: str) -> Any:
    """An answer, read as the file is."""
    import yaml

    try:
        return yaml.load(text, Loader=make_loader(as_omegaconf=True))  # noqa: S506 - a safe one
    except yaml.YAMLError as error:
        raise InvalidValueError(
            f"is not YAML: {getattr(error, 'problem', None) or error}"
        ) from None
    except (ValueError, RecursionError) as error:
        raise InvalidValueError(f"is not YAML: {error}") from None


def _source(text: str, folder: Path) -> str:
    """A source as the list holds it: a path is absolute, and nothing is secret."""
    checked(TRUST, text)
    blueprint = find_blueprint(text, relative_to=folder)
    if isinstance(blueprint, BuiltinBlueprint):
        raise InvalidValueError("built-in blueprints run no foreign code and need no trust")
    slash = "/" if text.endswith("/") else ""
    if is_remote(blueprint):
        source = blueprint.source.removeprefix("git+")
        source = source.rstrip("/") + slash
    else:
        local = blueprint.path if isinstance(blueprint, RepositoryBlueprint) else None
        source = str(local or blueprint.source).rstrip("/") + slash
    if slash and not covers(source, f"{source}x"):
        raise InvalidValueError(
            "ends in a slash, so it covers all below it and must be a plain address"
        )
    return source


# ---------------------------------------------------------------- the list of sources


def _listed(path: Path) -> list[str] | str | None:
    """The list as the file has it, which may be a single source."""
    given = read_settings_file(path).get(TRUST) if is_there(path) else None
    return given.value if given else None


def _adding(path: Path, source: str) -> list[Edit]:
    listed = _listed(path)
    if isinstance(listed, str):
        return [([TRUST], [listed, source])] if listed != source else []
    known = listed or []
    return [([TRUST, len(known)], source)] if source not in known else []


def _removing(path: Path, text: str, folder: Path) -> list[Edit]:
    """Take out what was meant, however it is spelled; the last one first, so that numbers stay."""
    listed = _listed(path) or []
    is_meant = _meant(text, folder)
    if isinstance(listed, str):
        return [([TRUST], None)] if is_meant(listed) else []
    numbers = [number for number, source in enumerate(listed) if is_meant(source)]
    return [([TRUST, number], None) for number in reversed(numbers)]


def _meant(text: str, folder: Path) -> Callable[[str], bool]:
    is_path = not text.startswith("~") and (folder / text).exists()
    name = identity(str(folder / text) if is_path else text)
    return lambda entry: (
        entry == text or (identity(entry) == name and entry.endswith("/") == text.endswith("/"))
    )


def _not_there(folder: Path, key: str, text: str | None, path: Path) -> ScaffoldError:
    what = f"{key} is not set in {shown(path)}"
    if text is not None:
        what = f"{key} is not {make_printable(text)} in {shown(path)}"
    found = [s.origin for s in configured(folder, key).settings if s.origin != str(path)]
    if found:
        return ScaffoldError(what, f"{shown(found[0])} sets its value: change it there.")
    return ScaffoldError(what, "`scaffold config` shows what is set.")


# ---------------------------------------------------------------- the file


def _change(path: Path, edits: Iterable[Edit]) -> bool:
    """Change the file in one step; whether there was anything to change."""
    raw = path.read_bytes() if is_there(path) else b""
    before = raw.decode("utf-8-sig")
    ending = "\r\n" if "\r\n" in before else "\n"
    text = before.replace("\r\n", "\n")
    for keys, value in edits:
        text = edited(text, keys, value)
    after = text.replace("\n", ending)
    if after != before:
        write(path, after)
    return after != before
