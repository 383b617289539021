"""What prompts draw and give, without a terminal: any size, any keys, any words."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prompt_toolkit.utils import get_cwidth

from scaffold.errors import AnswersError
from scaffold.operations.review import Review, ReviewedAnswer
from scaffold.prompts.choice_list import ChoiceList, make_choice_prompt
from scaffold.prompts.pager import number_lines
from scaffold.prompts.review_screen import MENU, ReviewScreen, format_command_lines
from scaffold.prompts.styled_text import Line, format_answer_line
from scaffold.prompts.text_field import TextField
from scaffold.questions.question import Choice
from scaffold.questions.questionnaire import Questionnaire
from scaffold.questions.resolver import Step
from scaffold.questions.values import MISSING
from scaffold.render.work import RenderedFile

CHINESE = "一个很长的标题需要比窄终端更多的空间才能显示出来"
CHOICES = {
    "always": (Choice("CSV", "csv", always=True), Choice("TB", "tb")),
    "few": (Choice("One", 1), Choice("Two", 2, disabled="sold out"), Choice("Three", 3)),
    "grouped": tuple(
        Choice(f"Task {n}", n, "About it.", "", f"Group {n // 4}", {"data": "x" * n, "time": "9 s"})
        for n in range(12)
    ),
    "many": tuple(
        Choice(f"Number {n}", n, f"The number {n}.", "" if n % 7 else "not this one", files=1)
        for n in range(40)
    ),
    "wide": (
        Choice(CHINESE, 1, CHINESE, files=3, dependencies=("torch",) * 12),
        Choice("A" * 70, 2, "word " * 60, "a reason " * 30),
        *(Choice(f"{CHINESE[:n]}", n + 3) for n in range(1, 12)),
    ),
}
SIZES = [(40, 12), (80, 24), (120, 40), (200, 60)]


def step(name: str, *, many: bool = False, help: str = "Which?") -> Step:
    """A question with choices."""
    choices = CHOICES.get(name, ())
    free = {choice.value for choice in choices if not choice.disabled}

    def check(value: Any) -> Any:
        chosen = value if many else [value]
        assert free.issuperset(chosen)
        return value

    return Step(
        name=name, type="int", help=help, choices=choices, default=MISSING, multiselect=many,
        secret=False, multiline=False, placeholder="", position=4, total=9, can_go_back=True,
        check=check,
    )  # fmt: skip


def texts(lines: list[Line]) -> list[str]:
    """Lines without their styles."""
    return ["".join(text for _, text in line) for line in lines]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("many", [False, True], ids=["one", "several"])
@pytest.mark.parametrize("help", ["Which?", "Why " * 200 + CHINESE * 9], ids=["short", "long"])
@pytest.mark.parametrize("name", CHOICES)
def test_a_list_fits_and_shows_what_it_points_at(
    name: str, help: str, many: bool, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scaffold.prompts.prompt_runner.get_size", lambda: size)
    rows = ChoiceList(step(name, many=many, help=help))
    window = make_choice_prompt(rows).layout.container
    for _ in range(0, len(CHOICES[name]), 3):
        for refuse in (lambda: None, rows.reply, rows.toggle):
            refuse()
            drawn = "".join(text for _, text in window.content.text()).split("\n")
            assert len(drawn) <= size[1]
            assert max(map(get_cwidth, drawn)) < size[0]
            assert sum("»" in line for line in drawn) == 1
            assert "4 of 9" in "".join(drawn[:2])
            assert "shift-tab: back" in "".join(drawn[-2:])
        rows.move(3)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_reason_leaves_the_field_its_room(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scaffold.prompts.text_field.get_size", lambda: size)

    def refuse(_text: Any) -> None:
        raise ValueError("too long " * 200 + CHINESE * 20)

    state = TextField(replace(step("free", help="Why " * 200), check=refuse), "")
    assert not state.is_valid("anything")
    state.is_refused = True
    drawn = texts([*state.draw_head(), *state.draw_foot()])
    assert len(drawn) < size[1]
    assert max(map(get_cwidth, drawn)) < size[0]
    assert sum("✗" in line for line in drawn) == 1
    assert "f1: read all" in "".join(drawn[-2:])


@pytest.mark.parametrize(
    ("values", "keys"), [((True, False), "  y · n · enter"), ((1, 0), "  ↑ ↓ · enter")]
)
def test_only_yes_and_no_have_letters(values: tuple[Any, Any], keys: str) -> None:
    choices = (Choice("Yes", values[0], disabled="sold out"), Choice("No", values[1]))
    drawn = texts(ChoiceList(replace(step("few"), choices=choices)).draw(80, 24))
    assert drawn[2:4] == ["    Yes   (sold out)", "  » No "]
    assert drawn[-1].startswith(keys)


def test_facts_have_their_names_above_them_without_groups_too() -> None:
    choices = (Choice("CPU", "cpu", facts={"download": "0.2 GB"}), Choice("CUDA", "cuda"))
    rows = ChoiceList(replace(step("few"), choices=choices))
    drawn = ["           download", "  » CPU    0.2 GB", "    CUDA"]
    assert [line.rstrip() for line in texts(rows.draw(80, 24))[2:5]] == drawn


@pytest.mark.parametrize(
    ("size", "keys", "drawn"),
    [
        pytest.param(
            (60, 24),
            ("group 2", 0, 0),
            [
                "  Group 2     data         time",
                "  » Task 8    xxxxxxxx     9 s    About it.",
                "    Task 9    xxxxxxxxx    9 s    About it.",
                "    Task 10   xxxxxxxxxx   9 s    About it.",
                "    Task 11   xxxxxxxxxxx  9 s    About it.",
            ],
            id="filtered, with the names of the facts",
        ),
        pytest.param(
            (24, 12),
            ("task", 11, -7),
            ["  Group 1", "  » Task 4    About it.", "    Task 5    About it."],
            id="narrow, with the heading of the first row",
        ),
    ],
)
def test_choices_stand_under_the_headings_of_their_groups(
    size: tuple[int, int], keys: tuple[str, int, int], drawn: list[str]
) -> None:
    rows = ChoiceList(step("grouped"))
    rows.filter(keys[0])
    for by in keys[1:]:
        rows.move(by)
        rows.draw(*size)
    shown = [line.rstrip() for line in texts(rows.draw(*size))]
    assert "\n".join(drawn) in "\n".join(shown)


KEYS = st.one_of(
    st.tuples(st.just("move"), st.integers(-50, 50)),
    st.tuples(st.just("filter"), st.sampled_from(["", "1", "number 1", "zzz", "35", "7", "一"])),
    st.tuples(st.just("toggle"), st.none()),
    st.tuples(st.just("reply"), st.none()),
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(list(CHOICES)), st.booleans(), st.lists(KEYS, max_size=12))
def test_nothing_but_what_may_be_chosen_is_ever_given(
    name: str, many: bool, keys: list[tuple[str, Any]]
) -> None:
    rows = ChoiceList(step(name, many=many))
    for key, value in [*keys, ("reply", None)]:
        if key == "move":
            rows.move(value, around=value in {-1, 1})
        elif key == "filter":
            rows.filter(value)
        elif key == "toggle":
            rows.toggle()
        else:
            reply = rows.reply()  # its check refuses what is disabled
            shown = rows.shown
            assert reply is MISSING or shown
            if reply is MISSING:
                assert rows.problem
            elif not many:
                assert reply == rows.choices[rows.at].value
                assert rows.at in shown


@pytest.mark.parametrize("reply", [2, 4, "x", [1], None], ids=str)
def test_a_reply_is_checked_against_the_question_whoever_gives_it(
    tmp_path: Path, reply: Any
) -> None:
    choices = {"a": 1, "b": {"value": 2, "validator": "sold out"}, "c": 3}
    config = {"q": {"type": "int", "choices": choices}}
    built = Questionnaire.from_config(config, tmp_path, {})
    with pytest.raises(AnswersError):
        built.resolve({}, defaults=False, ask=lambda _step: reply)
    assert built.resolve({}, defaults=False, ask=lambda _step: 1).values == {"q": 1}


@pytest.mark.parametrize("columns", [20, 40, 59, 60, 80, 120])
@pytest.mark.parametrize("value", [CHINESE * 9, "a\nb\n" * 30, ["x"] * 99, "", {"a": CHINESE * 9}])
def test_an_answer_stays_on_one_line(columns: int, value: Any) -> None:
    line = "".join(format_answer_line("a_name_that_is_very_long_indeed", value, columns))
    assert "\n" not in line
    assert get_cwidth(line) < columns


WORDS = st.text(st.sampled_from(list("ab '\"\\$=数\t-")), max_size=70)


@settings(deadline=None)
@given(st.lists(WORDS, max_size=9), st.integers(72, 120))
def test_a_command_on_several_lines_is_the_same_to_a_shell(words: list[str], columns: int) -> None:
    words = ["scaffold", "new", *(part for word in words for part in ("--data", f"k={word}"))]
    command = " ".join(map(shlex.quote, words))
    lines = format_command_lines(command, columns)
    assert max(map(get_cwidth, lines)) <= columns
    seen = [word.replace("\t", "    ") for word in words]
    if all(get_cwidth(shlex.quote(word)) < columns - 14 for word in seen):
        assert shlex.split("\n".join(lines).replace("\\\n", "")) == seen


def test_lines_of_a_file_are_broken_at_spaces_and_lose_nothing() -> None:
    code = "def function(with_a_name, that_is=long):  # and said more"
    lines: list[Line] = [[("a", code[:20]), ("b", code[20:])], [("", "")], [], [("", "x" * 90)]]
    drawn = texts(number_lines(lines, 32))
    assert drawn == [
        " 1  def function(with_a_name, ",
        "    that_is=long):  # and said ",
        "    more",
        " 2  ",
        " 3  ",
        " 4  " + "x" * 27,
        *["    " + "x" * 27] * 2,
        "    " + "x" * 9,
    ]


def review(**changed: Any) -> Review:
    """A review of much."""
    long = ReviewedAnswer(
        CHINESE[:9], CHINESE * 5, "answers.yml:12:3", secret=False, about="data: digits"
    )
    told = Review(
        path=Path(f"/somewhere/{CHINESE}"),
        label=f"a-blueprint-of-a-house {CHINESE}",
        preset="team",
        answers=(long, ReviewedAnswer("key", "hush", "prompt", secret=True)),
        files=tuple(RenderedFile(f"src/{CHINESE}/{n}.py", n * 999) for n in range(30)),
        folder=Path("/nowhere"),
        dependencies=("torch", "a-package-with-a-name-that-is-quite-long") * 9,
        command=f"scaffold new demo --data 'a={CHINESE * 5}' --defaults",
        notes=(f"a note {CHINESE * 3}",),
        save=lambda _path: None,
    )
    return replace(told, **changed)


@pytest.mark.parametrize("size", [(20, 6), *SIZES], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("is_whole", [False, True], ids=["short", "whole"])
def test_a_review_fits_and_tells_everything(size: tuple[int, int], is_whole: bool) -> None:
    screen, seen = ReviewScreen(review(), is_whole=is_whole), ""
    for number in range(len(MENU)):
        screen.at = number
        drawn = texts(screen.draw(*size))
        assert len(drawn) <= size[1]
        assert max(map(get_cwidth, drawn)) < size[0]
    for _ in range(400):
        drawn = texts(screen.draw(*size))
        seen += "\n".join(drawn)
        screen.scroll.move(max(1, screen.scroll.room - 1))
    for title in ("Answers", "Files", "Dependencies", "The same without questions", "Notes"):
        assert title in seen or size[0] < 40
    assert all(name[1:] in seen for name in MENU)
    assert "hush" not in seen
    assert "data: digits" in seen or size[0] < 40
    assert ("29.py" in seen) is is_whole or size[0] < 40


def test_a_review_of_nothing_can_be_drawn() -> None:
    bare = review(preset="", answers=(), files=(), dependencies=(), command="x", notes=())
    assert any("The same" in line for line in texts(ReviewScreen(bare).draw(40, 12)))


def test_every_entry_of_the_menu_has_a_letter_of_its_own() -> None:
    assert len({name[0] for name in MENU}) == len(MENU)


def test_what_is_always_chosen_cannot_be_given_up() -> None:
    rows = ChoiceList(step("always", many=True), ["tb"])
    rows.toggle()
    assert (rows.reply(), rows.problem) == (["csv", "tb"], "")
    rows.toggle()
    assert rows.problem == "CSV is always on"
    rows.move(1)
    rows.toggle()
    assert rows.reply() == ["csv"]
