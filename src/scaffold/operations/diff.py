"""What the user changed since the render; what an update would bring."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from .. import record
from ..blueprint import find
from ..merge.edits import edits
from ..trust import Confirm
from .answering import Inputs
from .finding import find_project
from .healing import heal
from .update import Options, Work, update
from .versions import CURRENT, versions


def diff(project: Path, options: Options | None = None, confirm: Confirm | None = None) -> str:
    """A unified diff that ``git apply`` takes.

    Args:
        project: The project, or a folder in it.
        options: Without a version: from the pristine render of the recorded version to the
            project as it stands on disk. With one: from the project to what an update to that
            version, with recorded answers and defaults, would make of it.
        confirm: Asks a person whether code may run, or a new server be asked; None for no.

    Raises:
        ScaffoldError: The folder is no project, or its blueprint cannot be read.
    """
    options = options or Options()
    project = find_project(project, options.record)
    inputs = Inputs(defaults=True, confirm=confirm)
    if options.version:
        return update(project, inputs, replace(options, dry_run=True)).diff
    heal(project, options.record)
    known = record.read(project, options.record)
    blueprint = find(known.source, relative_to=project)
    trust = options.consent(inputs)
    trust.reach(blueprint, known.path)
    with (
        versions(blueprint, known, CURRENT, confirm) as (old, _),
        tempfile.TemporaryDirectory(prefix="scaffold-") as temporary,
    ):
        work = Work(project, known, options, Path(temporary), trust)
        base = work.render(old, known.answers, "old")
        return edits(project, base.folder, known.path)
