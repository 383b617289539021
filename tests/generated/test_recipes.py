"""What the README tells people to add works as it says, with a class of a stranger."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from .conftest import Heavy

NETWORK = """

class Linear(nn.Module):
    def __init__(self, channels: int, image_size: int, num_classes: int) -> None:
        super().__init__()
        self.layer = nn.Linear(channels * image_size**2, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x.flatten(1))
"""
CONFIG = """defaults:
  - classifier

net:
  _target_: my_project.models.net.Linear
  channels: ${data.channels}
  image_size: ${data.image_size}
  num_classes: ${data.num_classes}
"""
DATASET = """

class Noise(LabelledImages):
    def __init__(self, items: int) -> None:
        self.images = torch.rand(items, 1, 8, 8)
        self.labels = [index % 2 for index in range(items)]
        self.classes = ["even", "odd"]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> Item:
        return self.images[index], self.labels[index]
"""


def test_a_dataset_of_ones_own_is_trained_on_and_passes_every_check(
    renders: Mapping[str, Path], heavy: Heavy, tmp_path: Path
) -> None:
    project = Path(shutil.copytree(renders["default"], tmp_path / "project"))
    package = project / "src/my_project"
    with (package / "data/datasets.py").open("a") as file:
        file.write(DATASET)
    digits = (package / "configs/data/digits.yaml").read_text()
    text = digits.replace("Digits", "Noise\n  items: 40").replace("classes: 10", "classes: null")
    (package / "configs/data/noise.yaml").write_text(text)
    cache = heavy.python.parents[1] / "mypy-cache"
    for command in (
        ("-m", "mypy", "--cache-dir", str(cache)),
        ("-m", "my_project.train", "data=noise", "trainer.max_epochs=1", "hydra.run.dir=runs/a"),
        ("-m", "my_project.predict", "run=runs/a"),
    ):
        done = heavy.run(*command, cwd=project)
        assert done.returncode == 0, done.stdout
    assert "even" in (project / "predictions.csv").read_text()


def test_a_network_of_ones_own_trains_and_passes_every_check(
    renders: Mapping[str, Path], heavy: Heavy, tmp_path: Path
) -> None:
    project = Path(shutil.copytree(renders["default"], tmp_path / "project"))
    package = project / "src/my_project"
    with (package / "models/net.py").open("a") as file:
        file.write(NETWORK)
    (package / "configs/model/linear.yaml").write_text(CONFIG)
    cache = heavy.python.parents[1] / "mypy-cache"
    for command in (
        ("-m", "mypy", "--cache-dir", str(cache)),
        ("-m", "my_project.train", "model=linear", "debug=fast"),
        ("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_configs.py"),
    ):
        done = heavy.run(*command, cwd=project)
        assert done.returncode == 0, done.stdout
