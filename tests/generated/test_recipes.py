"""What the README tells people to add works as it says, with classes of a stranger."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from .conftest import Heavy

NETWORK = """

class Linear(nn.Module):
    def __init__(self, channels: int, image_size: int, num_classes: int) -> None:
        super().__init__()
        self.layer = nn.Linear(channels * image_size**2, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x.flatten(1))
"""
MODEL = """defaults:
  - classifier

net:
  _target_: my_project.models.net.Linear
  channels: ${data.channels}
  image_size: ${data.image_size}
  num_classes: ${data.num_classes}
"""
DATASET = """

class Noise(torch.utils.data.Dataset[tuple[torch.Tensor, int]]):
    def __init__(self) -> None:
        self.classes = ["dark", "light"]
        self.labels = [0, 1] * 20

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return torch.rand(1, 8, 8) + self.labels[index], self.labels[index]
"""
CALLBACK = """from pytorch_lightning import Callback, LightningModule, Trainer


class Hello(Callback):
    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        print("hello of a stranger")
"""
HELLO = """hello:
  _target_: my_project.callbacks.hello.Hello
"""
PICTURES = """
from pathlib import Path
from PIL import Image

for root in ("mine", "parts/train", "parts/val", "parts/test"):
    for brightness, name in ((40, "dark"), (200, "light")):
        folder = Path(root, name)
        folder.mkdir(parents=True)
        for number in range(10):
            Image.new("RGB", (9, 7), (brightness, number, 0)).save(folder / f"{number}.png")
"""


@pytest.fixture(scope="module")
def mine(renders: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project to which a stranger added what its README describes, as it describes it."""
    project = Path(shutil.copytree(renders["default"], tmp_path_factory.mktemp("mine") / "project"))
    package = project / "src/my_project"
    for name, code in (("models/net.py", NETWORK), ("data/datasets.py", DATASET)):
        with (package / name).open("a") as file:
            file.write(code)
    (package / "configs/model/linear.yaml").write_text(MODEL)
    digits = (package / "configs/data/digits.yaml").read_text()
    noise = re.sub(r"\.\w*Digits\b", ".Noise", digits)
    (package / "configs/data/noise.yaml").write_text(
        re.sub("num_classes: 10", "num_classes: 2", noise)
    )
    (package / "callbacks/hello.py").write_text(CALLBACK)
    (package / "configs/callbacks/hello.yaml").write_text(HELLO)
    return project


@pytest.fixture(scope="module")
def pictures(mine: Path, heavy: Heavy) -> Path:
    """Pictures of one's own, in one folder per class, and in parts."""
    done = heavy.run("-c", PICTURES, cwd=mine)
    assert done.returncode == 0, done.stdout
    return mine


def test_what_was_added_passes_types_and_the_projects_own_tests(mine: Path, heavy: Heavy) -> None:
    cache = heavy.python.parents[1] / "mypy-cache"
    for command in (
        ("-m", "mypy", "--cache-dir", str(cache)),
        ("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_configs.py"),
    ):
        done = heavy.run(*command, cwd=mine)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("model", ["linear", "cnn"])
def test_a_network_a_dataset_and_a_callback_of_ones_own_train(
    model: str, mine: Path, heavy: Heavy
) -> None:
    command = (f"model={model}", "data=noise", "callbacks=[default,hello]", "debug=fast")
    done = heavy.run("-m", "my_project.train", *command, cwd=mine)
    assert done.returncode == 0, done.stdout
    assert "hello of a stranger" in done.stdout


@pytest.mark.parametrize(
    "command",
    [
        (
            "data=folder",
            "data.dataset.root=mine",
            "model.class_weights=balanced",
            "objective.metric=val/f1_macro",
            "objective.mode=max",
        ),
        ("data=folder_splits", "data.dataset.root=parts"),
    ],
    ids=lambda command: str(command[0]),
)
def test_pictures_of_ones_own_train(command: tuple[str, ...], pictures: Path, heavy: Heavy) -> None:
    done = heavy.run("-m", "my_project.train", *command, "debug=fast", cwd=pictures)
    assert done.returncode == 0, done.stdout
