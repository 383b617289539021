"""The user's changes since the render, or the changes that an update would bring."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from ..merge import find_edits
from ..project import RECORD_NAME, list_records, read_record
from ..user import Confirm
from .inputs import Inputs, UpdateOptions
from .recovery import open_project
from .renders import open_renders
from .update import update
from .versions import CURRENT_VERSION


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
    trust = options.make_trust(inputs)
    with ExitStack() as stack:
        bases: list[Path | str] = []
        for path in records:
            opened = open_renders(
                repo.folder, read_record(repo.folder, path), options, trust, CURRENT_VERSION
            )
            renders = stack.enter_context(opened)
            bases.append(renders.find_base(repo) or renders.render_base()[0])
        return find_edits(repo.folder, bases, records)
