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
