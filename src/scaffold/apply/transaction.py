"""Apply a plan, all of it or nothing; undo the last one; recover an update that was killed."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ..errors import ScaffoldError, add_result
from ..git import (
    GitError,
    IndexEntry,
    ProjectRepository,
    find_repository,
    list_uncommitted,
    read_index,
    refresh_index,
    update_index,
    write_empty_index,
)
from ..host import hold_signals, link_or_copy, sync_folder, write_synced_file
from ..merge import (
    Change,
    FileChange,
    Plan,
    Stages,
    frame_object,
    hash_blob,
    hash_file,
    hash_index,
    read_disk_file,
    refuse_locked,
    write_loose_object,
)
from .journal import (
    LAST_FOLDER,
    RUNNING_FOLDER,
    Journal,
    JournalStep,
    StalePlan,
    hold_lock,
    list_emptied_folders,
    list_new_folders,
    prepare_folder,
    write_aside,
)
from .running_change import RunningChange, name_in_errors

UNCHANGED = "The project is unchanged."
NOT_RECOVERED = "The interrupted update is not undone or finished yet."
NEXT_STEPS = {
    errno.ENOSPC: "Free some disk space",
    errno.EDQUOT: "Free some disk space",
    errno.EACCES: "Make it writable for you",
    errno.EPERM: "Make it writable for you",
    errno.EROFS: "Make the file system writable",
}
LEFTOVERS = ("prepare-", "trash-")


@dataclass(frozen=True)
class Recovery:
    """The recovery of an update that was killed.

    Attributes:
        outcome: ``nothing``, ``undone`` (the old tree) or ``finished`` (the new tree).
        kept: Paths that were changed since it was killed, left as they are.
    """

    outcome: str = "nothing"
    kept: tuple[str, ...] = ()


def apply_plan(plan: Plan) -> None:
    """Apply a plan: the files, then the index, all or nothing.

    Raises:
        ScaffoldError: A file is in the way, the project has changed since the plan was made,
            or a file cannot be written. The project is unchanged.
        Interrupted: The user stopped it. The project is unchanged.
    """
    if plan.obstacles:
        raise make_obstacle_error(plan.obstacles)
    if not plan.files and not plan.index:
        return
    repo = plan.repo
    with explain_errors(repo.folder), hold_signals() as check, hold_lock(repo.git_dir) as state:
        if _recover(state).outcome != "nothing":
            raise StalePlan("the project")
        with prepare_folder(state) as folder:
            steps = _write_new_files(plan, folder, check)
            digest = _prepare_index(plan, folder, check)
            journal = _make_journal("update", repo, steps)
            _run(folder, journal, digest, check)
            add_result(f"{repo.folder} is updated")
        refresh_index(repo.top, plan.filters_off)


def make_obstacle_error(obstacles: Sequence[Change]) -> ScaffoldError:
    """Make the refusal of a plan, with all files in its way."""
    count = len(obstacles)
    what = f"{count} file{'s' if count != 1 else ''} of yours would be overwritten"
    details = [f"{change.path}: {change.reason}" for change in obstacles]
    hint = "Nothing was changed. Move, rename or commit them, then run the command again."
    return ScaffoldError(what, hint, details)


def abort_update(project: Path) -> None:
    """Restore the exact tree and index of before the last update.

    Raises:
        ScaffoldError: There is none, or there were changes or commits since.
    """
    repo = find_repository(project, unborn=True)
    with explain_errors(project), hold_signals() as check, hold_lock(repo.git_dir) as state:
        _recover(state)
        last = state / LAST_FOLDER
        if not last.is_dir():
            raise ScaffoldError("there is no update to undo", "See git log and git status.")
        done = RunningChange(last, _read_journal(last))
        digest = hash_file(repo.index)
        _refuse_changed(repo, done)
        before = (last / "index.old").read_bytes()
        with prepare_folder(state) as folder:
            steps = tuple(
                _reverse_step(done, n, step, folder) for n, step in enumerate(done.journal.steps)
            )
            write_synced_file(folder / "index.new", before)
            journal = _make_journal("abort", repo, steps, done.journal.prefix)
            _run(folder, journal, digest, check)
        _drop_index(done, before)
        add_result(f"the last update of {project} is undone")
        _restore_folders(done)


def is_update_pending(repo: ProjectRepository) -> bool:
    """Tell whether the last update of a project is still uncommitted and not taken back."""
    last = repo.git_dir / "scaffold" / LAST_FOLDER
    if not last.is_dir():
        return False
    journal = _read_journal(last)
    is_of_project = (journal.kind, journal.prefix) == ("update", repo.prefix)
    return is_of_project and journal.head == repo.head and bool(list_uncommitted(repo.folder))


def _drop_index(done: RunningChange, empty: bytes) -> None:
    """Remove the empty index where there was none; if it stays, it means the same to git."""
    with suppress(OSError):  # the abort is done: an error would say that it is not
        if not done.journal.had_index and done.index.read_bytes() == empty:
            done.index.unlink()


def _restore_folders(done: RunningChange) -> None:
    """Restore empty folders as far as possible: all files are back already."""
    for name, mode in done.journal.emptied:
        folder = done.root / name
        with suppress(OSError):  # as in `_drop_index`
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(mode)


def recover_update(git_dir: Path) -> Recovery:
    """Finish or undo an update that was killed.

    Each command that changes a project, or reads the state of its update, calls this first.

    Raises:
        ScaffoldError: An update is running right now.
    """
    state = git_dir / "scaffold"
    if not state.is_dir() or not any(_list_leftovers(state)):
        return Recovery()
    with explain_errors(git_dir, NOT_RECOVERED), hold_signals(), hold_lock(git_dir):
        found = _recover(state)
        if found.outcome != "nothing":
            add_result(f"an interrupted update was {found.outcome}")
        return found


def _list_leftovers(state: Path) -> Iterator[Path]:
    for path in state.iterdir():
        if path.name == RUNNING_FOLDER or path.name.startswith(LEFTOVERS):
            yield path


def _recover(state: Path) -> Recovery:
    running, found = state / RUNNING_FOLDER, Recovery()
    if running.is_dir():
        change = RunningChange(running, _read_journal(running))
        if change.is_done:
            change.finish()
            found = Recovery("finished")
        else:
            found = Recovery("undone", change.undo())
    for path in _list_leftovers(state):
        shutil.rmtree(path, ignore_errors=True)
    return found


def _read_journal(folder: Path) -> Journal:
    try:
        return Journal.read(folder)
    except (ValueError, KeyError, TypeError) as error:
        hint = f"The replaced files are in {folder / 'old'}. See git status, then remove {folder}."
        raise ScaffoldError(f"the journal in {folder} is damaged", hint) from error


def _run(folder: Path, journal: Journal, digest: str, check: Callable[[], None]) -> None:
    """Put the journal in place and carry it out; after a failure the next command can recover."""
    journal.write(folder)
    sync_folder(folder)
    check()
    running = RunningChange(folder.with_name(RUNNING_FOLDER), journal)
    folder.rename(running.folder)
    try:
        sync_folder(running.folder.parent)
        running.carry_out(digest, check)
    except BaseException as error:
        if not running.is_done:
            _undo(running, error)
            raise
    _finish(running)


def _undo(running: RunningChange, error: BaseException) -> None:
    try:
        running.undo()
    except OSError as failure:
        hint = "Check the disk. The next scaffold command will finish it."
        details = [str(error), str(failure)]
        raise ScaffoldError("the update failed and could not be undone", hint, details) from failure


def _finish(running: RunningChange) -> None:
    """Clean up after a change that is done; the next command repeats what fails."""
    try:
        running.finish()
    except OSError as error:
        lock = running.git_dir / "index.lock"
        if lock.exists():
            hint = f"Remove {lock}."
            raise ScaffoldError(f"the update is done, but {lock} is left", hint) from error


def _write_new_files(
    plan: Plan, folder: Path, check: Callable[[], None]
) -> tuple[JournalStep, ...]:
    """Write the new files aside, and the objects that the index will name."""
    named = {entry.id for stages in plan.index.values() for entry in stages.values()}
    for name in sorted(named & set(plan.blobs)):
        check()
        write_loose_object(plan.repo.objects, name, frame_object("blob", plan.blobs[name]))
    steps = []
    for number, file in enumerate(plan.files):
        check()
        with name_in_errors(plan.repo.folder / file.path):
            steps.append(_write_step(plan.repo.folder, folder / "new" / str(number), file))
    return tuple(steps)


def _write_step(root: Path, target: Path, file: FileChange) -> JournalStep:
    if file.content is None:
        return JournalStep(file.path, file.before, None)
    after = write_aside(target, file.mode, file.content, root / file.path)
    return JournalStep(file.path, file.before, after)


def _prepare_index(plan: Plan, folder: Path, check: Callable[[], None]) -> str:
    """Write the new index aside; returns the digest of the one that it was made from."""
    repo = plan.repo
    digest = _copy_index(repo, folder)
    if digest != plan.index_digest:
        entries = read_index(repo.folder, folder / "index.old")
        if hash_index(entries) != plan.entries:
            raise StalePlan("the index")
    flags = {option: [repo.prefix + path for path in paths] for option, paths in plan.flags.items()}
    lines = _make_index_lines(repo, plan.index)
    try:
        update_index(repo.top, folder / "index.new", lines, flags, plan.filters_off)
    except GitError:
        check()  # a key that stops us stops git too
        raise
    write_synced_file(folder / "index.after", (folder / "index.new").read_bytes())
    return digest


def _copy_index(repo: ProjectRepository, folder: Path) -> str:
    """Copy the index aside, an empty one if there is none; returns the digest of its file."""
    old = folder / "index.old"
    if not repo.index.exists():
        write_empty_index(repo.top, old)
        write_synced_file(folder / "index.new", old.read_bytes())
        return ""
    data = repo.index.read_bytes()
    for path in (old, folder / "index.new"):
        write_synced_file(path, data)
        shutil.copymode(repo.index, path)
    return hash_file(old)


def _make_index_lines(repo: ProjectRepository, index: Mapping[str, Stages]) -> bytes:
    """Make the lines of the new index: removals first, so that a folder can replace a file."""
    none = "0" * (64 if repo.algorithm == "sha256" else 40)
    lines = [f"0 {none} 0\t{repo.prefix}{path}" for path in index]
    for path, stages in index.items():
        for number, entry in sorted(stages.items()):
            lines.append(f"{entry.mode} {entry.id} {number}\t{repo.prefix}{path}")
    return b"".join(os.fsencode(line) + b"\0" for line in lines)


def _make_journal(
    kind: str, repo: ProjectRepository, steps: tuple[JournalStep, ...], prefix: str | None = None
) -> Journal:
    prefix = repo.prefix if prefix is None else prefix
    root = repo.top / prefix
    created = [step.path for step in steps if not step.before]
    removed = [step.path for step in steps if not step.after]
    is_plain = repo.git_dir == repo.top / ".git"
    return Journal(
        kind=kind,
        top="" if is_plain else str(repo.top),
        prefix=prefix,
        head=repo.head,
        steps=steps,
        made=list_new_folders(root, created, removed),
        emptied=list_emptied_folders(root, created, removed),
        had_index=repo.index.exists(),
    )


def _reverse_step(done: RunningChange, number: int, step: JournalStep, folder: Path) -> JournalStep:
    if step.before:
        link_or_copy(done.folder / "old" / str(number), folder / "new" / str(number))
    return JournalStep(step.path, step.after, step.before)


def _refuse_changed(repo: ProjectRepository, done: RunningChange) -> None:
    """Refuse to take an update back where other changes would be lost."""
    if repo.head != done.journal.head:
        hint = "Undo the commit with git revert or git reset --keep."
        raise ScaffoldError("commits were made since the update", hint)
    refuse_locked(repo.index)
    changed = {step.path for step in done.journal.steps if not _is_as_left(done.root, step)}
    changed |= _find_staged(repo, done)
    if changed:
        hint = "Nothing was changed. Save your edits first, or restore single files with git."
        raise ScaffoldError("files were changed since the update", hint, sorted(changed))


def _is_as_left(root: Path, step: JournalStep) -> bool:
    found = read_disk_file(root, step.path)
    return (found.fingerprint if found else None) == step.after


def _find_staged(repo: ProjectRepository, done: RunningChange) -> set[str]:
    """Find paths whose index entries equal neither the update's nor the disk."""
    now = set(read_index(repo.top))
    left = set(read_index(repo.top, done.folder / "index.after"))
    prefix = done.journal.prefix
    ours = {prefix + step.path: step for step in done.journal.steps}
    return {
        item.path.removeprefix(prefix)
        for item in now ^ left
        if item.path not in ours or (item in now and not _is_on_disk(repo, item))
    }


def _is_on_disk(repo: ProjectRepository, item: IndexEntry) -> bool:
    found = read_disk_file(repo.top, item.path)
    return found is not None and hash_blob(found.data, repo.algorithm) == item.id


@contextmanager
def explain_errors(place: Path, state: str = UNCHANGED) -> Iterator[None]:
    """Explain an error of the system in one line that names the file and the next step."""
    try:
        yield
    except GitError as error:
        raise ScaffoldError(f"git failed: {error.what}", state, error.details) from error
    except OSError as error:
        step = NEXT_STEPS.get(error.errno or 0, "Check the disk")
        what = f"{error.filename or place}: {error.strerror or error}"
        raise ScaffoldError(what, f"{state} {step}, then run the command again.") from error
