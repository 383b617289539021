"""`docs/from-cruft.md`: its commands move a project as the page shows; its script converts."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from .blueprints_on_disk import repository, run_git, tree
from .pages import ROOT, blocks, hold

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


def convert(folder: Path, files: dict[str, str | bytes]) -> str:
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
            f"{SLUG}/both.md": "{{ cookiecutter.slug }} {{ cookiecutter['slug'] }}\r\n",
        },
    )
    made = tmp_path / "template"
    assert (made / "plain.md").read_bytes() == b"cookiecutter.slug\n"
    assert (made / "logo.png").read_bytes() == b"\xff\xfe{{ cookiecutter.slug }}"
    assert (made / "both.md.jinja").read_bytes() == b"{{ slug }} {{ cookiecutter['slug'] }}\r\n"
    assert "template/both.md.jinja still speaks of cookiecutter" in said
    assert not (tmp_path / "cookiecutter.json").exists()
