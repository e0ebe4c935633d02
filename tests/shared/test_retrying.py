# SPDX-License-Identifier: EUPL-1.2
"""Parked events: counted before they run, eight times at most, then a person looks at them."""

import pytest
from sqlalchemy import select

from rueckhalt_shared import inbox, quarantine
from rueckhalt_shared.consuming import Consuming
from rueckhalt_shared.database import Unavailable
from rueckhalt_shared.inbox import Parked, Superseded
from rueckhalt_shared.plumbing import inbox as table
from rueckhalt_shared.retrying import Retrying
from rueckhalt_shared.subscriptions import NotYet
from tests.shared.event_path import QUEUE, Desk, ListPipe, effects, effects_of, envelope
from tests.support import FakeClock, outbox, plumbing_database


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def database(tmp_path, clock):
    database = plumbing_database(tmp_path / "routing.db", "routing", clock=clock)
    with database.engine.begin() as connection:
        effects.create(connection)
    return database


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def retrying(database, desk):
    return Retrying(database, desk.subscriptions)


def deliver(database, desk, event, *, redelivered=False):
    consuming = Consuming(database, ListPipe, desk.subscriptions, [QUEUE])
    consuming.deliver(QUEUE, event, redelivered=redelivered)


def row_of(database, event):
    query = select(table).where(table.c.event_id == event.id)
    return database.read(lambda tx: tx.execute(query).one())


def test_an_event_that_failed_once_succeeds_later(database, desk, retrying, clock):
    event = envelope()
    desk.fails_for["CRUNCHY-ARMCHAIR"] = [ValueError("first")]
    deliver(database, desk, event)
    desk.fails_for.clear()

    assert retrying.run_due() == 0
    clock.pass_(seconds=2)
    assert retrying.run_due() == 1

    assert effects_of(database) == ["CRUNCHY-ARMCHAIR"]
    assert row_of(database, event).state == "done"
    assert row_of(database, event).body is None


def test_after_eight_attempts_in_about_ten_minutes_it_is_quarantined(
    database, desk, retrying, clock
):
    event = envelope()
    desk.fails_for["CRUNCHY-ARMCHAIR"] = [ValueError("always")]
    deliver(database, desk, event)
    started = clock.now

    while row_of(database, event).state == "parked":
        clock.now = database.read(inbox.next_due)
        retrying.run_due()

    assert len(desk.runs) == 8
    assert 480 <= (clock.now - started).total_seconds() <= 720
    assert effects_of(database) == []


def test_a_quarantined_event_can_be_shown_and_replayed(database, desk, retrying, clock):
    event = envelope()
    desk.fails_for["CRUNCHY-ARMCHAIR"] = [ValueError("always")]
    deliver(database, desk, event)
    while row_of(database, event).state == "parked":
        clock.now = database.read(inbox.next_due)
        retrying.run_due()
    (shown,) = database.read(quarantine.quarantined)
    desk.fails_for.clear()

    assert database.run(quarantine.replay, event.id) == 1
    retrying.run_due()

    assert shown.cause == "ValueError"
    assert effects_of(database) == ["CRUNCHY-ARMCHAIR"]


def test_a_redelivered_event_counts_its_first_life(database, desk, retrying, clock):
    event = envelope()
    desk.fails_for["CRUNCHY-ARMCHAIR"] = [ValueError("always")]
    deliver(database, desk, event, redelivered=True)

    while row_of(database, event).state == "parked":
        clock.now = database.read(inbox.next_due)
        retrying.run_due()

    assert len(desk.runs) == 7


def test_a_database_that_was_away_costs_no_attempt(database, desk, retrying, clock):
    event = envelope()
    desk.fails_for["CRUNCHY-ARMCHAIR"] = [ValueError("first")]
    deliver(database, desk, event)
    desk.fails_for["CRUNCHY-ARMCHAIR"] = [Unavailable("locked")]
    clock.pass_(seconds=2)

    with pytest.raises(Unavailable):
        retrying.run_due()
    desk.fails_for.clear()
    retrying.run_due()

    assert row_of(database, event).attempts == 2
    assert row_of(database, event).state == "done"


def test_waiting_for_a_precondition_is_uncounted_for_ten_minutes_then_asked_for(
    database, desk, retrying, clock
):
    event = envelope()
    desk.fails_for["CRUNCHY-ARMCHAIR"] = [NotYet("the report")]
    deliver(database, desk, event)

    for _ in range(20):
        clock.pass_(seconds=29)
        retrying.run_due()
    before = row_of(database, event).attempts
    clock.pass_(minutes=2)
    retrying.run_due()

    assert before == 0
    assert row_of(database, event).attempts == 1
    (asked,) = outbox(database)
    assert asked["type"] == "de.rueckhalt.resend.requested.v1"
    assert asked["data"]["producer"] == "intake"


def test_two_workers_never_run_one_row_twice(database, desk, retrying, clock):
    event = envelope()
    desk.fails_for["CRUNCHY-ARMCHAIR"] = [ValueError("first")]
    deliver(database, desk, event)
    clock.pass_(seconds=2)
    (seen,) = database.read(inbox.due, limit=5)

    assert database.run(inbox.claim, seen)
    assert not database.run(inbox.claim, seen)


def test_a_stalled_worker_that_wakes_up_is_rolled_back(database, desk, retrying, clock):
    event = envelope()
    desk.fails_for["CRUNCHY-ARMCHAIR"] = [ValueError("first")]
    deliver(database, desk, event)
    desk.fails_for.clear()
    clock.pass_(seconds=2)
    (stalled,) = database.read(inbox.due, limit=5)
    database.run(inbox.claim, stalled)
    clock.pass_(seconds=inbox.LEASE + 1)
    retrying.run_due()

    with pytest.raises(Superseded):
        database.run(retrying._consume, stalled)

    assert isinstance(stalled, Parked)
    assert effects_of(database) == ["CRUNCHY-ARMCHAIR"]
