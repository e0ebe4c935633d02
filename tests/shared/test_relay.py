# SPDX-License-Identifier: EUPL-1.2
"""The relay: everything in the outbox reaches the broker, again whenever in doubt."""

import pytest
from sqlalchemy import select

from rueckhalt_shared import contracts, leases, outbox
from rueckhalt_shared.outbox import TooLarge
from rueckhalt_shared.pipe import BusUnavailable
from rueckhalt_shared.plumbing import outbox as table
from rueckhalt_shared.relay import Relay
from tests.shared.event_path import ListPipe, closed, gone
from tests.support import FakeClock, plumbing_database


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def database(tmp_path, clock):
    return plumbing_database(tmp_path / "intake.db", "intake", clock=clock)


@pytest.fixture
def pipe():
    return ListPipe()


@pytest.fixture
def relay(database, pipe):
    return Relay(database, lambda: pipe)


def say(database, *subjects):
    return [database.run(lambda tx, s=s: tx.publish(closed(s))) for s in subjects]


def waiting(database):
    query = select(table.c.subject).where(table.c.published_at.is_(None)).order_by(table.c.seq)
    return database.read(lambda tx: [row.subject for row in tx.execute(query)])


def test_what_was_said_reaches_the_broker_in_order_and_once(database, relay, pipe):
    ids = say(database, "A", "B", "C")

    relay.publish_once()
    relay.publish_once()

    assert pipe.published == ids
    assert waiting(database) == []


def test_a_window_that_broke_is_sent_again_row_by_row(database, relay, pipe):
    ids = say(database, "A", "B", "C")
    pipe.broken = [gone()]

    with pytest.raises(BusUnavailable):
        relay.publish_once()
    relay.publish_once()

    assert pipe.windows == [3, 1, 1, 1]
    assert pipe.published == ids
    assert pipe.closed == 1
    assert waiting(database) == []


def test_a_row_the_broker_breaks_on_is_set_back_and_the_others_go_on(database, relay, pipe, clock):
    say(database, "POISON", "FINE")
    pipe.broken = [gone(), gone()]

    for _ in range(2):
        with pytest.raises(BusUnavailable):
            relay.publish_once()
    relay.publish_once()

    assert waiting(database) == ["POISON"]
    clock.pass_(seconds=120)
    relay.publish_once()
    assert waiting(database) == []


def test_a_full_queue_sets_only_its_row_back(database, relay, pipe, clock):
    full, fine = say(database, "A", "B")
    pipe.nack = {full}

    relay.publish_once()
    first = list(pipe.published)
    pipe.nack = set()
    clock.pass_(seconds=120)
    relay.publish_once()

    assert first == [fine]
    assert pipe.published == [fine, full]


def test_a_second_relay_waits_for_the_lease(database, pipe, relay):
    say(database, "A")
    database.run(leases.take, "relay", "another process", seconds=10)

    relay.publish_once()

    assert pipe.published == []


def test_an_archived_event_is_sent_again_under_the_same_id(database, relay, pipe):
    (event_id,) = say(database, "A")
    relay.publish_once()

    assert database.run(outbox.send_again, subject="A") == 1
    relay.publish_once()

    assert pipe.published == [event_id, event_id]


def test_a_body_over_64_kib_is_refused_before_it_can_block_the_relay(database):
    too_much = contracts.ResendRequested(
        subject="ledger-routing",
        municipality=contracts.INSTALLATION,
        producer="routing",
        ids=tuple(f"{number:036}" for number in range(2000)),
    )

    with pytest.raises(TooLarge):
        database.run(lambda tx: tx.publish(too_much))


def test_versions_of_a_subject_are_gapless_when_nobody_counts_them(database):
    for subject in ("A", "B", "A"):
        database.run(lambda tx, s=subject: tx.publish(closed(s, version=0)))

    query = select(table.c.subject, table.c.version).order_by(table.c.seq)
    assert database.read(lambda tx: [tuple(row) for row in tx.execute(query)]) == [
        ("A", 1),
        ("B", 1),
        ("A", 2),
    ]


def test_published_rows_are_forgotten_after_thirty_days_only(database, relay, clock):
    say(database, "A")
    relay.publish_once()
    clock.pass_(days=29)
    kept = database.run(outbox.forget_old)
    clock.pass_(days=2)

    assert kept == 0
    assert database.run(outbox.forget_old) == 1
