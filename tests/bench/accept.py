# SPDX-License-Identifier: EUPL-1.2
"""Accepted reports per second with a durable commit, beside the floor of plain Flask.

Ours and the floor run in turns, each alone, with the same load: sixteen connections in a closed
loop, one gunicorn process with eight threads, no worker process beside it.
"""

import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.machine import Watch, check_free, milliseconds
from tests.bench.running import Firing, Processes, Target, listens, text_of
from tests.flows.system import ARS, Installation
from tests.servers import PrivatePostgres, private_postgres
from tests.support import eventually, free_port

CONNECTIONS = 16


@dataclass
class Length:
    """How long each shot lasts and how often ours and the floor take turns."""

    seconds: float = 4.0
    turns: int = 3


def report() -> dict[str, Any]:
    """A report of about 1.5 KB."""
    return {
        "municipality": ARS,
        "forms": ["threat", "insult"],
        "channel": "in_person",
        "place": "office_front",
        "organisation_unit": "buergeramt",
        "affected_groups": ["staff_front"],
        "narrative": text_of(1100),
        "reporter": {"role": "affected", "name": "Erika Beispiel", "email": "e@stadt.example"},
    }


def bench(folder: Path, length: Length) -> Iterator[dict[str, Any]]:
    """One row per database and contender."""
    with private_postgres(fsync=True) as cluster:
        for name in ("postgresql", "sqlite"):
            yield from _on(name, folder / name, length, cluster)


def _on(name: str, folder: Path, length: Length, cluster: PrivatePostgres) -> list[dict[str, Any]]:
    folder.mkdir(parents=True)
    is_server = name == "postgresql"
    shots: dict[str, list[dict[str, Any]]] = {"rueckhalt": [], "floor": []}
    server = cluster if is_server else None
    with (
        _ours(folder, server) as (ours, our_processes),
        _floor(folder, server) as (floor, floor_processes),
    ):
        for turn in range(length.turns):
            pairs = [("rueckhalt", ours, our_processes), ("floor", floor, floor_processes)]
            for who, target, processes in pairs if turn % 2 else reversed(pairs):
                database = {"postgresql": [cluster.process_id]} if is_server else {}
                shots[who].append(_shot(folder, target, processes.roots() | database, length))
    return [_row(name, who, found) for who, found in shots.items()]


def _shot(
    folder: Path, target: Target, roots: dict[str, list[int]], length: Length
) -> dict[str, Any]:
    Firing(folder, target, seconds=0.5, connections=CONNECTIONS).wait()  # warm
    firing = Firing(folder, target, seconds=length.seconds, connections=CONNECTIONS)
    watch = Watch(lambda: roots | {"load": [firing.pid]}).start()
    eventually(lambda: not firing.running, within=length.seconds + 60, step=0.1)
    watch.stop()
    shot = firing.wait()
    return {
        "rate": shot.rate,
        "ms": milliseconds(shot.latencies),
        "cpu": watch.ms_each(len(shot.accepted), without=("load", "bench")),
        "errors": len(shot.results) - len(shot.accepted),
        "others": watch.others,
    }


def _row(database: str, who: str, shots: list[dict[str, Any]]) -> dict[str, Any]:
    rates = [shot["rate"] for shot in shots]
    return {
        "bench": "accept",
        "database": database,
        "who": who,
        "accepted_per_s": statistics.median(rates),
        "rates": rates,
        "p50_ms": statistics.median(shot["ms"]["p50"] or 0 for shot in shots),
        "p99_ms": statistics.median(shot["ms"]["p99"] or 0 for shot in shots),
        "cpu_ms": statistics.median(shot["cpu"]["sum"] for shot in shots),
        "cpu_ms_by": shots[-1]["cpu"],
        "errors": sum(shot["errors"] for shot in shots),
        "others": max(shot["others"] for shot in shots),
    }


@contextmanager
def _ours(folder: Path, cluster: PrivatePostgres | None) -> Iterator[tuple[Target, Processes]]:
    urls = {}
    if cluster is not None:
        urls = {name: cluster.create_database() for name in ("intake", "identity")}
    town = Installation(
        folder / "ours",
        services=("intake",),
        database_urls=urls,
        environment={"RUECKHALT_SERVICES": "intake,routing,notify"},
        roles=("web",),
    )
    processes = Processes(folder)
    town.prepare()
    command = [str(Path(sys.executable).parent / "rueckhalt-intake"), "web"]
    processes.start("rueckhalt", command, env=town.env("intake"))
    headers = {"Authorization": f"Bearer {town.key}"}
    yield from _while_up(town.ports["intake"], headers, processes)


@contextmanager
def _floor(folder: Path, cluster: PrivatePostgres | None) -> Iterator[tuple[Target, Processes]]:
    url = cluster.create_database() if cluster else f"sqlite:///{folder}/floor.db"
    port = check_free(free_port())
    processes = Processes(folder)
    command = [sys.executable, "-m", "tests.bench.floor", str(port), url]
    processes.start("floor", command)
    yield from _while_up(port, {}, processes)


def _listens(processes: Processes, port: int) -> bool:
    processes.check()
    return listens(port)


def _while_up(
    port: int, headers: dict[str, str], processes: Processes
) -> Iterator[tuple[Target, Processes]]:
    try:
        eventually(lambda: _listens(processes, port), within=60, what="it listens")
        yield Target(port, "/v1/incidents", report(), headers), processes
    finally:
        processes.stop()
