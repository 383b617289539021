"""What an entry of the list of trusted sources means, and what no address talks it into."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scaffold import create
from scaffold.blueprints.find import find_blueprint
from scaffold.errors import ScaffoldError, UsageError
from scaffold.user.trust import covers_source, is_remote, normalize_source

from ..helpers.blueprints_on_disk import tree
from ..helpers.trusting import Server, blueprint, said, serving


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path / "served") as found:
        yield found


@pytest.mark.parametrize(
    ("entry", "source"),
    [
        ("https://github.com/acme/x", "https://github.com/acme/x"),
        ("https://github.com/acme/x", "git+https://github.com/acme/x.git"),
        ("https://github.com/acme/x.git", "https://github.com/acme/x/"),
        ("https://github.com/acme/", "https://github.com/acme/x"),
        ("https://github.com/acme/", "https://github.com/acme/deep/x.git"),
        ("https://github.com/acme/", "gh:acme/x"),
        ("gh:acme/", "https://github.com/acme/x.git"),
        ("gh:acme/x", "gh:acme/x"),
        ("gl:acme/", "gl:acme/x"),
        ("git@github.com:acme/", "git@github.com:acme/x.git"),
        ("https://me:secret@x.org/acme/", "https://x.org/acme/x"),
        ("ssh://git@x.org:2222/acme/", "ssh://git@x.org:2222/acme/x"),
        ("/srv/blueprints/", "/srv/blueprints/x"),
        ("/srv/blueprints/x/", "/srv/blueprints/x"),
    ],
)
def test_an_entry_holds_for(entry: str, source: str) -> None:
    assert covers_source(entry, source)


@pytest.mark.parametrize(
    ("entry", "source"),
    [
        ("https://github.com/acme/", "https://github.com/acme-evil/x"),
        ("https://github.com/acme", "https://github.com/acme-evil/x"),
        ("https://github.com/acme", "https://github.com/acme/x"),
        ("https://github.com/acme/", "https://github.com/acme/../evil/x"),
        ("https://github.com/acme/", "https://github.com/acme/./../evil/x"),
        ("https://github.com/acme/", "https://github.com/acme/%2e%2e/evil/x"),
        ("https://github.com/acme/", "https://github.com/acme/..%2fevil/x"),
        ("https://github.com/acme/", "https://github.com/acme/..\\evil/x"),
        ("https://github.com/acme/", "https://github.com/acme/x?y=/../../evil"),
        ("https://github.com/acme/", "https://github.com/acme/x#/../../evil"),
        ("https://github.com/acme/", "https://github.com/acme/\u2025/evil/x"),
        ("https://github.com/acme/", "https://github.com/acme/x\n"),
        ("https://github.com/acme/", "https://github.com@evil.org/acme/x"),
        ("https://github.com/acme/", "https://github.com:x@evil.org/acme/x"),
        ("https://github.com/acme/", "https://evil.org/https://github.com/acme/x"),
        ("https://github.com/acme/", "https://evil.org?https://github.com/acme/x"),
        ("https://github.com/acme/", "https://github.com.evil.org/acme/x"),
        ("https://github.com/acme/", "https://evil.org#@github.com/acme/x"),
        ("https://github.com/acme/", "https://evil.org\\@github.com/acme/x "),
        ("https://github.com/acme/", "https://github.com:8443/acme/x"),
        ("https://github.com/acme/", "http://github.com/acme/x"),
        ("https://github.com/acme/", "git@github.com:acme/x"),
        ("https://github.com/acme/", "https://github.com/Acme/x"),
        ("https://github.com/acme/", "HTTPS://github.com/acme/x"),
        ("https://github.com/acme/", "https://GITHUB.COM/acme/x"),
        ("https://github.com/acme/", "gh:../evil/x"),
        ("gh:acme/", "gh:acme/../evil/x"),
        ("gh:acme/", "gh:acme-evil/x"),
        ("gh:acme/", "gl:acme/x"),
        ("git@github.com:acme/", "git@github.com:acme/../evil/x"),
        ("git@github.com:acme/", "eve@github.com:acme/x"),
        ("git@github.com:acme/", "git@github.com.evil.org:acme/x"),
        ("/srv/blueprints/", "/srv/blueprints/../evil"),
        ("/srv/blueprints/", "/srv/blueprints-evil/x"),
        ("./blueprints/", "./blueprints/x"),
        ("~nobody-of-that-name/", "~nobody-of-that-name/x"),
        ("https://", "https://github.com/acme/x"),
        ("", "https://github.com/acme/x"),
    ],
)
def test_an_entry_does_not_hold_for(entry: str, source: str) -> None:
    assert not covers_source(entry, source)


@pytest.mark.parametrize(
    "source",
    [
        "https://evil.org:/@github.com/acme/x",
        "git+https://evil.org:/@github.com/acme/x",
        "https://evil.org:x/@github.com/acme/x",
        "ssh://evil.org:/@github.com/acme/x",
    ],
)
def test_an_address_of_two_machines_is_refused(source: str) -> None:
    """Git takes the first one, and we took what it has for a password: the second one."""
    with pytest.raises(UsageError, match="is ambiguous"):
        find_blueprint(source)
    assert find_blueprint("https://me:a%2Fb@x.org/acme/x").source == "git+https://x.org/acme/x"


@pytest.mark.parametrize(
    ("path", "is_covered"),
    [
        pytest.param("acme/good.git", True, id="below"),
        pytest.param("acme/../acme-evil/bad.git", False, id="up"),
        pytest.param("acme/%2e%2e/acme-evil/bad.git", False, id="escaped"),
        pytest.param("acme-evil/bad.git", False, id="beside"),
    ],
)
def test_a_list_is_not_fooled_by_what_git_follows(
    home: Path, tmp_path: Path, server: Server, *, path: str, is_covered: bool
) -> None:
    """Real requests: each of these addresses leads to a blueprint that wants to run code."""
    canary = tmp_path / "ran"
    wanted = {"v1": blueprint(f"_tasks: ['touch {canary}']\n")}
    for name in ("acme/good", "acme-evil/bad"):
        server.blueprint(name, wanted)
    tree(home, {".config/scaffold/config.yml": f"trust: ['{server.url}/acme/']\n"})
    if is_covered:
        create(tmp_path / "p", f"{server.url}/{path}", said())
    else:
        with pytest.raises(ScaffoldError, match="wants to run code: tasks"):
            create(tmp_path / "p", f"{server.url}/{path}", said())
    assert any(name in asked for asked in server.asked for name in ("good.git", "bad.git"))
    assert canary.exists() == is_covered


@pytest.mark.parametrize(
    ("source", "remote"),
    [
        ("https://x.org/a.git", True),
        ("git@x.org:a/b.git", True),
        ("ssh://git@x.org/a.git", True),
        ("gh:acme/x", True),
        ("git+https://x.org/a", True),
        ("file:///srv/a.git", False),
        ("file://host/srv/a.git", True),
        ("lightning", False),
    ],
)
def test_another_machine_is_known_as_one(source: str, remote: bool) -> None:
    assert is_remote(find_blueprint(source)) is remote


def test_one_place_has_one_name(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    assert (
        normalize_source(f"{tmp_path}/link/x")
        == normalize_source(f"{tmp_path}/y/../x")
        == f"{tmp_path}/x"
    )
    assert normalize_source("https://me:pw@x.org/a.git/") == normalize_source("git+https://x.org/a")
