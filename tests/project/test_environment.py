"""Real environments of a tiny package that needs no index."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest

from scaffold import Inputs, create
from scaffold.errors import ScaffoldError
from scaffold.host.cpus import THREADS_VARIABLE
from scaffold.project.environment import (
    _add_uv_settings,
    find_uv,
    get_python_path,
    list_next_commands,
    make_environment,
    open_environment,
    run_first_steps,
)

from ..helpers.blueprints_on_disk import layered, tree
from ..helpers.pages import WAITING

UV = find_uv({"PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))})
WITH_UV = pytest.mark.skipif(UV is None, reason="no uv on this machine")
STEPS = {"install": ["--no-index", "tiny"], "try": ["-m", "tiny"]}
METADATA = "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
RECORD = "tiny.py,,\ntiny-1.0.dist-info/METADATA,,\ntiny-1.0.dist-info/WHEEL,,\n"


def path_with(*programs: str, at: Path) -> str:
    """A search path on which only the named programs are found."""
    at.mkdir()
    for program in programs:
        (at / Path(program).name).symlink_to(program)
    return str(at)


@pytest.fixture
def links(tmp_path: Path) -> Path:
    """A folder with the wheel of a package that writes down which Python ran it."""
    code = "import sys, pathlib; pathlib.Path('ran').write_text(sys.prefix)\n"
    folder = tmp_path / "links"
    folder.mkdir()
    with zipfile.ZipFile(folder / "tiny-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny.py", code)
        wheel.writestr("tiny-1.0.dist-info/METADATA", METADATA)
        wheel.writestr("tiny-1.0.dist-info/WHEEL", WHEEL)
        wheel.writestr("tiny-1.0.dist-info/RECORD", RECORD + "tiny-1.0.dist-info/RECORD,,\n")
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "a project"
    folder.mkdir()
    return folder


def environ_of(kind: str, tmp_path: Path, links: Path) -> Mapping[str, str]:
    """The variables of a user who configured pip, with or without uv."""
    programs = [UV] if kind == "uv" and UV else []
    return {
        "PATH": path_with(*programs, at=tmp_path / "programs"),
        "HOME": os.environ["HOME"],
        "PIP_FIND_LINKS": str(links),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PYTHONPATH": "must not reach the environment",
    }


@pytest.mark.parametrize("kind", [pytest.param("uv", marks=WITH_UV), "venv"])
def test_the_project_is_installed_and_tried_in_its_own_environment(
    kind: str, tmp_path: Path, links: Path, project: Path
) -> None:
    told: list[str] = []
    run_first_steps(project, STEPS, told.append, environ_of(kind, tmp_path, links))
    assert (project / "ran").read_text() == str(project / ".venv")
    assert [line.split(":")[0] for line in told[::2]] == [
        "[1/3] environment",
        "[2/3] install",
        "[3/3] try",
    ]
    assert f"made with {kind}" in told[0]
    threads = re.escape(THREADS_VARIABLE)
    assert re.search(rf": {threads}=\d+ \.venv/bin/python -m tiny$", told[4])
    assert "done in" in told[5]


TALKS = {**STEPS, "try": ["-c", "print('epoch 1')"]}


@pytest.mark.parametrize(
    ("options", "heard"),
    [
        pytest.param({}, (False, True), id="as it is"),
        pytest.param({"verbose": True}, (True, True), id="verbose"),
        pytest.param({"quiet": True}, (False, False), id="quiet"),
    ],
)
def test_the_installer_is_heard_only_by_those_who_want_to(
    options: dict[str, bool],
    heard: tuple[bool, bool],
    project: Path,
    request: pytest.FixtureRequest,
    capfd: pytest.CaptureFixture[str],
) -> None:
    environ = environ_of("venv", project.parent, request.getfixturevalue("links"))
    run_first_steps(project, TALKS, lambda _: None, environ, **options)
    out, err = capfd.readouterr()
    assert (out, "tiny" in err, "epoch 1" in err) == ("", *heard)


@pytest.mark.parametrize("kind", [pytest.param("uv", marks=WITH_UV), "venv"])
def test_an_installer_that_fails_is_heard(
    kind: str, tmp_path: Path, links: Path, project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    steps = STEPS | {"install": ["--no-index", "no-such-package"]}
    with pytest.raises(ScaffoldError, match="stopped at: install") as caught:
        run_first_steps(project, steps, lambda _: None, environ_of(kind, tmp_path, links))
    assert "no-such-package" in "\n".join(caught.value.details)
    assert capfd.readouterr().err == ""


def test_what_is_tried_starts_no_more_threads_than_there_are_free_cpus(
    tmp_path: Path, links: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scaffold.host.cpus.count_free_cpus", lambda: 3)
    write = f"import os, pathlib; pathlib.Path('ran').write_text(os.environ['{THREADS_VARIABLE}'])"
    steps = STEPS | {"try": ["-c", write]}
    environ = environ_of("venv", tmp_path, links)
    for given, expected in (({}, "3"), ({THREADS_VARIABLE: "7"}, "7")):
        told: list[str] = []
        run_first_steps(project, steps, told.append, {**environ, **given})
        assert (project / "ran").read_text() == expected
        assert (f" {THREADS_VARIABLE}=3 .venv" in told[4]) == (not given)
        shutil.rmtree(project / ".venv")


def test_what_comes_next_is_what_the_blueprint_says_or_what_was_tried(
    tmp_path: Path, links: Path, project: Path
) -> None:
    steps = {**STEPS, "next": ["tiny --more", "pytest"]}
    told: list[str] = []
    run_first_steps(project, steps, told.append, environ_of("venv", tmp_path, links))
    assert "[3/3] try" in told[-1]  # `next` is no step
    assert list_next_commands(steps) == ["tiny --more", "pytest"]
    assert list_next_commands({**STEPS, "try": ["-c", "1 + 1"]}) == ["python -c '1 + 1'"]


FIRST_RUN = """
first_run:
  install: [--no-index, tiny]
  try: ["-c", "print('epoch 1')"]
  next: ["tiny {{ slug }}"]
"""


def test_the_command_ends_with_what_to_do(tmp_path: Path, links: Path) -> None:
    files = layered()
    files["blueprint.yml"] += FIRST_RUN
    tree(tmp_path / "b", files)
    command = [sys.executable, "-m", "scaffold", "new", "p", "-b", "b", "-d", "project_name=N"]
    done = subprocess.run(
        [*command, "--defaults", "--first-run"],
        cwd=tmp_path,
        env={**os.environ, **environ_of("venv", tmp_path, links), "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.endswith("\n  cd p\n  source .venv/bin/activate\n  tiny n\n")
    told = [line for line in WAITING.sub("", done.stderr).splitlines() if line[:1] != "["]
    assert (told[0], told[-1]) == (f"{tmp_path / 'p'} is made", "epoch 1")


def test_steps_that_are_no_lists_are_refused(tmp_path: Path) -> None:
    files = layered()
    files["blueprint.yml"] += "first_run: {install: -e .}\n"
    tree(tmp_path / "b", files)
    with pytest.raises(ScaffoldError, match="first_run does not list the words"):
        create(tmp_path / "p", str(tmp_path / "b"), Inputs(defaults=True))
    assert not (tmp_path / "p").exists()


@pytest.mark.skipif(find_spec("pip") is None, reason="this Python has no pip to install with")
def test_a_python_without_ensurepip_gets_a_new_environment_all_the_same(
    tmp_path: Path, links: Path
) -> None:
    """Debian's Python without python3-venv refuses to make one that has a pip."""
    tree(tmp_path, {"made/bin/pip": "of an older environment"})
    python = tmp_path / "python3"
    refuse = 'case "$*" in *--without-pip*) ;; "-m venv"*) exit 1 ;; esac\n'
    python.write_text(f'#!/bin/sh\n{refuse}exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    environ = environ_of("venv", tmp_path, links)
    made = make_environment(tmp_path / "made", environ, str(python))
    assert not (tmp_path / "made" / "bin" / "pip").exists()
    subprocess.run([*made.install, "--no-index", "tiny"], env=made.environ, check=True)
    subprocess.run([made.python, "-m", "tiny"], env=made.environ, cwd=tmp_path, check=True)
    assert (tmp_path / "ran").read_text() == str(tmp_path / "made")


def test_no_installer_at_all_is_said(tmp_path: Path, links: Path) -> None:
    environ = environ_of("venv", tmp_path, links)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    bare = str(get_python_path(tmp_path / "bare"))
    with pytest.raises(ScaffoldError, match="neither uv nor pip") as caught:
        open_environment(tmp_path / "bare", environ, bare)
    assert "apt install python3-pip" in caught.value.hint


@pytest.mark.parametrize("kind", [pytest.param("uv", marks=WITH_UV), "venv"])
def test_a_step_that_fails_names_the_command_and_leaves_the_project(
    kind: str, tmp_path: Path, links: Path, project: Path
) -> None:
    tree(project, {"mine.txt": "kept"})
    steps = STEPS | {"try": ["-c", "raise SystemExit(3)"], "never": ["-m", "tiny"]}
    with pytest.raises(ScaffoldError, match="stopped at: try") as caught:
        run_first_steps(project, steps, lambda _: None, environ_of(kind, tmp_path, links))
    assert (project / "mine.txt").read_text() == "kept"
    assert not (project / "ran").exists()
    again = caught.value.hint.removeprefix("To repeat it: ")
    assert subprocess.run(again, shell=True, check=False).returncode == 3


def test_an_environment_that_is_there_is_not_touched(project: Path) -> None:
    tree(project, {".venv/pyvenv.cfg": "mine"})
    with pytest.raises(ScaffoldError, match="exists already"):
        run_first_steps(project, STEPS, lambda _: None)
    assert (project / ".venv/pyvenv.cfg").read_text() == "mine"


def test_a_blueprint_without_a_first_run_is_said(project: Path) -> None:
    with pytest.raises(ScaffoldError, match="defines no first run"):
        run_first_steps(project, {}, lambda _: None)


def test_an_interpreter_that_cannot_run_is_said(tmp_path: Path, links: Path) -> None:
    environ = environ_of("venv", tmp_path, links)
    with pytest.raises(ScaffoldError, match="cannot be run"):
        make_environment(tmp_path / "made", environ, str(tmp_path / "no-python"))


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        pytest.param(
            {"PIP_INDEX_URL": "https://one", "PIP_FIND_LINKS": "a b"},
            {"UV_DEFAULT_INDEX": "https://one", "UV_FIND_LINKS": "a,b"},
            id="pip's names",
        ),
        pytest.param(
            {"PIP_INDEX_URL": "https://one", "UV_INDEX": "https://two"},
            {"UV_INDEX": "https://two"},
            id="uv's own index wins",
        ),
        pytest.param(
            {"PIP_EXTRA_INDEX_URL": "https://extra"},
            {"UV_INDEX": "https://extra", "UV_INDEX_STRATEGY": "unsafe-best-match"},
            id="an extra index",
        ),
        pytest.param({"PIP_CONSTRAINT": "c.txt"}, {"UV_CONSTRAINT": "c.txt"}, id="constraints"),
        pytest.param({}, {}, id="nothing"),
    ],
)
def test_pips_settings_reach_uv(variables: dict[str, str], expected: dict[str, str]) -> None:
    environ = variables | {"PIP_CONFIG_FILE": os.devnull}
    settings = _add_uv_settings(environ)
    assert {k: v for k, v in settings.items() if k.startswith("UV_")} == expected


def test_pips_configuration_files_reach_uv(home: Path, tmp_path: Path) -> None:
    text = "[global]\nindex-url = https://one\nfind-links =\n  a\n  b\n[install]\nconstraint = c\n"
    tree(home, {".config/pip/pip.conf": text})
    own = tree(tmp_path, {"own.conf": "[global]\nindex-url = https://two\n"}) / "own.conf"
    environ = {"HOME": str(home), "PIP_CONFIG_FILE": str(own)}
    settings = _add_uv_settings(environ)
    assert settings["UV_DEFAULT_INDEX"] == "https://two"
    assert settings["UV_FIND_LINKS"] == "a,b"
    assert settings["UV_CONSTRAINT"] == "c"
    assert _add_uv_settings({**environ, "UV_DEFAULT_INDEX": "x"})["UV_DEFAULT_INDEX"] == "x"


def test_a_damaged_configuration_file_of_pip_is_left_to_pip(home: Path) -> None:
    tree(home, {".config/pip/pip.conf": "no section\n"})
    assert "UV_DEFAULT_INDEX" not in _add_uv_settings({"HOME": str(home)})
