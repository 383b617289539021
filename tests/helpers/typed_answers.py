"""What a person may type for the built-in blueprint's text questions, and the ways to give it.

The rules stand here a second time, in other words than the blueprint's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unicodedata import normalize

import yaml
from hypothesis import strategies as st

from scaffold.answers.file_writer import format_answers_file
from scaffold.answers.sources import gather_answers
from scaffold.blueprints import find_blueprint
from scaffold.errors import AnswersError, Problem
from scaffold.operations.loading import load_questions
from scaffold.questions.given_answer import GivenAnswer

from ..generated.combinations import BLUEPRINT
from .typed_texts import TEXTS

STACK = ExitStack()
OPENED = STACK.enter_context(find_blueprint(str(BLUEPRINT)).open())
QUESTIONS = load_questions(OPENED)
# Read from the blueprint, so that a new question is tried too.
FREE_TEXT = tuple(
    name
    for name, question in QUESTIONS.questions.items()
    if question.type == "str" and not question.choices and question.when is not False
)
NAMES = ("project_name", "description", "author_name", "author_email")


# ---------------------------------------------------------------- the ways in

Way = Callable[[Mapping[str, str], Path], dict[str, GivenAnswer]]


def by_flags(texts: Mapping[str, str], folder: Path) -> dict[str, GivenAnswer]:
    return gather_answers([], [f"{name}={text}" for name, text in texts.items()], {}, {})


def by_environment(texts: Mapping[str, str], folder: Path) -> dict[str, GivenAnswer]:
    environ = {f"SCAFFOLD_DATA_{name.upper()}": text for name, text in texts.items()}
    return gather_answers([], [], environ, {})


def by_file(suffix: str, spell: Callable[[Mapping[str, str]], str]) -> Way:
    def way(texts: Mapping[str, str], folder: Path) -> dict[str, GivenAnswer]:
        file = folder / f"answers.{suffix}"
        escaped = {name: not_interpolated(text) for name, text in texts.items()}
        file.write_text(spell(escaped), encoding="utf-8", newline="\n")
        return gather_answers([file], [], {}, {}, questions=FREE_TEXT)

    return way


def not_interpolated(text: str) -> str:
    """As OmegaConf documents it: a backslash before ``${``, and those before it doubled."""
    parts = text.split("${")
    ends = [len(part) - len(part.rstrip("\\")) for part in parts[:-1]]
    marked = [part + "\\" * (end + 1) for part, end in zip(parts, ends, strict=False)]
    return "${".join([*marked, parts[-1]])


def toml_of(texts: Mapping[str, str]) -> str:
    lines = (f'{name} = "{"".join(map(toml_character, text))}"' for name, text in texts.items())
    return "\n".join(lines) + "\n"


def toml_character(character: str) -> str:
    plain = character.isalnum() and character.isascii()
    return character if plain else f"\\U{ord(character):08X}"


def yaml_of(texts: Mapping[str, str]) -> str:
    """As PyYAML writes it, unless YAML is read otherwise today: 1e3 without quotes, U+0085."""
    plain = yaml.safe_dump(dict(texts), allow_unicode=True, width=10**6)
    if yaml.safe_load(plain) == texts and not re.search(r"\d[eE][-+]?\d", plain):
        return plain
    return yaml.safe_dump(dict(texts), default_style='"', width=10**6)


def saved(texts: Mapping[str, str], folder: Path) -> dict[str, GivenAnswer]:
    """As ``scaffold answers --from`` and the review write them."""
    file = folder / "saved.yml"
    file.write_text(format_answers_file(QUESTIONS, texts), encoding="utf-8", newline="\n")
    return gather_answers([file], [], {}, {}, questions=QUESTIONS.questions)


WAYS: Mapping[str, Way] = {
    "--data": by_flags,
    "environment": by_environment,
    "yaml": by_file("yaml", yaml_of),
    "json": by_file("json", json.dumps),
    "toml": by_file("toml", toml_of),
}


def resolved(given: Mapping[str, GivenAnswer]) -> tuple[Mapping[str, Any], Sequence[Problem]]:
    """The answers, or what is wrong with them."""
    try:
        return QUESTIONS.resolve(given, defaults=True).values, ()
    except AnswersError as error:
        return {}, error.problems


# ---------------------------------------------------------------- what is accepted

INVISIBLE = re.compile(
    r"[\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2060-\u206f\u2800\u3164"
    r"\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]+"
)
TAKEN = set(QUESTIONS.questions["taken_names"].default.split())
REORDERING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
LIMITS = {"project_name": 80, "description": 500, "author_name": 200}
ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
ADDRESS = re.compile(rf"{ATOM}(\.{ATOM})*@[\w-]+(\.[\w-]+)*")


def why_refused(name: str, text: str) -> str:
    """What the reason must say; nothing where the text is fine."""
    return unholdable(text) or (OWN_RULES.get(name) or wrong_text)(name, text)


def unholdable(text: str) -> str:
    """What no file can hold, whatever the question."""
    if len(text) > 65_536:
        return "characters long"
    if any("\ud800" <= c <= "\udfff" for c in text):
        return "surrogate"
    if wrong := next((c for c in text if forbidden(c)), ""):
        return "line break" if wrong in "\r\n" else f"U+{ord(wrong):04X}"
    return ""


def wrong_text(name: str, text: str) -> str:
    if not INVISIBLE.sub("", text) and (text or name == "project_name"):
        return "needs a name" if name == "project_name" else "shows nothing"
    return "longer than" if len(text) > LIMITS[name] else ""


def wrong_address(_: str, text: str) -> str:
    if len(text) > 254:
        return "longer than"
    if not text or ADDRESS.fullmatch(text):
        return ""
    return "no e-mail address" if text.partition("@")[0].isascii() or "@" not in text else "ASCII"


def wrong_package(_: str, text: str) -> str:
    if not text:
        return "no Latin letter or digit"
    if not re.fullmatch("[a-z][a-z0-9_]*", text):
        return "lower-case letters"
    if text in TAKEN:
        return "uses already"
    return "longer than" if len(text) > 50 else ""


def names_no_package(project: str) -> bool:
    """Whether no package can be named after the project, so that a name must be given."""
    return not re.search("[A-Za-z0-9]|[ßæœøłđðþħıŋŧĸəƒɛ]", normalize("NFKD", project), re.I)


OWN_RULES = {"package_name": wrong_package, "author_email": wrong_address}


def forbidden(character: str) -> bool:
    """Whether some file cannot hold it, or would show something else than it says."""
    code = ord(character)
    control = code < 0x20 or 0x7F <= code < 0xA0
    return control or character in f"\u2028\u2029\ufeff\ufffe\uffff{REORDERING}"


def accepted(name: str) -> list[str]:
    """The texts that answer a question."""
    return [text for text in TEXTS if not why_refused(name, text)]


CHARACTERS = st.characters(exclude_categories=["Cs"])
TRICKY = st.sampled_from(
    "\\${}\"'#%:;,-|>&*!?@`~[]()<>= \u200d\u200c\u0301🎉漢م\ufe0f\u00a0\x85\u2028"
)
TYPED = st.text(CHARACTERS | TRICKY, max_size=90) | st.text(TRICKY, max_size=30)
