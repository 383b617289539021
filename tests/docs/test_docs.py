"""The documentation says what is true: its commands run, its reference is the tool's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tools import code_tree, preset_page, task_page
from tools.command_reference import PAGE, help_of, names_in, reference

from ..helpers.pages import ROOT, Step, blocks, failures, hold, like, session, steps

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
# Pages whose examples need what they describe first; a test module of their own runs them.
PREPARED = ("from-copier.md", "from-cruft.md", "house-blueprint.md")


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_each_shell_example_says_whether_it_is_run(page: Path) -> None:
    for block in blocks(page):
        if block.kind in ("bash", "sh", "shell"):
            wanted = r"prepared|not run: .+" if page.name in PREPARED else r"run|not run: .+"
            assert re.fullmatch(wanted, block.mark), block.text


RUN = [page for page in PAGES if page.name not in PREPARED and any(steps(page))]


@pytest.mark.parametrize("page", RUN, ids=[str(page.relative_to(ROOT)) for page in RUN])
def test_shell_examples_run(page: Path, tmp_path: Path) -> None:
    """All of a page in one shell that starts in an empty folder."""
    hold(page, tmp_path)


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        pytest.param("one\n...\nthree\n", "one\ntwo\nthree\n", True, id="dots"),
        pytest.param("one: ... end\n", "one: (a|b) end\n", True, id="in a line"),
        pytest.param("one\n", "one\ntwo\n", False, id="more"),
        pytest.param("o.e\n", "one\n", False, id="a dot is a dot"),
        pytest.param("done\n", "planning the update …\ndone\n", True, id="a slow machine"),
        pytest.param("at 1234567\n", "at abcdef0\n", True, id="an id is an id"),
    ],
)
def test_output_is_compared(expected: str, printed: str, same: bool) -> None:
    assert like(expected, printed) is same


def test_a_page_that_is_wrong_is_told(tmp_path: Path) -> None:
    wrong = [
        Step("cd /", ""),
        *session("$ pwd\n/tmp\n$ pwd\n/\n"),
        Step("true\nfalse\n"),
        Step(":"),
    ]
    told = list(failures(wrong, tmp_path))
    assert len(told) == 2
    assert "but the page shows:\n/tmp" in told[0]
    assert told[1].startswith("$ true\nfalse")


# ---------------------------------------------------------------- reference and links


def test_the_command_reference_is_what_the_command_line_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "run `nox -s reference`"


def test_the_page_of_presets_shows_what_they_make() -> None:
    assert preset_page.PAGE.read_text(encoding="utf-8") == preset_page.page(), "`nox -s reference`"


def test_the_page_of_tasks_shows_what_the_blueprint_says() -> None:
    assert task_page.PAGE.read_text(encoding="utf-8") == task_page.page(), "`nox -s reference`"


def test_the_tree_of_the_code_is_the_code() -> None:
    assert code_tree.PAGE.read_text(encoding="utf-8") == code_tree.page(), "`nox -s reference`"
    assert "    three_way_merge.py" in code_tree.page()


def test_the_reference_has_every_command_and_option() -> None:
    import typer.main

    from scaffold.cli.app import app

    page = PAGE.read_text(encoding="utf-8")
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    shown = {name: command for name, command in commands.items() if not command.hidden}
    assert set(shown) == set(names_in(help_of()))
    for name, command in shown.items():
        section = page.partition(f"## scaffold {name}\n")[2].partition("\n## ")[0]
        for parameter in command.params:
            if parameter.param_type_name == "option" and not parameter.hidden:
                assert all(option in section for option in parameter.opts), (name, parameter)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_every_page_is_reached_from_the_index() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert page.stem == "index" or re.search(rf"^{page.stem}$", index, re.M), page
