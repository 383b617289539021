"""What a shell offers while a command is typed.

The scripts that `scaffold completion` prints call this program with the name of the shell in the
variable ``_SCAFFOLD_COMPLETE`` and the words so far; bash, which takes words apart at ``=`` and
``:``, hands over its whole line. What comes back: a line that says what the words are (``words``,
``files`` or ``folders``), then a word a line, for zsh and fish with a tab and what it means.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

VARIABLE = "_SCAFFOLD_COMPLETE"
SHELLS = ("bash", "zsh", "fish")
Offer = tuple[str, str]


_UNKNOWN = SimpleNamespace(name="", params=())
"""A command that there is not."""


@dataclass
class Line:
    """A command line up to the word that is typed.

    Attributes:
        command: The command; None where none was typed yet.
        values: What the options and arguments before it were given, by parameter.
        wanted: The parameter whose value is typed; None where it may be an option or a command.
        start: What of the word stands before the value, as in ``--to=``.
        typed: What of the value is typed.
    """

    command: Any = None
    values: dict[str, list[str]] = field(default_factory=dict)
    wanted: Any = None
    start: str = ""
    typed: str = ""

    def last(self, *names: str) -> str:
        """The last value of the first of some parameters that has one; empty where none has."""
        return next((self.values[name][-1] for name in names if self.values.get(name)), "")


def complete(shell: str, words: Sequence[str]) -> int:
    """Print what may follow; see the module."""
    breaks = ""
    if shell == "bash":
        breaks, words = words[1] if len(words) > 1 else "", _split(words[0])
    try:
        kind, offers = offered(words or [""])
    except Exception:  # the person types on, and would not want to read of it
        kind, offers = "words", []
    sys.stdout.write("\n".join([kind, *_shown(shell, words[-1] if words else "", offers, breaks)]))
    sys.stdout.write("\n")
    return 0


def _split(text: str) -> list[str]:
    """Take a line of bash apart; the last word is the one that is typed, and may be empty."""
    for closing in ("", "'", '"'):
        try:
            words = shlex.split(text + closing)
        except ValueError:
            continue
        return [*words[1:], ""] if not closing and re.search(r"(?<!\\)\s$", text) else words[1:]
    return [""]


def _shown(shell: str, typed: str, offers: Iterable[Offer], breaks: str) -> Iterator[str]:
    """The offers as a shell takes them."""
    # bash completes only what follows the last character that it takes words apart at.
    cut = max((typed.rfind(char) + 1 for char in breaks if char in "=:,"), default=0)
    for word, about in offers:
        plain = " ".join(about.split())
        if not (word + plain).isprintable():
            continue
        if shell == "bash":
            yield word[cut:]
        else:
            yield f"{word}\t{plain}" if plain else word


def offered(words: Sequence[str]) -> tuple[str, list[Offer]]:
    """What may stand in the place of the last word: the kind, and words with their meanings."""
    line = read(words)
    if line.wanted is None:
        names = _names(line, words[-1]) if words[-1].startswith("-") else _commands(line)
        return "words", [offer for offer in names if offer[0].startswith(words[-1])]
    offer = OFFERS.get(line.wanted.name)
    if offer is None:
        return "words", []
    found = offer(line)
    if isinstance(found, str):
        return found, []
    fitting = [(line.start + word, about) for word, about in found if word.startswith(line.typed)]
    if not fitting and line.wanted.name in ("source", "blueprint"):
        return "folders", []
    return "words", fitting


# ---------------------------------------------------------------- what was typed


def read(words: Sequence[str]) -> Line:
    """Read the words before the last, and find out what the last one may be."""
    from .app import commands

    group = commands()
    line, expected, only_arguments = Line(), None, False
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
        elif argument := _argument(line):
            line.values.setdefault(argument.name, []).append(word)
    _want(line, words[-1], expected, only_arguments, group)
    return line


def _take_option(line: Line, word: str, group: Any) -> Any:
    """Note an option; gives the parameter whose value the next word is."""
    name, equals, value = word.partition("=")
    option = _option(line.command or group, name)
    if option is None or option.is_flag:
        if option is not None:
            line.values.setdefault(option.name, []).append(word)
        return None
    if equals:
        line.values.setdefault(option.name, []).append(value)
        return None
    return option


def _argument(line: Line) -> Any:
    """The argument that comes next; one that may stand often goes on."""
    arguments = [p for p in line.command.params if p.param_type_name == "argument"]
    return next((a for a in arguments if a.nargs != 1 or a.name not in line.values), None)


def _option(command: Any, name: str) -> Any:
    return next((p for p in command.params if name in p.opts), None)


def _want(line: Line, word: str, expected: Any, only_arguments: bool, group: Any) -> None:
    """Find out what the last word is."""
    name, equals, value = word.partition("=")
    if expected is not None:
        line.wanted, line.typed = expected, word
    elif word.startswith("--") and equals and not only_arguments:
        line.wanted = _option(line.command or group, name)
        line.start, line.typed = f"{name}=", value
    elif line.command is None or hasattr(line.command, "commands"):
        return
    elif only_arguments or not word.startswith("-"):
        line.wanted, line.typed = _argument(line), word


def _names(line: Line, typed: str) -> Iterator[Offer]:
    """The options that may follow: those that were given only if they may be given again."""
    from .app import commands

    for option in (line.command or commands()).params:
        is_known = option.param_type_name == "option" and not option.hidden
        if is_known and (option.multiple or option.name not in line.values):
            long = max(option.opts, key=len)
            yield typed if typed in option.opts else long, option.help or ""
    yield "--help", "Show this message and exit."


def _commands(line: Line) -> Iterator[Offer]:
    from .app import commands

    group = line.command if hasattr(line.command, "commands") else commands()
    for name, command in group.commands.items():
        if not command.hidden and (line.command is None or line.command is group):
            yield name, command.get_short_help_str(200)


# ---------------------------------------------------------------- what may follow


def _blueprints(line: Line) -> str | Iterable[Offer]:
    from ..operations import completion as offering

    if line.typed.startswith(("/", ".", "~")):
        return "folders"
    return offering.blueprints()


def _versions(line: Line) -> Iterable[Offer]:
    from ..operations import completion as offering

    yield from offering.versions(line.last("source", "blueprint"), _project(line))
    if line.command.name == "update":
        yield "current", "the recorded version, to change answers"


def _presets(line: Line) -> Iterable[Offer]:
    from ..operations import completion as offering

    return offering.presets(line.last("source", "blueprint"), line.last("to"))


def _answers(line: Line) -> Iterable[Offer]:
    from ..operations import completion as offering

    given = {item.partition("=")[0] + "=" for item in line.values.get("data", ())}
    version = line.last("to").replace("current", "")
    found = offering.answers(line.last("blueprint"), version, _project(line), line.typed)
    return (offer for offer in found if offer[0] not in given)


def _project(line: Line) -> str:
    """The project that the command is about; empty where it is about none."""
    if line.command.name in ("update", "diff"):
        return line.last("path") or "."
    return line.last("project")


def _settings(line: Line) -> Iterator[Offer]:
    from ..operations import completion as offering
    from ..user import DEFAULTS, KEYS

    yield from ((key, "") for key in KEYS if key != DEFAULTS)
    for question, about in offering.answers("", "", "", ""):
        yield f"{DEFAULTS}.{question.rstrip('=')}", about


def _setting(line: Line) -> Iterator[Offer]:
    from ..operations import completion as offering
    from ..user import DEFAULTS, PRESET

    key = line.last("key")
    if key == PRESET:
        yield from offering.presets("", "")
        return
    typed = f"{key.removeprefix(f'{DEFAULTS}.')}={line.typed}"
    for answer, about in offering.answers("", "", "", typed):
        yield answer.partition("=")[2], about


OFFERS: Mapping[str, Callable[[Line], str | Iterable[Offer]]] = {
    "blueprint": _blueprints,
    "source": _blueprints,
    "base": _versions,
    "to": _versions,
    "preset": _presets,
    "data": _answers,
    "key": _settings,
    "value": _setting,
    "shell": lambda _: ((shell, "") for shell in SHELLS),
    **dict.fromkeys(("answers", "output", "record", "archive"), lambda _: "files"),
    **dict.fromkeys(("exclude", "skip"), lambda _: ()),  # patterns of paths that are not there yet
    **dict.fromkeys(("dest", "path", "paths", "project"), lambda _: "folders"),
}
