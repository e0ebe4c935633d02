# SPDX-License-Identifier: EUPL-1.2
"""`POST /v1/events`: a foreign system feeds a service without the bus."""

import json

import pytest
from sqlalchemy import select

from rueckhalt_shared.plumbing import inbox
from tests.shared.event_path import QUEUE, envelope
from tests.shared.front import Front, bearer


@pytest.fixture
def front(tmp_path):
    front = Front(tmp_path)
    yield front
    front.close()


def feed(front, body, *, kind="application/cloudevents+json", key=None):
    headers = bearer(key or front.key("event:publish"))
    return front.client.post("/v1/events", data=body, headers=headers, content_type=kind)


def rows(front):
    columns = (inbox.c.queue, inbox.c.event_id, inbox.c.state)
    return front.database.read(lambda tx: [tuple(r) for r in tx.execute(select(*columns))])


def changed(**changes):
    return json.dumps(json.loads(envelope().to_json()) | changes)


def test_an_event_goes_into_the_inbox_of_the_queue_that_hears_it(front):
    event = envelope()

    response = feed(front, event.to_json())

    assert response.status_code == 202
    assert response.json == {"accepted": 1}
    assert rows(front) == [(QUEUE, event.id, "parked")]


def test_a_repeat_is_accepted_and_changes_nothing(front):
    event, key = envelope().to_json(), front.key("event:publish")

    feed(front, event, key=key)
    again = feed(front, event, key=key)

    assert again.status_code == 202
    assert len(rows(front)) == 1


def test_many_events_come_one_a_line(front):
    lines = "\n".join(envelope(f"INCIDENT-{n}").to_json() for n in range(3)) + "\n\n"

    response = feed(front, lines, kind="application/x-ndjson")

    assert response.json == {"accepted": 3}
    assert len(rows(front)) == 3


def test_one_bad_line_stops_all_and_is_named(front):
    lines = f"{envelope().to_json()}\nnot json"

    response = feed(front, lines, kind="application/x-ndjson")

    assert response.status_code == 422
    assert json.loads(response.data)["errors"][0]["field"] == "[1]"
    assert rows(front) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"type": "de.rueckhalt.incident.invented.v1"}, "[0].type"),
        ({"type": "de.rueckhalt.incident.closed.v9"}, "[0].type"),
        ({"source": "/notify/160770999999"}, "[0].source"),
        ({"data": {"nonsense": 1}}, "[0]"),
        ({"specversion": "9"}, "[0]"),
    ],
    ids=["unknown type", "unknown major version", "wrong producer", "bad data", "bad envelope"],
)
def test_what_the_bus_would_quarantine_is_refused_at_once(front, changes, field):
    response = feed(front, changed(**changes))

    assert response.status_code == 422
    assert json.loads(response.data)["errors"][0]["field"] == field


def test_an_event_this_service_does_not_hear_is_refused_and_not_swallowed(front):
    other = json.dumps(
        json.loads(envelope().to_json())
        | {
            "type": "de.rueckhalt.ledger.stated.v7",
        }
    )

    assert feed(front, other).status_code == 422


def test_an_event_of_a_municipality_out_of_reach_is_refused(front):
    key = front.key("event:publish", municipality="010010000000")

    assert feed(front, envelope().to_json(), key=key).status_code == 403


def test_feeding_needs_its_own_scope(front):
    assert feed(front, envelope().to_json(), key=front.key("incident:create")).status_code == 403


def test_an_event_over_64_kib_is_too_large_and_another_media_type_is_not_taken(front):
    large = changed(data={"x": "y" * 70_000})
    key = front.key("event:publish")

    assert feed(front, large, key=key).status_code == 413
    assert feed(front, "x", kind="text/plain", key=key).status_code == 415


def test_a_test_key_feeds_tests_and_nothing_that_could_alarm_somebody(front):
    key = front.key("event:publish", mode="test")
    event = json.loads(envelope().to_json())
    trial = json.dumps(event | {"data": event["data"] | {"mode": "test"}})

    refused = feed(front, json.dumps(event), key=key)
    accepted = feed(front, trial, key=key)

    assert (refused.status_code, accepted.status_code) == (422, 202)
    assert json.loads(refused.data)["errors"][0]["field"] == "[0].data.mode"
