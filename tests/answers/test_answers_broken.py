"""Answers of each kind that cannot be used, in one file: all told at once, each at its place."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from ..helpers.blueprints_on_disk import tree

BLUEPRINT = {
    "copier.yml": """\
project_name: {type: str, default: Demo}
slug:
  type: str
  default: demo
  validator: "{% if not slug|regex_search('^[a-z]+$') %}Use lower-case letters.{% endif %}"
width: {type: int, default: 1}
rate: {type: float, default: 0.1}
flag: {type: bool, default: false}
task: {type: str, choices: [images, text], default: images}
many: {type: str, multiselect: true, choices: [csv, wandb], default: [csv]}
device:
  type: str
  default: cpu
  choices:
    CPU: cpu
    GPU: {value: gpu, validator: there is none}
note: {type: str, default: ""}
home: {type: str, default: ""}
tree: {type: yaml, default: null}
shown: {type: str, default: x, when: "{{ flag }}"}
loud: {default: "{{ project_name|upper }}", when: false}
""",
    "all.txt.jinja": "{{ project_name }}\n",
}
LONG = "x" * 65_537
YAML = f"""\
# Eleven answers, none of any use.
projct_name: x
slug: Not This

width: "3"
task: image
many: [csv, neptune]
device: gpu
flag: null
home: ${{oc.env:NOT_SET_ANYWHERE}}
note: {LONG}
rate: 1
rate: 2
loud: X
"""
JSON = f"""\
{{
  "projct_name": "x", "slug": "Not This",
  "width": "3", "task": "image",
  "many": ["csv", "neptune"],
  "device":
    "gpu", "flag": null,
  "home": "${{oc.env:NOT_SET_ANYWHERE}}",
  "note": "{LONG}",
  "rate": 1, "rate": 2,
  "loud": "X"
}}
"""
TOML = f"""\
projct_name = "x"
slug = "Not This"
width = "3"
task = "image"  # images
many = [
  "csv",
  "neptune",
]
'device' = "gpu"
flag = 1
home = "${{oc.env:NOT_SET_ANYWHERE}}"
note = "{LONG}"
rate = 2020-01-01
loud = "X"
"""
# TOML knows no null, and has a date where another key would stand twice.
WHY = {
    "projct_name": "is not a question of this blueprint (did you mean project_name?)",
    "slug": "Use lower-case letters.",
    "width": "must be a whole number: write it without quotes",
    "task": 'must be one of images, text, not "image" (did you mean images?)',
    "many": 'must be one of csv, wandb, not "neptune"',
    "device": '"gpu" cannot be chosen: there is none',
    "flag": "must be true or false, not null",
    "home": "Environment variable 'NOT_SET_ANYWHERE' not found (write \\${ for a plain ${)",
    "note": "is 65,537 characters long; at most 65,536 are allowed",
    "rate": "appears here a second time",
    "loud": "is computed by the blueprint and cannot be answered",
}
FILES: Mapping[str, tuple[str, Mapping[str, str], str]] = {
    "answers.yml": (YAML, {}, "2:1 3:1 5:1 6:1 7:1 8:1 9:1 10:1 11:1 13:1 14:1"),
    "answers.json": (JSON, {}, "2:3 2:23 3:3 3:17 4:3 5:3 6:12 7:3 8:3 9:14 10:3"),
    "answers.toml": (
        TOML,
        {
            "flag": "must be true or false, not the number 1",
            "rate": "holds a date: write it in quotes to make it text",
        },
        "1:1 2:1 3:1 4:1 5:1 9:1 10:1 11:1 12:1 13:1 14:1",
    ),
}


def new(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scaffold", "new", "made", "--defaults", *words]
    kept = {k: v for k, v in os.environ.items() if k != "GITHUB_ACTIONS"}
    return subprocess.run(
        [*command, "--blueprint", str(tree(folder / "blueprint", BLUEPRINT))],
        cwd=folder,
        env={**kept, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def told(name: str) -> list[str]:
    """What is said of each answer of a file, in the order of its lines."""
    _, others, places = FILES[name]
    why = {**WHY, **others}
    lines = zip(places.split(), why.items(), strict=True)
    return [f"{name}:{place}: {key}: {reason}" for place, (key, reason) in lines]


@pytest.mark.parametrize("name", FILES)
def test_all_are_told_at_once_each_at_its_place(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(FILES[name][0])
    done = new(tmp_path, "--answers", name)
    assert (done.returncode, done.stdout) == (2, "")
    first, *lines, last = done.stderr.splitlines()
    assert first == "error: 11 answers cannot be used"
    assert last == "next: Correct these answers, then run the command again."
    assert [line.strip() for line in lines] == told(name)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, "blueprint"])


def test_github_shows_them_beside_the_lines(tmp_path: Path) -> None:
    name = "answers.yml"
    (tmp_path / name).write_text(FILES[name][0])
    done = new(tmp_path, "--answers", name, GITHUB_ACTIONS="true")
    assert done.returncode == 2
    found = [line for line in done.stderr.splitlines() if line.startswith("::error")]
    pattern = re.compile(r"::error file=(.+),line=(\d+),col=(\d+)::(.+)")
    matches = [pattern.fullmatch(line) for line in found]
    parts = [match.groups() for match in matches if match]
    assert [f"{file}:{line}:{col}: {why}" for file, line, col, why in parts] == told(name)


def test_machines_get_them_too(tmp_path: Path) -> None:
    name = "answers.json"
    (tmp_path / name).write_text(FILES[name][0])
    done = new(tmp_path, "--answers", name, "--json")
    report = json.loads(done.stdout)
    assert report["exit_code"] == done.returncode == 2
    problems = report["error"]["problems"]
    lines = [f"{p['origin']}:{p['line']}:{p['column']}: {p['key']}: {p['why']}" for p in problems]
    assert lines == told(name)


def test_those_of_all_sources_are_told_together(tmp_path: Path) -> None:
    """Two files, a variable and a flag; a missing answer is no news beside them."""
    (tmp_path / "a.yml").write_text("width: x\ntask: image\n")
    (tmp_path / "b.toml").write_text("task = 'images'\nflag = 'perhaps'\n")
    words = ("--answers", "a.yml", "--answers", "b.toml", "--data", "slug=A", "--data", "wdth=1")
    done = new(tmp_path, *words, SCAFFOLD_DATA_RATE="fast")
    assert done.returncode == 2
    assert [line.strip() for line in done.stderr.splitlines()[1:-1]] == [
        "--data: slug: Use lower-case letters.",
        "--data: wdth: is not a question of this blueprint (did you mean width?)",
        'a.yml:1:1: width: must be a whole number, not "x"',
        'b.toml:2:1: flag: must be true or false, not "perhaps"',
        'environment SCAFFOLD_DATA_RATE: rate: must be a number, not "fast"',
    ]


def test_an_answer_whose_condition_is_not_met_is_noted(tmp_path: Path) -> None:
    """Not refused: one file may serve projects with and without it."""
    (tmp_path / "a.yml").write_text("shown: y\n")
    done = new(tmp_path, "--answers", "a.yml")
    assert done.returncode == 0
    assert "note: shown of a.yml was not used: its condition is not met" in done.stdout


def test_what_is_given_otherwise_mends_a_file(tmp_path: Path) -> None:
    """The stronger answer counts, so the weaker one is not looked at."""
    (tmp_path / "a.yml").write_text("home: ${oc.env:NOT_SET_ANYWHERE}\nwidth: x\n")
    words = ("--answers", "a.yml", "--data", "home=/", "--data", "width=3")
    done = new(tmp_path, *words)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        pytest.param("a.yml", "slug: [a\nwidth: 1\n", "a.yml:2:6: is not YAML", id="yaml"),
        pytest.param("a.toml", "slug = 'a'\nwidth = \n", "a.toml:2:9: is not TOML", id="toml"),
        pytest.param("a.json", '{"slug": "a",\n "width" 1}', "a.json:2:10: is not JSON", id="json"),
    ],
)
def test_a_slip_of_syntax_is_told_with_its_place(
    name: str, text: str, where: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text)
    done = new(tmp_path, "--answers", name)
    assert done.returncode == 2
    assert where in done.stderr
    assert len(done.stderr.splitlines()) == 3
