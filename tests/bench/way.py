# SPDX-License-Identifier: EUPL-1.2
"""The whole way, POST to SMTP sink: at saturation and at fifty reports a second.

Everybody runs in turns on the same broker, database server and sink. Saturation is sixteen
connections in a closed loop; at fifty a second the load does not wait for anybody.
"""

import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.contenders import PEERS, Contender, Ours, Peer, Servers, begin, incident_in
from tests.bench.machine import Watch, milliseconds
from tests.bench.running import Firing, Shot, merged, sinking
from tests.servers import private_postgres, private_rabbitmq
from tests.support import eventually

FAILURES = (RuntimeError, AssertionError, TimeoutError, subprocess.SubprocessError)


@dataclass
class Length:
    """How long, how often, and against whom."""

    seconds: float = 8.0
    turns: int = 2
    peers: tuple[str, ...] = PEERS
    four_services: bool = True


def bench(folder: Path, length: Length) -> Iterator[dict[str, Any]]:
    """One row per contender, load and turn."""
    with (
        private_rabbitmq() as broker,
        private_postgres(fsync=True) as cluster,
        sinking(folder) as sink,
    ):
        servers = Servers(broker, cluster, sink)
        for turn in range(length.turns):
            for name in ("rueckhalt", *length.peers, *_more(length, turn)):
                try:
                    yield from _measured(name, folder / f"{name}-{turn}", servers, length)
                except FAILURES as error:
                    yield {"bench": "way", "who": name, "failed": str(error)[-500:]}


def _more(length: Length, turn: int) -> tuple[str, ...]:
    """Ours with reporting beside it, and ours without servers: once, for the record."""
    return ("rueckhalt-4", "rueckhalt-embedded") if length.four_services and turn == 0 else ()


def make(name: str, folder: Path, servers: Servers) -> Contender:
    """A contender by name."""
    if not name.startswith("rueckhalt"):
        return Peer(name, folder, servers)
    if name == "rueckhalt-4":
        four = ("intake", "routing", "notify", "reporting")
        return Ours(folder, servers, services=four)
    return Ours(folder, servers, embedded=name.endswith("-embedded"))


def _measured(
    name: str, folder: Path, servers: Servers, length: Length
) -> Iterator[dict[str, Any]]:
    contender = make(name, folder, servers)
    try:
        begin(contender)
        warm_up(contender, folder, servers)
        yield _row(contender, folder, servers, "50/s", seconds=length.seconds, rate=50)
        yield _row(contender, folder, servers, "saturation", seconds=length.seconds)
    finally:
        contender.processes.stop()


def warm_up(contender: Contender, folder: Path, servers: Servers) -> None:
    """Until the first mails have come: everybody is connected and imported."""
    for _ in range(5):
        before = servers.sink.count()
        shot = Firing(folder, contender.target, seconds=1.0, connections=4, rate=20).wait()
        if shot.accepted:
            break
    else:
        raise RuntimeError(f"{contender.name} accepts nothing: {shot.results[:2]}")
    servers.sink.wait_quiet(wanted=before + len(shot.accepted), silence=10.0)


def _row(
    contender: Contender,
    folder: Path,
    servers: Servers,
    load: str,
    *,
    seconds: float,
    rate: float = 0,
) -> dict[str, Any]:
    connections = 32 if rate else 16
    before = servers.sink.count()
    firing = Firing(folder, contender.target, seconds=seconds, connections=connections, rate=rate)
    own = {"load": [firing.pid]}
    watch = Watch(lambda: merged(contender.processes.roots(), servers.roots(), own)).start()
    started = time.time()
    eventually(lambda: not firing.running, within=seconds + 60, step=0.1)
    shot = firing.wait()
    servers.sink.wait_quiet(wanted=before + len(shot.accepted))
    watch.stop()
    time.sleep(0.3)  # a repeat would come now
    mails = incident_in(servers.sink.mails()[before:], contender)
    figures = _figures(shot, mails)
    last = max((at for at, _ in mails), default=started)
    return {
        "bench": "way",
        "who": contender.name,
        "load": load,
        "accepted_per_s": shot.rate,
        "delivered_per_s": round(len(mails) / max(last - started, 0.001), 1),
        "http_ms": milliseconds(shot.latencies),
        **figures,
        "cpu_ms_by": watch.ms_each(len(mails), without=("load", "sink", "bench")),
        "others": watch.others,
    }


def _figures(shot: Shot, mails: list[tuple[float, str]]) -> dict[str, Any]:
    sent = {told: at for _, at, _, _, told in shot.accepted}
    times = Counter(incident for _, incident in mails)
    took = [at - sent[incident] for at, incident in mails if incident in sent]
    return {
        "way_ms": milliseconds(took),
        "missing": sum(1 for incident in sent if incident not in times),
        "twice": sum(count - 1 for count in times.values()),
        "errors": len(shot.results) - len(shot.accepted),
    }
