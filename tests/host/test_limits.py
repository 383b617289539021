"""What a foreign blueprint may take of the machine: time, memory, files, and what it may leave."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from packaging.version import Version
from tools.terminal import ENTER, Terminal

from scaffold import Inputs, UpdateOptions, check, create, show, update
from scaffold.errors import AnswersError, ScaffoldError, UsageError
from scaffold.host.limits import MAX_YAML_DEPTH, Limits, SpentTime, enforce_limits, refuse_oversized
from scaffold.host.yaml import refuse_deep_yaml
from scaffold.operations.answers import make_answers_file
from scaffold.render import child

from ..helpers.blueprints_on_disk import repository
from ..helpers.factories import Files, tree

LIMITS = {"SECONDS": 1, "MEMORY": 100, "SIZE": 2, "FILES": 50}
ENDLESS = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
REGEX = "{{ ('a' * 40 ~ 'b')|regex_search('(a+)+$') }}"
HUGE = "{{ 'x' * 1000000000 }}"
GROWING = (
    "{% set n = namespace(x='x') %}{% for a in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}"
)
DEEP = "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}"
ITSELF = "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"
RANGE = "{{ range(10000000000)|list }}"


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in LIMITS.items():
        monkeypatch.setenv(f"SCAFFOLD_RENDER_{name}", str(value))


@pytest.fixture
def _endless_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave CPU time as the only limit of time: on a busy machine the clock's is reached first."""
    monkeypatch.setattr(Limits, "clock", 10_000)


@pytest.fixture(autouse=True)
def _leaves_nothing(tmp_path: Path, home: Path) -> Iterator[None]:
    before = set(_children(os.getpid()))
    yield
    assert not list((home / ".cache/scaffold/new").glob("*"))
    assert not set(_children(os.getpid())) - before
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".scaffold")]


def _children(pid: int) -> list[int]:
    """The processes that a process started and that still run."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
        except (OSError, ValueError):
            continue
        if int(parent) == pid and state != "Z":
            found.append(int(folder.name))
    return found


def _new(tmp_path: Path, files: Files) -> None:
    source = tree(tmp_path / "b", {"copier.yml": "", "ok.txt": "", **files})
    create(tmp_path / "p", str(source), Inputs(defaults=True), start_git=False)


def _question(**settings: object) -> Files:
    question = {"type": "str", "default": "a", **settings}
    return {"copier.yml": json.dumps({"q": question})}


def _settings(**settings: object) -> Files:
    return {"copier.yml": json.dumps({f"_{key}": value for key, value in settings.items()})}


SECONDS = "takes more than 1 seconds of CPU time"
MEMORY = "takes more than 100 MiB of memory"
FILES = "takes more than 50 files and folders"
SIZE = "takes more than 2 MiB on disk"
NESTED = "nested too deeply|RecursionError"
ATTACKS: dict[str, tuple[Files, str]] = {
    "file, endless": ({"x.jinja": ENDLESS}, SECONDS),
    "file, regex": ({"x.jinja": REGEX}, SECONDS),
    "file, huge": ({"x.jinja": HUGE}, MEMORY),
    "file, growing": ({"x.jinja": GROWING}, MEMORY),
    "file, range": ({"x.jinja": RANGE}, "Range too big"),
    "file, deep": ({"x.jinja": DEEP}, NESTED),
    "file, itself": ({"x.jinja": ITSELF}, NESTED),
    "file, includes itself": ({"x.jinja": "{% include 'x.jinja' %}"}, NESTED),
    "file, long": ({"x": "x" * 3_000_000}, SIZE),
    "files, long": ({f"x{n}": "x" * 300_000 for n in range(10)}, SIZE),
    "files, many": ({f"x{n}": "" for n in range(60)}, FILES),
    "folders, many": ({f"x{n}/y": "" for n in range(30)}, FILES),
    "files, made": ({"{% yield n from range(99999) %}{{ n }}{% endyield %}": "x"}, FILES),
    "name, endless": ({ENDLESS: ""}, SECONDS),
    "name, regex": ({REGEX + ".jinja": ""}, SECONDS),
    "default, endless": (_question(default=ENDLESS), SECONDS),
    "default, regex": (_question(default=REGEX), SECONDS),
    "default, huge": (_question(default=HUGE), MEMORY),
    "default, growing": (_question(default=GROWING), MEMORY),
    "default, long": (_question(default="{{ 'x' * 2000000 }}"), "comes to 2,000,000 characters"),
    "default, range": (_question(default=RANGE), "Range too big"),
    "default, deep": (_question(default=DEEP), NESTED),
    "default, itself": (_question(default=ITSELF), NESTED),
    "validator": (_question(validator=HUGE), MEMORY),
    "validator, endless": (_question(validator=ENDLESS), SECONDS),
    "when": (_question(when=HUGE), MEMORY),
    "type": (_question(type=HUGE), MEMORY),
    "choices": (_question(choices=HUGE), MEMORY),
    "title of a choice": (_question(choices=[[HUGE, "a"]]), MEMORY),
    "value of a choice": (_question(choices=[HUGE]), MEMORY),
    "choice that is disabled": (
        _question(choices={"A": {"value": "a", "validator": HUGE}}),
        MEMORY,
    ),
    "message": (_settings(message_after_copy=HUGE), MEMORY),
    "exclude": (_settings(exclude=[HUGE]), MEMORY),
    "skip": (_settings(skip_if_exists=[HUGE]), MEMORY),
    "subdirectory": (_settings(subdirectory=HUGE), MEMORY),
    "record": (_settings(answers_file=HUGE), MEMORY),
    "external data": (
        {"copier.yml": f'_external_data: {{d: "{HUGE}"}}\n', "x.jinja": "{{ _external_data.d }}"},
        MEMORY,
    ),
}


@pytest.mark.usefixtures("_endless_clock")
@pytest.mark.parametrize(("files", "why"), ATTACKS.values(), ids=ATTACKS)
def test_a_blueprint_takes_only_so_much(tmp_path: Path, files: Files, why: str) -> None:
    with pytest.raises(ScaffoldError, match=why) as caught:
        _new(tmp_path, files)
    assert caught.value.exit_code == 1
    assert not (tmp_path / "p").exists()
    names = {SECONDS: "SECONDS=4", MEMORY: "MEMORY=400", FILES: "FILES=200", SIZE: "SIZE=8"}
    if why in names:
        assert f"allow more: SCAFFOLD_RENDER_{names[why]}" in caught.value.hint


@pytest.mark.parametrize("raised", [{"MEMORY": 400}, {"FILES": 200}, {"SIZE": 8}], ids=str)
def test_the_variable_that_is_named_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raised: dict[str, int]
) -> None:
    name, value = next(iter(raised.items()))
    files: dict[str, Files] = {
        "MEMORY": {"x.jinja": "{{ ('x' * 150000000)|length }}"},
        "FILES": {f"x{n}": "" for n in range(60)},
        "SIZE": {"x": "x" * 3_000_000},
    }
    with pytest.raises(ScaffoldError):
        _new(tmp_path, files[name])
    monkeypatch.setenv(f"SCAFFOLD_RENDER_{name}", str(value))
    _new(tmp_path, files[name])
    assert (tmp_path / "p/ok.txt").is_file()


# ---------------------------------------------------------------- YAML

LETTERS = "abcdefghij"
LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in pairwise(LETTERS)
)
MERGED = "a: &a {x: 1, y: 2}\n" + "".join(
    f"{new}: &{new}\n  <<: [{', '.join([f'*{old}'] * 9)}]\n" for old, new in pairwise(LETTERS)
)
FLOW = "a: " + "[" * 60_000 + "]" * 60_000 + "\n"
BLOCK = "a:\n" + "".join(" " * depth + "-\n" for depth in range(1, 900))
CONFIGS = {
    "laughs": (LAUGHS, "holds more than 200,000 values"),
    "itself": ("a: &a [*a]\n", "holds more than 200,000 values|levels deep"),
    "deep lists": (FLOW, "levels deep"),
    "deep mappings": (FLOW.replace("[", "{a: ").replace("]", "}"), "levels deep"),
    "deep blocks": (BLOCK, "levels deep"),
    "long number": ("a: " + "1:" * 20_000 + "1\n", "a number of more than 4,096 bits"),
    "long text": ("a: " + "x" * 60_000_000 + "\n", MEMORY),
    "includes itself": ("--- !include copier.yml\n", "includes itself"),
    "code": ("a: !!python/object/apply:os.system ['touch canary']\n", "constructor"),
    "marks": ("_envops: {block_start_string: 1}\n", "_envops are wrong"),
    "one mark": ("_envops: {block_start_string: a, variable_start_string: a}\n", "be different"),
    "an object": ("_envops: {bytecode_cache: x}\n", "bytecode_cache cannot be set"),
}
if Version(yaml.__version__) < Version("6.0.4"):  # later ones merge in no time
    CONFIGS["merged"] = (MERGED, f"{SECONDS}|{MEMORY}")  # whichever comes first


@pytest.mark.usefixtures("_endless_clock")
@pytest.mark.parametrize(("config", "why"), CONFIGS.values(), ids=CONFIGS)
def test_questions_are_read_within_bounds(tmp_path: Path, config: str, why: str) -> None:
    source = tree(tmp_path / "b", {"copier.yml": config, "ok.txt": ""})
    with pytest.raises(ScaffoldError, match=why) as caught:
        show(str(source))
    assert caught.value.exit_code == 1
    with pytest.raises(ScaffoldError, match=why):
        create(tmp_path / "p", str(source), Inputs(defaults=True))


@pytest.mark.parametrize("name", ["blueprint.yml", "layers/base/layer.yml"])
@pytest.mark.parametrize("text", [LAUGHS, FLOW, BLOCK], ids=["laughs", "flow", "block"])
def test_what_describes_a_layered_blueprint_is_too(tmp_path: Path, name: str, text: str) -> None:
    layers = {"blueprint.yml": "title: x\n", "layers/base/layer.yml": "title: x\n"}
    with pytest.raises(ScaffoldError, match=r"levels deep|holds more"):
        _new(tmp_path, {**layers, "layers/base/x": "", name: text})


@pytest.mark.usefixtures("_endless_clock")
@pytest.mark.parametrize("name", sorted({"laughs", "deep lists", "merged"} & CONFIGS.keys()))
def test_a_record_is_too(tmp_path: Path, name: str) -> None:
    text, why = CONFIGS[name]
    record = f"_src_path: builtin:lightning\n_commit: 1.5.0\n{text}"
    [found] = check([tree(tmp_path / "p", {".copier-answers.yml": record})])
    assert re.search(why, found.problem)


def test_an_answers_file_is_too(tmp_path: Path) -> None:
    tree(tmp_path, {"b/copier.yml": "a: {type: yaml, default: 1}\n", "answers.yml": FLOW})
    with pytest.raises(AnswersError) as caught:
        create(tmp_path / "p", str(tmp_path / "b"), Inputs(files=[tmp_path / "answers.yml"]))
    assert "nested too deeply" in caught.value.details[0]


def test_a_rendered_file_that_crashes_its_parser_ends_only_the_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCAFFOLD_RENDER_SECONDS", "20")
    monkeypatch.setenv("SCAFFOLD_RENDER_MEMORY", "1000")
    layers = {"blueprint.yml": "title: x\n", "layers/base/layer.yml": "title: x\n"}
    with pytest.raises(ScaffoldError, match=r"ended with signal|would not be valid") as caught:
        _new(tmp_path, {**layers, "copier.yml": "{}", "layers/base/x.yml": FLOW})
    assert caught.value.hint


@pytest.mark.parametrize("depth", [MAX_YAML_DEPTH - 1, MAX_YAML_DEPTH + 2])
def test_as_much_as_people_write_is_read(depth: int) -> None:
    text = "[" * depth + "]" * depth
    fine = (
        nullcontext()
        if depth < MAX_YAML_DEPTH
        else pytest.raises(ScaffoldError, match="levels deep")
    )
    with fine:
        refuse_deep_yaml(text, "it")
    with fine:
        refuse_oversized(json.loads(text), "it")


# ---------------------------------------------------------------- other commands


def test_a_commented_answers_file_is_made_within_bounds(tmp_path: Path) -> None:
    source = tree(tmp_path / "b", dict(_question(default=HUGE)))
    with pytest.raises(ScaffoldError, match=MEMORY):
        make_answers_file(str(source))


@pytest.mark.parametrize("key", ["default", "help", "when", "type", "choices", "multiline"])
def test_showing_a_blueprint_evaluates_nothing(tmp_path: Path, key: str) -> None:
    question = {"type": "str", key: ENDLESS}
    source = tree(tmp_path / "b", {"copier.yml": json.dumps({"q": question})})
    assert "q" in show(str(source)).schema["properties"]


@pytest.mark.parametrize(
    "bad", [{"x.jinja": HUGE}, _question(default=HUGE)], ids=["file", "default"]
)
def test_an_update_takes_only_so_much(tmp_path: Path, bad: Files) -> None:
    good = {
        "copier.yml": "",
        "{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers|to_yaml }}",
    }
    texts = {name: str(text) for name, text in bad.items()}
    source = repository(tmp_path / "s", {"v1.0.0": good, "v2.0.0": {**good, **texts}})
    create(tmp_path / "p", str(source), Inputs(defaults=True), version="v1.0.0")
    before = (tmp_path / "p/.copier-answers.yml").read_bytes()
    with pytest.raises(ScaffoldError, match=MEMORY):
        update(tmp_path / "p", Inputs(defaults=True), UpdateOptions())
    assert (tmp_path / "p/.copier-answers.yml").read_bytes() == before


@pytest.mark.usefixtures("_endless_clock")
def test_expressions_share_one_time(tmp_path: Path) -> None:
    slow = "{% for a in range(99999) %}{% for b in range(99) %}{% endfor %}{% endfor %}"
    questions = {f"q{n}": {"type": "str", "default": slow} for n in range(40)}
    with pytest.raises(ScaffoldError, match=SECONDS):
        _new(tmp_path, {"copier.yml": json.dumps(questions)})


# ---------------------------------------------------------------- the limits themselves


@pytest.mark.parametrize("text", ["0", "-1", "x", "1.5", "1e3", "٣"])
def test_a_limit_must_be_a_whole_number(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("SCAFFOLD_RENDER_FILES", text)
    with pytest.raises(UsageError, match="SCAFFOLD_RENDER_FILES is"):
        Limits.from_environ()


def test_a_limit_may_be_as_large_as_anybody_likes(tmp_path: Path) -> None:
    huge = {f"SCAFFOLD_RENDER_{name}": "9" * 30 for name in LIMITS}
    assert Limits.from_environ(huge).files > 10**9


@pytest.mark.usefixtures("_endless_clock")
def test_limits_are_as_before_afterwards() -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_AS), signal.getsignal(signal.SIGPROF)
    with pytest.raises(ScaffoldError, match="it takes more than 1 seconds"), enforce_limits("it"):
        while True:
            pass
    assert (resource.getrlimit(resource.RLIMIT_AS), signal.getsignal(signal.SIGPROF)) == before
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)


@pytest.mark.usefixtures("_endless_clock")
@pytest.mark.parametrize(
    ("files", "why"),
    [({"x.jinja": ENDLESS}, SECONDS), ({"x.jinja": HUGE}, MEMORY), ({"ok": ""}, "")],
    ids=["endless", "huge", "fine"],
)
def test_where_a_process_cannot_be_copied_a_new_one_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: Files, why: str
) -> None:
    monkeypatch.setattr(child, "_can_fork", lambda: False)
    if not why:
        _new(tmp_path, files)
        return
    with pytest.raises(ScaffoldError, match=why):
        _new(tmp_path, files)


# ---------------------------------------------------------------- killed


def _start(tmp_path: Path, **limits: str) -> tuple[subprocess.Popen[bytes], int]:
    """A `new` that renders without end, and its child."""
    tree(tmp_path / "b", {"copier.yml": "", "x.jinja": ENDLESS})
    command = [sys.executable, "-m", "scaffold", "new", "p", "-b", "b", "--defaults"]
    env = {**os.environ, "SCAFFOLD_RENDER_SECONDS": "30", **limits}
    running = subprocess.Popen(
        command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if found := _children(running.pid):
            return running, found[0]
        time.sleep(0.02)
    raise AssertionError("no child was seen")


def _is_gone(pid: int) -> bool:
    """Whether a process ends soon."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return True
        if stat.rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_whoever_ends_the_command_ends_its_child(
    tmp_path: Path, home: Path, sign: signal.Signals
) -> None:
    running, child_pid = _start(tmp_path)
    running.send_signal(sign)
    said, _ = running.communicate(timeout=20)
    assert running.returncode == (-sign if sign == signal.SIGKILL else 130), said
    assert _is_gone(child_pid)
    assert not (tmp_path / "p").exists()
    left = list((home / ".cache/scaffold/new").iterdir())
    assert len(left) == (1 if sign == signal.SIGKILL else 0)
    if left:  # the next one clears what a kill left
        tree(tmp_path / "good", {"copier.yml": "", "x": ""})
        create(tmp_path / "p", str(tmp_path / "good"), Inputs(defaults=True))


WITHOUT_CLOCK = """
from scaffold.cli import main
from scaffold.host.limits import Limits
Limits.clock = 10_000
main()
"""


@pytest.mark.parametrize("key", ["validator", "help", "placeholder", "default"])
def test_a_prompt_ends_within_its_time(tmp_path: Path, key: str) -> None:
    question = {"type": "str", "help": "First", **({key: REGEX})}
    tree(tmp_path / "b", {"copier.yml": json.dumps({"q": question}), "x": ""})
    limits = {f"SCAFFOLD_RENDER_{name}": str(value) for name, value in LIMITS.items()}
    program = (sys.executable, "-c", WITHOUT_CLOCK, "new", "p", "-b", "b")
    terminal = Terminal(program, tmp_path, columns=120, env=limits)
    try:
        if key == "validator":
            terminal.sees("First")
            terminal.types("x", ENTER)
        assert terminal.ends() == 1
        assert SECONDS in terminal.history()
        assert not (tmp_path / "p").exists()
    finally:
        terminal.closes()


def test_the_clock_counts_where_cpu_time_hardly_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCAFFOLD_RENDER_SECONDS", "100")
    spent, started = SpentTime(clock=3), time.monotonic()
    with enforce_limits("one", spent):
        time.sleep(0.2)
    assert 3.2 <= spent.clock <= 3 + time.monotonic() - started
    spent.clock = 399.9  # of 400 seconds, four for each second of CPU time
    with (
        pytest.raises(ScaffoldError, match=r"the other takes more than 400 seconds$"),
        enforce_limits("the other", spent),
    ):
        time.sleep(30)


@pytest.mark.parametrize("interval", [0.0, 0.02], ids=["none", "another"])
def test_the_clock_shares_its_timer(monkeypatch: pytest.MonkeyPatch, interval: float) -> None:
    monkeypatch.setenv("SCAFFOLD_RENDER_SECONDS", "100")
    ticks: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda number, _frame: ticks.append(number))
    signal.setitimer(signal.ITIMER_REAL, interval, interval)
    try:
        with enforce_limits("it"):
            time.sleep(0.1)
        inside = len(ticks)
        with (
            pytest.raises(ScaffoldError, match="more than 400 seconds"),
            enforce_limits("it", SpentTime(0, 400)),
        ):
            time.sleep(30)
        time.sleep(0.1)
        assert bool(inside) is bool(interval)
        assert bool(any(signal.getitimer(signal.ITIMER_REAL))) is bool(interval)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
