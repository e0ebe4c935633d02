# SPDX-License-Identifier: EUPL-1.2
"""POST /v1/incidents/bulk: one result a line, and a bad line spoils no other."""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from rueckhalt_intake.incidents import bulk
from rueckhalt_shared.database import Database, Unavailable
from tests.intake.town import ELSEWHERE, THREAT, Sender, report

Events = Callable[[], list[dict[str, Any]]]


def test_every_line_gets_its_result_in_order(town: Sender, events: Events) -> None:
    lines = [report(reference=f"Az {number}") for number in range(250)]

    results = town.bulk(*lines)

    assert [result["line"] for result in results] == list(range(1, 251))
    assert {result["status"] for result in results} == {201}
    assert [e["subject"] for e in events()] == [r["incident"]["id"] for r in results]


def test_a_bad_line_does_not_spoil_the_others(town: Sender, events: Events) -> None:
    results = town.bulk(
        THREAT,
        "{",
        report(channel="fax"),
        report(municipality=ELSEWHERE),
        "[" * 100_000,
        report(registered_at="2020-01-01"),
        '{"narrative": "\\ud83d"}',
        THREAT,
    )

    assert [result["status"] for result in results] == [201, 400, 422, 403, 400, 403, 422, 201]
    assert results[2]["problem"]["errors"][0]["field"] == "channel"
    assert "allowed" in results[2]["problem"]["errors"][0]
    assert len(events()) == 2


def test_a_taken_reference_fails_alone(town: Sender, events: Events) -> None:
    town.post(report(reference="7"))

    results = town.bulk(
        report(reference="6"), report(reference="7", forms=["insult"]), report(reference="8")
    )

    assert [result["status"] for result in results] == [201, 422, 201]
    assert "incident" in results[1]["problem"]
    assert len(events()) == 3


def test_the_same_reference_twice_in_one_request_is_one_incident(
    town: Sender, events: Events
) -> None:
    results = town.bulk(report(reference="7"), report(reference="7"), report(reference="8"))

    assert results[0]["incident"] == results[1]["incident"]
    assert len(events()) == 2


def test_a_repeated_request_creates_nothing(town: Sender, events: Events) -> None:
    first = town.bulk(THREAT, report(forms=["insult"]), Idempotency_Key="3f6c")

    assert town.bulk(THREAT, report(forms=["insult"]), Idempotency_Key="3f6c") == first
    assert len(events()) == 2


def test_the_key_of_a_line_carries_its_number(town: Sender) -> None:
    [result] = town.bulk(THREAT, Idempotency_Key="3f6c")

    assert town.post(THREAT, Idempotency_Key="3f6c:1").json == result["incident"]


def test_empty_lines_are_counted_but_not_answered(town: Sender) -> None:
    answer = town.bulk_raw(b"\r\n" + json.dumps(THREAT).encode() + b"\r\n\n  \n")

    results = [json.loads(line) for line in answer.text.splitlines()]
    assert [(result["line"], result["status"]) for result in results] == [(2, 201)]


def test_nothing_is_answered_with_nothing(town: Sender) -> None:
    answer = town.bulk_raw(b"")

    assert (answer.status_code, answer.text) == (200, "")


def test_a_line_over_one_mebibyte_is_too_large(town: Sender, events: Events) -> None:
    long = json.dumps(report(narrative="x" * bulk.LONGEST_LINE))

    results = town.bulk(THREAT, long, long + " " * 3_000_000, THREAT)

    assert [result["status"] for result in results] == [201, 413, 413, 201]
    assert len(events()) == 2


def test_lines_over_the_limit_are_told_and_not_read(town: Sender) -> None:
    results = town.bulk(*["{"] * (bulk.MOST_LINES + 5))

    assert len(results) == bulk.MOST_LINES + 1
    assert results[-1]["status"] == 413
    assert "nothing from here on was read" in results[-1]["problem"]["detail"]


def test_a_body_over_the_limit_is_too_large(
    town: Sender, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions["rueckhalt"].extensions, "bulk_bytes", 1000)

    assert town.bulk_raw(b"x" * 1001).status_code == 413


def test_a_body_that_grows_over_the_limit_is_answered_as_far_as_it_was_read(
    town: Sender, app: Any, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions["rueckhalt"].extensions, "bulk_bytes", 1000)
    line = json.dumps(THREAT).encode() + b"\n"

    answer = town.client.post(
        "/v1/incidents/bulk",
        input_stream=BytesIO(line * 10),
        content_type="application/x-ndjson",
        headers=town.headers({}),
        environ_overrides={"wsgi.input_terminated": True},
    )

    results = [json.loads(each) for each in answer.text.splitlines()]
    assert [result["status"] for result in results] == [201] * len(events()) + [413]


def test_another_media_type_is_refused(town: Sender) -> None:
    assert town.post(THREAT, "/v1/incidents/bulk").status_code == 415


def test_a_failing_group_runs_line_by_line(
    town: Sender, events: Events, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = database.run

    def breaking(handler: Any, registrations: Any, **kwargs: Any) -> Any:
        if any(each.incident.coded.place == "home" for each in registrations):
            raise RuntimeError("a fault of ours")
        return run(handler, registrations, **kwargs)

    monkeypatch.setattr(database, "run", breaking)

    results = town.bulk(THREAT, report(place="home"), THREAT)

    assert [result["status"] for result in results] == [201, 500, 201]
    assert len(events()) == 2


def test_what_the_database_did_not_take_is_told_as_503(
    town: Sender, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> Any:
        raise Unavailable("database away") from OperationalError("", {}, Exception())

    monkeypatch.setattr(database, "run", away)

    assert [result["status"] for result in town.bulk(THREAT, THREAT)] == [503, 503]
