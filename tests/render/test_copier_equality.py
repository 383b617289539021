"""For the same answers a project equals what Copier makes, byte for byte, but for two lines."""

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
from scaffold.errors import ScaffoldError

from ..helpers.copier_templates import TEMPLATES, Template

# What `stamp_record` adds beneath the version, or above the source.
OWN_LINES = re.compile(rb"(?m)(?:^# _commit_id: [0-9a-f]{40}\n)?^# _tree: [0-9a-f]{40}\n")
STAMPED = re.compile(rb"^(?:_commit|_src_path): ", re.MULTILINE)
RECORDS = re.compile(r"\.copier-answers\.yml|\.my-demo\.yml|\.answers/.*\.yml")
TRUSTED = [template for template in TEMPLATES if template.trust]

pytestmark = [
    pytest.mark.usefixtures("_copier_sees_it"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]


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
            found[name] = ("file", mode, path.read_bytes())
    return found


def without_own_lines(
    found: dict[str, tuple[str, str, bytes]],
) -> tuple[dict[str, tuple[str, str, bytes]], int]:
    """The same without the lines of our own in its record, and how often they stood there."""
    plain, count = dict(found), 0
    for name in filter(RECORDS.fullmatch, found):
        kind, mode, data = found[name]
        data, times = OWN_LINES.subn(b"", data)
        plain[name], count = (kind, mode, data), count + times
    return plain, count


def by_copier(template: Template, source: str, dest: Path) -> None:
    from copier import run_copy

    run_copy(
        source,
        dest,
        dict(template.answers),
        defaults=True,
        unsafe=template.trust,
        vcs_ref=template.version(source),
    )


def by_scaffold(template: Template, source: str, dest: Path, **options: Any) -> Any:
    answers = dest.parent / "answers.yml"
    answers.write_text(yaml.safe_dump(dict(template.answers), sort_keys=False, allow_unicode=True))
    return create(
        dest,
        source,
        Inputs(files=[answers], defaults=True, environ={"CI": "1"}),
        version=template.version(source),
        start_git=False,
        **{"trust": template.trust, **options},
    )


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
    found, stamps = without_own_lines(contents(dest))
    assert list(found) == list(expected)
    for name, content in expected.items():
        assert (name, *found[name]) == (name, *content)
    records = [expected[name][2] for name in filter(RECORDS.fullmatch, expected)]
    assert stamps == sum(STAMPED.search(record) is not None for record in records)


@pytest.mark.parametrize("template", TRUSTED, ids=[template.name for template in TRUSTED])
def test_what_wants_to_run_code_is_refused_and_all_of_it_shown(
    tmp_path: Path, template: Template
) -> None:
    source = template.make(tmp_path / "template")
    dest = tmp_path / "work" / "project"
    dest.parent.mkdir()
    with pytest.raises(ScaffoldError, match="wants to run code: ") as caught:
        by_scaffold(template, source, dest, trust=False)
    config = yaml.safe_load(str(template.files["copier.yml"]))
    wanted = [item for key in ("_jinja_extensions", "_tasks") for item in config.get(key, ())]
    shown = "\n".join(caught.value.details)
    for item in wanted:
        command = item["command"] if isinstance(item, dict) else item
        for word in command if isinstance(command, list) else [command]:
            assert word.splitlines()[0] in shown.replace("'\"'\"'", "'"), shown
    assert "--trust" in caught.value.hint
    assert [path.name for path in dest.parent.iterdir()] == ["answers.yml"]
