"""Projects of each release, edited and not, follow the blueprint to its working tree."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from tools.release_blueprint import packed, read_about, read_folder

from scaffold import Inputs, UpdateOptions, UpdateResult, create, update
from scaffold.blueprints import builtin
from scaffold.merge import ChangeKind

from ..helpers.factories import commit, edit, files_of, git
from ..helpers.owners_code import CALLBACK, NET
from .combinations import BLUEPRINT, MACHINE, Answers
from .conftest import Heavy

# What Jinja makes of a backslash in the questions of 1.0.0 and 1.1.0, which never change.
pytestmark = pytest.mark.filterwarnings("ignore:invalid escape sequence:DeprecationWarning")

RELEASED = BLUEPRINT.parent / "released"
NEW = read_about(BLUEPRINT)["version"]
# The files that an edited project is left in conflict with, at most: 2.0.0 rewrote those of 1.x,
# and 2.1.0 the module that trains.
CONFLICTS = {"1.0.0": 2, "1.1.0": 2, "1.2.0": 1, "1.3.0": 1, "1.4.0": 1, "1.5.0": 1, "2.0.0": 1}
OLD = tuple(CONFLICTS)
ANSWERS: Mapping[str, Answers] = {
    "defaults": {},
    "uv-docker-mlflow": {
        "environment": "uv",
        "docker": True,
        "loggers": ["csv", "mlflow"],
        "notebook": True,
        "ci": "none",
    },
}
CODE = "src/my_project"
RECORD = ".copier-answers.yml"
EXAMPLE = "experiments/tune_lr/tune_lr.py"
# Where a file was before 1.2.0.
FORMER = {f"{CODE}/data/datasets.py": f"{CODE}/data/dataset.py"}
QUICK = ("configs", "data", "models", "residual", "halves")

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
    # A copy of what `images.yaml` held, by the names that classes and modules had then.
    f"{CODE}/configs/data/noise.yaml": """\
_target_: my_project.data.datamodule.ImageData
shares: [0.15, 0.2]
seed: ${seed}
batch_size: 32
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
    "tests/test_residual.py": """\
from conftest import Configure

from my_project.train import train


def test_the_residual_net_trains_on_noise(configure: Configure) -> None:
    quick = ("trainer.max_epochs=1", "trainer.log_every_n_steps=1")
    metrics = train(configure("model=residual", "data=noise", *quick))
    assert "test/accuracy" in metrics
""",
}


class Edit(NamedTuple):
    """What stands in a file, empty for its end, and what the owner put there instead."""

    old: str
    new: str


EDITS: Mapping[str, tuple[Edit, ...]] = {
    f"{CODE}/models/net.py": (Edit("", NET),),
    f"{CODE}/data/datasets.py": (Edit("", DATASET),),
    f"{CODE}/configs/model/classifier.yaml": (
        Edit("  lr: 3e-3\n", "  lr: 1e-3\n"),
        Edit("weight_decay: 1e-2\n", "weight_decay: 5e-2\n"),
    ),
    f"{CODE}/configs/trainer/default.yaml": (Edit("max_epochs: 20", "max_epochs: 50"),),
    f"{CODE}/configs/callbacks/default.yaml": (
        Edit("  - epoch_seed\n", "  - say_epoch\n  - epoch_seed\n"),
    ),
    f"{CODE}/train.py": (
        Edit("workers=True, verbose=False)", "workers=True)  # it says the seed"),
    ),
    "pyproject.toml": (Edit("dependencies = [\n", 'dependencies = [\n    "einops>=0.8",\n'),),
    ".gitignore": (Edit("predictions.csv\n", "predictions.csv\n*.npz\n"),),
    "README.md": (
        Edit("\n## Use\n", "\nStarted by the reading group; ask Ada.\n\n## Use\n"),
        Edit("", "\n## Results\n\nSee the wiki.\n"),
    ),
}
# What owners of 2.0.0 may have written beside that: 2.1.0 derives modules from another class.
SINCE: Mapping[str, Mapping[str, tuple[Edit, ...]]] = {
    "2.0.0": {
        f"{CODE}/models/module.py": (
            Edit("self.weights)\n", "self.weights, label_smoothing=0.1)\n"),
            Edit(
                '"f1_macro": MulticlassF1Score(num_classes, average="macro"),\n',
                '"f1_macro": MulticlassF1Score(num_classes, average="macro"),\n'
                '            "top2": MulticlassAccuracy(num_classes, top_k=2),\n',
            ),
        )
    }
}
OWN_MODULE = {
    f"{CODE}/models/halves.py": """\
from torch import Tensor
from torch.nn.functional import mse_loss

from .means import TrainingMeans
from .module import Classifier


class Halves(Classifier):
    def training_step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        inputs, labels = batch
        halves = labels.float() / 2
        loss = mse_loss(self(inputs).mean(-1), halves)
        TrainingMeans.add_to_means(self, len(labels), loss=loss, halves=halves.mean())
        return loss
""",
    "tests/test_halves.py": """\
from conftest import Configure

from my_project.runs import load_history
from my_project.train import train


def test_a_module_of_ones_own_trains(configure: Configure) -> None:
    own = "model._target_=my_project.models.halves.Halves"
    cfg = configure(own, "trainer.max_epochs=1")
    assert "test/accuracy" in train(cfg)
    assert [row for row in load_history(cfg.paths.run) if "train/halves" in row]
""",
}


def edits_of(version: str) -> Mapping[str, tuple[Edit, ...]]:
    """What the owner of a project of this version edited."""
    return {**EDITS, **SINCE.get(version, {})}


def new_files_of(version: str) -> Mapping[str, str]:
    """What the owner of a project of this version added."""
    return {**NEW_FILES, **(OWN_MODULE if version in SINCE else {})}


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The released versions, and the working tree as one of them."""
    root = tmp_path_factory.mktemp("released") / "released"
    shutil.copytree(RELEASED, root)
    (root / BLUEPRINT.name / f"{NEW}.zip").write_bytes(packed(read_folder(BLUEPRINT)))
    return root


@pytest.fixture(autouse=True)
def _released(versions: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builtin, "get_released_folder", lambda: versions)
    monkeypatch.setenv("CI", "true")


def make_project(dest: Path, version: str, answers: Answers) -> Path:
    data = {"project_name": "My Project", **answers}
    return create(
        dest, "lightning", Inputs(data=data, defaults=True, environ=MACHINE), version=version
    ).path


def update_to(project: Path, version: str = NEW) -> UpdateResult:
    inputs = Inputs(defaults=True, environ=MACHINE)
    return update(project, inputs, UpdateOptions(version=version))


def read_record(project: Path) -> dict[str, object]:
    record: dict[str, object] = yaml.safe_load((project / RECORD).read_text())
    return record


def texts_of(folder: Path) -> dict[str, str]:
    """The files of a project without its record; all are texts."""
    return {name: str(text) for name, text in files_of(folder).items() if name != RECORD}


@dataclass(frozen=True)
class Edited:
    """A project with its owner's edits.

    Attributes:
        path: The project.
        pristine: Its files before the edits.
        edited: Its files with them.
    """

    path: Path
    pristine: Mapping[str, str]
    edited: Mapping[str, str]

    def list_lines(self, name: str) -> list[str]:
        """The lines of a file that the owner wrote."""
        given = self.pristine.get(name, "").splitlines()
        return [line for line in self.edited[name].splitlines() if line not in given]


def find_place(name: str, files: Mapping[str, str]) -> str:
    """Where a version has a file that is edited."""
    return name if name in files else FORMER[name]


def edit_file(text: str, edits: tuple[Edit, ...]) -> str:
    for old, new in edits:
        assert not old or text.count(old) == 1, f"not one {old!r}"
        text = text.replace(old, new) if old else text + new
    return text


def make_edited(dest: Path, version: str, answers: Answers) -> Edited:
    project = make_project(dest, version, answers)
    before = texts_of(project)
    places = {find_place(name, before): edits for name, edits in edits_of(version).items()}
    changed = {place: edit_file(before[place], edits) for place, edits in places.items()}
    edit(project, {**new_files_of(version), **changed, EXAMPLE: None})
    commit(project, "ours")
    return Edited(project, before, texts_of(project))


def resolve(project: Path, conflicts: Sequence[str], edits: Mapping[str, tuple[Edit, ...]]) -> None:
    """Take theirs and edit it again; what a file became that they removed is edited instead."""
    current = {new: old for old, new in FORMER.items()}
    for path in conflicts:
        name = current.get(path, path)
        if name != path:
            (project / path).unlink()
        else:
            git(project, "checkout", "--quiet", "--theirs", "--", path)
        text = (project / name).read_text()
        (project / name).write_text(edit_file(text, edits[name]))
    commit(project, "resolved")


@pytest.fixture(params=ANSWERS)
def answers(request: pytest.FixtureRequest) -> Answers:
    return ANSWERS[request.param]


# ---------------------------------------------------------------- nobody edited it


@pytest.mark.parametrize("version", OLD)
def test_an_update_gives_what_a_new_project_has(
    version: str, answers: Answers, tmp_path: Path
) -> None:
    project = make_project(tmp_path / "project", version, answers)
    assert update_to(project).new == NEW
    new = make_project(tmp_path / "new", NEW, answers)
    assert texts_of(project) == texts_of(new)
    assert read_record(project) == read_record(new)


def test_step_by_step_is_direct(answers: Answers, tmp_path: Path) -> None:
    steps = make_project(tmp_path / "steps", OLD[0], answers)
    direct = make_project(tmp_path / "direct", OLD[0], answers)
    for version in (*OLD[1:], NEW):
        assert update_to(steps, version).new == version
        commit(steps, version)
    update_to(direct)
    assert files_of(steps) == files_of(direct)


# ---------------------------------------------------------------- its owner edited it


@pytest.fixture(params=OLD)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def owned(version: str, answers: Answers, tmp_path: Path) -> Edited:
    return make_edited(tmp_path / "project", version, answers)


def test_nothing_of_the_owner_is_lost(owned: Edited) -> None:
    """Each line of theirs is in the same file, between the markers of a conflict or not."""
    update_to(owned.path)
    after = texts_of(owned.path)
    for name in owned.edited.keys() - after.keys():
        assert owned.edited[name] == owned.pristine[name], f"{name} was theirs, too"
    for name in owned.edited.keys() & after.keys():
        assert not [line for line in owned.list_lines(name) if line not in after[name]], name
    assert EXAMPLE not in after


def test_each_change_is_listed(owned: Edited) -> None:
    plan = update_to(owned.path).plan
    assert plan
    after = texts_of(owned.path)
    names = owned.edited.keys() | after.keys()
    changed = {name for name in names if owned.edited.get(name) != after.get(name)}
    silent = plan.list_changes(ChangeKind.kept, ChangeKind.kept_deleted, ChangeKind.conflict)
    told = {path for change in plan.changes for path in (change.path, change.old_path) if path}
    assert changed <= told
    assert told - changed <= {RECORD, *(change.path for change in silent)}


def test_conflicts_are_few_and_where_both_sides_wrote(owned: Edited, version: str) -> None:
    plan = update_to(owned.path).plan
    assert plan
    conflicts = {change.path for change in plan.conflicts}
    assert len(conflicts) <= CONFLICTS[version]
    assert conflicts <= {name for name in owned.edited if owned.list_lines(name)}


@pytest.mark.parametrize("version", ["1.0.0", "1.1.0"])
def test_a_renamed_file_is_followed_by_way_of_the_version_that_renamed_it(
    version: str, answers: Answers, tmp_path: Path
) -> None:
    """As the blueprint's changelog advises."""
    owned = make_edited(tmp_path / "project", version, answers)
    first = update_to(owned.path, "1.5.0").plan
    assert first
    assert not first.conflicts
    commit(owned.path, "1.5.0")
    second = update_to(owned.path).plan
    assert second
    assert [change.path for change in second.conflicts] == [f"{CODE}/train.py"]
    (datasets,) = FORMER
    assert DATASET in (owned.path / datasets).read_text()


# ---------------------------------------------------------------- it works afterwards


@pytest.mark.parametrize("version", OLD)
def test_the_resolved_project_passes_its_own_checks(
    version: str, tmp_path: Path, heavy: Heavy
) -> None:
    """All of them after the longest way; the networks, the data and the configs after others."""
    owned = make_edited(tmp_path / "project", version, {})
    result = update_to(owned.path)
    assert result.plan
    resolve(owned.path, [change.path for change in result.plan.conflicts], edits_of(version))
    named = [] if version == OLD[0] else [f"tests/test_{name}.py" for name in QUICK]
    tests = [name for name in named if (owned.path / name).is_file()]
    for words in (("ruff", "check"), ("pytest", "-q", "-x", *tests)):
        done = heavy.run("-m", *words, cwd=owned.path)
        assert done.returncode == 0, done.stdout


def test_runs_of_before_are_tested_as_they_were(tmp_path: Path, heavy: Heavy) -> None:
    project = make_project(tmp_path / "project", OLD[0], {})
    quick = ("trainer=cpu", "trainer.max_epochs=1", "hydra.run.dir=runs/before")
    trained = heavy.run("-m", "my_project.train", *quick, cwd=project)
    assert trained.returncode == 0, trained.stdout
    update_to(project)
    again = heavy.run("-m", "my_project.eval", "run=runs/before", "trainer=cpu", cwd=project)
    assert again.returncode == 0, again.stdout
    metrics = json.loads((project / "runs/before/run.json").read_text())["metrics"]
    assert f"test/accuracy: {metrics['test/accuracy']:.6g}" in again.stdout
    resumed = heavy.run("-m", "my_project.train", "resume=runs/before", cwd=project)
    assert resumed.returncode == 2, resumed.stdout
    assert "is of an earlier version, and is not resumed" in resumed.stdout
