# SPDX-License-Identifier: EUPL-1.2
"""Drills: the real way, marked as what they are, measured in minutes, over after two days."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from rueckhalt_routing.app import Settings, create_app
from rueckhalt_routing.demo import sample_plan
from rueckhalt_routing.drills import handlers
from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import ids
from rueckhalt_shared.keys import KeyStore
from tests.html_check import Page
from tests.intake.staff import Person, signed_in
from tests.routing.town import ARS, Town, facts, partner
from tests.support import NOON


def begin(town: Town, severity: int = 3) -> str:
    return town.database.run(handlers.start, ARS, severity=severity)


def result(town: Town, id: str) -> dict[str, object]:
    return town.database.read(handlers.result, id, ARS)


def incident_of(town: Town) -> str:
    return town.said_with_subjects()[0][1]


def test_a_drill_goes_the_real_way_and_says_in_every_event_what_it_is(town: Town) -> None:
    begin(town)
    town.pass_(minutes=10)

    said = town.said()
    assert [type for type, _ in said] == [
        "drill.started",
        "responsibility.assigned",
        "responsibility.escalated",
    ]
    assert {data["mode"] for type, data in said if type != "drill.started"} == {"drill"}


def test_the_minutes_of_each_confirmation_are_measured(town: Town) -> None:
    id = begin(town)
    for _ in range(3):
        town.pass_(minutes=10)
    town.clock.pass_(minutes=4)
    town.answer(town.assignment(incident_of(town)), "hasan.hoff", "confirm")

    found = result(town, id)

    minutes = {each["name"]: (each["step"], each["minutes"]) for each in found["people"]}
    assert minutes["Hasan Hoff"] == (3, 4)
    assert minutes["Clara Conrad"] == (0, None)
    assert (found["reached"], found["first_minutes"]) == (1, 34)


def test_the_first_confirmation_of_the_chain_ends_the_asking_and_others_still_count(
    town: Town,
) -> None:
    id = begin(town)
    drill = town.assignment(incident_of(town))
    town.answer(drill, "clara.conrad", "confirm")
    town.pass_(hours=1)
    town.answer(drill, "anna.aydin", "confirm")
    town.answer(drill, "anna.aydin", "confirm")

    assert "responsibility.escalated" not in town.said_types()
    assert result(town, id)["reached"] == 2


@pytest.mark.parametrize("is_confirmed", [True, False])
def test_after_two_working_days_it_is_over_and_its_figures_are_said(
    town: Town, is_confirmed: bool
) -> None:
    id = begin(town)  # on a Friday at noon
    if is_confirmed:
        town.clock.pass_(minutes=3)
        town.answer(town.assignment(incident_of(town)), "clara.conrad", "confirm")

    for _ in range(6):
        town.pass_(days=1)

    finished = [data for type, data in town.said() if type == "drill.finished"]
    assert len(finished) == 1
    assert finished[0]["reached"] == int(is_confirmed)
    assert finished[0]["minutes"] == [3] * is_confirmed
    assert "responsibility.lapsed" not in town.said_types()
    found = result(town, id)
    assert found["is_over"]
    assert found["ends_at"] == NOON.replace(hour=7) + timedelta(days=4)  # Tuesday, 8 o'clock
    before = len(town.said())
    town.pass_(days=5)
    town.audit()
    assert len(town.said()) == before


def test_partners_are_asked_only_if_they_have_agreed(bare_town: Town) -> None:
    plan = sample_plan() + (
        "\nchains:\n  bereitschaft:\n    steps:\n"
        "      - targets: [{partner: polizei.musterstadt}]\n"
    )
    agreed = plan.replace(
        "name: Polizeiinspektion Musterstadt", 'name: Polizeiinspektion Musterstadt, drills: "yes"'
    )
    told = []

    for text in (plan, agreed):
        bare_town.publish_plan(text)
        begin(bare_town)
        told.append(partner("polizei.musterstadt") in str(bare_town.said()[-1][1]["recipients"]))

    assert told == [False, True]


def test_what_calls_itself_a_drill_from_outside_is_a_test(town: Town) -> None:
    incident = ids.uuid7()
    town.hear(contracts.IncidentRegistered(subject=incident, **facts(mode="drill")))

    assert town.assignment(incident).mode == "test"


def test_without_a_plan_there_is_nothing_to_drill(bare_town: Town) -> None:
    with pytest.raises(handlers.NothingToDrill):
        begin(bare_town)


@pytest.fixture
def meet(settings: Settings, town: Town, keys: KeyStore) -> Callable[..., Person]:
    app = create_app(settings, town.database)
    return lambda name, role: signed_in(app.test_client(), keys, name, None, (role, ARS))


def test_the_plan_owner_starts_one_and_reads_its_result(
    meet: Callable[..., Person], town: Town
) -> None:
    owner = meet("owner", "plan_owner")

    started = owner.send("/drills", severity="3")
    town.answer(town.assignment(incident_of(town)), "clara.conrad", "confirm")
    shown = owner.page(started.headers["Location"])

    assert started.status_code == 303
    assert "Clara Conrad" in shown.text
    assert "nach 0 Minuten" in shown.text
    assert "1 von" in owner.page("/drills").text
    for page in (shown, owner.page("/drills?lang=en"), owner.page("/drills?lang=einfach")):
        assert Page(page.text).faults() == []


def test_nobody_else_starts_one(meet: Callable[..., Person], town: Town) -> None:
    assert meet("anna", "responsible").page("/drills").status_code == 403
    assert town.said() == []
