# SPDX-License-Identifier: EUPL-1.2
"""Plain kombu on either bus: the bus file is a transport like any other."""

from importlib.metadata import version
from typing import Any

import pytest
from amqp.exceptions import MessageNacked
from kombu import Connection, Consumer, Exchange, Producer, Queue
from kombu.exceptions import ChannelError, ContentDisallowed, OperationalError

from rueckhalt_shared.pipe_rkbus import store_of
from rueckhalt_shared.topic import matches
from rueckhalt_shared.transport_topology import Limits
from tests.servers import wait_until
from tests.shared.conformance.buses import Bus, EmbeddedBus
from tests.shared.conformance.letters import outgoing
from tests.shared.conformance.vectors import KEYS, PATTERNS

PLANS = Exchange("plans", type="topic", durable=True)
CONFIRMED = {"confirm_publish": True}


def drain(connection: Any, consumers: Consumer, got: list[Any], *, count: int) -> list[Any]:
    """Let kombu deliver until so many have come."""
    with consumers:
        while len(got) < count:
            connection.drain_events(timeout=10)
    return got


def test_headers_and_properties_come_as_they_were(bus: Bus) -> None:  # C1
    queue = Queue("plans.read", PLANS, routing_key="plan.*.v1")
    with bus.kombu() as connection:
        queue(connection).declare()
        Producer(connection).publish(
            {"name": "Zuständigkeitsplan"},
            exchange=PLANS,
            routing_key="plan.published.v1",
            headers={"traceparent": "00-abc", "number": 7},
            correlation_id="c1",
            message_id="m1",
        )
        message = wait_until(lambda: queue(connection).get(accept=["json"]), "the message")

        assert message.payload == {"name": "Zuständigkeitsplan"}
        assert message.headers["traceparent"] == "00-abc"
        assert message.headers["number"] == 7
        assert message.properties["correlation_id"] == "c1"
        assert message.properties["message_id"] == "m1"
        assert message.delivery_info["exchange"] == "plans"
        assert message.delivery_info["routing_key"] == "plan.published.v1"
        message.ack()


@pytest.mark.parametrize(
    "body", [b"\xff\x00bytes", b"bytes that are text", "text with ü"], ids=["raw", "bytes", "text"]
)
def test_bytes_stay_bytes_and_text_stays_text(bus: Bus, body: bytes | str) -> None:  # C1
    encoding = "binary" if isinstance(body, bytes) else "utf-8"
    with bus.kombu() as connection:
        simple = connection.SimpleQueue(Queue("raw.read", Exchange("raw"), routing_key="r"))
        simple.producer.publish(
            body,
            exchange="raw",
            routing_key="r",
            content_type="application/x-raw",
            content_encoding=encoding,
        )
        message = simple.get(timeout=5)

        assert message.decode() == body
        simple.close()


def test_a_fanout_reaches_all_and_a_direct_exchange_one(bus: Bus) -> None:
    fan, direct = Exchange("fan", type="fanout"), Exchange("direct.one", type="direct")
    with bus.kombu() as connection:
        for name in ("read.one", "read.two"):
            Queue(name, fan)(connection).declare()
            Queue(name, direct, routing_key=name)(connection).declare()

        Producer(connection).publish({}, exchange=fan, routing_key="anything")
        Producer(connection).publish({}, exchange=direct, routing_key="read.one")

        sizes = {"read.one": 2, "read.two": 1}
        for name, size in sizes.items():
            wait_until(
                lambda n=name, s=size: Queue(n)(connection).queue_declare(passive=True)[1] == s,
                f"{size} in {name}",
            )


def test_topics_route_as_our_matcher_says(bus: Bus) -> None:  # C9
    exchange = Exchange("topics", type="topic")
    with bus.kombu() as connection:
        for number, pattern in enumerate(PATTERNS):
            Queue(f"pattern.{number}", exchange, routing_key=pattern)(connection).declare()
        producer = Producer(connection)
        for key in KEYS:
            producer.publish(f"<{key}>", exchange=exchange, routing_key=key)

        for number, pattern in enumerate(PATTERNS):
            expected = sorted(f"<{key}>" for key in KEYS if matches(pattern, key))
            queue = Queue(f"pattern.{number}")(connection)
            heard = [
                wait_until(lambda: queue.get(no_ack=True), f"{pattern} {each}").payload  # noqa: B023
                for each in expected
            ]
            assert (sorted(heard), queue.get()) == (expected, None), pattern


def test_without_a_route_a_mandatory_publish_raises(bus: Bus) -> None:  # C8
    with bus.kombu(**CONFIRMED) as connection:
        PLANS(connection).declare()

        with pytest.raises(ChannelError) as caught:
            Producer(connection).publish(
                {}, exchange=PLANS, routing_key="nobody.hears.v1", mandatory=True, confirm_timeout=5
            )

        assert caught.value.reply_code == 312


def test_a_consumer_takes_no_other_content_than_it_accepts(bus: Bus) -> None:  # C18
    refused: list[Exception] = []
    queue = Queue("plans.read", PLANS, routing_key="#")
    with bus.kombu() as connection:
        queue(connection).declare()
        Producer(connection).publish("a: 1", exchange=PLANS, routing_key="x", serializer="yaml")
        consumer = Consumer(connection, [queue], accept=["json"], callbacks=[lambda *_: None])
        consumer.on_decode_error = lambda message, error: refused.append(error)

        drain(connection, consumer, refused, count=1)

    assert isinstance(refused[0], ContentDisallowed)


def test_a_consumer_with_prefetch_gets_all_and_acknowledges_many_at_once(bus: Bus) -> None:
    got: list[Any] = []
    queue = Queue("plans.read", PLANS, routing_key="#")
    with bus.kombu() as connection:
        queue(connection).declare()
        for number in range(50):
            Producer(connection).publish(number, exchange=PLANS, routing_key="x")
        consumer = Consumer(connection, [queue], accept=["json"], prefetch_count=20)
        consumer.register_callback(lambda body, message: got.append(message))

        with consumer:
            while len(got) < 20:
                connection.drain_events(timeout=10)
            assert [message.payload for message in got] == list(range(20))
            got[-1].ack(multiple=True)
            while len(got) < 40:
                connection.drain_events(timeout=10)

        assert [message.payload for message in got] == list(range(40))


def test_what_a_consumer_requeues_or_rejects(bus: Bus) -> None:  # C5
    queue = Queue("plans.read", PLANS, routing_key="#")
    with bus.kombu() as connection:
        queue(connection).declare()
        Queue("plans.other", PLANS, routing_key="#")(connection).declare()
        Producer(connection).publish(1, exchange=PLANS, routing_key="x")
        first = wait_until(lambda: queue(connection).get(), "the message")
        first.requeue()
        again = wait_until(lambda: queue(connection).get(), "the message again")
        again.reject()

        assert again.delivery_info["redelivered"]
        assert queue(connection).get() is None
        assert Queue("plans.other")(connection).queue_declare(passive=True).message_count == 1


# ---------------------------------------------------------------- the bus file's own answers
def test_a_full_queue_nacks(embedded: EmbeddedBus) -> None:  # C19
    queue = Queue("plans.read", PLANS, routing_key="#", queue_arguments={"x-max-length": 1})
    with embedded.kombu() as connection:
        queue(connection).declare()
        Queue("plans.other", PLANS, routing_key="#")(connection).declare()
        producer = Producer(connection)
        producer.publish(1, exchange=PLANS, routing_key="x")

        with pytest.raises(MessageNacked):
            producer.publish(2, exchange=PLANS, routing_key="x")

        assert Queue("plans.other")(connection).queue_declare(passive=True).message_count == 2


def test_a_batch_is_one_transaction(embedded: EmbeddedBus) -> None:
    queue = Queue("plans.read", PLANS, routing_key="x")
    with embedded.kombu() as connection:
        queue(connection).declare()
        producer = Producer(connection)

        with producer.batch():
            producer.publish(1, exchange=PLANS, routing_key="x")
            unseen = queue(connection).queue_declare(passive=True).message_count
            producer.publish(2, exchange=PLANS, routing_key="x")

        assert unseen == 0
        assert queue(connection).queue_declare(passive=True).message_count == 2


def test_a_batch_that_fails_leaves_nothing(embedded: EmbeddedBus) -> None:
    queue = Queue("plans.read", PLANS, routing_key="x")
    with embedded.kombu() as connection:
        queue(connection).declare()
        producer = Producer(connection)

        batch = producer.batch()
        batch.__enter__()
        producer.publish(1, exchange=PLANS, routing_key="x")
        producer.publish(2, exchange=PLANS, routing_key="nobody", mandatory=True)
        with pytest.raises(ChannelError, match="NO_ROUTE"):
            batch.__exit__(None, None, None)

        assert queue(connection).queue_declare(passive=True).message_count == 0


@pytest.mark.parametrize(
    "refused",
    [
        Queue("q", PLANS, exclusive=True),
        Queue("q", PLANS, auto_delete=True),
        Queue("q", PLANS, max_priority=5, queue_arguments={"x-max-priority": 5}),
        Queue("q", Exchange("h", type="headers")),
        Queue("q", Exchange("a", auto_delete=True)),
        Queue("q", PLANS, queue_arguments={"x-dead-letter-exchange": "other"}),
    ],
    ids=["exclusive", "auto-delete", "priority", "headers", "exchange", "dead-letter"],
)
def test_what_the_bus_file_cannot_do_it_refuses(embedded: EmbeddedBus, refused: Queue) -> None:
    with (
        embedded.kombu() as connection,
        pytest.raises(ChannelError, match=r"not supported|takes dead"),
    ):
        refused(connection).declare()


def test_a_priority_is_refused(embedded: EmbeddedBus) -> None:
    with embedded.kombu() as connection:
        PLANS(connection).declare()
        with pytest.raises(ChannelError, match="priorities"):
            Producer(connection).publish(1, exchange=PLANS, routing_key="x", priority=5)


def test_deleting_and_purging_need_to_be_asked_for(embedded: EmbeddedBus) -> None:
    queue = Queue("plans.read", PLANS, routing_key="x")
    with embedded.kombu() as connection:
        queue(connection).declare()
        with pytest.raises(ChannelError, match="rueckhalt bus"):
            queue(connection).purge()
        with pytest.raises(ChannelError, match="rueckhalt bus"):
            queue(connection).delete()

    with embedded.kombu(destructive=True) as connection:
        Producer(connection).publish(1, exchange=PLANS, routing_key="x")
        assert queue(connection).purge() == 1
        queue(connection).delete()
        with pytest.raises(ChannelError, match="NOT_FOUND"):
            queue(connection).queue_declare(passive=True)


def test_queue_arguments_become_limits(embedded: EmbeddedBus) -> None:
    arguments = {
        "x-max-length": 5,
        "x-delivery-limit": 2,
        "x-message-ttl": 1500,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": "graveyard",
    }
    with embedded.kombu() as connection:
        Queue("plans.read", PLANS, queue_arguments=arguments)(connection).declare()

    store = store_of(embedded.url)
    found = store.topology.limits("plans.read")
    store.close()
    assert found == Limits(max_length=5, delivery_limit=2, dead_to="graveyard", ttl=1.5)


def test_a_path_that_cannot_be_is_told_at_the_start(embedded: EmbeddedBus) -> None:
    with pytest.raises(OperationalError, match="no-such-folder"):
        Connection(f"rkbus:///{embedded.path.parent}/no-such-folder/bus.db").ensure_connection(
            max_retries=1, timeout=0.1
        )


def test_the_pipe_and_plain_kombu_understand_each_other(bus: Bus) -> None:
    bus.declared("routing.assign").publish([outgoing(1)])

    with bus.kombu() as connection:
        queue = Queue("routing.assign")(connection)
        message = wait_until(lambda: queue.get(accept=["json"]), "the message")
        assert message.payload == {"number": 1}


def test_kombu_is_the_version_whose_faults_we_know() -> None:  # K2
    assert version("kombu").startswith("5.7.")
