"""The number of CPUs that this machine really gives to a program.

A library that starts a thread for each CPU that it sees is slowed down where it gets less than it
sees: a container's quota, an affinity, or other programs that compute. Its threads wait for one
another, and training on a busy machine takes twenty times as long. Only the standard library is
needed here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

THREADS = "OMP_NUM_THREADS"  # read by PyTorch, NumPy and what else computes with OpenMP
ROOT = Path("/")


def thread_limit(environ: Mapping[str, str]) -> dict[str, str]:
    """The variable that tells a program how many threads to start; the user's own value wins."""
    return {} if environ.get(THREADS) else {THREADS: str(count_free())}


def count_free(root: Path = ROOT) -> int:
    """The CPUs that a program which starts now can expect to get, at least 1.

    Args:
        root: Where ``/proc`` and ``/sys`` are.
    """
    seen = os.cpu_count() or 1
    return free_cpus(seen, len(_allowed()), quota(root), _load())


def free_cpus(seen: int, allowed: int, limit: float | None, load: float) -> int:
    """The smallest of what is allowed and what others leave, at least 1.

    Args:
        seen: The CPUs of the machine.
        allowed: Those that this process may run on.
        limit: The CPU time a second that its group may take; None where there is no limit.
        load: The number of programs that want to run on the machine.
    """
    left = min(allowed, round(seen - load))
    return max(1, left if limit is None else min(left, int(limit)))


def _allowed() -> set[int]:
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))


def _load() -> float:
    """The average of the last minute; none where the system keeps none."""
    try:
        return os.getloadavg()[0]
    except (OSError, AttributeError):
        return 0.0


def quota(root: Path = ROOT) -> float | None:
    """The CPU seconds a second that the control groups of this process may take together.

    Args:
        root: Where ``/proc`` and ``/sys`` are.

    Returns:
        The tightest limit of the group and of those around it; None where there is none.
    """
    limits = (_limit_of(folder) for folder in _groups(root))
    return min((limit for limit in limits if limit is not None), default=None)


def _groups(root: Path) -> Iterator[Path]:
    """The folders of the groups that may hold a limit, of both versions of control groups."""
    mount = root / "sys/fs/cgroup"
    for line in _lines(root / "proc/self/cgroup"):
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        top = mount / "cpu" if controllers else mount
        own = top / path.strip("/")
        yield top  # inside a container the path may be that of the host, and name nothing
        yield from (folder for folder in (own, *own.parents) if top in folder.parents)


def _limit_of(group: Path) -> float | None:
    """The limit of one group: ``cpu.max`` holds both numbers in version 2, two files in 1."""
    words = " ".join(_lines(group / "cpu.max")).split()
    if not words:
        names = ("cpu.cfs_quota_us", "cpu.cfs_period_us")
        words = [word for name in names for word in _lines(group / name)]
    try:
        time, period = (float(word) for word in words)
    except ValueError:  # "max", or no such file
        return None
    return time / period if time > 0 and period > 0 else None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
