"""Shared layers, layers of two answers, values, conditions; nothing is dropped in silence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from scaffold import Inputs, create, make_answers_file, show
from scaffold.blueprints.layers import find_layers, select_layers
from scaffold.errors import ScaffoldError
from scaffold.operations import Review
from scaffold.questions import Step
from scaffold.report import encode_blueprint, format_blueprint

from ..helpers.blueprints_on_disk import ENVOPS, tree

pytestmark = pytest.mark.unit

BLUEPRINT = {
    "blueprint.yml": "title: Tiny\ndescription: For tests.\nversion: 1.0.0\nformat: 2\n",
    "copier.yml": ENVOPS
    + "task:\n  type: str\n  default: images\n"
    + "words:\n  type: str\n  default: '{{ about }} by {{ task }}'\n"
    + "loggers:\n  type: str\n  multiselect: true\n  default: [csv]\n"
    + "docker:\n  type: bool\n  default: false\n",
    "layers/base/layer.yml": "values: {lines: few}\n",
    "layers/base/README.md.jinja": "{{ words }}, {{ lines }}\n"
    '{% include "parts/use" %}\n{% include "parts/track" ignore missing %}\n',
    "layers/shared/labels/layer.yml": "uses: [trained]\nvalues: {about: labels}\n"
    "dependencies: [torchmetrics]\n",
    "layers/shared/labels/labels.py": "",
    "layers/shared/labels/parts/use": "labels\n",
    "layers/shared/trained/layer.yml": "{}\n",
    "layers/shared/trained/train.py": "",
    "layers/task/images/layer.yml": "title: Images\norder: 1\npart_order: 90\nuses: [labels]\n",
    "layers/task/images/parts/use": "images\n",
    "layers/task/text/layer.yml": "title: Text\norder: 2\nuses: [labels]\n"
    "values: {about: words, lines: many}\n",
    "layers/task/noise/layer.yml": "title: Noise\norder: 3\nvalues: {about: nothing}\n",
    "layers/task/noise/parts/use": "noise\n",
    "layers/loggers/csv/layer.yml": "title: CSV\n",
    "layers/loggers/wandb/layer.yml": "title: W&B\nwhen: {\"task != 'noise'\": Noise is silent.}\n",
    "layers/loggers/wandb/parts/track": "tracked\n",
    "layers/docker/yes/layer.yml": "title: D\n"
    "excludes: {loggers: {wandb: W&B has no image.}, task: {text: Text has no image.}}\n",
    "layers/docker/yes/Dockerfile": "",
    "layers/task+docker/images+yes/layer.yml": "title: Both\n",
    "layers/task+docker/images+yes/both.txt": "",
}


def blueprint(tmp_path: Path, **changes: str | None) -> Path:
    files = {name.replace("//", "+"): text for name, text in changes.items()}
    kept = {name: text for name, text in (BLUEPRINT | files).items() if text is not None}
    return tree(tmp_path / "blueprint", kept)


def made(tmp_path: Path, data: dict[str, Any], **changes: str | None) -> dict[str, str]:
    """The files of a project, by their paths."""
    inputs = Inputs(data=data, defaults=True, environ={"CI": "true"})
    source = str(blueprint(tmp_path, **changes))
    root = create(tmp_path / "project", source, inputs, start_git=False).path
    files = (p for p in root.rglob("*") if p.is_file() and p.name != ".copier-answers.yml")
    return {p.relative_to(root).as_posix(): p.read_text() for p in files}


@pytest.mark.parametrize(
    ("answers", "names"),
    [
        pytest.param({"task": "noise"}, ["base", "task/noise"], id="uses nothing"),
        pytest.param(
            {"task": "text"},
            ["base", "shared/labels", "shared/trained", "task/text"],
            id="through another",
        ),
        pytest.param(
            {"task": "images", "docker": True},
            [
                "base",
                "shared/labels",
                "shared/trained",
                "docker/yes",
                "task/images",
                "task+docker/images+yes",
            ],
            id="two answers",
        ),
        pytest.param(
            {"task": "noise", "docker": True}, ["base", "docker/yes", "task/noise"], id="one"
        ),
    ],
)
def test_used_layers_are_laid_once(
    tmp_path: Path, answers: dict[str, Any], names: list[str]
) -> None:
    layers = find_layers(blueprint(tmp_path))
    assert [layer.name for layer in select_layers(layers, answers)] == names


@pytest.mark.parametrize(
    ("data", "readme"),
    [
        pytest.param({}, "labels by images, few\nlabels\nimages\n", id="of a used layer"),
        pytest.param({"task": "text"}, "words by text, many\nlabels\n", id="its own comes first"),
        pytest.param(
            {"task": "images", "loggers": ["csv", "wandb"]},
            "labels by images, few\nlabels\nimages\ntracked\n",
            id="a part that may be missing",
        ),
    ],
)
def test_values_reach_questions_and_templates(
    tmp_path: Path, data: dict[str, Any], readme: str
) -> None:
    files = made(tmp_path, data)
    assert files["README.md"] == readme
    assert {"labels.py", "train.py"} <= files.keys()


def test_values_are_not_recorded(tmp_path: Path) -> None:
    made(tmp_path, {})
    record = (tmp_path / "project/.copier-answers.yml").read_text()
    assert "words: labels by images" in record
    assert "about" not in record
    assert "lines" not in record


def test_what_a_choice_uses_counts_among_what_it_adds(tmp_path: Path) -> None:
    questions = show(str(blueprint(tmp_path))).questionnaire.questions
    costs = [choice.cost for choice in questions["task"].choices if not isinstance(choice, str)]
    assert costs == ["adds 2 files, 1 dependency", "adds 2 files, 1 dependency", ""]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        pytest.param(
            {"task": "noise", "loggers": ["wandb"]},
            '"wandb" cannot be chosen: Noise is silent.',
            id="when",
        ),
        pytest.param({"docker": True, "loggers": ["wandb"]}, "W&B has no image.", id="of several"),
        pytest.param({"docker": True, "task": "text"}, "Text has no image.", id="of one"),
    ],
)
def test_a_choice_is_disabled_with_its_reason(
    tmp_path: Path, data: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ScaffoldError) as caught:
        made(tmp_path, data)
    assert problem in "\n".join([str(caught.value), *caught.value.details])


def test_a_reason_is_in_the_answers_file_and_in_the_schema(tmp_path: Path) -> None:
    changes = {"copier.yml": BLUEPRINT["copier.yml"].replace("default: images", "default: noise")}
    source = str(blueprint(tmp_path, **changes))
    assert "# - wandb: W&B (not now: Noise is silent.)" in make_answers_file(source).text
    offered = show(source).schema["properties"]["loggers"]
    (wandb,) = (c for c in offered["anyOf"][0]["items"]["anyOf"] if c.get("const") == "wandb")
    assert wandb["description"] == "(Other answers may forbid it. Noise is silent.)"


def test_a_choice_is_free_where_no_condition_is_against_it(tmp_path: Path) -> None:
    assert "Dockerfile" in made(tmp_path, {"docker": True, "task": "noise"})


NOISY = {
    "blueprint.yml": BLUEPRINT["blueprint.yml"]
    + "presets:\n- name: all\n  title: All\n  help: All.\n"
    "  answers: {loggers: [csv, wandb], docker: true}\n  ask: [task, words, docker]\n",
    "copier.yml": ENVOPS
    + "task:\n  type: str\n  default: images\n"
    + "words:\n  type: str\n  default: '{{ about }} by {{ task }}'\n"
    + "loggers:\n  type: str\n  multiselect: true\n  default: [csv, wandb]\n"
    + "docker:\n  type: bool\n  default: true\n"
    + "crop:\n  type: int\n  default: 8\n  when: \"{{ task == 'images' }}\"\n"
    + "precision:\n  type: str\n  default: half\n  choices:\n"
    + "    Half: {value: half, validator: \"{{ 'Too coarse.' if task == 'noise' }}\"}\n"
    + "    Full: full\n",
    "layers/docker/yes/layer.yml": "title: D\nexcludes: {task: {noise: Noise has no image.}}\n",
}


@pytest.mark.parametrize("preset", [None, "all"])
@pytest.mark.parametrize(
    ("task", "asked", "answers"),
    [
        pytest.param(
            "images",
            ["task", "words", "loggers", "docker", "crop", "precision"],
            {"loggers": ["csv", "wandb"], "docker": True, "crop": 8, "precision": "half"},
            id="all make sense",
        ),
        pytest.param(
            "noise",
            ["task", "words", "loggers"],
            {"loggers": ["csv"], "docker": False, "precision": "full"},
            id="few make sense",
        ),
    ],
)
def test_an_answer_that_makes_no_sense_for_a_task_is_not_asked(
    tmp_path: Path, task: str, asked: list[str], answers: dict[str, Any], preset: str | None
) -> None:
    source, seen = str(blueprint(tmp_path, **NOISY)), []

    def ask(step: Step) -> Any:
        seen.append(step.name)
        return {"task": task, "preset": "custom"}.get(step.name, step.default)

    inputs = Inputs(ask=ask, preset=preset, environ={})
    project = create(tmp_path / "project", source, inputs, start_git=False)
    kept = ["task", "words", "docker"] if preset else ["preset", *asked]
    assert seen == [name for name in kept if name in ["preset", *asked]]
    record = yaml.safe_load((project.path / ".copier-answers.yml").read_text())
    del record["_src_path"], record["words"]
    assert record == {"task": task, **answers}
    why = 'preset all: loggers is used in part: "wandb" cannot be chosen: Noise is silent.'
    assert project.notes == ((why,) if preset and task == "noise" else ())


GROUPED = {
    "layers/task/images/layer.yml": "title: Images\norder: 1\ngroup: Pictures\nuses: [labels]\n"
    "facts: {data: Digits, time: 9 s}\n",
    "layers/task/text/layer.yml": "title: Text\norder: 2\ngroup: Words\nuses: [labels]\n",
    "layers/task/masks/layer.yml": "title: Masks\norder: 3\ngroup: Pictures\nuses: [labels]\n",
}


def test_choices_of_a_group_stand_together_with_their_facts(tmp_path: Path) -> None:
    source = str(blueprint(tmp_path, **GROUPED))
    shown = show(source)
    assert format_blueprint(shown, 100).splitlines()[3:9] == [
        "task (str, 4 choices, default: images)",
        "    noise   Noise.",
        "    Pictures",
        "      images  Images. (data: Digits; time: 9 s; adds 2 files, 1 dependency)",
        "      masks   Masks. (adds 2 files, 1 dependency)",
        "    Words",
    ]
    task = encode_blueprint(shown)["questions"][0]
    assert [choice["value"] for choice in task["choices"]] == ["noise", "images", "masks", "text"]
    assert task["choices"][1] == {
        "value": "images",
        "title": "Images",
        "help": "",
        "group": "Pictures",
        "facts": {"data": "Digits", "time": "9 s"},
        "files": 2,
        "dependencies": ["torchmetrics"],
        "cost": "adds 2 files, 1 dependency",
        "disabled": None,
    }
    lines = (
        "# Pictures:\n# - images: Images — data: Digits; time: 9 s\n# - masks: Masks\n# Words:\n"
    )
    assert lines in make_answers_file(source).text
    offered = {c.get("const"): c for c in shown.schema["properties"]["task"]["anyOf"]}
    assert offered["images"]["description"] == "Pictures (data: Digits; time: 9 s)"


def test_the_review_shows_the_facts_of_what_was_chosen(tmp_path: Path) -> None:
    seen: dict[str, str] = {}

    def look(review: Review) -> None:
        seen.update({answer.name: answer.about for answer in review.answers})

    inputs = Inputs(ask=lambda step: step.default, review=look, environ={})
    source = str(blueprint(tmp_path, **GROUPED))
    create(tmp_path / "project", source, inputs, start_git=False)
    assert seen == {"task": "Digits · 9 s", "words": "", "loggers": "", "docker": ""}


def test_choices_of_a_copier_yml_have_groups_too(tmp_path: Path) -> None:
    choices = (
        "[[A, 1], [B, {value: 2, group: X}], [C, {value: 3, group: Y}], [D, {value: 4, group: X}]]"
    )
    source = tree(tmp_path, {"copier.yml": f"q: {{type: int, choices: {choices}}}\n"})
    shown = show(str(source)).questionnaire.questions["q"].choices
    assert [(c.title, c.group) for c in shown if not isinstance(c, str)] == [
        ("A", ""), ("B", "X"), ("D", "X"), ("C", "Y"),
    ]  # fmt: skip


WRONG = {
    "part nobody takes": (
        {"layers/task/text/parts/untaken": ""},
        "no template takes the part untaken of the layer task/text",
    ),
    "part nobody brings": (
        {"layers/base/more.md.jinja": '{% include "parts/gone" %}'},
        "base/more.md.jinja takes the part gone, which no layer brings",
    ),
    "part no chosen layer brings": (
        {"layers/task/images/parts/use": None, "layers/shared/labels/parts/use": None},
        "takes the part use, which none of shared/labels, .* brings",
    ),
    "part that the settings take": (
        {"copier.yml": BLUEPRINT["copier.yml"] + "_message: \"{% include 'parts/gone' %}\"\n"},
        "copier.yml takes the part gone",
    ),
    "layer of no question": (
        {"layers/tasks/text/layer.yml": "{}"},
        "layer tasks/text needs the question tasks, which does not exist",
    ),
    "layer of no answer": (
        {"layers/docker/true/layer.yml": "{}"},
        "layer docker/true needs docker=true, which no answer can be",
    ),
    "combination of no answer": (
        {"layers/task+docker/image+yes/layer.yml": "{}"},
        r"layer task\+docker/image\+yes needs task=image, which",
    ),
    "combination of too few answers": (
        {"layers/task+docker/images/layer.yml": "{}"},
        "does not name 2 answers",
    ),
    "shared layer nobody uses": (
        {"layers/shared/lonely/layer.yml": "{}"},
        "no layer uses shared/lonely",
    ),
    "use of no layer": (
        {"layers/task/text/layer.yml": "uses: [label]\n"},
        "uses shared/label, which does not exist",
    ),
    "value some choice lacks": (
        {"layers/task/noise/layer.yml": "title: Noise\n"},
        "the value about is not brought by task/noise",
    ),
    "value of choices that meet": (
        {"layers/loggers/csv/layer.yml": "values: {lines: none}\n"},
        "the value lines is brought by layers that may be chosen together",
    ),
    "value of two shared layers": (
        {"layers/shared/trained/layer.yml": "values: {about: training}\n"},
        "task/images uses .*, which both bring the value about",
    ),
    "value of a combination": (
        {"layers/task+docker/images+yes/layer.yml": "values: {about: x}\n"},
        "brings the value about, but depends on several answers",
    ),
    "value named like a question": (
        {"layers/base/layer.yml": "values: {docker: few, lines: few}\n"},
        "the value docker has the name of a question",
    ),
    "value that is no text": (
        {"layers/base/layer.yml": "values: {lines: 3}\n"},
        "layer.yml: values is not `name: text` lines",
    ),
    "exclusion of no answer": (
        {"layers/docker/yes/layer.yml": "excludes: {task: {txt: No.}}\n"},
        "excludes needs task=txt, which no answer can be",
    ),
    "condition of the base": (
        {"layers/base/layer.yml": "when: {docker: No.}\nvalues: {lines: few}\n"},
        "when and excludes are for a choice",
    ),
    "group of a yes": (
        {"layers/docker/yes/layer.yml": "group: Extras\n"},
        "group and facts are for one of several choices",
    ),
    "fact that is no text": (
        {"layers/task/text/layer.yml": "facts: {time: 9}\n"},
        "layer.yml: facts is not `name: text` lines",
    ),
    "question named shared": (
        {"copier.yml": BLUEPRINT["copier.yml"] + "shared:\n  type: bool\n"},
        "a question is called shared",
    ),
    "format of the future": (
        {"blueprint.yml": "format: 3\n"},
        "format 3 is unknown to this version of scaffold",
    ),
}


@pytest.mark.parametrize(("changes", "message"), WRONG.values(), ids=WRONG)
def test_nothing_is_dropped_in_silence(
    tmp_path: Path, changes: dict[str, str | None], message: str
) -> None:
    with pytest.raises(ScaffoldError, match=message) as caught:
        made(tmp_path, {}, **changes)
    assert caught.value.hint


def test_the_first_format_leaves_parts_empty_as_before(tmp_path: Path) -> None:
    changes = {"blueprint.yml": "title: Tiny\nversion: 1.0.0\n", "layers/base/parts/untaken": "x"}
    assert "README.md" in made(tmp_path, {}, **changes)
