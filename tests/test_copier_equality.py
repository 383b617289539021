"""For the same answers a project equals what Copier makes, byte for byte, but for its own lines."""

from __future__ import annotations

import os
import re
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from scaffold import Inputs, create

from .copier_templates import TEMPLATES, Template

OWN_LINES = re.compile(r"^(_commit|_src_path|_commit_id|_tree): .*\n", re.MULTILINE)
RECORDS = re.compile(r"\.copier-answers\.yml|\.my-demo\.yml|\.answers/.*\.yml")


def contents(root: Path) -> dict[str, tuple[str, str, bytes]]:
    """What a folder holds: kind, mode and content of each path; ``.`` is the folder itself."""
    found = {}
    for path in (root, *sorted(root.rglob("*"))):
        mode = oct(stat.S_IMODE(path.lstat().st_mode))
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            found[name] = ("link", "", os.fsencode(path.readlink()))
        elif path.is_dir():
            found[name] = ("folder", mode, b"")
        else:
            data = path.read_bytes()
            data = OWN_LINES.sub("", data.decode()).encode() if RECORDS.fullmatch(name) else data
            found[name] = ("file", mode, data)
    return found


def by_copier(template: Template, source: str, dest: Path) -> None:
    from copier import run_copy

    run_copy(
        source,
        dest,
        dict(template.answers),
        defaults=True,
        unsafe=template.trust,
        vcs_ref=template.ref,
    )


def by_scaffold(template: Template, source: str, dest: Path) -> Any:
    answers = dest.parent / "answers.yml"
    answers.write_text(yaml.safe_dump(dict(template.answers), sort_keys=False, allow_unicode=True))
    return create(
        dest,
        source,
        Inputs(files=[answers], defaults=True, environ={"CI": "1"}),
        version=template.ref,
        start_git=False,
        trust=template.trust,
    )


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("template", TEMPLATES, ids=[template.name for template in TEMPLATES])
def test_a_project_equals_what_copier_makes(tmp_path: Path, home: Path, template: Template) -> None:
    with (home / ".gitconfig").open("a") as config:
        config.write('[protocol "file"]\n\tallow = always\n')
    source = template.make(tmp_path / "template")
    dest = tmp_path / "work" / "My Project"
    dest.parent.mkdir()
    by_copier(template, source, dest)
    expected = contents(dest)
    shutil.rmtree(dest)
    by_scaffold(template, source, dest)
    found = contents(dest)
    assert list(found) == list(expected)
    for name, content in expected.items():
        assert (name, *found[name]) == (name, *content)
