"""What a machine gives: affinity, quota of both kinds of control groups, load."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scaffold.host import cpus

from ..helpers.blueprints_on_disk import tree

pytestmark = pytest.mark.unit

V2 = "sys/fs/cgroup"
V1 = "sys/fs/cgroup/cpu"


@pytest.mark.parametrize(
    ("seen", "allowed", "limit", "load", "expected"),
    [
        pytest.param(8, 8, None, 0.0, 8, id="all of it"),
        pytest.param(8, 8, None, 0.4, 8, id="a little is going on"),
        pytest.param(8, 8, None, 5.2, 3, id="others compute"),
        pytest.param(2, 2, None, 9.7, 1, id="a busy machine"),
        pytest.param(64, 4, None, 1.0, 4, id="an affinity"),
        pytest.param(64, 64, 2.0, 0.0, 2, id="a quota"),
        pytest.param(64, 64, 2.9, 0.0, 2, id="not more than the quota"),
        pytest.param(64, 64, 0.5, 0.0, 1, id="half a CPU"),
    ],
)
def test_the_tightest_of_what_is_given_counts(
    seen: int, allowed: int, limit: float | None, load: float, expected: int
) -> None:
    assert cpus.choose_cpu_count(seen, allowed, limit, load) == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({}, None, id="no control groups"),
        pytest.param({"proc/self/cgroup": "0::/\n"}, None, id="no limit can be set"),
        pytest.param(
            {"proc/self/cgroup": "0::/\n", f"{V2}/cpu.max": "max 100000\n"}, None, id="no limit"
        ),
        pytest.param(
            {"proc/self/cgroup": "0::/\n", f"{V2}/cpu.max": "150000 100000\n"}, 1.5, id="container"
        ),
        pytest.param(
            {
                "proc/self/cgroup": "0::/user.slice/mine.scope\n",
                f"{V2}/user.slice/cpu.max": "200000 100000\n",
                f"{V2}/user.slice/mine.scope/cpu.max": "400000 100000\n",
            },
            2.0,
            id="a group around it is tighter",
        ),
        pytest.param(
            {
                "proc/self/cgroup": "12:cpuset:/x\n4:cpu,cpuacct:/docker/abc\n0::/\n",
                f"{V1}/cpu.cfs_quota_us": "300000\n",
                f"{V1}/cpu.cfs_period_us": "100000\n",
            },
            3.0,
            id="version 1, seen from inside a container",
        ),
        pytest.param(
            {
                "proc/self/cgroup": "4:cpu:/batch\n",
                f"{V1}/cpu.cfs_quota_us": "-1\n",
                f"{V1}/cpu.cfs_period_us": "100000\n",
                f"{V1}/batch/cpu.cfs_quota_us": "50000\n",
                f"{V1}/batch/cpu.cfs_period_us": "100000\n",
            },
            0.5,
            id="version 1",
        ),
    ],
)
def test_the_quota_is_that_of_all_groups_around(
    tmp_path: Path, files: dict[str, str], expected: float | None
) -> None:
    assert cpus.read_cpu_quota(tree(tmp_path, files)) == expected


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system has no affinity")
def test_a_process_that_may_use_one_cpu_is_given_one() -> None:
    code = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "from scaffold.host import cpus; cpus._read_load = lambda: 0.0;"
        "print(cpus.count_free_cpus())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"


def test_a_machine_on_which_others_compute_gives_what_they_leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(6)), raising=False)
    monkeypatch.setattr(os, "getloadavg", lambda: (4.1, 0.0, 0.0))
    assert cpus.count_free_cpus(tmp_path) == 2
    assert cpus.limit_threads({}) in (
        {cpus.THREADS_VARIABLE: "2"},
        {cpus.THREADS_VARIABLE: "1"},
    )  # a quota here


def test_what_the_user_set_stays() -> None:
    assert cpus.limit_threads({cpus.THREADS_VARIABLE: "3"}) == {}
