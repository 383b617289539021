"""Projects follow the built-in blueprint from each 1.x release to the last of them, edits and all.

`tests/generated/test_updates.py` goes on to what comes after them.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from scaffold import Inputs, cli, create
from scaffold.blueprints import builtin
from scaffold.blueprints.find import find_blueprint

from ..generated.combinations import MACHINE, Answers
from ..generated.conftest import Heavy, heavy
from ..helpers.factories import Program, commit, edit, files_of, git, tree
from ..helpers.owners_code import CALLBACK, NET

__all__ = ["heavy"]  # a fixture
# What Jinja makes of a backslash in the questions of 1.0.0 and 1.1.0, which never change.
pytestmark = pytest.mark.filterwarnings("ignore:invalid escape sequence:DeprecationWarning")

VERSIONS = tuple(v for v in find_blueprint("lightning").list_versions() if v.startswith("1."))
NEWEST = VERSIONS[-1]
# Each release straight to the newest, and the oldest by way of all others.
ROUTES = list(dict.fromkeys([*((old, NEWEST) for old in VERSIONS[:-1]), VERSIONS]))
CODE = "src/my_project"
RECORD = ".copier-answers.yml"

DATASET = '''
class Noise(LabelledDataset):
    """Images of nothing, to see what a model makes of them."""

    def __init__(self, items: int) -> None:
        self.images = torch.rand(items, 1, 8, 8, generator=torch.Generator().manual_seed(0))
        self.labels = [index % 10 for index in range(items)]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> Item:
        return self.images[index], self.labels[index]

'''
NEW_FILES = {
    f"{CODE}/configs/model/residual.yaml": """\
defaults:
  - classifier

net:
  _target_: my_project.models.net.Residual
  channels: ${data.channels}
  image_size: ${data.image_size}
  num_classes: ${data.num_classes}
  width: 64
""",
    # By the name that the module had when this was written.
    f"{CODE}/configs/data/noise.yaml": """\
defaults:
  - images

channels: 1
image_size: 8
num_classes: 10
dataset:
  _target_: my_project.data.dataset.Noise
  items: 200
""",
    f"{CODE}/callbacks/say_epoch.py": CALLBACK,
    f"{CODE}/configs/callbacks/say_epoch.yaml": """\
say_epoch:
  _target_: my_project.callbacks.say_epoch.SayEpoch
""",
    f"{CODE}/configs/logger/second.yaml": """\
second:
  _target_: pytorch_lightning.loggers.CSVLogger
  save_dir: ${paths.run}
  name: second
  version: ""
""",
    "tests/test_residual.py": """\
from conftest import Configure

from my_project.train import train


def test_the_residual_net_trains_on_noise(configure: Configure) -> None:
    quick = ("trainer.max_epochs=1", "trainer.log_every_n_steps=1")
    metrics = train(configure("model=residual", "data=noise", *quick))
    assert "test/accuracy" in metrics
""",
}
# What stands in a file, and what the owner put there instead.
CHANGES: Mapping[str, tuple[tuple[str, str], ...]] = {
    f"{CODE}/models/net.py": (("\n\ndef _block(", f"{NET}\n\ndef _block("),),
    f"{CODE}/data/dataset.py": (
        ("\nclass ImageFolder(", f"{DATASET}\nclass ImageFolder("),
        ("read when they are needed.", "read anew in each epoch."),
    ),
    f"{CODE}/configs/model/cnn.yaml": (("width: 32", "width: 48"),),
    f"{CODE}/configs/model/classifier.yaml": (("weight_decay: 1e-2", "weight_decay: 5e-2"),),
    f"{CODE}/configs/data/images.yaml": (("batch_size: 64", "batch_size: 128 # fits"),),
    f"{CODE}/configs/callbacks/default.yaml": (
        ("  - epoch_seed\n", "  - epoch_seed\n  - say_epoch\n"),
    ),
    f"{CODE}/configs/train.yaml": (
        ("      - csv\n", "      - csv\n      - second\n"),
        ("name: baseline", "name: digits"),
    ),
    f"{CODE}/build.py": (
        ("NOISE = (", 'NOISE = (\n    ".*is a wrapper",  # of a library of ours'),
    ),
    f"{CODE}/runs.py": (
        (
            "\n\ndef load_manifest(",
            '''

def newest_run(root: str | Path = "runs") -> Path:
    """The run that started last."""
    return find_runs(root)[-1]


def load_manifest(''',
        ),
    ),
    "pyproject.toml": (
        ('dependencies = [\n    "hydra', 'dependencies = [\n    "einops>=0.8",\n    "hydra'),
        ('    "torch>=2.6,<3",\n', '    "scipy>=1.14",\n    "torch>=2.6,<3",\n'),
        ('"tests", "experiments"]', '"tests"]'),
        ("line-length = 100\n", "line-length = 100\nextend-exclude = ['third_party']\n"),
    ),
    ".gitignore": (
        ("predictions.csv\n", "predictions.csv\n*.npz\n"),
        ("\n# Python\n", "\n/datasets/\n\n# Python\n"),
    ),
    ".github/workflows/ci.yml": (
        ("      - run: mypy\n", "      - run: mypy\n      - run: pip check\n"),
    ),
    "README.md": (
        ("\n## Set up\n", "\nStarted by the reading group; ask Ada.\n\n## Set up\n"),
        ("# two GPUs\n", "# two GPUs\npython -m my_project.train model=residual data=noise\n"),
    ),
}
RENAMED = {f"{CODE}/data/dataset.py": f"{CODE}/data/datasets.py"}
REMOVED = "experiments/tune_lr/tune_lr.py"
README_END = "\n## Results\n\nSee the wiki.\n"


def with_edits(files: Mapping[str, str]) -> dict[str, str]:
    """What the owner makes of pristine files, whichever version they are of."""
    made = {name: text for name, text in files.items() if name != REMOVED} | NEW_FILES
    for name, changes in CHANGES.items():
        place = RENAMED[name] if RENAMED.get(name) in files else name
        for old, new in changes:
            assert made[place].count(old) == 1, f"{place} does not hold one {old!r}"
            made[place] = made[place].replace(old, new)
    made["README.md"] += README_END
    return made


def texts_of(folder: Path) -> dict[str, str]:
    """The files of a project without its record; all are texts."""
    return {name: str(text) for name, text in files_of(folder).items() if name != RECORD}


def project_at(dest: Path, version: str = NEWEST, **answers: object) -> Path:
    data = {"project_name": "My Project", **answers}
    inputs = Inputs(data=data, defaults=True, environ=MACHINE)
    return create(dest / "project", "lightning", inputs, version=version).path


def edited_project_at(dest: Path, version: str) -> Path:
    project = project_at(dest, version)
    before = texts_of(project)
    edit(project, {**with_edits(before), REMOVED: None})
    commit(project, "ours")
    return project


def update(project: Path, *arguments: str) -> int:
    """Run the command in this process; returns its exit code."""
    return cli.run(["update", str(project), "--defaults", *arguments])


def answers_of(project: Path) -> dict[str, object]:
    record: dict[str, object] = yaml.safe_load((project / RECORD).read_text())
    return record


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The releases of 1.x alone."""
    later = shutil.ignore_patterns("[!1]*.zip")
    folder = tmp_path_factory.mktemp("releases") / "released"
    return shutil.copytree(builtin.get_released_folder(), folder, ignore=later)


@pytest.fixture(autouse=True)
def _machine(released: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody whose name or address git knows."""
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(builtin, "get_released_folder", lambda: released)


@pytest.fixture(params=ROUTES, ids="-".join)
def followed(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """An edited project that went a route to the newest version, each step committed."""
    project = edited_project_at(tmp_path, request.param[0])
    for old, new in pairwise(request.param):
        assert answers_of(project)["_commit"] == old
        assert update(project, "--to", new) == 0
        commit(project, new)
    return project


# ---------------------------------------------------------------- nothing is lost


def test_the_owner_might_have_edited_the_newest_version(followed: Path, tmp_path: Path) -> None:
    """Each edit and each improvement is there, and nothing else: no marker, no lost line."""
    newest = project_at(tmp_path / "newest")
    expected = with_edits(texts_of(newest))
    assert texts_of(followed) == expected
    assert answers_of(followed) == answers_of(newest)


def test_then_there_is_nothing_to_do(followed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["check", str(followed)]) == 0
    capsys.readouterr()
    assert update(followed) == 0
    assert f"nothing to do, builtin:lightning {NEWEST}" in capsys.readouterr().out
    assert git(followed, "status", "--porcelain") == ""


def test_a_feature_is_turned_on(followed: Path, tmp_path: Path) -> None:
    assert update(followed, "--to", "current", "--data", "docker=true") == 0
    newest = project_at(tmp_path / "newest", docker=True)
    assert texts_of(followed) == with_edits(texts_of(newest))
    assert "docker build ." in (followed / ".github/workflows/ci.yml").read_text()


@pytest.mark.parametrize(
    ("old", "given"),
    [
        pytest.param("1.0.0", {"devcontainer": True}, id="a new question"),
        pytest.param("1.1.0", {"devcontainer": True}, id="a question of the version itself"),
        pytest.param("1.0.0", {"loggers": ["csv", "wandb"]}, id="one more of several"),
        pytest.param("1.0.0", {"environment": "conda"}, id="another choice"),
    ],
)
def test_an_answer_is_given_on_the_way(old: str, given: Answers, tmp_path: Path) -> None:
    project = edited_project_at(tmp_path, old)
    assert cli.run(["check", str(project)]) == 3
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps(given))
    assert update(project, "--answers", str(answers)) == 0
    newest = project_at(tmp_path / "newest", **given)
    assert texts_of(project) == with_edits(texts_of(newest))
    assert answers_of(project) == answers_of(newest)


def test_what_earlier_versions_took_and_the_newest_does_not_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Such as an address that no package can hold; nothing else of the record is lost."""
    odd = {"author_name": "Ada", "author_email": "adá@example.org", "description": "Points"}
    project = project_at(tmp_path, "1.3.0", **odd)
    commit(project, "ours")
    assert update(project) == 0
    assert "author_email is no longer used: Before the @" in "".join(capsys.readouterr())
    assert 'authors = [{ name = "Ada" }]' in (project / "pyproject.toml").read_text()
    record = answers_of(project)
    assert (record["author_name"], record["author_email"]) == ("Ada", "")
    assert record["description"] == "Points"


# ---------------------------------------------------------------- what cannot be merged is shown


@pytest.mark.parametrize("old", ["1.0.0", "1.1.0"])
def test_one_value_that_both_sides_changed_is_one_conflict(old: str, tmp_path: Path) -> None:
    """The owner raised what 1.2.0 moved to another file."""
    project = edited_project_at(tmp_path, old)
    images = f"{CODE}/configs/data/images.yaml"
    edit(project, {images: (project / images).read_text().replace("workers: 0", "workers: 6")})
    commit(project)
    before = git(project, "rev-parse", "HEAD^{tree}")
    assert update(project, "--to", "1.2.0") == 4
    assert git(project, "diff", "--name-only", "--diff-filter=U").splitlines() == [images]
    assert "num_workers: 6" in (project / images).read_text()
    assert cli.run(["update", str(project), "--abort"]) == 0
    assert git(project, "status", "--porcelain") == ""
    assert git(project, "write-tree") == before


# ---------------------------------------------------------------- the workflow of ci/github


WORKFLOW = ".github/workflows/update.yml"
COMMAND = """#!{python}
from pathlib import Path

from scaffold import cli
from scaffold.blueprints import builtin

builtin.get_released_folder = lambda: Path({released!r})
raise SystemExit(cli.main())
"""


@dataclass(frozen=True)
class Runner:
    """Runs the steps of the workflow on this machine, with a remote and a `gh` that takes notes.

    Attributes:
        project: The checkout.
        temporary: The runner's own folder.
        scripts: What the steps run, by name.
    """

    project: Path
    temporary: Path
    scripts: Mapping[str, str]

    def step(self, name: str, **variables: str) -> subprocess.CompletedProcess[str]:
        programs = (str(self.temporary / "bin"), str(Path(sys.executable).parent))
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", self.scripts[name]],
            cwd=self.project,
            env={
                **os.environ,
                "PATH": os.pathsep.join((*programs, os.environ["PATH"])),
                "RUNNER_TEMP": str(self.temporary),
                "GITHUB_OUTPUT": str(self.temporary / "output"),
                "GITHUB_REF_NAME": "main",
                **variables,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def run(self) -> str:
        """Both steps; returns the name of the branch."""
        (self.temporary / "output").write_text("")
        done = self.step("Update on a branch")
        assert done.returncode == 0, done.stdout + done.stderr
        lines = (self.temporary / "output").read_text().splitlines()
        outputs = dict(line.split("=", 1) for line in lines)
        if not outputs:
            return ""
        variables = {"BRANCH": outputs["branch"], "TITLE": outputs["title"]}
        done = self.step("Open a pull request", **variables)
        assert done.returncode == 0, done.stdout + done.stderr
        return outputs["branch"]

    def asked(self) -> list[str]:
        """What `gh` was asked for."""
        return (self.temporary / "asked").read_text().splitlines()


@pytest.fixture
def runner(released: Path, tmp_path: Path) -> Runner:
    if not shutil.which("jq"):
        pytest.skip("the workflow reads JSON with jq")
    project = edited_project_at(tmp_path, VERSIONS[0])
    git(project, "clone", "--quiet", "--bare", ".", str(tmp_path / "origin.git"))
    git(project, "remote", "add", "origin", str(tmp_path / "origin.git"))
    temporary = tmp_path / "runner"
    notes = f'#!/bin/sh\necho "$*" >> "{temporary}/asked"\n'
    command = COMMAND.format(python=sys.executable, released=str(released))
    tree(temporary, {"bin/gh": Program(notes), "bin/scaffold": Program(command)})
    workflow = yaml.safe_load((project_at(tmp_path / "newest") / WORKFLOW).read_text())
    steps = workflow["jobs"]["update"]["steps"]
    return Runner(project, temporary, {s["name"]: s["run"] for s in steps if "run" in s})


def test_the_workflow_proposes_an_update_once(runner: Runner, tmp_path: Path) -> None:
    start = git(runner.project, "branch", "--show-current").strip()
    branch = runner.run()
    assert branch == f"scaffold-update-{NEWEST}"
    assert git(tmp_path / "origin.git", "rev-parse", branch) == git(
        runner.project, "rev-parse", "HEAD"
    )
    newest = tmp_path / "newest" / "project"
    assert texts_of(runner.project) == with_edits(texts_of(newest))
    body = (runner.temporary / "body.md").read_text()
    assert "conflict" not in body
    assert [line.split(" --title")[0] for line in runner.asked()] == [
        "auth setup-git",
        f"pr create --base main --head {branch}",
    ]
    git(runner.project, "switch", "--quiet", start)
    git(runner.project, "branch", "--quiet", "-D", branch)
    assert runner.run() == branch
    assert len(runner.asked()) == 3, "the branch is there, and somebody may have worked on it"


def test_the_workflow_commits_conflicts_and_says_so(runner: Runner, tmp_path: Path) -> None:
    """The owner changed a line that 1.2.0 changed, too."""
    readme, ours = runner.project / "README.md", 'for run in runs.find_runs("old"):\n'
    before = readme.read_text()
    assert before.count("for run in runs.find_runs():\n") == 1
    readme.write_text(before.replace("for run in runs.find_runs():\n", ours))
    commit(runner.project)
    branch = runner.run()
    proposed = git(tmp_path / "origin.git", "show", f"{branch}:README.md")
    assert proposed.count("<<<<<<<") == 1
    assert ours in proposed
    body = (runner.temporary / "body.md").read_text()
    assert body.startswith("**Not ready to merge:**")
    assert "\nREADME.md\n" in body
    assert "(with conflicts)" in runner.asked()[-1]


def test_the_workflow_does_nothing_where_nothing_is_new(runner: Runner) -> None:
    assert update(runner.project) == 0
    commit(runner.project)
    assert runner.run() == ""


# ---------------------------------------------------------------- the updated project works


@pytest.mark.slow
def test_the_updated_project_passes_its_own_checks(tmp_path: Path, heavy: Heavy) -> None:
    project = edited_project_at(tmp_path, VERSIONS[0])
    quick = ("trainer=cpu", "trainer.max_epochs=1", "hydra.run.dir=runs/before")
    trained = heavy.run("-m", "my_project.train", *quick, cwd=project)
    assert trained.returncode == 0, trained.stdout
    assert update(project) == 0
    for tool in (("ruff", "check"), ("ruff", "format", "--check"), ("mypy",), ("pytest", "-q")):
        done = heavy.run("-m", *tool, cwd=project)
        assert done.returncode == 0, done.stdout
    again = heavy.run("-m", "my_project.eval", "run=runs/before", "trainer=cpu", cwd=project)
    assert again.returncode == 0, again.stdout
    metrics = json.loads((project / "runs/before/run.json").read_text())["metrics"]
    assert f"test/accuracy: {metrics['test/accuracy']}" in again.stdout
