# SPDX-License-Identifier: EUPL-1.2
"""The two buses as the conformance suite sees them, and how it starts processes to be killed."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kombu import Connection

from rueckhalt_shared.pipe import BusUnavailable, Delivery, Outgoing, Pipe
from rueckhalt_shared.pipe_rkbus import store_of
from rueckhalt_shared.transport import ALIAS
from rueckhalt_shared.transport_topology import Limits
from tests.servers import PrivateRabbitMQ, wait_until
from tests.shared.conformance.letters import KEY

ROOT = Path(__file__).parents[3]


class SettableClock:
    """The wall clock of a bus file, moved by hand."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


class Bus:
    """A fresh bus for one test. All pipes taken from it are closed at its end."""

    name: str

    def __init__(self, url: str) -> None:
        self.url = url
        self.options: dict[str, Any] = {}
        self._pipes: list[Pipe] = []

    def pipe(self, **options: Any) -> Pipe:
        pipe = Pipe(self.url, service="intake", options=self.options | options)
        self._pipes.append(pipe)
        return pipe

    def declared(self, *queues: str) -> Pipe:
        """A pipe that has declared these queues, all bound to one key."""
        pipe = self.pipe()
        pipe.declare(dict.fromkeys(queues, (KEY,)))
        self._apply_limits()
        return pipe

    def kombu(self, **options: Any) -> Any:
        """A plain kombu connection."""
        return Connection(self.url, transport_options=options)

    def limit(self, queue: str, **limits: Any) -> None:
        """Set before the queue is declared, as a policy is on RabbitMQ."""
        raise NotImplementedError

    def _apply_limits(self) -> None:
        """After declaring, where a queue must be there to be limited."""

    def shorten_leases(self) -> None:
        """For tests that wait for a lease to run out; RabbitMQ sees the lost connection."""

    def close(self) -> None:
        while self._pipes:
            self._pipes.pop().close()


class EmbeddedBus(Bus):
    """A bus file."""

    name = ALIAS

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{ALIAS}:///{folder}/bus.db")
        self.path = folder / "bus.db"
        self._limits: dict[str, Limits] = {}

    def shorten_leases(self) -> None:
        self.options["lease"] = 2.0

    def limit(self, queue: str, **limits: Any) -> None:
        self._limits[queue] = Limits(**limits)

    def _apply_limits(self) -> None:
        store = store_of(self.url)
        for queue, limits in self._limits.items():
            store.topology.limit_queue(queue, limits)
        store.close()


class BrokerBus(Bus):
    """A virtual host of the private RabbitMQ."""

    name = "amqp"

    def __init__(self, broker: PrivateRabbitMQ) -> None:
        super().__init__(broker.new_vhost())
        self.broker = broker

    def limit(self, queue: str, **limits: Any) -> None:
        definition = {"dead_letter_exchange": "rk.dlx", "overflow": "reject-publish"} | limits
        self.broker.set_policy(self.url, queue, **definition)


def receive_all(pipe: Pipe, *queues: str, count: int, seconds: float = 30.0) -> list[Delivery]:
    """Receive until so many are there, without acknowledging; more would be an error."""
    received = receive_some(pipe, *queues, count=count, seconds=seconds)
    received.extend(pipe.receive(queues, wait=0.0))
    assert len(received) == count
    return received


def receive_some(pipe: Pipe, *queues: str, count: int, seconds: float = 30.0) -> list[Delivery]:
    """Receive the first so many, without acknowledging."""
    received: list[Delivery] = []

    def enough() -> bool:
        received.extend(pipe.receive(queues, limit=count - len(received), wait=0.5))
        return len(received) >= count

    wait_until(enough, f"{count} messages", seconds=seconds)
    return received


def receive_rest(pipe: Pipe, *queues: str) -> list[Delivery]:
    """Receive and acknowledge until nothing comes any more."""
    received: list[Delivery] = []
    while deliveries := pipe.receive(queues, wait=0.3):
        pipe.ack(deliveries)
        received.extend(deliveries)
    return received


def publish_until_done(pipe: Pipe, window: list[Outgoing], *, seconds: float = 15.0) -> None:
    """As a relay does: again and again until it is confirmed."""

    def confirmed() -> bool:
        try:
            return pipe.publish(window) == []
        except BusUnavailable:
            return False

    wait_until(confirmed, "publish confirmed", seconds=seconds)


class Child:
    """A Python process that runs a few lines with `pipe` and friends, to be killed."""

    def __init__(
        self,
        bus: Bus,
        lines: str,
        environment: Mapping[str, str] | None = None,
        *,
        arguments: Sequence[str] = (),
    ) -> None:
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                f"{PRELUDE}\n{lines}",
                bus.url,
                json.dumps(bus.options),
                *arguments,
            ],
            cwd=ROOT,
            env=os.environ | dict(environment or {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def line(self) -> str:
        """The next line it prints."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def end_input(self) -> None:
        """What it waits for when it reads its standard input."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(timeout=20)

    def ended(self, *, seconds: float = 60.0) -> int:
        """Wait for its end; how it ended."""
        return self._process.wait(timeout=seconds)

    def close(self) -> None:
        self.kill()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()


PRELUDE = """
import json, os, sys
from rueckhalt_shared.pipe import BusUnavailable, Pipe
from tests.shared.conformance.letters import KEY, numbers, outgoing
url, options = sys.argv[1], json.loads(sys.argv[2])
pipe = Pipe(url, service="child", options=options)
def say(*words): print(*words, flush=True)
"""


@contextlib.contextmanager
def child(
    bus: Bus,
    lines: str,
    environment: Mapping[str, str] | None = None,
    *,
    arguments: Sequence[str] = (),
) -> Iterator[Child]:
    """The process, ended at the end if it still runs."""
    started = Child(bus, lines, environment, arguments=arguments)
    try:
        yield started
    finally:
        started.close()
