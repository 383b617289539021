"""A project inside a bigger repository: what works only at that repository's root."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..git import is_repository

# Names at the top of a project that forges and pre-commit look for at a repository's root alone.
ROOT_ONLY = frozenset(
    {
        *(".github", ".gitlab", ".gitea", ".forgejo", ".circleci"),
        *(".gitlab-ci.yml", ".travis.yml", ".cirrus.yml", "bitbucket-pipelines.yml"),
        *(".pre-commit-config.yaml", ".pre-commit-config.yml", "CODEOWNERS"),
    }
)


def root_only_notes(paths: Iterable[str], project: Path) -> tuple[str, ...]:
    """What to do with files that do nothing in a project which is not the root of its repository.

    Args:
        paths: The project's files.
        project: Its folder, which need not be there.
    """
    found = sorted(path for path in paths if path.partition("/")[0] in ROOT_ONLY)
    project = project.resolve()
    around = next((at for at in (project, *project.parents) if is_repository(at)), project)
    if not found or around == project:
        return ()
    return (
        f"these work only at the root of the repository, {around}: {', '.join(found)}; move them "
        f"there and have them run in {project.relative_to(around).as_posix()}, "
        "or make the project without them",
    )
