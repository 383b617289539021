"""Check for a newer version: read the record and the source's tags, render nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..blueprints import ChangelogSection, read_news
from ..errors import ScaffoldError
from ..project import RECORD_NAME, find_project, list_records, read_record
from ..user import Confirm, SettingsError, Trust, UnusedSourceError
from .recovery import find_pending, needs_recovery, open_project
from .versions import find_recorded_blueprint, find_target, refuse_moved


@dataclass(frozen=True)
class CheckResult:
    """The outcome of a check of one record.

    Attributes:
        path: The project.
        source: Its blueprint; empty where the record could not be read.
        current: The recorded version.
        newest: The newest version; empty where that is not known.
        available: Whether ``newest`` is newer than ``current``.
        offline: Whether the source did not answer, and ``newest`` is from its last answer.
        problem: The reason why nothing is known; mostly empty.
        pending: Whether the project holds an update that is not committed yet.
        conflicts: The paths that this update left to resolve.
        news: The blueprint's changelog between the two, where an update is available.
        record: The path of the record; empty where the project could not be read.
        note: The reason why an update needs ``--to`` to go to ``newest``; mostly empty.
        hint: The next step if there is a problem; may be empty.
    """

    path: Path
    source: str = ""
    current: str = ""
    newest: str = ""
    available: bool = False
    offline: bool = False
    problem: str = ""
    record: str = ""
    pending: bool = False
    news: tuple[ChangelogSection, ...] = ()
    conflicts: tuple[str, ...] = ()
    note: str = ""
    hint: str = ""


def check(
    paths: Sequence[Path],
    record_path: str | None = None,
    *,
    yes: bool = False,
    confirm: Confirm | None = None,
    prereleases: bool = False,
) -> tuple[CheckResult, ...]:
    """Compare each project's recorded version with its blueprint's newest.

    Args:
        paths: The projects, or folders in them.
        record_path: The path of the record in each of them; None for all of its records.
        yes: Contact the blueprints' servers even if they were not used before.
        confirm: Asks a person whether to, where there is one project; None for no.
        prereleases: Whether a pre-release may be the newest version.

    Raises:
        SettingsError: The user's own settings are damaged.
    """
    trust = Trust(contact=yes, confirm=confirm if len(paths) == 1 else None)
    return tuple(
        result for path in paths for result in _check_project(path, record_path, trust, prereleases)
    )


def _check_project(
    path: Path, record_path: str | None, trust: Trust, prereleases: bool
) -> Iterator[CheckResult]:
    try:
        found = find_project(path, record_path)
        if found != path.resolve():
            path = found if path.is_absolute() else Path(os.path.relpath(found))
        if needs_recovery(found):
            open_project(found, record_path)
        pending = find_pending(found)
        names = (record_path,) if record_path else list_records(found) or (RECORD_NAME,)
    except ScaffoldError as error:
        yield CheckResult(path, problem=error.what, hint=error.hint)
        return
    for name in names:
        result = _check_record(path, name, trust, prereleases)
        if pending:
            result = replace(result, pending=True, conflicts=pending.conflicts)
        yield result


def _check_record(path: Path, name: str, trust: Trust, prereleases: bool) -> CheckResult:
    so_far = CheckResult(path, record=name)
    try:
        known = read_record(path, name)
        so_far = replace(so_far, source=known.source, current=known.version)
        blueprint = find_recorded_blueprint(path, known, prereleases=prereleases)
        trust.allow_contact(blueprint, known.path)
        target = find_target(blueprint, known)
        refuse_moved(blueprint, known)
        news = read_news(blueprint, known.version, target.newest) if target.is_newer else ()
    except SettingsError:
        raise
    except UnusedSourceError as error:
        return replace(so_far, problem=f"{error.what} ({error.hint})")
    except ScaffoldError as error:
        return replace(so_far, problem=error.what, hint=error.hint)
    return replace(
        so_far,
        newest=target.newest.name,
        available=target.is_newer,
        offline=target.offline,
        note=target.note,
        news=news,
    )
