# SPDX-License-Identifier: EUPL-1.2
"""Erasing in the browser takes two persons, and a hold stops both; nobody destroys alone."""

import json
import re
from typing import Any

import pytest

from rueckhalt_intake.app import Settings
from rueckhalt_intake.erasure import asking
from rueckhalt_intake.incidents.domain import NoSuchIncident
from rueckhalt_shared.audit import store
from rueckhalt_shared.database import Database
from rueckhalt_shared.identity.administering.domain import may_be_offered
from rueckhalt_shared.identity.roles import DECIDE_ERASURE, ROLES
from tests.intake.people import Meet, Person
from tests.intake.town import ANNA, ARS, ELSEWHERE, THREAT, Sender, report
from tests.support import FakeClock


@pytest.fixture
def paul(meet: Meet) -> Person:
    return meet("paul", "plan_owner")


@pytest.fixture
def lea(meet: Meet) -> Person:
    return meet("lea", "leadership")


@pytest.fixture
def dana(meet: Meet) -> Person:
    return meet("dana", "data_protection_officer")


@pytest.fixture
def incident(town: Sender) -> str:
    return str(town.post(THREAT).json["id"])


def ask(person: Person, incident: str, *, scope: str = "case") -> Any:
    fields = {"action": "ask", "incident": incident, "scope": scope, "reason": "request"}
    return person.submit("/erasures", **fields)


def request_of(person: Person) -> str:
    found = re.search(r'href="(/erasures/requests/[^"]+)"', person.get("/erasures").text)
    assert found is not None
    return found[1]


def hold(person: Person, incident: str, reason: str = "12 Js 3/26") -> str:
    fields = {"action": "hold", "held": incident, "ground": "legal_hold", "hold_reason": reason}
    answer = person.submit("/erasures", **fields)
    assert answer.status_code == 303, answer.text
    found = re.search(r'href="(/erasures/holds/[^"]+)"', person.get("/erasures").text)
    assert found is not None
    return found[1]


def acts(database: Database) -> list[dict[str, Any]]:
    return database.read(lambda tx: [json.loads(row.body) for row in store.rows(tx, ARS)])


def test_a_smaller_role_in_a_second_town_takes_nothing_away_in_the_first(
    meet: Meet, lea: Person, incident: str, town: Sender
) -> None:
    there = [("data_protection_officer", ELSEWHERE), ("leadership", ELSEWHERE)]
    both = meet("both", "plan_owner", elsewhere=there)

    assert "Löschung beantragen" in both.get("/erasures").text
    assert ask(both, incident).status_code == 303
    assert both.submit(request_of(both), to=request_of(both), action="order").status_code == 404
    assert lea.submit(request_of(lea), action="order").status_code == 303
    assert town.get(f"/v1/incidents/{incident}").status_code == 410


def test_a_role_in_another_town_asks_for_nothing_here(meet: Meet, incident: str) -> None:
    there = [("plan_owner", ELSEWHERE)]
    officer = meet("officer", "data_protection_officer", elsewhere=there)

    answer = ask(officer, incident)

    assert answer.status_code == 422
    assert "Es liegt kein Antrag vor." in officer.get("/erasures").text


def test_one_asks_and_another_one_decides(
    paul: Person, lea: Person, incident: str, town: Sender, database: Database
) -> None:
    assert ask(paul, incident).status_code == 303
    assert town.get(f"/v1/incidents/{incident}").status_code == 200

    answer = lea.submit(request_of(lea), action="order")

    assert answer.status_code == 303
    assert town.get(f"/v1/incidents/{incident}").status_code == 410
    told = {(row["act"], row["who"]) for row in acts(database)}
    assert {("erasure.asked", paul.sender), ("erasure.ordered", lea.sender)} <= told
    assert "Es liegt kein Antrag vor." in lea.get("/erasures").text


def test_who_asked_cannot_decide(meet: Meet, incident: str, town: Sender) -> None:
    both = meet("beide", "plan_owner", "leadership")
    ask(both, incident)

    answer = both.client.post(
        request_of(both),
        data={"action": "order", "csrf_token": _token(both)},
        headers={"Accept": "text/html", "Sec-Fetch-Site": "same-origin"},
    )

    assert answer.status_code == 409
    assert town.get(f"/v1/incidents/{incident}").status_code == 200


def _token(person: Person) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', person.get("/erasures").text)
    assert found is not None
    return found[1]


def test_who_asks_has_no_way_to_decide(paul: Person, incident: str) -> None:
    ask(paul, incident)
    request = request_of(paul)

    assert "Löschung anordnen" not in paul.get(request).text
    assert paul.submit("/erasures", to=request, action="order").status_code == 403


def test_the_role_that_decides_is_given_by_no_page() -> None:
    deciding = [name for name, role in ROLES.items() if DECIDE_ERASURE in role.scopes]

    assert deciding == ["leadership"]
    assert not may_be_offered("leadership")


def test_the_data_protection_officer_holds_up_but_neither_asks_nor_decides(
    dana: Person, paul: Person, lea: Person, incident: str, town: Sender
) -> None:
    ask(paul, incident)
    request = request_of(dana)
    assert dana.submit("/erasures", to=request, action="order").status_code == 403
    assert ask(dana, incident).status_code == 422

    hold(dana, incident)

    refused = lea.submit("/erasures", to=request, action="order") if _has_form(lea) else None
    shown = lea.get(request).text
    assert refused is None or refused.status_code == 409
    assert "12 Js 3/26" in shown
    assert "Löschung anordnen" not in shown
    assert town.get(f"/v1/incidents/{incident}").status_code == 200


def _has_form(person: Person) -> bool:
    return "csrf_token" in person.get("/erasures").text


def test_whoever_wants_an_erasure_does_not_lift_somebody_elses_hold(
    dana: Person, paul: Person, lea: Person, incident: str
) -> None:
    held = hold(dana, incident)

    refused = paul.submit("/erasures", to=held, answer="stört")
    lifted = lea.submit(held, answer="Verfahren beendet")

    assert refused.status_code == 403
    assert lifted.status_code == 303
    assert "Es gibt keine Löschsperre." in dana.get("/erasures").text


def test_a_held_incident_is_not_asked_for_and_the_reason_is_told(
    dana: Person, paul: Person, incident: str
) -> None:
    hold(dana, incident)

    answer = ask(paul, incident)

    assert answer.status_code == 422
    assert "12 Js 3/26" in answer.text


def test_a_declined_request_tells_why(paul: Person, lea: Person, incident: str) -> None:
    ask(paul, incident)
    request = request_of(lea)

    empty = lea.submit(request, action="decline", answer="")
    lea.submit(request, action="decline", answer="Verfahren läuft")

    assert empty.status_code == 422
    assert "Verfahren läuft" in paul.get(request).text
    assert lea.submit("/erasures", to=request, action="order").status_code in (403, 409)


def test_it_wants_the_second_factor_again(meet: Meet, incident: str) -> None:
    tired = meet("theo", "plan_owner", fresh=False)

    answer = ask(tired, incident)

    assert answer.status_code == 303
    assert "/account/confirm" in answer.location
    assert "Es liegt kein Antrag vor." in tired.get("/erasures").text


def test_orders_show_who_is_missing_and_turn_red_after_a_day(
    paul: Person, lea: Person, incident: str, clock: FakeClock
) -> None:
    ask(paul, incident)
    lea.submit(request_of(lea), action="order")
    assert "intake, routing" in paul.get("/erasures").text

    clock.pass_(hours=24)

    assert "überfällig" in paul.get("/erasures").text


def test_a_foreign_leadership_finds_nothing(
    paul: Person, meet: Meet, incident: str, database: Database
) -> None:
    ask(paul, incident)
    foreign = meet("fred", "leadership", place=ELSEWHERE)
    other = meet("olga", "plan_owner", place=ELSEWHERE)

    assert foreign.get(request_of(paul)).status_code == 404
    assert ask(other, incident).status_code == 422
    unknown = ask(other, "0f8fad5b-d9cb-469f-a165-70867728950e")
    assert _without_ids(ask(other, incident).text) == _without_ids(unknown.text)


def _without_ids(page: str) -> str:
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|value=\"[^\"]{20,}\"", "", page)


def test_the_accused_finds_neither_request_nor_hold(
    meet: Meet, town: Sender, paul: Person, dana: Person, database: Database, settings: Settings
) -> None:
    accused = meet("anna", "plan_owner", "leadership", person=ANNA)
    incident = str(town.post(report(accused={"persons": [ANNA]})).json["id"])
    ask(paul, incident)
    request = request_of(paul)
    held = hold(dana, incident)

    page = accused.get("/erasures").text
    assert "Es liegt kein Antrag vor." in page
    assert "Es gibt keine Löschsperre." in page
    assert accused.get(request).status_code == 404
    assert accused.get(held).status_code == 404
    assert ask(accused, incident).status_code == 422
    who = asking.Overseer(sender="x", person=ANNA, municipalities=(ARS,), mode="live")
    with pytest.raises(NoSuchIncident):
        database.run(asking.ask, incident, who, scope="case", reason="request")


def test_retention_shows_the_classes_and_what_would_go(
    dana: Person, town: Sender, clock: FakeClock
) -> None:
    accepted = town.post(report(severity=0, reporter={"role": "affected"})).json
    town.close(accepted)
    assert "24 Monate" in dana.get("/retention").text
    assert "Niemand hat diese Fristen vereinbart" in dana.get("/retention").text

    clock.pass_(days=800)

    row = re.search(r"Schwere 0 und 1.*?</tr>", dana.get("/retention").text, re.DOTALL)
    assert row is not None
    assert re.findall(r'class="number">(\d+)', row[0]) == ["1", "0"]
    assert town.get(f"/v1/incidents/{accepted['id']}").status_code == 200
