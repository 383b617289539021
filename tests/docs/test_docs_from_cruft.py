"""`docs/from-cruft.md`: its commands move a project as the page shows; its script converts."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from scaffold import Inputs, create

from ..helpers.blueprints_on_disk import repository, run_git, tree
from ..helpers.factories import RECORD, files_of
from ..helpers.pages import ROOT, blocks, hold

PAGE = ROOT / "docs/from-cruft.md"
SCRIPT = ROOT / "docs/cookiecutter_to_copier.py"
SLUG = "{{cookiecutter.slug}}"
TEMPLATE = {
    "cookiecutter.json": json.dumps(
        {
            "project_name": "My Net",
            "slug": "{{ cookiecutter.project_name.lower().replace(' ', '_') }}",
            "license": ["MIT", "Apache-2.0"],
            "docker": False,
            "_copy_without_render": [".github/workflows/*"],
        }
    ),
    f"{SLUG}/README.md": "# {{ cookiecutter.project_name }}\n\n{{ cookiecutter.license }}\n",
    f"{SLUG}/{SLUG}/train.py": 'print("training {{ cookiecutter.project_name }}")\nEPOCHS = 10\n',
    f"{SLUG}/.github/workflows/ci.yml": "key: ${{ runner.os }}\n",
    f"{SLUG}/Dockerfile": "FROM python:3.12\n",
    f"{SLUG}/.gitignore": "data/\n",
    "hooks/post_gen_project.py": "from pathlib import Path\n\n"
    'if "{{ cookiecutter.docker }}" != "True":\n    Path("Dockerfile").unlink()\n',
}


def made_by_cruft(commit: str) -> dict[str, str]:
    """What cruft 2.16 makes of the template, byte for byte, with an edit of its owner."""
    address = "https://github.com/acme/cookiecutter-net"
    answers = {
        "project_name": "Tiny Net",
        "slug": "tiny_net",
        "license": "Apache-2.0",
        "docker": False,
        "_copy_without_render": [".github/workflows/*"],
        "_template": address,
        "_commit": commit,
    }
    state = {
        "template": address,
        "commit": commit,
        "checkout": None,
        "context": {"cookiecutter": answers},
        "directory": None,
    }
    return {
        ".cruft.json": json.dumps(state, indent=2) + "\n",
        ".github/workflows/ci.yml": "key: ${{ runner.os }}\n",
        ".gitignore": "data/\n",
        "README.md": "# Tiny Net\n\nApache-2.0\n",
        "tiny_net/train.py": 'print("training Tiny Net")\nEPOCHS = 50\n',
    }


@pytest.fixture
def desk(tmp_path: Path, home: Path) -> Path:
    """A folder with the project and the script; the template is found at its address."""
    template = repository(tmp_path / "server/cookiecutter-net.git", {"last": TEMPLATE})
    run_git("init", "-q", "--bare", str(tmp_path / "server/net.git"), cwd=tmp_path)
    rewrite = f"url.file://{tmp_path}/server/.insteadOf"
    run_git("config", "--global", rewrite, "https://github.com/acme/", cwd=tmp_path)
    desk = tmp_path / "desk"
    commit = run_git("rev-parse", "HEAD", cwd=template)
    repository(desk / "tiny_net", {"start": made_by_cruft(commit)})
    shutil.copy(SCRIPT, desk)
    return desk


def test_commands_print_what_the_page_shows(desk: Path) -> None:
    assert {block.mark for block in blocks(PAGE) if block.kind == "console"} == {"prepared"}
    hold(PAGE, desk, mark="prepared")


def convert(folder: Path, files: Mapping[str, str | bytes]) -> str:
    tree(folder, files)
    argv = [sys.executable, str(SCRIPT)]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=True).stdout


def test_the_script_converts_each_kind_of_variable(tmp_path: Path) -> None:
    config = {
        "name": "X",
        "port": 80,
        "license": ["MIT", "none"],
        "pins": {"torch": "2"},
        "_internal": "a",
        "__shout": "{{ cookiecutter.name|upper }}",
        "_extensions": ["cookiecutter.extensions.SlugifyExtension"],
        "__prompts__": {
            "name": "Its name",
            "license": {"__prompt__": "Which licence?", "none": "No licence"},
        },
    }
    said = convert(tmp_path, {"cookiecutter.json": json.dumps(config), f"{SLUG}/a": "{{ a }}\n"})
    assert yaml.safe_load((tmp_path / "copier.yml").read_text()) == {
        "_subdirectory": "template",
        "name": {"type": "str", "help": "Its name", "default": "X"},
        "port": {"type": "str", "default": "80"},
        "license": {
            "type": "str",
            "help": "Which licence?",
            "choices": {"MIT": "MIT", "No licence": "none"},
            "default": "MIT",
        },
        "pins": {"type": "json", "default": '{"torch": "2"}'},
        "internal": {"type": "str", "default": "a", "when": False},
        "shout": {"type": "str", "default": "{{ name|upper }}", "when": False},
    }
    assert said == "by hand: the Jinja extension cookiecutter.extensions.SlugifyExtension\n"


def test_the_script_changes_no_file_that_holds_no_jinja(tmp_path: Path) -> None:
    said = convert(
        tmp_path,
        {
            "cookiecutter.json": '{"slug": "x"}',
            f"{SLUG}/plain.md": "cookiecutter.slug\n",
            f"{SLUG}/logo.png": b"\xff\xfe{{ cookiecutter.slug }}",
            f"{SLUG}/both.md": "{{ cookiecutter.slug }} {{ cookiecutter.get('slug') }}\r\n",
        },
    )
    made = tmp_path / "template"
    assert (made / "plain.md").read_bytes() == b"cookiecutter.slug\n"
    assert (made / "logo.png").read_bytes() == b"\xff\xfe{{ cookiecutter.slug }}"
    assert (made / "both.md.jinja").read_bytes() == b"{{ slug }} {{ cookiecutter.get('slug') }}\r\n"
    assert "template/both.md.jinja still speaks of cookiecutter" in said
    assert "template/both.md.jinja has CRLF" in said
    assert not (tmp_path / "cookiecutter.json").exists()


def render(folder: Path) -> dict[str, str]:
    """What the converted template gives for its defaults, but for the record."""
    into = folder / "project"
    create(into, str(folder), Inputs(defaults=True, environ={"CI": "1"}), start_git=False)
    return {name: str(text) for name, text in files_of(into).items() if name != RECORD}


# Each case: cookiecutter.json, the files, what cookiecutter 2.7 makes of them.
CONVERTED: dict[str, tuple[dict[str, Any], dict[str, str], dict[str, str]]] = {
    "a folder is not rendered": (
        {"slug": "x", "_copy_without_render": ["static", "*/raw", "*.tpl"]},
        {
            "static/a/page.html": "{{ cookiecutter.slug }}",
            "docs/raw/b.txt": "{{ theirs }}",
            "static_not": "{{ cookiecutter.slug }}",
            "{{cookiecutter.slug}}.tpl": "{{ own }}",
        },
        {
            "static/a/page.html": "{{ cookiecutter.slug }}",
            "docs/raw/b.txt": "{{ theirs }}",
            "static_not": "x",
            "x.tpl": "{{ own }}",
        },
    ),
    "marks of its own": (
        {
            "slug": "x",
            "_jinja2_env_vars": {
                "variable_start_string": "[[",
                "variable_end_string": "]]",
                "trim_blocks": True,
            },
        },
        {"a": "{% if true %}\n[[ cookiecutter.slug ]] {{ other }}\n{% endif %}\n"},
        {"a": "x {{ other }}\n"},
    ),
    "a private variable of the same name": (
        {"slug": "x", "__slug": "{{ cookiecutter.slug|upper }}", "_slug": "raw"},
        {"a": "{{ cookiecutter.slug }} {{ cookiecutter.__slug }} {{ cookiecutter._slug }}\n"},
        {"a": "x X raw\n"},
    ),
    "templated choices and values": (
        {
            "name": "net",
            "kind": ["{{ cookiecutter.name }}-small", "big"],
            "pins": {"{{ cookiecutter.name }}": "{{ cookiecutter['name'] + \"1\" }}"},
        },
        {"a": "{{ cookiecutter.kind }} {{ cookiecutter.pins['net'] }}\n"},
        {"a": "net-small net1\n"},
    ),
    "private lists": (
        {"slug": "x", "_models": ["a", "b"], "__all": ["{{ cookiecutter.slug }}"]},
        {"a": "{% for m in cookiecutter._models %}{{ m }}{% endfor %}{{ cookiecutter.__all[0] }}"},
        {"a": "abx"},
    ),
    "files that end in .jinja": (
        {"slug": "x"},
        {"page.html.jinja": "{{ cookiecutter.slug }}\n", "plain.jinja": "no mark\n"},
        {"page.html.jinja": "x\n", "plain.jinja": "no mark\n"},
    ),
    "names that Copier has": (
        {"slug": "x", "range": "r"},
        {"a": "{{ cookiecutter.range }} {{ range(2)|list }}\n"},
        {"a": "r [0, 1]\n"},
    ),
}


@pytest.mark.parametrize("case", CONVERTED)
def test_what_is_converted_renders_the_same(tmp_path: Path, case: str) -> None:
    config, files, expected = CONVERTED[case]
    marks = config.get("_jinja2_env_vars", {})
    root = "[[cookiecutter.slug]]" if "variable_start_string" in marks else SLUG
    placed = {f"{root}/{name}": text for name, text in files.items()}
    folder = tmp_path / "t"
    convert(folder, {"cookiecutter.json": json.dumps(config), **placed})
    assert render(folder) == expected


# Each case: cookiecutter.json, the files, what is printed.
BY_HAND: dict[str, tuple[dict[str, Any], dict[str, str], str]] = {
    "an option of Jinja": (
        {"_jinja2_env_vars": {"finalize": "x"}},
        {},
        "the Jinja option finalize: Copier has none of that name",
    ),
    "a name in a folder as it is": (
        {"_copy_without_render": ["static"]},
        {"static/{{ x }}.txt": ""},
        "template/static/{{ x }}.txt: Copier renders the names in a folder",
    ),
    "a filter": (
        {"name": "{{ cookiecutter.slug|slugify }}"},
        {},
        "name uses the filter slugify",
    ),
    "a tag": ({}, {"a": "{% now 'utc', '%Y' %}"}, "template/a.jinja uses the tag now"),
    "a function": ({}, {"a": "{{ random_ascii_string(4) }}"}, "uses the function random_ascii"),
    "an include": ({}, {"a": '{% include "b" %}'}, "template/a.jinja uses include: its path"),
    "all variables": ({}, {"a": "{{ cookiecutter|length }}"}, "a.jinja still speaks of"),
    "a variable that is added": ({}, {"a": "{{ cookiecutter._template }}"}, "a.jinja still speaks"),
    "the same name within": (
        {"item": "x"},
        {"a": "{% for item in [1] %}{{ cookiecutter.item }}{% endfor %}"},
        "template/a.jinja gives the name item, which is a question now, to something else",
    ),
    "a value that is not rendered": (
        {"_raw": "{{ cookiecutter.slug }}"},
        {},
        "raw: Copier renders its value, which cookiecutter does not",
    ),
    "nothing": ({"name": None}, {}, "name is null, which Copier has no default for"),
    "a new name": ({"now": "x"}, {}, "the variable now is called now_ now, in answers too"),
    "line ends": ({"_new_lines": "\r\n"}, {}, "_new_lines: Copier writes LF"),
    "a choice": ({"kind": ["{{ cookiecutter._gone }}", "b"]}, {}, "kind still speaks of"),
}


@pytest.mark.parametrize("case", BY_HAND)
def test_what_is_not_converted_is_printed(tmp_path: Path, case: str) -> None:
    config, files, expected = BY_HAND[case]
    placed = {f"{SLUG}/{name}": text for name, text in {"plain": "", **files}.items()}
    whole = {"cookiecutter.json": json.dumps({"slug": "x", **config}), **placed}
    said = convert(tmp_path, whole)
    assert [line for line in said.splitlines() if expected in line and "by hand: " in line], said


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({f"{SLUG}/a": ""}, "there is no cookiecutter.json"),
        ({"cookiecutter.json": "{}", "plain/a": ""}, "is expected, found: none"),
        ({"cookiecutter.json": "{}", f"{SLUG}/a": "", "template/b": ""}, "a template/ or"),
    ],
)
def test_what_is_no_template_stays_as_it_is(
    tmp_path: Path, files: dict[str, str], why: str
) -> None:
    tree(tmp_path, files)
    before = files_of(tmp_path)
    argv = [sys.executable, str(SCRIPT)]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert why in done.stderr
    assert files_of(tmp_path) == before
