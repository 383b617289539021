"""What a blueprint says: where Copier says it, safe for the terminal, and not with ``-q``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from scaffold.cli.main import run

from ..helpers.blueprints_on_disk import layered, repository, run_git
from ..helpers.copier_templates.making import NAME, RECORD
from ..helpers.factories import tree

MESSAGES = """\
_message_before_copy: "before \\e[2J{{ _folder_name }}"
_message_after_copy: "after {{ name }}\\n\\e]0;x\\arest"
_message_before_update: "old {{ _copier_operation }}{{ name }}"
_message_after_update: "new {{ name }} \\e[2J"
"""
ASKED = ("--defaults", "--no-git")


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    files = {"copier.yml": MESSAGES + NAME, "a.txt": "1", **RECORD}
    return repository(tmp_path / "s", {"v1": files, "v2": {**files, "a.txt": "2"}})


def told(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[str, str]:
    """What a command writes to standard output and standard error."""
    assert run([str(word) for word in words]) == 0
    return capsys.readouterr()


def test_new_says_it_before_and_after(capsys: pytest.CaptureFixture[str], source: Path) -> None:
    out, err = told(capsys, "new", "p", "-b", source, *ASKED)
    expected = "before \N{REPLACEMENT CHARACTER}[2Jp\nafter demo\n\N{REPLACEMENT CHARACTER}]0;x"
    assert err == expected + "\N{REPLACEMENT CHARACTER}rest\n"
    assert out.splitlines()[0] == f"p: 2 files from {source} v2"
    assert out.endswith("Next steps:\n  cd p\n")


def test_it_is_said_before_anybody_is_asked(
    capsys: pytest.CaptureFixture[str], source: Path
) -> None:
    assert run(["new", "p", "-b", str(source), "--no-git"]) == 2
    said, _, missing = capsys.readouterr().err.partition("\n")
    assert said.startswith("before ")
    assert "name" in missing
    assert "after" not in missing


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param(["-q"], "", id="quiet"),
        pytest.param(["--dry-run"], "before", id="dry run"),
        pytest.param(["--json"], "before after", id="json"),
    ],
)
def test_new_says_as_much_as_is_wanted(
    capsys: pytest.CaptureFixture[str], source: Path, options: Sequence[str], expected: str
) -> None:
    out, err = told(capsys, "new", "p", "-b", source, *ASKED, *options)
    assert " ".join(word for word in ("before", "after") if word in err) == expected
    assert "after demo" not in out


def test_update_says_it_before_and_after(capsys: pytest.CaptureFixture[str], source: Path) -> None:
    told(capsys, "new", "p", "-b", source, "--to", "v1", "--defaults")
    out, err = told(capsys, "update", "p", "--defaults", "--dry-run")
    assert err == ""
    out, err = told(capsys, "update", "p", "--defaults")
    assert err == "old update\nnew demo \N{REPLACEMENT CHARACTER}[2J\n"
    assert "new demo" not in out
    run_git("reset", "-q", "--hard", cwd=Path("p"))
    out, err = told(capsys, "update", "p", "--defaults", "-q")
    assert (out, err) == ("", "")


def test_a_layered_blueprint_says_the_next_steps(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    out, err = told(capsys, "new", "p", "-b", tree(tmp_path / "b", layered()), *ASKED)
    assert out.endswith("Next steps:\n  cd p\n  python -m demo\n")
    assert err == ""


def test_a_message_that_cannot_be_made_is_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    source = tree(tmp_path / "b", {"copier.yml": "_message_before_copy: '{{ 1 / 0 }}'\n", "a": ""})
    assert run(["new", "p", "-b", str(source), *ASKED]) == 1
    assert "_message_before_copy: ZeroDivisionError" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["b"]
