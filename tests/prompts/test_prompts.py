"""Prompts in a real pseudo-terminal: a person types, a program asks."""

from __future__ import annotations

import io
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tools.terminal import (
    BACK,
    BACKSPACE,
    CTRL_C,
    CTRL_D,
    CTRL_U,
    DOWN,
    ENTER,
    ESCAPE,
    F1,
    LEFT,
    RIGHT,
    TAB,
    UP,
)

from scaffold.prompts.terminal import is_interactive

from ..helpers.at_a_terminal import Asked

Asks = Callable[..., Asked]


@pytest.fixture
def asks(tmp_path: Path) -> Iterator[Asks]:
    opened: list[Asked] = []

    def ask(config: dict[str, Any], size: tuple[int, int] = (80, 24), **env: str) -> Asked:
        opened.append(Asked(tmp_path, config, size, **env))
        return opened[-1]

    yield ask
    for person in opened:
        person.closes()


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


def ends_with(*lines: str) -> Callable[[str], bool]:
    """Tell whether a screen ends with some lines."""
    return lambda text: text.endswith("\n".join(lines))


def test_defaults_are_accepted_with_enter(asks: Asks) -> None:
    person = asks(KINDS)
    person.sees(ends_with("  1 of 6  What is it called?", "  » demo", "  enter · →: edit"))
    person.types(ENTER)
    shown = person.sees("2 of 6  What should it learn?")
    assert (
        "    Images   Classify images.   adds 3 files, 1 dependency\n  » Text     Or text." in shown
    )
    person.types(ENTER)
    person.sees("3 of 6  loggers\n  » ● csv\n    ○ wandb\n    ○ mlflow\n")
    person.types(ENTER)
    person.sees("4 of 6  seed\n  » 42")
    person.types(ENTER)
    person.sees("5 of 6  docker\n  » Yes\n    No\n  y · n · enter · shift-tab: back")
    person.types(ENTER)
    person.sees('6 of 6  tree\n  » {"a": 1}')
    person.types(ENTER)
    assert person.result() == {
        "name": "demo", "task": "text", "loggers": ["csv"], "seed": 42, "docker": True,
        "tree": {"a": 1},
    }  # fmt: skip
    assert person.stdout.read_text() == "the data\n"
    assert person.text() == "\n".join([
        "  name              demo",
        "  task              text",
        "  loggers           csv",
        "  seed              42",
        "  docker            yes",
        '  tree              {"a": 1}',
    ])  # fmt: skip


def test_answers_are_typed_and_chosen(asks: Asks) -> None:
    person = asks(KINDS)
    person.sees("1 of 6")
    person.types(RIGHT, "-é🎉数", ENTER)
    person.sees("2 of 6")
    person.types(UP, ENTER)
    person.sees("3 of 6")
    person.types(" ", DOWN, " ", ENTER)
    person.sees("4 of 7  entity")
    person.types(RIGHT, "!", ENTER)
    person.sees("5 of 7")
    person.types(BACKSPACE, BACKSPACE, "7", ENTER)
    person.sees("6 of 7")
    person.types("n")
    person.sees("7 of 7")
    person.types(BACKSPACE, ', "b": []}', ENTER)
    assert person.result() == {
        "name": "demo-é🎉数", "task": "image", "loggers": ["wandb"], "entity": "me!", "seed": 7,
        "docker": False, "tree": {"a": 1, "b": []},
    }  # fmt: skip


def test_back_over_four_questions_keeps_what_was_answered_after(asks: Asks) -> None:
    person = asks(KINDS)
    person.sees("1 of 6")
    person.types(BACK, RIGHT, "x", ENTER)  # there is nothing before the first
    person.sees("2 of 6")
    person.types(UP, ENTER)
    person.sees("3 of 6")
    person.types(DOWN, " ", ENTER)
    person.sees("4 of 7  entity")
    person.types(RIGHT, "-too", ENTER)
    person.sees("5 of 7  seed")
    for question in ("entity\n  » me-too", "loggers\n  » ● csv\n    ● wandb", "learn?\n  » Images"):
        person.types(BACK)
        person.sees(question)
    person.types(BACK)
    person.sees(ends_with("  1 of 7  What is it called?", "  » demox", "  enter · →: edit"))
    person.types(RIGHT, "y", ENTER)
    person.sees("» Images")
    person.types(ENTER)
    person.sees("● wandb")
    person.types(ENTER)
    person.sees("» me-too")
    person.types(ENTER)
    person.sees(ends_with(
        "  name              demoxy",
        "  task              image",
        "  loggers           csv, wandb",
        "  entity            me-too",
        "",
        "  5 of 7  seed",
        "  » 42",
        "  enter · →: edit · shift-tab: back",
    ))  # fmt: skip
    person.types(BACK, BACK)
    person.sees("● wandb")
    person.types(DOWN, " ", ENTER)  # without it, there is nobody to name
    person.sees("4 of 6  seed")
    for number in (5, 6):
        person.types(ENTER)
        person.sees(f"{number} of 6")
    person.types(ENTER)
    assert person.result() == {
        "name": "demoxy", "task": "image", "loggers": ["csv"], "seed": 42, "docker": True,
        "tree": {"a": 1},
    }  # fmt: skip


LONG = (
    "a name is made of letters and digits, at least two of them, and here is a reason so long"
    " that it needs line after line after line of a narrow terminal to be told, to the very end"
)


def test_a_refused_answer_is_explained_below_the_field_and_asked_again(asks: Asks) -> None:
    validator = "{% if not name.isalnum() %}" + LONG + "{% endif %}"
    config = {"name": {"type": "str", "default": "a-b", "validator": validator}, "seed": 1}
    person = asks(config, (60, 24))
    person.sees("» a-b\n  enter · →: edit")
    person.types(ENTER)
    shown = person.sees("✗")
    assert " ".join(shown.split()) == f"1 of 2 name » a-b ✗ {LONG} enter"
    person.types(BACKSPACE, BACKSPACE)
    assert "✗" not in person.sees("» a\n  enter")
    person.types(ENTER)
    person.sees("2 of 2")
    person.types(RIGHT, "x")
    assert "✗" not in person.sees('must be a whole number, not "1x"')  # told while it is typed
    person.types(ENTER)
    person.sees('✗ must be a whole number, not "1x"')
    person.types(BACKSPACE, ENTER)
    assert person.result() == {"name": "a", "seed": 1}


def test_a_reason_is_not_cut_off_at_the_bottom_of_a_short_screen(asks: Asks) -> None:
    first = {f"q{number}": number for number in range(9)}
    config = {**first, "name": {"type": "str", "default": "-", "validator": LONG}}
    person = asks(config, (40, 12))
    for number in range(1, 10):
        person.sees(f"{number} of 10")
        person.types(ENTER)
    person.sees("10 of 10")
    person.types(ENTER)
    shown = person.sees("✗ a name is made of letters and")
    assert shown.endswith("…\n  enter · shift-tab: back · f1: read\n  all") or shown.endswith(
        "…\n  enter · shift-tab: back\n  f1: read all"
    )
    assert "  » -\n  ✗" in shown
    assert shown.startswith("  q")  # of what was answered, there is as much as there is room for
    person.types(F1)
    seen = person.sees("q: close")
    person.types("q")
    person.sees("✗ a name is made of letters and")
    assert " ".join(seen.split()) == f"name name ✗ {LONG} q: close"


def test_a_chosen_value_is_validated_too(asks: Asks) -> None:
    validator = "{% if not many %}choose at least one{% endif %}"
    config = {"many": {"type": "str", "choices": ["a", "b"], "multiselect": True, "default": [],
                       "validator": validator}}  # fmt: skip
    person = asks(config)
    person.sees("○ a")
    person.types(ENTER)
    person.sees("✗ choose at least one")
    person.types(" ", ENTER)
    assert person.result() == {"many": ["a"]}


def test_ten_choices_in_groups_fit_on_one_screen(asks: Asks) -> None:
    groups = {"Images": 5, "Text": 2, "Tables": 1, "Series": 1, "Nothing": 1}
    choices = {
        f"{group} {n}": {"value": f"{group}-{n}", "group": group}
        for group, count in groups.items()
        for n in range(count)
    }
    person = asks({"task": "", "kind": {"type": "str", "choices": choices}})
    person.sees("1 of 2")
    person.types(ENTER)
    shown = person.sees("2 of 2  kind")
    headings = [line.strip() for line in shown.split("\n") if line.strip() in groups]
    assert headings == list(groups)
    assert all(title in shown for title in choices)
    person.types("tex")
    person.sees("  / tex  2 of 10\n  Text\n  » Text 0\n    Text 1\n")
    person.types(DOWN, ENTER)
    assert person.result() == {"task": "image", "kind": "Text-1"}


def test_long_lists_are_filtered(asks: Asks) -> None:
    config = {
        "one": {"type": "str", "choices": MANY, "default": "choice-1"},
        "some": {"type": "str", "choices": MANY, "multiselect": True, "default": ["choice-2"]},
    }
    person = asks(config)
    person.sees("  / type to filter 12 choices\n")
    person.types("e-11")
    person.sees("  / e-11  1 of 12\n  » choice-11\n  ↑ ↓ · enter")
    person.types("9", ENTER)
    person.sees("/ e-119  0 of 12\n  ✗ nothing matches 'e-119'\n")
    person.types(CTRL_U)
    person.sees("  / type to filter 12 choices\n    choice-0\n")
    person.types("e-119")
    person.sees("✗ nothing matches 'e-119'\n  ↑ ↓ · enter · esc: show all")
    person.types(BACKSPACE, ENTER)
    person.sees("2 of 2")
    person.types("-7")
    person.sees("  / -7  1 of 12, 1 chosen\n  » ○ choice-7\n")
    person.types(" ")
    person.sees("2 chosen\n  » ● choice-7\n")
    person.types(ESCAPE)
    person.sees("  ○ choice-0\n")
    person.types(ENTER)
    assert person.result() == {"one": "choice-11", "some": ["choice-2", "choice-7"]}


def test_a_choice_that_cannot_be_taken_says_why(asks: Asks) -> None:
    config = {"a": {"choices": {"X": {"value": 1, "validator": "sold out"}, "Y": 2, "Z": 3}}}
    person = asks(config)
    person.sees("    X   (sold out)\n  » Y\n    Z\n")
    person.types(UP, ENTER)
    person.sees("✗ X cannot be chosen: sold out")
    person.types(UP, ENTER)
    assert person.result() == {"a": 3}


def test_choices_may_be_anything(asks: Asks) -> None:
    choices = {"None": None, "False": False, "Zero": 0, "List": "[1]"}
    person = asks({"a": {"choices": choices, "default": False, "type": "yaml"}, "b": 1})
    person.sees("» False")
    person.types(UP, ENTER)
    person.sees("2 of 2")
    person.types(BACK)
    person.sees("» None")
    person.types(DOWN, DOWN, DOWN, ENTER)
    person.sees("2 of 2")
    person.types(ENTER)
    assert person.result() == {"a": [1], "b": 1}


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        pytest.param({"type": "str", "default": "some text"}, CTRL_C, id="text"),
        pytest.param({"type": "str", "default": "x", "multiline": True}, CTRL_D, id="multiline"),
        pytest.param({"choices": ["x", "y"]}, CTRL_D, id="select"),
        pytest.param({"choices": MANY, "multiselect": True, "default": []}, CTRL_C, id="checkbox"),
        pytest.param({"type": "bool"}, CTRL_C, id="confirm"),
        pytest.param({"type": "path", "default": "/tm"}, CTRL_D, id="path"),
        pytest.param({"type": "str", "default": "", "secret": True}, CTRL_C, id="password"),
    ],
)
def test_every_kind_of_question_can_be_left(asks: Asks, settings: dict[str, Any], key: str) -> None:
    person = asks({"q": settings})
    person.sees("1 of 1")
    person.types(key)
    assert person.ends() == 130
    assert person.text() == "interrupted, nothing was changed"
    assert not person.answers.exists()


def test_a_program_that_knows_no_signals_is_ended_like_any_other(asks: Asks) -> None:
    person = asks({"q": 1})
    person.sees("1 of 1")
    person.child.kill(signal.SIGTERM)
    assert person.ends() == 130
    assert person.text() == "interrupted, nothing was changed"


def test_secrets_are_not_shown(asks: Asks) -> None:
    refused = "{% if 'd' in key %}{{ key }} does not do{% endif %}"
    secret = {"type": "str", "default": "hush", "secret": True, "validator": refused}
    person = asks({"key": secret, "last": 1})
    person.sees("» ****")
    person.types(RIGHT, "word", ENTER)
    person.sees("» ********\n  ✗ ••• does not do")
    person.types(BACKSPACE, ENTER)
    person.sees("  key               ••••••\n\n  2 of 2")
    person.types(ENTER)
    assert person.result() == {"key": "hushwor", "last": 1}
    assert "hush" not in person.raw
    assert "wor" not in person.raw


def test_several_lines(asks: Asks) -> None:
    person = asks({"text": {"type": "str", "default": "a", "multiline": True}})
    person.sees("enter: new line · esc enter: done")
    person.types(ENTER, "b", ESCAPE + ENTER)
    assert person.result() == {"text": "a\nb"}
    assert person.text() == "  text              a ⏎ b"


def test_a_path_is_completed(asks: Asks, tmp_path: Path) -> None:
    for name in ("data-a", "data-b"):
        (tmp_path / name).mkdir()
    person = asks({"where": {"type": "path"}}, (40, 12))
    person.sees("1 of 1")
    person.types(f"{tmp_path}/data")
    shown = person.sees("data-b/")
    assert "data-a/" in shown
    assert shown.startswith("  1 of 1  where\n")  # proposals hide nothing
    assert shown.endswith("\n  tab: complete · enter")
    assert f"» {tmp_path}/data" in shown.replace("\n    ", "")
    person.types(TAB, TAB)
    person.sees(lambda text: text.replace("\n    ", "").count("data-b/") == 2)
    person.types(ENTER)  # takes the proposal
    person.sees(lambda text: "data-a" not in text)
    person.types(ENTER)
    assert person.result() == {"where": f"{tmp_path}/data-b/"}


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["no-color", "dumb"])
def test_without_colour_and_with_little_room(asks: Asks, env: dict[str, str]) -> None:
    config = {
        **KINDS,
        "name": {**KINDS["name"], "help": "A question of many words."},
        "loggers": {"choices": {"a": {"value": "a", "validator": "sold out"}, "b": "b"},
                    "multiselect": True, "type": "str", "default": []},
    }  # fmt: skip
    person = asks(config, (40, 12), **env)
    person.sees("  1 of 6  A question of many words.\n  » demo\n  enter")
    person.types(ENTER)
    shown = person.sees("2 of 6")
    assert shown.endswith(
        "    Images   Classify images.\n  » Text     Or text.\n\n  ↑ ↓ · enter · shift-tab: back"
    )
    person.types(UP)
    person.sees("adds 3 files, 1 dependency\n")
    person.types(ENTER)
    person.sees("    - a   (sold out)\n  » ○ b\n")
    assert not person.colours()


def test_with_colour(asks: Asks) -> None:
    person = asks(KINDS)
    person.sees("» demo")
    person.types(ENTER)
    person.sees("» Text")
    assert person.colours()
    own = [colour for colour in person.colours() if re.search("[34]8[;:]", colour)]
    assert not own  # those of the terminal are readable on its background, ours might not be


def test_what_is_asked_follows_the_size_of_the_window(asks: Asks) -> None:
    person = asks({"q": {"type": "str", "choices": MANY, "help": "Which of all of these?"}})
    person.sees("↑ ↓ · enter")
    person.resizes(24, 12)
    person.sees(lambda text: "↓ 6 more" in text and "Which of all" in text)
    person.resizes(60, 30)
    person.sees(lambda text: "more" not in text and "1 of 1  Which of all of these?" in text)
    person.types(UP, ENTER)
    assert person.result() == {"q": "choice-11"}


def test_a_template_cannot_send_control_characters(asks: Asks) -> None:
    attack = "\x1b]0;owned\x07"
    config = {
        f"a{attack}": {"type": "str", "default": "x", "help": f"{attack}help",
                       "placeholder": attack, "validator": attack},
    }  # fmt: skip
    person = asks(config)
    person.sees("\\x1b]0;owned\\x07help")
    person.types(ENTER)
    person.sees("✗ \\x1b]0;owned\\x07")
    person.types(CTRL_U)
    person.sees(lambda text: "» x" not in text)
    assert "\x1b]0;owned" not in person.raw


HOME, END = "\x1b[H", "\x1b[F"
DEFAULT_KEYS = {
    "typing": ("new", "new"),
    "pasting": ("\x1b[200~pasted\x1b[201~", "pasted"),
    "right": (RIGHT + "er", "older"),
    "left": (LEFT + "X", "olXd"),
    "home": (HOME + "X", "Xold"),
    "end": (END + "er", "older"),
    "backspace": (BACKSPACE + "e", "ole"),
    "nothing": ("", "old"),
    "right after typing": ("n" + RIGHT + "ew", "new"),
}


@pytest.mark.parametrize(("keys", "answer"), DEFAULT_KEYS.values(), ids=DEFAULT_KEYS)
def test_typing_replaces_a_default_and_a_key_that_moves_edits_it(
    asks: Asks, keys: str, answer: str
) -> None:
    person = asks({"name": {"type": "str", "default": "old"}})
    person.sees("» old\n  enter · →: edit")
    person.types(keys, ENTER)
    assert person.result() == {"name": answer}


def test_typing_adds_to_a_default_of_several_lines(asks: Asks) -> None:
    person = asks({"name": {"type": "str", "default": "old", "multiline": True}})
    person.sees("esc enter: done")
    person.types("er", ESCAPE, ENTER)
    assert person.result() == {"name": "older"}


def test_a_question_with_one_choice_is_not_asked(asks: Asks) -> None:
    sold_out = {"Free": "free", "Paid": {"value": "paid", "validator": "sold out"}}
    person = asks(
        {
            "only": {"type": "str", "choices": ["one"]},
            "number": {"type": "int", "choices": {"One": 1}, "default": 1},
            "many": {"type": "str", "choices": ["one"], "multiselect": True},
            "left": {"type": "str", "choices": sold_out},
        }
    )
    person.sees("1 of 1  many")  # several may be chosen, or none
    person.types(ENTER)
    assert person.result() == {"only": "one", "number": 1, "many": [], "left": "free"}


def test_what_is_typed_ahead_is_not_lost(asks: Asks) -> None:
    person = asks({"a": 1, "b": 2, "c": {"type": "str", "default": "x"}})
    person.sees("1 of 3")
    person.types(ENTER + RIGHT + "0" + ENTER + "y" + ENTER)
    assert person.result() == {"a": 1, "b": 20, "c": "y"}


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
    assert is_interactive(Stream(stdin), Stream(stderr), environ) is wanted


def test_a_closed_stream_is_nobody() -> None:
    closed = io.StringIO()
    closed.close()
    assert not is_interactive(closed, Stream(True), {})
