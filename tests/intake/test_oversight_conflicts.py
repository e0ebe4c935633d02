# SPDX-License-Identifier: EUPL-1.2
"""Whoever is in conflict as routing alone knows, or is one person with two accounts, or is late."""

from typing import Any

import pytest

from rueckhalt_intake.erasure.ordering import Ordering
from rueckhalt_intake.waves import store as waves
from rueckhalt_intake.waves.domain import SetAside
from rueckhalt_shared.database import Database
from rueckhalt_shared.worker import Worker
from tests.intake.people import Meet
from tests.intake.staff import assigned, deliver
from tests.intake.test_erasure_pages import ask, hold, request_of
from tests.intake.town import ANNA, ARS, BERND, THREAT, Sender, report
from tests.support import NOON


@pytest.fixture
def incident(town: Sender) -> str:
    return str(town.post(THREAT).json["id"])


@pytest.fixture
def against_the_unit(town: Sender, worker: Worker) -> str:
    """Anna belongs to the accused unit: the report does not name her, routing leaves her out."""
    incident = str(town.post(report(accused={"unit": "buergeramt"})).json["id"])
    deliver(worker, assigned(incident, BERND, excluded=(ANNA,)))
    return incident


@pytest.mark.parametrize("role", ["plan_owner", "leadership", "data_protection_officer"])
def test_whom_routing_left_out_finds_neither_request_nor_hold(
    against_the_unit: str, meet: Meet, role: str
) -> None:
    paul = meet("paul", "plan_owner")
    ask(paul, against_the_unit)
    asked = request_of(paul)
    hold(meet("dana", "data_protection_officer"), against_the_unit, "Aktenzeichen 77")
    anna = meet("anna", role, person=ANNA)

    page = anna.get("/erasures").text

    assert anna.get(asked).status_code == 404
    assert "Aktenzeichen 77" not in page
    assert asked not in page


def test_whom_routing_left_out_neither_asks_nor_decides(
    against_the_unit: str, meet: Meet, town: Sender
) -> None:
    anna = meet("anna", "plan_owner", "leadership", person=ANNA)
    paul = meet("paul", "plan_owner")

    assert ask(anna, against_the_unit).status_code == 422
    ask(paul, against_the_unit)
    assert anna.submit("/erasures", to=request_of(paul), action="order").status_code == 404
    assert town.get(f"/v1/incidents/{against_the_unit}").status_code == 200


def test_whom_routing_left_out_does_not_look_through_the_report(
    against_the_unit: str, meet: Meet, database: Database
) -> None:
    fields: dict[str, Any] = {"municipality": ARS, "mode": "live", "cause": "network"}
    mark = SetAside(incident_id=against_the_unit, since_at=NOON, **fields)
    database.run(waves.add, [mark])

    assert against_the_unit in meet("bernd", "responsible", person=BERND).get("/set-aside").text
    assert against_the_unit not in meet("anna", "responsible", person=ANNA).get("/set-aside").text


def test_what_is_declined_while_somebody_orders_it_is_not_erased(
    incident: str, meet: Meet, town: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    paul, lea, lutz = meet("paul", "plan_owner"), meet("lea", "leadership"), meet("l", "leadership")
    ask(paul, incident)
    asked = request_of(paul)
    give = Ordering.give

    def declined_meanwhile(ordering: Ordering, *given: Any, **more: Any) -> Any:
        monkeypatch.setattr(Ordering, "give", give)
        declined = lutz.submit(asked, to=asked, action="decline", answer="Noch nötig")
        assert declined.status_code == 303
        return give(ordering, *given, **more)

    monkeypatch.setattr(Ordering, "give", declined_meanwhile)

    assert lea.submit(asked, to=asked, action="order").status_code == 409
    assert town.get(f"/v1/incidents/{incident}").status_code == 200


def test_two_accounts_of_one_person_do_not_erase(incident: str, meet: Meet, town: Sender) -> None:
    one, two = meet("one", "plan_owner", person=BERND), meet("two", "leadership", person=BERND)
    ask(one, incident)
    asked = request_of(one)

    assert 'value="order"' not in two.get(asked).text
    assert 'value="order"' in meet("lea", "leadership").get(asked).text
    assert two.submit("/erasures", to=asked, action="order").status_code == 409
    assert two.submit("/erasures", to=asked, action="decline", answer="x y z").status_code == 409
    assert town.get(f"/v1/incidents/{incident}").status_code == 200


def test_two_accounts_of_one_person_do_not_read_the_audit(meet: Meet) -> None:
    one = meet("one", "data_protection_officer", person=BERND)
    two = meet("two", "staff_council", person=BERND)
    days = {"since": "2026-01-01", "until": "2026-12-31"}
    asked = one.submit("/audit", action="ask", municipality=ARS, why="audit", **days).location

    assert two.submit("/audit", to=asked).status_code == 409
    assert meet("three", "staff_council").submit(asked, to=asked).status_code == 303
