# SPDX-License-Identifier: EUPL-1.2
"""What the pipe promises about messages, on either bus (BUS section 7)."""

import pytest
from kombu import Exchange, Queue

from rueckhalt_shared.parcels import DEAD, UNROUTED
from rueckhalt_shared.pipe import TooLarge, TopologyConflict
from tests.servers import wait_until
from tests.shared.conformance.buses import Bus, child, receive_all, receive_rest, receive_some
from tests.shared.conformance.letters import KEY, TYPE, numbers, outgoing

RECEIVE_THREE = """
got = []
while len(got) < 3:
    got += pipe.receive(["routing.assign"], wait=5)
say(*(delivery.redelivered for delivery in got))
sys.stdin.read()
"""


def test_what_was_published_comes_as_it_was(bus: Bus) -> None:  # C1
    pipe = bus.declared("routing.assign")
    body = '{"text": "Grüße, \\u0000, 😀, \\ud800"}'

    nacked = pipe.publish([outgoing(1, body=body)])

    [delivery] = receive_all(pipe, "routing.assign", count=1)
    assert nacked == []
    assert delivery.body == body.encode()
    assert (delivery.queue, delivery.redelivered) == ("routing.assign", False)
    assert delivery.content_type == "application/json"


def test_what_a_killed_consumer_held_comes_again_marked(bus: Bus) -> None:  # C2
    bus.shorten_leases()
    pipe = bus.declared("routing.assign")
    pipe.publish([outgoing(number) for number in range(3)])

    with child(bus, RECEIVE_THREE) as consumer:
        first_time = consumer.line()
        consumer.kill()
    again = receive_all(pipe, "routing.assign", count=3)

    assert first_time == "False False False"
    assert numbers(again) == [0, 1, 2]
    assert all(delivery.redelivered for delivery in again)
    assert [delivery.headers["x-delivery-count"] for delivery in again] == [1, 1, 1]


def test_a_requeued_message_does_not_reach_the_other_queues_again(bus: Bus) -> None:  # C5
    pipe = bus.declared("routing.assign", "reporting.collect")
    pipe.publish([outgoing(1)])
    [first] = receive_all(pipe, "routing.assign", count=1)

    pipe.requeue([first])

    [again] = receive_all(pipe, "routing.assign", count=1)
    assert (again.redelivered, again.headers["x-delivery-count"]) == (True, 1)
    assert bus.pipe().depth("reporting.collect") == 1


def test_three_copies_on_one_channel_are_acknowledged_one_by_one(bus: Bus) -> None:  # C6
    queues = ("routing.assign", "notify.send", "reporting.collect")
    pipe = bus.declared(*queues)
    pipe.publish([outgoing(1)])
    deliveries = receive_all(pipe, *queues, count=3)

    pipe.ack([delivery for delivery in deliveries if delivery.queue == "notify.send"])
    pipe.close()

    other = bus.pipe()
    left = receive_all(other, *queues, count=2)
    assert len({delivery.tag for delivery in deliveries}) == 3
    assert {delivery.queue for delivery in left} == {"routing.assign", "reporting.collect"}


def test_a_process_that_declared_nothing_reaches_all_bound_queues(bus: Bus) -> None:  # C7
    pipe = bus.declared("routing.assign", "reporting.collect")

    with child(bus, "pipe.publish([outgoing(1)]); pipe.close()") as publisher:
        assert publisher.ended() == 0

    assert len(receive_all(pipe, "routing.assign", "reporting.collect", count=2)) == 2


def test_what_nobody_hears_is_kept_for_the_sweeper(bus: Bus) -> None:  # C8
    pipe = bus.declared("routing.assign")

    nacked = pipe.publish([outgoing(1, key="plan.published.v1")])

    [kept] = receive_all(pipe, UNROUTED, count=1)
    assert nacked == []
    assert numbers([kept]) == [1]


def test_fresh_messages_come_in_order_also_after_a_restart(bus: Bus) -> None:  # C11
    pipe = bus.declared("routing.assign")
    pipe.publish([outgoing(number) for number in range(150)])
    first = receive_some(pipe, "routing.assign", count=50)
    pipe.ack(first)
    pipe.close()

    pipe.publish([outgoing(number) for number in range(150, 300)])

    rest = receive_rest(bus.pipe(), "routing.assign")
    fresh = [delivery for delivery in rest if not delivery.redelivered]
    assert numbers(first) == list(range(50))
    assert sorted(numbers(rest)) == list(range(50, 300))
    assert numbers(fresh) == sorted(numbers(fresh))


def test_declaring_again_changes_nothing(bus: Bus) -> None:  # C17
    pipe = bus.declared("routing.assign")
    pipe.publish([outgoing(1)])

    bus.declared("routing.assign").declare({"routing.assign": (KEY, "incident.closed.v1")})

    pipe.publish([outgoing(2, key="incident.closed.v1")])
    assert numbers(receive_all(pipe, "routing.assign", count=2)) == [1, 2]


def test_a_queue_declared_otherwise_is_named_with_its_argument(bus: Bus) -> None:  # C17
    with bus.kombu() as connection, connection.channel() as channel:
        Queue("routing.assign", queue_arguments={"x-max-length": 5})(channel).declare()

    with pytest.raises(TopologyConflict, match=r"x-queue-type|x-max-length") as caught:
        bus.declared("routing.assign")

    assert caught.value.object_name == "queue 'routing.assign'"
    assert caught.value.argument in ("x-queue-type", "x-max-length")


def test_an_exchange_declared_otherwise_is_named_with_its_argument(bus: Bus) -> None:  # C17
    with bus.kombu() as connection, connection.channel() as channel:
        Exchange("rk.events", type="direct", durable=True)(channel).declare()

    with pytest.raises(TopologyConflict) as caught:
        bus.declared("routing.assign")

    assert caught.value.object_name == "exchange 'rk.events'"
    assert caught.value.argument == "type"


def test_64_kib_pass_and_one_byte_more_does_not(bus: Bus) -> None:  # C18
    pipe = bus.declared("routing.assign")
    largest = '"' + "x" * (64 * 1024 - 2) + '"'

    pipe.publish([outgoing(1, body=largest)])
    with pytest.raises(TooLarge):
        pipe.publish([outgoing(2, body=largest + " ")])

    [delivery] = receive_all(pipe, "routing.assign", count=1)
    assert delivery.body == largest.encode()


def test_foreign_content_is_handed_over_raw(bus: Bus) -> None:  # C18
    pipe = bus.declared("routing.assign")
    with bus.kombu() as connection:
        connection.Producer().publish(
            b"\xff\x00 no JSON",
            exchange="rk.events",
            routing_key=KEY,
            content_type="image/png",
            content_encoding="binary",
        )

    [delivery] = receive_all(pipe, "routing.assign", count=1)
    assert (delivery.body, delivery.content_type) == (b"\xff\x00 no JSON", "image/png")


def test_a_full_queue_refuses_and_the_others_have_their_copy(bus: Bus) -> None:  # C19
    bus.limit("routing.assign", max_length=2)
    pipe = bus.declared("routing.assign", "reporting.collect")

    nacked = [message for n in range(20) for message in pipe.publish([outgoing(n)])]

    assert nacked
    assert numbers(receive_rest(bus.pipe(), "reporting.collect")) == list(range(20))
    assert bus.pipe().depth("routing.assign") == 20 - len(nacked)


def test_a_full_queue_takes_again_when_there_is_room(bus: Bus) -> None:  # C19
    bus.limit("routing.assign", max_length=1)
    pipe = bus.declared("routing.assign")
    nacked = [message for n in range(10) for message in pipe.publish([outgoing(n)])]

    receive_rest(bus.pipe(), "routing.assign")

    assert nacked
    wait_until(lambda: pipe.publish(nacked[:1]) == [], "room again")


def test_a_closed_pipe_gives_back_at_once_and_counts(bus: Bus) -> None:  # C21
    bus.declared("routing.assign").publish([outgoing(1)])
    for count in range(3):
        pipe = bus.pipe()
        [delivery] = receive_all(pipe, "routing.assign", count=1, seconds=5)
        assert delivery.headers.get("x-delivery-count", 0) == count
        assert delivery.redelivered == (count > 0)
        pipe.close()


def test_after_its_last_delivery_a_message_is_dead_with_queue_and_reason(bus: Bus) -> None:  # C20
    bus.limit("routing.assign", delivery_limit=20)
    bus.declared("routing.assign").publish([outgoing(1)])
    for _ in range(21):
        pipe = bus.pipe()
        receive_all(pipe, "routing.assign", count=1)
        pipe.close()

    [dead] = receive_all(bus.pipe(), "routing.assign", DEAD, count=1)

    assert dead.queue == DEAD
    assert dead.headers["x-first-death-queue"] == "routing.assign"
    assert dead.headers["x-first-death-reason"] == "delivery_limit"


def test_a_rejected_message_is_dead_with_queue_and_reason(bus: Bus) -> None:
    bus.limit("routing.assign", delivery_limit=20)
    pipe = bus.declared("routing.assign")
    pipe.publish([outgoing(1)])
    [delivery] = receive_all(pipe, "routing.assign", count=1)

    pipe.reject(delivery)

    [dead] = receive_all(bus.pipe(), DEAD, count=1)
    assert dead.headers["x-first-death-queue"] == "routing.assign"
    assert dead.headers["x-first-death-reason"] == "rejected"


def test_two_consumers_never_hold_the_same_message(bus: Bus) -> None:  # C24
    pipe = bus.declared("routing.assign")
    one, other = bus.pipe(), bus.pipe()
    for consumer in (one, other):
        consumer.receive(["routing.assign"], wait=0)
    pipe.publish([outgoing(number) for number in range(200)])
    held: dict[str, list[int]] = {"one": [], "other": []}

    def all_held() -> bool:
        held["one"] += numbers(one.receive(["routing.assign"], limit=30, wait=0.1))
        held["other"] += numbers(other.receive(["routing.assign"], limit=30, wait=0.1))
        return len(held["one"]) + len(held["other"]) >= 200

    wait_until(all_held, "all messages held")

    assert sorted(held["one"] + held["other"]) == list(range(200))
    assert held["one"]
    assert held["other"]


def test_an_acknowledgement_after_the_end_of_its_connection_is_harmless(bus: Bus) -> None:  # C15
    pipe = bus.declared("routing.assign")
    pipe.publish([outgoing(1), outgoing(2)])
    held = receive_all(pipe, "routing.assign", count=2)
    pipe.close()
    receive_all(pipe, "routing.assign", count=2)

    pipe.ack(held)
    pipe.close()

    assert numbers(receive_all(bus.pipe(), "routing.assign", count=2)) == [1, 2]


def test_waking_ends_a_wait_that_is_to_come_or_under_way(bus: Bus) -> None:
    pipe = bus.declared("routing.assign")

    pipe.wake()

    assert pipe.receive(["routing.assign"], wait=3600) == []


def test_the_type_and_the_id_travel_beside_the_body(bus: Bus) -> None:
    pipe = bus.declared("routing.assign")
    pipe.publish([outgoing(7)])

    with bus.kombu() as connection, connection.channel() as channel:
        message = wait_until(lambda: channel.basic_get("routing.assign"), "the message")
        properties = message.properties

    assert properties["message_id"] == "event-7"
    assert properties["type"] == TYPE
    assert properties["delivery_mode"] == 2
