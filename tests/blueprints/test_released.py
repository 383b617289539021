"""A released version of a blueprint never changes, and what is worked on has a newer one."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from tools import release_blueprint as releases

from scaffold import blueprints
from scaffold.blueprints.versions import sort_versions
from scaffold.operations import list_blueprints
from scaffold.operations.loading import load_questions
from scaffold.report.list import encode_blueprints, encode_choice, format_blueprints

from ..helpers.blueprints_on_disk import layered, tree

RELEASED = releases.BLUEPRINTS / "released"


def test_released_archives_are_those_that_were_released() -> None:
    lines = (RELEASED / "SHA256SUMS").read_text().splitlines()
    recorded = {name: digest for digest, name in (line.split("  ") for line in lines)}
    archives = {p.relative_to(RELEASED).as_posix(): p for p in RELEASED.glob("*/*.zip")}
    assert {name: releases.digest(path) for name, path in archives.items()} == recorded
    assert len(lines) == len(recorded)


def test_each_blueprint_equals_its_release_or_names_a_newer_version() -> None:
    for folder in releases.working(releases.BLUEPRINTS):
        archive = releases.archive_of(folder)
        if archive.is_file():
            unlike = releases.differences(
                releases.read_folder(folder), releases.read_archive(archive)
            )
            assert not unlike, f"run `nox -s release_blueprint` after a new version: {unlike}"
        else:
            versions = [*(p.stem for p in archive.parent.glob("*.zip")), archive.stem]
            assert sort_versions(versions)[-1] == archive.stem


def test_blueprints_are_listed_as_their_newest_version_says() -> None:
    for name in blueprints.list_builtin_names():
        builtin = blueprints.BuiltinBlueprint(name)
        with builtin.open() as opened:
            listed = {k: opened.about[k] for k in ("title", "description")}
            grouped = json.loads(json.dumps(releases.list_grouped_choices(opened.folder)))
            assert builtin.read_about() == listed | ({"choices": grouped} if grouped else {})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    tree(tmp_path / "tiny", layered())
    (tmp_path / "tiny/layers/base/src/{{ slug }}/net.py").chmod(0o755)
    tree(tmp_path / "tiny", {"layers/base/__pycache__/net.pyc": "no"})
    return tmp_path


def test_a_release_holds_the_folder_without_caches(root: Path) -> None:
    assert releases.main([], root) == 0
    archive = root / "released/tiny/1.0.0.zip"
    content = releases.read_archive(archive)
    assert {name: data.decode() for name, (_, data) in content.items()} == layered()
    assert content["layers/base/src/{{ slug }}/net.py"][0] == 0o755
    assert content["copier.yml"][0] == 0o644
    assert (root / "released/SHA256SUMS").read_text().split() == [
        releases.digest(archive),
        "tiny/1.0.0.zip",
    ]


def test_the_tool_reads_what_was_released(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    releases.main([], root)
    monkeypatch.setattr(
        "scaffold.blueprints.builtin.get_released_folder", lambda: root / "released"
    )
    builtin = blueprints.find_blueprint("tiny")
    assert builtin.list_versions() == ("1.0.0",)
    with builtin.open() as opened:
        (root / "tiny/layers/base/__pycache__/net.pyc").unlink()
        assert releases.read_folder(opened.folder) == releases.read_folder(root / "tiny")


def test_a_list_shows_the_grouped_choices_of_what_was_released(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "title: Text\ngroup: Words\nfacts: {data: Letters, time: 9 s}\n"
    tree(root / "tiny", {"layers/task/text/layer.yml": text})
    releases.main([], root)
    monkeypatch.setattr(
        "scaffold.blueprints.builtin.get_released_folder", lambda: root / "released"
    )
    (found,) = list_blueprints()
    assert format_blueprints([found], 80).splitlines()[2:] == [
        "  task, 2 choices",
        "    images  Images",
        "    Words",
        "      text    data: Letters; time: 9 s",
        "  versions: 1.0.0",
    ]
    (encoded,) = encode_blueprints([found])["blueprints"]
    with blueprints.find_blueprint("tiny").open() as opened:
        choices = load_questions(opened).questions["task"].choices
    expected = [encode_choice(choice) for choice in choices if not isinstance(choice, str)]
    assert encoded["choices"] == {"task": expected}


def test_an_archive_depends_on_its_content_alone(root: Path) -> None:
    content = releases.read_folder(root / "tiny")
    backwards = dict(reversed(list(content.items())))
    assert releases.packed(content) == releases.packed(backwards)


def test_a_released_version_is_not_released_again(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    releases.main([], root)
    before = (root / "released/tiny/1.0.0.zip").read_bytes()
    tree(root / "tiny", {"layers/base/new.txt": "new"})
    assert releases.main([], root) == 1
    assert "layers/base/new.txt" in capsys.readouterr().err
    assert (root / "released/tiny/1.0.0.zip").read_bytes() == before
    assert len((root / "released/SHA256SUMS").read_text().splitlines()) == 1


def test_check_writes_nothing(root: Path) -> None:
    assert releases.main(["--check"], root) == 1
    assert not (root / "released").exists()


def test_a_symbolic_link_is_refused(root: Path) -> None:
    (root / "tiny/link").symlink_to("copier.yml")
    with pytest.raises(ValueError, match="symbolic link"):
        releases.main([], root)


def test_archives_are_compressed(root: Path) -> None:
    releases.main([], root)
    with zipfile.ZipFile(root / "released/tiny/1.0.0.zip") as archive:
        assert {item.compress_type for item in archive.infolist()} == {zipfile.ZIP_DEFLATED}
