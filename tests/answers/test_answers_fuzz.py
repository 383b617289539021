"""Every text, by every way in: taken as it is, or refused with the reason.

What the files make of those that are taken is looked at in `test_answers_read_back`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tools.terminal import CTRL_U, ENTER

from scaffold.errors import AnswersError

from ..helpers.at_a_terminal import Asked
from ..helpers.typed_answers import (
    FREE_TEXT,
    NAMES,
    TYPED,
    WAYS,
    accepted,
    names_no_package,
    resolved,
    saved,
    why_refused,
)
from ..helpers.typed_texts import TEXTS


def test_there_are_enough_texts() -> None:
    assert len(TEXTS) >= 200
    assert set(FREE_TEXT) == {"package_name", *NAMES}, "a new question: say where its text stands"


@pytest.fixture(scope="module")
def told(pytestconfig: pytest.Config) -> Iterator[dict[str, str]]:
    """What to say at the end: by the way in, how many were taken and refused."""
    lines: dict[str, str] = {}
    yield lines
    reporter = pytestconfig.pluginmanager.get_plugin("terminalreporter")
    if reporter:
        reporter.write_line("")
        for way, line in lines.items():
            reporter.write_line(f"answers fuzz, {way}: {line}, 0 broken")


@pytest.mark.parametrize("way", WAYS)
def test_each_text_is_taken_as_it_is_or_refused_with_a_reason(
    way: str, tmp_path: Path, told: dict[str, str]
) -> None:
    counts = {
        name: Counter(outcome(way, name, text, tmp_path) for text in TEXTS) for name in FREE_TEXT
    }
    for name in ("project_name", "description", "author_name"):
        assert counts[name]["taken"] >= 300, "a text that was fine is refused now"
    assert all(count.total() == len(TEXTS) for count in counts.values())
    words = (f"{name} {c['taken']} taken, {c['refused']} refused" for name, c in counts.items())
    told[way] = "; ".join(words)


def outcome(way: str, name: str, text: str, folder: Path) -> str:
    """Give one text; hold what comes of it to what should, and say what that is."""
    expected = why_refused(name, text)
    if way in {"yaml", "json", "toml"} and text == "???":
        return "left open"  # says there that the answer is missing
    try:
        values, problems = resolved(WAYS[way]({name: text}, folder))
        if name == "project_name" and not expected and names_no_package(text):
            assert [problem.key for problem in problems] == ["package_name"], text
            assert "no Latin letter or digit" in problems[0].why
            given = {name: text, "package_name": "given"}
            values, problems = resolved(WAYS[way](given, folder))
    except AnswersError as error:  # a file that cannot even be read
        values, problems = {}, error.problems
        assert expected, f"{way} cannot hold {text!r}"
        expected = re.escape(expected) + "|is not|cannot"
    else:
        expected = re.escape(expected)
    if not expected:
        assert values.get(name) == text, [str(problem) for problem in problems]
        return "taken"
    reasons = " ".join(problem.why for problem in problems)
    assert re.search(expected, reasons), f"{name}: {text!r}: {reasons or 'accepted'}"
    assert str(problems[0]).isprintable() or "\u200c" in text or "\u200d" in text
    return "refused"


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=90) | TYPED, name=st.sampled_from(FREE_TEXT))
def test_any_text_is_taken_as_it_is_or_refused(
    tmp_path_factory: pytest.TempPathFactory, text: str, name: str
) -> None:
    folder = tmp_path_factory.getbasetemp()
    for way in WAYS:
        outcome(way, name, text, folder)


def test_saved_answers_are_read_back(tmp_path: Path) -> None:
    for row in range(0, len(TEXTS), 3):
        texts = {
            name: fine[(row + 7 * number) % len(fine)]
            for number, (name, fine) in enumerate((n, accepted(n)) for n in FREE_TEXT)
        }
        texts = {name: text for name, text in texts.items() if text != "???"}
        values, problems = resolved(saved(texts, tmp_path))
        assert {name: values[name] for name in texts} == texts, problems


# ---------------------------------------------------------------- typed, key by key

BY_HAND = accepted("description")[::11]


def test_what_is_typed_at_a_prompt_is_the_answer(tmp_path: Path) -> None:
    """A sample in one real terminal, each text for a question of its own."""
    names = [f"text_{number}" for number in range(len(BY_HAND))]
    person = Asked(tmp_path, {name: {"type": "str", "default": "-"} for name in names})
    for number, text in enumerate(BY_HAND, 1):
        person.sees(f"{number} of {len(BY_HAND)} ")
        person.types(CTRL_U, text, ENTER)
    assert person.result() == dict(zip(names, BY_HAND, strict=True))
