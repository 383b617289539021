"""Finding blueprints, and opening their versions."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scaffold.blueprints.find import find_blueprint
from scaffold.blueprints.folder import FolderBlueprint
from scaffold.blueprints.repository import RepositoryBlueprint
from scaffold.errors import ScaffoldError, UsageError
from scaffold.git import strip_credentials
from scaffold.operations.answers import make_answers_file
from scaffold.operations.catalog import show

from ..helpers.blueprints_on_disk import copier_template, layered, repository, run_git, tree


@pytest.fixture
def source(tmp_path: Path) -> Path:
    later = {**copier_template("bye {{ name }}\n"), "template/new.txt": "new\n"}
    versions = {"v1.0.0": copier_template(), "v1.10.0": later, "v1.9.0": copier_template("9\n")}
    return repository(tmp_path / "source", versions)


def test_versions_are_ordered_as_versions(source: Path) -> None:
    assert find_blueprint(str(source)).list_versions() == ("v1.0.0", "v1.9.0", "v1.10.0")


def test_the_newest_release_is_opened(source: Path) -> None:
    run_git("tag", "v2.0.0rc1", cwd=source)
    with find_blueprint(str(source)).open() as opened:
        assert (opened.folder / "template/new.txt").read_text() == "new\n"
        assert opened.version == "v1.10.0"
        assert opened.commit == run_git("rev-parse", "v1.10.0^{commit}", cwd=source)


@pytest.mark.parametrize("asked", ["v1.0.0", "1.0.0", "1.0"])
def test_a_version_is_found_with_and_without_its_v(source: Path, asked: str) -> None:
    with find_blueprint(str(source)).open(asked) as opened:
        assert opened.version == "v1.0.0"
        assert not (opened.folder / "template/new.txt").exists()


def test_any_ref_is_opened_and_named_by_describe(source: Path) -> None:
    run_git("branch", "side", "v1.0.0", cwd=source)
    with find_blueprint(str(source)).open("side") as opened:
        assert opened.version == "v1.0.0"
    with find_blueprint(str(source)).open("HEAD~1") as opened:
        assert opened.version == "v1.10.0"


def test_a_repository_without_tags_opens_its_head(tmp_path: Path) -> None:
    root = repository(tmp_path / "s", {"x": copier_template()})
    run_git("tag", "-d", "x", cwd=root)
    with find_blueprint(str(root)).open() as opened:
        assert opened.version == run_git("rev-parse", "--short", "HEAD", cwd=root)


def test_an_unknown_version_names_the_newest(source: Path) -> None:
    with pytest.raises(UsageError) as caught, find_blueprint(str(source)).open("7"):
        pass
    assert "has no version 7" in caught.value.what
    assert "v1.10.0" in caught.value.hint


def test_modes_and_links_survive(tmp_path: Path) -> None:
    files = {**copier_template(), "template/run.sh": "#!/bin/sh\n"}
    root = tree(tmp_path / "s", files)
    (root / "template/run.sh").chmod(0o755)
    (root / "template/link").symlink_to("plain.txt")
    run_git("init", "-q", cwd=root)
    run_git("add", "-A", cwd=root)
    run_git("commit", "-qm", "x", cwd=root)
    with find_blueprint(str(root)).open() as opened:
        assert (opened.folder / "template/run.sh").stat().st_mode & 0o100
        assert (opened.folder / "template/link").is_symlink()


@pytest.mark.parametrize("text", ["gh:", "gh:acme", "gl:acme/", "gh:/x", "gh:.git", "gl:acme/.git"])
def test_a_shortcut_without_a_name_contacts_no_server(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_blueprint(text)
    assert caught.value.what == f"{text!r} names no repository"
    assert f"as in {text[:3]}owner/repo." in caught.value.hint


def test_a_url_is_copied_once_and_then_works_without_its_server(source: Path, home: Path) -> None:
    url = f"file://{source}"
    with find_blueprint(url).open("v1.0.0") as opened:
        assert (opened.source, opened.offline) == (f"git+{url}", False)
    shutil.rmtree(source)
    with find_blueprint(url).open("v1.10.0") as opened:
        assert opened.offline
        assert (opened.folder / "template/new.txt").is_file()
    assert list((home / ".cache/scaffold/git").iterdir())


def test_a_version_that_a_copy_lacks_is_told_as_such(source: Path, home: Path) -> None:
    url = f"file://{source}"
    with find_blueprint(url).open():
        pass
    shutil.rmtree(source)
    with pytest.raises(UsageError) as caught, find_blueprint(url).open("v7"):
        pass
    assert "did not answer, and its local copy has no version v7" in caught.value.what


def test_what_is_shown_of_a_copy_says_so(source: Path, home: Path) -> None:
    url = f"file://{source}"
    show(url)
    shutil.rmtree(source)
    assert "did not answer" in show(url).notes[0]
    assert "did not answer" in make_answers_file(url).notes[0]


def test_a_url_that_never_answered_is_told_without_its_password(home: Path) -> None:
    with (
        pytest.raises(ScaffoldError) as caught,
        find_blueprint("https://me:secret@localhost:1/blueprint.git").open(),
    ):
        pass
    assert "cannot be reached" in caught.value.what
    assert "secret" not in " ".join((caught.value.what, *caught.value.details))
    assert {path.suffix for path in (home / ".cache/scaffold/git").iterdir()} == {".lock"}


@pytest.mark.parametrize(
    ("text", "url", "recorded"),
    [
        ("gh:acme/blueprint", "https://github.com/acme/blueprint.git", "gh:acme/blueprint"),
        ("gl:acme/blueprint", "https://gitlab.com/acme/blueprint.git", "gl:acme/blueprint"),
        ("git+https://x.org/b", "https://x.org/b", "git+https://x.org/b"),
        ("https://u:p@x.org/b.git", "https://u:p@x.org/b.git", "https://x.org/b.git"),
        ("https://x.org/b", "https://x.org/b", "git+https://x.org/b"),
        ("git@x.org:a/b.git", "git@x.org:a/b.git", "git@x.org:a/b.git"),
    ],
)
def test_a_source_is_recorded_by_a_stable_name(text: str, url: str, recorded: str) -> None:
    assert find_blueprint(text) == RepositoryBlueprint(recorded, url)


def test_credentials_are_taken_out_of_urls() -> None:
    assert strip_credentials("ssh://git:token@host/x") == "ssh://git@host/x"


def test_a_folder_is_a_blueprint_without_versions(tmp_path: Path) -> None:
    folder = tree(tmp_path / "b", layered())
    assert find_blueprint(str(folder)) == FolderBlueprint(folder)
    with find_blueprint(str(folder)).open() as opened:
        assert opened.layered
        assert opened.version is None
    with (
        pytest.raises(UsageError, match="without versions"),
        find_blueprint(str(folder)).open("1.0"),
    ):
        pass


def test_a_folder_without_blueprint_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(ScaffoldError, match="holds no blueprint"),
        find_blueprint(str(tmp_path)).open(),
    ):
        pass


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UsageError, match="there is no blueprint 'nothere'"):
        find_blueprint("nothere")
