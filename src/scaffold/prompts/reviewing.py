"""What can be done with a review: look, save, edit, create, quit."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ScaffoldError
from ..operations import QUIT, Quit
from ..questions import BACK, Choice, Step, make_printable
from . import tree
from .asking import ask
from .look import Line, spelled, words
from .pager import file_lines, numbered, pager
from .review import CREATE, EDIT, FILES, LEAVE, PRINT, SAVE, TREE, Screen, changes, menu
from .screen import drawn, end_by, leaving_keys, run, steady

if TYPE_CHECKING:
    from ..operations import Review

DEFAULT_FILE = "answers.yml"


def decide(review: Review, print_command: Callable[[str], None]) -> str | Quit | None:
    """Show a review until a person decides.

    Returns:
        The name of the question to ask again, None to make the project, or `QUIT` to make none.

    Raises:
        Interrupted: Ctrl-C, Ctrl-D, or a terminal that went away.
    """
    screen = Screen(review, done=changes(review))
    while True:
        with steady():
            chosen, edited = _look_around(review, screen)
        if chosen == LEAVE:
            return QUIT
        if chosen != PRINT:
            return edited
        print_command(review.command)
        keys = leaving_keys(can_go_back=False)
        end_by(keys, "enter", "escape", "q")
        run(drawn(lambda *_: [[("class:keys", "  enter: back to the review")]], keys))


def _look_around(review: Review, screen: Screen) -> tuple[str, str | None]:
    """Let a person look and save; gives what they do then, and the answer that is changed."""
    while (chosen := run(menu(screen))) not in {CREATE, PRINT, LEAVE}:
        screen.done = ""
        if chosen == EDIT and (name := _answer(review)) is not BACK:
            return EDIT, str(name)
        if chosen == FILES:
            _browse(review)
        elif chosen == TREE:
            screen.show_whole()
        elif chosen == SAVE:
            screen.done = _save(review)
    return chosen, None


def _answer(review: Review) -> Any:
    preset = [Choice("preset", "preset", review.preset)] if review.preset else []
    answers = [
        Choice(words(a.name), a.name, spelled(a.value, secret=a.secret)) for a in review.answers
    ]
    return ask(_step("Which answer do you want to change?", [*preset, *answers]), whole=True)


def _browse(review: Review) -> None:
    """Let a person look at one file after the other."""
    choices = [Choice(file.path, file.path, tree.spell_size(file.size)) for file in review.files]
    path: Any = choices[0].value if choices else BACK
    while path is not BACK:
        path = ask(_step("Which file?", choices, default=path), whole=True)
        if path is not BACK:
            look(review.folder / path, path)


def look(file: Path, name: str) -> None:
    """Show a file on the whole screen."""
    if file.is_symlink():
        lines: list[Line] = [[("class:help", make_printable(f"a link to {os.readlink(file)}"))]]  # noqa: PTH115
    else:
        lines = file_lines(file)
    run(pager(make_printable(name), lambda columns: numbered(lines, columns)))


def _save(review: Review) -> str:
    """Save the answers; gives what to tell of it."""

    def named(text: str) -> str:
        name = text.strip()
        if not name:
            raise ValueError("a file needs a name")
        if os.path.lexists(Path(name).expanduser()):
            raise ValueError(f"{name} is there already; choose another name")
        return name

    step = _step("Into which file?", default=DEFAULT_FILE, check=named)
    if (reply := ask(step, whole=True)) is BACK:
        return ""
    path = Path(named(reply)).expanduser()
    try:
        review.save(path)
    except ScaffoldError as error:
        return f"not saved: {make_printable(error.what)}"
    return f"saved; use it with --answers {make_printable(str(path))}"


def _step(asked: str, choices: Sequence[Choice] = (), **changed: Any) -> Step:
    settings: dict[str, Any] = {"default": "", "check": lambda value: value, **changed}
    settings |= {"name": "review", "type": "str", "help": asked, "can_go_back": True}
    return Step(choices=tuple(choices), **settings)
