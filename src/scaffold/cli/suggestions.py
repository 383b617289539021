"""Suggestions of a shell for the word that is typed, presets and versions included.

The scripts that `scaffold completion` prints call this program with the name of the shell in the
variable ``_SCAFFOLD_COMPLETE`` and the words so far; bash, which takes words apart at ``=`` and
``:``, hands over its whole line. The answer is a line with the kind of the words (``words``,
``files`` or ``folders``), then a word a line, for zsh and fish with a tab and its meaning.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from .. import operations, user
from .app import get_commands

if TYPE_CHECKING:
    from ..operations import Suggestion

VARIABLE = "_SCAFFOLD_COMPLETE"
SHELLS = ("bash", "zsh", "fish")

_UNKNOWN = SimpleNamespace(name="", params=())
"""Stands in for an unknown command."""


@dataclass
class TypedLine:
    """A command line up to the word that is typed.

    Attributes:
        command: The command; None if none was typed yet.
        values: The values of the options and arguments before it, by parameter.
        wanted: The parameter whose value is typed; None if it may be an option or a command.
        start: The part of the word before the value, as in ``--to=``.
        typed: The part of the value that is typed.
    """

    command: Any = None
    values: dict[str, list[str]] = field(default_factory=dict)
    wanted: Any = None
    start: str = ""
    typed: str = ""

    def last(self, *names: str) -> str:
        """Get the last value of the first parameter that has one; empty if none has."""
        return next((self.values[name][-1] for name in names if self.values.get(name)), "")


def complete(shell: str, words: Sequence[str]) -> int:
    """Print the suggestions; see the module."""
    breaks = ""
    if shell == "bash":
        breaks, words = words[1] if len(words) > 1 else "", _split(words[0])
    try:
        kind, found = suggest(words or [""])
    except Exception as error:  # must not disturb the person who types
        from ..errors import ScaffoldError

        kind, found = "words", []
        if not isinstance(error, ScaffoldError | OSError):
            from .bug import write_log

            write_log(error, words)
    sys.stdout.write("\n".join([kind, *_format(shell, words[-1] if words else "", found, breaks)]))
    sys.stdout.write("\n")
    return 0


def _split(text: str) -> list[str]:
    """Split a line of bash; the last word is the one that is typed, and may be empty."""
    for closing in ("", "'", '"'):
        try:
            words = shlex.split(text + closing)
        except ValueError:
            continue
        return [*words[1:], ""] if not closing and re.search(r"(?<!\\)\s$", text) else words[1:]
    return [""]


def _format(
    shell: str, typed: str, suggestions: Iterable[Suggestion], breaks: str
) -> Iterator[str]:
    # bash completes only what follows the last character that it takes words apart at.
    cut = max((typed.rfind(char) + 1 for char in breaks if char in "=:,"), default=0)
    for word, about in suggestions:
        plain = " ".join(about.split())
        if not (word + plain).isprintable():
            continue
        if shell == "bash":
            yield word[cut:]
        else:
            yield f"{word}\t{plain}" if plain else word


def suggest(words: Sequence[str]) -> tuple[str, list[Suggestion]]:
    """Suggest words for the last word: their kind, and each with its meaning."""
    line = parse(words)
    if line.wanted is None:
        typed = words[-1]
        names = _suggest_options(line, typed) if typed[:1] == "-" else _suggest_commands(line)
        return "words", [found for found in names if found[0].startswith(typed)]
    if line.wanted.name not in SUGGESTIONS:
        return "words", []
    found = SUGGESTIONS[line.wanted.name](line)
    if isinstance(found, str):
        return found, []
    fitting = [(line.start + word, about) for word, about in found if word.startswith(line.typed)]
    if not fitting and line.wanted.name in ("source", "blueprint"):
        return "folders", []
    return "words", fitting


# ---------------------------------------------------------------- what was typed


def parse(words: Sequence[str]) -> TypedLine:
    """Parse the words, and find the parameter that the last one belongs to."""
    group = get_commands()
    line, expected, only_arguments = TypedLine(), None, False
    for word in words[:-1]:
        if expected is not None:
            line.values.setdefault(expected.name, []).append(word)
            expected = None
        elif word == "--":
            only_arguments = True
        elif word.startswith("-") and word != "-" and not only_arguments:
            expected = _take_option(line, word, group)
        elif line.command is None:
            line.command = group.commands.get(word, _UNKNOWN)
        elif hasattr(line.command, "commands"):
            line.command = line.command.commands.get(word, line.command)
        elif argument := _next_argument(line):
            line.values.setdefault(argument.name, []).append(word)
    _set_wanted(line, words[-1], expected, only_arguments, group)
    return line


def _take_option(line: TypedLine, word: str, group: Any) -> Any:
    """Store an option; gives the parameter whose value the next word is."""
    name, equals, value = word.partition("=")
    option = _find_option(line.command or group, name)
    if option is None or not (option.is_flag or equals):
        return option
    line.values.setdefault(option.name, []).append(word if option.is_flag else value)
    return None


def _next_argument(line: TypedLine) -> Any:
    """Get the next argument; one that takes several values stays the next."""
    arguments = [p for p in line.command.params if p.param_type_name == "argument"]
    return next((a for a in arguments if a.nargs != 1 or a.name not in line.values), None)


def _find_option(command: Any, name: str) -> Any:
    return next((p for p in command.params if name in p.opts), None)


def _set_wanted(
    line: TypedLine, word: str, expected: Any, only_arguments: bool, group: Any
) -> None:
    name, equals, value = word.partition("=")
    if expected is not None:
        line.wanted, line.typed = expected, word
    elif word.startswith("--") and equals and not only_arguments:
        line.wanted = _find_option(line.command or group, name)
        line.start, line.typed = f"{name}=", value
    elif line.command is None or hasattr(line.command, "commands"):
        return
    elif only_arguments or not word.startswith("-"):
        line.wanted, line.typed = _next_argument(line), word


def _suggest_options(line: TypedLine, typed: str) -> Iterator[Suggestion]:
    """Suggest options, without those that were given and cannot be repeated."""
    for option in (line.command or get_commands()).params:
        is_known = option.param_type_name == "option" and not option.hidden
        if is_known and (option.multiple or option.name not in line.values):
            long = max(option.opts, key=len)
            yield typed if typed in option.opts else long, option.help or ""
    yield "--help", "Show this message and exit."


def _suggest_commands(line: TypedLine) -> Iterator[Suggestion]:
    group = line.command if hasattr(line.command, "commands") else get_commands()
    for name, command in group.commands.items():
        if not command.hidden and (line.command is None or line.command is group):
            yield name, command.get_short_help_str(200)


# ---------------------------------------------------------------- what may follow


def _suggest_blueprints(line: TypedLine) -> str | Iterable[Suggestion]:
    if line.typed.startswith(("/", ".", "~")):
        return "folders"
    return operations.suggestions.suggest_blueprints()


def _get_blueprint(line: TypedLine) -> operations.NamedBlueprint:
    """Get the blueprint that the words name, or that of the command's project."""
    in_project = line.command.name in ("update", "diff")
    return operations.NamedBlueprint(
        line.last("source", "blueprint"),
        line.last("to").replace("current", ""),
        (line.last("path") or ".") if in_project else line.last("project"),
        line.last("record"),
    )


def _suggest_versions(line: TypedLine) -> Iterator[Suggestion]:
    yield from operations.suggestions.suggest_versions(_get_blueprint(line))
    if line.command.name == "update":
        yield "current", "the recorded version, to change answers"


def _suggest_presets(line: TypedLine) -> Iterator[Suggestion]:
    return operations.suggestions.suggest_presets(_get_blueprint(line))


def _suggest_answers(line: TypedLine) -> Iterator[Suggestion]:
    given = {item.partition("=")[0] + "=" for item in line.values.get("data", ())}
    found = operations.suggestions.suggest_answers(_get_blueprint(line), line.typed)
    return (suggestion for suggestion in found if suggestion[0] not in given)


def _suggest_keys(line: TypedLine) -> Iterator[Suggestion]:
    yield from ((key, "") for key in user.SETTING_KEYS if key != user.DEFAULTS_KEY)
    for question, about in operations.suggestions.suggest_answers(_get_blueprint(line), ""):
        yield f"{user.DEFAULTS_KEY}.{question.rstrip('=')}", about


def _suggest_values(line: TypedLine) -> Iterator[Suggestion]:
    key, blueprint = line.last("key"), _get_blueprint(line)
    if key == user.PRESET_KEY:
        yield from operations.suggestions.suggest_presets(blueprint)
        return
    typed = f"{key.removeprefix(f'{user.DEFAULTS_KEY}.')}={line.typed}"
    for answer, about in operations.suggestions.suggest_answers(blueprint, typed):
        yield answer.partition("=")[2], about


SUGGESTIONS: Mapping[str, Callable[[TypedLine], str | Iterable[Suggestion]]] = {
    "blueprint": _suggest_blueprints,
    "source": _suggest_blueprints,
    "base": _suggest_versions,
    "to": _suggest_versions,
    "preset": _suggest_presets,
    "data": _suggest_answers,
    "key": _suggest_keys,
    "value": _suggest_values,
    "shell": lambda _: ((shell, "") for shell in SHELLS),
    **dict.fromkeys(("answers", "output", "record", "archive"), lambda _: "files"),
    **dict.fromkeys(("exclude", "skip"), lambda _: ()),  # patterns of paths that are not there yet
    **dict.fromkeys(("dest", "path", "paths", "project"), lambda _: "folders"),
}
