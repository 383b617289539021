"""What a user set once for all projects: who they are, defaults for questions, whom they trust.

It stands in a YAML file of the user's own. Copier's ``settings.yml`` counts as well, after it, and
what git knows of the user comes last.
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
TRUST = "trust"
DEFAULTS = "defaults"
# The questions that usually ask for what is set in general.
ASKED_BY: Mapping[str, tuple[str, ...]] = {
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
PRESET = "preset"
KEYS = (*ASKED_BY, PRESET, TRUST, DEFAULTS)
GIT = "git"
_KEY_OF = {question: key for key, questions in ASKED_BY.items() for question in questions}
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)*")
_GITHUB = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|[-_](?=[A-Za-z0-9])){0,38}")


class SettingsError(ScaffoldError):
    """A file of settings cannot be used; names every place that is wrong."""

    def __init__(self, path: Path, problems: Iterable[Problem], hint: str) -> None:
        places = [str(problem) for problem in sorted(problems)]
        what, more = (places[0], ()) if len(places) == 1 else ("", places)
        super().__init__(what or f"{len(places)} settings of {path} cannot be used", hint, more)


@dataclass(frozen=True)
class Setting:
    """One thing that a user set.

    Attributes:
        key: Its key; a default's is ``defaults.QUESTION``.
        value: The value.
        origin: The file that says so, or ``git``.
    """

    key: str
    value: Any
    origin: str


@dataclass(frozen=True)
class Settings:
    """All that a user set.

    Attributes:
        path: The user's own file, which need not be there.
        own: What it holds, by key.
        copier: What Copier's file holds, by key.
        other: Copier's file, which need not be there.
        folder: Where git is asked who the user is.
        asked: What git said.
    """

    path: Path
    own: Mapping[str, Any] = field(default_factory=dict)
    copier: Mapping[str, Any] = field(default_factory=dict)
    other: Path = Path()
    folder: Path = Path()
    asked: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    @property
    def trust(self) -> tuple[str, ...]:
        """The sources whose code may run: an address, or what addresses begin with."""
        return (*self.own.get(TRUST, ()), *self.copier.get(TRUST, ()))

    @property
    def preset(self) -> str:
        """The favourite preset; empty where there is none."""
        return str(self.own.get(PRESET, ""))

    def all(self) -> tuple[Setting, ...]:
        """Everything that counts, each with where it comes from."""
        general = (self.general(key) for key in (*ASKED_BY, PRESET))
        found = [setting for setting in general if setting]
        own, copier = self.own.get(DEFAULTS, {}), self.copier.get(DEFAULTS, {})
        for name in (*own, *(name for name in copier if name not in own)):
            value, path = (own[name], self.path) if name in own else (copier[name], self.other)
            found.append(Setting(f"{DEFAULTS}.{name}", value, str(path)))
        for path, held in ((self.path, self.own), (self.other, self.copier)):
            found += [Setting(TRUST, source, str(path)) for source in held.get(TRUST, ())]
        return tuple(found)

    def general(self, key: str) -> Setting | None:
        """A setting that is not for one question alone; of git where the file has none."""
        if key in self.own:
            return Setting(key, self.own[key], str(self.path))
        value = self._git(key)
        return Setting(key, value, GIT) if value else None

    def answers(self, questions: Mapping[str, Question]) -> dict[str, GivenAnswer]:
        """What is known of the answers to some questions."""
        found = {name: self._answer(name, question) for name, question in questions.items()}
        return {name: given for name, given in found.items() if given is not None}

    def _answer(self, name: str, question: Question) -> GivenAnswer | None:
        key = _KEY_OF.get(name, "")
        if name in self.own.get(DEFAULTS, {}):
            return _given(self.own[DEFAULTS][name], self.path)
        if key in self.own:
            return _given(_fitting(self.own[key], question), self.path, is_guess=True)
        if name in self.copier.get(DEFAULTS, {}):
            return _given(self.copier[DEFAULTS][name], self.other)
        value = self._git(key)
        return _given(value, GIT, is_guess=True) if value else None

    def _git(self, key: str) -> str:
        if key not in ("name", "email"):
            return ""
        if key not in self.asked:
            try:
                self.asked[key] = git.get_git_setting(f"user.{key}", self.folder)
            except ScaffoldError:
                self.asked[key] = ""
        return self.asked[key]


def _given(value: Any, origin: Path | str, *, is_guess: bool = False) -> GivenAnswer:
    return GivenAnswer(value, FROM_USER_DEFAULTS, detail=f"({shown(origin)})", is_guess=is_guess)


def shown(path: Path | str) -> str:
    """A path as people read it, the home folder shortened."""
    home = os.path.expanduser("~")  # noqa: PTH111 - there may be none
    return "~" + str(path)[len(home) :] if str(path).startswith(home + os.sep) else str(path)


def _fitting(value: str, question: Question) -> Any:
    """The choice of a question that is meant: a licence is spelled in many ways."""
    choices = question.choices if not isinstance(question.choices, str) else ()
    for choice in choices:
        if _plain(value) in (_plain(choice.value), _plain(choice.title)):
            return choice.value
    return value


def _plain(value: Any) -> str:
    text = re.sub(r"[^a-z0-9]", "", str(value).casefold())
    return re.sub(r"licen[sc]e$", "", text)


# ---------------------------------------------------------------- reading


def own_path(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the user's own settings are, whether or not the file is there."""
    if named := environ.get(VARIABLE):
        return Path(os.path.expanduser(named))  # noqa: PTH111 - there may be no such home
    return get_user_folder("config") / "config.yml"


def copier_path(environ: Mapping[str, str] = os.environ) -> Path:
    """Where Copier looks for its settings, whether or not the file is there."""
    if named := environ.get(COPIER_VARIABLE):
        return Path(named)
    path = get_user_folder("config", "copier") / "settings.yml"
    if os.name == "nt":
        import platformdirs

        before = platformdirs.user_config_path("copier") / "settings.yml"
        return before if before.is_file() else path
    return path


def load(folder: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read all settings.

    Args:
        folder: Where git is asked who the user is.
        environ: The environment, which may name other files.

    Raises:
        SettingsError: A file is damaged, or holds what cannot be; names the line.
    """
    path, other = own_path(environ), copier_path(environ)
    return Settings(path, read(path), read(other, copier=True), other, folder)


def read(path: Path, *, copier: bool = False) -> dict[str, Any]:
    """Read one file of settings; empty where there is none.

    Args:
        path: The file.
        copier: Whether it is Copier's, which may hold keys that are not for us.

    Raises:
        SettingsError: It is damaged, or holds what cannot be; names the line.
    """
    if not is_there(path):
        return {}
    hint = f"Fix {shown(path)}" + ("." if copier else ", as with `scaffold config --edit`.")
    try:
        held = read_settings_file(path)
    except AnswersError as error:
        raise SettingsError(path, error.problems, hint) from None
    values: dict[str, Any] = {}
    problems = []
    for key, given in held.items():
        if given.value is None or (copier and key not in (TRUST, DEFAULTS)):
            continue
        try:
            values[key] = checked(key, given.value)
        except InvalidValueError as error:
            place = (given.origin, given.line, given.column)
            problems.append(Problem(*place, make_printable(key), make_printable(str(error))))
    if problems:
        raise SettingsError(path, problems, hint)
    return values


def is_there(path: Path) -> bool:
    """Whether there is something to read, or a reason to tell why it cannot be read."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        pass
    return True


def checked(key: str, value: Any) -> Any:
    """A value as a setting holds it.

    Raises:
        InvalidValueError: It cannot be; the message says why.
    """
    if key == TRUST:
        return _sources(value)
    if key == DEFAULTS:
        if not isinstance(value, dict):
            raise InvalidValueError(f"must map questions to answers, not {describe_value(value)}")
        return value
    if key not in KEYS:
        raise InvalidValueError(no_setting(key))
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


def no_setting(key: str) -> str:
    """What to say of a key that there is not."""
    return f"is not a setting{suggest_similar(key, KEYS)}; the settings are {', '.join(KEYS)}"


def _sources(value: Any) -> tuple[str, ...]:
    sources = [value] if isinstance(value, str) else value
    if not isinstance(sources, list | tuple) or not all(isinstance(s, str) for s in sources):
        raise InvalidValueError(f"must be a list of sources, not {describe_value(value)}")
    for source in sources:
        check_texts(source, lines=False)
        if not source.strip():
            raise InvalidValueError("holds an empty source")
    return tuple(dict.fromkeys(sources))
