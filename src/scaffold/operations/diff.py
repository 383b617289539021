"""What the user changed since the render; what an update would bring."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..blueprints import find_blueprint
from ..host import make_temporary_folder
from ..merge import ProjectRepository, find_edits
from ..project import RECORD_NAME, Record, find_project, list_records, read_record
from ..user import Confirm
from .answering import Inputs
from .recovery import heal
from .update import Options, Work, update
from .versions import CURRENT, versions


def diff(project: Path, options: Options | None = None, confirm: Confirm | None = None) -> str:
    """A unified diff that ``git apply`` takes.

    Args:
        project: The project, or a folder in it.
        options: Without a version: from the pristine render of the recorded version, or those of
            all records laid over each other, to the project as it stands on disk. With one: from
            the project to what an update to that version, with recorded answers and defaults,
            would make of it.
        confirm: Asks a person whether code may run, or a new server be asked; None for no.

    Raises:
        ScaffoldError: The folder is no project, or its blueprint cannot be read.
    """
    options = options or Options()
    project = find_project(project, options.record)
    inputs = Inputs(defaults=True, confirm=confirm)
    if options.version:
        return update(project, inputs, replace(options, dry_run=True)).diff
    repo, _ = heal(project, options.record)
    records = (options.record,) if options.record else list_records(project) or (RECORD_NAME,)
    with make_temporary_folder() as temporary:
        bases = []
        for number, path in enumerate(records):
            known, place = read_record(project, path), Path(temporary, str(number))
            bases.append(_base(repo, known, options, inputs, place))
        return find_edits(project, bases, records)


def _base(
    repo: ProjectRepository, known: Record, options: Options, inputs: Inputs, temporary: Path
) -> Path | str:
    """The pristine render of a record's version."""
    blueprint = find_blueprint(known.source, relative_to=repo.folder)
    trust = options.consent(inputs)
    trust.reach(blueprint, known.path)
    with versions(blueprint, known, CURRENT, inputs.confirm) as found:
        base, _ = Work(repo.folder, known, options, temporary, trust).base(found.old, repo)
        return base
