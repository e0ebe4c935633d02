# SPDX-License-Identifier: EUPL-1.2
"""Several processes on one bus: killed ones, forked ones, and many messages."""

import json
from pathlib import Path

import pytest

from tests.servers import wait_until
from tests.shared.conformance.buses import Bus, Child, EmbeddedBus, child, receive_all, receive_rest
from tests.shared.conformance.letters import numbers, outgoing

QUEUES = ("routing.assign", "notify.announce", "reporting.collect")
CRASHING = {"RUECKHALT_TEST": "1"}
MANY = 10_000

PUBLISH_ENDLESSLY = """
number = 0
while True:
    pipe.publish([outgoing(number + each) for each in range(100)])
    number += 100
    say(number)
"""
PUBLISH_MANY = f"""
for start in range(0, {MANY}, 100):
    assert pipe.publish([outgoing(number) for number in range(start, start + 100)]) == []
say("published")
"""
CONSUME_UNTIL_TOLD = """
import threading
stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
got = []
while not stop.is_set():
    deliveries = pipe.receive(["routing.assign"], wait=0.2)
    got += numbers(deliveries)
    pipe.ack(deliveries)
    say(len(got))
pipe.close()
say(json.dumps(got))
"""
FORK_AND_PUBLISH = """
pipe.publish([outgoing("parent before")])
pipe.receive(["nobody"], wait=0)
child = os.fork()
pipe.publish([outgoing("child" if child == 0 else "parent after")])
if child == 0:
    pipe.close()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
pipe.publish([outgoing("parent at last")])
pipe.close()
"""


@pytest.mark.parametrize(
    ("point", "copies"), [("bus.publish_before_commit", 0), ("bus.publish_after_commit", 1)]
)
def test_a_publisher_killed_around_its_commit_reaches_no_queue_or_all(
    embedded: EmbeddedBus, point: str, copies: int
) -> None:  # C4
    pipe = embedded.declared(*QUEUES)

    with child(
        embedded, "pipe.publish([outgoing(1)])", CRASHING | {"RUECKHALT_CRASH_AT": point}
    ) as c:
        ended = c.ended()

    assert ended == -9
    assert [pipe.depth(queue) for queue in QUEUES] == [copies] * 3


def test_a_publisher_killed_at_any_time_reaches_no_queue_or_all(bus: Bus) -> None:  # C4
    pipe = bus.declared(*QUEUES)

    with child(bus, PUBLISH_ENDLESSLY) as publisher:
        told = [int(publisher.line()) for _ in range(3)][-1]
        publisher.kill()

    received = receive_rest(pipe, *QUEUES)
    heard = [sorted(numbers([d for d in received if d.queue == queue])) for queue in QUEUES]
    assert heard[0] == heard[1] == heard[2]
    assert heard[0][:told] == list(range(told))


def test_an_ack_that_was_not_committed_never_happened(embedded: EmbeddedBus) -> None:
    embedded.shorten_leases()
    pipe = embedded.declared("routing.assign")
    pipe.publish([outgoing(1), outgoing(2)])
    lines = 'pipe.ack(pipe.receive(["routing.assign"], wait=5))'

    with child(
        embedded, lines, CRASHING | {"RUECKHALT_CRASH_AT": "bus.before_ack_commit"}
    ) as consumer:
        ended = consumer.ended()

    assert ended == -9
    again = receive_all(pipe, "routing.assign", count=2)
    assert all(delivery.redelivered for delivery in again)


def test_a_doubtful_publish_repeated_gives_one_or_two_copies_of_one_id(
    embedded: EmbeddedBus,
) -> None:  # C13
    pipe = embedded.declared("routing.assign")
    environment = CRASHING | {"RUECKHALT_CRASH_AT": "bus.publish_after_commit"}
    with child(embedded, "pipe.publish([outgoing(1)])", environment) as publisher:
        publisher.ended()

    pipe.publish([outgoing(1)])

    assert numbers(receive_all(pipe, "routing.assign", count=2)) == [1, 1]


def test_parent_and_forked_child_do_not_share_a_connection(bus: Bus) -> None:  # C23
    pipe = bus.declared("routing.assign", "nobody")

    with child(bus, FORK_AND_PUBLISH) as forking:
        ended = forking.ended()

    heard = numbers(receive_all(pipe, "routing.assign", count=4))
    assert ended == 0
    assert sorted(heard) == ["child", "parent after", "parent at last", "parent before"]


def test_ten_thousand_messages_reach_two_consumers_once_each(bus: Bus) -> None:
    pipe = bus.declared("routing.assign")
    with (
        child(bus, CONSUME_UNTIL_TOLD) as one,
        child(bus, CONSUME_UNTIL_TOLD) as other,
        child(bus, PUBLISH_MANY) as publisher,
    ):
        assert publisher.line() == "published"
        counts = {"one": 0, "other": 0}

        def all_received() -> bool:
            counts.update(one=int(one.line()), other=int(other.line()))
            return sum(counts.values()) >= MANY

        wait_until(all_received, "ten thousand received", seconds=60)
        heard = [_told_at_the_end(consumer) for consumer in (one, other)]

    assert pipe.depth("routing.assign") == 0
    assert sorted(heard[0] + heard[1]) == list(range(MANY))
    assert all(heard)


def _told_at_the_end(consumer: Child) -> list[int]:
    consumer.end_input()
    line = ""
    while not line.startswith("["):
        line = consumer.line()
    told: list[int] = json.loads(line)
    return told


def test_a_second_process_sees_what_the_first_declared(bus: Bus, tmp_path: Path) -> None:  # C7
    bus.declared("routing.assign").close()

    with child(bus, 'say(pipe.depth("routing.assign"))') as other:
        assert other.line() == "0"
