"""The documentation says what is true: its commands run, its reference is the tool's own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tools.command_reference import PAGE, help_of, names_in, reference

HERE = Path(__file__).resolve().parents[1]
PAGES = sorted([*HERE.glob("*.md"), *HERE.glob("docs/**/*.md")])
NAMES = [str(page.relative_to(HERE)) for page in PAGES]
BLOCK = re.compile(
    r"^(?:<!-- (?P<mark>.*?) -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.M | re.S
)
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")


def blocks(page: Path, *kinds: str) -> Iterator[tuple[str, str]]:
    """The mark and the text of each fenced block of these kinds."""
    for match in BLOCK.finditer(page.read_text(encoding="utf-8")):
        if match["kind"] in kinds:
            yield match["mark"] or "", match["text"]


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_each_shell_example_says_whether_it_is_run(page: Path) -> None:
    for mark, text in blocks(page, "bash", "sh", "shell"):
        assert mark == "run" or re.fullmatch(r"not run: .+", mark), text


RUN = [page for page in PAGES if any(mark == "run" for mark, _ in blocks(page, "bash", "console"))]


@pytest.mark.parametrize("page", RUN, ids=[str(page.relative_to(HERE)) for page in RUN])
def test_shell_examples_run(page: Path, tmp_path: Path) -> None:
    """All of a page in one empty folder, a shell for each block, in the order of the page."""
    for kind in ("bash", "console"):
        for mark, text in blocks(page, kind):
            if mark != "run":
                continue
            for command, expected in [(text, None)] if kind == "bash" else sessions(text):
                done = shell(command, tmp_path)
                if expected is None:
                    assert done.returncode == 0, f"{command}\n{done.stdout}"
                else:
                    assert like(expected, done.stdout), f"{command}\n{done.stdout}"


def shell(command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    programs = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=cwd,
        env={**os.environ, "PATH": programs},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def sessions(text: str) -> Iterator[tuple[str, str]]:
    """Each command after a ``$``, and what is printed under it."""
    for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
        command, _, expected = part.partition("\n")
        yield command, expected


def like(expected: str, printed: str) -> bool:
    """Whether they are equal, where three dots stand for anything."""
    pattern = ".*".join(re.escape(part) for part in expected.strip().split("..."))
    return re.fullmatch(pattern, printed.strip(), re.S) is not None


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        pytest.param("one\n...\nthree\n", "one\ntwo\nthree\n", True, id="dots"),
        pytest.param("one: ... end\n", "one: (a|b) end\n", True, id="in a line"),
        pytest.param("one\n", "one\ntwo\n", False, id="more"),
        pytest.param("o.e\n", "one\n", False, id="a dot is a dot"),
    ],
)
def test_output_is_compared(expected: str, printed: str, same: bool) -> None:
    assert like(expected, printed) is same


# ---------------------------------------------------------------- reference and links


def test_the_command_reference_is_what_the_command_line_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "run `nox -s reference`"


def test_the_reference_has_every_command_and_option() -> None:
    import typer.main

    from scaffold.cli import app

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
    index = (HERE / "docs" / "index.md").read_text(encoding="utf-8")
    for page in (HERE / "docs").glob("*.md"):
        assert page.stem == "index" or re.search(rf"^{page.stem}$", index, re.M), page
