# SPDX-License-Identifier: EUPL-1.2
"""Control totals: what was said is what was heard, or it is said again."""

import json

import pytest

from rueckhalt_shared import contracts, ledger
from rueckhalt_shared.consuming import Consuming
from rueckhalt_shared.relay import Relay
from tests.shared.event_path import QUEUE, Desk, ListPipe, closed, effects, effects_of
from tests.support import FakeClock, outbox, plumbing_database

BOUND = {QUEUE: [contracts.IncidentClosed.type]}


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def producer(tmp_path, clock):
    return plumbing_database(tmp_path / "intake.db", "intake", clock=clock)


@pytest.fixture
def consumer(tmp_path, clock):
    database = plumbing_database(tmp_path / "routing.db", "routing", clock=clock)
    with database.engine.begin() as connection:
        effects.create(connection)
    return database


def say(database, *subjects):
    for subject in subjects:
        database.run(lambda tx, s=subject: tx.publish(closed(s)))


def statement(producer, clock):
    clock.pass_(minutes=7)
    producer.run(ledger.state_closed_windows)
    envelopes = [e for e in outbox(producer) if e["type"].endswith("ledger.stated.v1")]
    return contracts.unwrap(contracts.Envelope.from_json(json.dumps(envelopes[-1])))


def hear(consumer, producer, *, without=()):
    desk = Desk()
    consuming = Consuming(consumer, ListPipe, desk.subscriptions, [QUEUE])
    for body in outbox(producer):
        if body["type"] == contracts.IncidentClosed.type and body["subject"] not in without:
            text = json.dumps(body)
            consuming.deliver(QUEUE, contracts.Envelope.from_json(text))


def asked(consumer):
    return [e["data"] for e in outbox(consumer) if e["type"].endswith("resend.requested.v1")]


def test_equal_ledgers_ask_for_nothing(producer, consumer, clock):
    producer.run(ledger.state_closed_windows)
    say(producer, "A", "B")
    hear(consumer, producer)

    stated = statement(producer, clock)
    consumer.run(ledger.compare, stated, BOUND)
    consumer.run(ledger.compare, stated, BOUND)

    assert asked(consumer) == []
    assert consumer.read(ledger.open_gaps) == 0


def test_what_is_missing_at_two_checks_is_asked_for_and_repaired(producer, consumer, clock):
    producer.run(ledger.state_closed_windows)
    say(producer, "A", "LOST")
    hear(consumer, producer, without=["LOST"])
    pipe = ListPipe()
    Relay(producer, lambda: pipe).publish_once()
    stated = statement(producer, clock)

    consumer.run(ledger.compare, stated, BOUND)
    after_one = asked(consumer)
    consumer.run(ledger.compare, stated, BOUND)
    (request,) = asked(consumer)
    event = contracts.ResendRequested(
        subject="ledger-intake",
        municipality=contracts.INSTALLATION,
        producer="intake",
        window=request["window"],
        ids=(),
    )
    sent = producer.run(ledger.resend, event)
    hear(consumer, producer)
    consumer.run(ledger.compare, stated, BOUND)

    assert after_one == []
    assert sent == 3  # the two reports and the statement written in the same window
    assert effects_of(consumer) == ["A", "LOST"]
    assert consumer.read(ledger.open_gaps) == 0


def test_empty_windows_are_stated_too_and_numbered_without_holes(producer, clock):
    producer.run(ledger.state_closed_windows)
    clock.pass_(minutes=20)

    stated = producer.run(ledger.state_closed_windows)
    windows = [e["data"]["window"] for e in outbox(producer)]

    assert stated == 4
    assert windows == list(range(windows[0], windows[0] + 5))


@pytest.mark.parametrize("days", [2, 31, 100])
def test_after_a_long_stop_nothing_stays_unstated(producer, clock, days):
    producer.run(ledger.state_closed_windows)
    say(producer, "BEFORE-THE-STOP")
    clock.pass_(days=days)
    say(producer, "AFTER-THE-STOP")

    clock.pass_(minutes=7)
    producer.run(ledger.state_closed_windows)

    told = [e["data"] for e in outbox(producer) if e["type"].endswith("stated.v1")]
    assert [each["from"] for each in told[1:]] == [each["until"] for each in told[:-1]]
    counts = [each["counts"].get(contracts.IncidentClosed.type, [0, ""]) for each in told]
    assert sum(count for count, _ in counts) == 2
    assert len(told) < 310


def test_what_was_lost_before_a_long_stop_is_repaired(producer, consumer, clock):
    producer.run(ledger.state_closed_windows)
    say(producer, "LOST")
    Relay(producer, ListPipe).publish_once()
    clock.pass_(days=3)
    producer.run(ledger.state_closed_windows)

    for body in outbox(producer):
        if body["type"].endswith("ledger.stated.v1"):
            stated = contracts.unwrap(contracts.Envelope.from_json(json.dumps(body)))
            consumer.run(ledger.compare, stated, BOUND)
    (request,) = asked(consumer)
    event = contracts.ResendRequested(
        subject="ledger-intake",
        municipality=contracts.INSTALLATION,
        producer="intake",
        window=request["window"],
        ids=(),
    )

    assert producer.run(ledger.resend, event) == 2  # the report and the statement of that time


def test_what_the_inbox_has_forgotten_is_not_asked_for(producer, consumer, clock):
    say(producer, "FORGOTTEN")
    clock.pass_(days=91)
    producer.run(ledger.state_closed_windows)

    for body in outbox(producer):
        if body["type"].endswith("ledger.stated.v1"):
            stated = contracts.unwrap(contracts.Envelope.from_json(json.dumps(body)))
            consumer.run(ledger.compare, stated, BOUND)

    assert asked(consumer) == []


def test_a_statement_repeats_the_last_twelve(producer, clock):
    for _ in range(15):
        producer.run(ledger.state_closed_windows)
        clock.pass_(minutes=5)

    last = outbox(producer)[-1]["data"]

    assert len(last["previous"]) == 12


def test_only_the_producer_that_is_meant_sends_again(producer, clock):
    event = contracts.ResendRequested(
        subject="ledger-notify",
        municipality=contracts.INSTALLATION,
        producer="notify",
        window=None,
        ids=("A",),
    )

    assert producer.run(ledger.resend, event) == 0


def test_the_first_statement_reaches_back_to_the_first_event(producer, clock):
    say(producer, "A")
    clock.pass_(minutes=47)

    producer.run(ledger.state_closed_windows)

    stated = [e["data"]["counts"] for e in outbox(producer) if e["type"].endswith("stated.v1")]
    assert len(stated) == 9  # all that have closed since, the empty ones too
    assert list(stated[0]) == [contracts.IncidentClosed.type]
    assert stated[1:] == [{}] * 8
