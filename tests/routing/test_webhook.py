# SPDX-License-Identifier: EUPL-1.2
"""The webhook: a row first, signed, repeated with pauses, given up loudly."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from sqlalchemy import text
from standardwebhooks.webhooks import Webhook

from rueckhalt_routing.webhook import handlers
from rueckhalt_routing.webhook.domain import Outcome, WebhookRefused, check_url, key_of
from rueckhalt_routing.webhook.sender import ConsoleSender, HttpSender
from rueckhalt_routing.webhook.sending import send_due
from rueckhalt_shared.database import Transaction
from tests.routing.town import Town, person

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def context() -> dict[str, Any]:
    return {"plans": {}, "catch_all": "auffang", "webhook": True, "base_url": "http://x/routing"}


class Receiver(BaseHTTPRequestHandler):
    """Another system that keeps what it gets."""

    received: list[tuple[dict[str, str], str]]
    status = 204

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.received.append((dict(self.headers), self.rfile.read(length).decode()))
        self.send_response(self.status)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@pytest.fixture
def receiver() -> Iterator[HTTPServer]:
    Receiver.received = []
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


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


def test_a_failing_call_is_repeated_with_pauses_under_the_same_id(town: Town) -> None:
    town.report()
    sender = ConsoleSender(Outcome(None, "ConnectionError"), Outcome(503, "status 503"))

    for pause in (0, 4, 1, 30):
        town.clock.pass_(seconds=pause)
        send_due(town.database, sender)

    assert len(sender.sent) == 3
    assert len({id for id, _ in sender.sent}) == 1
    assert [(row.state, row.attempts) for row in calls(town)] == [("sent", 3)]


def test_a_refused_call_is_given_up(town: Town) -> None:
    town.report()

    send_due(town.database, ConsoleSender(Outcome(410, "status 410")))

    assert [(row.state, row.cause) for row in calls(town)] == [("failed", "status 410")]


def test_a_claimed_call_is_left_alone_until_its_lease_ends(town: Town) -> None:
    town.report()
    town.database.run(handlers.claim)
    sender = ConsoleSender()

    send_due(town.database, sender)
    before = len(sender.sent)
    town.clock.pass_(seconds=61)
    send_due(town.database, sender)

    assert (before, len(sender.sent)) == (0, 1)


def test_the_signature_is_that_of_standard_webhooks(receiver: HTTPServer) -> None:
    now = datetime.now(UTC)
    sender = HttpSender(f"http://127.0.0.1:{receiver.server_port}/hook", SECRET)

    outcome = sender.send("msg-1", '{"a":"ü"}', now=now)

    assert outcome.is_done
    [(headers, body)] = Receiver.received
    assert Webhook(SECRET).verify(body, {k.lower(): v for k, v in headers.items()}) == {"a": "ü"}


def test_redirects_are_not_followed(receiver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Receiver, "status", 302)
    sender = HttpSender(f"http://127.0.0.1:{receiver.server_port}/hook", SECRET)

    assert sender.send("msg-1", "{}", now=datetime.now(UTC)).status == 302


def test_nobody_there_is_an_outcome_and_not_an_exception() -> None:
    sender = HttpSender("http://127.0.0.1:1/hook", SECRET)

    outcome = sender.send("msg-1", "{}", now=datetime.now(UTC))

    assert (outcome.status, outcome.cause) == (None, "ConnectionError")


@pytest.mark.parametrize(
    "url",
    ["http://example.org/x", "ftp://127.0.0.1/", "https://u:p@example.org/", "https://", "x",
     "http://127.0.0.1.example.org/"],
)  # fmt: skip
def test_only_https_and_this_machine_are_called(url: str) -> None:
    with pytest.raises(WebhookRefused):
        check_url(url)


def test_the_sample_installation_calls_nobody_outside() -> None:
    with pytest.raises(WebhookRefused):
        check_url("https://example.org/hook", only_here=True)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_ü"])
def test_a_weak_secret_stops_the_start(secret: str) -> None:
    with pytest.raises(WebhookRefused):
        key_of(secret)
