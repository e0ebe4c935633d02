# SPDX-License-Identifier: EUPL-1.2
"""The router with the facts of the day: who is away is passed over, and the explanation says so."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from rueckhalt_routing.assignments import store as assignments
from rueckhalt_routing.demo import sample_plan
from rueckhalt_routing.duty import handlers, store
from rueckhalt_routing.plan.checking import read_plan
from rueckhalt_shared.database import Transaction
from tests.routing.test_duty_facts import absence, change, crisis
from tests.routing.town import ARS, Town, person
from tests.support import NOON

SLOW = {"severity": 1, "forms": ("hatepost",)}


def enter(town: Town, work: Callable[[Transaction], object]) -> None:
    """Do this and say that something changed."""

    def run(tx: Transaction) -> None:
        work(tx)
        handlers.changed(tx, ARS)

    town.database.run(run)


def away(town: Town, *who: str, hours: int = 48) -> None:
    """These are away from now on."""
    entries = [
        absence(each, start_at=town.clock.now, end_at=town.clock.now + timedelta(hours=hours))
        for each in who
    ]
    enter(town, lambda tx: store.add_absences(tx, entries))


def explanation(town: Town, decision: str) -> dict[str, Any]:
    found: dict[str, Any] = town.database.read(assignments.decision, decision)["explanation"]
    return found


def test_who_is_away_is_passed_over_at_once_and_the_explanation_says_why(town: Town) -> None:
    away(town, "anna.aydin")

    found = town.report(**SLOW)

    told = explanation(town, found.decision_id)
    assert found.person == person("lars.lind")
    assert told["recipients"][0]["because"] == "stand_in"
    assert {
        "person": person("anna.aydin"),
        "because": "away",
        "until": (NOON + timedelta(hours=48)).isoformat(),
    } in told["passed_over"]


def test_a_fact_that_ends_counts_no_longer_at_the_next_step(town: Town) -> None:
    away(town, "anna.aydin", hours=1)
    found = town.report(**SLOW)

    town.pass_(days=1)

    after = town.assignment(found.incident_id)
    assert after.person == person("ines.iwanow")  # the stand-in who does not know yet
    for _ in range(2):
        town.pass_(days=3)
    assert person("anna.aydin") in town.assignment(found.incident_id).told


def test_an_empty_step_gives_way_at_the_same_instant(town: Town) -> None:
    away(town, "bernd.brandt", "david.dorn")

    found = town.report(severity=1)

    assert (found.step, found.person) == (2, person("anna.aydin"))
    assert explanation(town, found.decision_id)["chain"]["empty_steps"] == [0, 1]


def test_the_duty_of_a_rota_leads_and_a_swap_goes_before_it(town: Town) -> None:
    town.clock.pass_(hours=10)  # Friday evening: the turn of the first member has begun
    usual = town.report(severity=3)
    swap = change(
        rota="nachtdienst",
        start_at=town.clock.now,
        end_at=town.clock.now + timedelta(hours=5),
        person="jonas.jung",
        instead_of="clara.conrad",
    )
    enter(town, lambda tx: store.add_change(tx, swap))

    swapped = town.report(severity=3)

    lead = explanation(town, swapped.decision_id)["recipients"][0]
    assert usual.person == person("clara.conrad")
    assert swapped.person == person("jonas.jung")
    assert (lead["because"], lead["instead_of"]) == ("swap", person("clara.conrad"))


def test_if_everybody_is_away_the_catch_all_is_told_red_and_who_returns_first_is_told(
    town: Town,
) -> None:
    away(town, *(each.key for each in _everybody(town) if each.key != "karla.kern"), hours=5)
    away(town, "karla.kern", hours=3)

    found = town.report(**SLOW)
    assert (found.person, found.red) == (person("anna.aydin"), "nobody_left")
    assert found.next_due_at is not None

    town.clock.now = found.next_due_at
    town.run_timers()

    assert found.next_due_at == NOON + timedelta(hours=5)
    assert town.assignment(found.incident_id).person != person("anna.aydin")


def test_a_declared_crisis_is_the_time_class_of_what_is_reported_in_it(town: Town) -> None:
    enter(town, lambda tx: store.add_crisis(tx, crisis()))

    found = town.report(severity=1)

    assert explanation(town, found.decision_id)["values"]["time_class"] == ["crisis"]


def _everybody(town: Town) -> tuple[Any, ...]:
    return read_plan(sample_plan())[0].persons
