# SPDX-License-Identifier: EUPL-1.2
"""What is lost and what comes twice when parts are killed with -9 under load.

Each part of each contender is killed twice in one run at a fixed rate; a supervisor starts again
whoever has ended, as systemd would. The broker is killed once and started again. Counted against
intake's database: an incident that is committed and whose mail never comes is lost, whatever the
client was told.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.contenders import PEERS, Contender, Servers, begin, incident_in
from tests.bench.machine import Watch, milliseconds
from tests.bench.running import Firing, merged, sinking
from tests.bench.way import FAILURES, make, warm_up
from tests.servers import PrivateRabbitMQ, private_postgres, private_rabbitmq

PARTS = ("intake", "router", "notify", "broker")
_GIVEN_UP = 60.0


@dataclass
class Length:
    """How long the load lasts, how fast it is, and who takes part."""

    seconds: float = 8.0
    rate: float = 40.0
    kills: int = 2
    who: tuple[str, ...] = ("rueckhalt", *PEERS)
    parts: tuple[str, ...] = PARTS
    silence: float = 8.0


def bench(folder: Path, length: Length) -> Iterator[dict[str, Any]]:
    """One row per contender and part."""
    with (
        private_rabbitmq() as broker,
        private_postgres(fsync=True) as cluster,
        sinking(folder) as sink,
    ):
        servers = Servers(broker, cluster, sink)
        for part in length.parts:
            for name in length.who:
                try:
                    yield _killed(name, part, folder / f"{name}-{part}", servers, length)
                except FAILURES as error:
                    yield {"bench": "kills", "who": name, "part": part, "failed": str(error)[-500:]}


def _killed(name: str, part: str, folder: Path, servers: Servers, length: Length) -> dict[str, Any]:
    contender = make(name, folder, servers)
    over = threading.Event()
    supervisor = threading.Thread(target=_supervise, args=(contender, over), daemon=True)
    try:
        begin(contender)
        warm_up(contender, folder, servers)
        before, known = servers.sink.count(), contender.committed()
        supervisor.start()
        firing = Firing(
            folder, contender.target, seconds=length.seconds, connections=32, rate=length.rate
        )
        own = {"load": [firing.pid]}
        watch = Watch(
            lambda: merged(contender.processes.roots(), servers.roots_left(), own)
        ).start()
        kills = _kill(part, contender, servers.broker, length)
        shot = firing.wait()
        watch.stop()
        committed = contender.committed() - known
        servers.sink.wait_quiet(
            wanted=before + len(committed) + 1, silence=length.silence, within=_GIVEN_UP
        )
        mails = incident_in(servers.sink.mails()[before:], contender)
    finally:
        over.set()
        if supervisor.is_alive():
            supervisor.join(10)
        contender.processes.stop()
    times = Counter(incident for _, incident in mails)
    answered = {told for _, _, _, _, told in shot.accepted}
    lost = committed - set(times)
    return {
        "bench": "kills",
        "who": name,
        "part": part,
        "kills": kills,
        "sent": len(shot.results),
        "answered": len(answered),
        "committed": len(committed),
        "lost": len(lost),
        "lost_though_answered": len(lost & answered),
        "twice": sum(count - 1 for count in times.values()),
        "http_ms": milliseconds(shot.latencies),
        "others": watch.others,
    }


def _kill(part: str, contender: Contender, broker: PrivateRabbitMQ, length: Length) -> int:
    """Kill in even distances while the load runs; answers how often."""
    kills = 1 if part == "broker" else length.kills
    for _ in range(kills):
        time.sleep(length.seconds / (kills + 1))
        if part == "broker":
            broker.kill()
            time.sleep(1.0)
            broker.start()
            continue
        for name in contender.parts(part):
            contender.processes.kill(name)
    return kills


def _supervise(contender: Contender, over: threading.Event) -> None:
    while not over.wait(0.5):
        contender.processes.restart_ended(contender.commands)
