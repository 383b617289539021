"""Which layers are laid, and what they make together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from scaffold import show
from scaffold.blueprints.assembly import assemble_template
from scaffold.blueprints.layer_questions import list_layer_choices
from scaffold.blueprints.layers import find_layers, select_layers
from scaffold.errors import ScaffoldError

from ..helpers.blueprints_on_disk import layered, tree

pytestmark = pytest.mark.unit


def assembled(tmp_path: Path, answers: dict[str, Any], **extra: str) -> Path:
    source = tree(tmp_path / "source", layered(**extra))
    config = yaml.safe_load((source / "copier.yml").read_text())
    (tmp_path / "out").mkdir()
    assemble_template(find_layers(source), answers, config, tmp_path / "out")
    return tmp_path / "out"


@pytest.mark.parametrize(
    ("answers", "names"),
    [
        pytest.param({}, ["base"], id="nothing answered"),
        pytest.param({"task": "text"}, ["base", "task/text"], id="one of several"),
        pytest.param(
            {"loggers": ["csv", "wandb"]}, ["base", "loggers/csv", "loggers/wandb"], id="many"
        ),
        pytest.param({"docker": True}, ["base", "docker/yes"], id="yes"),
        pytest.param({"docker": False}, ["base"], id="no"),
    ],
)
def test_the_folder_is_the_condition(
    tmp_path: Path, answers: dict[str, Any], names: list[str]
) -> None:
    layers = find_layers(tree(tmp_path, layered()))
    assert [layer.name for layer in select_layers(layers, answers)] == names


def test_choices_come_from_the_folders(tmp_path: Path) -> None:
    root = tree(tmp_path, layered())
    choices = list_layer_choices(
        find_layers(root), yaml.safe_load((root / "copier.yml").read_text())
    )
    assert [(c.value, c.title) for c in choices["task"]] == [("images", "Images"), ("text", "Text")]
    assert set(choices) == {"task", "loggers"}


def test_only_one_of_several_choices_can_always_be_made(tmp_path: Path) -> None:
    root = tree(tmp_path, layered())
    config = yaml.safe_load((root / "copier.yml").read_text())
    for layer, is_fine in (("loggers/csv", True), ("task/text", False), ("docker/yes", False)):
        tree(root, {f"layers/{layer}/layer.yml": "title: X\nalways: true\n"})
        if is_fine:
            choices = list_layer_choices(find_layers(root), config)["loggers"]
            assert [(c.value, c.always) for c in choices] == [("wandb", False), ("csv", True)]
            continue
        with pytest.raises(ScaffoldError, match=f"{layer}/layer.yml: always needs"):
            list_layer_choices(find_layers(root), config)
        tree(root, {f"layers/{layer}/layer.yml": "title: X\n"})


def test_a_slot_without_part_is_empty_and_dependencies_are_sorted_once(tmp_path: Path) -> None:
    extra = {"layers/docker/yes/layer.yml": "title: D\ndependencies: [torch>=2.6, absl-py]\n"}
    out = assembled(tmp_path, {"docker": True, "loggers": ["csv"]}, **extra)
    assert (out / "parts/readme").read_text() == ""
    expected = '    "absl-py",\n    "torch>=2.6",\n'
    assert (out / "parts/dependencies").read_text() == expected


def test_copier_gets_the_settings_and_questions_that_need_no_asking(tmp_path: Path) -> None:
    config = yaml.safe_load((assembled(tmp_path, {}) / "copier.yml").read_text())
    assert config["_subdirectory"] == "template"
    assert config["task"]["type"] == "str"
    assert not {"help", "choices", "validator"} & set(config["task"])
    assert config["loggers"]["choices"] == ["csv", "wandb"]  # Copier takes no list without them


def test_a_choice_tells_what_it_adds(tmp_path: Path) -> None:
    extra = {
        "layers/task/text/layer.yml": "title: Text\ndependencies: [torchtext]\n",
        "layers/task/text/a/b.py": "",
        "layers/task/text/parts/readme": "Text\n",
        "layers/task/text/__pycache__/b.pyc": "",
    }
    root = tree(tmp_path, layered(**extra))
    config = yaml.safe_load((root / "copier.yml").read_text())
    costs = {c.value: c.cost for c in list_layer_choices(find_layers(root), config)["task"]}
    assert costs == {"images": "adds 1 file", "text": "adds 2 files, 1 dependency"}


def test_two_layers_may_not_write_one_path(tmp_path: Path) -> None:
    extra = {"layers/docker/yes/data.py.jinja": "x = 1\n"}
    with pytest.raises(ScaffoldError, match="docker/yes and task/images both write"):
        assembled(tmp_path, {"docker": True, "task": "images"}, **extra)


def test_caches_of_a_live_folder_are_left_out(tmp_path: Path) -> None:
    out = assembled(tmp_path, {}, **{"layers/base/__pycache__/x.pyc": "no"})
    assert not list(out.rglob("*.pyc"))


def test_an_unknown_key_of_a_layer_is_refused(tmp_path: Path) -> None:
    extra = {"layers/docker/yes/layer.yml": "titel: D\n"}
    with pytest.raises(ScaffoldError, match="unknown key 'titel'"):
        assembled(tmp_path, {}, **extra)


def test_an_unknown_key_of_a_blueprint_is_refused(tmp_path: Path) -> None:
    files = layered()
    files["blueprint.yml"] += "prests: []\n"
    with pytest.raises(ScaffoldError, match="unknown key 'prests'") as caught:
        show(str(tree(tmp_path, files)))
    assert "presets" in caught.value.hint


def test_parts_stand_in_the_order_that_layers_state(tmp_path: Path) -> None:
    extra = {
        "layers/loggers/csv/layer.yml": "title: CSV\nhelp: A file.\norder: 9\n",
        "layers/loggers/csv/parts/readme": "of csv\n",
        "layers/loggers/wandb/parts/readme": "of wandb\n",
    }
    out = assembled(tmp_path, {"loggers": ["csv", "wandb"]}, **extra)
    assert (out / "parts/readme").read_text().split() == ["of", "wandb", "of", "csv"]
