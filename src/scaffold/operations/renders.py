"""The pristine renders of a project, which nobody edited: of its recorded version, of a new one."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .. import render
from ..blueprints import EXTENSIONS_KEY, MIGRATIONS_KEY, TASKS_KEY, Blueprint, OpenedBlueprint
from ..errors import Bug, Interrupted, ScaffoldError
from ..git import ProjectRepository
from ..host import make_temporary_folder
from ..merge import compute_tree_id, find_pristine_tree
from ..project import Record, stamp_record
from ..questions import Answers
from ..user import Trust
from .inputs import RenderOptions, UpdateOptions
from .loading import make_copier_conf
from .versions import CURRENT_VERSION, VersionPair, find_recorded_blueprint, open_versions


@dataclass(frozen=True)
class ProjectRenders:
    """The renders of one project, and the consent to run their code.

    All renders see the same time: a template that prints it makes no change.

    Attributes:
        temporary: The folder to render into.
        trust: The user's consent.
        now: The time, in seconds since the epoch.
    """

    project: Path
    known: Record
    options: UpdateOptions
    trust: Trust
    blueprint: Blueprint
    versions: VersionPair
    temporary: Path
    now: float = field(default_factory=time.time)

    @property
    def has_migrations(self) -> bool:
        """Tell whether migrations of the new version run."""
        return self.versions.new.has_migrations and not self.options.skip_tasks

    def allow_code(self, opened: OpenedBlueprint, *, migrates: bool = False) -> bool:
        """Allow the code of a version to run; asks a person where nobody has agreed yet.

        Raises:
            ScaffoldError: Nobody agreed.
        """
        keys = [EXTENSIONS_KEY] if self.options.skip_tasks else [EXTENSIONS_KEY, TASKS_KEY]
        if migrates:
            keys.append(MIGRATIONS_KEY)
        return self.trust.allow_code(opened, keys)

    def make_conf(self, opened: OpenedBlueprint) -> Mapping[str, Any]:
        """Make the value of ``_copier_conf``."""
        options: RenderOptions = self.options
        if options.version == CURRENT_VERSION:
            options = replace(options, version=opened.version)
        return make_copier_conf(opened, self.project, options, operation="update")

    def render(
        self,
        opened: OpenedBlueprint,
        answers: Answers | Mapping[str, Any],
        side: str,
        exclude: Sequence[str] = (),
        now: float | None = None,
    ) -> render.RenderResult:
        """Render one version into a folder of the project's name, below ``side``."""
        return render.render_blueprint(
            opened,
            answers,
            self.temporary / side / self.project.name,
            conf=self.make_conf(opened),
            trust=self.allow_code(opened),
            skip_tasks=self.options.skip_tasks,
            exclude=exclude,
            skip=self.options.skip,
            operation="update",
            record=self.known.path,
            now=now,
        )

    # ------------------------------------------------------------ the base

    def find_base(self, repo: ProjectRepository) -> str:
        """Find the recorded tree in the project's git; empty where it is not there."""
        tree = self._get_recorded_tree()
        return (find_pristine_tree(repo, self.known.path, tree) or "") if tree else ""

    def render_base(self) -> tuple[Path, tuple[str, ...]]:
        """Render the old version again; returns the folder, and notes for the user."""
        old, tree, folder = self.versions.old, self._get_recorded_tree(), self._render_old()
        is_same = not tree or compute_tree_id(folder, self.known.path) == tree
        if is_same and (tree or old.version or self.options.base):
            return folder, ()
        note = (
            f"{old.label} renders differently today than when the project was made, "
            "and the project's git does not hold the earlier render: "
            "the difference counts as your change"
        )
        return folder, (note,)

    def _get_recorded_tree(self) -> str:
        """Get the tree id of the record; empty where it is not that of the base."""
        # Tasks change the recorded tree: it is not a base for a render without them.
        is_whole = not (self.options.skip_tasks and _has_tasks(self.versions.old))
        return self.known.tree if is_whole and not self.options.base else ""

    def _render_old(self) -> Path:
        old = self.versions.old
        with _add_base_hint():
            old.config  # noqa: B018 - of a version that is gone, or that cannot be read any more
        self.allow_code(old)
        with _add_base_hint():
            return self.render(old, self.known.answers, "old", now=self.now).folder


@contextmanager
def open_renders(
    project: Path, known: Record, options: UpdateOptions, trust: Trust, version: str | None
) -> Iterator[ProjectRenders]:
    """Open the blueprint of a record at two versions; `open_versions` takes the new one.

    Raises:
        UsageError: There is no such blueprint or version, or it is older than the recorded one.
        ScaffoldError: Nobody agreed to contact its server, or the record names no version.
    """
    blueprint = find_recorded_blueprint(project, known, prereleases=options.prereleases)
    trust.allow_contact(blueprint, known.path)
    with (
        open_versions(blueprint, known, version, trust.confirm, options.base) as versions,
        make_temporary_folder() as temporary,
    ):
        yield ProjectRenders(project, known, options, trust, blueprint, versions, temporary)


def complete_record(
    rendered: render.RenderResult, opened: OpenedBlueprint, exclude: Sequence[str]
) -> None:
    """Add the ids of the version and of the pristine tree to the record of a render."""
    # An update counts files that the user excluded as deleted by the user.
    tree = "" if exclude else compute_tree_id(rendered.folder, rendered.record)
    stamp_record(rendered.folder / rendered.record, "" if opened.draft else opened.commit, tree)


def _has_tasks(opened: OpenedBlueprint) -> bool:
    try:
        return bool(opened.config.get(TASKS_KEY))
    except ScaffoldError:  # unknown by now, and only the recorded tree is left
        return False


@contextmanager
def _add_base_hint() -> Iterator[None]:
    """Add a hint at ``--base`` to the error of a version that cannot be rendered any more."""
    try:
        yield
    except (Bug, Interrupted):
        raise
    except ScaffoldError as error:
        way = "Or add --base VERSION, a later version that renders: changes up to it are left out."
        error.hint = f"{error.hint} {way}".strip()
        raise
