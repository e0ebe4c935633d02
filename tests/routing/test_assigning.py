# SPDX-License-Identifier: EUPL-1.2
"""What incidents do to assignments: registered, again, amended, closed, imported, without plan."""

from typing import Any

import pytest
from sqlalchemy import text

from rueckhalt_routing.assignments import store
from rueckhalt_routing.demo import sample_plan
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import ids
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.quarantine import parked
from tests.routing.town import ARS, Town, facts, person
from tests.support import NOON


def explanation(town: Town, decision: str) -> dict[str, Any]:
    kept: dict[str, Any] = town.database.read(store.decision, decision)["explanation"]
    return kept


def timers(town: Town) -> list[Any]:
    def query(tx: Transaction) -> list[Any]:
        return list(tx.execute(text("SELECT ref, due_at FROM timers")))

    return town.database.read(query)


def everybody(town: Town) -> tuple[str, ...]:
    """The ids of all persons of the plan."""
    compiled = town.database.read(plans.live_plan, ARS)
    assert compiled is not None
    return tuple(m.id for m in compiled.members.values() if m.kind == "person")


def test_a_registered_incident_gets_one_assignment_and_everybody_hears(town: Town) -> None:
    assignment = town.report(forms=("threat",), severity=2)

    assert (assignment.state, assignment.person) == ("open", person("anna.aydin"))
    [(type, data)] = town.said()
    assert type == "responsibility.assigned"
    assert data["recipients"][0] == {"person": person("anna.aydin"), "part": "lead"}
    assert (data["rule"], data["tier"], data["urgency"]) == ("stufe_2", 2, "u2")
    assert data["take_over_by"] == "2026-11-20T14:00:00.000Z"
    assert data["decision"] == assignment.decision_id
    assert data["role"] == assignment.role == "ansprechstelle"


def test_everybody_hears_which_role_is_asked_next_and_it_is(town: Town) -> None:
    assignment = town.report(forms=("threat",), severity=2)

    assert assignment.next_due_at is not None
    town.clock.now = assignment.next_due_at
    town.run_timers()

    (_, first), (type, then) = town.said()
    assert type == "responsibility.escalated"
    assert first["stand_in"] == then["role"] != "unknown"


def test_no_role_is_named_next_where_everybody_else_is_in_conflict(town: Town) -> None:
    assignment = town.report(forms=("threat",), severity=2)
    others = tuple(each for each in everybody(town) if each != assignment.person)

    town.report(forms=("threat",), severity=2, excluded=others)

    assert town.said()[-1][1].get("stand_in") is None


def test_the_decision_keeps_its_reason(town: Town) -> None:
    assignment = town.report(forms=("threat",), severity=2)

    told = explanation(town, assignment.decision_id)
    assert told["rule"]["code"] == "stufe_2"
    assert told["values"]["urgency"] == ["u2"]
    assert told["matched"] == ["stufe_2", "auffang"]
    assert told["plan"]["version"] == 1


def test_the_same_incident_in_another_event_changes_nothing(town: Town) -> None:
    first = town.report()

    again = town.report(subject=first.incident_id)

    assert again == first
    assert town.said_types() == ["responsibility.assigned"]


def test_an_imported_incident_is_closed_from_the_start_and_silent(town: Town) -> None:
    assignment = town.report(imported=True)

    assert assignment.state == "closed"
    assert town.said() == []
    assert timers(town) == []


@pytest.mark.parametrize("mode", ["live", "test", "demo"])
def test_every_event_carries_the_mode(town: Town, mode: str) -> None:
    assignment = town.report(mode=mode)
    town.pass_(days=2)
    town.answer(assignment, "anna.aydin", "take_over")
    town.close(assignment.incident_id)

    assert {data["mode"] for _, data in town.said()} == {mode}


def test_a_drill_from_outside_is_a_test_because_only_routing_calls_one(town: Town) -> None:
    town.report(mode="drill")

    assert {data["mode"] for _, data in town.said()} == {"test"}


def test_a_correction_before_its_report_waits(town: Town) -> None:
    incident = ids.uuid7()

    town.hear(contracts.IncidentAmended(subject=incident, **facts(version=2)))

    assert town.database.read(parked)
    assert town.said() == []


def test_a_correction_that_raises_the_urgency_is_decided_anew(town: Town) -> None:
    before = town.report()

    after = town.amend(before.incident_id, severity=3, forms=("weapon",))

    assert (after.rule, after.urgency, after.step) == ("sofort", "u3", 0)
    assert after.round == before.round + 1  # so that the same lead is asked once more
    assert after.decision_id != before.decision_id
    assert after.next_due_at is not None
    assert (after.next_due_at - NOON).seconds == 600
    assert len(timers(town)) == 1
    assert town.said_types() == ["responsibility.assigned"] * 2


def test_a_correction_that_changes_nothing_about_the_lead_is_quiet(town: Town) -> None:
    before = town.report()

    after = town.amend(before.incident_id, channel="phone")

    assert after.decision_id == before.decision_id
    assert after.incident_version == 2
    assert town.said_types() == ["responsibility.assigned"]


def test_an_older_correction_is_passed_over(town: Town) -> None:
    incident = town.report(version=5).incident_id

    town.amend(incident, version=4, severity=3)

    assert town.assignment(incident).urgency == "u1"


def test_a_lead_who_turns_out_to_be_accused_is_replaced_at_once(town: Town) -> None:
    before = town.report()

    after = town.amend(before.incident_id, excluded=(before.person or "",))

    assert after.person != before.person
    _, said = town.said()[-1]
    assert str(before.person) not in str(said | {"excluded": ()})


def test_after_a_take_over_only_a_higher_urgency_opens_it_again_and_loudly(town: Town) -> None:
    assignment = town.report()
    town.answer(assignment, "bernd.brandt", "take_over")

    calm = town.amend(assignment.incident_id, version=2, forms=("hatepost",))
    urgent = town.amend(assignment.incident_id, version=3, danger_level="acute")

    assert calm.state == "taken"
    assert urgent.state == "open"
    assert town.said_types() == [
        "responsibility.assigned",
        "responsibility.taken_over",
        "responsibility.lapsed",
        "responsibility.assigned",
    ]


def test_closing_cancels_the_timers_and_is_told_once(town: Town) -> None:
    assignment = town.report()

    closed = town.close(assignment.incident_id)
    town.close(assignment.incident_id, version=10)
    town.pass_(days=30)

    assert closed.state == "closed"
    assert closed.next_due_at is None
    assert timers(town) == []
    assert town.said_types() == ["responsibility.assigned", "responsibility.completed"]


def test_without_a_plan_the_catch_all_of_the_settings_leads_marked_red(bare_town: Town) -> None:
    assignment = bare_town.report(severity=3)

    assert assignment.person == person("auffang")
    assert assignment.red == "no_plan"
    assert assignment.urgency == "u3"
    assert bare_town.said_types() == ["responsibility.assigned"]


def test_a_plan_that_comes_later_takes_such_an_incident_over(bare_town: Town) -> None:
    assignment = bare_town.report()

    bare_town.publish_plan()
    bare_town.pass_(days=2)

    after = bare_town.assignment(assignment.incident_id)
    assert (after.rule, after.red, after.person) == ("verbal", None, person("bernd.brandt"))


def test_a_damaged_plan_never_silences_an_incident(town: Town) -> None:
    def damage(tx: Transaction) -> None:
        tx.execute(text("UPDATE plans SET document = '{}'"))

    town.database.run(damage)
    town.database.context["plans"].clear()

    assignment = town.report()

    assert (assignment.person, assignment.red) == (person("auffang"), "plan_broken")


def test_an_error_in_deciding_never_silences_an_incident(town: Town) -> None:
    town.report()
    [compiled] = town.database.context["plans"].values()
    compiled.plan.chains.clear()

    assignment = town.report()

    assert (assignment.person, assignment.red) == (person("auffang"), "decision_failed")


def test_if_everybody_is_in_conflict_the_catch_all_of_the_settings_leads(town: Town) -> None:
    assignment = town.report(excluded=everybody(town))

    assert (assignment.person, assignment.red) == (person("auffang"), "nobody_at_all")


def test_if_nobody_at_all_may_be_told_it_is_red_and_still_falls_due(town: Town) -> None:
    assignment = town.report(excluded=(*everybody(town), person("auffang")))
    town.pass_(days=3)

    after = town.assignment(assignment.incident_id)
    assert (after.person, after.red) == (None, "nobody_at_all")
    assert after.next_due_at is not None
    assert after.next_due_at > town.clock.now
    assert all(data["recipients"] == [] for _, data in town.said() if "recipients" in data)


def test_the_plan_of_the_landkreis_counts_where_a_town_has_none(bare_town: Town) -> None:
    bare_town.publish_plan(sample_plan().replace(f'"{ARS}"', '"16077"'))

    assignment = bare_town.report()

    assert assignment.person == person("bernd.brandt", "16077")
    assert assignment.red is None
