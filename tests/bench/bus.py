# SPDX-License-Identifier: EUPL-1.2
"""How fast is the bus: the bus file, kombu's own SQLite transport and RabbitMQ, side by side.

    python -m tests.bench.bus                   # about a minute; --seconds 5 for steadier figures

Prints one JSON line per bus and run, interleaved: messages a second published one by one and in
windows of 100, received and acknowledged, and the hand-over on an idle bus, publish to receive,
inside one process and across two. Beside each the share of the two cores that others took.
"""

import argparse
import contextlib
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import psutil
from kombu import Connection, Exchange, Queue

from rueckhalt_shared.pipe import Outgoing, Pipe
from tests import programs
from tests.servers import private_rabbitmq

KEY, QUEUE = "incident.registered.v1", "routing.assign"
PADDING = "x" * 600  # an incident's event is about as long
WINDOW = 100
TOLD_AT_ONCE = 0.06  # seconds between two messages on an idle bus, at least


class Side(Protocol):
    """One end of a bus under measurement."""

    def publish(self, bodies: list[str]) -> None: ...
    def receive(self, wait: float) -> list[str]: ...
    def close(self) -> None: ...


class OurPipe:
    """The bus file or RabbitMQ through our pipe."""

    def __init__(self, url: str) -> None:
        self._pipe = Pipe(url, service="bench")
        self._pipe.declare({QUEUE: (KEY,)})

    def publish(self, bodies: list[str]) -> None:
        window = [Outgoing(id="i", type=KEY, routing_key=KEY, body=body) for body in bodies]
        assert self._pipe.publish(window) == []

    def receive(self, wait: float) -> list[str]:
        deliveries = self._pipe.receive([QUEUE], limit=WINDOW, wait=wait)
        self._pipe.ack(deliveries)
        return [delivery.body.decode() for delivery in deliveries]

    def close(self) -> None:
        self._pipe.close()


class PlainKombu:
    """Any transport as kombu's tutorial uses it; several bodies are published one by one."""

    def __init__(self, url: str) -> None:
        self._connection: Any = Connection(url)
        queue = Queue(QUEUE, Exchange("bench", type="topic"), routing_key=KEY)
        queue(self._connection.default_channel).declare()
        self._producer: Any = self._connection.Producer(exchange=queue.exchange, routing_key=KEY)
        self._received: list[str] = []
        self._consumer: Any = self._connection.Consumer(queue, prefetch_count=WINDOW)
        self._consumer.register_callback(self._on_message)

    def _on_message(self, body: str, message: Any) -> None:
        self._received.append(body)
        message.ack()

    def publish(self, bodies: list[str]) -> None:
        for body in bodies:
            self._producer.publish(body, delivery_mode=2)

    def receive(self, wait: float) -> list[str]:
        self._consumer.consume()
        with contextlib.suppress(TimeoutError):
            self._connection.drain_events(timeout=max(wait, 0.01))
        received, self._received = self._received, []
        return received

    def close(self) -> None:
        self._connection.release()


def connect(name: str, url: str) -> Side:
    return PlainKombu(url) if name.startswith("kombu") else OurPipe(url)


def rate(work: Callable[[], int], seconds: float) -> float:
    """Messages a second."""
    started, done = time.monotonic(), 0
    while time.monotonic() - started < seconds:
        done += work()
    return done / (time.monotonic() - started)


def throughput(name: str, url: str, seconds: float) -> dict[str, float]:
    """Publish alone, in windows, then receive what lies there."""
    side = connect(name, url)
    body = json.dumps({"at": 0, "padding": PADDING})

    def published(count: int) -> int:
        side.publish([body] * count)
        return count

    alone = rate(lambda: published(1), seconds)
    windows = rate(lambda: published(WINDOW), seconds)
    consumed = rate(lambda: len(side.receive(0.0)), seconds / 2)
    while side.receive(0.3) if consumed > 1000 else False:
        pass
    side.close()
    return {"publish_1": alone, "publish_100": windows, "receive_ack": consumed}


def handed_over(side: Side, count: int) -> list[float]:
    """Milliseconds from publish to receive; the monotonic clock is the same in all processes."""
    taken: list[float] = []
    while len(taken) < count:
        now_received = side.receive(5.0)
        now = time.monotonic()
        taken += [(now - json.loads(body)["at"]) * 1000 for body in now_received]
    return taken


def publish_idly(side: Side, count: int, pause: float) -> None:
    for _ in range(count):
        time.sleep(pause * random.uniform(1, 2))
        side.publish([json.dumps({"at": time.monotonic(), "padding": PADDING})])


def across_threads(name: str, url: str, count: int, pause: float) -> list[float]:
    taken: list[float] = []

    def receive() -> None:
        side = connect(name, url)
        ready.set()
        taken.extend(handed_over(side, count))
        side.close()

    ready = threading.Event()
    thread = threading.Thread(target=receive)
    thread.start()
    ready.wait(20)
    publisher = connect(name, url)
    publish_idly(publisher, count, pause)
    thread.join(60)
    publisher.close()
    return taken


def across_processes(name: str, url: str, count: int, pause: float) -> list[float]:
    command = [sys.executable, "-m", "tests.bench.bus", "--receive", name, url, str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as receiver:
        assert receiver.stdout is not None
        receiver.stdout.readline()  # it is ready
        publisher = connect(name, url)
        publish_idly(publisher, count, pause)
        taken: list[float] = json.loads(receiver.stdout.readline())
        publisher.close()
    return taken


def receive_for_the_other_process(name: str, url: str, count: int) -> None:
    side = connect(name, url)
    side.receive(0.0)
    print("ready", flush=True)
    print(json.dumps(handed_over(side, count)), flush=True)
    side.close()


def percentiles(taken: list[float]) -> dict[str, float]:
    ordered = sorted(taken)
    last = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return {"p50": round(statistics.median(ordered), 1), "p99": round(last, 1)}


@contextlib.contextmanager
def measured(figures: dict[str, Any], broker: int | None) -> Iterator[None]:
    """Add how many cores the processes took that have nothing to do with the measurement."""

    def spent() -> float:
        own = [psutil.Process(os.getpid())] + ([psutil.Process(broker)] if broker else [])
        times = [process.cpu_times() for process in own]
        return sum(t.user + t.system + t.children_user + t.children_system for t in times)

    def busy() -> float:
        times = psutil.cpu_times()
        return float(times.user + times.nice + times.system + times.irq + times.softirq)

    started, own_before, busy_before = time.monotonic(), spent(), busy()
    yield
    elapsed = time.monotonic() - started
    others = (busy() - busy_before - (spent() - own_before)) / elapsed
    figures["foreign_cores"] = round(max(0.0, others), 2)


def measure(name: str, url: str, seconds: float, broker: int | None) -> dict[str, Any]:
    is_polled_each_second = name == "kombu sqla"
    count, pause = (8, 0.3) if is_polled_each_second else (40, TOLD_AT_ONCE)
    figures: dict[str, Any] = {"bus": name}
    with measured(figures, broker):
        rates = throughput(name, url, seconds)
        figures |= {key: round(value) for key, value in rates.items()}
        if name != "kombu rkbus":
            figures["idle_threads_ms"] = percentiles(
                across_threads(name, f"{url}{_fresh(name)}", count, pause)
            )
            figures["idle_processes_ms"] = percentiles(
                across_processes(name, f"{url}{_fresh(name)}", count, pause)
            )
    return figures


def _fresh(name: str) -> str:
    """A backlog that was left must not be measured: files get another name."""
    return "" if name == "amqp" else f".{random.randrange(10**9)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="per rate")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--receive", nargs=3, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.receive:
        receive_for_the_other_process(chosen.receive[0], chosen.receive[1], int(chosen.receive[2]))
        return
    with contextlib.ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="rueckhalt-bench-"))
        stack.callback(shutil.rmtree, folder)
        broker = None
        if programs.PROGRAMS["rabbitmq"].path:
            broker = stack.enter_context(private_rabbitmq())
        for run in range(chosen.runs):
            urls = {
                "rkbus": f"rkbus:///{folder}/our{run}.db",
                "kombu rkbus": f"rkbus:///{folder}/plain{run}.db",
                "kombu sqla": f"sqla+sqlite:///{folder}/sqla{run}.db",
            }
            if broker:
                urls["amqp"] = broker.new_vhost()
            for name, url in urls.items():
                process_id = broker.process_id if broker and name == "amqp" else None
                print(json.dumps(measure(name, url, chosen.seconds, process_id)), flush=True)


if __name__ == "__main__":
    main()
