"""A project inside a bigger repository: files that work only at that repository's root."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..git import is_repository

# Forges and pre-commit look for these names only at a repository's root.
ROOT_ONLY_NAMES = frozenset(
    {
        *(".github", ".gitlab", ".gitea", ".forgejo", ".circleci"),
        *(".gitlab-ci.yml", ".travis.yml", ".cirrus.yml", "bitbucket-pipelines.yml"),
        *(".pre-commit-config.yaml", ".pre-commit-config.yml", "CODEOWNERS"),
    }
)


def list_root_only_notes(paths: Iterable[str], project: Path) -> tuple[str, ...]:
    """List notes on files that have no effect, as the project is not the root of its repository.

    Args:
        paths: The project's files.
        project: Its folder, which need not exist.
    """
    found = sorted(path for path in paths if path.partition("/")[0] in ROOT_ONLY_NAMES)
    project = project.resolve()
    around = next((at for at in (project, *project.parents) if is_repository(at)), project)
    if not found or around == project:
        return ()
    return (
        f"these work only at the root of the repository, {around}: {', '.join(found)}; move them "
        f"there and have them run in {project.relative_to(around).as_posix()}, "
        "or make the project without them",
    )
