"""Prompts in a real pseudo-terminal: a person types, a program asks."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pyte
import pytest

from scaffold.prompts import interactive

DOWN, UP, BACK, ENTER, BACKSPACE = "\x1b[B", "\x1b[A", "\x1b[Z", "\r", "\x7f"
CTRL_C, CTRL_D = "\x03", "\x04"

PROGRAM = """
import json, sys
from pathlib import Path
from scaffold import prompts
from scaffold.errors import ScaffoldError
from scaffold.questions import Choice, Questionnaire
root = Path(sys.argv[1])
config = json.loads((root / "config.json").read_text())
task = [Choice("Images", "image", "Classify images."), Choice("Text", "text", "Or text.")]
try:
    built = Questionnaire.load(config, root, {"task": task})
    answers = built.resolve({}, defaults=False, ask=prompts.ask)
except ScaffoldError as error:
    sys.stderr.write(f"\\n{error.what}\\n")
    sys.exit(error.exit_code)
(root / "answers.json").write_text(json.dumps(dict(answers.values)))
print("the data")
"""


class Terminal:
    """A person at a terminal in front of the questions of a config."""

    def __init__(self, folder: Path, config: dict[str, Any], columns: int = 80, **env: str) -> None:
        (folder / "config.json").write_text(json.dumps(config))
        self.answers = folder / "answers.json"
        self.stdout = folder / "stdout"
        self.raw = ""
        self._screen = pyte.HistoryScreen(columns, 40, history=500)
        self._stream = pyte.Stream(self._screen)
        program = f'exec "$0" -c "$1" "$2" > {self.stdout}'
        self._child = pexpect.spawn(
            "/bin/sh",
            ["-c", program, sys.executable, PROGRAM, str(folder)],
            encoding="utf-8",
            dimensions=(40, columns),
            env={"PATH": os.environ["PATH"], "TERM": "xterm-256color", "LANG": "C.UTF-8",
                 "PROMPT_TOOLKIT_NO_CPR": "1", "HOME": str(folder), **env},
        )  # fmt: skip

    def text(self) -> str:
        """What the screen shows."""
        return "\n".join(line.rstrip() for line in self._screen.display).strip()

    def colours(self) -> list[str]:
        """The colours that were sent."""
        return re.findall(r"\x1b\[[0-9;]*(?:38|48|3[0-7])[;m][0-9;]*", self.raw)

    def sees(self, what: str | Callable[[str], bool]) -> str:
        """Wait until the screen shows something, and all that is drawn along with it."""
        shown = (lambda text: what in text) if isinstance(what, str) else what
        deadline = time.monotonic() + 20
        while not shown(self.text()):
            if not self._read() and time.monotonic() > deadline:
                raise AssertionError(f"not seen: {what}\n{self.text()}")
        with contextlib.suppress(AssertionError):  # a program may end with what it shows
            while self._read():
                pass
        return self.text()

    def _read(self) -> bool:
        try:
            piece = self._child.read_nonblocking(65536, timeout=0.1)
        except pexpect.TIMEOUT:
            return False
        except pexpect.EOF:
            raise AssertionError(f"the program ended\n{self.text()}") from None
        self.raw += piece
        self._stream.feed(piece)
        return True

    def types(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self._child.send(key)

    def ends(self) -> int:
        """Wait until the program has ended; give its exit code."""
        try:
            while True:
                self._read()
        except AssertionError:
            self._child.close()
        assert self._child.exitstatus is not None, self.text()
        return self._child.exitstatus

    def result(self) -> Any:
        """The answers, after a good end."""
        assert self.ends() == 0, self.text()
        return json.loads(self.answers.read_text())

    def closes(self) -> None:
        """Kill the program if it still runs."""
        self._child.close(force=True)


Open = Callable[..., Terminal]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Open]:
    opened: list[Terminal] = []

    def open_terminal(config: dict[str, Any], columns: int = 80, **env: str) -> Terminal:
        opened.append(Terminal(tmp_path, config, columns, **env))
        return opened[-1]

    yield open_terminal
    for item in opened:
        item.closes()


MANY = [f"choice-{number}" for number in range(12)]
KINDS: dict[str, Any] = {
    "name": {"type": "str", "default": "demo", "help": "What is it called?"},
    "task": {"type": "str", "default": "text", "help": "What should it learn?"},
    "loggers": {"type": "str", "choices": ["csv", "wandb", "mlflow"], "multiselect": True,
                "default": ["csv"]},
    "entity": {"type": "str", "default": "me", "when": "{{ 'wandb' in loggers }}"},
    "seed": 42,
    "docker": True,
    "tree": {"type": "json", "default": '{"a": 1}'},
}  # fmt: skip


def test_defaults_are_accepted_with_enter(terminal: Open) -> None:
    person = terminal(KINDS)
    shown = person.sees("1 of 6  What is it called?")
    assert "> demo" in shown
    assert "back" not in shown
    person.types(ENTER)
    shown = person.sees("2 of 6  What should it learn?")
    assert "   Images — Classify images.\n » Text — Or text." in shown
    assert "shift-tab: back" in shown
    person.types(ENTER)
    person.sees(" » ● csv\n   ○ wandb\n   ○ mlflow")
    person.types(ENTER)
    person.sees("> 42")
    person.types(ENTER)
    person.sees("(Y/n")
    person.types(ENTER)
    person.sees('{"a": 1}')
    person.types(ENTER)
    assert person.result() == {
        "name": "demo", "task": "text", "loggers": ["csv"], "seed": 42, "docker": True,
        "tree": {"a": 1},
    }  # fmt: skip
    assert person.stdout.read_text() == "the data\n"


def test_answers_are_typed_and_chosen(terminal: Open) -> None:
    person = terminal(KINDS)
    person.sees("1 of 6")
    person.types("-é🎉", ENTER)
    person.sees("2 of 6")
    person.types(UP, ENTER)
    person.sees("3 of 6")
    person.types(" ", DOWN, " ", ENTER)
    person.sees("4 of 7  entity")
    person.types("!", ENTER)
    person.sees("5 of 7")
    person.types(BACKSPACE, BACKSPACE, "7", ENTER)
    person.sees("6 of 7")
    person.types("n")
    person.sees("7 of 7")
    person.types(BACKSPACE, ', "b": []}', ENTER)
    assert person.result() == {
        "name": "demo-é🎉", "task": "image", "loggers": ["wandb"], "entity": "me!", "seed": 7,
        "docker": False, "tree": {"a": 1, "b": []},
    }  # fmt: skip


def test_an_invalid_answer_is_explained_and_asked_again(terminal: Open) -> None:
    why = "a name is made of letters and digits, at least two of them, and here is a long reason"
    validator = "{% if not name.isalnum() %}" + why + "{% endif %}"
    config = {"name": {"type": "str", "default": "a-b", "validator": validator}, "seed": 1}
    person = terminal(config, columns=60)
    person.sees("> a-b")
    person.types(ENTER)
    shown = person.sees(lambda text: text.count("1 of 2") == 2)
    assert why in shown.replace("\n", "")
    assert shown.endswith("> a-b")
    person.types(BACKSPACE, BACKSPACE, ENTER)
    person.sees("2 of 2")
    person.types("x", ENTER)
    person.sees('must be a whole number, not "1x"')
    person.types(BACKSPACE, ENTER)
    assert person.result() == {"name": "a", "seed": 1}


def test_a_chosen_value_is_validated_too(terminal: Open) -> None:
    validator = "{% if not many %}choose at least one{% endif %}"
    config = {"many": {"type": "str", "choices": ["a", "b"], "multiselect": True, "default": [],
                       "validator": validator}}  # fmt: skip
    person = terminal(config)
    person.sees("○ a")
    person.types(ENTER)
    person.sees("choose at least one")
    person.types(" ", ENTER)
    assert person.result() == {"many": ["a"]}


def test_long_lists_are_filtered(terminal: Open) -> None:
    config = {
        "one": {"type": "str", "choices": MANY, "default": "choice-1"},
        "some": {"type": "str", "choices": MANY, "multiselect": True, "default": []},
    }
    person = terminal(config)
    person.sees("type to filter")
    person.sees(" » choice-1\n")
    person.types("e-11")
    person.sees(lambda text: "choice-11" in text and "choice-2" not in text)
    person.types(ENTER)
    person.sees("2 of 2")
    person.types("-7")
    person.sees(lambda text: " » ○ choice-7" in text)
    person.types(" ")
    person.sees("● choice-7")
    person.types(ENTER)
    assert person.result() == {"one": "choice-11", "some": ["choice-7"]}


def test_a_choice_that_cannot_be_taken_is_skipped(terminal: Open) -> None:
    config = {"a": {"choices": {"X": {"value": 1, "validator": "sold out"}, "Y": 2, "Z": 3}}}
    person = terminal(config)
    person.sees("X (sold out)")
    person.types(DOWN, DOWN, ENTER)
    assert person.result() == {"a": 2}


def test_choices_may_be_anything(terminal: Open) -> None:
    choices = {"None": None, "False": False, "Zero": 0, "List": "[1]"}
    person = terminal({"a": {"choices": choices, "default": False, "type": "yaml"}, "b": 1})
    person.sees(" » False")
    person.types(UP, ENTER)
    person.sees("2 of 2")
    person.types(BACK)
    person.sees(" » None")
    person.types(DOWN, DOWN, DOWN, ENTER)
    person.sees("2 of 2")
    person.types(ENTER)
    assert person.result() == {"a": [1], "b": 1}


def test_back_over_two_questions(terminal: Open) -> None:
    person = terminal(KINDS)
    person.sees("1 of 6")
    person.types(BACK, "x", ENTER)
    person.sees("2 of 6")
    person.types(UP, ENTER)
    person.sees("3 of 6")
    person.types(BACK)
    person.sees(" » Images")
    person.types(BACK)
    person.sees(lambda text: text.endswith("> demox"))
    person.types("y", ENTER)
    person.sees(" » Images")
    person.types(ENTER)
    person.sees("3 of 6")
    for number in (4, 5, 6):
        person.types(ENTER)
        person.sees(f"{number} of 6")
    person.types(ENTER)
    result = person.result()
    assert (result["name"], result["task"]) == ("demoxy", "image")


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D], ids=["ctrl-c", "ctrl-d"])
@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"type": "str", "default": "some text"}, id="text"),
        pytest.param({"type": "str", "default": "x", "multiline": True}, id="multiline"),
        pytest.param({"choices": ["x", "y"]}, id="select"),
        pytest.param({"choices": MANY, "multiselect": True, "default": []}, id="checkbox"),
        pytest.param({"type": "bool"}, id="confirm"),
        pytest.param({"type": "path", "default": "/tm"}, id="path"),
        pytest.param({"type": "str", "default": "", "secret": True}, id="password"),
    ],
)
def test_interrupting_ends_without_a_traceback(
    terminal: Open, settings: dict[str, Any], key: str
) -> None:
    person = terminal({"q": settings})
    person.sees("1 of 1")
    person.types(key)
    assert person.ends() == 130
    assert "interrupted, nothing was changed" in person.text()
    assert "Traceback" not in person.text()
    assert not person.answers.exists()


def test_secrets_are_not_shown(terminal: Open) -> None:
    person = terminal({"key": {"type": "str", "default": "hush", "secret": True}})
    person.sees("****")
    person.types("word", ENTER)
    assert person.result() == {"key": "hushword"}
    assert "hush" not in person.raw
    assert "word" not in person.raw


def test_several_lines(terminal: Open) -> None:
    person = terminal({"text": {"type": "str", "default": "a", "multiline": True}})
    person.sees("esc enter: done")
    person.types(ENTER, "b", "\x1b\r")
    assert person.result() == {"text": "a\nb"}


def test_a_path_is_typed(terminal: Open, tmp_path: Path) -> None:
    person = terminal({"where": {"type": "path"}})
    person.sees("1 of 1")
    person.types("some", ENTER)
    assert person.result() == {"where": "some"}


def test_without_colour_and_with_little_room(terminal: Open) -> None:
    config = {**KINDS, "name": {**KINDS["name"], "help": "A question of many words. " * 4}}
    person = terminal(config, columns=30, NO_COLOR="1")
    shown = person.sees("> demo")
    assert " ".join(shown.split()).count("A question of many words.") == 4
    person.types(ENTER)
    person.sees(" » Text — Or text.")
    assert "   Images — Classify ima…" in person.text()
    assert not set(person.colours())


def test_with_colour(terminal: Open) -> None:
    person = terminal(KINDS)
    person.sees("> demo")
    assert set(person.colours())


def test_a_template_cannot_send_control_characters(terminal: Open) -> None:
    config = {"a": {"type": "str", "default": "x", "help": "\x1b]0;owned\x07help"}}
    person = terminal(config)
    person.sees("\\x1b]0;owned\\x07help")
    assert "\x1b]0;owned" not in person.raw


class Stream(io.StringIO):
    """A stream that may be a terminal."""

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@pytest.mark.parametrize(
    ("stdin", "stderr", "environ", "wanted"),
    [
        (True, True, {}, True),
        (True, True, {"CI": ""}, True),
        (True, True, {"CI": "true"}, False),
        (False, True, {}, False),
        (True, False, {}, False),
    ],
)
def test_who_can_be_asked(stdin: bool, stderr: bool, environ: dict[str, str], wanted: bool) -> None:
    assert interactive(Stream(stdin), Stream(stderr), environ) is wanted


def test_a_closed_stream_is_nobody() -> None:
    closed = io.StringIO()
    closed.close()
    assert not interactive(closed, Stream(True), {})
