# SPDX-License-Identifier: EUPL-1.2
"""Who used the CPU: process trees of ours by name, and the share other programs took.

This machine is shared, so every figure of a bench comes with the share of the CPU that went to
processes that have nothing to do with it. Above 0.2 of a core the rates say little; CPU time per
incident and counts say more.
"""

import importlib.metadata
import os
import platform
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import psutil

Roots = Mapping[str, Iterable[int]]


def tree_seconds(root: int) -> float:
    """CPU seconds of a process, its living descendants and those it has buried."""
    try:
        process = psutil.Process(root)
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        return 0.0
    total = 0.0
    for member in family:
        try:
            used = member.cpu_times()
        except psutil.Error:
            continue
        total += used.user + used.system + used.children_user + used.children_system
    return total


def family(root: int) -> list[psutil.Process]:
    """A process and its descendants."""
    try:
        process = psutil.Process(root)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def pss_mb(roots: Iterable[int]) -> float:
    """Proportional memory of process trees: what is shared counts once."""
    total = 0
    for root in roots:
        for member in family(root):
            try:
                total += member.memory_full_info().pss
            except psutil.Error:
                continue
    return round(total / 2**20, 1)


def _busy_seconds() -> float:
    times = psutil.cpu_times()
    idle = times.idle + times.iowait
    return float(sum(times) - times.guest - times.guest_nice - idle)


@dataclass
class Watch:
    """CPU seconds by name between start and stop; `others` in cores."""

    roots: Callable[[], Roots]
    seconds: dict[str, float] = field(default_factory=dict)
    others: float = 0.0
    lasted: float = 0.0
    _before: dict[int, tuple[str, float]] = field(default_factory=dict)
    _busy: float = 0.0
    _started: float = 0.0

    def start(self) -> "Watch":
        """From now on."""
        self._before = {pid: (name, tree_seconds(pid)) for name, pid in self._pids()}
        self._busy, self._started = _busy_seconds(), time.monotonic()
        return self

    def stop(self) -> "Watch":
        """Until now. A process that was restarted meanwhile counts from its own beginning."""
        self.lasted = time.monotonic() - self._started
        busy = _busy_seconds() - self._busy
        self.seconds = {}
        for name, pid in self._pids():
            used = tree_seconds(pid) - self._before.get(pid, (name, 0.0))[1]
            self.seconds[name] = self.seconds.get(name, 0.0) + used
        ours = sum(self.seconds.values())
        self.others = round(max(0.0, busy - ours) / max(self.lasted, 0.001), 2)
        return self

    def ms_each(self, count: int, *, without: Iterable[str] = ()) -> dict[str, float]:
        """CPU milliseconds per counted thing and name, `sum` without the measuring itself."""
        left_out = set(without)
        each = {
            name: round(used * 1000 / max(count, 1), 2)
            for name, used in self.seconds.items()
            if name not in left_out
        }
        return each | {"sum": round(sum(each.values()), 2)}

    def _pids(self) -> list[tuple[str, int]]:
        pairs = [(name, pid) for name, pids in self.roots().items() for pid in pids]
        return [*pairs, ("bench", os.getpid())] if not _descends(pairs) else pairs


def _descends(pairs: list[tuple[str, int]]) -> bool:
    """The bench's own process is counted alone: its children are counted by their names."""
    return any(pid == os.getpid() for _, pid in pairs)


def check_free(port: int) -> int:
    """A server left over from an aborted run must not be measured in another one's name."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
    return port


def versions() -> dict[str, str]:
    """What was measured with what."""
    names = ("flask", "gunicorn", "marshmallow", "sqlalchemy", "psycopg", "kombu", "amqp")
    found = {name: importlib.metadata.version(name) for name in names}
    found["python"] = platform.python_version()
    found["cpus"] = str(os.cpu_count())
    for name, command in (
        ("postgresql", ["psql", "--version"]),
        ("rabbitmq", ["dpkg-query", "-W", "-f", "${Version}", "rabbitmq-server"]),
    ):
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
            found[name] = done.stdout.split("(")[-1].strip(" )\n").split(" ")[-1]
        except (OSError, subprocess.SubprocessError):
            found[name] = "?"
    return found


def percentile(values: list[float], share: float) -> float | None:
    """The value below which that share lies; none of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def milliseconds(values: list[float]) -> dict[str, Any]:
    """p50 and p99 of seconds, in milliseconds."""
    found = {"p50": percentile(values, 0.50), "p99": percentile(values, 0.99)}
    return {name: None if v is None else round(v * 1000, 1) for name, v in found.items()}
