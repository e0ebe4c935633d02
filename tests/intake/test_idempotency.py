# SPDX-License-Identifier: EUPL-1.2
"""A retry gets the very same answer and creates nothing (DECISIONS 15)."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select

from rueckhalt_intake.app import Settings, create_worker
from rueckhalt_intake.incidents.known import known_requests
from rueckhalt_intake.incidents.store import incidents
from rueckhalt_shared.database import Database
from rueckhalt_shared.keys import KeyStore
from tests.intake.town import ARS, ELSEWHERE, THREAT, Sender, errors, report
from tests.support import FakeClock

Events = Callable[[], list[dict[str, Any]]]
MakeSender = Callable[..., Sender]
NAMED = THREAT | {"reference": "Az 12-2026"}


def test_a_retried_report_is_announced_once(town: Sender, events: Events) -> None:
    first, second = town.post(NAMED), town.post(NAMED)

    assert first.status_code == 201
    assert (second.status_code, second.json) == (201, first.json)
    assert second.headers["Location"] == first.headers["Location"]
    assert len(events()) == 1


def test_an_idempotency_key_does_the_same(town: Sender, events: Events) -> None:
    answers = [town.post(THREAT, Idempotency_Key="3f6c") for _ in range(3)]

    assert [answer.json for answer in answers] == [answers[0].json] * 3
    assert len(events()) == 1


def test_spelling_the_same_body_otherwise_is_the_same_body(town: Sender, events: Events) -> None:
    first = town.post(NAMED)
    turned = dict(reversed(NAMED.items())) | {"forms": ["threat", "threat"]}

    assert town.post(turned).json == first.json
    assert len(events()) == 1


def test_a_retry_after_a_change_of_keys_is_still_a_retry(
    sender: MakeSender, keys: KeyStore, events: Events
) -> None:
    old = sender("incident:create", name="fachverfahren")
    first = old.post(NAMED)
    fresh = Sender(old.client, keys.rotate(keys.list()[0].id))

    assert fresh.post(NAMED).json == first.json
    assert len(events()) == 1


def test_the_anonymous_reporter_sees_the_same_code_again(town: Sender) -> None:
    body = NAMED | {"wishes": ["anonymous"]}

    assert town.post(body).json["mailbox_code"] == town.post(body).json["mailbox_code"]


@pytest.mark.parametrize(
    ("headers", "body", "field"),
    [
        ({}, NAMED, "reference"),
        ({"Idempotency_Key": "3f6c"}, THREAT, "Idempotency-Key"),
    ],
    ids=["reference", "key"],
)
def test_another_body_is_led_to_the_existing_incident(
    town: Sender, events: Events, headers: dict[str, str], body: dict[str, Any], field: str
) -> None:
    first = town.post(body, **headers).json

    answer = town.post(body | {"forms": ["insult"]}, **headers)

    assert answer.status_code == 422
    assert first["status_url"] in errors(answer)[field]
    assert "PATCH" in errors(answer)[field]
    assert answer.json["incident"] == {"id": first["id"], "status_url": first["status_url"]}
    assert len(events()) == 1


def test_a_reference_and_a_key_of_two_incidents_are_refused(town: Sender) -> None:
    town.post(NAMED)
    town.post(THREAT, Idempotency_Key="3f6c")

    answer = town.post(NAMED, Idempotency_Key="3f6c")

    assert answer.status_code == 422


def test_a_known_reference_with_a_new_key_is_a_retry(town: Sender, events: Events) -> None:
    first = town.post(NAMED, Idempotency_Key="one")

    assert town.post(NAMED, Idempotency_Key="two").json == first.json
    assert len(events()) == 1


def test_two_senders_may_use_the_same_reference(sender: MakeSender, events: Events) -> None:
    one, other = (sender("incident:create", name=name) for name in ("kita", "bauamt"))

    assert one.post(NAMED).json["id"] != other.post(NAMED).json["id"]
    assert len(events()) == 2


def test_a_test_report_does_not_answer_for_a_live_one(sender: MakeSender) -> None:
    trial = sender("incident:create", mode="test")
    live = sender("incident:create")

    assert trial.post(NAMED).json["id"] != live.post(NAMED).json["id"]


def test_without_reference_or_key_each_report_is_a_new_one(town: Sender, events: Events) -> None:
    town.post(THREAT)
    town.post(THREAT)

    assert len(events()) == 2


def test_eight_parallel_reports_are_one(
    app: Flask, town: Sender, events: Events, database: Database
) -> None:
    answers: list[Any] = []
    together = threading.Barrier(8)

    def post() -> None:
        own = Sender(app.test_client(), town.key)
        together.wait()
        answers.append(own.post(NAMED, Idempotency_Key="3f6c"))

    threads = [threading.Thread(target=post) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [answer.status_code for answer in answers] == [201] * 8
    assert [answer.json for answer in answers] == [answers[0].json] * 8
    assert len(events()) == 1
    assert len(database.read(lambda tx: tx.execute(select(incidents.c.id)).all())) == 1


def test_the_stored_answer_is_sealed(town: Sender, database: Database) -> None:
    answer = town.post(NAMED | {"wishes": ["anonymous"]}).json

    row = database.read(lambda tx: tx.execute(select(known_requests)).one())
    stored = repr(tuple(row)).encode() + row.answer
    assert answer["mailbox_code"].encode() not in stored
    assert NAMED["reference"].encode() not in stored


def test_after_ninety_days_the_reference_is_still_known(
    town: Sender, settings: Settings, database: Database, clock: FakeClock
) -> None:
    first = town.post(NAMED | {"wishes": ["anonymous"]}, Idempotency_Key="3f6c").json
    clock.pass_(days=91)
    loops = {loop.name: loop for loop in create_worker(settings, database)._loops}

    loops["answers"].run(database)

    again = town.post(NAMED | {"wishes": ["anonymous"]}).json
    assert again == {name: value for name, value in first.items() if name != "mailbox_code"}
    kinds = database.read(lambda tx: tx.execute(select(known_requests.c.kind)).scalars().all())
    assert kinds == ["reference"]


def test_after_erasure_a_retry_is_told_so(town: Sender, database: Database) -> None:
    town.post(NAMED)
    database.run(lambda tx: tx.execute(delete(incidents)))

    assert town.post(NAMED).status_code == 410


def test_a_refused_report_does_not_use_up_its_reference(town: Sender) -> None:
    assert town.post(NAMED | {"channel": "fax"}).status_code == 422

    assert town.post(NAMED).status_code == 201


def test_senders_of_other_towns_are_other_senders(sender: MakeSender) -> None:
    one = sender("incident:create", name="a", municipalities=[ARS])
    other = sender("incident:create", name="b", municipalities=[ARS])

    first, second = one.post(report(reference="1")), other.post(report(reference="1"))

    assert first.json["id"] != second.json["id"]


def test_a_reference_of_another_town_names_no_incident_of_it(sender: MakeSender) -> None:
    here = sender("incident:create", name="a", municipalities=[ARS])
    there = sender("incident:create", name="a", municipalities=[ELSEWHERE])
    first = here.post(report(reference="HR-1"))

    answer = there.post(report(reference="HR-1", municipality=ELSEWHERE))

    assert answer.status_code == 422
    assert errors(answer)["reference"] == "was used for another report"
    assert first.json["id"] not in answer.text
