# SPDX-License-Identifier: EUPL-1.2
"""Those who supervise walk the audit in the browser: how it stands, ask, agree, read, keep."""

import json
import re
from typing import Any

import pytest
from sqlalchemy import text

from rueckhalt_shared.audit import anchoring, standing, store
from rueckhalt_shared.audit.recording import Act, record
from rueckhalt_shared.database import Database
from tests.intake.people import Meet, Person
from tests.intake.town import ARS, ELSEWHERE, THREAT, Sender
from tests.support import FakeClock, outbox

DAYS = {
    "since.day": "19",
    "since.month": "11",
    "since.year": "2026",
    "until.day": "20",
    "until.month": "11",
    "until.year": "2026",
}


@pytest.fixture
def dana(meet: Meet) -> Person:
    return meet("dana", "data_protection_officer")


@pytest.fixture
def peter(meet: Meet) -> Person:
    return meet("peter", "staff_council")


@pytest.fixture
def opened(town: Sender) -> dict[str, Any]:
    """An incident somebody has looked into."""
    accepted: dict[str, Any] = town.post(THREAT).json
    town.show(accepted)
    return accepted


def ask(person: Person, **fields: str) -> str:
    """Ask to read; answers the address of the request."""
    sent = {"action": "ask", "municipality": ARS, "why": "suspicion", **DAYS, **fields}
    answer = person.submit("/audit", **sent)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def act(**changes: Any) -> Act:
    given: dict[str, Any] = {"municipality": ARS, "who": "x", "act": "a", "fields": "f", "why": "w"}
    return Act(**given | changes)


def test_one_asks_another_agrees_and_both_read(
    dana: Person, peter: Person, opened: dict[str, Any]
) -> None:
    request = ask(dana)
    assert "eine zweite Person" in dana.get(request).text
    assert dana.get(f"{request}/rows").status_code == 409

    assert peter.submit(request).status_code == 303

    rows = dana.get(f"{request}/rows")
    assert "Schilderung und Kontaktdaten geöffnet" in rows.text
    assert "fachverfahren/" in rows.text
    assert opened["id"] not in rows.text
    assert "Protokoll gelesen" in peter.get(f"{request}/rows").text


def test_who_asked_cannot_agree(dana: Person) -> None:
    request = ask(dana)
    assert "Bestätigen</span>" not in dana.get(request).text

    answer = dana.submit("/audit", to=request)

    assert answer.status_code == 409
    assert "nicht selbst bestätigen" in answer.text


def test_a_third_person_reads_nothing(dana: Person, peter: Person, meet: Meet) -> None:
    request = ask(dana)
    peter.submit(request)
    third = meet("dieter", "data_protection_officer")

    assert third.get(f"{request}/rows").status_code == 404


def test_reading_ends_after_a_day(dana: Person, peter: Person, clock: FakeClock) -> None:
    request = ask(dana)
    peter.submit(request)
    clock.pass_(hours=24)

    answer = dana.get(f"{request}/rows")

    assert answer.status_code == 409
    assert "abgelaufen" in answer.text


def test_reading_wants_the_second_factor_again(dana: Person, meet: Meet) -> None:
    request = ask(dana)
    tired = meet("theo", "staff_council", fresh=False)

    answer = tired.get(request)

    assert answer.status_code == 303
    assert "/account/confirm" in answer.location


def test_a_foreign_officer_finds_neither_chain_nor_request(dana: Person, meet: Meet) -> None:
    request = ask(dana)
    foreign = meet("fred", "data_protection_officer", place=ELSEWHERE)

    assert ARS not in foreign.get("/audit").text
    assert foreign.get(request).status_code == 404
    refused = foreign.submit("/audit", action="ask", municipality=ARS, why="audit", **DAYS)
    assert refused.status_code == 422
    assert foreign.submit("/audit", action="fetch", municipality=ARS).status_code == 404


def test_many_rows_come_page_by_page(dana: Person, peter: Person, database: Database) -> None:
    for _ in range(60):
        database.run(record, act())
    request = ask(dana)
    peter.submit(request)

    first = dana.get(f"{request}/rows").text
    following = re.search(r'href="([^"]+)" rel="next"', first)
    assert following is not None
    second = dana.get(following[1].replace("&amp;", "&")).text

    assert first.count('<th scope="row"') == 50
    # 60, asked, confirmed, the look at page 1
    assert second.count('<th scope="row"') == 13


def test_a_wrong_time_is_told_at_its_field(dana: Person) -> None:
    turned = DAYS | {"until.day": "18"}
    answer = dana.submit("/audit", action="ask", municipality=ARS, why="audit", **turned)

    assert answer.status_code == 422
    assert "Das Ende liegt vor dem Anfang." in answer.text


def test_the_page_tells_the_first_bad_row(
    dana: Person, opened: dict[str, Any], database: Database
) -> None:
    database.run(record, act())
    dana.submit("/audit", action="check", municipality=ARS)
    assert "unversehrt" in dana.get("/audit").text

    damage = "UPDATE audit_rows SET body = replace(body, 'narrative', 'identity') WHERE n = 1"
    database.run(lambda tx: tx.execute(text(damage)))
    dana.submit("/audit", action="check", municipality=ARS)

    assert "Erste falsche Zeile: Nummer 1" in dana.get("/audit").text


def test_without_an_anchor_outside_the_page_is_red_until_somebody_takes_the_head(
    dana: Person, opened: dict[str, Any], database: Database
) -> None:
    assert "Kein Anker außerhalb" in dana.get("/audit").text

    answer = dana.submit("/audit", action="fetch", municipality=ARS)

    assert "attachment" in answer.headers["Content-Disposition"]
    signed = json.loads(answer.text)
    own = database.read(anchoring.signing_key).public_key().public_bytes_raw().hex()
    (anchor,) = anchoring.read(answer.text, public_key=own)
    assert anchor == database.read(store.head, ARS)
    assert signed["heads"][0]["n"] == 1
    assert "Kein Anker" not in dana.get("/audit").text


def test_new_rows_make_the_page_red_again_after_two_days(
    dana: Person, opened: dict[str, Any], database: Database, clock: FakeClock
) -> None:
    dana.submit("/audit", action="fetch", municipality=ARS)
    database.run(record, act())
    clock.pass_(hours=47)
    assert "Kein Anker" not in dana.get("/audit").text

    clock.pass_(hours=1)

    assert "Kein Anker seit 20.11.2026" in dana.get("/audit").text


def test_what_was_cut_off_behind_a_head_that_was_taken_is_found(
    dana: Person, opened: dict[str, Any], database: Database
) -> None:
    dana.submit("/audit", action="fetch", municipality=ARS)
    database.run(lambda tx: tx.execute(text("DELETE FROM audit_rows")))

    found = standing.check(database, ARS)

    assert found.fault_n == 1
    assert database.read(anchoring.verify_all)


def test_without_notify_there_is_no_mail_to_ask_for(
    dana: Person, opened: dict[str, Any], database: Database
) -> None:
    assert 'value="mail"' not in dana.get("/audit").text
    assert [each for each in outbox(database) if "audit" in each["type"]] == []


def test_only_who_may_read_it_sees_the_way_there(dana: Person, meet: Meet) -> None:
    mia = meet("mia", "reporter")

    assert 'href="/audit"' in dana.get("/audit").text
    assert mia.get("/audit").status_code == 403
    assert 'href="/audit"' not in mia.get("/audit").text


def test_the_interface_wants_the_second_factor_of_a_person_too(dana: Person, peter: Person) -> None:
    request = ask(dana).rpartition("/")[2]
    peter.submit(f"/audit/requests/{request}")
    assert dana.get(f"/v1/audit/requests/{request}/rows").status_code == 200

    dana.grow_stale()

    assert dana.get(f"/v1/audit/requests/{request}/rows").status_code == 403
