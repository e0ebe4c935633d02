# SPDX-License-Identifier: EUPL-1.2
"""The desk: a list of codes, one incident, its texts on demand and never without a trace."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from rueckhalt_intake.desk import showing
from rueckhalt_intake.incidents import store as incidents
from rueckhalt_shared.audit import store as audit
from rueckhalt_shared.database import Database
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.worker import Worker
from tests.html_check import Page
from tests.intake.staff import Person, assigned, deliver, signed_in
from tests.intake.town import ANNA, ARS, BERND, THREAT, Sender, report

TEXT = str(THREAT["narrative"])


@pytest.fixture
def anna(app: Flask, keys: KeyStore) -> Person:
    """Somebody of the plan who is responsible in the town."""
    return signed_in(app.test_client(), keys, "anna", ANNA)


@pytest.fixture
def incident(town: Sender, worker: Worker) -> str:
    """Anna's incident, with the contact of its reporter."""
    told = report(
        reporter={"role": "witness", "name": "Zora Zeuge", "email": "zora@beispiel.example"}
    )
    accepted = town.post(told).json
    deliver(worker, assigned(accepted["id"], ANNA))
    return str(accepted["id"])


@pytest.fixture
def opened(database: Database) -> Callable[[], int]:
    """How many times the audit says that something was opened."""
    return lambda: len(database.read(lambda tx: list(audit.rows(tx, ARS))))


@pytest.mark.parametrize("lang", ["de", "en", "einfach"])
def test_every_page_is_sound_in_every_language(anna: Person, incident: str, lang: str) -> None:
    for path in ("/desk", f"/desk/{incident}", f"/desk/{incident}/close"):
        answer = anna.page(f"{path}?lang={lang}")
        assert answer.status_code == 200
        assert Page(answer.text).faults() == []


@pytest.mark.parametrize(
    ("urgency", "is_marked"), [("u0", False), ("u1", False), ("u2", True), (None, True)]
)
def test_an_urgency_that_nobody_knows_is_never_shown_as_harmless(
    app: Flask, town: Sender, database: Database, urgency: str | None, is_marked: bool
) -> None:
    number = town.post(THREAT).json["id"]
    found = database.read(incidents.find, number)
    assert found is not None
    with app.test_request_context():
        assert showing.row(found, urgency)["is_urgent"] is is_marked


def test_neither_list_nor_incident_shows_a_text(
    anna: Person, incident: str, opened: Callable[[], int]
) -> None:
    pages = [anna.page("/desk").text, anna.page(f"/desk/{incident}").text]

    assert incident in pages[0]
    assert not [told for told in (TEXT, "Zora", "zora@") if told in "".join(pages)]
    assert opened() == 0


def test_opening_is_a_button_and_stands_in_the_audit(
    anna: Person, incident: str, opened: Callable[[], int]
) -> None:
    answer = anna.send(f"/desk/{incident}")

    assert answer.status_code == 200
    assert TEXT in answer.text
    assert "Zora Zeuge" in answer.text
    assert "no-store" in answer.headers["Cache-Control"]
    assert Page(answer.text).faults() == []
    assert opened() == 1


def test_a_text_is_shown_as_text(anna: Person, town: Sender, worker: Worker) -> None:
    hostile = "<script>alert(1)</script>"
    own = town.post(report(narrative=hostile, reporter={"name": hostile})).json["id"]
    deliver(worker, assigned(own, ANNA))

    page = anna.send(f"/desk/{own}").text

    assert hostile not in page
    assert page.count("&lt;script&gt;alert(1)") == 2


def test_an_incident_is_closed_with_its_reason_only(anna: Person, incident: str) -> None:
    page = f"/desk/{incident}/close"

    unclear = anna.send(page, reason="resolved")
    done = anna.send(page, reason="resolved", feedback_given="true")
    again = anna.send(page, reason="withdrawn", feedback_given="true")

    assert (unclear.status_code, done.status_code, again.status_code) == (422, 303, 303)
    assert incident not in anna.page("/desk").text
    assert incident in anna.page("/desk?state=closed").text
    assert anna.get(f"/v1/incidents/{incident}").json["close_reason"] == "resolved"


def test_pages_of_the_list_are_walked_to_the_end(
    anna: Person, town: Sender, worker: Worker, clock: Any
) -> None:
    mine = []
    for _ in range(23):
        clock.pass_(seconds=1)
        mine.append(town.post(THREAT).json["id"])
        deliver(worker, assigned(mine[-1], ANNA))
    first = anna.page("/desk").text
    after = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]

    second = anna.page(after.replace("&amp;", "&")).text

    assert [f"/desk/{each}" in first for each in mine] == [False] * 3 + [True] * 20
    assert [f"/desk/{each}" in second for each in mine] == [True] * 3 + [False] * 20
    assert 'rel="next"' not in second


@pytest.mark.parametrize("way", ["stranger", "accused", "own report", "nobody of the plan"])
def test_for_everybody_else_there_is_no_such_page(
    app: Flask, keys: KeyStore, town: Sender, worker: Worker, way: str
) -> None:
    who = signed_in(app.test_client(), keys, "bernd", None if "nobody" in way else BERND)
    accused = {"persons": [BERND]} if way == "accused" else None
    if way == "own report":
        incident = who.post(THREAT).json["id"]
    else:
        incident = town.post(report(accused=accused)).json["id"]
    deliver(worker, assigned(incident, *([BERND] if way == "accused" else [ANNA])))

    listed = who.page("/desk")

    assert listed.status_code == 200
    assert incident not in listed.text
    token = {"csrf_token": listed.text.partition('name="csrf_token" value="')[2].partition('"')[0]}
    headers = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
    for path, method in (("", "GET"), ("", "POST"), ("/close", "GET"), ("/close", "POST")):
        data = token if method == "POST" else None
        answer = who.client.open(
            f"/desk/{incident}{path}", method=method, data=data, headers=headers
        )
        assert (path, method, answer.status_code) == (path, method, 404)
        assert TEXT not in answer.text


def test_the_navigation_leads_there_for_those_who_have_it(
    app: Flask, keys: KeyStore, anna: Person
) -> None:
    reporter = signed_in(app.test_client(), keys, "rita", None, ("reporter", ARS))

    assert 'href="/desk"' in anna.page("/account").text
    assert 'href="/desk"' not in reporter.page("/account").text
    assert reporter.page("/desk").status_code == 403
