"""Trees of files as git sees them: named, listed, and written to object stores without git.

A scratch store borrows the project's objects and takes new ones; it is removed after the merge.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import ScaffoldError
from ..host import make_temporary_folder
from . import git_commands
from .git_commands import Listing, TreeEntry

FILE, PROGRAM, LINK, SUBMODULE = "100644", "100755", "120000", "160000"
REGULAR = frozenset({FILE, PROGRAM})
# The same person and time for all: the commits only exist to be merged.
COMMIT = "tree {tree}\n{parents}author s <s@localhost> 0 +0000\ncommitter s <s@localhost> 0 +0000\n"


def list_parents(path: str) -> list[str]:
    """List the folders above a path of the project, inner ones first, without the project."""
    return [path[:end] for end in range(len(path) - 1, 0, -1) if path[end] == "/"]


def frame_object(kind: str, data: bytes) -> bytes:
    """Put the header before an object that its name is made of."""
    return b"%s %d\0" % (kind.encode(), len(data)) + data


def hash_blob(data: bytes, algorithm: str) -> str:
    """Hash a content to the id of its blob."""
    return hashlib.new(algorithm, frame_object("blob", data), usedforsecurity=False).hexdigest()


def write_loose_object(objects: Path, name: str, raw: bytes) -> None:
    """Write a framed object to the user's object store, whole or not at all."""
    folder = objects / name[:2]
    target, temporary = folder / name[2:], folder / f"tmp_obj_{secrets.token_hex(6)}"
    if target.exists():
        return
    folder.mkdir(exist_ok=True)
    try:
        with open(temporary, "wb", opener=lambda path, flags: os.open(path, flags, 0o444)) as file:
            file.write(zlib.compress(raw, 1))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@dataclass(frozen=True)
class ObjectStore:
    """A store of objects in a bare git directory; without one it only names them.

    Attributes:
        algorithm: The hash that names objects, ``sha1`` or ``sha256``.
        folder: The git directory.
        known: Ids of objects that need not be written.
    """

    algorithm: str = "sha1"
    folder: Path | None = None
    known: set[str] = field(default_factory=set)

    @property
    def git_dir(self) -> Path:
        """The git directory."""
        if self.folder is None:
            raise ValueError("this store only names objects")
        return self.folder

    def write(self, kind: str, data: bytes) -> str:
        """Write an object; returns its id."""
        raw = frame_object(kind, data)
        name = hashlib.new(self.algorithm, raw, usedforsecurity=False).hexdigest()
        if name not in self.known:
            self.known.add(name)
            if self.folder:
                self._write(f"{self.folder}/objects/{name[:2]}", name[2:], zlib.compress(raw, 1))
        return name

    def _write(self, folder: str, name: str, data: bytes) -> None:
        """Write a file without a sync or a rename: only this process reads a scratch store."""
        try:
            file = open(f"{folder}/{name}", "wb")  # noqa: PTH123, SIM115 - a thousand of them
        except FileNotFoundError:
            Path(folder).mkdir()
            file = open(f"{folder}/{name}", "wb")  # noqa: PTH123, SIM115
        with file:
            file.write(data)

    def read(self, names: Iterable[str]) -> dict[str, bytes]:
        """Read the contents of blobs, by id."""
        return git_commands.read_blobs(self.git_dir, names)

    def write_tree(self, listing: Mapping[str, TreeEntry]) -> str:
        """Write a tree with all its folders; returns its id."""
        root: dict[str, Any] = {}
        for path, entry in listing.items():
            *folders, name = path.split("/")
            here = root
            for folder in folders:
                here = here.setdefault(folder, {})
            here[name] = entry
        return self._write_folder(root)

    def _write_folder(self, items: Mapping[str, Any]) -> str:
        lines = []
        for name, item in items.items():
            is_folder = isinstance(item, dict)
            mode, oid = ("40000", self._write_folder(item)) if is_folder else item
            raw = os.fsencode(name)
            # git sorts a folder as if its name ended in a slash
            key = raw + b"/" if is_folder else raw
            lines.append((key, mode.encode() + b" " + raw + b"\0" + bytes.fromhex(oid)))
        return self.write("tree", b"".join(line for _, line in sorted(lines)))

    def write_commit(self, tree: str, *parents: str) -> str:
        """Write a commit; returns its id."""
        lines = "".join(f"parent {parent}\n" for parent in parents)
        return self.write("commit", COMMIT.format(tree=tree, parents=lines).encode() + b"\n")


@contextmanager
def open_scratch_store(
    objects: Path, algorithm: str, known: Iterable[str] = ()
) -> Iterator[ObjectStore]:
    """Open a store that borrows all objects of another one, and remove it afterwards."""
    with make_temporary_folder() as folder:
        (folder / "objects" / "info").mkdir(parents=True)
        (folder / "refs").mkdir()
        (folder / "objects" / "info" / "alternates").write_bytes(os.fsencode(objects) + b"\n")
        (folder / "HEAD").write_text("ref: refs/heads/none\n")
        version = "\trepositoryformatversion = 0\n"
        if algorithm != "sha1":
            version = "\trepositoryformatversion = 1\n[extensions]\n"
            version += f"\tobjectFormat = {algorithm}\n"
        (folder / "config").write_text("[core]\n" + version)
        yield ObjectStore(algorithm, folder, set(known))


def read_listing(source: Path | str, store: ObjectStore) -> Listing:
    """Read the files of a rendered folder, or of a tree that the store holds or borrows."""
    if isinstance(source, Path):
        return read_folder(source, store)
    return git_commands.read_tree(store.git_dir, source)


def read_folder(folder: Path, store: ObjectStore) -> Listing:
    """Read the files of a rendered folder, byte for byte; the store gets their contents.

    Raises:
        ScaffoldError: It holds a ``.git``, or something that is not a file.
    """
    listing: Listing = {}
    _walk(os.fspath(folder), "", store, listing)
    return listing


def _walk(folder: str, prefix: str, store: ObjectStore, listing: Listing) -> None:
    with os.scandir(folder) as items:
        for item in items:
            path = prefix + item.name
            if item.name.lower() == ".git":
                raise ScaffoldError(f"the blueprint writes into git's own folder: {path}")
            if item.is_dir(follow_symlinks=False):
                _walk(item.path, path + "/", store, listing)
            else:
                listing[path] = _read_entry(item, path, store)


def _read_entry(item: os.DirEntry[str], path: str, store: ObjectStore) -> TreeEntry:
    if item.is_symlink():
        return TreeEntry(LINK, store.write("blob", bytes(Path(item.path).readlink())))
    mode = item.stat(follow_symlinks=False).st_mode
    if not stat.S_ISREG(mode):
        raise ScaffoldError(f"the blueprint makes something that is not a file: {path}")
    with open(item.path, "rb") as file:  # noqa: PTH123 - a thousand files: no Path for each
        data = file.read()
    return TreeEntry(PROGRAM if mode & stat.S_IXUSR else FILE, store.write("blob", data))
