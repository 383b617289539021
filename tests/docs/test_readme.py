"""The README's two commands, its picture and its example for Python."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

HERE = Path(__file__).resolve().parents[2]
README = (HERE / "README.md").read_text(encoding="utf-8")


def bootstrap(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(HERE / "bootstrap.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_its_commands_are_those_that_bootstrap_knows() -> None:
    shown = set(re.findall(r"^python3 bootstrap\.py (\w+)", README, re.M))
    known = set(re.findall(r"^ +python3 bootstrap\.py (\w+)", bootstrap("--help").stderr, re.M))
    assert shown == known == {"demo", "test"}


@pytest.mark.parametrize("arguments", [(), ("tset",), ("demo", "a", "b")], ids=str)
def test_another_command_is_refused_with_the_usage(arguments: tuple[str, ...]) -> None:
    done = bootstrap(*arguments)
    assert done.returncode == 2
    assert "bootstrap.py test" in done.stderr
    assert done.stdout == ""


def test_bootstrap_is_read_by_old_pythons() -> None:
    """So that they can say which Python is needed; only what stands after that may be new."""
    source = (HERE / "bootstrap.py").read_text(encoding="utf-8")
    before, check, _ = source.partition("if sys.version_info < (3, 11)")
    assert check
    assert [line for line in before.splitlines() if "import" in line] == ["import sys"]
    compile(source, "bootstrap.py", "exec", dont_inherit=True)
    assert not re.search(r":=|^\s*match |\bexcept\*", source, re.M)


def test_its_first_screen_has_the_commands_the_picture_and_the_benefits() -> None:
    screen = README.partition("\n## ")[0]
    assert len(screen.splitlines()) <= 25
    for shown in ("uvx ", "uv tool install ", "picture.svg", "Research:", "Kaggle:", "Teams:"):
        assert shown in screen


def test_its_picture_shows_a_run_that_reports_the_test_accuracy() -> None:
    picture = HERE / re.findall(r"!\[.*\]\((.*)\)", README)[0]
    texts = [element.text or "" for element in ElementTree.parse(picture).iter()]
    rows = {e.get("y") for e in ElementTree.parse(picture).iter() if "clip-path" in e.attrib}
    assert 1 < len(rows - {None}) <= 8
    shown = " ".join(" ".join(texts).replace("\N{NO-BREAK SPACE}", " ").split())
    assert "$ scaffold new digits --defaults --first-run" in shown
    assert " epoch 20 of 20: " in shown
    accuracy = re.search(r" test/accuracy: ([\d.]+)", shown)
    assert accuracy
    assert float(accuracy.group(1)) >= 0.97
    assert str(Path.home()) not in shown


def test_its_example_for_python_runs(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.S)
    done = subprocess.run(
        [sys.executable, "-c", example], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "mine" / "README.md").is_file()
