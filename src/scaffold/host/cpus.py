"""The number of CPUs that a program can really use on this machine.

A container's quota, an affinity and other programs leave fewer CPUs than a library sees. With one
thread for each CPU that it sees, its threads wait for one another: training on a busy machine
takes twenty times as long. Only the standard library is needed here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

THREADS_VARIABLE = "OMP_NUM_THREADS"  # PyTorch, NumPy and all that compute with OpenMP read it
ROOT = Path("/")


def limit_threads(environ: Mapping[str, str]) -> dict[str, str]:
    """Make the variable that limits a program's threads; none where the user set it."""
    return {} if environ.get(THREADS_VARIABLE) else {THREADS_VARIABLE: str(count_free_cpus())}


def count_free_cpus(root: Path = ROOT) -> int:
    """Count the CPUs that a program can expect if it starts now, at least 1."""
    seen = os.cpu_count() or 1
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else seen
    return choose_cpu_count(seen, allowed, read_cpu_quota(root), _read_load())


def choose_cpu_count(seen: int, allowed: int, limit: float | None, load: float) -> int:
    """Take the smallest of the allowed and the idle CPUs, at least 1.

    Args:
        seen: CPUs of the machine.
        allowed: CPUs that this process may run on.
        limit: CPU seconds per second that its group may take; None for no limit.
        load: Number of programs that want to run on the machine.
    """
    left = min(allowed, round(seen - load))
    return max(1, left if limit is None else min(left, int(limit)))


def _read_load() -> float:
    """Read the average load of the last minute; 0 where the system keeps none."""
    try:
        return os.getloadavg()[0]
    except (OSError, AttributeError):
        return 0.0


def read_cpu_quota(root: Path = ROOT) -> float | None:
    """Read the CPU seconds per second that the control groups of this process may take.

    Args:
        root: The folder that holds ``/proc`` and ``/sys``.

    Returns:
        The lowest limit of the group and of its parents; None where there is none.
    """
    limits = (_read_group_quota(folder) for folder in _list_groups(root))
    return min((limit for limit in limits if limit is not None), default=None)


def _list_groups(root: Path) -> Iterator[Path]:
    """List the folders of groups that may hold a limit, for both versions of control groups."""
    mount = root / "sys/fs/cgroup"
    for line in _read_lines(root / "proc/self/cgroup"):
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        top = mount / "cpu" if controllers else mount
        own = top / path.strip("/")
        yield top  # inside a container the path may be that of the host, and name nothing
        yield from (folder for folder in (own, *own.parents) if top in folder.parents)


def _read_group_quota(group: Path) -> float | None:
    """Read the limit of one group: ``cpu.max`` in version 2, two files in version 1."""
    words = " ".join(_read_lines(group / "cpu.max")).split()
    if not words:
        names = ("cpu.cfs_quota_us", "cpu.cfs_period_us")
        words = [word for name in names for word in _read_lines(group / name)]
    try:
        time, period = (float(word) for word in words)
    except ValueError:  # "max", or no such file
        return None
    return time / period if time > 0 and period > 0 else None


def _read_lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
