"""Structured merges, case by case: the exact text that comes out, or None for a true conflict."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest

from scaffold.merge.structured import merge
from scaffold.merge.structured.merge import merge_structured

pytestmark = pytest.mark.unit


@dataclass(frozen=True)
class Case:
    id: str
    path: str
    base: str
    ours: str
    theirs: str
    want: str | None


CASES: list[Case] = []


def case(path: str, id: str, *texts: str | None) -> None:
    """A case told as texts: base, ours, theirs, what is wanted."""
    base, ours, theirs, want = texts
    CASES.append(Case(id, path, base or "", ours or "", theirs or "", want))


def edits(path: str, base: str, id: str, *changes: tuple[str, str] | None) -> None:
    """A case told as replacements in the base: ours, theirs, what is wanted."""
    texts = []
    for old, new in (change or ("", "") for change in changes):
        assert old in base, (id, old)
        texts.append(base.replace(old, new, 1))
    CASES.append(Case(id, path, base, texts[0], texts[1], texts[2] if changes[2] else None))


# ------------------------------------------------------------------------------------------ TOML
PYPROJECT = """\
[project]
name = "demo"
version = "0.1.0"  # bump by hand
dependencies = [
    "torch>=2.4",
    "lightning>=2.4",  # see the issue
    "hydra-core>=1.3",
]
keywords = ["a", "b"]

[project.optional-dependencies]
dev = ["ruff", "pytest>=8"]

[tool.ruff]
line-length = 100
lint.select = ["E", "F"]

[[tool.mypy.overrides]]
module = ["hydra.*"]
ignore_missing_imports = true
"""
LAST = '    "hydra-core>=1.3",\n'
pyproject = partial(edits, "pyproject.toml", PYPROJECT)
pyproject(
    "toml: both append a dependency",
    (LAST, LAST + '    # images\n    "timm>=1.0",  # mine\n'),
    (LAST, LAST + '    "rich>=13",\n'),
    (LAST, LAST + '    # images\n    "timm>=1.0",  # mine\n    "rich>=13",\n'),
)
pyproject(
    "toml: one bumps a version, the other appends",
    (LAST, LAST + '    "timm>=1.0",\n'),
    (LAST, '    "Hydra_Core>=1.4",\n'),
    (LAST, '    "Hydra_Core>=1.4",\n    "timm>=1.0",\n'),
)
pyproject(
    "toml: both bump one version", ("torch>=2.4", "torch>=2.5"), ("torch>=2.4", "torch>=2.6"), None
)
pyproject(
    "toml: both add one package with other versions",
    (LAST, LAST + '    "rich>=13",\n'),
    (LAST, LAST + '    "rich>=14",\n'),
    None,
)
pyproject(
    "toml: both add one package, and more",
    (LAST, LAST + '    "rich>=13",\n    "timm",\n'),
    (LAST, LAST + '    "einops",\n    "rich>=13",\n'),
    (LAST, LAST + '    "einops",\n    "rich>=13",\n    "timm",\n'),
)
pyproject(
    "toml: one side deletes, the other bumps it",
    ('    "torch>=2.4",\n', ""),
    ("torch>=2.4", "torch>=2.6"),
    None,
)
pyproject(
    "toml: one side deletes, the other bumps the neighbour",
    ('    "torch>=2.4",\n', ""),
    ("lightning>=2.4", "lightning>=2.6"),
    ('    "torch>=2.4",\n    "lightning>=2.4"', '    "lightning>=2.6"'),
)
pyproject(
    "toml: one side deletes an entry whose comment the other changed",
    ('    "lightning>=2.4",  # see the issue\n', ""),
    ("# see the issue", "# see issue 12"),
    None,
)
pyproject(
    "toml: list in one line",
    ('["ruff", "pytest>=8"]', '["ruff", "pytest>=8", "mypy"]'),
    ('["ruff", "pytest>=8"]', '["ruff>=0.9", "pytest>=8", "nox"]'),
    ('["ruff", "pytest>=8"]', '["ruff>=0.9", "pytest>=8", "mypy", "nox"]'),
)
pyproject(
    "toml: theirs spreads a list over lines",
    ('["ruff", "pytest>=8"]', '["ruff", "pytest>=8", "mypy"]'),
    ('["ruff", "pytest>=8"]', '[\n    "ruff",  # new\n    "pytest>=8",\n    "nox",\n]'),
    (
        '["ruff", "pytest>=8"]',
        '[\n    "ruff",  # new\n    "pytest>=8",\n    "mypy",\n    "nox",\n]',
    ),
)
pyproject(
    "toml: ours spread a list over lines",
    ('["ruff", "pytest>=8"]', '[\n  # tools\n  "ruff",\n  "pytest>=8"\n]'),
    ('["ruff", "pytest>=8"]', '["ruff", "pytest>=8", "nox"]'),
    ('["ruff", "pytest>=8"]', '[\n  # tools\n  "ruff",\n  "pytest>=8",\n  "nox"\n]'),
)
pyproject(
    "toml: value and comment of one line",
    ("# bump by hand", "# bumped by CI"),
    ('version = "0.1.0"', 'version = "0.2.0"'),
    ('version = "0.1.0"  # bump by hand', 'version = "0.2.0"  # bumped by CI'),
)
pyproject(
    "toml: a value and its neighbour",
    ('name = "demo"', 'name = "mine"'),
    ('version = "0.1.0"', 'version = "0.2.0"'),
    ('name = "demo"\nversion = "0.1.0"', 'name = "mine"\nversion = "0.2.0"'),
)
pyproject(
    "toml: both set one value",
    ("line-length = 100", "line-length = 88"),
    ("line-length = 100", "line-length = 120"),
    None,
)
pyproject(
    "toml: both add one key with one value",
    ("line-length = 100", "line-length = 100\npreview = true\nfix = true"),
    ("line-length = 100", "line-length = 100\npreview = true"),
    ("line-length = 100", "line-length = 100\npreview = true\nfix = true"),
)
pyproject(
    "toml: dotted key",
    ('["E", "F"]', '["E", "F", "I"]'),
    ('["E", "F"]', '["E", "F", "UP"]\nlint.fixable = ["I"]'),
    ('["E", "F"]', '["E", "F", "I", "UP"]\nlint.fixable = ["I"]'),
)
pyproject(
    "toml: array of tables, both append an item",
    (
        "ignore_missing_imports = true\n",
        'ignore_missing_imports = true\n\n# mine\n[[tool.mypy.overrides]]\nmodule = "x"\n',
    ),
    (
        "ignore_missing_imports = true\n",
        'ignore_missing_imports = true\n\n[[tool.mypy.overrides]]\nmodule = "y"\n',
    ),
    (
        "ignore_missing_imports = true\n",
        "ignore_missing_imports = true\n\n# mine\n[[tool.mypy.overrides]]\n"
        'module = "x"\n\n[[tool.mypy.overrides]]\nmodule = "y"\n',
    ),
)
END = "ignore_missing_imports = true\n"
pyproject(
    "toml: both add a table at the end",
    (END, END + "\n# my settings\n[tool.mypy]\nstrict = true\n"),
    (END, END + "\n[tool.nox]\nx = 1  # one\n# the end\n"),
    (
        END,
        END
        + "\n# my settings\n[tool.mypy]\nstrict = true\n\n[tool.nox]\nx = 1  # one\n# the end\n",
    ),
)
pyproject(
    "toml: both add one table with other keys",
    (END, END + "\n[tool.mypy]\nstrict = true\n"),
    (END, END + '\n[tool.mypy]\npython_version = "3.11"\n'),
    (END, END + '\n[tool.mypy]\nstrict = true\npython_version = "3.11"\n'),
)
pyproject(
    "toml: both add one table with another value",
    (END, END + "\n[tool.mypy]\nstrict = true\n"),
    (END, END + "\n[tool.mypy]\nstrict = false\n"),
    None,
)
pyproject(
    "toml: one deletes a table, the other adds one",
    ('\n[tool.ruff]\nline-length = 100\nlint.select = ["E", "F"]\n', ""),
    ('lint.select = ["E", "F"]\n', 'lint.select = ["E", "F"]\n\n[tool.x]\ny = 1\n'),
    (
        '\n[tool.ruff]\nline-length = 100\nlint.select = ["E", "F"]\n',
        "\n[tool.x]\ny = 1\n",
    ),
)
pyproject(
    "toml: one deletes a table, the other changes it",
    ('\n[tool.ruff]\nline-length = 100\nlint.select = ["E", "F"]\n', ""),
    ("line-length = 100", "line-length = 120"),
    None,
)
pyproject(
    "toml: both change the list's other half",
    ('["a", "b"]', '["a", "x"]'),
    ('["a", "b"]', '["y", "b"]'),
    ('["a", "b"]', '["y", "x"]'),
)
pyproject(
    "toml: both replace one string of a list",
    ('["a", "b"]', '["a", "x"]'),
    ('["a", "b"]', '["a", "y"]'),
    None,
)
toml = partial(case, "a.toml")
toml(
    "toml: row of numbers, other positions",
    "betas = [0.9, 0.99]\n",
    "betas = [0.8, 0.99]\n",
    "betas = [0.9, 0.999]\n",
    "betas = [0.8, 0.999]\n",
)
toml(
    "toml: row of numbers, both append",
    "sizes = [64, 128]\n",
    "sizes = [64, 128, 256]\n",
    "sizes = [64, 128, 512]\n",
    None,
)
toml(
    "toml: row with equal numbers that one side lengthens",
    "sizes = [64, 64]\n",
    "sizes = [64, 64, 64]\n",
    "sizes = [64, 32]\n",
    None,
)
toml(
    "toml: inline tables and odd strings",
    'a = {x = 1, y = "#[,"}\nb = """\n[x]\n# no comment\n"""\n',
    'a = {x = 1, y = "#[,", z = 2}\nb = """\n[x]\n# no comment\n"""\nc = 1\n',
    'a = {x = 2, y = "#[,"}\nb = """\n[x]\n# no comment\n"""\nd = \'\'\'"\'\'\'\n',
    'a = {x = 2, y = "#[,", z = 2}\nb = """\n[x]\n# no comment\n"""\nc = 1\nd = \'\'\'"\'\'\'\n',
)
toml("toml: does not parse", "a = 1\n", "a = 1\nb = \n", "a = 1\nc = 1\n", None)
case(
    "pyproject.toml",
    "toml: dependency group",
    '[dependency-groups]\ndev = ["ruff", {include-group = "test"}]\n',
    '[dependency-groups]\ndev = ["ruff>=1", {include-group = "test"}]\n',
    '[dependency-groups]\ndev = ["ruff", {include-group = "test"}, {include-group = "docs"}]\n',
    '[dependency-groups]\ndev = ["ruff>=1", {include-group = "test"}, {include-group = "docs"}]\n',
)

# ------------------------------------------------------------------------------------------ YAML
TRAIN = """\
# @package _global_
defaults:
  - data: digits
  - model: cnn  # small
  - trainer: default
  - _self_

# reproducible
seed: 42
lr: 1e-10
flag: yes

paths:
  root: ${oc.env:ROOT}
  # where results go
  out: "out"   # here

name: "x"
"""
train = partial(edits, "train.yaml", TRAIN)
train(
    "yaml: both add a key at one place",
    ("seed: 42\n", "seed: 42\n# mine\nname2: mine\n"),
    ("seed: 42\n", "seed: 42\ncompile: false  # slow\n"),
    ("seed: 42\n", "seed: 42\n# mine\nname2: mine\ncompile: false  # slow\n"),
)
train(
    "yaml: a value and its neighbour",
    ("seed: 42", "seed: 7"),
    ("lr: 1e-10", "lr: 1e-3"),
    ("seed: 42\nlr: 1e-10", "seed: 7\nlr: 1e-3"),
)
edits(
    "configs/train.yaml",
    TRAIN,
    "yaml: both add a defaults entry",
    ("  - trainer: default\n", "  - trainer: default\n  - logger: wandb\n"),
    ("  - trainer: default\n", "  - trainer: default\n  - callbacks: default\n"),
    ("  - trainer: default\n", "  - trainer: default\n  - logger: wandb\n  - callbacks: default\n"),
)
train(
    "yaml: defaults, one changes an option, the other adds",
    ("  - trainer: default\n", "  - trainer: gpu\n"),
    ("  - trainer: default\n", "  - trainer: default\n  - optional local: default\n"),
    ("  - trainer: default\n", "  - trainer: gpu\n  - optional local: default\n"),
)
train(
    "yaml: defaults, an override stays last",
    ("  - _self_\n", "  - _self_\n  - override hydra/launcher: joblib\n"),
    ("  - _self_\n", "  - _self_\n  - logger: csv\n"),
    ("  - _self_\n", "  - _self_\n  - logger: csv\n  - override hydra/launcher: joblib\n"),
)
train(
    "yaml: defaults, both choose another option",
    ("model: cnn", "model: mlp"),
    ("model: cnn", "model: vit"),
    None,
)
train(
    "yaml: defaults, one moves _self_, the other adds",
    (
        "  - data: digits\n  - model: cnn  # small\n  - trainer: default\n  - _self_\n",
        "  - _self_\n  - data: digits\n  - model: cnn  # small\n  - trainer: default\n",
    ),
    ("  - trainer: default\n", "  - trainer: default\n  - logger: csv\n"),
    None,
)
case(
    "train.yaml",
    "yaml: defaults, one gives _self_ a place, the other adds",
    "defaults:\n  - a: 1\nx: 1\n",
    "defaults:\n  - a: 1\n  - _self_\nx: 1\n",
    "defaults:\n  - a: 1\n  - b: 1\nx: 1\n",
    None,
)
train(
    "yaml: nested mappings keep their comments",
    ('  out: "out"   # here\n', '  out: "out"   # there\n  tmp: /tmp  # mine\n'),
    ('  out: "out"   # here\n', '  out: "results"   # here\n  # for logs\n  log: ${.out}\n'),
    (
        '  out: "out"   # here\n',
        '  out: "results"   # there\n  tmp: /tmp  # mine\n  # for logs\n  log: ${.out}\n',
    ),
)
train(
    "yaml: one deletes a key, the other edits its neighbour",
    ("flag: yes\n", ""),
    ("lr: 1e-10\n", "lr: 1e-4\n"),
    ("lr: 1e-10\nflag: yes\n", "lr: 1e-4\n"),
)
train(
    "yaml: one deletes a mapping, the other edits in it",
    ('paths:\n  root: ${oc.env:ROOT}\n  # where results go\n  out: "out"   # here\n\n', ""),
    ('"out"', '"results"'),
    None,
)
train(
    "yaml: both change a comment",
    ("# reproducible\nseed: 42", "# always the same\nseed: 43"),
    ("# reproducible\nseed: 42", "# repeatable\nseed: 42"),
    None,
)
train(
    "yaml: both add a comment above one key",
    ("# reproducible\nseed: 42", "# reproducible\n# mine\nseed: 43"),
    ("# reproducible\nseed: 42", "# reproducible\n# new\nseed: 42"),
    ("# reproducible\nseed: 42", "# reproducible\n# mine\n# new\nseed: 43"),
)
yaml = partial(case, "a.yaml")
yaml(
    "yaml: floats and booleans stay as written",
    "a: 1e-10\nb: yes\nc: 0o17\nd: 1_000\ne: '1'\n",
    "a: 1e-10\nb: no\nc: 0o17\nd: 1_000\ne: '1'\n",
    "a: 1e-9\nb: yes\nc: 0o17\nd: 1_000\ne: '1'\nf: off\n",
    "a: 1e-9\nb: no\nc: 0o17\nd: 1_000\ne: '1'\nf: off\n",
)
yaml(
    "yaml: a number and the text of it differ",
    "a: 1\nb: 1\n",
    "a: '1'\nb: 1\n",
    "a: 1.0\nb: 1\n",
    None,
)
yaml(
    "yaml: lists indented otherwise",
    "x:\n  - a: 1\n    name: one\n",
    "x:\n- a: 1\n  name: one\n- name: two\n",
    "x:\n  - a: 1\n    name: one\n    b:\n      # deep\n      c: 2\n  - name: three\n    d: 3\n",
    "x:\n- a: 1\n  name: one\n  b:\n    # deep\n    c: 2\n- name: two\n- name: three\n  d: 3\n",
)
WORKFLOW = """\
on: [push]
jobs:
  test:
    strategy:
      matrix:
        python: ["3.11", "3.12"]
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
      - name: Test
        run: |
          pytest

      # last
      - run: echo ${{ github.ref }}
"""
edits(
    ".github/workflows/ci.yml",
    WORKFLOW,
    "yaml: workflow, both add steps and versions",
    ("          pytest\n", "          pytest\n      - name: Mine\n        run: make mine\n"),
    (
        '["3.11", "3.12"]\n    steps:\n      - uses: actions/checkout@v4',
        '["3.11", "3.12", "3.13"]\n    steps:\n      - uses: actions/checkout@v5',
    ),
    (
        '["3.11", "3.12"]\n    steps:\n      - uses: actions/checkout@v4\n        with:\n'
        "          fetch-depth: 0\n      - name: Test\n        run: |\n          pytest\n",
        '["3.11", "3.12", "3.13"]\n    steps:\n      - uses: actions/checkout@v5\n        with:\n'
        "          fetch-depth: 0\n      - name: Test\n        run: |\n          pytest\n"
        "      - name: Mine\n        run: make mine\n",
    ),
)
case(
    ".pre-commit-config.yaml",
    "yaml: pre-commit, theirs bumps, ours adds a hook",
    "repos:\n  - repo: https://x/ruff\n    rev: v1  # pinned\n    hooks:\n      - id: ruff\n",
    "repos:\n  - repo: https://x/ruff\n    rev: v1  # pinned\n    hooks:\n      - id: ruff\n"
    "        args: [--fix]\n  - repo: local\n    hooks:\n      - id: mine\n",
    "repos:\n  - repo: https://x/ruff\n    rev: v2  # pinned\n    hooks:\n      - id: ruff\n"
    "      - id: ruff-format\n",
    "repos:\n  - repo: https://x/ruff\n    rev: v2  # pinned\n    hooks:\n      - id: ruff\n"
    "        args: [--fix]\n      - id: ruff-format\n"
    "  - repo: local\n    hooks:\n      - id: mine\n",
)
case(
    "environment.yml",
    "yaml: conda environment",
    "dependencies:\n  - python=3.11\n  - pip:\n      - torch>=2\n",
    "dependencies:\n  - python=3.12\n  - conda-forge::jq\n  - pip:\n"
    "      - torch>=2\n      - timm\n",
    "dependencies:\n  - python=3.11\n  - git\n  - pip:\n      - torch>=2.6\n      - rich\n",
    "dependencies:\n  - python=3.12\n  - conda-forge::jq\n  - git\n  - pip:\n      - torch>=2.6\n"
    "      - timm\n      - rich\n",
)
yaml("yaml: both add one list with other items", "a: 1\n", "a: 1\nb: [x]\n", "a: 1\nb: [y]\n", None)
yaml(
    "yaml: one side turns a list in brackets into lines",
    "a: [x]\nb: 1\n",
    "a: [x, y]\nb: 1\n",
    "a:\n  - x\n  - z\nb: 1\n",
    None,
)
yaml("yaml: both make a mapping of a value", "a: 1\n", "a: {x: 1}\n", "a: {y: 1}\n", None)
yaml("yaml: a key twice", "a: 1\n", "a: 1\nb: 1\nb: 2\n", "a: 1\nc: 1\n", None)
yaml("yaml: two documents", "a: 1\n", "a: 1\n---\nb: 2\n", "a: 1\nc: 1\n", None)
yaml("yaml: anchors", "a: &x 1\n", "a: &x 1\nb: *x\n", "a: &x 1\nc: 1\n", "a: &x 1\nb: *x\nc: 1\n")
yaml(
    "yaml: an alias for what the other side changed",
    "a: &x 1\n",
    "a: &x 1\nb: *x\n",
    "a: &x 2\n",
    None,
)
COMPOSE = """\
x-base: &base  # for all
  image: python:3.11
  env: &env
    A: 1
services:
  web:
    <<: *base
    ports: [80]
  worker:
    <<: [*base]
    env: *env
    steps: &steps
    - one
"""
edits(
    "docker-compose.yml",
    COMPOSE,
    "yaml: anchored parts that nobody touched",
    ("[80]", "[81]"),
    ("    env: *env\n", "    env: *env\n    deploy: new\n"),
    ("[80]", "[81]"),
)
CASES[-1] = replace(
    CASES[-1],
    want=COMPOSE.replace("[80]", "[81]").replace("*env\n", "*env\n    deploy: new\n"),
)
case(
    "docker-compose.yml",
    "yaml: an anchored part that both sides changed",
    COMPOSE,
    COMPOSE.replace("3.11", "3.12"),
    COMPOSE.replace("A: 1", "A: 2").replace("- one\n", "- one\n    - new\n"),
    COMPOSE.replace("3.11", "3.12")
    .replace("A: 1", "A: 2")
    .replace("- one\n", "- one\n    - new\n"),
)
case(
    "docker-compose.yml",
    "yaml: a new use of an anchored part that the other side changed",
    COMPOSE,
    COMPOSE.replace("3.11", "3.12"),
    COMPOSE + "  third:\n    <<: *base\n",
    None,
)
yaml(
    "yaml: an anchor that one side removed and the other uses",
    "a: &x 1\nc: 1\n",
    "a: &x 1\nc: *x\n",
    "a: 1\nc: 1\nd: 1\n",
    None,
)
MKDOCS = """\
markdown_extensions:
  - pymdownx.emoji:
      emoji_index: !!python/name:material.extensions.emoji.twemoji
      token: !ENV [A, "b"]
  - toc
"""
case(
    "mkdocs.yml",
    "yaml: tags that its reader knows",
    MKDOCS,
    MKDOCS.replace("[A,", "[MINE,"),
    MKDOCS + "  - new\n",
    MKDOCS.replace("[A,", "[MINE,") + "  - new\n",
)
yaml("yaml: a tagged text", "a: !x 1\n", "a: !x 2\n", "a: !x 3\n", None)
yaml(
    "yaml: a mapping as a key",
    "? {a: 1}\n: b\nc: d\n",
    "? {a: 1}\n: b\nc: e\n",
    "? {a: 1}\n: x\nc: d\n",
    None,
)
yaml(
    "yaml: a tagged key",
    "? !x [a]\n: b\nc: d\n",
    "? !x [a]\n: b\nc: e\n",
    "? !x [a]\n: x\nc: d\n",
    None,
)
LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
yaml("yaml: aliases that stand for billions", LAUGHS, LAUGHS + "y: 1", LAUGHS + "z: 1", None)
yaml("yaml: itself", "a: &a [*a]\n", "a: &a [*a]\nb: 1\n", "a: &a [*a]\nc: 1\n", None)
yaml("yaml: tags", "a: !x 1\n", "a: !x 1\nb: 1\n", "a: !x 1\nc: 1\n", "a: !x 1\nb: 1\nc: 1\n")
yaml(
    "yaml: one document with its mark, a flow mapping",
    "---\na: {x: 1, y: [1, 2]}\n",
    "---\na: {x: 1, y: [1, 2], z: 3}\n",
    "---\na: {x: 2, y: [1, 2]}\nb: 1\n",
    "---\na: {x: 2, y: [1, 2], z: 3}\nb: 1\n",
)
yaml(
    "yaml: a commented-out entry stays where it is",
    "a:\n  b: 1\n  # c: 2\n\nd: 3\n",
    "a:\n  b: 1\n  # c: 2\n  e: 4\n\nd: 3\n",
    "a:\n  b: 1\n  # c: 2\n\nd: 4\nf: 1\n",
    "a:\n  b: 1\n  # c: 2\n  e: 4\n\nd: 4\nf: 1\n",
)

# ------------------------------------------------------------------------------------------ JSON
JSON = """\
{
  "name": "demo",
  "recommendations": [
    "ms-python.python"
  ],
  "n": {"a": 1}
}
"""
json = partial(edits, "x.json", JSON)
json(
    "json: both add a key",
    ('{"a": 1}\n', '{"a": 1},\n  "mine": 1\n'),
    ('{"a": 1}\n', '{"a": 1},\n  "new": [1, 2]\n'),
    ('{"a": 1}\n', '{"a": 1},\n  "mine": 1,\n  "new": [1, 2]\n'),
)
edits(
    ".vscode/extensions.json",
    JSON,
    "json: both recommend an extension",
    ('"ms-python.python"\n', '"ms-python.python",\n    "me.mine"\n'),
    ('"ms-python.python"\n', '"ms-python.python",\n    "charliermarsh.ruff"\n'),
    ('"ms-python.python"\n', '"ms-python.python",\n    "me.mine",\n    "charliermarsh.ruff"\n'),
)
edits(
    "x.json",
    JSON.replace("  ", "\t"),
    "json: nested, tabs and compact",
    ('{"a": 1}', '{"a": 1,"b":2}'),
    ('{"a": 1}', '{"a":  3}'),
    ('{"a": 1}', '{"a":  3,"b":2}'),
)
json("json: both set one key", ('"demo"', '"x"'), ('"demo"', '"y"'), None)
json(
    "json: one deletes the last key, the other adds one",
    (',\n  "n": {"a": 1}\n', "\n"),
    ('{"a": 1}\n', '{"a": 1},\n  "new": 1\n'),
    ('"n": {"a": 1}', '"new": 1'),
)
json("json: true is not 1", ('"a": 1', '"a": true'), ('"a": 1', '"a": 1.0'), None)
case("x.json", "json: with comments", "{}", '{"a": 1} // no', '{"b": 1}', '{"a": 1, "b": 1} // no')
case(
    "x.json", "json: a key twice", '{"a": 1}', '{"a": 1, "b": 1, "b": 1}', '{"a": 1, "c": 1}', None
)
case("x.json", "json: both fill an empty object", "{}", '{"a": 1}', '{"b": 2}', '{"a": 1, "b": 2}')
CELL = '  {\n   "id": "%s",\n   "cell_type": "code",\n   "source": ["%s"]\n  }'
NOTEBOOK = '{\n "cells": [\n%s\n ],\n "nbformat": 4\n}\n'
case(
    "x.ipynb",
    "json: notebook, both add a cell and edit others",
    NOTEBOOK % ",\n".join((CELL % ("a", "1"), CELL % ("b", "2"))),
    NOTEBOOK % ",\n".join((CELL % ("a", "ours"), CELL % ("b", "2"), CELL % ("c", "3"))),
    NOTEBOOK % ",\n".join((CELL % ("a", "1"), CELL % ("b", "theirs"), CELL % ("d", "4"))),
    NOTEBOOK
    % ",\n".join(
        (CELL % ("a", "ours"), CELL % ("b", "theirs"), CELL % ("c", "3"), CELL % ("d", "4"))
    ),
)

# ----------------------------------------------------------------------------------------- lines
ignore = partial(case, ".gitignore")
ignore(
    "ignore: both append",
    "a\nb\n",
    "a\nb\n\n# mine\nwandb/\n",
    "a\nb\nlogs/\n",
    "a\nb\n\n# mine\nwandb/\nlogs/\n",
)
case(
    "sub/.dockerignore",
    "ignore: one deletes, the other appends",
    "# old\na\nb\n",
    "b\n",
    "# old\na\nb\nlogs/\n",
    "b\nlogs/\n",
)
ignore("ignore: both add one line", "a\n", "a\nx\ny\n", "a\nz\nx\n", "a\nz\nx\ny\n")
ignore("ignore: at other places", "a\nb\n", "x\na\nb\ny\n", "a\nb\nx\n", "x\na\nb\ny\n")
ignore("ignore: a line twice", "a\nb\na\n", "a\nb\na\nx\n", "a\nb\na\ny\n", "a\nb\na\nx\ny\n")
ignore("ignore: other places among exceptions", "a\n!b\n", "x\na\n!b\n", "a\n!b\nx\n", None)
ignore("ignore: a line twice among exceptions", "a\n!b\na\n", "a\n!b\n", "a\n!b\na\nx\n", None)
ignore("ignore: no last newline", "a\nb", "a\nb\nc", "a\nb\nd", "a\nb\nc\nd")
ignore("ignore: an exception that overlaps", "a\n", "a\n*.log\n", "a\n!x.log\n", None)
ignore(
    "ignore: an exception for what the same side ignores",
    "a\n",
    "a\nwandb/\n",
    "a\nlogs/*\n!logs/.keep\n",
    "a\nwandb/\nlogs/*\n!logs/.keep\n",
)
ignore(
    "ignore: an exception of plain names",
    "a\n",
    "a\nwandb/\n",
    "a\nlogs/\n!logs/.keep\n",
    "a\nwandb/\nlogs/\n!logs/.keep\n",
)
ignore("ignore: both replace one line", "a\nb\n", "a\nx\n", "a\ny\n", None)
ignore(
    "ignore: trailing and odd line ends are no line",
    "a\n",
    "a\nb\u2028c\x0cd\n",
    "a\ne \\ \n",
    "a\nb\u2028c\x0cd\ne \\ \n",
)
case(
    ".gitattributes",
    "attributes: both append",
    "*.py text\n",
    "*.py text\n*.png binary\n",
    "*.py text\n*.pt binary\n",
    "*.py text\n*.png binary\n*.pt binary\n",
)
case(
    ".gitattributes",
    "attributes: patterns that may match one file",
    "*.py text\n",
    "*.py text\ndata/** -text\n",
    "*.py text\n*.csv text\n",
    None,
)
case(
    "requirements.txt",
    "requirements: one bumps, both append",
    "torch>=2.4\n# tools\nruff  # lint\n",
    "torch>=2.4\n# tools\nruff>=0.9  # lint\ntimm\n",
    "Torch>=2.6\n# tools\nruff  # lint\n# nice\nrich\n",
    "Torch>=2.6\n# tools\nruff>=0.9  # lint\ntimm\n# nice\nrich\n",
)
case("requirements-dev.txt", "requirements: both bump", "a==1\n", "a==2\n", "A==3\n", None)
case(
    "requirements/dev.txt",
    "requirements: options, markers, urls and hashes",
    "-r base.txt\na==1 \\\n    --hash=sha256:00\n",
    "-r base.txt\na==1 \\\n    --hash=sha256:00\nb; python_version < '3.12'\n",
    "-r base.txt\n-c limits.txt\na==2 \\\n    --hash=sha256:11\nc @ https://x/c.whl\n",
    "-r base.txt\n-c limits.txt\na==2 \\\n    --hash=sha256:11\n"
    "b; python_version < '3.12'\nc @ https://x/c.whl\n",
)
readme = partial(case, "README.md")
readme("lines: a README is not structured", "a\n", "a\nb\n", "a\nc\n", None)
case("notes.txt", "lines: a text is not structured", "a\n", "a\nb\n", "a\nc\n", None)

# ---------------------------------------------------------------------------------------- Python
MODEL = '''\
"""Model."""

import torch
from torch import nn

__all__ = ["Net"]


class Net(nn.Module):
    """A small net."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(64, width),  # in
            nn.ReLU(),
            nn.Linear(width, 10),
        )

    def forward(self, x):
        # (B, 64) -> (B, 10)
        return self.layers(x)


def build(width: int) -> Net:
    return Net(width)
'''
FORWARD = "        return self.layers(x)\n"
BUILD = "    return Net(width)\n"
model = partial(edits, "m.py", MODEL)
model(
    "python: both add a method at the end of a class",
    (FORWARD, FORWARD + "\n    # mine\n    def freeze(self):\n        pass  # yet\n"),
    (FORWARD, FORWARD + "\n    def reset(self):\n        pass\n"),
    (
        FORWARD,
        FORWARD + "\n    # mine\n    def freeze(self):\n        pass  # yet\n"
        "\n    def reset(self):\n        pass\n",
    ),
)
model(
    "python: both add a function at the end of a module",
    (BUILD, BUILD + "\n\ndef mine():\n    return 1\n"),
    (BUILD, BUILD + "\n\n@torch.no_grad()\ndef new():\n    return 2\n"),
    (
        BUILD,
        BUILD + "\n\ndef mine():\n    return 1\n\n\n@torch.no_grad()\ndef new():\n    return 2\n",
    ),
)
model(
    "python: both add one function otherwise",
    (BUILD, BUILD + "\n\ndef mine():\n    return 1\n"),
    (BUILD, BUILD + "\n\ndef mine():\n    return 2\n"),
    None,
)
model(
    "python: both add an import",
    ("import torch\n", "import torch\nimport timm\n"),
    ("import torch\n", "import torch\nimport rich  # nice\n"),
    ("import torch\n", "import torch\nimport timm\nimport rich  # nice\n"),
)
model(
    "python: both import from one module",
    ("import nn\n", "import nn, optim\n"),
    ("import nn\n", "import Tensor, nn\n"),
    ("import nn\n", "import Tensor, nn, optim\n"),
)
model(
    "python: both come to import from one module",
    ("import torch\n", "import torch\nfrom a import b\n"),
    ("import torch\n", "import torch\nfrom a import c as d\n"),
    ("import torch\n", "import torch\nfrom a import b, c as d\n"),
)
model(
    "python: both add a class of one name",
    (BUILD, BUILD + "\n\nclass A:\n    def f(self): pass\n"),
    (BUILD, BUILD + "\n\nclass A:\n    def g(self): pass\n"),
    None,
)
edits(
    "m.py",
    MODEL.replace("import nn\n", "import (\n    Tensor,\n    nn,\n)\n"),
    "python: imports in brackets",
    ("    nn,\n", "    nn,\n    optim,\n"),
    ("    nn,\n", "    nn,  # nets\n    utils,\n"),
    ("    nn,\n", "    nn,  # nets\n    optim,\n    utils,\n"),
)
model(
    "python: both bind one name by other imports",
    ("import torch\n", "import torch\nfrom a import load\n"),
    ("import torch\n", "import torch\nfrom b import load\n"),
    None,
)
model(
    "python: one removes an import that the other comes to use",
    ("import torch\nfrom torch import nn\n", "from torch import nn\n"),
    (BUILD, BUILD + "\n\ndef f():\n    return torch.ones(1)\n"),
    None,
)
model(
    "python: both export a name",
    ('["Net"]', '["Net", "mine"]'),
    ('["Net"]', '["Net", "build"]'),
    ('["Net"]', '["Net", "mine", "build"]'),
)
model(
    "python: other layers of one call",
    ("nn.Linear(64, width),  # in", "nn.Linear(32, width),  # in"),
    ("nn.Linear(width, 10)", "nn.Linear(width, 100)"),
    (
        "nn.Linear(64, width),  # in\n            nn.ReLU(),\n            nn.Linear(width, 10)",
        "nn.Linear(32, width),  # in\n            nn.ReLU(),\n            nn.Linear(width, 100)",
    ),
)
model(
    "python: both append a layer",
    ("nn.Linear(width, 10),\n", "nn.Linear(width, 10),\n            nn.ReLU(),\n"),
    ("nn.Linear(width, 10),\n", "nn.Linear(width, 10),\n            nn.Softmax(-1),\n"),
    None,
)
model(
    "python: one puts a layer in front, the other changes one",
    ("nn.Linear(64, width),", "nn.Flatten(),\n            nn.Linear(64, width),"),
    ("nn.Linear(width, 10)", "nn.Linear(width, 100)"),
    None,
)
python = partial(case, "t.py")
python(
    "python: keyword arguments",
    "t = Trainer(\n    max_epochs=3,\n    deterministic=True,\n)\n",
    "t = Trainer(\n    max_epochs=5,\n    deterministic=True,\n    # mine\n    logger=None,\n)\n",
    "t = Trainer(\n    max_epochs=3,\n    deterministic=True,\n    devices=1,  # one\n)\n",
    "t = Trainer(\n    max_epochs=5,\n    deterministic=True,\n    # mine\n    logger=None,\n"
    "    devices=1,  # one\n)\n",
)
python(
    "python: one keyword with two values",
    "t = Trainer()\n",
    "t = Trainer(devices=1)\n",
    "t = Trainer(devices=2)\n",
    None,
)
python(
    "python: a dictionary and a list of names",
    'MODELS = {\n    "cnn": Cnn,\n}\nALL = [A, B]\n',
    'MODELS = {\n    "cnn": Cnn,\n    "mlp": Mlp,\n}\nALL = [A, B, C]\n',
    'MODELS = {\n    "cnn": BigCnn,\n    "vit": Vit,\n}\nALL = [A, B, D]\n',
    'MODELS = {\n    "cnn": BigCnn,\n    "mlp": Mlp,\n    "vit": Vit,\n}\nALL = [A, B, C, D]\n',
)
python(
    "python: a list of texts and names",
    'X = ["a", b]\n',
    'X = ["a", b, c]\n',
    'X = ["a", b, "d"]\n',
    'X = ["a", b, c, "d"]\n',
)
python(
    "python: both append to a tuple of numbers",
    "MEAN = (0.1, 0.2)\n",
    "MEAN = (0.1, 0.2, 0.3)\n",
    "MEAN = (0.1, 0.2, 0.4)\n",
    None,
)
python(
    "python: both append a call to a list",
    "layers = [Linear(1)]\n",
    "layers = [Linear(1), Relu()]\n",
    "layers = [Linear(1), Softmax()]\n",
    None,
)
python(
    "python: two methods of one class",
    "class A:\n    def f(self):\n        return 1\n    def g(self):\n        return 1\n",
    "class A:\n    def f(self):\n        return 2\n    def g(self):\n        return 1\n",
    "class A:\n    def f(self):\n        return 1\n"
    "    def g(self):\n        # b\n        return 3\n",
    "class A:\n    def f(self):\n        return 2\n"
    "    def g(self):\n        # b\n        return 3\n",
)
model(
    "python: the body of one function, the signature of it",
    (
        "def build(width: int) -> Net:\n",
        "def build(width: int = 8, *, fast: bool = False) -> Net:\n",
    ),
    (BUILD, "    return Net(width).eval()\n"),
    (
        "def build(width: int) -> Net:\n    return Net(width)\n",
        "def build(width: int = 8, *, fast: bool = False) -> Net:\n    return Net(width).eval()\n",
    ),
)
python(
    "python: keyword-only parameters",
    "def f(a, *, b=1):\n    pass\n",
    "def f(a, *, b=1, c=2):\n    pass\n",
    "def f(a=0, *, b=1, d=3):\n    pass\n",
    "def f(a=0, *, b=1, c=2, d=3):\n    pass\n",
)
python(
    "python: positional parameters",
    "def f(a):\n    pass\n",
    "def f(a, b=1):\n    pass\n",
    "def f(a, c=1):\n    pass\n",
    None,
)
python(
    "python: statements of one function, side by side",
    "def f():\n    lr = 1\n    wd = 2\n    return lr\n",
    "def f():\n    lr = 3  # mine\n    wd = 2\n    return lr\n",
    "def f():\n    lr = 1\n    wd = 4\n    return lr\n",
    "def f():\n    lr = 3  # mine\n    wd = 4\n    return lr\n",
)
python(
    "python: both add a statement to one function",
    "def f():\n    a = 1\n    return a\n",
    "def f():\n    a = 1\n    a += 1\n    return a\n",
    "def f():\n    a = 1\n    a *= 2\n    return a\n",
    None,
)
python(
    "python: one changes a function that the other deletes",
    "def f():\n    return 1\n\n\ndef g():\n    return 2\n",
    "def g():\n    return 2\n",
    "def f():\n    return 3\n\n\ndef g():\n    return 2\n",
    None,
)
python(
    "python: one deletes a function, the other changes its neighbour",
    "def f():\n    return 1\n\n\ndef g():\n    return 2\n",
    "def g():\n    return 2\n",
    "def f():\n    return 1\n\n\ndef g():\n    return 3\n",
    "def g():\n    return 3\n",
)
python(
    "python: both call at the end of a module",
    "x = 1\n",
    "x = 1\nregister(x)\n",
    "x = 1\nstart(x)\n",
    None,
)
python(
    "python: constants side by side",
    "A = 1\nB = 2\n",
    "A = 3\nB = 2\nC = 3\n",
    "A = 1\nB = 4\nD: int = 5  # new\n",
    "A = 3\nB = 4\nC = 3\nD: int = 5  # new\n",
)
python(
    "python: imports for the type checker",
    "if TYPE_CHECKING:\n    from a import A\n",
    "if TYPE_CHECKING:\n    from a import A\n    from b import B\n",
    "if TYPE_CHECKING:\n    from a import A\n    from c import C\n",
    "if TYPE_CHECKING:\n    from a import A\n    from b import B\n    from c import C\n",
)
python(
    "python: non-ASCII text before a list, an invalid escape",
    'é = {"ü": [A], "p": "\\d"}\n',
    'é = {"ü": [A, B], "p": "\\d"}\n',
    'é = {"ü": [A, C], "p": "\\d"}\n',
    'é = {"ü": [A, B, C], "p": "\\d"}\n',
)
python("python: does not parse", "x = 1\n", "x = 1\ny = (\n", "x = 1\nz = 1\n", None)
python(
    "python: overloads are not taken for each other",
    "def f(): a\n",
    "def f(): a\n\n\ndef f(): b\n",
    "def f(): c\n",
    None,
)

# -------------------------------------------------------------------------- JSON with comments
VSCODE = """\
// For this project
{
  // how wide
  "editor.rulers": [88], // as ruff
  /* not
     shown */
  "files.exclude": {
    "**/__pycache__": true,
  },
  "editor.tabSize": 4
}
"""
TAB = '"editor.tabSize": 4'
edits(
    ".vscode/settings.json",
    VSCODE,
    "jsonc: both append, with comments",
    (TAB, TAB + ', // mine\n  "mine": 1 // too'),
    (TAB, TAB + ',\n  // new\n  "new": "https://x" // a link'),
    (TAB, TAB + ', // mine\n  "mine": 1, // too\n  // new\n  "new": "https://x" // a link'),
)
edits(
    "tsconfig.json",
    VSCODE,
    "jsonc: a comma behind the last entry stays",
    ("true,\n", 'true,\n    "mine": true,\n'),
    ("true,\n", 'true,\n    "new": true,\n'),
    ("true,\n", 'true,\n    "mine": true,\n    "new": true,\n'),
)
edits(
    ".devcontainer/devcontainer.json",
    VSCODE,
    "jsonc: one comment of both sides",
    ("// how wide", "// mine"),
    ("// how wide", "// new"),
    None,
)
case(
    "package.json",
    "jsonc: what is plain JSON stays so",
    '{\n  "a": 1\n}\n',
    '{\n  "a": 1,\n  "b": 2\n}\n',
    '{\n  "a": 1,\n  "c": 3\n}\n',
    '{\n  "a": 1,\n  "b": 2,\n  "c": 3\n}\n',
)
case(
    "a.json", "jsonc: a comment without an end", '{"a": 1}', '{"a": 1, "b": 2 /*}', '{"a": 3}', None
)

# ------------------------------------------------------------------------------------------- INI
SETUP = """\
[options]
install_requires =
    # core
    torch>=2.0
    lightning
packages = find:

[flake8]
ignore = E203, W503
max-line-length = 88

[tool:pytest]
testpaths = tests
addopts = -ra
    --strict-markers
"""
setup_cfg = partial(edits, "setup.cfg", SETUP)
setup_cfg(
    "ini: neighbouring options",
    ("testpaths = tests", "testpaths = tests unit"),
    ("addopts = -ra", "addopts = -q"),
    ("", ""),
)
CASES[-1] = replace(
    CASES[-1], want=SETUP.replace("= tests", "= tests unit").replace("= -ra", "= -q")
)
setup_cfg(
    "ini: requirements of both sides",
    ("    lightning\n", "    lightning\n    mine\n"),
    ("torch>=2.0\n    lightning\n", "torch>=2.4\n    lightning\n    new\n"),
    ("", ""),
)
CASES[-1] = replace(
    CASES[-1],
    want=SETUP.replace("2.0", "2.4").replace("lightning\n", "lightning\n    mine\n    new\n"),
)
setup_cfg("ini: one value of both sides", ("= 88", "= 100"), ("= 88", "= 120"), None)
setup_cfg(
    "ini: a list with commas",
    ("E203, W503", "E203, W503, E501"),
    ("E203, W503", "E203, E701, W503"),
    ("", ""),
)
CASES[-1] = replace(CASES[-1], want=SETUP.replace("E203, W503", "E203, E701, W503, E501"))
edits(
    "tox.ini",
    SETUP,
    "ini: a value that goes on below is one text",
    ("addopts = -ra", "addopts = -q"),
    ("--strict-markers", "--strict-config"),
    None,
)
edits(
    "pytest.ini",
    SETUP,
    "ini: sections at the end",
    ("    --strict-markers\n", "    --strict-markers\n\n[mine]\na = 1\n"),
    ("    --strict-markers\n", "    --strict-markers\n\n[new]\na = 2\n"),
    ("", ""),
)
CASES[-1] = replace(CASES[-1], want=SETUP + "\n[mine]\na = 1\n\n[new]\na = 2\n")
case(
    ".pylintrc",
    "ini: pylint's lists",
    "[MESSAGES CONTROL]\ndisable=one,\n        two\n",
    "[MESSAGES CONTROL]\ndisable=one,\n        mine,\n        two\n",
    "[MESSAGES CONTROL]\ndisable=one,\n        two,\n        new\n",
    "[MESSAGES CONTROL]\ndisable=one,\n        mine,\n        two,\n        new\n",
)
case(
    "tox.ini",
    "ini: a comma in brackets ends no item",
    "[tox]\nenvlist = py{38,39}\n",
    "[tox]\nenvlist = py{38,39}, mine\n",
    "[tox]\nenvlist = py{39,310}\n",
    None,
)
case(
    "a.ini",
    "ini: an option twice",
    "[a]\nx = 1\nX = 1\n",
    "[a]\nx = 1\nX = 1\ny = 1\n",
    "[a]\nx = 1\nX = 1\nz = 1\n",
    None,
)
EDITOR = "root = true\n\n[*]\nindent_style = space\nindent_size = 4\n"
editorconfig = partial(case, ".editorconfig")
editorconfig(
    "editorconfig: files that differ",
    EDITOR,
    EDITOR + "\n[*.js]\nindent_size = 2\n",
    EDITOR.replace("space", "tab") + "\n[*.{yml,yaml}]\nindent_size = 8\n",
    EDITOR.replace("space", "tab")
    + "\n[*.js]\nindent_size = 2\n\n[*.{yml,yaml}]\nindent_size = 8\n",
)
editorconfig(
    "editorconfig: one file, two properties",
    EDITOR,
    EDITOR + "\n[*.py]\nindent_size = 2\n",
    EDITOR + "\n[src/**]\nmax_line_length = 8\n",
    EDITOR + "\n[*.py]\nindent_size = 2\n\n[src/**]\nmax_line_length = 8\n",
)
editorconfig(
    "editorconfig: one file, one property",
    EDITOR,
    EDITOR + "\n[*.py]\nindent_size = 2\n",
    EDITOR + "\n[src/**]\nindent_size = 8\n",
    None,
)
editorconfig(
    "editorconfig: a name and an ending",
    EDITOR,
    EDITOR + "\n[Makefile]\nindent_size = 2\n",
    EDITOR + "\n[*.py]\nindent_size = 8\n",
    EDITOR + "\n[Makefile]\nindent_size = 2\n\n[*.py]\nindent_size = 8\n",
)
editorconfig(
    "editorconfig: an indented line is no value",
    EDITOR,
    EDITOR + "  x = 1\n",
    EDITOR + "y = 1\n",
    None,
)

# ---------------------------------------------------------------------- comments behind a change
for name, old, new, comment in (
    ("a.yaml", "lr: 0.1", "lr: 0.2", "  # mine"),
    ("a.yaml", "steps:\n- run: train one", "steps:\n- run: train two", "  # mine"),
    ("a.yaml", "steps:\n- train one", "steps:\n- train two", "  # mine"),
    ("a.toml", "lr = 0.1", "lr = 0.2", "  # mine"),
    ("a.toml", "[a]\nb = [1, 2]", "[a]\nb = [1, 2, 3]", "  # mine"),
    ("a.py", "lr = 0.1", "lr = 0.2", "  # mine"),
    ("a.py", "lr: float = 0.1", "lr: float = 0.2", "  # mine: why"),
    ("a.py", "lr += 0.1", "lr += 0.2", "  # mine"),
    ("a.py", "import os", "import os, sys", "  # noqa"),
    ("a.py", "from a import one", "from b import one", "  # noqa"),
    ("a.py", "train(0.1)", "train(0.2)", "  # mine"),
    ("a.py", "def f():\n    train(0.1)", "def f():\n    train(0.2)", "  # mine"),
    ("a.py", "for x in y:\n    train(x)", "for x in z:\n    train(x)", "  # mine"),
    ("requirements.txt", "torch==2.0", "torch==2.1", "  # mine"),
    ("requirements.txt", "-r requirements/one.txt", "-r requirements/two.txt", "  # mine"),
    ("a.jsonc", '{\n  "a": 1', '{\n  "a": 2', " // mine"),
):
    end = "\n}\n" if name.endswith("jsonc") else "\n"
    case(
        name,
        f"comment: behind {old!r} in {name}",
        old + end,
        old + comment + end,
        new + end,
        new + comment + end,
    )
    case(
        name,
        f"comment: the blueprint's, behind {old!r} in {name}",
        old + end,
        new + end,
        old + comment + end,
        new + comment + end,
    )
case(
    "a.py",
    "comment: behind a header",
    "class Net(Module):\n    x = 1\n",
    "class Net(Module):  # mine: why\n    x = 1\n",
    "class Net(LightningModule):\n    x = 1\n",
    "class Net(LightningModule):  # mine: why\n    x = 1\n",
)
case(
    "a.py",
    "comment: inside a call",
    "train(\n    lr=0.1,\n    epochs=3,\n)\n",
    "train(\n    lr=0.1,  # mine\n    epochs=3,\n)\n",
    "train(\n    lr=0.2,\n    epochs=3,\n)\n",
    "train(\n    lr=0.2,  # mine\n    epochs=3,\n)\n",
)
toml(
    "comment: in a list",
    "a = [\n  'one.txt',\n  'b',\n]\n",
    "a = [\n  'one.txt', # mine\n  'b',\n]\n",
    "a = [\n  'two.txt',\n  'b',\n]\n",
    "a = [\n  'two.txt', # mine\n  'b',\n]\n",
)
case(
    "a.py",
    "comment: on what was replaced by something else",
    "train(0.1)\n",
    "train(0.1)  # mine\n",
    "import everything_else\n",
    None,
)
case("a.py", "comment: two of them", "lr = 0.1\n", "lr = 0.1  # mine\n", "lr = 0.2  # new\n", None)

# ------------------------------------------------------------------------------------- Markdown
README = """\
# A project
One line about it.
And another.

- one
- two
- three

| name | value |
|---|---|
| a | 1 |
| b | 2 |

```bash
first
second
```
[docs]: https://one.example
[code]: https://two.example
"""
for about, one, other in (
    ("neighbouring items", ("- two", "- two, mine"), ("- three", "- three, new")),
    ("a heading and its text", ("# A", "# My"), ("One line", "A line")),
    ("neighbouring rows", ("| a | 1", "| a | 9"), ("| b | 2", "| b | 3")),
    ("an item added below one that was edited", ("- three", "- 3"), ("- three", "- three\n- four")),
    ("an item added above one that was edited", ("- one", "- 1"), ("- one", "- zero\n- one")),
    ("definitions", ("https://one", "https://1"), ("https://two", "https://2")),
):
    merged = README.replace(*one).replace(other[0].replace(*one), other[1].replace(*one))
    sides = README.replace(*one), README.replace(*other)
    readme(f"md: {about}", README, *sides, merged)
    readme(f"md: {about}, swapped", README, *reversed(sides), merged)
for about, one, other in (
    ("one paragraph", ("One line", "A line"), ("And another", "And more")),
    ("one item", ("- two", "- mine"), ("- two", "- new")),
    ("one code block", ("first", "mine"), ("second", "new")),
    ("two additions", ("- three", "- three\n- mine"), ("- three", "- three\n- new")),
    ("an addition below what is gone", ("- three\n", ""), ("- three", "- three\n- four")),
    ("an item that goes on", ("- three", "- 3"), ("- three", "- three\n  and more")),
    ("a fence without an end", ("- three", "- 3\n```"), ("- three", "- three\n- four")),
    ("a section that is gone", ("- one\n- two\n- three\n", ""), ("- three", "- three\n  - four")),
):
    readme(f"md: {about}", README, README.replace(*one), README.replace(*other), None)
readme("md: two sections in one gap", "a\n\nb\n", "a\n\nmine\n\nb\n", "a\n\nnew\n\nb!\n", None)
case("a.txt", "txt: a paragraph below an edited one", "a\n", "a!\n", "a\n\nb\n", "a!\n\nb\n")
case("a.txt", "txt: lines of one paragraph", "a\nb\n", "a!\nb\n", "a\nb!\n", None)
case("a.md", "txt: both add alike", "- a\n", "- b\n- c\n", "- a\n- c\n", None)
case("a.md", "md: lines without end", "\n" * 3000, "a" + "\n" * 3000, "\n" * 3000 + "b\nc", None)

# ---------------------------------------------------------------------------------- blank lines
for name, comment in (("a.toml", "#"), ("a.py", "#"), ("a.ini", ";")):
    head = "[t]\n" if name.endswith("ini") else ""
    text = f"{head}a = 1\n\n\n{comment} why\n\nb = 2\nc = 3\n"
    case(
        name,
        f"blank lines: theirs takes them away around a comment that ours edits, {name}",
        text,
        text.replace("why", "mine").replace("c = 3", "c = 4"),
        text.replace("\n\n\n", "\n\n").replace("why\n\n", "why\n").replace("b = 2", "b = 5"),
        text.replace("\n\n\n", "\n\n")
        .replace("why\n\n", "mine\n")
        .replace("b = 2", "b = 5")
        .replace("c = 3", "c = 4"),
    )
toml(
    "blank lines: ours stay where only ours changed them",
    "a = 1\n# why\nb = 2\nc = 3\n",
    "a = 1\n\n# mine\nb = 2\nc = 4\n",
    "a = 1\n# why\nb = 5\nc = 3\n",
    "a = 1\n\n# mine\nb = 5\nc = 4\n",
)

# ------------------------------------------------------------------------ line ends, marks, sides
yaml(
    "text: carriage returns stay",
    "a: 1\nb: 2\n",
    "a: 1\r\nb: 3\r\nc: 4\r\n",
    "a: 2\nb: 2\nd: 1\n",
    "a: 2\r\nb: 3\r\nc: 4\r\nd: 1\r\n",
)
yaml(
    "text: theirs changes the line ends",
    "a: 1\nb: 2\n",
    "a: 1\nb: 3\n",
    "a: 2\r\nb: 2\r\n",
    "a: 2\r\nb: 3\r\n",
)
case(
    "a.json",
    "text: a byte order mark stays",
    "{}",
    '\ufeff{"a": 1}',
    '{"b": 1}',
    '\ufeff{"a": 1, "b": 1}',
)
toml("text: theirs ends the last line", "a = 1", "a = 1\nb = 2", "a = 2\n", "a = 2\nb = 2\n")
toml("text: ours ended the last line", "a = 1", "a = 1\nb = 2\n", "a = 2", "a = 2\nb = 2\n")
readme("text: identical sides", "a", "b", "b", "b")
readme("text: only theirs changed", "a", "a", "b", "b")
readme("text: only ours changed", "a", "b", "a", "b")
toml("text: too large", "", "a = 1\n" + "# \n" * 400_000, "b = 1\n", None)


@pytest.mark.parametrize("case", CASES, ids=[case.id.replace("\\n", " ") for case in CASES])
def test_merge(case: Case) -> None:
    assert merge_structured(case.path, case.base, case.ours, case.theirs) == case.want


def test_ids_are_unique() -> None:
    assert len({case.id for case in CASES}) == len(CASES)


def test_importing_is_light() -> None:
    code = "import scaffold.merge.structured.merge, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    heavy = {"yaml", "omegaconf", "libcst", "tomlkit", "ruamel", "packaging"}
    assert not heavy & set(loaded.stdout.split())


def test_yaml_needs_nothing_of_omegaconf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "omegaconf", None)
    sides = ("epochs: 1\nbatch: 2\n", "epochs: 9\nbatch: 2\n", "epochs: 1\nbatch: 3\n")
    assert merge_structured("a.yaml", *sides) == "epochs: 9\nbatch: 3\n"


@pytest.mark.parametrize("name", ["outline", "read_meaning", "list_comments"])
@pytest.mark.parametrize("error", [KeyError, ValueError, TypeError, AttributeError])
def test_a_bug_is_not_taken_for_a_conflict(
    name: str, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: str) -> None:
        raise error("a bug")

    changed: dict[str, Any] = {name: fail}
    form = replace(merge.TOML, **changed)
    monkeypatch.setitem(merge.BY_SUFFIX, ".toml", form)
    with pytest.raises(error, match="a bug"):
        merge_structured("a.toml", "a = 1\n", "a = 1\nb = 2\n", "a = 1\nc = 3\n")


DEEP = 3000
LONG = "9" * 5000
UNREADABLE = {
    "nested.json": "[" * DEEP + "]" * DEEP,
    "nested.yaml": "[" * DEEP + "]" * DEEP,
    "nested.toml": "a = " + "[" * DEEP + "]" * DEEP,
    "nested.py": "a = " + "(" * DEEP + ")" * DEEP,
    "chained.py": "a = " + "-" * DEEP + "1",
    "long.json": LONG,
    "long.yaml": f"a: {LONG}",
    "long.toml": f"a = {LONG}",
    "long.py": f"a = {LONG}",
    "hexadecimal.yaml": f"- 0x{LONG}\n- 1",
    "hexadecimal.toml": f"a = [0x{LONG}, 1]",
    "hexadecimal.py": f"a = 0x{LONG}",
    "zero.py": "a = '\0'",
    "date.toml": "a = 2020-99-99",
    "twins.yaml": "a: 1\na: 2",
    "twins.json": '{"a": 1, "a": 2}',
    "tagged.yaml": "a: !!int x\nb: !!bool y",
    "unwritable.py": "if f\"{'''\n'''}\":\n    a = 1",
}


@pytest.mark.parametrize("path", UNREADABLE)
def test_what_a_parser_refuses_is_left_to_people(path: str) -> None:
    text = UNREADABLE[path] + "\n"
    assert merge_structured(path, text, f"{text}\n\n", f"\n{text}") is None


@pytest.mark.parametrize(
    ("path", "ours", "theirs", "want"),
    [
        pytest.param(
            ".gitignore",
            "# mine\n*.log\n.venv/\n",
            ".venv/\n\n# data\n/data/\n",
            "# mine\n*.log\n.venv/\n\n# data\n/data/\n",
            id="ignore file",
        ),
        pytest.param(
            "pyproject.toml",
            "[tool.black]\nline-length = 100\n",
            '[project]\nname = "x"\n\n[tool.ruff]\nfix = true\n',
            '[tool.black]\nline-length = 100\n\n[project]\nname = "x"\n\n[tool.ruff]\nfix = true\n',
            id="TOML, other tables",
        ),
        pytest.param(
            "pyproject.toml",
            '[project]\ndependencies = ["numpy"]\n',
            '[project]\nname = "x"\ndependencies = ["torch>=2"]\n',
            '[project]\nname = "x"\ndependencies = ["numpy", "torch>=2"]\n',
            id="TOML, one table and requirements",
        ),
        pytest.param(
            "c.yaml",
            "a: 1\nc:\n  d: 1\n",
            "c:\n  e: 2\nb: 2\n",
            "a: 1\nc:\n  d: 1\n  e: 2\nb: 2\n",
            id="YAML",
        ),
        pytest.param("c.json", '{"a": 1}', '{\n  "b": 2\n}\n', '{"a": 1, "b": 2}\n', id="JSON"),
        pytest.param("c.txt", "same\r\n", "same\n", "same\r\n", id="only line endings"),
        pytest.param("c.txt", "\n", "words\n", "words\n", id="nothing in ours"),
        pytest.param("c.txt", "words\n", "", "words\n", id="nothing in theirs"),
        pytest.param(
            "README.md",
            "# demo\r\nMine.\r\n",
            "# A project\n\nText.\n",
            "# demo\r\nMine.\r\n\r\n# A project\r\n\r\nText.\r\n",
            id="README",
        ),
        pytest.param(
            "README.md",
            "# my-net\nMine.\n",
            "# My Net\n\nText.\n",
            "# my-net\nMine.\n\nText.\n",
            id="README with the same title in words",
        ),
        pytest.param("README", "# demo", "# demo\n\nText.\n", "# demo\n\nText.\n", id="a title"),
        pytest.param(
            "docs/readme.rst",
            "demo\n\nMine.\n",
            "demo\n\nText.\n",
            "demo\n\nMine.\n\nText.\n",
            id="README with the same title",
        ),
        pytest.param(
            "README.md", "# demo\n\nA.\n\nB.\n", "# demo\n\nA.\n", "# demo\n\nA.\n\nB.\n", id="more"
        ),
    ],
)
def test_a_file_that_both_sides_made(path: str, ours: str, theirs: str, want: str) -> None:
    assert merge_structured(path, None, ours, theirs) == want


@pytest.mark.parametrize(
    ("path", "ours", "theirs"),
    [
        pytest.param("c.toml", "a = 1\n", "a = 2\n", id="TOML"),
        pytest.param("c.yaml", "a: [1, 2]\n", "a: [3]\n", id="YAML"),
        pytest.param("c.json", '{"a": {"b": 1}}\n', '{"a": {"b": 2}}\n', id="JSON"),
        pytest.param(".gitignore", "*.log\n!keep.log\n", "keep.log\n", id="an exception"),
        pytest.param("LICENSE", "MIT\n", "Apache\n", id="text"),
    ],
)
def test_a_file_that_both_sides_made_differently(path: str, ours: str, theirs: str) -> None:
    assert merge_structured(path, None, ours, theirs) is None
