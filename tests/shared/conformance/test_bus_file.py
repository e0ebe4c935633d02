# SPDX-License-Identifier: EUPL-1.2
"""What only the bus file has: leases, fences, clocks, locks, and what lies on the disk."""

import contextlib
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rueckhalt_shared import pipe as pipes
from rueckhalt_shared.parcels import DEAD, UNROUTED
from rueckhalt_shared.pipe import BusUnavailable
from rueckhalt_shared.transport_file import BusFileConnections, ForeignBusFile
from rueckhalt_shared.transport_keeper import LeaseKeeper
from rueckhalt_shared.transport_store import LEASE, BusStore, Posting
from rueckhalt_shared.transport_topology import Limits
from tests.servers import wait_until
from tests.shared.conformance.buses import EmbeddedBus, SettableClock, receive_all, receive_rest
from tests.shared.conformance.letters import numbers, outgoing

DAY = 86400.0


@pytest.fixture
def clock() -> SettableClock:
    """The bus file's wall clock."""
    return SettableClock()


@pytest.fixture
def store(tmp_path: Path, clock: SettableClock) -> Iterator[BusStore]:
    """A bus file with one queue, `q`, under a settable clock."""
    made = BusStore(str(tmp_path / "store.db"), clock=clock, busy_timeout=0.2)
    made.topology.declare_queue("rk.dead", {})
    made.topology.declare_queue("q", {})
    yield made
    made.close()


def fill(store: BusStore, count: int, queue: str = "q") -> None:
    store.publish([Posting("", queue, f"payload {number}") for number in range(count)])


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process' write lock."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.close()


def test_while_another_writes_publishing_raises_and_nothing_is_half_done(
    embedded: EmbeddedBus,
) -> None:  # C3
    pipe = embedded.declared("routing.assign")
    impatient = embedded.pipe(busy_timeout=0.3)

    with locked(embedded.path), pytest.raises(BusUnavailable) as caught:
        impatient.publish([outgoing(1), outgoing(2)])

    assert [message.id for message in caught.value.unconfirmed] == ["event-1", "event-2"]
    assert impatient.publish([outgoing(3)]) == []
    assert numbers(receive_all(pipe, "routing.assign", count=1)) == [3]


def test_while_another_writes_receiving_raises_and_comes_back(embedded: EmbeddedBus) -> None:
    embedded.declared("routing.assign").publish([outgoing(1)])
    impatient = embedded.pipe(busy_timeout=0.3)

    with locked(embedded.path), pytest.raises(BusUnavailable):
        impatient.receive(["routing.assign"], wait=5)

    assert numbers(receive_all(impatient, "routing.assign", count=1)) == [1]


def test_by_default_a_lock_is_waited_for_ten_seconds() -> None:  # C3
    assert BusFileConnections("/nowhere").busy_timeout == 10.0


def test_no_byte_of_an_acknowledged_body_stays_on_the_disk(embedded: EmbeddedBus) -> None:  # C10
    pipe = embedded.declared("routing.assign")
    pipe.publish(
        [outgoing(number, body=f'"geheimnis-{number}-{"x" * 3000}"') for number in range(50)]
    )
    stored = b"geheimnis" in _bytes_of(embedded)
    receive_rest(pipe, "routing.assign")
    pipe.close()

    pipes.checkpoint(embedded.url)

    assert stored
    assert b"geheimnis" not in _bytes_of(embedded)


def _bytes_of(bus: EmbeddedBus) -> bytes:
    return b"".join(path.read_bytes() for path in bus.path.parent.glob("bus.db*"))


def test_a_file_that_was_deleted_under_us_is_noticed(embedded: EmbeddedBus) -> None:
    pipe, consumer = embedded.declared("routing.assign"), embedded.pipe()
    consumer.receive(["routing.assign"], wait=0)
    for path in embedded.path.parent.glob("bus.db*"):
        path.unlink()

    with pytest.raises(BusUnavailable, match="gone"):
        pipe.publish([outgoing(1)])
    embedded.declared("routing.assign").publish([outgoing(2)])
    with pytest.raises(BusUnavailable, match="replaced"):
        consumer.receive(["routing.assign"], wait=0)

    assert numbers(receive_all(consumer, "routing.assign", count=1)) == [2]


def test_only_the_owner_may_read_the_file(embedded: EmbeddedBus) -> None:
    embedded.declared("routing.assign").publish([outgoing(1)])

    modes = {stat.S_IMODE(path.stat().st_mode) for path in embedded.path.parent.glob("bus.db*")}

    assert modes == {0o600}


def test_publishers_wait_for_the_disk_and_consumers_need_not(tmp_path: Path) -> None:
    connections = BusFileConnections(str(tmp_path / "bus.db"))

    settings = {
        durability: [
            connections.reading(durability).execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("synchronous", "journal_mode", "secure_delete", "foreign_keys")
        ]
        for durability in ("FULL", "NORMAL")
    }

    connections.close()
    assert settings == {"FULL": [2, "wal", 1, 1], "NORMAL": [1, "wal", 1, 1]}


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bus.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version=99")
    connection.close()

    with pytest.raises(ForeignBusFile, match="99"):
        BusStore(str(path)).open()


@pytest.mark.parametrize("jump", [DAY, -DAY], ids=["forward", "back"])
def test_a_jump_of_the_clock_freezes_nothing_and_loses_nothing(
    store: BusStore, clock: SettableClock, jump: float
) -> None:  # C22
    fill(store, 10)
    first = store.lease(["q"], 5)
    store.requeue([message.tag for message in first[:2]])

    clock.ahead += jump
    again = store.lease(["q"], 100)

    assert [message.payload for message in again] == [f"payload {n}" for n in range(10)]
    assert store.ack([message.tag for message in first]) == 5
    assert store.ack([message.tag for message in again]) == 0
    assert store.size("q") == 0


def test_while_a_lease_lives_nobody_else_gets_the_message(
    store: BusStore, clock: SettableClock
) -> None:  # C24
    fill(store, 1)
    [held] = store.lease(["q"], 1)

    clock.ahead += LEASE - 1
    during = store.lease(["q"], 1)
    clock.ahead += 2
    [after] = store.lease(["q"], 1)

    assert during == []
    assert (after.id, after.attempts) == (held.id, held.attempts + 1)


def test_whoever_lost_the_lease_can_no_longer_touch_the_message(
    store: BusStore, clock: SettableClock
) -> None:
    fill(store, 1)
    [late] = store.lease(["q"], 1)
    clock.ahead += LEASE + 1
    [holder] = store.lease(["q"], 1)

    store.requeue([late.tag])
    store.give_back([late.tag])
    store.reject([late.tag])
    store.renew([late.tag])

    assert store.ack([late.tag]) == 1
    assert store.lease(["q"], 1) == []
    assert store.ack([holder.tag]) == 0


def test_a_held_message_is_renewed_until_it_is_let_go(
    store: BusStore, clock: SettableClock
) -> None:
    fill(store, 1)
    [held] = store.lease(["q"], 1)
    keeper = LeaseKeeper(store)
    keeper.hold([held.tag])

    for _ in range(5):
        clock.ahead += LEASE / 2
        keeper.renew(now=0.0)
        assert store.lease(["q"], 1) == []
    keeper.let_go([held.tag])
    clock.ahead += LEASE + 1
    keeper.renew(now=0.0)

    keeper.close()
    assert len(store.lease(["q"], 1)) == 1


def test_whoever_hangs_for_half_an_hour_loses_what_it_holds(
    store: BusStore, clock: SettableClock
) -> None:
    fill(store, 1)
    [held] = store.lease(["q"], 1)
    keeper = LeaseKeeper(store)
    keeper.hold([held.tag])

    clock.ahead += LEASE + 1
    keeper.renew(now=time.monotonic() + 1801)

    keeper.close()
    assert len(store.lease(["q"], 1)) == 1


def test_a_pipe_keeps_its_leases_while_it_works(embedded: EmbeddedBus) -> None:
    embedded.options["lease"] = 1.5
    pipe = embedded.declared("routing.assign")
    pipe.publish([outgoing(1)])
    receive_all(pipe, "routing.assign", count=1)

    others = embedded.pipe().receive(["routing.assign"], wait=4.0)

    assert others == []


def test_all_leases_can_be_voided_at_a_start(embedded: EmbeddedBus) -> None:
    pipe = embedded.declared("routing.assign")
    pipe.publish([outgoing(1)])
    receive_all(pipe, "routing.assign", count=1)

    pipes.void_leases(embedded.url)

    [again] = receive_all(embedded.pipe(), "routing.assign", count=1, seconds=5)
    assert again.redelivered


def test_what_is_requeued_comes_later_each_time(store: BusStore, clock: SettableClock) -> None:
    fill(store, 1)
    for longest_pause in (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 361.0, 361.0):
        [message] = store.lease(["q"], 1)

        store.requeue([message.tag])
        clock.ahead += longest_pause / 2
        too_early = store.is_any_due(["q"])
        clock.ahead += longest_pause / 2

        assert not too_early
        assert store.is_any_due(["q"])


def test_what_is_too_old_is_dropped(store: BusStore, clock: SettableClock) -> None:
    store.topology.limit_queue("q", Limits(ttl=60.0))
    fill(store, 3)
    clock.ahead += 61

    fill(store, 1)

    assert store.size("q") == 1
    clock.ahead += 61
    assert store.lease(["q"], 10) == []
    assert store.size("q") == 0


def test_the_kept_queues_have_their_own_limits(embedded: EmbeddedBus) -> None:
    embedded.declared("routing.assign")
    store = BusStore(str(embedded.path))

    found = {name: store.topology.limits(name) for name in (UNROUTED, DEAD, "routing.assign")}

    store.close()
    assert (found[UNROUTED].ttl, found[DEAD].ttl) == (14 * DAY, 60 * DAY)
    assert (found[DEAD].dead_to, found[DEAD].max_length) == (None, -1)
    assert found["routing.assign"] == Limits(max_length=100_000, delivery_limit=20, dead_to=DEAD)


def test_a_dead_letter_cannot_be_touched_by_a_tag_from_before(store: BusStore) -> None:
    fill(store, 1)
    [first] = store.lease(["q"], 1)
    store.reject([first.tag])
    [dead] = store.lease(["rk.dead"], 1)

    late = store.ack([first.tag])

    assert late == 1
    assert (dead.attempts, dead.payload) == (1, "payload 0")
    assert store.size("rk.dead") == 1


def test_threads_have_connections_of_their_own(store: BusStore) -> None:  # C23
    fill(store, 200)
    got: list[int] = []

    def work() -> None:
        while messages := store.lease(["q"], 7):
            store.ack([message.tag for message in messages])
            got.extend(message.id for message in messages)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(got) == sorted(set(got))
    assert len(got) == 200


def test_a_publish_in_this_process_wakes_who_waits(embedded: EmbeddedBus) -> None:
    pipe = embedded.declared("routing.assign")
    patient = embedded.pipe(polling_interval=3600.0)
    got: list[object] = []
    waiting = threading.Thread(
        target=lambda: got.extend(patient.receive(["routing.assign"], wait=3600.0))
    )
    waiting.start()

    def woken() -> bool:
        pipe.publish([outgoing(1)])
        waiting.join(0.1)
        return not waiting.is_alive()

    wait_until(woken, "the waiting receiver is woken", seconds=10)
    assert got


def test_a_wait_is_ended_from_another_thread(embedded: EmbeddedBus) -> None:
    embedded.declared("routing.assign")
    patient = embedded.pipe(polling_interval=3600.0)
    waiting = threading.Thread(target=lambda: patient.receive(["routing.assign"], wait=3600.0))
    waiting.start()

    def woken() -> bool:
        patient.wake()
        waiting.join(0.1)
        return not waiting.is_alive()

    wait_until(woken, "the waiting receiver returns", seconds=10)


def test_a_long_queue_does_not_keep_the_others_waiting(embedded: EmbeddedBus) -> None:
    queues = ["notify.send", "routing.assign"]
    pipe = embedded.declared("notify.send")
    pipe.publish([outgoing(number) for number in range(300)])
    embedded.declared("routing.assign").publish([outgoing(300)])

    heard = {
        delivery.queue for _ in range(2) for delivery in pipe.receive(queues, limit=50, wait=1)
    }

    assert heard == set(queues)
