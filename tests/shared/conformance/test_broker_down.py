# SPDX-License-Identifier: EUPL-1.2
"""RabbitMQ killed, stopped, half alive: nothing said to be stored is missing, nothing hangs."""

import threading
import time
from typing import Any

import pytest

from rueckhalt_shared.pipe import BusUnavailable, Pipe
from tests.servers import wait_until
from tests.shared.conformance.buses import (
    BrokerBus,
    publish_until_done,
    receive_all,
    receive_rest,
    receive_some,
)
from tests.shared.conformance.letters import numbers, outgoing

pytestmark = pytest.mark.rabbitmq

# RabbitMQ 3.10 notes a new quorum queue's files every half second only. After a kill -9 before that
# the queue is there but never confirms again; it must be deleted (rabbitmqctl) and declared anew.
RABBITMQ_WRITES_QUEUES_AFTER = 2.0


def seconds_until_unavailable(call: Any) -> float:
    """How long it takes to say that the bus is away."""
    started = time.monotonic()
    with pytest.raises(BusUnavailable):
        call()
    return time.monotonic() - started


def publish_while(pipe: Pipe, stopping: threading.Event, confirmed: list[int]) -> None:
    """As a relay: numbered messages, each until it is confirmed."""
    number = 0
    while not stopping.is_set():
        try:
            pipe.publish([outgoing(number)])
        except BusUnavailable:
            stopping.wait(0.05)
        else:
            confirmed.append(number)
            number += 1


def test_after_kill_and_restart_all_is_there_and_flows(mortal: BrokerBus) -> None:  # C7, C15
    consumer = mortal.declared("routing.assign")
    consumer.publish([outgoing(number) for number in range(1000, 1010)])
    held = receive_some(consumer, "routing.assign", count=10)
    confirmed: list[int] = []
    stopping = threading.Event()
    relay = threading.Thread(
        target=publish_while, args=(mortal.pipe(), stopping, confirmed), daemon=True
    )
    relay.start()
    settled = time.monotonic() + RABBITMQ_WRITES_QUEUES_AFTER
    wait_until(lambda: time.monotonic() > settled and len(confirmed) > 20, "some are confirmed")

    mortal.broker.kill()
    seconds_until_unavailable(lambda: receive_rest(mortal.pipe(), "routing.assign"))
    seconds_until_unavailable(lambda: [consumer.receive(["routing.assign"]) for _ in range(9)])
    mortal.broker.start()
    after_start = len(confirmed)
    wait_until(lambda: len(confirmed) > after_start, "flow is back", seconds=15)
    stopping.set()
    relay.join(20)
    consumer.ack(held)

    received = receive_rest(mortal.pipe(), "routing.assign")
    assert set(numbers(received)) >= {*confirmed, *range(1000, 1010)}


def test_a_stopped_broker_is_noticed_and_no_stale_ack_is_believed(
    mortal: BrokerBus,
) -> None:  # C3, C12, C13
    mortal.limit("notify.send", max_length=1)
    mortal.declared("routing.assign").declare({"notify.send": ("incident.closed.v1",)})
    pipe = mortal.pipe()
    full = [outgoing(number, key="incident.closed.v1") for number in range(10)]
    while not pipe.publish(full[:1]):
        pass

    mortal.broker.suspend()
    noticed = seconds_until_unavailable(lambda: pipe.publish([outgoing("doubtful")]))
    mortal.broker.resume()
    nacked = pipe.publish(full[:1])
    publish_until_done(pipe, [outgoing("doubtful")])

    received = numbers(receive_rest(mortal.pipe(), "routing.assign"))
    assert noticed < 8  # five seconds for the confirms, and what a busy machine adds
    assert nacked == full[:1]
    assert set(received) == {"doubtful"}
    assert len(received) in (1, 2)


def test_a_blocked_consumer_and_a_connect_notice_a_stopped_broker(mortal: BrokerBus) -> None:
    consumer = mortal.declared("routing.assign")
    consumer.receive(["routing.assign"], wait=0)

    mortal.broker.suspend()
    connecting = seconds_until_unavailable(lambda: mortal.pipe().publish([outgoing(1)]))
    waiting = seconds_until_unavailable(lambda: consumer.receive(["routing.assign"], wait=60))
    mortal.broker.resume()

    assert connecting < 8
    assert connecting + waiting < 16  # two heartbeats of six seconds and a slice
    assert receive_rest(consumer, "routing.assign") == []


def test_a_relay_that_rested_over_a_restart_publishes_at_once(mortal: BrokerBus) -> None:
    pipe = mortal.declared("routing.assign")
    pipe.publish([outgoing(1)])
    mortal.broker.api("DELETE", f"connections/{_only_connection(mortal)}")

    nacked = pipe.publish([outgoing(2)])

    assert nacked == []
    assert numbers(receive_all(mortal.pipe(), "routing.assign", count=2)) == [1, 2]


def _only_connection(bus: BrokerBus) -> str:
    vhost = bus.url.rsplit("/", 1)[1]
    listed = wait_until(
        lambda: [c for c in bus.broker.api("GET", "connections") if c.get("vhost") == vhost],
        "the connection is listed",
    )
    [connection] = listed
    return str(connection["name"]).replace(" ", "%20").replace(">", "%3E")


def test_an_alarm_of_the_broker_is_no_success(mortal: BrokerBus) -> None:  # C13
    pipe = mortal.declared("routing.assign")
    mortal.broker.ctl("set_vm_memory_high_watermark", "0")
    try:
        with pytest.raises(BusUnavailable, match=r"alarm|confirmed"):
            pipe.publish([outgoing(1)])
    finally:
        mortal.broker.ctl("set_vm_memory_high_watermark", "absolute", "512MB")

    publish_until_done(pipe, [outgoing(1)])

    received = numbers(receive_rest(mortal.pipe(), "routing.assign"))
    assert set(received) == {1}
    assert len(received) in (1, 2)


def test_a_wrong_user_id_is_refused(mortal: BrokerBus) -> None:
    mortal.declared("routing.assign")
    pipe = Pipe(mortal.url, service="intake", user_id="somebody")

    with pytest.raises(BusUnavailable, match="user_id"):
        pipe.publish([outgoing(1)])

    assert mortal.pipe().depth("routing.assign") == 0


def test_a_user_without_rights_relies_on_what_is_there(mortal: BrokerBus) -> None:
    mortal.declared("routing.assign")
    api, vhost = mortal.broker.api, mortal.url.rsplit("/", 1)[1]
    api("PUT", "users/limited", {"password": "limited", "tags": ""})
    rights = {"configure": "^$", "write": "^rk.events$", "read": "^routing"}
    api("PUT", f"permissions/{vhost}/limited", rights)
    pipe = Pipe(mortal.url.replace("guest:guest", "limited:limited"), service="routing")

    pipe.declare({"routing.assign": ("incident.registered.v1",)})
    pipe.publish([outgoing(1)])

    received = receive_all(pipe, "routing.assign", count=1)
    pipe.close()
    assert numbers(received) == [1]
