"""Pack the blueprints whose version is not released yet.

    python -m tools.release_blueprint [--check]

Each ``blueprints/<name>/`` goes into ``blueprints/released/<name>/<version>.zip``, and the digest
of the archive into ``SHA256SUMS`` beside it; ``about.json`` holds the newest version's title,
description and grouped choices, so that listing blueprints unpacks nothing. A released version
never changes: where the folder differs from the release of its version, this says so and exits
with 1. ``--check`` writes nothing.
"""

from __future__ import annotations

import hashlib
import io
import json
import stat
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from scaffold.blueprints.find import find_blueprint
from scaffold.operations.loading import load_questions

BLUEPRINTS = Path(__file__).resolve().parents[1] / "blueprints"
CACHES = {"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".DS_Store"}
# The earliest date that a zip archive can hold: an archive depends on its content alone.
DATE = (1980, 1, 1, 0, 0, 0)

Content = Mapping[str, tuple[int, bytes]]


def main(arguments: Sequence[str], root: Path = BLUEPRINTS) -> int:
    """Release new versions; return the exit code."""
    changed = []
    for blueprint in working(root):
        name, archive = blueprint.name, archive_of(blueprint)
        if archive.is_file():
            if unlike := differences(read_folder(blueprint), read_archive(archive)):
                changed.append(f"{name} {archive.stem} is released and its folder is unlike it")
                changed += [f"  {path}" for path in unlike]
        elif "--check" in arguments:
            changed.append(f"{name} {archive.stem} is not released")
        else:
            release(blueprint, archive)
            sys.stdout.write(f"released {name} {archive.stem}\n")
    if changed:
        sys.stderr.write("\n".join([*changed, "next: give blueprint.yml a new version", ""]))
    return 1 if changed else 0


def working(root: Path) -> Iterator[Path]:
    """List the folders of the blueprints that are not released."""
    return (path.parent for path in sorted(root.glob("*/blueprint.yml")))


def archive_of(blueprint: Path) -> Path:
    """Get the path for the release of a folder's version, which need not exist."""
    version = read_about(blueprint)["version"]
    return blueprint.parent / "released" / blueprint.name / f"{version}.zip"


def read_about(blueprint: Path) -> Mapping[str, Any]:
    """Read ``blueprint.yml``."""
    about: dict[str, Any] = yaml.safe_load((blueprint / "blueprint.yml").read_text("utf-8"))
    return about


def release(blueprint: Path, archive: Path) -> None:
    """Write the archive and its digest."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    archive.write_bytes(packed(read_folder(blueprint)))
    sums = archive.parents[1] / "SHA256SUMS"
    known = sums.read_text() if sums.is_file() else ""
    sums.write_text(f"{known}{digest(archive)}  {archive.parent.name}/{archive.name}\n")
    about = {key: read_about(blueprint)[key] for key in ("title", "description")}
    about["choices"] = list_grouped_choices(blueprint)
    text = json.dumps(about, indent=2, ensure_ascii=False)
    archive.with_name("about.json").write_text(text + "\n", encoding="utf-8")


def list_grouped_choices(blueprint: Path) -> dict[str, Any]:
    """List the choices of each question whose choices have groups."""
    with find_blueprint(str(blueprint)).open() as opened:
        questions = load_questions(opened).questions.values()
    return {
        question.name: [
            asdict(choice) for choice in question.choices if not isinstance(choice, str)
        ]
        for question in questions
        if question.has_groups
    }


def digest(archive: Path) -> str:
    """Compute the SHA-256 of an archive."""
    return hashlib.sha256(archive.read_bytes()).hexdigest()


def read_folder(blueprint: Path) -> Content:
    """Read the mode and bytes of each file, by path; leave caches out.

    Raises:
        ValueError: There is a symbolic link, which an archive for all systems cannot hold.
    """
    content = {}
    for path in sorted(blueprint.rglob("*")):
        if CACHES & set(path.parts) or path.is_dir():
            continue
        if path.is_symlink():
            raise ValueError(f"{path} is a symbolic link")
        mode = 0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644
        content[path.relative_to(blueprint).as_posix()] = (mode, path.read_bytes())
    return content


def read_archive(archive: Path) -> Content:
    """Read the same of a released version."""
    with zipfile.ZipFile(archive) as opened:
        return {
            item.filename: (item.external_attr >> 16 & 0o777, opened.read(item))
            for item in opened.infolist()
        }


def packed(content: Content) -> bytes:
    """Pack an archive that depends on the content alone."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(content):
            mode, data = content[name]
            item = zipfile.ZipInfo(name, DATE)
            item.create_system = 3  # Unix: else the mode is not read
            item.external_attr = (stat.S_IFREG | mode) << 16
            item.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(item, data)
    return buffer.getvalue()


def differences(one: Content, other: Content) -> list[str]:
    """List the paths that differ."""
    return sorted(path for path in {*one, *other} if one.get(path) != other.get(path))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
