# SPDX-License-Identifier: EUPL-1.2
"""Two services on one bus file: what one says, the other does, once, within moments."""

import pytest
from sqlalchemy import insert

from rueckhalt_shared.subscriptions import Subscriptions
from rueckhalt_shared.worker import Loop, Worker
from tests.shared.event_path import Desk, closed, effects, effects_of
from tests.support import eventually, plumbing_database

DEPLOYED = frozenset({"intake", "routing"})


@pytest.fixture
def bus(tmp_path):
    return f"rkbus:///{tmp_path}/bus.db"


@pytest.fixture
def intake(tmp_path, bus):
    database = plumbing_database(tmp_path / "intake.db", "intake")
    worker = Worker(
        service="intake",
        database=database,
        bus_url=bus,
        subscriptions=Subscriptions("intake"),
        deployed=DEPLOYED,
    )
    yield worker
    worker.stop()


@pytest.fixture
def routing(tmp_path, bus):
    database = plumbing_database(tmp_path / "routing.db", "routing")
    with database.engine.begin() as connection:
        effects.create(connection)

    def note(database):
        return False

    worker = Worker(
        service="routing",
        database=database,
        bus_url=bus,
        subscriptions=Desk().subscriptions,
        deployed=DEPLOYED,
        loops=[Loop("timers", note)],
    )
    yield worker
    worker.stop()


def say(worker, *subjects):
    for subject in subjects:
        worker.database.run(lambda tx, s=subject: tx.publish(closed(s)))


def test_what_is_said_before_anybody_listens_arrives_when_somebody_does(intake, routing):
    intake.start()
    say(intake, "EARLY")
    eventually(intake.is_idle)

    routing.start()

    eventually(lambda: effects_of(routing.database) == ["EARLY"])


def test_a_hundred_events_have_a_hundred_effects(intake, routing):
    intake.start()
    routing.start()
    subjects = [f"S-{number:03}" for number in range(100)]

    say(intake, *subjects)

    eventually(lambda: len(effects_of(routing.database)) >= 100)
    assert sorted(effects_of(routing.database)) == subjects


def test_a_worker_stops_within_its_ten_seconds_and_leaves_no_thread(intake, routing):
    intake.start()
    routing.start()
    threads = [*intake._threads, *routing._threads]

    intake.stop()
    routing.stop()

    assert not any(thread.is_alive() for thread in threads)


def test_a_loop_that_fails_is_started_again(tmp_path, bus):
    database = plumbing_database(tmp_path / "notify.db", "notify")
    with database.engine.begin() as connection:
        effects.create(connection)
    tries = []

    def send(database):
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("first try")
        database.run(lambda tx: tx.execute(insert(effects), {"subject": "SENT"}))
        return False

    worker = Worker(
        service="notify",
        database=database,
        bus_url=bus,
        subscriptions=Subscriptions("notify"),
        deployed=frozenset({"notify"}),
        loops=[Loop("senders", send, every=30)],
    )
    worker.start()

    eventually(lambda: effects_of(database))
    worker.stop()
