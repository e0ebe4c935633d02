# SPDX-License-Identifier: EUPL-1.2
"""Whoever is in conflict gets nothing by any answer: link, page, API, offer, hand-over, drill."""

from collections.abc import Callable
from typing import Any

import pytest

from rueckhalt_routing.assignments import answers, domain, handlers, offering, reminding, store
from rueckhalt_routing.assignments.domain import Assignment
from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import ids
from tests.routing.test_holding import MONDAY_EIGHT, SATURDAY_NIGHT, holding_plan
from tests.routing.town import ARS, Town, person

ACCUSED, GIVER = "bernd.brandt", "david.dorn"
VERBS = ("take_over", "decline", "done", "confirm")
SignIn = Callable[..., Any]


def named(town: Town) -> Assignment:
    """Accused from the start."""
    return town.report(excluded=(person(ACCUSED),))


def told_before(town: Town) -> Assignment:
    """Told, and accused by a correction."""
    found = town.report()
    assert found.person == person(ACCUSED)
    return town.amend(found.incident_id, excluded=(person(ACCUSED),))


def declared(town: Town) -> Assignment:
    """Told, and in conflict by their own word."""
    found = town.report()
    act(town, found, lambda tx, a: answers.decline(tx, a, person(ACCUSED), reason="in_conflict"))
    return town.assignment(found.incident_id)


WAYS = (named, told_before, declared)


def act(town: Town, assignment: Assignment, work: Any) -> None:
    town.database.run(lambda tx: work(tx, handlers.locked(tx, assignment.id)))


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("way", WAYS)
def test_a_link_in_the_hand_of_somebody_in_conflict_changes_nothing(
    town: Town, way: Callable[[Town], Assignment], verb: str
) -> None:
    before = way(town)
    said = len(town.said())

    after = town.answer(before, ACCUSED, verb)

    assert after == before
    assert len(town.said()) == said


@pytest.mark.parametrize("way", WAYS)
def test_no_system_can_name_them_as_who_takes_over(
    town: Town, client: Any, way: Callable[[Town], Assignment]
) -> None:
    before = way(town)

    for name in (ACCUSED, person(ACCUSED)):
        answer = client.post(f"/v1/assignments/{before.id}/take-over", json={"person": name})
        unknown = client.post(f"/v1/assignments/{before.id}/take-over", json={"person": "x.y"})
        assert (answer.status_code, answer.json["title"]) == (
            unknown.status_code,
            unknown.json["title"],
        )

    assert town.assignment(before.incident_id) == before


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "path", ["take-over", "hand-back", "decline", "activity", "done", "offer", "accept", "refuse"]
)
def test_at_the_api_the_assignment_does_not_exist_for_them(
    town: Town, sign_in: SignIn, way: Callable[[Town], Assignment], path: str
) -> None:
    before = way(town)
    client = sign_in(person(ACCUSED), "responsible", "plan_owner")
    body = {"decline": {"reason": "not_mine"}, "offer": {"to": GIVER, "consent": False}}

    answer = client.post(f"/v1/assignments/{before.id}/{path}", json=body.get(path, {}))
    unknown = client.post(f"/v1/assignments/{ids.uuid7()}/{path}", json=body.get(path, {}))

    assert answer.status_code == unknown.status_code == 404
    assert town.assignment(before.incident_id) == before


@pytest.mark.parametrize("way", WAYS)
def test_nobody_can_offer_it_to_them(town: Town, way: Callable[[Town], Assignment]) -> None:
    before = way(town)
    act(town, before, lambda tx, a: answers.take_over(tx, a, GIVER))

    for to in (ACCUSED, person(ACCUSED)):
        with pytest.raises(offering.UnknownReceiver):
            act(town, before, lambda tx, a, to=to: offering.offer(tx, a, to, by=person(GIVER)))

    assert town.assignment(before.incident_id).state == "taken"


def test_an_offer_is_void_once_its_receiver_is_accused(town: Town) -> None:
    found = town.report(unit="sozialamt", forms=("hatepost",))
    act(town, found, lambda tx, a: answers.take_over(tx, a, GIVER))
    act(town, found, lambda tx, a: offering.offer(tx, a, ACCUSED, by=person(GIVER)))
    offered = town.assignment(found.incident_id)
    assert offered.state == "offered"

    changes = {"unit": "sozialamt", "forms": ("hatepost",), "excluded": (person(ACCUSED),)}
    kept = town.amend(found.incident_id, **changes)
    after = town.answer(kept, ACCUSED, "take_over")

    assert (kept.state, after.state, after.taken_by) == ("taken", "taken", person(GIVER))
    with pytest.raises(domain.NotOffered):
        act(town, found, lambda tx, a: offering.accept(tx, a, by=person(ACCUSED)))


def test_whoever_has_it_and_is_accused_loses_it_at_once(town: Town) -> None:
    found = town.report(unit="sozialamt", forms=("hatepost",))
    act(town, found, lambda tx, a: answers.take_over(tx, a, ACCUSED))

    changes = {"unit": "sozialamt", "forms": ("hatepost",), "excluded": (person(ACCUSED),)}
    after = town.amend(found.incident_id, **changes)

    assert (after.state, after.taken_by) == ("open", None)
    assert person(ACCUSED) not in (after.person, *after.told)
    assert "responsibility.lapsed" in town.said_types()


@pytest.mark.parametrize("way", WAYS)
def test_in_the_whole_course_nothing_reaches_them(
    town: Town, way: Callable[[Town], Assignment]
) -> None:
    found = way(town)
    since = len(town.said())

    for _ in range(12):
        town.pass_(hours=20)
    day = town.clock.now.date()
    town.hear(
        contracts.DeadlineApproaching(
            subject=found.incident_id,
            municipality=ARS,
            version=7,
            deadline="strafantrag",
            entitled="affected",
            safe_until=day,
            legal_end=day,
            days_left=7,
            recipients=("fuehrungskraft", "hauptamt_personal"),
        )
    )
    town.audit()

    later = [data for type, data in town.said()[since:] if type != "responsibility.completed"]
    told = [each.get("person") for data in later for each in data.get("recipients", ())]
    told += [data.get("person") for data in later]
    assert person(ACCUSED) not in told
    assert told


def test_a_taker_known_to_be_in_conflict_is_not_told_when_their_time_lapses(town: Town) -> None:
    """However the row came to say so, for example by an older version."""
    found = town.report(unit="sozialamt", forms=("hatepost",))
    act(town, found, lambda tx, a: answers.take_over(tx, a, ACCUSED))
    out = {"excluded": {person(ACCUSED): "named"}}
    act(town, found, lambda tx, a: store.save(tx, domain.move(a, **out)))
    for _ in range(4):
        town.pass_(days=1)

    [lapse] = [data for type, data in town.said() if type == "responsibility.escalated"][:1]
    assert person(ACCUSED) not in [each.get("person") for each in lapse["recipients"]]


def test_whoever_is_known_to_be_in_conflict_hears_of_no_message(town: Town) -> None:
    found = town.report()
    assert found.person == person(ACCUSED)
    out = {"excluded": {person(ACCUSED): "named"}}
    act(town, found, lambda tx, a: store.save(tx, domain.move(a, **out)))
    said = len(town.said())

    work = {"municipality": ARS, "at": town.clock.now}
    town.database.run(lambda tx: reminding.tell_of_message(tx, found.incident_id, **work))

    assert len(town.said()) == said


def test_whoever_signs_and_is_known_to_be_in_conflict_hears_nothing_at_the_opening(
    bare_town: Town,
) -> None:
    signing = "rules:\n  - {code: verbal, tier: 2, when: {form: [insult]}, then: {chain: %s}}\n"
    plan = holding_plan() + signing % "fuehrungskraft, signs: [rechtsamt]"
    bare_town.publish_plan(plan)
    bare_town.clock.now = SATURDAY_NIGHT
    found = bare_town.report(registered_at=SATURDAY_NIGHT)
    out = {"excluded": {person("eva.engel"): "named"}}
    act(bare_town, found, lambda tx, a: store.save(tx, domain.move(a, **out)))

    bare_town.clock.now = MONDAY_EIGHT
    bare_town.run_timers()

    told = [each.get("person") for each in bare_town.said()[-1][1]["recipients"]]
    assert person(ACCUSED) in told
    assert person("eva.engel") not in told
