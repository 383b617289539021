"""A bug: exit code 70, the next step, and a log that can be pasted: nothing in it is secret."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scaffold.cli.main import run

from ..helpers.blueprints_on_disk import tree

SECRET, TYPED, VARIABLE = "s3cret-of-a-file", "typed in the open", "of-the-environment"
TEMPLATE = {
    "copier.yml": "name: {type: str, default: x}\n"
    "also: {type: str, default: x}\n"
    "token: {type: str, default: none, secret: true}\n"
    "last: {type: str, default: '{{ token|reverse }}'}\n",
    "hello.txt.jinja": "{{ name }}\n",
}
# A `scaffold` with a bug: what is named first raises the error whose text tells what it was given.
BROKEN = """
import importlib, sys
module, name = sys.argv[1].split(":")
def broken(*given, **more):
    known = [value for value in given if type(value).__name__ == "Answers"]
    secret = known[0].values["token"] if known else "nothing"
    raise RuntimeError(f"no {secret}, {sys.argv[2:]!r}, https://me:hunter2@example.org/x")
setattr(importlib.import_module(module), name, broken)
sys.argv[1:] = sys.argv[2:]
from scaffold.cli import main
main()
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tree(tmp_path / "s", TEMPLATE)


def broken(
    what: str, *words: object, cwd: Path, **environ: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", BROKEN, what, *map(str, words)],
        cwd=cwd,
        env={**os.environ, "TMPDIR": str(cwd / "logs"), **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def log_in(told: str) -> Path:
    """The log that the next step names."""
    found = re.search(r"^next: Report it with the log in (.+)$", told, re.M)
    assert found, told
    return Path(found.group(1))


def test_a_bug_leaves_a_log_that_holds_no_secret(tmp_path: Path, source: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "a.yml").write_text(f"token: {SECRET}\n")
    words = ["new", "p", "-b", source, "--defaults", "-a", "a.yml", "-d", f"name={TYPED}"]
    done = broken(
        "scaffold.render:render_blueprint", *words, cwd=tmp_path, SCAFFOLD_DATA_ALSO=VARIABLE
    )
    assert (done.returncode, done.stdout) == (70, "")
    first, following = done.stderr.splitlines()
    assert first.startswith("error: scaffold has a bug: RuntimeError: no …, ")
    log = log_in(following)
    text = log.read_text(encoding="utf-8")
    assert re.search(r"^scaffold-ml \d+\.\d+\.\d+$", text, re.M)
    assert re.search(r"^C?Python 3\.\d+\.\d+ at ", text, re.M)
    assert re.search(r"^git version \d", text, re.M)
    assert re.search(r"^copier \d", text, re.M)
    assert f"command: scaffold new p -b {source} --defaults -a a.yml -d 'name=…'" in text
    assert "Traceback (most recent call last):" in text
    assert re.search(r'File ".*new\.py", line \d+, in ', text)
    for secret in (SECRET, TYPED, VARIABLE, "hunter2"):
        assert secret not in text + done.stderr
    assert not (tmp_path / "p").exists()
    assert [path.name for path in (tmp_path / "logs").iterdir()] == [log.name]


def test_where_no_log_can_be_written_all_of_it_is_told(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fails() -> None:
        raise LookupError("a\x1b[2J")

    with monkeypatch.context() as patch:
        patch.setattr("tempfile.tempdir", "/nowhere")
        patch.setattr("scaffold.operations.catalog.list_builtin_names", fails)
        assert run(["list"]) == 70
    told = capfd.readouterr().err
    assert "Traceback (most recent call last):" in told
    assert told.splitlines()[-1] == "next: Report it with the text above."
    assert "\x1b" not in told


@pytest.mark.parametrize(
    "words",
    [
        ["-d", f"token={SECRET}"],
        [f"--data=token={SECRET}"],
        [f"-dtoken={SECRET}"],
        ["-a", "a.yml"],
        ["-a", "short.yml"],
    ],
    ids=" ".join,
)
def test_a_secret_answer_is_hidden_before_all_questions_are_answered(
    words: list[str],
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def fails(_: object) -> None:
        raise RuntimeError(f"after {SECRET!r} and 'q7'")

    (tmp_path / "a.yml").write_text(f"token: {SECRET}\n")
    (tmp_path / "short.yml").write_text("token: q7\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("scaffold.questions.resolver.Resolver.run", fails)
    assert run(["new", "p", "-b", str(source), "--defaults", *words]) == 70
    told = capfd.readouterr().err
    log = log_in(told)
    hidden = "'q7'" if "short.yml" in words else SECRET
    assert "after" in told
    assert hidden not in told + log.read_text(encoding="utf-8")
