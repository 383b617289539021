"""Build the archives for a package index, from a commit that is ready for a release.

    python -m tools.release

The source archive and the wheel go into ``dist/``, and ``twine check`` reads them. A commit is
ready when nothing is uncommitted, ``CHANGELOG.md`` tells of the version, and a tag names it. If
something is missing, this lists all of it, builds nothing and exits with 1. It uploads nothing: the
workflow ``release.yml`` runs it and publishes what it built.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
VERSION = re.compile(r'^__version__ = "(.+)"$', re.M)
# A heading of the changelog: its version, maybe a date, and all up to the next heading.
SECTION = re.compile(r"^## (?P<name>\S+)[^\n]*\n(?P<text>.*?)(?=^## |\Z)", re.M | re.S)


def main(root: Path = HERE) -> int:
    """Check and build; return the exit code."""
    if missing := [*not_committed(root), *not_in_changelog(root), *not_tagged(root)]:
        sys.stderr.write("\n".join([f"error: {root} is not ready for a release", *missing, ""]))
        return 1
    archives = build(root)
    run([sys.executable, "-m", "twine", "check", "--strict", *map(str, archives)], root)
    return 0


def version_of(root: Path) -> str:
    """Read the version in a checkout's code."""
    found = VERSION.search((root / "src/scaffold/__init__.py").read_text(encoding="utf-8"))
    if not found:
        sys.exit("error: src/scaffold/__init__.py does not name a version")
    return found[1]


def not_committed(root: Path) -> Iterator[str]:
    """Report uncommitted changes."""
    if changed := output(["git", "status", "--porcelain"], root).splitlines():
        yield f"uncommitted: {', '.join(line[3:] for line in changed)}; commit it first"


def not_in_changelog(root: Path) -> Iterator[str]:
    """Report the gaps of ``CHANGELOG.md``."""
    version = version_of(root)
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = {found["name"]: _entries(found["text"]) for found in SECTION.finditer(text)}
    released = [name for name in sections if name != "Unreleased"]
    if released[:1] != [version]:
        found = released[0] if released else "none"
        yield f"CHANGELOG.md: the newest version is {found}; add the heading: ## {version}"
    elif not sections[version]:
        yield f"CHANGELOG.md: {version} has no entry; tell what changed"
    if sections.get("Unreleased"):
        yield f"CHANGELOG.md: entries stand under Unreleased; move them below ## {version}"


def _entries(section: str) -> list[str]:
    return [line for line in section.splitlines() if line.strip() and not line.startswith("#")]


def not_tagged(root: Path) -> Iterator[str]:
    """Report a missing tag of the version."""
    tag = f"v{version_of(root)}"
    tags = output(["git", "tag", "--points-at", "HEAD"], root).split()
    if tag not in tags:
        here = f"; it has {', '.join(tags)}" if tags else ""
        yield f"tag: this commit has no tag {tag}{here}; give it one: git tag -a {tag} -m {tag}"


def build(root: Path) -> list[Path]:
    """Build the source archive, and a wheel from it, alone in ``dist/``."""
    shutil.rmtree(root / "dist", ignore_errors=True)
    run([sys.executable, "-m", "build", "--no-isolation"], root)
    return sorted((root / "dist").iterdir())


def run(command: list[str], root: Path) -> None:
    """Run a command in the open; one that fails ends this."""
    if code := subprocess.run(command, cwd=root, check=False).returncode:
        sys.exit(code)


def output(command: list[str], root: Path) -> str:
    """Get the output of a command."""
    return subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
