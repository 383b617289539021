"""The user's changes since the render, or the changes that an update would bring."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..git import ProjectRepository
from ..host import make_temporary_folder
from ..merge import find_edits
from ..project import RECORD_NAME, Record, list_records, read_record
from ..user import Confirm
from .inputs import Inputs, UpdateOptions
from .recovery import open_project
from .renders import ProjectRenders
from .update import update
from .versions import CURRENT_VERSION, find_recorded_blueprint, open_versions


def diff(
    project: Path, options: UpdateOptions | None = None, confirm: Confirm | None = None
) -> str:
    """Make a unified diff that ``git apply`` takes.

    Args:
        project: The project, or a folder in it.
        options: Without a version: from the pristine render of the recorded version, or those of
            all records laid over each other, to the project on disk. With one: from the project
            to the result of an update to that version, with recorded answers and defaults.
        confirm: Asks a person whether code may run, or a new server be contacted; None for no.

    Raises:
        ScaffoldError: The folder is no project, or its blueprint cannot be read.
    """
    options = options or UpdateOptions()
    inputs = Inputs(defaults=True, confirm=confirm)
    if options.version:
        return update(project, inputs, replace(options, dry_run=True)).diff
    repo, _ = open_project(project, options.record)
    records = (options.record,) if options.record else list_records(repo.folder) or (RECORD_NAME,)
    with make_temporary_folder() as temporary:
        bases = []
        for number, path in enumerate(records):
            known, place = read_record(repo.folder, path), Path(temporary, str(number))
            bases.append(_get_base(repo, known, options, inputs, place))
        return find_edits(repo.folder, bases, records)


def _get_base(
    repo: ProjectRepository, known: Record, options: UpdateOptions, inputs: Inputs, temporary: Path
) -> Path | str:
    blueprint = find_recorded_blueprint(repo.folder, known)
    trust = options.make_trust(inputs)
    trust.allow_contact(blueprint, known.path)
    with open_versions(blueprint, known, CURRENT_VERSION, inputs.confirm) as versions:
        renders = ProjectRenders(repo.folder, known, options, temporary, trust)
        base, _ = renders.get_base(versions.old, repo)
        return base
