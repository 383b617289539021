"""Find a blueprint, list its versions, open one version as a folder.

A blueprint is built in (its released versions ship with the tool, one archive each), a folder,
or a git repository whose versions are its tags (PEP 440, ``v`` optional).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from .. import git
from ..questions import find_config_files
from ..errors import ScaffoldError
from ..errors import UsageError
from .layers import Layer
from .layers import find_layers
from .layers import is_layered
from .layers import load_yaml
from .layers import place_to_unpack
from .layers import unpack
from ..host import track_progress
from ..host import make_temporary_folder
from .versions import Order
from .versions import Point
from .versions import in_order
from .versions import newest_release
from .versions import order_of_names
from .versions import parsed
from .versions import tag_behind

DEFAULT = "lightning"
BUILTIN = "builtin:"
HEAD = "HEAD"  # the version that says: as it stands, uncommitted changes included
DIRTY = "-dirty"  # what is added to the name of a version with uncommitted changes, as git does
SHORTCUTS = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}
_URL = re.compile(r"(\w[\w+.-]*://|git@|git\+)|.*\.git$|.*\.bundle$")
_SHORT_ID = re.compile(r"[0-9a-f]{7,64}")
# What git reaches with its own means; any other name would start a program of that name.
_SCHEMES = ("https", "http", "ssh", "git", "file", "git+https", "git+http", "git+ssh", "git+file")


@dataclass(frozen=True)
class Opened:
    """One version of a blueprint, as a folder that may be read while it is open.

    Attributes:
        source: The stable name that the record holds.
        version: What the record calls the version; None for a folder without versions.
        commit: What the version's content is known by: a full commit id, or the SHA-256 of an
            archive; None for a folder.
        place: Where its files are, or will be.
        label: How messages call the blueprint.
        offline: Whether its source did not answer, so that newer versions may be unknown.
        draft: Whether it holds uncommitted changes of the source's work tree.
        fetch: Brings the files to their place, when they are needed.
    """

    source: str
    version: str | None
    commit: str | None
    place: Path
    label: str
    offline: bool = False
    draft: bool = False
    fetch: Callable[[], None] = lambda: None

    @cached_property
    def folder(self) -> Path:
        """Where its files are."""
        self.fetch()
        return self.place

    @cached_property
    def config(self) -> Mapping[str, Any]:
        """What its ``copier.yml`` holds."""
        from ..questions import load_config

        return load_config(self.folder)

    @property
    def names(self) -> dict[str, str]:
        """Its source and version, under the names that records and templates know."""
        names = {"_commit": self.version, "_src_path": self.source}
        return {name: value for name, value in names.items() if value is not None}

    @property
    def is_described(self) -> bool:
        """Whether it says that it is a blueprint; Copier takes any folder for a template."""
        return self.layered or bool(find_config_files(self.folder))

    @cached_property
    def layered(self) -> bool:
        """Whether it is made of layers, and not a plain Copier template."""
        return is_layered(self.folder)

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """Its layers; none for a plain Copier template."""
        return find_layers(self.folder) if self.layered else ()

    @cached_property
    def about(self) -> Mapping[str, Any]:
        """What ``blueprint.yml`` says; empty for a plain Copier template."""
        path = self.folder / "blueprint.yml"
        return load_yaml(path) if path.is_file() else {}


class Blueprint(Protocol):
    """Where versions of a blueprint come from; as it stands here, of one that has none."""

    @property
    def source(self) -> str:
        """The stable name that a record holds."""
        ...

    def versions(self) -> Sequence[str]:
        """Its versions, oldest first; empty where it has none."""
        return ()

    def newest(self) -> tuple[Point, bool]:
        """What is opened by default (its name empty without versions); whether it is out of date.

        That is the newest release, or the head of a repository that has none.
        """
        return Point(""), False

    def commit_of(self, version: str) -> str:
        """What a released version is known by today; empty where that is not told by name."""
        return ""

    def order(self, version: Point, recorded: Point) -> Order:
        """Where a version stands to the recorded one: by history, where there is one."""
        return Order.unknown

    def read(self, version: Point, name: str) -> bytes | None:
        """A file at the top of one version; None where it has none, or cannot be reached."""
        return None

    def open(self, version: str | None = None) -> Any:
        """A context in which one version (default: the newest) is open as `Opened`."""
        ...


# ---------------------------------------------------------------- built in


def released() -> Path:
    """The folder of the released versions of the built-in blueprints."""
    installed = Path(__file__).parents[1] / "released"
    return installed if installed.is_dir() else Path(__file__).parents[3] / "blueprints/released"


def builtin_names() -> tuple[str, ...]:
    """The names of the built-in blueprints."""
    root = released()
    return tuple(sorted(p.name for p in root.iterdir() if p.is_dir())) if root.is_dir() else ()


@dataclass(frozen=True)
class Builtin:
    """A blueprint that ships with the tool."""

    name: str

    @property
    def source(self) -> str:
        """The stable name that a record holds."""
        return BUILTIN + self.name

    def versions(self) -> Sequence[str]:
        """Its released versions, oldest first."""
        return in_order(path.stem for path in (released() / self.name).glob("*.zip"))

    def newest(self) -> tuple[Point, bool]:
        """Its newest release; never out of date, for it ships with the tool."""
        return Point(self.versions()[-1]), False

    def commit_of(self, version: str) -> str:
        """The digest of a version's archive."""
        import hashlib

        archive = self._archive(version)
        if not archive.is_file():
            return ""
        return f"sha256:{hashlib.sha256(archive.read_bytes()).hexdigest()}"

    def order(self, version: Point, recorded: Point) -> Order:
        """Where a version stands to the recorded one, by their names."""
        return order_of_names(version.name, recorded.name)

    def read(self, version: Point, name: str) -> bytes | None:
        """A file at the top of one version, read without unpacking it."""
        from zipfile import ZipFile

        with ZipFile(self._archive(version.name)) as archive:
            return archive.read(name) if name in archive.namelist() else None

    def about(self) -> Mapping[str, Any]:
        """Title and description of the newest version, read without unpacking it."""
        import json

        path = released() / self.name / "about.json"
        about: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return about

    @contextmanager
    def open(self, version: str | None = None) -> Iterator[Opened]:
        """Unpack one version, where it is not yet."""
        known = self.versions()
        wanted = (version or known[-1]).removeprefix("v")
        if wanted not in known:
            raise _no_version(self.name, wanted, known, offline=False)
        archive = self._archive(wanted)
        with make_temporary_folder() as temporary:
            commit = self.commit_of(wanted)
            folder = place_to_unpack(commit.removeprefix("sha256:"), temporary) / self.name
            yield Opened(
                source=self.source,
                version=wanted,
                commit=commit,
                place=folder,
                label=f"{self.name} {wanted}",
                fetch=lambda: unpack(archive, folder),
            )

    def _archive(self, version: str) -> Path:
        return released() / self.name / f"{version}.zip"


# ---------------------------------------------------------------- a folder


@dataclass(frozen=True)
class Folder(Blueprint):
    """A blueprint in a folder, without versions."""

    path: Path

    @property
    def source(self) -> str:
        """The stable name that a record holds: the path, as the user gave one."""
        return str(self.path)

    @contextmanager
    def open(self, version: str | None = None) -> Iterator[Opened]:
        """Open the folder as it stands."""
        if version not in (None, "current", HEAD):
            raise UsageError(
                f"{self.path} is a folder without versions, so there is no {version}",
                "Leave --to out, or make the folder a git repository with tags.",
            )
        if not any(self.path.iterdir()):
            raise ScaffoldError(
                f"{self.path} holds no blueprint",
                "It is empty: name a folder with a copier.yml, or run `scaffold list`.",
            )
        yield Opened(self.source, None, None, self.path, self.path.name)


# ---------------------------------------------------------------- git


@dataclass(frozen=True)
class Repository:
    """A blueprint in a git repository.

    Attributes:
        source: The stable name that a record holds.
        url: What git is given to fetch from.
        path: The repository itself where it is on this machine.
        prereleases: Whether a pre-release may be the newest version.
    """

    source: str
    url: str
    path: Path | None = None
    prereleases: bool = False

    def versions(self) -> Sequence[str]:
        """Its tags that are versions, oldest first."""
        return in_order(tag.name for tag in self._tags())

    def newest(self) -> tuple[Point, bool]:
        """Its newest release or its head, and whether that is as of its last answer only."""
        tags, offline = self._listed
        if name := self._newest(tags):
            return Point(name, self.commit_of(name)), offline
        store, offline = self._store
        ref = self._head
        commit = git.commit_of(store, ref) or ""
        return Point(self._name(store, ref, commit) if commit else "", commit), offline

    def _newest(self, tags: Sequence[git.Tag]) -> str:
        return newest_release([tag.name for tag in tags], prereleases=self.prereleases)

    def commit_of(self, version: str) -> str:
        """The commit that a tag leads to."""
        return next((tag.commit for tag in self._tags() if tag.name == version), "")

    def order(self, version: Point, recorded: Point) -> Order:
        """Where a version stands to the recorded one: behind it in history is older.

        Of two releases the names tell, unless the newer name lies behind the other.
        """
        both = (version.name, recorded.name)
        is_told = all(self._is_release(tag_behind(name)) for name in both)
        names = order_of_names(*both) if is_told else Order.unknown
        released = is_told and not any(tag_behind(name) != name for name in both)
        if version.commit and version.commit == recorded.commit:
            return names if released else Order.same  # a release may be tagged anew, unchanged
        if released and names is not Order.newer:
            return names
        history = self._order_in_history(version, recorded)
        if history is Order.unknown or (released and history is not Order.older):
            return names
        return self._order_apart(version, recorded) if history is Order.apart else history

    def _is_release(self, name: str) -> bool:
        """Whether a name is a version's, and no short id of a commit: 5c85249 reads as 5rc85249."""
        is_id = _SHORT_ID.fullmatch(name) and not self.commit_of(name)
        return parsed(name) is not None and not is_id

    def _order_in_history(self, version: Point, recorded: Point) -> Order:
        try:
            store, _ = self._store
        except ScaffoldError:  # the names are all there is
            return Order.unknown
        points = (p.commit or p.name.removesuffix(DIRTY) for p in (version, recorded))
        new, old = (git.commit_of(store, name) for name in points)
        if new is None or old is None:
            return Order.unknown
        if git.is_ancestor(store, new, old):
            return Order.same if new == old else Order.older
        if git.is_ancestor(store, old, new):
            return Order.newer
        return Order.unknown if git.is_shallow(store) else Order.apart

    def _order_apart(self, version: Point, recorded: Point) -> Order:
        """The order of two lines of history, by the releases that they come from."""
        new, old = (self._release_behind(point) for point in (version, recorded))
        found = order_of_names(new, old)
        return found if found in (Order.newer, Order.older) else Order.apart

    def _release_behind(self, point: Point) -> str:
        name = tag_behind(point.name)
        if self._is_release(name):
            return name
        behind = in_order(git.names_behind(self._store[0], point.commit or point.name))
        return behind[-1] if behind else ""

    def read(self, version: Point, name: str) -> bytes | None:
        """A file at the top of one version."""
        try:
            return git.read_file(self._store[0], version.commit or version.name, name)
        except ScaffoldError:
            return None

    @contextmanager
    def open(self, version: str | None = None) -> Iterator[Opened]:
        """Check one version (a tag, a version or any other ref) out into a temporary folder."""
        store, offline = self._store
        ref = self._ref(version)
        commit = git.commit_of(store, ref)
        was_draft = commit is None and ref.endswith(DIRTY)
        commit = git.commit_of(store, ref.removesuffix(DIRTY)) if was_draft else commit
        with make_temporary_folder() as temporary:
            scratch, folder = temporary / "draft.git", temporary / self._title
            draft = self._draft(store, commit, scratch) if ref == HEAD else None
            exact = draft or commit
            if exact is None:
                raise _no_version(self.source, ref, self.versions(), offline=offline)
            name = self._name(store, ref, commit) if commit else exact[:7]
            name += DIRTY if draft or was_draft else ""
            yield Opened(
                source=self.source,
                version=name,
                commit=exact,
                place=folder,
                label=f"{folder.name} {name}",
                offline=offline,
                draft=bool(draft),
                fetch=lambda: self._bring(scratch if draft else store, exact, folder),
            )

    def _draft(self, store: Path, head: str | None, scratch: Path) -> str | None:
        """The commit of what the work tree holds beyond ``HEAD``; None where that is nothing."""
        if self.path is None or not (self.path / ".git").exists():
            return None
        with track_progress(f"reading {self.path}"):
            return git.draft(store, self.path, head, scratch)

    def _bring(self, store: Path, commit: str, folder: Path) -> None:
        """Check a commit out; a copy in the cache that is damaged is made again first."""
        address = str(self.path or self.url)
        try:
            git.check_out(store, commit, folder, address)
        except git.GitError:
            if self.path or git.is_sound(store):
                raise
            again, _ = git.mirror(self.url, anew=True)
            git.check_out(again, commit, folder, address)

    @property
    def _title(self) -> str:
        """The last part of its address, as a folder may be called."""
        if self.path:
            return self.path.name.removesuffix(".git") or "blueprint"
        last = self.source.partition("?")[0].rstrip("/").rpartition("/")[2].removesuffix(".git")
        return re.sub(r"[^\w.+-]", "-", last).strip(".") or "blueprint"

    def _tags(self) -> Sequence[git.Tag]:
        return self._stored_tags if "_store" in self.__dict__ else self._listed[0]

    @cached_property
    def _listed(self) -> tuple[Sequence[git.Tag], bool]:
        """Its tags, asked without fetching; whether they are as of its last answer only."""
        if self.path or "_store" in self.__dict__:  # fetched a moment ago
            return self._stored_tags, self._store[1]
        try:
            with track_progress(f"asking {self.source} for its versions"):
                return git.remote_tags(self.url), False
        except git.GitError:
            copy = git.mirror_of(self.url)
            if not copy.is_dir():
                raise
            return git.tags(copy), True

    @cached_property
    def _stored_tags(self) -> Sequence[git.Tag]:
        return git.tags(self._store[0])

    @cached_property
    def _store(self) -> tuple[Path, bool]:
        """A git directory that has it, fetched once, and whether the source did not answer."""
        if self.path:
            return git.directory(self.path), False
        with track_progress(f"fetching {self.source}"):
            return git.mirror(self.url)

    def _ref(self, version: str | None) -> str:
        known = [tag.name for tag in self._stored_tags]
        if version is None:
            return self._newest(self._stored_tags) or self._head
        if version == HEAD:
            return self._head
        same = [name for name in known if parsed(name) == parsed(version) is not None]
        return version if version in known or not same else same[0]

    @property
    def _head(self) -> str:
        """What is opened where there is no release: the copy in the cache keeps its first one."""
        return HEAD if self.path or self._store[1] else git.default_branch(self.url)

    def _name(self, store: Path, ref: str, commit: str) -> str:
        if any(tag.name == ref and tag.commit == commit for tag in self._stored_tags):
            return ref
        return git.describe(store, commit)


# ---------------------------------------------------------------- all of them


def find(text: str, relative_to: Path | None = None, *, prereleases: bool = False) -> Blueprint:
    """The blueprint that a person or a record means.

    Args:
        text: A built-in name, a folder, a git URL, ``gh:owner/repo`` or ``gl:owner/repo``.
        relative_to: What a relative path is relative to; the working directory where it is None.
        prereleases: Whether a pre-release may be the newest version.

    Raises:
        UsageError: It names nothing that exists.
    """
    _refuse_strange(text)
    name = text.removeprefix(BUILTIN)
    if name in builtin_names():
        return Builtin(name)
    if text.startswith(BUILTIN):
        raise _unknown(text)
    for prefix, base in SHORTCUTS.items():
        if text.startswith(prefix):
            url = base + text.removeprefix(prefix).removesuffix(".git") + ".git"
            return Repository(text, url, prereleases=prereleases)
    if _URL.match(text) and not Path(text).expanduser().is_dir():
        url = text.removeprefix("git+")
        bundle = Path(relative_to or ".", url).resolve()
        url = str(bundle) if bundle.is_file() else url
        return Repository(_for_copier(without_credentials(url)), url, prereleases=prereleases)
    path = Path(relative_to or ".", Path(text).expanduser()).resolve()
    if not path.is_dir():
        raise _unknown(text)
    if git.is_repository(path):
        return Repository(str(path), str(path), path, prereleases)
    return Folder(path)


def _for_copier(url: str) -> str:
    """The URL with the mark that Copier needs to take it for git, so that its update works too."""
    known = ("git@", "git://", "git+", "https://github.com/", "https://gitlab.com/")
    return url if url.startswith(known) or url.endswith((".git", ".bundle")) else f"git+{url}"


def _refuse_strange(text: str) -> None:
    """Refuse a source that git, or what git starts, would take for a command or an option."""
    address = text.removeprefix("git+")
    scheme = re.match(r"([\w+.-]*)://", text)
    helper = re.match(r"[\w+.-]*::", address)
    option = text.startswith("-") or re.match(r"[\w+.-]*://(?:[^/@]*@)?-|[^/:@]*@-[^/]*:", address)
    if helper or option or (scheme and scheme[1].lower() not in _SCHEMES):
        raise UsageError(
            f"{without_credentials(text)!r} is no address of a blueprint",
            "Give a built-in name, a folder, gh:owner/repo, or an https, ssh, git or file URL.",
        )
    if git.is_ambiguous(address):
        raise UsageError(
            f"it is not clear which machine {without_credentials(text)!r} leads to",
            "Write a slash in a password as %2F, and leave a colon out that no port follows.",
        )


without_credentials = git.without_credentials


def _unknown(text: str) -> UsageError:
    import difflib

    close = difflib.get_close_matches(text.removeprefix(BUILTIN), builtin_names(), n=1)
    guess = f"Did you mean {close[0]}? " if close else ""
    return UsageError(
        f"there is no blueprint {text!r}",
        f"{guess}Give a built-in name (see `scaffold list`), a folder, a git URL or gh:owner/repo.",
    )


def _no_version(name: str, version: str, known: Sequence[str], *, offline: bool) -> UsageError:
    newest = ", ".join(reversed(known[-5:])) or "none"
    has = "did not answer, and its copy here has" if offline else "has"
    return UsageError(f"{name} {has} no version {version}", f"Its newest versions: {newest}.")
