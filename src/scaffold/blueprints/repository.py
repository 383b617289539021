"""A blueprint in a git repository: its tags are its versions (PEP 440, ``v`` optional)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .. import git
from ..errors import ScaffoldError
from ..host import make_temporary_folder, track_progress
from .blueprint import DIRTY_SUFFIX, HEAD_VERSION, OpenedBlueprint, make_version_error
from .versions import (
    VersionOrder,
    VersionRef,
    compare_names,
    find_newest_release,
    get_base_tag,
    parse_version,
    sort_versions,
)

_SHORT_ID = re.compile(r"[0-9a-f]{7,64}")


@dataclass(frozen=True)
class RepositoryBlueprint:
    """A blueprint in a git repository.

    Attributes:
        source: The stable name that a record holds.
        url: The address for git, with credentials.
        path: The repository itself if it is on this machine.
        prereleases: Whether a pre-release may be the newest version.
    """

    source: str
    url: str
    path: Path | None = None
    prereleases: bool = False

    def list_versions(self) -> Sequence[str]:
        """List its tags that are versions, oldest first."""
        return sort_versions(tag.name for tag in self._list_tags())

    def find_newest(self) -> tuple[VersionRef, bool]:
        """Find its newest release, or its head; and whether the source did not answer."""
        tags, offline = self._listed
        if name := self._find_newest_tag(tags):
            return VersionRef(name, self.find_commit(name)), offline
        store, offline = self._store
        ref = self._head
        commit = git.find_commit(store, ref) or ""
        return VersionRef(self._describe(store, ref, commit) if commit else "", commit), offline

    def _find_newest_tag(self, tags: Sequence[git.Tag]) -> str:
        return find_newest_release([tag.name for tag in tags], prereleases=self.prereleases)

    def find_commit(self, version: str) -> str:
        """Find the commit of a tag; empty if there is no such tag."""
        return next((tag.commit for tag in self._list_tags() if tag.name == version), "")

    def compare(self, version: VersionRef, recorded: VersionRef) -> VersionOrder:
        """Compare a version with the recorded one: its ancestors in history are older.

        Two releases are compared by name, unless the newer name is an ancestor of the other.
        """
        both = (version.name, recorded.name)
        are_releases = all(self._is_release(get_base_tag(name)) for name in both)
        names = compare_names(*both) if are_releases else VersionOrder.unknown
        released = are_releases and not any(get_base_tag(name) != name for name in both)
        if version.commit and version.commit == recorded.commit:
            return names if released else VersionOrder.same  # one commit may have two releases
        if released and names is not VersionOrder.newer:
            return names
        history = self._compare_history(version, recorded)
        if history is VersionOrder.unknown or (released and history is not VersionOrder.older):
            return names
        if history is VersionOrder.diverged:
            return self._compare_lines(version, recorded)
        return history

    def _is_release(self, name: str) -> bool:
        """Tell whether a name is a version, not a short commit id: 5c85249 reads as 5rc85249."""
        is_id = _SHORT_ID.fullmatch(name) and not self.find_commit(name)
        return parse_version(name) is not None and not is_id

    def _compare_history(self, version: VersionRef, recorded: VersionRef) -> VersionOrder:
        try:
            store, _ = self._store
        except ScaffoldError:  # only the names are known
            return VersionOrder.unknown
        points = (p.commit or p.name.removesuffix(DIRTY_SUFFIX) for p in (version, recorded))
        new, old = (git.find_commit(store, name) for name in points)
        if new is None or old is None:
            return VersionOrder.unknown
        if git.is_ancestor(store, new, old):
            return VersionOrder.same if new == old else VersionOrder.older
        if git.is_ancestor(store, old, new):
            return VersionOrder.newer
        return VersionOrder.unknown if git.is_shallow(store) else VersionOrder.diverged

    def _compare_lines(self, version: VersionRef, recorded: VersionRef) -> VersionOrder:
        """Compare two lines of history by the releases that they start from."""
        new, old = (self._find_base_release(point) for point in (version, recorded))
        found = compare_names(new, old)
        return found if found in (VersionOrder.newer, VersionOrder.older) else VersionOrder.diverged

    def _find_base_release(self, point: VersionRef) -> str:
        name = get_base_tag(point.name)
        if self._is_release(name):
            return name
        behind = sort_versions(git.list_tags_behind(self._store[0], point.commit or point.name))
        return behind[-1] if behind else ""

    def read_file(self, version: VersionRef, name: str) -> bytes | None:
        """Read a file at the top of one version; None if missing or out of reach."""
        try:
            return git.read_committed_file(self._store[0], version.commit or version.name, name)
        except ScaffoldError:
            return None

    @contextmanager
    def open(self, version: str | None = None) -> Iterator[OpenedBlueprint]:
        """Check out one version (a tag, a version or any other ref) into a temporary folder.

        Raises:
            UsageError: There is no such version.
        """
        store, offline = self._store
        ref = self._choose_ref(version)
        commit = git.find_commit(store, ref)
        was_draft = commit is None and ref.endswith(DIRTY_SUFFIX)
        commit = git.find_commit(store, ref.removesuffix(DIRTY_SUFFIX)) if was_draft else commit
        with make_temporary_folder() as temporary:
            scratch, folder = temporary / "draft.git", temporary / self._title
            draft = self._commit_draft(store, commit, scratch) if ref == HEAD_VERSION else None
            exact = draft or commit
            if exact is None:
                raise make_version_error(self.source, ref, self.list_versions(), offline=offline)
            name = self._describe(store, ref, commit) if commit else exact[:7]
            name += DIRTY_SUFFIX if draft or was_draft else ""
            yield OpenedBlueprint(
                source=self.source,
                version=name,
                commit=exact,
                place=folder,
                label=f"{folder.name} {name}",
                offline=offline,
                draft=bool(draft),
                fetch=lambda: self._check_out(scratch if draft else store, exact, folder),
            )

    def _commit_draft(self, store: Path, head: str | None, scratch: Path) -> str | None:
        """Commit the uncommitted changes of its work tree; None if there are none."""
        if self.path is None or not (self.path / ".git").exists():
            return None
        with track_progress(f"reading {self.path}"):
            return git.commit_draft(store, self.path, head, scratch)

    def _check_out(self, store: Path, commit: str, folder: Path) -> None:
        """Check out a commit; a damaged mirror is made again first."""
        address = str(self.path or self.url)
        try:
            git.check_out_commit(store, commit, folder, address)
        except git.GitError:
            if self.path or git.is_intact(store):
                raise
            again, _ = git.update_mirror(self.url, anew=True)
            git.check_out_commit(again, commit, folder, address)

    @property
    def _title(self) -> str:
        """The last part of its address, as the name of a folder."""
        if self.path:
            return self.path.name.removesuffix(".git") or "blueprint"
        last = self.source.partition("?")[0].rstrip("/").rpartition("/")[2].removesuffix(".git")
        return re.sub(r"[^\w.+-]", "-", last).strip(".") or "blueprint"

    def _list_tags(self) -> Sequence[git.Tag]:
        return self._stored_tags if "_store" in self.__dict__ else self._listed[0]

    @cached_property
    def _listed(self) -> tuple[Sequence[git.Tag], bool]:
        """Its tags, listed without fetching; and whether the source did not answer."""
        if self.path or "_store" in self.__dict__:  # fetched a moment ago
            return self._stored_tags, self._store[1]
        try:
            with track_progress(f"asking {self.source} for its versions"):
                return git.list_remote_tags(self.url), False
        except git.GitError:
            copy = git.get_mirror_path(self.url)
            if not copy.is_dir():
                raise
            return git.list_tags(copy), True

    @cached_property
    def _stored_tags(self) -> Sequence[git.Tag]:
        return git.list_tags(self._store[0])

    @cached_property
    def _store(self) -> tuple[Path, bool]:
        """A git directory that has it, fetched once; and whether the source did not answer."""
        if self.path:
            return git.get_git_dir(self.path), False
        with track_progress(f"fetching {self.source}"):
            return git.update_mirror(self.url)

    def _choose_ref(self, version: str | None) -> str:
        known = [tag.name for tag in self._stored_tags]
        if version is None:
            return self._find_newest_tag(self._stored_tags) or self._head
        if version == HEAD_VERSION:
            return self._head
        same = [name for name in known if parse_version(name) == parse_version(version) is not None]
        return version if version in known or not same else same[0]

    @property
    def _head(self) -> str:
        """The ref to open if there is no release; a mirror keeps its first default branch."""
        return HEAD_VERSION if self.path or self._store[1] else git.get_default_branch(self.url)

    def _describe(self, store: Path, ref: str, commit: str) -> str:
        if any(tag.name == ref and tag.commit == commit for tag in self._stored_tags):
            return ref
        return git.describe_commit(store, commit)
