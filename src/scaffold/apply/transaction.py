"""Carry out a plan, all of it or nothing; take the last one back; heal one that was killed."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ..errors import ScaffoldError, add_result
from ..git import GitError
from ..host import hold_signals, link_or_copy, sync_folder, write_synced_file
from ..merge import (
    Change,
    FileChange,
    Plan,
    Repository,
    Stages,
    blob_id,
    framed,
    plumbing,
    worktree,
    write_loose,
)
from .journal import (
    LAST,
    RUNNING,
    Journal,
    Stale,
    Step,
    folders_emptied,
    folders_made,
    locked,
    prepared,
    write_aside,
)
from .swap import Swap, naming

AGAIN = "The project is as it was."
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
    """What was found of an update that had been killed.

    Attributes:
        outcome: ``nothing``, ``undone`` (the old tree) or ``finished`` (the new tree).
        kept: Paths that were changed since it was killed, left as they are.
    """

    outcome: str = "nothing"
    kept: tuple[str, ...] = ()


def apply(plan: Plan) -> None:
    """Carry out a plan: the files, then the index, all or nothing.

    Raises:
        ScaffoldError: Something is in the way, the project has changed since the plan was made,
            or a file cannot be written. The project is as it was.
        Interrupted: The user stopped it. The project is as it was.
    """
    if plan.blocked:
        raise in_the_way(plan.blocked)
    if not plan.files and not plan.index:
        return
    repo = plan.repo
    with explained(repo.folder), hold_signals() as check, locked(repo.git_dir) as state:
        if _heal(state).outcome != "nothing":
            raise Stale("the project")
        with prepared(state) as folder:
            steps = _aside(plan, folder, check)
            digest = _prepare_index(plan, folder, check)
            journal = _journal("update", repo, steps)
            _run(folder, journal, digest, check)
            add_result(f"{repo.folder} is updated")
        plumbing.refresh_index(repo.top, plan.disarm)


def in_the_way(blocked: Sequence[Change]) -> ScaffoldError:
    """The refusal of a plan, with all that stands in its way."""
    count = len(blocked)
    what = f"{count} file{'s' if count != 1 else ''} of yours would be overwritten"
    details = [f"{change.path}: {change.reason}" for change in blocked]
    hint = "Nothing was changed. Move, rename or commit them, then run the command again."
    return ScaffoldError(what, hint, details)


def abort(project: Path) -> None:
    """Give back the exact tree and index of before the last update.

    Raises:
        ScaffoldError: There is none, or something was changed or committed since.
    """
    repo = plumbing.repository(project, unborn=True)
    with explained(project), hold_signals() as check, locked(repo.git_dir) as state:
        _heal(state)
        last = state / LAST
        if not last.is_dir():
            raise ScaffoldError("there is no update to take back", "See git log and git status.")
        done = Swap(last, _read(last))
        digest = worktree.file_digest(repo.index)
        _refuse_changed(repo, done)
        before = (last / "index.old").read_bytes()
        with prepared(state) as folder:
            steps = tuple(_back(done, n, step, folder) for n, step in enumerate(done.journal.steps))
            write_synced_file(folder / "index.new", before)
            journal = _journal("abort", repo, steps, done.journal.prefix)
            _run(folder, journal, digest, check)
        _drop_index(done, before)
        add_result(f"the last update of {project} is taken back")
        _put_back(done)


def is_pending(repo: Repository) -> bool:
    """Whether the last update of a project was neither committed nor taken back."""
    last = repo.git_dir / "scaffold" / LAST
    if not last.is_dir():
        return False
    journal = _read(last)
    is_of_project = (journal.kind, journal.prefix) == ("update", repo.prefix)
    return is_of_project and journal.head == repo.head and bool(plumbing.dirty(repo.folder))


def _drop_index(done: Swap, empty: bytes) -> None:
    """Remove the empty index that stands for none; one that stays means the same to git."""
    with suppress(OSError):
        if not done.journal.had_index and done.index.read_bytes() == empty:
            done.index.unlink()


def _put_back(done: Swap) -> None:
    """Empty folders of before, as far as possible: all that is in files is back already."""
    for name, mode in done.journal.emptied:
        folder = done.root / name
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(mode)


def recover(git_dir: Path) -> Recovery:
    """Finish or undo an update that was killed. Every command calls this first.

    Raises:
        ScaffoldError: An update is running right now.
    """
    state = git_dir / "scaffold"
    if not state.is_dir() or not any(_leftovers(state)):
        return Recovery()
    with explained(git_dir), hold_signals(), locked(git_dir):
        found = _heal(state)
        if found.outcome != "nothing":
            add_result(f"an update that had been stopped was {found.outcome}")
        return found


def _leftovers(state: Path) -> Iterator[Path]:
    for path in state.iterdir():
        if path.name == RUNNING or path.name.startswith(LEFTOVERS):
            yield path


def _heal(state: Path) -> Recovery:
    running, found = state / RUNNING, Recovery()
    if running.is_dir():
        swap = Swap(running, _read(running))
        if swap.is_done:
            swap.finish()
            found = Recovery("finished")
        else:
            found = Recovery("undone", swap.undo())
    for path in _leftovers(state):
        shutil.rmtree(path, ignore_errors=True)
    return found


def _read(folder: Path) -> Journal:
    try:
        return Journal.read(folder)
    except (ValueError, KeyError, TypeError) as error:
        hint = f"What the update replaced is in {folder / 'old'}; see git status, then remove it."
        raise ScaffoldError(f"the journal in {folder} is damaged", hint) from error


def _run(folder: Path, journal: Journal, digest: str, check: Callable[[], None]) -> None:
    """From here on a journal is in place: whatever happens, the next command can heal it."""
    journal.write(folder)
    sync_folder(folder)
    check()
    swap = Swap(folder.with_name(RUNNING), journal)
    folder.rename(swap.folder)
    try:
        sync_folder(swap.folder.parent)
        swap.forward(digest, check)
    except BaseException as error:
        if not swap.is_done:
            _undo(swap, error)
            raise
    _finish(swap)


def _undo(swap: Swap, error: BaseException) -> None:
    try:
        swap.undo()
    except OSError as failure:
        hint = "Look to the disk; the next command of scaffold will finish it."
        details = [str(error), str(failure)]
        raise ScaffoldError("the update failed, and so did undoing it", hint, details) from failure


def _finish(swap: Swap) -> None:
    """The change is done; a failure to tidy up is left to the next command."""
    try:
        swap.finish()
    except OSError as error:
        lock = swap.git_dir / "index.lock"
        if lock.exists():
            hint = f"Remove {lock}."
            raise ScaffoldError(f"the update is done, but {lock} is left", hint) from error


def _aside(plan: Plan, folder: Path, check: Callable[[], None]) -> tuple[Step, ...]:
    """Write what goes to disk, and the objects that the index will name."""
    named = {entry.id for stages in plan.index.values() for entry in stages.values()}
    for name in sorted(named & set(plan.blobs)):
        check()
        write_loose(plan.repo.objects, name, framed("blob", plan.blobs[name]))
    steps = []
    for number, file in enumerate(plan.files):
        check()
        with naming(plan.repo.folder / file.path):
            steps.append(_write_step(plan.repo.folder, folder / "new" / str(number), file))
    return tuple(steps)


def _write_step(root: Path, target: Path, file: FileChange) -> Step:
    if file.content is None:
        return Step(file.path, file.before, None)
    after = write_aside(target, file.mode, file.content, root / file.path)
    return Step(file.path, file.before, after)


def _prepare_index(plan: Plan, folder: Path, check: Callable[[], None]) -> str:
    """Write the new index aside; returns the digest of the one that it was made from."""
    repo = plan.repo
    digest = _copy_index(repo, folder)
    if digest != plan.index_digest:
        entries = plumbing.index_entries(repo.folder, folder / "index.old")
        if worktree.entries_digest(entries) != plan.entries:
            raise Stale("the index")
    flags = {option: [repo.prefix + path for path in paths] for option, paths in plan.flags.items()}
    lines = _index_lines(repo, plan.index)
    try:
        plumbing.write_index(repo.top, folder / "index.new", lines, flags, plan.disarm)
    except GitError:
        check()  # a key that stops us stops git too
        raise
    write_synced_file(folder / "index.after", (folder / "index.new").read_bytes())
    return digest


def _copy_index(repo: Repository, folder: Path) -> str:
    """Copy the index aside, an empty one where there is none; returns the digest of its file."""
    old = folder / "index.old"
    if not repo.index.exists():
        plumbing.empty_index(repo.top, old)
        write_synced_file(folder / "index.new", old.read_bytes())
        return ""
    data = repo.index.read_bytes()
    for path in (old, folder / "index.new"):
        write_synced_file(path, data)
        shutil.copymode(repo.index, path)
    return worktree.file_digest(old)


def _index_lines(repo: Repository, index: Mapping[str, Stages]) -> bytes:
    """What goes first, so that a folder can take the place of a file."""
    none = "0" * (64 if repo.algorithm == "sha256" else 40)
    lines = [f"0 {none} 0\t{repo.prefix}{path}" for path in index]
    for path, stages in index.items():
        for number, entry in sorted(stages.items()):
            lines.append(f"{entry.mode} {entry.id} {number}\t{repo.prefix}{path}")
    return b"".join(os.fsencode(line) + b"\0" for line in lines)


def _journal(
    kind: str, repo: Repository, steps: tuple[Step, ...], prefix: str | None = None
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
        made=folders_made(root, created, removed),
        emptied=folders_emptied(root, created, removed),
        had_index=repo.index.exists(),
    )


def _back(done: Swap, number: int, step: Step, folder: Path) -> Step:
    """The step that takes a step back."""
    if step.before:
        link_or_copy(done.folder / "old" / str(number), folder / "new" / str(number))
    return Step(step.path, step.after, step.before)


def _refuse_changed(repo: Repository, done: Swap) -> None:
    """Stop where taking an update back would take more than the update."""
    if repo.head != done.journal.head:
        hint = "Take the commit back instead: git revert, or git reset --keep."
        raise ScaffoldError("commits were made since the update", hint)
    worktree.refuse_locked(repo.index)
    changed = {step.path for step in done.journal.steps if not _is_as_left(done.root, step)}
    changed |= _staged_since(repo, done)
    if changed:
        hint = "Nothing was changed. Put your edits aside first, or undo file by file with git."
        raise ScaffoldError("files were changed since the update", hint, sorted(changed))


def _is_as_left(root: Path, step: Step) -> bool:
    found = worktree.look(root, step.path)
    return (found.seen if found else None) == step.after


def _staged_since(repo: Repository, done: Swap) -> set[str]:
    """Paths whose index entries are neither what the update left nor what is on disk."""
    now = set(plumbing.index_entries(repo.top))
    left = set(plumbing.index_entries(repo.top, done.folder / "index.after"))
    prefix = done.journal.prefix
    ours = {prefix + step.path: step for step in done.journal.steps}
    return {
        item.path.removeprefix(prefix)
        for item in now ^ left
        if item.path not in ours or (item in now and not _is_on_disk(repo, item))
    }


def _is_on_disk(repo: Repository, item: plumbing.Indexed) -> bool:
    found = worktree.look(repo.top, item.path)
    return found is not None and blob_id(found.data, repo.algorithm) == item.id


@contextmanager
def explained(place: Path) -> Iterator[None]:
    """Tell an error of the system in one line that names the file and the next step."""
    try:
        yield
    except GitError as error:
        raise ScaffoldError(f"git failed: {error.what}", AGAIN, error.details) from error
    except OSError as error:
        step = NEXT_STEPS.get(error.errno or 0, "Look to the disk")
        what = f"{error.filename or place}: {error.strerror or error}"
        raise ScaffoldError(what, f"{AGAIN} {step}, then run the command again.") from error
