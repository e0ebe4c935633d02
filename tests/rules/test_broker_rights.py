# SPDX-License-Identifier: EUPL-1.2
"""`deploy/rabbitmq` on a real broker: it is accepted, fits the code, and keeps services apart."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from rueckhalt_shared.contracts import topology
from rueckhalt_shared.pipe import BusUnavailable, Outgoing, Pipe
from tests.rules.house import ROOT, SERVICES
from tests.servers import PrivateRabbitMQ, wait_until

pytestmark = pytest.mark.rabbitmq

FOLDER = ROOT / "deploy" / "rabbitmq"
OpenPipe = Callable[..., Pipe]


def imported(broker: PrivateRabbitMQ, name: str) -> None:
    """Import one of the two files as an operator does."""
    broker.api("POST", "definitions", json.loads((FOLDER / name).read_text(encoding="utf-8")))


def event(key: str) -> Outgoing:
    """Make something to publish under a routing key."""
    return Outgoing(id=key, type=f"de.rueckhalt.{key}", routing_key=key, body="{}")


@pytest.fixture(scope="module")
def installation(rabbitmq: PrivateRabbitMQ) -> Iterator[PrivateRabbitMQ]:
    """Set a broker up by the README: both files, then the passwords, then the first again."""
    imported(rabbitmq, "definitions.json")
    imported(rabbitmq, "users.json")
    for service in SERVICES:
        rabbitmq.api("PUT", f"users/rueckhalt-{service}", {"password": service, "tags": ""})
    imported(rabbitmq, "definitions.json")
    yield rabbitmq
    rabbitmq.api("DELETE", "vhosts/rueckhalt")
    for service in SERVICES:
        rabbitmq.api("DELETE", f"users/rueckhalt-{service}")


@pytest.fixture
def pipe(installation: PrivateRabbitMQ) -> Iterator[OpenPipe]:
    """Open a pipe as a service, with its own user and address."""
    with ExitStack() as opened:

        def open_pipe(service: str, **options: Any) -> Pipe:
            user = f"rueckhalt-{service}"
            url = f"amqp://{user}:{service}@127.0.0.1:{installation.port}/rueckhalt"
            new = Pipe(url, service=service, user_id=options.get("user_id", user))
            opened.callback(new.close)
            return new

        yield open_pipe


def test_policies_reach_every_queue(installation: PrivateRabbitMQ) -> None:
    def applied() -> dict[str, str]:
        queues = installation.api("GET", "queues/rueckhalt")
        return {queue["name"]: queue.get("policy", "") for queue in queues}

    wait_until(lambda: all(applied().values()), "policies in effect")

    work = dict.fromkeys(topology.queues_for(frozenset(SERVICES)), "work-queues")
    assert applied() == work | {"rk.unrouted": "unrouted", "rk.dead": "dead"}


@pytest.mark.parametrize("service", SERVICES)
def test_what_the_code_declares_is_what_is_there(pipe: OpenPipe, service: str) -> None:
    pipe(service).declare(topology.queues_for(frozenset(SERVICES)))


def test_a_service_says_its_own_types_and_the_hearer_reads_them(pipe: OpenPipe) -> None:
    routing = pipe("routing")

    left = pipe("intake").publish([event("incident.registered.v1")])
    heard = routing.receive(["routing.assign-incidents"], limit=10, wait=10)
    routing.ack(heard)

    assert left == []
    assert [delivery.body for delivery in heard] == [b"{}"]


def test_a_service_cannot_say_what_is_not_its_own(pipe: OpenPipe) -> None:
    with pytest.raises(BusUnavailable, match="ACCESS_REFUSED"):
        pipe("reporting").publish([event("incident.registered.v1")])


def test_a_service_cannot_read_the_queues_of_another(pipe: OpenPipe) -> None:
    with pytest.raises(BusUnavailable, match="ACCESS_REFUSED"):
        pipe("intake").receive(["notify.send-notices"], limit=1, wait=1)


def test_a_service_cannot_speak_under_another_name(pipe: OpenPipe) -> None:
    impostor = pipe("intake", user_id="rueckhalt-routing")

    with pytest.raises(BusUnavailable, match="user_id"):
        impostor.publish([event("incident.registered.v1")])
