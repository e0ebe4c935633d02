# SPDX-License-Identifier: EUPL-1.2
"""Whoever is in conflict with an incident never hears of it and finds it nowhere."""

from collections.abc import Callable
from typing import Any

import pytest

from rueckhalt_shared import contracts
from rueckhalt_shared.consuming import park_in
from rueckhalt_shared.contracts import ids
from tests.routing.town import Town, facts, person
from tests.support import NOON

ANNA, LARS, INES = person("anna.aydin"), person("lars.lind"), person("ines.iwanow")
OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}
DOORS = (
    ("GET", ""), ("GET", "/explanation"), ("POST", "/take-over"), ("POST", "/hand-back"),
)  # fmt: skip
SignIn = Callable[..., Any]


def listed(client: Any) -> list[str]:
    return [each["id"] for each in client.get("/v1/assignments?state=all").json["items"]]


def outcomes(client: Any, id: str) -> list[tuple[int, Any]]:
    """What every door answers, without the id."""
    answers = (client.open(f"/v1/assignments/{id}{path}", method=verb) for verb, path in DOORS)
    return [(answer.status_code, answer.json) for answer in answers]


def test_a_person_sees_what_they_were_told_of_and_nothing_else(town: Town, sign_in: SignIn) -> None:
    assignment = town.report()
    assert assignment.person is not None
    others = [each for each in (ANNA, LARS, INES) if each != assignment.person]

    assert listed(sign_in(assignment.person, "responsible")) == [assignment.id]
    stranger = sign_in(person("jonas.jung"), "responsible")
    assert listed(stranger) == []
    assert outcomes(stranger, assignment.id) == outcomes(stranger, ids.uuid7())
    assert others


@pytest.mark.parametrize(
    "roles", [("responsible",), ("plan_owner",), ("responsible", "plan_owner")]
)
def test_the_accused_finds_no_assignment_in_any_role(
    town: Town, sign_in: SignIn, roles: tuple[str, ...]
) -> None:
    lead = town.report().person
    accusing = town.report(excluded=(lead,))
    accused = sign_in(lead, *roles)

    assert accusing.id not in listed(accused)
    assert outcomes(accused, accusing.id) == outcomes(accused, ids.uuid7())
    assert town.assignment(accusing.incident_id).state == "open"


def test_the_plan_owner_sees_the_rest_but_acts_on_nothing_of_others(
    town: Town, sign_in: SignIn
) -> None:
    assignment = town.report()
    owner = sign_in(person("jonas.jung"), "plan_owner", "responsible")

    assert listed(owner) == [assignment.id]
    assert [status for status, _ in outcomes(owner, assignment.id)] == [200, 200, 404, 404]


@pytest.mark.parametrize("role", ["responsible", "plan_owner"])
def test_an_account_that_is_nobody_of_the_plan_sees_no_assignment(
    town: Town, sign_in: SignIn, role: str
) -> None:
    assignment = town.report()

    assert listed(sign_in(None, role)) == []
    assert sign_in(None, role).get(f"/v1/assignments/{assignment.id}").status_code == 404


def test_one_takes_over_and_hands_back_for_oneself_only(town: Town, sign_in: SignIn) -> None:
    assignment = town.report()
    lead = sign_in(assignment.person, "responsible")
    path = f"/v1/assignments/{assignment.id}"

    assert lead.post(f"{path}/take-over", json={"person": LARS}).status_code == 403
    taken = lead.post(f"{path}/take-over")
    assert (taken.status_code, taken.json["person"]) == (200, assignment.person)
    back = lead.post(f"{path}/hand-back")
    assert back.status_code == 200
    assert lead.post(f"{path}/hand-back").status_code == 409


def test_nobody_of_the_accused_unit_is_told_at_any_step(town: Town) -> None:
    unit = {person(key) for key in ("anna.aydin", "david.dorn", "eva.engel", "ines.iwanow")}

    assignment = town.report(excluded_unit="hauptamt", severity=3)
    for _ in range(12):
        town.pass_(hours=6)

    told = {
        each.get("person")
        for type, data in town.said()
        if type.startswith("responsibility.")
        for each in data["recipients"]
    }
    assert unit <= set(assignment.excluded)
    assert told & unit == set()
    assert told
    assert set(town.said()[0][1]["excluded"]) >= unit


def test_the_catch_all_of_a_report_that_could_not_be_read_spares_the_accused_unit(
    town: Town,
) -> None:
    catch_all = town.report(severity=None, forms=("unknown",))
    incident = ids.uuid7()
    report = contracts.IncidentRegistered(subject=incident, **facts(excluded_unit="hauptamt"))
    envelope = contracts.wrap(report, service="intake", id=ids.uuid7(), time=NOON)
    queue = "routing.assign-incidents"
    town.database.run(park_in, queue, envelope, cause="ValueError", attempts=1, pause=0.0)

    town.clock.pass_(seconds=60)
    town.audit()

    spared = town.assignment(incident)
    assert spared.red == "event_failed"
    assert ANNA in spared.excluded
    assert spared.lead not in spared.excluded
    assert catch_all.excluded == {}


def test_whoever_was_asked_and_is_accused_later_hears_no_more(town: Town) -> None:
    assignment = town.report(severity=2, motives_perceived=("rassistisch",), unit="sozialamt")
    [(_, said)] = town.said()
    asked = [each["person"] for each in said["recipients"] if each.get("person")][1:]
    assert asked

    town.amend(
        assignment.incident_id,
        severity=2,
        motives_perceived=("rassistisch",),
        unit="sozialamt",
        excluded=(asked[0],),
    )

    _, again = town.said()[-1]
    assert asked[0] not in [each.get("person") for each in again["recipients"]]
    assert again["excluded"] == [asked[0]]
