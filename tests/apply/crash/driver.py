"""Stop an update at every operation that changes a file, heal it, and look at what is left.

Run under the shim, with the name of a folder that holds ``old`` (the project's repository),
``base`` and ``theirs`` (pristine folders; ``base2`` and ``theirs2`` are those of a second
blueprint), and ``settings.json``. Prints one JSON object.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scaffold.apply.transaction import abort_update, apply_plan, recover_update
from scaffold.errors import Interrupted, ScaffoldError, clear_results
from scaffold.git.work_tree import find_repository, read_index
from scaffold.merge.merger import Renders, open_merger
from scaffold.merge.plan import Plan
from scaffold.merge.readiness import inspect_project

KILL, FAIL_ONCE, FAIL_ON, INTERRUPT = 1, 2, 3, 4
ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES)
DONE, REFUSED, BROKEN = 0, 1, 99
Snapshot = tuple[dict[str, tuple[int, bytes]], list[tuple[object, ...]]]
shim = ctypes.CDLL(os.environ["LD_PRELOAD"])


def snapshot(top: Path) -> Snapshot:
    """All files with their modes, and the entries of the index."""
    files = {}
    for here, folders, names in os.walk(top):
        if ".git" in folders:
            folders.remove(".git")
        for name in names + [n for n in folders if Path(here, n).is_symlink()]:
            path = Path(here, name)
            data = os.readlink(path).encode() if path.is_symlink() else path.read_bytes()  # noqa: PTH115
            files[str(path.relative_to(top))] = (path.lstat().st_mode, data)
        if not names and not folders and here != str(top):
            files[str(Path(here).relative_to(top)) + "/"] = (0, b"")
    entries = [(i.path, i.mode, i.id, i.stage, i.flag) for i in read_index(top)]
    return files, sorted(entries)


def in_child(action: Callable[[], object], at: int, mode: int, error: int = 0) -> int:
    """Do something in a process of its own that is stopped at an operation; its exit code."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = BROKEN
    try:
        sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115 - gone with the process
        shim.shim_arm(ctypes.c_long(at), mode, error)
        clear_results()
        action()
        code = DONE
    except (Interrupted, KeyboardInterrupt):  # what it says is on disk is what must be there
        code = REFUSED if "nothing was changed" in Interrupted().what else DONE
    except ScaffoldError as failure:
        code = REFUSED if failure.hint else BROKEN
    finally:
        os._exit(code)


def operations(action: Callable[[], object]) -> int:
    """How many operations something takes."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        shim.shim_arm(ctypes.c_long(0), 0, 0)
        action()
        os.write(write, str(shim.shim_count()).encode())
        os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read) as pipe:
        return int(pipe.read())


@dataclass
class Trial:
    """One scenario: a repository, what is done to it, and the trees of before and after."""

    home: Path
    kind: str
    prefix: str
    problems: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.top = self.home / "top"
        self.git_dir = self.top / ".git"
        self.restore()
        project = self.top / self.prefix
        plan = self.plan(project)
        self.action: Callable[[], object] = lambda: apply_plan(plan)
        if self.kind.startswith("abort"):
            apply_plan(plan)
            os.rename(self.top, self.home / "updated")  # noqa: PTH104
            self.source = self.home / "updated"
            self.restore()
            self.action = lambda: abort_update(project)
        self.old = snapshot(self.top)
        self.action()
        self.new = snapshot(self.top)
        self.restore()
        self.total = operations(self.action)

    def plan(self, project: Path) -> Plan:
        """The plan of one blueprint, or of two together."""
        base = None if self.kind.endswith("new") else self.home / "base"
        renders = [Renders(base, self.home / "theirs", "record.yml")]
        if self.kind == "all":
            renders.append(Renders(self.home / "base2", self.home / "theirs2", "record2.yml"))
        found = inspect_project(find_repository(project, unborn=True), uncommitted=base is None)
        with open_merger(found) as merger:
            for item in renders:
                merger.add(merger.merge(item))
            return merger.make_plan()

    source: Path | None = None

    def restore(self) -> None:
        """The repository as it was before."""
        shutil.rmtree(self.top, ignore_errors=True)
        shutil.copytree(self.source or self.home / "old", self.top, symlinks=True)

    def heal(self) -> None:
        """What every command does first."""
        recover_update(self.git_dir)

    def judge(self, what: str, want: str) -> str:
        """Note what is wrong with the tree: ``want`` is old, new or either."""
        found = snapshot(self.top)
        state = "old" if found == self.old else "new" if found == self.new else "mixed"
        if state != want and not (want == "either" and state != "mixed"):
            self.problems.append(f"{what}: {state} instead of {want} {self.difference(found)}")
        left = {p.name for p in (self.git_dir / "scaffold").glob("*")} - {"lock", "last"}
        left |= {"index.lock"} if (self.git_dir / "index.lock").exists() else set()
        if left:
            self.problems.append(f"{what}: left {sorted(left)}")
        return state

    def difference(self, found: Snapshot) -> str:
        files, entries = found
        paths = {p for p in {*files, *self.old[0]} if files.get(p) != self.old[0].get(p)}
        return f"files {sorted(paths)}, index {'old' if entries == self.old[1] else 'changed'}"

    def nothing_lost(self, what: str) -> None:
        """Every word of the user is in the work tree or aside, also before anything is healed."""
        kept = {data for _, data in snapshot(self.top)[0].values()}
        for path in (self.git_dir / "scaffold").rglob("*"):
            if path.is_symlink() or path.is_file():
                kept.add(
                    os.readlink(path).encode() if path.is_symlink() else path.read_bytes()  # noqa: PTH115
                )
        words = self.new if self.kind.startswith("abort") else self.old
        for name, (_, data) in words[0].items():
            if data not in kept:
                self.problems.append(f"{what}: {name} was gone")

    def count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    def kills(self) -> None:
        """Killed at every operation, then healed."""
        for at in range(1, self.total + 1):
            self.restore()
            if in_child(self.action, at, KILL) != -signal.SIGKILL:
                self.problems.append(f"kill {at}: it was not killed")
            self.nothing_lost(f"kill {at}")
            if in_child(self.heal, 0, 0) != DONE:
                self.problems.append(f"kill {at}: the recovery failed")
            self.count("killed, then " + self.judge(f"kill {at}", "either"))

    def kills_while_healing(self, samples: int) -> None:
        """Killed, then killed again at every operation of the recovery, then healed."""
        for first in self.spread(samples):
            self.restore()
            in_child(self.action, first, KILL)
            saved = self.home / "killed"
            shutil.rmtree(saved, ignore_errors=True)
            shutil.copytree(self.top, saved, symlinks=True)
            for second in range(1, 1000):
                what = f"kill {first}, then {second}"
                shutil.rmtree(self.top)
                shutil.copytree(saved, self.top, symlinks=True)
                if in_child(self.heal, second, KILL) == DONE:
                    break
                self.nothing_lost(what)
                in_child(self.heal, 0, 0)
                self.judge(what, "either")
                self.count("killed again while healing")

    def spread(self, samples: int) -> Iterator[int]:
        yield from sorted({self.total * n // samples for n in range(1, samples + 1)} - {0})

    def failures(self) -> None:
        """An error of the system at every operation, once or from there on."""
        for at in range(1, self.total + 1):
            error = ERRORS[at % len(ERRORS)]
            self.restore()
            code = in_child(self.action, at, FAIL_ONCE, error)
            if code not in {DONE, REFUSED}:
                self.problems.append(f"error {at}: exit code {code}")
            in_child(self.heal, 0, 0)
            self.judge(f"error {at}", "new" if code == DONE else "old")
            self.count("error")
            self.restore()
            code = in_child(self.action, at, FAIL_ON, error)
            if code not in {DONE, REFUSED}:
                self.problems.append(f"errors from {at}: exit code {code}")
            in_child(self.heal, 0, 0)
            self.judge(f"errors from {at}", "either")
            self.count("errors from there on")

    def interrupts(self) -> None:
        """Ctrl-C at every operation: told, and undone, or too late."""
        for at in range(1, self.total + 1):
            self.restore()
            code = in_child(self.action, at, INTERRUPT)
            if code not in {DONE, REFUSED}:
                self.problems.append(f"interrupt {at}: exit code {code}")
            self.judge(f"interrupt {at}", "new" if code == DONE else "old")
            self.count("interrupted")

    def failing_git(self) -> None:
        """An error at every operation of the git processes."""
        for at in range(1, 100):
            self.restore()
            os.environ.update(SHIM_AT=str(at), SHIM_MODE=str(FAIL_ONCE), SHIM_ERROR="28")
            code = in_child(self.action, 0, 0)
            for name in ("SHIM_AT", "SHIM_MODE", "SHIM_ERROR"):
                del os.environ[name]
            in_child(self.heal, 0, 0)
            self.judge(f"git {at}", "new" if code == DONE else "old")
            self.count("error in git")
            if code == DONE:
                break


def main() -> None:
    """Run what the settings ask for."""
    home = Path(sys.argv[1])
    settings = json.loads((home / "settings.json").read_text())
    trial = Trial(home, settings["kind"], settings["prefix"])
    for name, arguments in settings["trials"].items():
        getattr(trial, name)(*arguments)
    print(
        json.dumps({"total": trial.total, "counts": trial.counts, "problems": trial.problems[:40]})
    )


if __name__ == "__main__":
    main()
