"""The blueprint's changelog between two versions, as `check` and `update` show it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scaffold.blueprints.changelog import MAX_NEWS_CHARS, read_news, split_changelog
from scaffold.blueprints.find import find_blueprint
from scaffold.blueprints.repository import RepositoryBlueprint
from scaffold.blueprints.versions import VersionRef

from ..helpers.blueprints_on_disk import repository
from ..operations.test_update import World, scaffold, template

CHANGELOG = """# Changelog

## [Unreleased]

- Not yet.

## [3.0.0] - 2026-03-01

### Added

- Three.
```
# 2.5.0
```

## v2.0.0 (2026-02-01)

- Two \x1b[31m.

## 1.0.0: the first

- One.

[3.0.0]: https://example.org
"""


def test_a_changelog_is_split_at_its_versions() -> None:
    found = {section.version: section.text for section in split_changelog(CHANGELOG)}
    assert list(found) == ["3.0.0", "v2.0.0", "1.0.0"]
    assert found["3.0.0"] == "### Added\n\n- Three.\n```\n# 2.5.0\n```"


@pytest.mark.parametrize(
    ("old", "new", "versions"),
    [
        ("v1.0.0", "v3.0.0", ["3.0.0", "v2.0.0"]),
        ("v1.0.0-3-gabcdef0", "v2.0.0", ["v2.0.0"]),
        ("v2.0.0", "v2.0.0-1-gabcdef0", []),
        ("stable", "v2.0.0", ["v2.0.0"]),
        ("v2.0.0", "main", ["3.0.0"]),
        ("stable", "main", []),
    ],
)
def test_what_lies_between_is_new(tmp_path: Path, old: str, new: str, versions: list[str]) -> None:
    source = repository(tmp_path / "s", {"v1.0.0": {"CHANGELOG.md": CHANGELOG}})
    blueprint = RepositoryBlueprint(str(source), str(source), source)
    commit = blueprint.find_commit("v1.0.0")
    found = read_news(blueprint, old, VersionRef(new, commit))
    assert [section.version for section in found] == versions


def test_it_is_bounded(tmp_path: Path) -> None:
    text = "## 2.0.0\n" + "x" * MAX_NEWS_CHARS * 2 + "\n## 1.5.0\nmore\n"
    source = repository(tmp_path / "s", {"v2.0.0": {"HISTORY.md": text}})
    found = read_news(RepositoryBlueprint("s", str(source), source), "v1", VersionRef("v2.0.0"))
    assert [len(section.text) for section in found] == [MAX_NEWS_CHARS + 2]


def test_a_built_in_blueprint_has_one() -> None:
    lightning = find_blueprint("lightning")
    newest, _ = lightning.find_newest()
    versions = [section.version for section in read_news(lightning, "1.0.0", newest)]
    assert versions[0] == newest.name
    assert versions[-1] == "1.1.0"


def test_check_and_update_show_it(tmp_path: Path) -> None:
    newer = template({"a.txt": "2\n"}) | {"CHANGELOG.md": CHANGELOG}
    world = World(tmp_path, template({"a.txt": "1\n"}), newer)
    checked = scaffold("check", "p", cwd=tmp_path).stdout
    assert "\nnew in v2.0.0:\n  - Two \\x1b[31m.\n\nnext:" in checked
    row = json.loads(scaffold("check", "p", "--json", cwd=tmp_path).stdout)["projects"][0]
    news = [{"version": "v2.0.0", "text": "- Two \N{REPLACEMENT CHARACTER}[31m."}]
    assert row["news"] == news
    assert json.loads(world.update("--dry-run", "--json").stdout)["news"] == news
    done = world.update().stdout
    assert "new in v2.0.0:\n  - Two" in done
    assert "One." not in done + checked


def test_of_a_long_one_the_screen_shows_the_beginning(tmp_path: Path) -> None:
    text = "## 2.0.0\n" + "".join(f"- {n}\n" for n in range(100))
    newer = template({"a.txt": "2\n"}) | {"CHANGELOG.md": text}
    World(tmp_path, template({"a.txt": "1\n"}), newer)
    checked = scaffold("check", "p", cwd=tmp_path).stdout
    assert "  - 37\n  … 62 more lines; --json shows all\n" in checked
