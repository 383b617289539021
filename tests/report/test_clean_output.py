"""Nothing that a blueprint, a server or a file name holds can steer a terminal.

The bytes are looked at that the real command writes, without a terminal and with one.
"""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tools.terminal import ENTER, SCAFFOLD, Terminal

from scaffold.cli.main import run
from scaffold.report.text import quote_for_shell

from ..helpers.blueprints_on_disk import repository, run_git
from ..helpers.factories import Files, tree

COLOUR, CLIPBOARD, TITLE = "\x1b[31mred", "\x1b]52;c;aGVsbG8=\x07", "\x1b]0;owned\x07"
C1, BIDI, BACK = "\x9b31m\x9d0;x\x9c\x85", "\u202eevil\u2066\u202a\u2069", "\rgone\x08\x7f\x0c\x0b"
BAD = f"a{COLOUR}{CLIPBOARD}{TITLE}{C1}{BIDI}{BACK}\u2028z"
NAME = BAD.replace("/", "")
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
ESCAPED = re.compile("\N{REPLACEMENT CHARACTER}" r"|\\(x1b|u001b|x9b)")
NEW = ("new", "p", "-b", "b", "--defaults")
RECORD = "{{ _copier_conf.answers_file }}.jinja"


def _text(value: object) -> str:
    return json.dumps(value)


def _q(**settings: object) -> Files:
    question = {"type": "str", "default": "a", **settings}
    return {"copier.yml": _text({"q": question}), "ok.jinja": "{{ q }}"}


def _config(**settings: object) -> Files:
    return {"copier.yml": _text({f"_{key}": value for key, value in settings.items()}), "ok": ""}


MANDATORY = f"{{{{ nothing|mandatory('{BAD}') }}}}"
LAYER = {"layers/base/layer.yml": "title: x\n", "layers/base/x": ""}
CHOICES = _q(help=BAD, choices={BAD: "a", BAD + "2": BAD}, default=BAD)
DEFAULT = _q(help=BAD, default=BAD, placeholder=BAD)
NAMED: Files = {"copier.yml": _text({NAME: {"type": "str", "default": "x", "help": "h"}}), "ok": ""}
FAILING: Files = {"copier.yml": "", f"{NAME}.jinja": "{{ 1 / 0 }}"}
ABOUT: Files = {
    "copier.yml": _text({"t": {"type": "str", "default": "a"}}),
    "blueprint.yml": _text({"title": BAD, "description": BAD, "version": BAD}),
    "layers/t/a/layer.yml": _text({"title": BAD, "help": BAD}),
    "layers/t/a/y": "",
    **LAYER,
}
SHOW: dict[str, tuple[str, ...]] = {
    "show": ("show", "b"),
    "show, JSON": ("show", "b", "--json"),
    "schema": ("show", "b", "--schema"),
    "answers, JSON": ("answers", "b", "--json"),
}
MADE = {"explained": (*NEW, "--explain-answers"), "JSON": (*NEW, "--json")}
ANSWERS = ("answers", "b")
WRONG = ("new", "p", "-b", "b", "-d", "q=none of them")
EXTERNAL: Files = {
    "copier.yml": _text({"_external_data": {"d": f"../{BAD}"}}),
    "x.jinja": "{{ _external_data.d }}",
}
CASES: dict[str, tuple[Files, tuple[str, ...]]] = {
    **{f"choices, {name}": (CHOICES, words) for name, words in {**SHOW, **MADE}.items()},
    **{f"default, {name}": (DEFAULT, words) for name, words in {**SHOW, **MADE}.items()},
    **{f"name, {name}": (NAMED, words) for name, words in {**SHOW, **MADE}.items()},
    **{f"about, {name}": (ABOUT, words) for name, words in SHOW.items()},
    "choices, answers": (CHOICES, ANSWERS),
    "default, answers": (DEFAULT, ANSWERS),
    "about, answers": (ABOUT, ANSWERS),
    "choices, wrong answer": (CHOICES, WRONG),
    "name, wrong answer": (NAMED, WRONG),
    "file, dry": ({"copier.yml": "", NAME: ""}, (*NEW, "--dry-run")),
    "file, JSON": ({"copier.yml": "", NAME: ""}, (*NEW, "--json")),
    "file, failing": (FAILING, NEW),
    "file, failing, JSON": (FAILING, (*NEW, "--json")),
    "condition": (_q(when=BAD), ("show", "b")),
    "validator": (_q(validator=BAD), NEW),
    "message": (_config(message_after_copy=BAD, message_before_copy=BAD), NEW),
    "message, JSON": (_config(message_after_copy=BAD), (*NEW, "--json")),
    "Jinja in a file": ({"copier.yml": "", "x.jinja": MANDATORY}, NEW),
    "Jinja in a question": (_q(default=MANDATORY), NEW),
    "tasks": (_config(tasks=[BAD, ["a", BAD]]), NEW),
    "failing task": (_config(tasks=[f"false '{NAME}'"]), (*NEW, "--trust")),
    "extensions": (_config(jinja_extensions=[BAD]), NEW),
    "subdirectory": (_config(subdirectory=BAD), NEW),
    "options of Jinja": (_config(envops={BAD: 1}), NEW),
    "external data": (EXTERNAL, NEW),
    "address": ({}, ("new", "p", "--defaults", f"-b=https://127.0.0.1:1/{NAME}.git")),
    "destination": (_q(), ("new", f"p{NAME}", "-b", "b", "--defaults")),
    "version": (_q(), (*NEW, "--to", BAD)),
    "answer": (_q(), ("new", "p", "-b", "b", "-d", f"{BAD}={BAD}")),
    "recorded source": (
        {".copier-answers.yml": _text({"_src_path": f"/{BAD}", "_commit": BAD})},
        ("check", "b"),
    ),
}


@pytest.mark.parametrize(("files", "words"), CASES.values(), ids=CASES)
def test_no_command_passes_it_on(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
    files: Files,
    words: tuple[str, ...],
) -> None:
    tree(tmp_path / "b", files)
    monkeypatch.chdir(tmp_path)
    code = run(list(words))
    out, err = capfdbinary.readouterr()
    assert code in (0, 1, 2), err
    _is_clean(out + err)
    assert ESCAPED.search((out + err).decode()), "what would steer is not among what is told"
    if "--json" in words or "--schema" in words:
        json.loads(out)


def _is_clean(said: bytes) -> None:
    text = said.decode("utf-8", "surrogateescape")
    found = STEERING.findall(text)
    assert not found, text
    assert not re.search("[\ud800-\udfff]", text)


def test_a_name_that_is_no_text_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    tree(tmp_path / "b", {"copier.yml": "", "x\udc9b\udcffx": ""})
    monkeypatch.chdir(tmp_path)
    assert run([*NEW, "--dry-run"]) == 0
    assert rb"x\udc9b\udcffx" in capfdbinary.readouterr().out


def test_the_check_sees_it() -> None:
    for part in (COLOUR, CLIPBOARD, C1, BIDI, BACK):
        with pytest.raises(AssertionError):
            _is_clean(part.encode())


def test_json_still_says_what_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    tree(tmp_path / "b", {"copier.yml": "", NAME: ""})
    monkeypatch.chdir(tmp_path)
    assert run([*NEW, "--json"]) == 0
    [file] = json.loads(capfd.readouterr().out)["files"]
    assert file["path"] == NAME.replace("\r", "\n")  # as Jinja has it


# ---------------------------------------------------------------- forged lines

FORGED = "data\n\nerror: run this\n  note: and this\u202e\x1b[31m"
FORGING: Files = {
    "copier.yml": _text({"q": {"type": "str", "default": FORGED, "choices": {FORGED: FORGED}}}),
    FORGED: "",
}


def _forged_lines(said: bytes) -> list[str]:
    lines = said.decode().splitlines()
    return [line for line in lines if line.strip().startswith(("error: run", "note: and"))]


@pytest.mark.parametrize(
    ("files", "words"),
    {
        "dry run": ({"copier.yml": "", FORGED: ""}, (*NEW, "--dry-run")),
        "failing": ({"copier.yml": "", f"{FORGED}.jinja": "{{ 1 / 0 }}"}, NEW),
        "shown": (FORGING, ("show", "b")),
        "destination": ({"copier.yml": "", "x": ""}, ("new", FORGED, "-b", "b", "--defaults")),
        "version": ({"copier.yml": "", "x": ""}, (*NEW, "--to", FORGED)),
        "answer": (_q(), ("new", "p", "-b", "b", "-d", f"{FORGED}={FORGED}")),
        "explained": (_q(default=FORGED), (*NEW, "--explain-answers")),
        "tasks": (_config(tasks=[FORGED]), NEW),
        "project": ({}, ("check", FORGED)),
        "record": (
            {".copier-answers.yml": _text({"_src_path": f"/{FORGED}", "_commit": FORGED})},
            ("check", "b"),
        ),
    }.values(),
)
def test_no_name_forges_a_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
    files: Files,
    words: tuple[str, ...],
) -> None:
    tree(tmp_path / "b", files)
    monkeypatch.chdir(tmp_path)
    assert run(list(words)) in (0, 1, 2)
    said = b"".join(capfdbinary.readouterr())
    assert b"data\\n\\nerror: run this" in said
    _is_clean(said)
    assert _forged_lines(said) == []


def test_no_name_forges_a_line_of_an_update(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    record = {RECORD: "{{ _copier_answers|to_yaml }}"}
    versions: dict[str, Files] = {
        "v1.0.0": {"copier.yml": "", FORGED: "one\n", f"b{FORGED}": "x\n", **record},
        "v2.0.0": {"copier.yml": "", FORGED: "two\n", f"c{FORGED}": "y\n", **record},
    }
    source = repository(tmp_path / "b", versions)
    monkeypatch.chdir(tmp_path)
    for project in ("p", f"p{FORGED}"):
        made = ["new", project, "-b", str(source), "--to", "v1.0.0", "--defaults"]
        assert run(made) == 0
    (tmp_path / "p" / FORGED).write_text("mine\n")
    run_git("commit", "-qam", "mine", cwd=tmp_path / "p")
    assert run(["update", project, "--defaults"]) == 1  # git tells paths by lines
    for words in (
        ("check", "p"),
        ("update", "p", "--defaults", "--dry-run", "--json"),
        ("update", "p", "--defaults", "-v"),
        ("update", "p", "--defaults"),
        ("update", "p", "--abort"),
    ):
        assert run(list(words)) in (0, 1, 3, 4)
    said = b"".join(capfdbinary.readouterr())
    assert b"data\\n\\nerror: run this" in said
    _is_clean(said)
    assert _forged_lines(said) == []


def test_a_command_that_is_printed_takes_any_name(tmp_path: Path) -> None:
    for name in ("a b", "it's", "x\ny", "\x1b[1m\\n", "\u202e\xa0\x851", "plain"):
        word = quote_for_shell(name)
        assert word.isprintable()
        done = subprocess.run(
            ["bash", "-c", f"printf %s {word}"], capture_output=True, check=True, cwd=tmp_path
        )
        assert done.stdout.decode() == name


# ---------------------------------------------------------------- a terminal


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    made: list[Terminal] = []
    yield made
    for terminal in made:
        terminal.closes()


def _at_terminal(made: list[Terminal], folder: Path, *words: str) -> Terminal:
    made.append(Terminal((*SCAFFOLD, *words), folder, columns=100))
    return made[-1]


ORDERS = (
    "\x1b]52",
    "\x1b]0;owned",
    "\x1b[31mred",
    "\x9b31m",
    "\x9d",
    "\u202e",
    "\u2066",
    "\x08\x7f",
)


def _steered(terminal: Terminal) -> list[str]:
    return [order for order in ORDERS if order in terminal.raw]


# ---------------------------------------------------------------- git


def test_what_git_passes_on_from_a_server_is_clean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = BAD.encode()
            self.send_response(403)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    monkeypatch.chdir(tmp_path)
    url = f"http://127.0.0.1:{server.server_port}/b.git"
    assert run(["new", "p", "-b", url, "--defaults", "-v"]) == 1
    server.shutdown()
    server.server_close()
    out, err = capfdbinary.readouterr()
    assert b"remote: a" in err, err
    _is_clean(out + err)


def test_names_of_tags_and_branches_are_clean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    branch = f"x{C1}{BIDI}"
    source = repository(
        tmp_path / "b", {"v1.0.0": {"copier.yml": "", RECORD: "{{ _copier_answers|to_yaml }}"}}
    )
    run_git("checkout", "-q", "-b", branch, cwd=source)
    run_git("commit", "-q", "--allow-empty", "-m", BAD, cwd=source)
    run_git("tag", f"v9{BIDI}", cwd=source)
    monkeypatch.chdir(tmp_path)
    assert run(["new", "p", "-b", "b", "--to", branch, "--defaults"]) == 0
    for words in (("check", "p"), ("update", "p", "--to", f"none{branch}"), ("show", "b")):
        assert run(list(words)) in (0, 1, 2, 3)
    out, err = capfdbinary.readouterr()
    _is_clean(out + err)


def _edited(tmp_path: Path) -> None:
    """A project `p` that was edited, and the blueprint `b` with another version."""
    record = {RECORD: "{{ _copier_answers|to_yaml }}"}
    one = {"copier.yml": "", NAME: f"one {BAD}\n", "gone" + NAME: "x\n", **record}
    two = {"copier.yml": f"_message_after_update: {_text(BAD)}\n", NAME: f"two {BAD}\n"}
    source = repository(tmp_path / "b", {"v1.0.0": one})
    (source / f"gone{NAME}").unlink()
    tree(source, two)
    run_git("add", "-A", cwd=source)
    run_git("commit", "-qm", "two", cwd=source)
    run_git("tag", "v2.0.0", cwd=source)
    made = ["new", str(tmp_path / "p"), "-b", str(source), "--to", "v1.0.0", "--defaults"]
    assert run(made) == 0
    (tmp_path / "p" / NAME.replace("\r", "\n")).write_text(f"mine {BAD}\n")
    run_git("commit", "-qam", "mine", cwd=tmp_path / "p")


def test_what_an_update_tells_is_clean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    _edited(tmp_path)
    monkeypatch.chdir(tmp_path)
    for words in (
        ("diff", "p", "--json"),
        ("update", "p", "--defaults", "--dry-run", "--json"),
        ("update", "p", "--defaults", "-v"),
        ("update", "p", "--abort"),
    ):
        assert run(list(words)) in (0, 1, 4)
    _is_clean(b"".join(capfdbinary.readouterr()))


@pytest.mark.parametrize("no_colour", ["", "1"])
def test_a_patch_is_exact_in_a_file_and_clean_at_a_terminal(
    tmp_path: Path,
    terminals: list[Terminal],
    capfdbinary: pytest.CaptureFixture[bytes],
    no_colour: str,
) -> None:
    _edited(tmp_path)
    capfdbinary.readouterr()
    assert run(["diff", str(tmp_path / "p")]) == 0
    assert f"+mine {BAD}".encode() in capfdbinary.readouterr().out
    for words in (("diff", "p"), ("update", "p", "--defaults", "--dry-run")):
        env = {"NO_COLOR": no_colour} if no_colour else {}
        terminals.append(Terminal((*SCAFFOLD, *words), tmp_path, columns=100, env=env))
        assert terminals[-1].ends() in (0, 4)
        assert "mine a" in terminals[-1].raw
        assert _steered(terminals[-1]) == []


def test_prompts_pass_nothing_on(tmp_path: Path, terminals: list[Terminal]) -> None:
    validator = f"{{% if q != 'yes' %}}no {BAD}{{% endif %}}"
    questions = {
        "q": {"type": "str", "help": f"First {BAD}", "placeholder": BAD, "validator": validator},
        "c": {"type": "str", "help": BAD, "choices": {BAD: "a", f"2{BAD}": "b"}},
    }
    config = {"_message_before_copy": f"Hello {BAD}", "_message_after_copy": f"Bye {BAD}"}
    tree(tmp_path / "b", {"copier.yml": _text({**config, **questions}), NAME: "x"})
    shown = _at_terminal(terminals, tmp_path, "new", "p", "-b", "b")
    shown.sees("First a")
    shown.types("x", ENTER)
    shown.sees("no a")
    shown.types("\x15", "yes", ENTER)
    shown.sees("2a")
    shown.types(ENTER)
    shown.sees("reate")
    assert _steered(shown) == []


@pytest.mark.parametrize("words", [("show", "b"), (*NEW, "--dry-run"), (*NEW, "--to", BAD)])
def test_other_commands_pass_nothing_on(
    tmp_path: Path, terminals: list[Terminal], words: tuple[str, ...]
) -> None:
    tree(tmp_path / "b", {**CHOICES, NAME: ""})
    shown = _at_terminal(terminals, tmp_path, *words)
    assert shown.ends() in (0, 2)
    assert shown.raw.strip()
    assert _steered(shown) == []
