"""List, set and remove the user's settings for all projects."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from ..answers import read_settings_file
from ..blueprints import (
    DEFAULT_BLUEPRINT,
    BuiltinBlueprint,
    RepositoryBlueprint,
    find_blueprint,
)
from ..errors import ScaffoldError, UsageError
from ..host import make_loader
from ..questions import (
    InvalidValueError,
    check_texts,
    make_printable,
    read_presets,
    suggest_similar,
)
from ..user import (
    DEFAULTS_KEY,
    PRESET_KEY,
    SETTING_KEYS,
    SETTING_QUESTIONS,
    TRUST_KEY,
    EntryKey,
    Setting,
    Settings,
    covers_source,
    describe_unknown_setting,
    edit_yaml,
    is_remote,
    load_settings,
    normalize_source,
    read_user_settings,
    settings_exist,
    settings_path,
    shorten_home,
    validate_setting,
    write_settings_file,
)
from .loading import load_questions

NEW_SETTINGS_FILE = """\
# Settings for all your projects; `scaffold config` shows those in use.
# name: Jane Doe
# email: jane@example.org
# github: jane-doe
# license: MIT
# preset: paper
# trust: [gh:your-team/]            # sources whose code may run
# defaults: {python: "3.12"}        # answers, by question
"""
ANSWER_KEY = f"{DEFAULTS_KEY}.QUESTION"
Edit = tuple[list[EntryKey], Any]


@dataclass(frozen=True)
class ConfigResult:
    """The settings in force, all of them or those of one key.

    Attributes:
        path: The user's own file; it may not exist.
        settings: The settings, each with its origin.
        changed: Whether the file was changed.
        notes: Notes on a new value that the built-in blueprint does not use.
    """

    path: Path
    settings: tuple[Setting, ...]
    changed: bool = False
    notes: tuple[str, ...] = ()


def list_settings(folder: Path, key: str = "") -> ConfigResult:
    """List the settings of the user's own file, of Copier's, and of git.

    Args:
        folder: The folder whose git configuration names the user.
        key: One setting; ``defaults`` for all answers; all settings where it is empty.

    Raises:
        SettingsError: A file is damaged; names the line.
        UsageError: There is no such setting.
    """
    if key:
        _parse_key(key)
    known = load_settings(folder)
    below = f"{DEFAULTS_KEY}." if key == DEFAULTS_KEY else key
    found = tuple(s for s in known.list_all() if s.key == key or s.key.startswith(below))
    return ConfigResult(known.path, found)


def get_setting(folder: Path, key: str) -> ConfigResult:
    """Get one setting.

    Raises:
        ScaffoldError: It is not set.
    """
    found = list_settings(folder, key)
    if not found.settings:
        name = ANSWER_KEY if key == DEFAULTS_KEY else key
        raise ScaffoldError(f"{key} is not set", f"Set it: scaffold config {name} VALUE")
    return found


def set_setting(folder: Path, key: str, text: str) -> ConfigResult:
    """Set one setting; a source is added to the list of trusted ones.

    Args:
        folder: The start of a relative path, and the folder whose git configuration is read.
        text: The value; an answer is read as YAML.

    Raises:
        UsageError: There is no such setting, or the value is invalid; nothing is changed.
        ScaffoldError: The file is damaged, or cannot be written.
    """
    keys = _parse_key(key)
    try:
        value = _parse_value(keys, text, folder)
    except InvalidValueError as error:
        hint = "Nothing was changed; `scaffold config` shows what is set."
        raise UsageError(f"{key}: {make_printable(str(error))}", hint) from None
    path = settings_path()
    read_user_settings(path)
    changed = _apply_edits(
        path, _plan_addition(path, value) if key == TRUST_KEY else [(keys, value)]
    )
    notes = () if key == TRUST_KEY else _find_misfits(keys, value)
    return replace(list_settings(folder, key), changed=changed, notes=notes)


def _find_misfits(keys: list[EntryKey], value: Any) -> tuple[str, ...]:
    """Find the reasons why the built-in blueprint does not use a value; another one may use it."""
    first, last = str(keys[0]), str(keys[-1])
    with find_blueprint(DEFAULT_BLUEPRINT).open() as opened:
        questionnaire = load_questions(opened)
        presets = [preset.name for preset in read_presets(opened.about, questionnaire.questions)]
    if first == PRESET_KEY and value not in presets:
        similar = suggest_similar(value, presets)
        return (f"{opened.label} has no preset {value!r}{similar}: it has {', '.join(presets)}",)
    asked = questionnaire.answerable
    if first == DEFAULTS_KEY and last not in asked:
        name = f"{make_printable(last)}{suggest_similar(last, asked)}"
        return (f"{opened.label} has no question {name}: `scaffold show` lists its questions",)
    names = [last] if first == DEFAULTS_KEY else SETTING_QUESTIONS.get(first, ())
    questions = {name: questionnaire.questions[name] for name in names if name in asked}
    own = {DEFAULTS_KEY: {last: value}} if first == DEFAULTS_KEY else {first: value}
    found = Settings(Path(), own).find_answers(questions)
    label = f"for {opened.label}"
    given = {n: replace(item, detail=label, is_guess=False) for n, item in found.items()}
    return questionnaire.resolve_once(given).make_answers().notes


def unset_setting(folder: Path, key: str, text: str | None) -> ConfigResult:
    """Remove one setting from the user's own file.

    Args:
        folder: The start of a relative path, and the folder whose git configuration is read.
        text: The source to trust no more, or the value to remove; None for any value.

    Raises:
        UsageError: There is no such setting.
        ScaffoldError: It is not set there, the file is damaged, or cannot be written.
    """
    keys, path = _parse_key(key), settings_path()
    held: Any = read_user_settings(path)
    for name in keys[:-1]:
        held = held.get(name, {})
    is_listed = key == TRUST_KEY and text is not None
    is_same = text is None or is_listed or str(held.get(keys[-1])) == text
    edits = _plan_removal(path, text or "", folder) if is_listed else [(keys, None)]
    if keys[-1] not in held or not edits or not is_same:
        raise _make_unset_error(folder, key, text, path)
    _apply_edits(path, edits)
    return replace(list_settings(folder, key), changed=True)


def ensure_file() -> Path:
    """Create the user's own file where it is missing, with examples; returns its path.

    Raises:
        ScaffoldError: It cannot be written.
    """
    path = settings_path()
    if not settings_exist(path):
        write_settings_file(path, NEW_SETTINGS_FILE)
    return path


# ---------------------------------------------------------------- keys and values


def _parse_key(key: str) -> list[EntryKey]:
    """Split a setting's name into the keys that lead to it in the file."""
    first, dot, question = key.partition(".")
    if first == DEFAULTS_KEY and dot:
        if not question or question.startswith("_") or not question.isprintable():
            raise UsageError(
                f"{make_printable(key)} does not name a question", f"Write {ANSWER_KEY}."
            )
        return [DEFAULTS_KEY, question]
    if key not in SETTING_KEYS:
        raise UsageError(
            f"{make_printable(key)} {describe_unknown_setting(first)}",
            f"Write an answer as {ANSWER_KEY}.",
        )
    return [key]


def _parse_value(keys: list[EntryKey], text: str, folder: Path) -> Any:
    if keys == [DEFAULTS_KEY]:
        raise InvalidValueError(f"maps questions to answers: write {ANSWER_KEY}")
    if keys == [TRUST_KEY]:
        return _parse_source(text, folder)
    if keys[0] != DEFAULTS_KEY:
        return validate_setting(str(keys[0]), text)
    value = _parse_yaml(text)
    if value is None:
        raise InvalidValueError("is not an answer; --unset removes one")
    check_texts(value, lines=True)
    return value


def _parse_yaml(text: str) -> Any:
    """Parse an answer as the settings file is parsed."""
    try:
        return yaml.load(text, Loader=make_loader(as_omegaconf=True))  # noqa: S506 - a safe one
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        why = getattr(error, "problem", None) or error
        raise InvalidValueError(f"is not YAML: {why}") from None


def _parse_source(text: str, folder: Path) -> str:
    """Parse a source for the list: a path becomes absolute, and credentials are removed."""
    validate_setting(TRUST_KEY, text)
    blueprint = find_blueprint(text, relative_to=folder, is_prefix=text.endswith("/"))
    if isinstance(blueprint, BuiltinBlueprint):
        raise InvalidValueError("built-in blueprints run no foreign code and need no trust")
    slash = "/" if text.endswith("/") else ""
    if is_remote(blueprint):
        source = blueprint.source.removeprefix("git+")
        source = source.rstrip("/") + slash
    else:
        local = blueprint.path if isinstance(blueprint, RepositoryBlueprint) else None
        source = str(local or blueprint.source).rstrip("/") + slash
    if slash and not covers_source(source, f"{source}x"):
        raise InvalidValueError(
            "ends in a slash, so it covers all below it and must be a plain address"
        )
    return source


# ---------------------------------------------------------------- the list of sources


def _read_sources(path: Path) -> list[str] | str | None:
    """Read the list from the file, where it may be a single source."""
    given = read_settings_file(path).get(TRUST_KEY) if settings_exist(path) else None
    return given.value if given else None


def _plan_addition(path: Path, source: str) -> list[Edit]:
    listed = _read_sources(path)
    if isinstance(listed, str):
        return [([TRUST_KEY], [listed, source])] if listed != source else []
    known = listed or []
    return [([TRUST_KEY, len(known)], source)] if source not in known else []


def _plan_removal(path: Path, text: str, folder: Path) -> list[Edit]:
    """Plan to remove all spellings of a source; the last one first, so that positions stay."""
    listed = _read_sources(path) or []
    is_meant = _make_matcher(text, folder)
    if isinstance(listed, str):
        return [([TRUST_KEY], None)] if is_meant(listed) else []
    numbers = [number for number, source in enumerate(listed) if is_meant(source)]
    return [([TRUST_KEY, number], None) for number in reversed(numbers)]


def _make_matcher(text: str, folder: Path) -> Callable[[str], bool]:
    is_path = not text.startswith("~") and (folder / text).exists()
    name = normalize_source(str(folder / text) if is_path else text)
    return lambda entry: (
        entry == text
        or (normalize_source(entry) == name and entry.endswith("/") == text.endswith("/"))
    )


def _make_unset_error(folder: Path, key: str, text: str | None, path: Path) -> ScaffoldError:
    state = "set" if text is None else make_printable(text)
    what = f"{key} is not {state} in {shorten_home(path)}"
    found = [s.origin for s in list_settings(folder, key).settings if s.origin != str(path)]
    if found:
        return ScaffoldError(what, f"{shorten_home(found[0])} sets its value: change it there.")
    return ScaffoldError(what, "`scaffold config` shows what is set.")


# ---------------------------------------------------------------- the file


def _apply_edits(path: Path, edits: Iterable[Edit]) -> bool:
    """Change the file in one step; returns whether anything was changed."""
    raw = path.read_bytes() if settings_exist(path) else b""
    before = raw.decode("utf-8-sig")
    ending = "\r\n" if "\r\n" in before else "\n"
    text = before.replace("\r\n", "\n")
    for keys, value in edits:
        text = edit_yaml(text, keys, value)
    after = text.replace("\n", ending)
    if after != before:
        write_settings_file(path, after)
    return after != before
