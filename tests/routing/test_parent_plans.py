# SPDX-License-Identifier: EUPL-1.2
"""The plan of a Landkreis counts in a town without one of its own: people, conflicts, reasons."""

import pytest

from rueckhalt_routing.assignments import store
from rueckhalt_routing.demo import sample_plan
from rueckhalt_routing.plan import handlers as plans
from tests.routing.town import ARS, Town, person

KREIS = "16077"
OF_KREIS = sample_plan().replace(f'"{ARS}"', f'"{KREIS}"').replace("Musterstadt", "Kreis")


def of_kreis(key: str) -> str:
    return person(key, KREIS)


@pytest.fixture
def child(bare_town: Town) -> Town:
    """A town without a plan, in a Landkreis that has one."""
    bare_town.publish_plan(OF_KREIS)
    return bare_town


def test_a_town_without_a_plan_is_led_by_the_people_of_the_landkreis(child: Town) -> None:
    assignment = child.report()

    assert (assignment.municipality, assignment.red) == (ARS, None)
    assert assignment.person == of_kreis("bernd.brandt")
    assert assignment.rule == "verbal"


def test_whoever_is_named_in_a_child_town_is_left_out_by_their_id_in_the_landkreis(
    child: Town,
) -> None:
    assignment = child.report(excluded=(of_kreis("bernd.brandt"),))

    assert assignment.person == of_kreis("david.dorn")


def test_a_running_case_keeps_the_parents_version_when_the_town_gets_its_own(child: Town) -> None:
    before = child.report()
    child.publish_plan()

    after = child.report()

    assert child.assignment(before.incident_id).plan_id == before.plan_id != after.plan_id
    kept = child.database.read(plans.plan_of_version, before.plan_id)
    assert kept is not None
    assert kept.plan.municipality == KREIS


def test_the_explanation_names_the_plan_of_the_landkreis(child: Town) -> None:
    assignment = child.report()

    told = child.database.read(store.decision, assignment.decision_id)["explanation"]
    assert told["plan"]["municipality"] == KREIS
    assert told["plan"]["title"] == "Zuständigkeitsplan Kreis"
