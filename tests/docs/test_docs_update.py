"""The pages on updates: their commands print what they show; their tests and pictures exist."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from ..helpers.blueprints_on_disk import repository, run_git, tree
from ..helpers.pages import ROOT, Step, blocks, failures, run, session

PAGES = [
    ROOT / f"docs/{name}.md"
    for name in ("update", "update-explained", "update-reference", "existing-project")
]
RECIPE, EXPLAINED, REFERENCE, _ = PAGES
KIND_ROW = re.compile(r"^\| ([a-z ]+) \|(?:[^|]*\|){3} `([^`]+)` \|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")

TRAIN = "epochs: 10\nbatch_size: 32\nprecision: 32\noptimizer: adam\nscheduler: none\n"
CODE = (
    "import torch\n\n\ndef train(model, data):\n    for batch in data:\n        model.step(batch)\n"
)
TORCH = '    "torch>=2.5",\n'
PROJECT = f'[project]\nname = "{{{{ name }}}}"\ndependencies = [\n{TORCH}]\n'
QUESTION = "_exclude: [copier.yml, .git]\nname: {type: str, default: demo}\n"
IDEAS = "# Ideas\n\n- a larger model\n- more augmentation\n- a cosine schedule\n"
FIRST = {
    "copier.yml": QUESTION,
    "{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers|to_nice_yaml }}",
    "README.md.jinja": "# {{ name }}\n\nRun `make train`.\n",
    "train.py": CODE,
    "pyproject.toml.jinja": PROJECT,
    "configs/train.yaml": TRAIN,
    "data.md": "Download the data\ninto the folder data.\n",
    "setup.cfg": "[flake8]\nmax-line-length = 99\n",
    "Makefile": "train:\n\tpython train.py\n",
    "IDEAS.md": IDEAS,
}
SECOND = {
    **{
        name: text
        for name, text in FIRST.items()
        if name not in ("configs/train.yaml", "setup.cfg", "IDEAS.md")
    },
    "copier.yml": QUESTION.replace("]", ", '{% if not docker %}Dockerfile{% endif %}']", 1)
    + "docker: {type: bool, default: false}\n",
    "README.md.jinja": "# {{ name }}\n\nRun `python train.py`.\n",
    "train.py": CODE.replace("torch\n", "torch\n\ntorch.manual_seed(1)\n", 1),
    "pyproject.toml.jinja": PROJECT.replace(TORCH, f'{TORCH}    "lightning>=2.5",\n'),
    "conf/train.yaml": TRAIN.replace("precision: 32", "precision: bf16"),
    "data.md": "Fetch the data\ninto the folder data.\n",
    "Makefile": "train:\n\tpython train.py --fast\n",
    ".python-version": "3.13\n",
    "Dockerfile": "FROM python:3.13\n",
}
MINE = {
    "notes/ideas.md": IDEAS + "- label smoothing\n",
    "train.py": CODE.replace("model.step(batch)", "model.step(batch, rate=0.1)"),
    "data.md": "Ask Ada for the data\ninto the folder data.\n",
    "configs/train.yaml": TRAIN.replace("epochs: 10", "epochs: 50"),
    "pyproject.toml": PROJECT.replace("{{ name }}", "demo").replace(
        TORCH, f'{TORCH}    "wandb>=0.19",\n'
    ),
}


def shown(page: Path) -> list[Step]:
    return [
        step for block in blocks(page) if block.kind == "console" for step in session(block.text)
    ]


@pytest.fixture
def desk(tmp_path: Path, home: Path) -> Path:
    """A folder with the projects of the pages; their blueprint is found at its address."""
    repository(tmp_path / "server/blueprint.git", {"v1.0.0": FIRST, "v2.0.0": SECOND})
    rewrite = f"url.file://{tmp_path}/server/.insteadOf"
    run_git("config", "--global", rewrite, "https://github.com/acme/", cwd=tmp_path)
    desk = tmp_path / "desk"
    desk.mkdir()
    new = "scaffold new demo -b gh:acme/blueprint --to v1.0.0 --defaults"
    run(new, desk)
    for name in ("other", "lab"):
        shutil.copytree(desk / "demo", desk / name)
    tree(desk / "demo", MINE)
    (desk / "demo/Makefile").unlink()
    (desk / "demo/IDEAS.md").unlink()
    run_git("add", "--all", cwd=desk / "demo")
    run_git("commit", "-qm", "Make it mine", cwd=desk / "demo")
    return desk


@pytest.mark.parametrize("page", [RECIPE, REFERENCE, PAGES[3]], ids=lambda page: page.stem)
def test_commands_print_what_the_page_shows(page: Path, desk: Path) -> None:
    if page == REFERENCE:
        tree(desk / "demo", {".python-version": "3.12\n"})
    steps = shown(page)
    assert len(steps) > 8
    assert list(failures(steps, desk)) == []


def test_the_recipe_fits_a_screen_or_two() -> None:
    assert len(RECIPE.read_text(encoding="utf-8").split()) < 450


def test_examples_of_the_kinds_are_printed() -> None:
    from scaffold.merge.plan import ChangeKind

    rows = KIND_ROW.findall(REFERENCE.read_text(encoding="utf-8"))
    assert [kind for kind, _ in rows] == [kind.value for kind in ChangeKind]
    lines = {line for step in shown(REFERENCE) for line in (step.expected or "").splitlines()}
    assert [example for _, example in rows if f"  {example}" not in lines] == []


@pytest.mark.parametrize(
    ("file", "name"), sorted(set(NAMED.findall(EXPLAINED.read_text(encoding="utf-8"))))
)
def test_named_tests_exist(file: str, name: str) -> None:
    assert f"\ndef {name}(" in (ROOT / file).read_text(encoding="utf-8")


def test_pictures_exist_and_are_described() -> None:
    text = EXPLAINED.read_text(encoding="utf-8")
    pictures = re.findall(r"!\[([^\]]+)\]\((images/[\w.-]+)\)", text)
    assert len(pictures) == 3
    for about, name in pictures:
        assert about.strip()
        assert (EXPLAINED.parent / name).is_file()
