"""The last look at a new project, at the terminal: what it will be, and what to do about it."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import prompts
from .errors import Interrupted, ScaffoldError
from .questions import BACK, Choice, Step
from .values import printable, shorten

if TYPE_CHECKING:
    from .operations.review import Review

CREATE, EDIT, LOOK, SAVE, QUIT = "create", "edit", "look", "save", "quit"
DEFAULT_FILE = "answers.yml"
MOST_BYTES = 200_000


def review(shown: Review) -> str | None:
    """Show what is about to be made, until a person decides.

    Returns:
        The name of the question to ask again; None when the project shall be made.

    Raises:
        Interrupted: The person quits.
    """
    _say(summary(shown, prompts.columns()))
    while True:
        chosen = _choose(f"Make {shown.path.name}?", _MENU)
        if chosen == CREATE:
            return None
        if chosen == QUIT:
            raise Interrupted("nothing was made")
        if chosen == EDIT and (name := _choose("Which answer?", _answers(shown))) is not BACK:
            return str(name)
        if chosen == LOOK and (path := _choose("Which file?", _files(shown))) is not BACK:
            _say(_file(shown.folder / str(path)))
        if chosen == SAVE:
            _save(shown)


_MENU = (
    Choice("Create it", CREATE),
    Choice("Edit an answer", EDIT),
    Choice("Look at a file", LOOK),
    Choice("Save the answers to a file", SAVE),
    Choice("Quit, and leave nothing", QUIT),
)


def _choose(asked: str, choices: Sequence[Choice]) -> Any:
    return prompts.ask(_step(asked, choices=tuple(choices), can_go_back=choices is not _MENU))


def _step(asked: str, choices: tuple[Choice, ...] = (), **changed: Any) -> Step:
    settings: dict[str, Any] = {"default": choices[0].value if choices else "", "check": _same}
    settings |= {"can_go_back": True, **changed}
    return Step(
        name="review",
        type="str",
        help=asked,
        choices=choices,
        multiselect=False,
        secret=False,
        multiline=False,
        placeholder="",
        position=0,
        total=0,
        **settings,
    )


def _same(value: Any) -> Any:
    return value


def _answers(shown: Review) -> list[Choice]:
    preset = [Choice(f"preset: {shown.preset}", "preset")] if shown.preset else []
    return preset + [Choice(f"{_label(a.name)}: {_value(a)}", a.name) for a in shown.answers]


def _files(shown: Review) -> list[Choice]:
    return [Choice(file.path, file.path) for file in shown.files]


def _save(shown: Review) -> None:
    def save(text: str) -> str:
        path = Path(text.strip() or DEFAULT_FILE).expanduser()
        try:
            shown.save(path)
        except ScaffoldError as error:
            raise ValueError(error.what) from None
        return str(path)

    reply = prompts.ask(_step("Into which file?", default=DEFAULT_FILE, check=save))
    if reply is not BACK:
        _say(f"saved; use it again with --answers {printable(str(reply))}")


# ---------------------------------------------------------------- what is shown


def summary(shown: Review, width: int) -> str:
    """The answers, the folders with what they hold, the dependencies and the command.

    Args:
        shown: The project.
        width: Columns of the terminal; only the command is longer, so that it can be copied.
    """
    labels = max((len(_label(answer.name)) for answer in shown.answers), default=0)
    rows = [f"  {_label(a.name):{labels}}  {_value(a)}" for a in shown.answers]
    head = f"{shown.label}{f', preset {shown.preset}' if shown.preset else ''}"
    files = [f"  {name}" for name in folders(shown)]
    needs = [f"  {', '.join(shown.dependencies)}"] if shown.dependencies else []
    lines = ["", head, *rows, f"{len(shown.files)} files", *files]
    lines += [f"{len(shown.dependencies)} dependencies", *needs] if needs else []
    lines += [f"note: {note}" for note in shown.notes]
    cut = [shorten(printable(line), width - 1) for line in lines]
    return "\n".join([*cut, "The same without being asked:", printable(shown.command), ""])


def folders(shown: Review) -> list[str]:
    """The top of the tree: folders with how many files they hold, then files."""
    tops = Counter(file.path.partition("/")[0] for file in shown.files if "/" in file.path)
    inside = [f"{name}/  {count} file{'s' if count > 1 else ''}" for name, count in tops.items()]
    return inside + [file.path for file in shown.files if "/" not in file.path]


def _label(name: str) -> str:
    return printable(name.replace("_", " "))


def _value(answer: Any) -> str:
    if answer.secret:
        return "••••"
    if isinstance(answer.value, bool):
        return "yes" if answer.value else "no"
    if isinstance(answer.value, list):
        return printable(", ".join(map(str, answer.value))) or "none"
    return printable(str(answer.value))


def _file(path: Path) -> str:
    """A file as it will be written, highlighted where there is colour."""
    data = path.read_bytes()[:MOST_BYTES]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return f"{path.name} is not text: {path.stat().st_size} bytes"
    safe = "\n".join(printable(line) for line in text.expandtabs(4).splitlines())
    return safe if os.environ.get("NO_COLOR") else highlighted(path.name, safe)


def highlighted(name: str, text: str) -> str:
    """A text with the colours of its language."""
    from pygments import highlight
    from pygments.formatters import TerminalFormatter
    from pygments.lexers import TextLexer, get_lexer_for_filename
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_for_filename(name)
    except ClassNotFound:
        lexer = TextLexer()
    return str(highlight(text, lexer, TerminalFormatter())).rstrip("\n")


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
