"""`scaffold new`, as a person and as a library caller uses it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from scaffold import Inputs, create
from scaffold.errors import AnswersError, ScaffoldError
from scaffold.project import read_record

from ..helpers.blueprints_on_disk import copier_template, layered, repository, run_git, tree
from ..helpers.factories import Program
from ..helpers.factories import tree as tree_of


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return tree(tmp_path / "tiny", layered())


def scaffold(*args: object, cwd: Path, **options) -> subprocess.CompletedProcess[str]:
    """Run the command line with no terminal."""
    command = [sys.executable, "-m", "scaffold", *map(str, args)]
    options.setdefault("stdin", None if "input" in options else subprocess.DEVNULL)
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, **options)


def contents(folder: Path) -> dict[str, bytes]:
    files = (p for p in sorted(folder.rglob("*")) if p.is_file() and ".git" not in p.parts)
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


# ---------------------------------------------------------------- what is made


def test_a_project_holds_its_layers_and_its_record(tmp_path: Path, tiny: Path) -> None:
    data = {"project_name": "My *Net*", "loggers": ["csv", "wandb"]}
    result = create(tmp_path / "p", str(tiny), Inputs(data=data, defaults=True))
    made = tmp_path / "p"
    assert [file.path for file in result.files] == [
        ".copier-answers.yml",
        "README.md",
        "data.py",
        "pyproject.toml",
        "src/my *net*/net.py",
    ]
    expected = "# My \\*Net\\*\n\n## Tracking of My \\*Net\\*\n\n## End\n"
    assert (made / "README.md").read_text() == expected
    assert '    "wandb>=0.19",\n' in (made / "pyproject.toml").read_text()
    record = yaml.safe_load((made / ".copier-answers.yml").read_text())
    assert record == {
        "_src_path": str(tiny),
        "project_name": "My *Net*",
        "author_name": "Ada Tester",
        "task": "images",
        "loggers": ["csv", "wandb"],
        "docker": False,
    }


def test_the_repository_holds_one_commit_of_the_pristine_project(
    tmp_path: Path, tiny: Path
) -> None:
    (tmp_path / "p").mkdir()
    assert create(tmp_path / "p", str(tiny), Inputs(defaults=True)).repository
    assert run_git("status", "--porcelain", "--ignored", cwd=tmp_path / "p") == ""
    log = run_git("log", "--format=%an: %s", cwd=tmp_path / "p")
    assert log == "Ada Tester: Start from tiny"


def test_it_works_without_an_identity_and_with_failing_hooks(
    tmp_path: Path, tiny: Path, home: Path
) -> None:
    tree(home, {"t/hooks/pre-commit": "#!/bin/sh\nexit 1\n"})
    (home / "t/hooks/pre-commit").chmod(0o755)
    config = f"[init]\n\ttemplateDir = {home}/t\n[commit]\n\tgpgSign = true\n"
    (home / ".gitconfig").write_text(config)
    create(tmp_path / "p", str(tiny), Inputs(defaults=True))
    assert run_git("log", "--format=%an", cwd=tmp_path / "p") == "scaffold"


def test_no_repository_is_started_inside_another_or_when_not_wanted(
    tmp_path: Path, tiny: Path
) -> None:
    run_git("init", "-q", str(tmp_path / "mono"), cwd=tmp_path)
    inside = create(tmp_path / "mono/apps/p", str(tiny), Inputs(defaults=True))
    assert not inside.repository
    assert "is one already" in inside.notes[-1]
    assert not (tmp_path / "mono/apps/p/.git").exists()
    create(tmp_path / "q", str(tiny), Inputs(defaults=True), start_git=False)
    assert not (tmp_path / "q/.git").exists()


CI = {
    "copier.yml": "name: {type: str, default: x}\n",
    ".github/workflows/check.yml": "on: push\n",
    ".gitlab-ci.yml": "check: {script: true}\n",
    "docs/.github/kept.txt": "\n",
}


def test_what_works_only_at_a_repositorys_root_is_said_inside_another(tmp_path: Path) -> None:
    source = tree(tmp_path / "s", CI)
    run_git("init", "-q", str(tmp_path / "mono"), cwd=tmp_path)
    (tmp_path / "linked").symlink_to(tmp_path / "mono")
    for dest, start_git in (("mono/apps/p", True), ("mono/apps/q", False), ("linked/r", True)):
        made = create(tmp_path / dest, str(source), Inputs(defaults=True), start_git=start_git)
        (note,) = (note for note in made.notes if "only at the root" in note)
        assert f"{tmp_path / 'mono'}: .github/workflows/check.yml, .gitlab-ci.yml; " in note
        assert f"run in {dest.partition('/')[2]}, " in note
    alone = create(tmp_path / "alone", str(source), Inputs(defaults=True))
    without = create(
        tmp_path / "mono/t", str(tree(tmp_path / "t", copier_template())), Inputs(defaults=True)
    )
    assert not [note for note in (*alone.notes, *without.notes) if "only at the root" in note]


def test_a_copier_template_from_git_is_recorded_exactly(tmp_path: Path) -> None:
    source = repository(tmp_path / "s", {"v1.0.0": copier_template(), "v2.0.0": copier_template()})
    create(tmp_path / "p", str(source), Inputs(defaults=True), version="1.0.0")
    found = yaml.safe_load((tmp_path / "p/.copier-answers.yml").read_text())
    assert found == {"_commit": "v1.0.0", "_src_path": str(source), "name": "world"}
    exact = read_record(tmp_path / "p")
    assert exact.commit == run_git("rev-parse", "v1.0.0^{commit}", cwd=source)
    run_git("rm", "-q", "--cached", ".copier-answers.yml", cwd=tmp_path / "p")
    assert exact.tree == run_git("write-tree", cwd=tmp_path / "p")


def test_a_copier_template_renders_as_copier_renders_it(tmp_path: Path) -> None:
    source = repository(tmp_path / "s", {"v1.0.0": copier_template()})
    create(tmp_path / "ours", str(source), Inputs(defaults=True), start_git=False)
    copier = str(Path(sys.executable).with_name("copier"))
    command = [copier, "copy", "--defaults", "-q", str(source), "theirs"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    ours, theirs = contents(tmp_path / "ours"), contents(tmp_path / "theirs")
    lines = ours[".copier-answers.yml"].decode().splitlines(keepends=True)
    ours[".copier-answers.yml"] = "".join(x for x in lines if not x.startswith("# _")).encode()
    assert ours == theirs


# ---------------------------------------------------------------- answers


FORMATS = {
    "a.yaml": "project_name: Über Net\nloggers: [csv, wandb]\ndocker: true\n",
    "a.toml": 'project_name = "Über Net"\nloggers = ["csv", "wandb"]\ndocker = true\n',
    "a.json": '{"project_name": "Über Net", "loggers": ["csv", "wandb"], "docker": true}',
}


def test_every_way_to_answer_makes_the_same_project(tmp_path: Path, tiny: Path) -> None:
    tree(tmp_path, FORMATS)
    ways: dict[str, tuple[Sequence[str], dict[str, Any]]] = {
        name: (["--answers", name], {}) for name in FORMATS
    }
    ways["stdin"] = (["--answers", "-"], {"input": FORMATS["a.yaml"]})
    flags = ["-d", "project_name=Über Net", "-d", "loggers=[csv,wandb]", "-d", "docker=yes"]
    ways["flags"] = (flags, {})
    names = {"PROJECT_NAME": "Über Net", "LOGGERS": "csv,wandb", "DOCKER": "true"}
    variables = {f"SCAFFOLD_DATA_{k}": v for k, v in names.items()}
    ways["environment"] = ([], {"env": {**os.environ, **variables}})
    made = []
    for name, (args, options) in ways.items():
        (tmp_path / name / "x").mkdir(parents=True, exist_ok=True) if "." not in name else None
        dest = tmp_path / f"out-{name}" / "project"
        done = scaffold(
            "new", dest, "-b", tiny, "--defaults", "--no-git", *args, cwd=tmp_path, **options
        )
        assert done.returncode == 0, done.stderr
        made.append(contents(dest))
    assert all(project == made[0] for project in made)
    assert "Dockerfile" in made[0]


def test_all_errors_come_in_one_go_with_their_places(tmp_path: Path, tiny: Path) -> None:
    tree(tmp_path, {"a.yaml": "task: imagse\n\nlogers: [csv]\ndocker: maybe\nproject_name: 3\n"})
    done = scaffold("new", "p", "-b", tiny, "--defaults", "-a", "a.yaml", cwd=tmp_path)
    assert done.returncode == 2
    lines = [line.strip() for line in done.stderr.splitlines() if "a.yaml:" in line]
    assert [line.split(" ")[0] for line in lines] == [
        "a.yaml:1:1:", "a.yaml:3:1:", "a.yaml:4:1:", "a.yaml:5:1:",
    ]  # fmt: skip
    assert "did you mean images?" in lines[0]
    assert "did you mean loggers?" in lines[1]
    assert not (tmp_path / "p").exists()


def test_github_shows_problems_beside_their_lines(tmp_path: Path, tiny: Path) -> None:
    tree(tmp_path, {"a, b.yaml": "\ntask: imagse\n"})
    env = {**os.environ, "GITHUB_ACTIONS": "true"}
    args = ("new", "p", "-b", tiny, "--defaults", "-a", "a, b.yaml", "-d", "x=1")
    done = scaffold(*args, cwd=tmp_path, env=env)
    shown = [line for line in done.stderr.splitlines() if line.startswith("::error")]
    assert [line.partition("::task: ")[0] for line in shown] == [
        "::error title=--data::x: is not a question of this blueprint",
        "::error file=a%2C b.yaml,line=2,col=1",
    ]


def test_github_shows_a_file_that_cannot_be_read_at_its_place(tmp_path: Path, tiny: Path) -> None:
    tree(tmp_path, {"a.yaml": "task: [\n"})
    env = {**os.environ, "GITHUB_ACTIONS": "true"}
    done = scaffold("new", "p", "-b", tiny, "--defaults", "-a", "a.yaml", cwd=tmp_path, env=env)
    assert "::error file=a.yaml,line=2,col=1::is not YAML: " in done.stderr


def test_without_a_terminal_missing_answers_are_all_named(tmp_path: Path, tiny: Path) -> None:
    done = scaffold("new", "p", "-b", tiny, "-d", "task=text", cwd=tmp_path)
    assert done.returncode == 2
    assert all(name in done.stderr for name in ("project_name", "loggers", "docker"))
    assert "--defaults" in done.stderr
    assert not (tmp_path / "p").exists()


def test_an_unreadable_answer_is_an_error_of_the_library(tmp_path: Path, tiny: Path) -> None:
    with pytest.raises(AnswersError) as caught:
        create(tmp_path / "p", str(tiny), Inputs(data={"task": "nope", "x": 1}, defaults=True))
    assert {problem.key for problem in caught.value.problems} == {"task", "x"}


# ---------------------------------------------------------------- what is said


def test_the_next_steps_are_the_blueprints(tmp_path: Path, tiny: Path) -> None:
    done = scaffold("new", "my project", "-b", tiny, "--defaults", cwd=tmp_path)
    assert done.stdout.splitlines()[-3:] == ["Next steps:", "  cd 'my project'", "  python -m demo"]


def test_a_dry_run_prints_the_tree_and_writes_nothing(tmp_path: Path, tiny: Path) -> None:
    done = scaffold("new", "p", "-b", tiny, "--defaults", "--dry-run", cwd=tmp_path)
    assert done.returncode == 0
    assert "├── data.py  14 B" in done.stdout
    assert "5 files" in done.stdout
    assert [p.name for p in tmp_path.iterdir()] == ["tiny"]


def test_json_is_one_object_on_stdout(tmp_path: Path, tiny: Path) -> None:
    done = scaffold("new", "p", "-b", tiny, "--defaults", "--json", cwd=tmp_path)
    made = json.loads(done.stdout)
    assert (made["schema"], made["command"], made["written"]) == (1, "new", True)
    assert {"path": "data.py", "size": 14, "executable": False} in made["files"]
    assert made["answers"]["task"] == "images"
    failed = scaffold("new", "p", "-b", tiny, "--defaults", "--json", cwd=tmp_path)
    assert json.loads(failed.stdout)["exit_code"] == failed.returncode == 1


def test_control_characters_never_reach_the_terminal(tmp_path: Path, tiny: Path) -> None:
    done = scaffold("new", "p\x1b[31m", "-b", tiny, "--defaults", cwd=tmp_path)
    assert done.returncode == 0
    assert "\x1b" not in done.stdout + done.stderr


# ---------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param({"layers/base/x.txt.jinja": "{{ nope"}, "x.txt.jinja:1", id="syntax"),
        pytest.param({"layers/base/x.txt.jinja": "\n{{ 1 / 0 }}"}, "division by zero", id="error"),
        pytest.param({"layers/base/x.toml": "a = \n"}, "x.toml would not be valid", id="not TOML"),
        pytest.param({"layers/base/x.jinja": '{% include "parts/no" %}'}, "parts/no", id="slot"),
        pytest.param({"copier.yml": "a: [\n"}, "copier.yml", id="broken questions"),
        pytest.param(
            {"copier.yml": "a: {tipe: str}\n"}, "'tipe' (did you mean type?)", id="unknown setting"
        ),
    ],
)
def test_a_broken_blueprint_leaves_nothing(
    tmp_path: Path, change: dict[str, str], told: str
) -> None:
    source = tree(tmp_path / "b", layered(**change))
    done = scaffold("new", "p", "-b", source, "--defaults", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "p").exists()


def test_tasks_of_a_foreign_blueprint_need_trust(tmp_path: Path) -> None:
    template = copier_template()
    template["copier.yml"] += "_tasks: ['touch made-by-task']\n"
    source = tree(tmp_path / "s", template)
    with pytest.raises(ScaffoldError, match="wants to run code: tasks"):
        create(tmp_path / "p", str(source), Inputs(defaults=True))
    assert not (tmp_path / "p").exists()
    create(tmp_path / "q", str(source), Inputs(defaults=True), skip_tasks=True)
    create(tmp_path / "r", str(source), Inputs(defaults=True), trust=True)
    assert not (tmp_path / "q/made-by-task").exists()
    assert (tmp_path / "r/made-by-task").exists()


def test_a_template_for_a_newer_copier_is_refused_before_its_questions(tmp_path: Path) -> None:
    template = copier_template()
    template["copier.yml"] += "must: {type: str}\n_min_copier_version: '99.1'\n"
    source = tree(tmp_path / "s", template)
    with pytest.raises(ScaffoldError, match=r"s needs Copier 99\.1, and 9\.\S+ is installed"):
        create(tmp_path / "p", str(source), Inputs())
    assert not (tmp_path / "p").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_nothing_and_exits_130(
    tmp_path: Path, number: signal.Signals, home: Path
) -> None:
    template = copier_template()
    template["copier.yml"] += f"_tasks: ['touch {tmp_path}/begun; exec sleep 5']\n"
    source = tree(tmp_path / "s", template)
    command = [sys.executable, "-m", "scaffold", "new", "p", "-b", str(source)]
    command += ["--defaults", "--trust"]
    with subprocess.Popen(
        command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        while not (tmp_path / "begun").exists():
            time.sleep(0.02)
        os.killpg(process.pid, number)
        told = process.communicate(timeout=20)[1]
    assert process.returncode == 130, told
    assert "Traceback" not in told
    assert not (tmp_path / "p").exists()
    assert list((home / ".cache/scaffold/new").iterdir()) == []


def test_a_removed_working_folder_is_told(tmp_path: Path) -> None:
    program = "import os, sys\nos.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone')\n"
    program += "from scaffold.cli import run\nsys.exit(run(['list']))"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "was removed" in done.stderr) == (2, True)


def test_without_git_a_project_is_made_and_said_to_have_no_repository(
    tmp_path: Path, tiny: Path
) -> None:
    env = {**os.environ, "PATH": str(tmp_path)}
    done = scaffold("new", "p", "-b", tiny, "--defaults", cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stderr
    assert "git was not found" in done.stdout
    assert (tmp_path / "p/README.md").is_file()


def test_more_files_take_no_more_git_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted by a program of git's name, which children of children meet as well."""
    git, counted = shutil.which("git"), tmp_path / "counted"
    program = f'#!/bin/sh\necho "$$" >> "{counted}"\nexec "{git}" "$@"\n'
    tree_of(tmp_path / "bin", {"git": Program(program)})
    counts = []
    for number in (5, 300):
        files = {f"template/d{n % 7}/f{n}.txt.jinja": "{{ name }}\n" for n in range(number)}
        source = repository(tmp_path / f"t{number}", {"v1": {**copier_template(), **files}})
        with monkeypatch.context() as patch:
            patch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
            create(tmp_path / f"p{number}", f"file://{source}", Inputs(defaults=True))
        counts.append(len(counted.read_text().split()))
        counted.unlink()
    assert 1 < counts[0] == counts[1] <= 16
