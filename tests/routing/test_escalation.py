# SPDX-License-Identifier: EUPL-1.2
"""The chain runs until somebody takes over: exact times, no step skipped, never an end."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from rueckhalt_routing.assignments.domain import Assignment
from rueckhalt_routing.demo import sample_plan
from rueckhalt_shared import contracts
from rueckhalt_shared.consuming import park_in
from rueckhalt_shared.contracts import ids
from rueckhalt_shared.database import Transaction
from tests.routing.town import ARS, Town, facts, person
from tests.support import NOON


def leads(town: Town) -> list[str]:
    """Who led one after another, by what was published."""
    return [data["recipients"][0]["person"] for _, data in town.said() if data.get("recipients")]


def minutes(assignment: Assignment) -> float:
    """When the next step is due, in minutes after the report."""
    assert assignment.next_due_at is not None
    return (assignment.next_due_at - NOON).total_seconds() / 60


def keys(*names: str) -> list[str]:
    return [person(name) for name in names]


def test_an_acute_case_walks_its_chain_in_ten_minute_steps_and_begins_anew(town: Town) -> None:
    incident = town.report(severity=3, forms=("weapon",)).incident_id

    for _ in range(6):
        town.pass_(minutes=10)
    town.pass_(minutes=5)

    assert leads(town) == keys(
        "clara.conrad", "farid.fischer", "greta.gross", "hasan.hoff", "anna.aydin", "clara.conrad"
    )
    after = town.assignment(incident)
    assert (after.round, after.step) == (1, 0)


@pytest.mark.parametrize(
    ("changes", "waits", "chain"),
    [
        (
            {"severity": 2, "forms": ("threat",)},
            [120, 240, 1440, 2640],
            ["anna.aydin", "lars.lind", "david.dorn", "greta.gross"],
        ),
        (
            {"severity": 1, "forms": ("hatepost",)},
            [1440, 2880, 7200],
            ["anna.aydin", "lars.lind", "david.dorn"],
        ),
        ({"severity": 0, "forms": ("massmail",)}, [4320], ["anna.aydin", "lars.lind"]),
    ],
)
def test_the_waits_are_those_of_the_urgency(
    town: Town, changes: dict[str, object], waits: list[float], chain: list[str]
) -> None:
    assignment = town.report(**changes)
    seen = [minutes(assignment)]

    for _ in waits[1:]:
        town.clock.now = NOON + timedelta(minutes=seen[-1])
        town.run_timers()
        seen.append(minutes(town.assignment(assignment.incident_id)))

    assert seen == waits
    assert leads(town) == keys(*chain)[: len(waits)]


def test_a_step_is_not_taken_a_second_too_early(town: Town) -> None:
    town.report(severity=3)

    town.pass_(minutes=9, seconds=59)

    assert town.said_types() == ["responsibility.assigned"]


def test_each_step_names_the_role_it_asks(town: Town) -> None:
    incident = town.report(severity=3).incident_id

    town.pass_(minutes=11)

    asked = town.said()[-1]
    assert asked[0] == "responsibility.escalated"
    assert asked[1]["role"] == town.assignment(incident).role


def test_a_long_standstill_skips_no_step(town: Town) -> None:
    incident = town.report(severity=3).incident_id

    town.pass_(days=3)

    after = town.assignment(incident)
    assert (after.round, after.step) == (0, 1)
    assert after.next_due_at == town.clock.now + timedelta(minutes=10)


def test_an_open_incident_always_has_a_next_due_time(town: Town) -> None:
    for severity in (0, 1, 2, 3, None):
        town.report(severity=severity)

    for _ in range(60):
        town.pass_(hours=13)
        town.audit()

    assignments = {data["assignment"] for _, data in town.said()}
    assert len(assignments) == 5
    for incident in _incidents(town):
        after = town.assignment(incident)
        assert after.state == "open"
        assert after.red in (None, "exhausted")
        assert after.next_due_at is not None
        assert after.next_due_at > town.clock.now
        assert after.round > 1


def test_people_in_conflict_are_told_in_no_step_and_no_round(town: Town) -> None:
    accused = tuple(keys("anna.aydin", "greta.gross", "david.dorn"))
    town.report(severity=2, forms=("threat",), excluded=accused)

    for _ in range(20):
        town.pass_(days=1)

    assert not set(accused) & set(leads(town))
    told = [data["recipients"] for _, data in town.said()]
    assert not [who for who in accused if who in str(told)]


def test_new_people_of_a_new_plan_are_told_and_the_chain_stays(town: Town) -> None:
    incident = town.report(severity=3).incident_id
    held = "leitung_bereitschaft: {holder: {rota: nachtdienst}, stand_ins: [clara.conrad, %s]}"
    original, changed = held % "farid.fischer", held % "jonas.jung"
    town.publish_plan(sample_plan().replace(original, changed))

    town.pass_(minutes=10)

    after = town.assignment(incident)
    assert after.person == person("jonas.jung")
    assert after.plan_version == 1


def test_a_chain_that_cannot_be_read_any_more_ends_at_the_catch_all(town: Town) -> None:
    incident = town.report().incident_id

    def lose(tx: Transaction) -> None:
        tx.execute(text("DELETE FROM plans"))

    town.database.run(lose)
    town.database.context["plans"].clear()
    town.pass_(days=1)

    after = town.assignment(incident)
    assert (after.person, after.red) == (person("auffang"), "no_plan")
    assert after.next_due_at is not None
    assert after.next_due_at > town.clock.now


def test_a_test_incident_does_not_begin_anew_every_quarter_of_an_hour(town: Town) -> None:
    town.report(severity=3, mode="test")

    for _ in range(200):
        town.pass_(minutes=10)

    assert len(town.said()) <= 2 * 6


def test_the_auditor_heals_a_lost_timer_and_marks_it_red(town: Town) -> None:
    incident = town.report().incident_id

    def lose(tx: Transaction) -> None:
        tx.execute(text("DELETE FROM timers"))

    town.database.run(lose)
    town.audit()

    assert town.assignment(incident).red == "timer_lost"
    town.run_timers()
    assert town.said_types() == ["responsibility.assigned", "responsibility.escalated"]


def test_a_report_that_cannot_be_applied_goes_to_the_catch_all_until_it_can(town: Town) -> None:
    incident = ids.uuid7()
    report = contracts.IncidentRegistered(
        subject=incident, **facts(excluded=(person("anna.aydin"),), severity=3)
    )
    envelope = contracts.wrap(report, service="intake", id=ids.uuid7(), time=NOON)
    queue = "routing.assign-incidents"
    town.database.run(park_in, queue, envelope, cause="ValueError", attempts=1, pause=0.0)
    town.clock.pass_(seconds=60)

    town.audit()
    town.audit()
    caught = town.assignment(incident)
    town.worker.retrying.run_due()
    decided = town.assignment(incident)

    assert (caught.person, caught.red) == (person("lars.lind"), "event_failed")
    assert (decided.person, decided.red, decided.id) == (person("clara.conrad"), None, caught.id)
    assert town.said_types() == ["responsibility.assigned"] * 2


def test_a_failed_notice_to_the_lead_starts_the_next_step_at_once(town: Town) -> None:
    assignment = town.report(severity=3)

    after = town.fail(assignment, "clara.conrad")

    assert after.person == person("farid.fischer")
    assert town.said()[-1][1]["cause"] == "nobody_reachable"


@pytest.mark.parametrize(
    ("who", "changes"),
    [
        ("clara.conrad", {"final": False}),
        ("clara.conrad", {"contacts_left": 1}),
        ("greta.gross", {}),
    ],
)
def test_other_failures_start_nothing(town: Town, who: str, changes: dict[str, object]) -> None:
    assignment = town.report(severity=3)

    after = town.fail(assignment, who, **changes)

    assert after == assignment


def test_if_nobody_can_be_reached_it_ends_at_the_catch_all_red_and_without_a_storm(
    town: Town,
) -> None:
    assignment = town.report(severity=3)

    for _ in range(50):
        lead = next(k for k in STAFF if person(k) == town.assignment(assignment.incident_id).person)
        town.fail(assignment, lead)

    after = town.assignment(assignment.incident_id)
    assert after.red == "nobody_reachable"
    assert len(town.said()) == 5
    assert after.next_due_at == NOON + timedelta(minutes=15)


STAFF = ("anna.aydin", "clara.conrad", "farid.fischer", "greta.gross", "hasan.hoff", "lars.lind")


def _incidents(town: Town) -> list[str]:
    def query(tx: Transaction) -> list[str]:
        found = tx.execute(text("SELECT incident_id FROM assignments WHERE municipality = :ars"),
                           {"ars": ARS})  # fmt: skip
        return list(found.scalars())

    return town.database.read(query)


def test_two_who_are_told_at_once_both_know_and_hear_it_once_a_round(bare_town: Town) -> None:
    together = (
        "\nchains:\n"
        "  bereitschaft:\n"
        "    steps:\n"
        "      - targets: [{role: hvb}, {role: psych}]\n"
        "      - targets: [{role: stellvertretung}, {role: psych}]\n"
    )
    bare_town.publish_plan(sample_plan() + together)
    incident = bare_town.report(severity=3, forms=("weapon",)).incident_id

    bare_town.pass_(minutes=10)
    bare_town.pass_(minutes=10)

    assert bare_town.assignment(incident).told == tuple(
        keys("greta.gross", "lars.lind", "hasan.hoff", "anna.aydin")
    )
    steps = [data["recipients"] for _, data in bare_town.said()[1:]]
    assert [[each["person"] for each in step] for step in steps] == [
        keys("hasan.hoff"),
        keys("anna.aydin"),
    ]
