"""Blueprints that ship with the tool: each released version is one archive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..host import make_cache_folder, make_temporary_folder
from .blueprint import OpenedBlueprint, make_version_error
from .layers import list_files_below
from .versions import VersionOrder, VersionRef, compare_names, sort_versions

if TYPE_CHECKING:
    from zipfile import ZipFile

DEFAULT_BLUEPRINT = "lightning"
BUILTIN_PREFIX = "builtin:"


def get_released_folder() -> Path:
    """Get the folder with the released versions of the built-in blueprints."""
    installed = Path(__file__).parents[1] / "released"
    return installed if installed.is_dir() else Path(__file__).parents[3] / "blueprints/released"


def list_builtin_names() -> tuple[str, ...]:
    """List the names of the built-in blueprints."""
    root = get_released_folder()
    return tuple(sorted(p.name for p in root.iterdir() if p.is_dir())) if root.is_dir() else ()


@dataclass(frozen=True)
class BuiltinBlueprint:
    """A blueprint that ships with the tool."""

    name: str

    @property
    def source(self) -> str:
        """The stable name that a record holds."""
        return BUILTIN_PREFIX + self.name

    def list_versions(self) -> Sequence[str]:
        """List its released versions, oldest first."""
        return sort_versions(
            path.stem for path in (get_released_folder() / self.name).glob("*.zip")
        )

    def find_newest(self) -> tuple[VersionRef, bool]:
        """Find its newest release; never out of date, as it ships with the tool."""
        return VersionRef(self.list_versions()[-1]), False

    def find_commit(self, version: str) -> str:
        """Compute the SHA-256 of a version's archive; empty if there is none."""
        import hashlib

        archive = self._archive(version)
        if not archive.is_file():
            return ""
        return f"sha256:{hashlib.sha256(archive.read_bytes()).hexdigest()}"

    def compare(self, version: VersionRef, recorded: VersionRef) -> VersionOrder:
        """Compare a version with the recorded one, by their names."""
        return compare_names(version.name, recorded.name)

    def read_file(self, version: VersionRef, name: str) -> bytes | None:
        """Read a file at the top of one version without unpacking it; None if missing."""
        from zipfile import ZipFile

        with ZipFile(self._archive(version.name)) as archive:
            return archive.read(name) if name in archive.namelist() else None

    def read_about(self) -> Mapping[str, Any]:
        """Read the facts about the newest version that `list` shows, without unpacking it."""
        import json

        path = get_released_folder() / self.name / "about.json"
        about: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return about

    @contextmanager
    def open(self, version: str | None = None) -> Iterator[OpenedBlueprint]:
        """Open one version; it is unpacked when its files are needed."""
        known = self.list_versions()
        wanted = (version or known[-1]).removeprefix("v")
        if wanted not in known:
            raise make_version_error(self.name, wanted, known, offline=False)
        archive = self._archive(wanted)
        with make_temporary_folder() as temporary:
            commit = self.find_commit(wanted)
            digest = commit.removeprefix("sha256:")[:32]
            folder = (make_cache_folder("unpacked", digest) or temporary) / self.name
            yield OpenedBlueprint(
                source=self.source,
                version=wanted,
                commit=commit,
                place=folder,
                label=f"{self.name} {wanted}",
                fetch=lambda: unpack_archive(archive, folder),
            )

    def _archive(self, version: str) -> Path:
        return get_released_folder() / self.name / f"{version}.zip"


def unpack_archive(archive: Path, folder: Path) -> None:
    """Unpack an archive into a folder, unless exactly its files are there already.

    Raises:
        OSError: They cannot be written.
    """
    import shutil
    import tempfile
    import zipfile

    with zipfile.ZipFile(archive) as packed:
        if _is_unpacked(folder, packed):
            return
        aside = Path(tempfile.mkdtemp(prefix="new-", dir=folder.parent))
        try:
            for item in packed.infolist():
                file = Path(packed.extract(item, aside / "new"))
                file.chmod(item.external_attr >> 16 & 0o777)
            if _is_unpacked(folder, packed):  # another run was faster, and uses them
                return
            if folder.exists():
                folder.rename(aside / "old")
            (aside / "new").rename(folder)
        except OSError:
            if not _is_unpacked(folder, packed):
                raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def _is_unpacked(folder: Path, packed: ZipFile) -> bool:
    """Tell whether every byte is as packed: a cache may be cleared in part, or changed."""
    import zlib

    try:
        found = {
            p.as_posix(): zlib.crc32((folder / p).read_bytes()) for p in list_files_below(folder)
        }
    except OSError:
        return False
    return found == {item.filename: item.CRC for item in packed.infolist()}
