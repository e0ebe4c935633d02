# SPDX-License-Identifier: EUPL-1.2
"""Inbox row, effect and outbox rows are one commit; whatever fails is kept, never looped."""

import pytest
from sqlalchemy import select

from rueckhalt_shared.consuming import Consuming
from rueckhalt_shared.database import Unavailable
from rueckhalt_shared.plumbing import inbox
from rueckhalt_shared.retrying import Retrying
from rueckhalt_shared.subscriptions import Foreign, NotYet
from tests.shared.event_path import QUEUE, Desk, ListPipe, effects, effects_of, envelope
from tests.support import FakeClock, plumbing_database


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
def pipe():
    return ListPipe()


@pytest.fixture
def consuming(database, desk, pipe):
    return Consuming(database, lambda: pipe, desk.subscriptions, [QUEUE])


def rows(database):
    query = select(inbox.c.event_id, inbox.c.state, inbox.c.attempts, inbox.c.cause)
    return {row.event_id: row for row in database.read(lambda tx: tx.execute(query).all())}


def test_an_event_has_its_effect_once_however_often_it_comes(consuming, pipe, database):
    event = envelope()

    pipe.deliver(event, event)
    consuming.take_batch(pipe, wait=0)
    pipe.deliver(event)
    consuming.take_batch(pipe, wait=0)

    assert effects_of(database) == ["CRUNCHY-ARMCHAIR"]
    assert len(pipe.acked) == 3


def test_of_a_batch_only_the_poison_event_is_parked(consuming, pipe, database, desk):
    good, bad, other = envelope("GOOD"), envelope("BAD"), envelope("OTHER")
    desk.fails_for["BAD"] = [ValueError("no such chair")]

    pipe.deliver(good, bad, other)
    consuming.take_batch(pipe, wait=0)

    assert effects_of(database) == ["GOOD", "OTHER"]
    assert rows(database)[bad.id].state == "parked"
    assert rows(database)[bad.id].cause == "ValueError"
    assert len(pipe.acked) == 3


CANARY = "KANARIENVOGEL was written by a person"


@pytest.mark.parametrize(
    "error",
    [ValueError(CANARY), NotYet(CANARY), Foreign(CANARY), LookupError({"narrative": CANARY})],
    ids=lambda error: type(error).__name__,
)
def test_what_an_exception_says_is_never_stored(consuming, pipe, database, desk, error):
    event = envelope()
    desk.fails_for["CRUNCHY-ARMCHAIR"] = [error]

    pipe.deliver(event)
    consuming.take_batch(pipe, wait=0)
    first = rows(database)[event.id].cause
    Retrying(database, desk.subscriptions).run_due()

    assert first.startswith(type(error).__name__)
    assert "KANARIENVOGEL" not in first + rows(database)[event.id].cause


def test_a_redelivered_event_is_parked_without_running(consuming, pipe, database, desk):
    event = envelope()

    pipe.deliver(event, redelivered=True)
    consuming.take_batch(pipe, wait=0)

    assert desk.runs == []
    assert rows(database)[event.id].attempts == 1
    assert pipe.acked == ["0"]


def test_a_redelivered_event_that_was_applied_is_only_acked(consuming, pipe, database):
    event = envelope()
    pipe.deliver(event)
    consuming.take_batch(pipe, wait=0)

    pipe.deliver(event, redelivered=True)
    consuming.take_batch(pipe, wait=0)

    assert rows(database)[event.id].state == "done"
    assert effects_of(database) == ["CRUNCHY-ARMCHAIR"]


def test_what_builds_on_something_missing_waits_uncounted(consuming, pipe, database, desk):
    event = envelope()
    desk.fails_for["CRUNCHY-ARMCHAIR"] = [NotYet("the report")]

    pipe.deliver(event)
    consuming.take_batch(pipe, wait=0)

    assert rows(database)[event.id].state == "parked"
    assert rows(database)[event.id].attempts == 0


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"\xff\xfe", b'{"specversion": "1.0"}', b"null", b'"x"' * 1000]
)
def test_unreadable_bytes_are_quarantined_at_once_and_acked(consuming, pipe, database, body):
    pipe.deliver(body)
    consuming.take_batch(pipe, wait=0)

    (row,) = rows(database).values()
    assert row.event_id.startswith("raw:")
    assert row.state == "quarantined"
    assert pipe.acked == ["0"]


def test_another_content_type_is_quarantined_even_if_it_could_be_read(consuming, pipe, database):
    pipe.deliver(envelope(), content_type="application/x-python-serialize")
    consuming.take_batch(pipe, wait=0)

    (row,) = rows(database).values()
    assert (row.state, pipe.acked) == ("quarantined", ["0"])


def test_a_body_over_64_kib_is_quarantined_and_kept_in_part(consuming, pipe, database):
    pipe.deliver(b'"' + b"x" * 70_000 + b'"')
    consuming.take_batch(pipe, wait=0)

    (row,) = rows(database).values()
    assert row.state == "quarantined"
    assert "70002 bytes" in row.cause


def test_a_service_that_may_not_say_this_is_quarantined(consuming, pipe, database):
    event = envelope(service="intake")
    body = event.to_json().replace("/intake/", "/notify/").encode()

    pipe.deliver(body)
    consuming.take_batch(pipe, wait=0)

    assert rows(database)[event.id].state == "quarantined"
    assert "WrongProducer" in rows(database)[event.id].cause


def test_an_unknown_version_is_quarantined_at_once(consuming, pipe, database):
    event = envelope()

    pipe.deliver(event.to_json().replace("closed.v1", "closed.v9").encode())
    consuming.take_batch(pipe, wait=0)

    assert rows(database)[event.id].state == "quarantined"


def test_while_the_database_is_away_nothing_is_acked(consuming, pipe, database, desk):
    desk.fails_for["CRUNCHY-ARMCHAIR"] = [Unavailable("locked")]
    pipe.deliver(envelope())

    with pytest.raises(Unavailable):
        consuming.take_batch(pipe, wait=0)

    assert pipe.acked == []
    assert rows(database) == {}
