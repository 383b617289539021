"""A user's settings for all projects: name and email, default answers, trusted sources.

They are in the user's own YAML file. Copier's ``settings.yml`` counts after it, and git's
``user.name`` and ``user.email`` count last.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import git
from ..answers import read_settings_file
from ..errors import AnswersError, Problem, ScaffoldError
from ..host import get_user_folder
from ..questions import (
    FROM_USER_DEFAULTS,
    GivenAnswer,
    InvalidValueError,
    Question,
    check_texts,
    describe_value,
    make_printable,
    suggest_similar,
)

VARIABLE = "SCAFFOLD_CONFIG"
COPIER_VARIABLE = "COPIER_SETTINGS_PATH"
TRUST_KEY = "trust"
DEFAULTS_KEY = "defaults"
# The names of questions that a general setting answers.
SETTING_QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "name": (
        *("author_name", "author", "author_fullname", "author_full_name", "full_name"),
        *("fullname", "user_name", "your_name", "maintainer", "maintainer_name"),
    ),
    "email": ("author_email", "email", "user_email", "your_email", "maintainer_email"),
    "github": (
        *("github_user", "github_username", "github_user_name", "github_name", "github_login"),
        *("github_handle", "author_github", "author_username"),
    ),
    "license": (
        *("license", "licence", "license_name", "license_type", "project_license"),
        *("open_source_license", "copyright_license"),
    ),
}
PRESET_KEY = "preset"
SETTING_KEYS = (*SETTING_QUESTIONS, PRESET_KEY, TRUST_KEY, DEFAULTS_KEY)
GIT_ORIGIN = "git"
_SETTING_OF_QUESTION = {
    question: key for key, questions in SETTING_QUESTIONS.items() for question in questions
}
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)*")
_GITHUB = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|[-_](?=[A-Za-z0-9])){0,38}")


class SettingsError(ScaffoldError):
    """A settings file cannot be used; names every place that is wrong."""

    def __init__(self, path: Path, problems: Iterable[Problem], hint: str) -> None:
        places = [str(problem) for problem in sorted(problems)]
        what, more = (places[0], ()) if len(places) == 1 else ("", places)
        super().__init__(what or f"{len(places)} settings of {path} cannot be used", hint, more)


@dataclass(frozen=True)
class Setting:
    """One setting of a user.

    Attributes:
        key: Its key; that of a default answer is ``defaults.QUESTION``.
        value: The value.
        origin: The file that holds it, or ``git``.
    """

    key: str
    value: Any
    origin: str


@dataclass(frozen=True)
class Settings:
    """All settings of a user.

    Attributes:
        path: The user's own file; it may not exist.
        own: Its values, by key.
        copier: The values of Copier's file, by key.
        copier_path: Copier's file; it may not exist.
        folder: The folder whose git configuration names the user.
        git_answers: The values that git gave so far, by key.
    """

    path: Path
    own: Mapping[str, Any] = field(default_factory=dict)
    copier: Mapping[str, Any] = field(default_factory=dict)
    copier_path: Path = Path()
    folder: Path = Path()
    git_answers: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    @property
    def trust(self) -> tuple[str, ...]:
        """The sources whose code may run: addresses, or prefixes of addresses."""
        return (*self.own.get(TRUST_KEY, ()), *self.copier.get(TRUST_KEY, ()))

    @property
    def preset(self) -> str:
        """The favourite preset; empty where there is none."""
        return str(self.own.get(PRESET_KEY, ""))

    def list_all(self) -> tuple[Setting, ...]:
        """List the settings that are in force, each with its origin."""
        general = (self.get_general(key) for key in (*SETTING_QUESTIONS, PRESET_KEY))
        answers: dict[str, Setting] = {}
        trust = []
        for path, held in ((str(self.path), self.own), (str(self.copier_path), self.copier)):
            for name, value in held.get(DEFAULTS_KEY, {}).items():
                answers.setdefault(name, Setting(f"{DEFAULTS_KEY}.{name}", value, path))
            trust += [Setting(TRUST_KEY, source, path) for source in held.get(TRUST_KEY, ())]
        return (*filter(None, general), *answers.values(), *trust)

    def get_general(self, key: str) -> Setting | None:
        """Get a setting that is not for one question only; git's where the file has none."""
        if key in self.own:
            return Setting(key, self.own[key], str(self.path))
        value = self._ask_git(key)
        return Setting(key, value, GIT_ORIGIN) if value else None

    def find_answers(self, questions: Mapping[str, Question]) -> dict[str, GivenAnswer]:
        """Find the answers to some questions in the settings."""
        found = {name: self._find_answer(name, question) for name, question in questions.items()}
        return {name: given for name, given in found.items() if given is not None}

    def _find_answer(self, name: str, question: Question) -> GivenAnswer | None:
        key = _SETTING_OF_QUESTION.get(name, "")
        if name in self.own.get(DEFAULTS_KEY, {}):
            return _make_given(self.own[DEFAULTS_KEY][name], self.path)
        if key in self.own:
            return _make_given(_match_choice(self.own[key], question), self.path, is_guess=True)
        if name in self.copier.get(DEFAULTS_KEY, {}):
            return _make_given(self.copier[DEFAULTS_KEY][name], self.copier_path)
        value = self._ask_git(key)
        return _make_given(value, GIT_ORIGIN, is_guess=True) if value else None

    def _ask_git(self, key: str) -> str:
        if key not in ("name", "email"):
            return ""
        if key not in self.git_answers:
            try:
                self.git_answers[key] = git.get_git_setting(f"user.{key}", self.folder)
            except ScaffoldError:
                self.git_answers[key] = ""
        return self.git_answers[key]


def _make_given(value: Any, origin: Path | str, *, is_guess: bool = False) -> GivenAnswer:
    return GivenAnswer(
        value, FROM_USER_DEFAULTS, detail=f"({shorten_home(origin)})", is_guess=is_guess
    )


def shorten_home(path: Path | str) -> str:
    """Write a path with ``~`` for the home folder."""
    home = os.path.expanduser("~")  # noqa: PTH111 - there may be none
    return "~" + str(path)[len(home) :] if str(path).startswith(home + os.sep) else str(path)


def _match_choice(value: str, question: Question) -> Any:
    """Find the choice that a value means: a licence is written in many ways."""
    choices = question.choices if not isinstance(question.choices, str) else ()
    for choice in choices:
        if _normalize(value) in (_normalize(choice.value), _normalize(choice.title)):
            return choice.value
    return value


def _normalize(value: Any) -> str:
    text = re.sub(r"[^a-z0-9]", "", str(value).casefold())
    return re.sub(r"licen[sc]e$", "", text)


# ---------------------------------------------------------------- reading


def settings_path(environ: Mapping[str, str] = os.environ) -> Path:
    """Get the path of the user's own settings; the file may not exist."""
    if named := environ.get(VARIABLE):
        return Path(os.path.expanduser(named))  # noqa: PTH111 - there may be no such home
    return get_user_folder("config") / "config.yml"


def copier_settings_path(environ: Mapping[str, str] = os.environ) -> Path:
    """Get the path of Copier's settings; the file may not exist."""
    if named := environ.get(COPIER_VARIABLE):
        return Path(named)
    path = get_user_folder("config", "copier") / "settings.yml"
    if os.name == "nt":
        import platformdirs

        before = platformdirs.user_config_path("copier") / "settings.yml"
        return before if before.is_file() else path
    return path


def load_settings(folder: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read all settings.

    Args:
        folder: The folder whose git configuration names the user.
        environ: The environment, which may name other files.

    Raises:
        SettingsError: A file is damaged, or holds an invalid value; names the line.
    """
    path, copier_path = settings_path(environ), copier_settings_path(environ)
    own, copier = read_user_settings(path), read_user_settings(copier_path, copier=True)
    return Settings(path, own, copier, copier_path, folder)


def read_user_settings(path: Path, *, copier: bool = False) -> dict[str, Any]:
    """Read one settings file; empty where there is none.

    Args:
        copier: Whether it is Copier's, which may hold other keys.

    Raises:
        SettingsError: It is damaged, or holds an invalid value; names the line.
    """
    if not settings_exist(path):
        return {}
    way = "" if copier else ", as with `scaffold config --edit`"
    hint = f"Fix {shorten_home(path)}{way}."
    try:
        held = read_settings_file(path)
    except AnswersError as error:
        raise SettingsError(path, error.problems, hint) from None
    values: dict[str, Any] = {}
    problems = []
    for key, given in held.items():
        if given.value is None or (copier and key not in (TRUST_KEY, DEFAULTS_KEY)):
            continue
        try:
            values[key] = validate_setting(key, given.value)
        except InvalidValueError as error:
            place = (given.origin, given.line, given.column)
            problems.append(Problem(*place, make_printable(key), make_printable(str(error))))
    if problems:
        raise SettingsError(path, problems, hint)
    return values


def settings_exist(path: Path) -> bool:
    """Tell whether a settings file exists, even one that cannot be read."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        pass
    return True


def validate_setting(key: str, value: Any) -> Any:
    """Check a value of a setting, and return it as it is stored.

    Raises:
        InvalidValueError: The value is invalid; the message gives the reason.
    """
    if key == TRUST_KEY:
        return _validate_sources(value)
    if key == DEFAULTS_KEY:
        if not isinstance(value, dict):
            raise InvalidValueError(f"must map questions to answers, not {describe_value(value)}")
        return value
    if key not in SETTING_KEYS:
        raise InvalidValueError(describe_unknown_setting(key))
    if not isinstance(value, str):
        raise InvalidValueError(f"must be text, not {describe_value(value)}; put it in quotes")
    check_texts(value, lines=False)
    if not value.strip():
        raise InvalidValueError("is empty")
    if key == "email" and not _EMAIL.fullmatch(value):
        raise InvalidValueError(
            f"{describe_value(value)} is not an email address such as jane@example.org"
        )
    if key == "github" and not _GITHUB.fullmatch(value):
        raise InvalidValueError(
            f"{describe_value(value)} is not a name on GitHub: letters, digits and single hyphens"
        )
    return value


def describe_unknown_setting(key: str) -> str:
    """Describe a key that is not the name of a setting, for the end of a message."""
    similar = suggest_similar(key, SETTING_KEYS)
    return f"is not a setting{similar}; the settings are {', '.join(SETTING_KEYS)}"


def _validate_sources(value: Any) -> tuple[str, ...]:
    sources = [value] if isinstance(value, str) else value
    if not isinstance(sources, list | tuple) or not all(isinstance(s, str) for s in sources):
        raise InvalidValueError(f"must be a list of sources, not {describe_value(value)}")
    for source in sources:
        check_texts(source, lines=False)
        if not source.strip():
            raise InvalidValueError("holds an empty source")
    return tuple(dict.fromkeys(sources))
