"""What a person types is what the generated files say, whatever it is."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from .combinations import Answers, render
from .conftest import Heavy

NASTY = {
    "quotes": """He said "it's" ''' and \"\"\" """.strip(),
    "backslashes": "C:\\new\\table\\u0041 and \\",
    "interpolation": "${x} ${oc.env:HOME} $HOME \\${x} `id` $(id)",
    "template": "{{ 7 * 7 }} {% raw %} {# gone #} {{ project_name }}",
    "emoji": "🎉 naïve 漢字 🔬 ñ",
    "yaml": "- a: {b} # [c], &d *e !f | > % @",
    "null": "null",
    "number": "1e5",
    "toml": "]] = [[ # '''",
    "markdown": "[a](b) <b>c</b> &amp; *d* _e_ | f ~g~",
    "rst": "``a`` |b|_ :c:`d`",
}


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
def test_text_is_read_back_as_it_was_typed(text: str, tmp_path: Path) -> None:
    check(tmp_path, text, with_ruff=True)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.text(
        st.characters(exclude_categories=["C", "Z"], include_characters=" "),
        min_size=1,
        max_size=60,
    ).filter(lambda text: text.isprintable() and text.strip() == text)
)
def test_any_printable_text_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    check(tmp_path_factory.mktemp("any"), text, with_ruff=False)


def test_hydra_composes_what_was_typed(tmp_path: Path, heavy: Heavy) -> None:
    """Nothing of it is interpolated, and a package called `on` is no boolean."""
    text = " ".join(NASTY.values())[:80].strip()
    answers: Answers = {
        "project_name": text,
        "package_name": "on",
        "description": text,
        "author_name": text,
        "loggers": ["csv", "tensorboard", "mlflow", "wandb"],
        "environment": "conda",
    }
    project = render(tmp_path / "p", answers)
    composed = heavy.run("-m", "on.train", "--cfg", "job", "--resolve", cwd=project)
    assert composed.returncode == 0, composed.stdout
    config = yaml.safe_load(composed.stdout)
    assert config["logger"]["wandb"]["project"] == "on"
    assert config["model"]["_target_"].startswith("on.")
    conda = yaml.safe_load((project / "environment.yml").read_text(encoding="utf-8"))
    assert conda["name"] == "on"


def check(folder: Path, text: str, *, with_ruff: bool) -> None:
    """Generate a project with the text in all places, and read it back from each."""
    answers: Answers = {
        "project_name": text,
        "package_name": "pkg",
        "description": text,
        "author_name": text,
        "loggers": ["csv", "tensorboard", "mlflow", "wandb"],
        "notebook": True,
        "docker": True,
    }
    project = render(folder / "p", answers)
    record = yaml.safe_load((project / ".copier-answers.yml").read_text(encoding="utf-8"))
    assert {key: record[key] for key in answers} == answers
    about = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert about["description"] == text
    assert about["authors"] == [{"name": text}]
    assert text in (project / "LICENSE").read_text(encoding="utf-8")
    assert shown_by_markdown(project / "README.md")[:2] == [words(text), words(text)]
    if with_ruff:
        ruff(project)


def words(text: str) -> str:
    """Markdown makes one space of several."""
    return " ".join(text.split())


def shown_by_markdown(path: Path) -> list[str]:
    """The text that a reader sees in each block of a Markdown file."""
    blocks = MarkdownIt("gfm-like", {"linkify": False}).parse(path.read_text(encoding="utf-8"))
    inline = [block.children or [] for block in blocks if block.type == "inline"]
    return ["".join(child.content for child in children) for children in inline]


def ruff(project: Path) -> None:
    for check in (("check",), ("format", "--check")):
        command = [sys.executable, "-m", "ruff", *check, "--no-cache", str(project)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
