# SPDX-License-Identifier: EUPL-1.2
"""The webhook: a row first, signed, repeated with pauses, given up loudly."""

import json
from typing import Any

import pytest
from sqlalchemy import text

from rueckhalt_routing.webhook import handlers
from rueckhalt_routing.webhook.domain import Outcome, WebhookRefused, key_of
from rueckhalt_routing.webhook.sender import ConsoleSender
from rueckhalt_routing.webhook.sending import send_due
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.health import _bus_and_outbox
from tests.routing.town import Town, person


@pytest.fixture
def context() -> dict[str, Any]:
    return {"plans": {}, "catch_all": "auffang", "webhook": True, "base_url": "http://x/routing"}


def calls(town: Town) -> list[Any]:
    def query(tx: Transaction) -> list[Any]:
        return list(tx.execute(text("SELECT state, attempts, cause FROM webhook_calls")))

    return town.database.read(query)


def test_assignment_and_escalation_are_told_with_ids_and_codes_only(town: Town) -> None:
    assignment = town.report(severity=3)
    town.pass_(minutes=10)
    sender = ConsoleSender()

    send_due(town.database, sender)

    bodies = [json.loads(body) for _, body in sender.sent]
    assert [body["type"] for body in bodies] == [
        "responsibility.assigned",
        "responsibility.escalated",
    ]
    assert bodies[0]["data"]["person"] == person("clara.conrad")
    assert bodies[0]["data"]["url"] == f"http://x/routing/v1/assignments/{assignment.id}"
    assert "Conrad" not in sender.sent[0][1]


def test_a_call_is_made_once(town: Town) -> None:
    town.report()
    sender = ConsoleSender()

    send_due(town.database, sender)
    send_due(town.database, sender)

    assert len(sender.sent) == 1
    assert [row.state for row in calls(town)] == ["sent"]


@pytest.mark.parametrize("mode", ["test", "drill"])
def test_tests_and_drills_reach_nobody(town: Town, mode: str) -> None:
    town.report(mode=mode)

    assert calls(town) == []


def test_without_a_webhook_nothing_is_written(town: Town) -> None:
    town.database.context["webhook"] = False

    town.report()

    assert calls(town) == []


def test_a_failing_call_is_repeated_every_five_minutes_under_the_same_id(town: Town) -> None:
    town.report()
    sender = ConsoleSender(Outcome(None, "TimeoutError"), Outcome(503), Outcome(429))

    for pause in (0, 299, 1, 300, 299, 1):
        town.clock.pass_(seconds=pause)
        send_due(town.database, sender)

    assert len(sender.sent) == 4
    assert len({id for id, _ in sender.sent}) == 1
    assert [(row.state, row.attempts) for row in calls(town)] == [("sent", 4)]


def test_after_five_tries_a_call_is_given_up_and_said_aloud(town: Town) -> None:
    town.report()
    sender = ConsoleSender(*[Outcome(503, "status 503")] * 9)

    for _ in range(9):
        send_due(town.database, sender)
        town.clock.pass_(seconds=300)

    assert len(sender.sent) == 5
    assert [(row.state, row.cause) for row in calls(town)] == [("failed", "status 503")]
    told = town.database.read(_bus_and_outbox)["webhook"]
    assert told["status"] == "degraded"
    assert "status 503" in told["reason"]


def test_the_alarm_ends_with_the_next_call_that_arrives(town: Town) -> None:
    town.report()
    send_due(town.database, ConsoleSender(Outcome(410)))

    town.report()
    send_due(town.database, ConsoleSender())

    assert "webhook" not in town.database.read(_bus_and_outbox)


@pytest.mark.parametrize("status", [302, 400, 404, 408, 410])
def test_a_refused_call_is_given_up(town: Town, status: int) -> None:
    town.report()

    send_due(town.database, ConsoleSender(Outcome(status, f"status {status}")))

    assert [(row.state, row.cause) for row in calls(town)] == [("failed", f"status {status}")]


def test_a_claimed_call_is_left_alone_until_its_lease_ends(town: Town) -> None:
    town.report()
    town.database.run(handlers.claim)
    sender = ConsoleSender()

    send_due(town.database, sender)
    before = len(sender.sent)
    town.clock.pass_(seconds=121)
    send_due(town.database, sender)

    assert (before, len(sender.sent)) == (0, 1)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_ü"])
def test_a_weak_secret_stops_the_start(secret: str) -> None:
    with pytest.raises(WebhookRefused):
        key_of(secret)
