# SPDX-License-Identifier: EUPL-1.2
"""Hold and deliver: only what is known to be slow waits, until one promised instant, once."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from rueckhalt_routing.assignments import holding
from rueckhalt_routing.demo import sample_plan
from rueckhalt_routing.duty.acting import Actor
from rueckhalt_routing.plan.domain import Calendar
from rueckhalt_routing.plan.opening import hold_until, next_working_day
from tests.routing.town import ARS, Town, person

BERLIN = ZoneInfo("Europe/Berlin")
SATURDAY_NIGHT = datetime(2026, 11, 21, 22, 10, tzinfo=UTC)  # 23:10 in Berlin
MONDAY_EIGHT = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


def holding_plan(calendar: str = "catholic: no") -> str:
    """Musterstadt, where the line manager's chain lets slow cases wait."""
    return sample_plan().replace("calendar:\n", f"calendar:\n  {calendar}\n") + (
        "\nchains:\n"
        "  fuehrungskraft:\n"
        "    hold: next_opening\n"
        "    steps:\n"
        "      - targets: [{role: fuehrungskraft}]\n"
        "      - targets: [{role: ansprechstelle}]\n"
    )


@pytest.fixture
def slow_town(bare_town: Town) -> Town:
    bare_town.publish_plan(holding_plan())
    bare_town.clock.now = SATURDAY_NIGHT
    return bare_town


def at(town: Town, **changes: object) -> dict[str, object]:
    return {"registered_at": town.clock.now, **changes}


def test_a_slow_case_waits_for_the_opening_and_says_until_when(slow_town: Town) -> None:
    assignment = slow_town.report(**at(slow_town))

    assert (assignment.state, assignment.held_until) == ("held", MONDAY_EIGHT)
    assert assignment.next_due_at == MONDAY_EIGHT
    type, data = slow_town.said()[0]
    assert (type, data["held_until"]) == ("responsibility.assigned", "2026-11-23T07:00:00.000Z")
    assert data["recipients"] == []


def test_it_is_delivered_at_that_instant_and_once(slow_town: Town) -> None:
    assignment = slow_town.report(**at(slow_town))
    slow_town.clock.now = MONDAY_EIGHT - timedelta(seconds=1)
    slow_town.run_timers()
    assert len(slow_town.said()) == 1

    slow_town.clock.now = MONDAY_EIGHT
    slow_town.run_timers()
    slow_town.run_timers()
    slow_town.audit()

    assert slow_town.said_types() == ["responsibility.assigned"] * 2
    delivered = slow_town.said()[1][1]
    assert delivered["recipients"][0] == {"person": person("bernd.brandt"), "part": "lead"}
    assert "held_until" not in delivered
    assert delivered["stand_in"] == "ansprechstelle"
    after = slow_town.assignment(assignment.incident_id)
    assert after.state == "open"
    assert after.take_over_by == MONDAY_EIGHT + timedelta(hours=24)


@pytest.mark.parametrize("severity", [2, 3, None])
def test_what_is_urgent_or_of_unknown_urgency_never_waits(
    slow_town: Town, severity: int | None
) -> None:
    assignment = slow_town.report(**at(slow_town, severity=severity))

    assert (assignment.state, assignment.held_until) == ("open", None)


def test_in_office_hours_nothing_waits(slow_town: Town) -> None:
    slow_town.clock.now = MONDAY_EIGHT + timedelta(hours=2)

    assert slow_town.report(**at(slow_town)).state == "open"


def test_a_chain_that_does_not_say_so_holds_nothing(town: Town) -> None:
    town.clock.now = SATURDAY_NIGHT

    assert town.report(**at(town)).state == "open"


def test_a_crisis_releases_everything_held_at_once(slow_town: Town) -> None:
    first = slow_town.report(**at(slow_town))
    slow_town.report(**at(slow_town))

    released = slow_town.database.run(holding.release_all, ARS)

    assert released == 2
    after = slow_town.assignment(first.incident_id)
    assert (after.state, after.person) == ("open", person("bernd.brandt"))
    slow_town.clock.now = MONDAY_EIGHT - timedelta(hours=30)
    slow_town.audit()
    assert slow_town.said_types().count("responsibility.assigned") == 4


def test_whoever_declares_a_crisis_starts_at_once_what_is_held(slow_town: Town) -> None:
    held = slow_town.report(**at(slow_town))

    slow_town.database.run(holding.declare_crisis, ARS, Actor(name="person:planner"))

    after = slow_town.assignment(held.incident_id)
    assert (after.state, after.person) == ("open", person("bernd.brandt"))


def test_the_auditor_releases_when_the_plan_itself_says_crisis(slow_town: Town) -> None:
    held = slow_town.report(**at(slow_town))
    slow_town.publish_plan(holding_plan("crisis: yes"))

    slow_town.audit()

    assert slow_town.assignment(held.incident_id).state == "open"
    assert slow_town.report(**at(slow_town)).state == "open"


def test_a_new_plan_or_a_corrected_fact_never_moves_the_promised_instant(slow_town: Town) -> None:
    held = slow_town.report(**at(slow_town))
    slow_town.publish_plan(holding_plan('office_hours: "10:00-16:00"'))

    after = slow_town.amend(held.incident_id, **at(slow_town, forms=("defamation",)))
    slow_town.audit()

    assert (after.state, after.held_until) == ("held", MONDAY_EIGHT)


def test_a_higher_urgency_starts_at_once(slow_town: Town) -> None:
    held = slow_town.report(**at(slow_town))

    after = slow_town.amend(held.incident_id, **at(slow_town, severity=3))

    assert (after.state, after.held_until) == ("open", None)
    assert slow_town.said()[-1][1]["recipients"]


def test_somebody_may_take_it_over_before(slow_town: Town) -> None:
    held = slow_town.report(**at(slow_town))

    taken = slow_town.answer(held, "bernd.brandt", "take_over")
    slow_town.clock.now = MONDAY_EIGHT
    slow_town.run_timers()

    assert taken.state == "taken"
    assert slow_town.said_types().count("responsibility.assigned") == 1


def test_who_turned_out_to_be_in_conflict_is_not_told_at_the_opening(slow_town: Town) -> None:
    held = slow_town.report(**at(slow_town))
    slow_town.amend(held.incident_id, **at(slow_town, excluded=(person("bernd.brandt"),)))

    slow_town.clock.now = MONDAY_EIGHT
    slow_town.run_timers()

    assert person("bernd.brandt") not in str([d.get("recipients") for _, d in slow_town.said()])


@pytest.mark.parametrize(
    ("told", "opening"),
    [
        ("2026-11-21 23:10", "2026-11-23 08:00"),
        ("2026-11-23 07:59", "2026-11-23 08:00"),
        ("2026-11-23 08:00", "2026-11-23 08:00"),
        ("2026-11-23 15:59", "2026-11-23 15:59"),
        ("2026-11-23 16:00", "2026-11-24 08:00"),
        ("2027-03-27 12:00", "2027-03-29 08:00"),  # the clocks go forward in between
        ("2026-10-24 12:00", "2026-10-26 08:00"),  # and back
    ],
)
def test_the_opening_is_wall_clock_time(told: str, opening: str) -> None:
    instant = datetime.fromisoformat(told).replace(tzinfo=BERLIN).astimezone(UTC)

    found = hold_until(Calendar(), instant)

    assert found.astimezone(BERLIN).strftime("%Y-%m-%d %H:%M") == opening


def test_the_next_working_day_is_never_today() -> None:
    monday = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)

    assert next_working_day(Calendar(), monday) == datetime(2026, 11, 24, 7, 0, tzinfo=UTC)


def crisis_plan() -> str:
    """Outside a crisis insults wait with the line manager, in one the press office has them."""
    return (
        holding_plan()
        + "  krise:\n    steps: [{targets: [{role: pressestelle}]}]\n"
        + "rules:\n"
        + "  - {code: krise, tier: 1, when: {time_class: [crisis]}, then: {chain: krise}}\n"
    )


def test_a_crisis_decides_what_was_held_by_its_own_rules(bare_town: Town) -> None:
    bare_town.publish_plan(crisis_plan())
    bare_town.clock.now = SATURDAY_NIGHT
    held = bare_town.report(**at(bare_town))
    actor = Actor(name="test")

    bare_town.database.run(holding.declare_crisis, ARS, actor, reason="Hochwasser")

    after = bare_town.assignment(held.incident_id)
    assert (held.state, held.chain) == ("held", "fuehrungskraft")
    assert (after.state, after.rule, after.person) == ("open", "krise", person("jonas.jung"))
    assert after.round == 1
    amended = bare_town.amend(held.incident_id, **at(bare_town, forms=("defamation",)))
    assert (amended.rule, amended.round) == ("krise", 1)


def test_a_crisis_whose_rules_say_the_same_only_starts_what_was_held(slow_town: Town) -> None:
    held = slow_town.report(**at(slow_town))

    slow_town.database.run(holding.declare_crisis, ARS, Actor(name="test"), reason="Hochwasser")

    after = slow_town.assignment(held.incident_id)
    assert (after.state, after.decision_id, after.round) == ("open", held.decision_id, 0)


BOTH_HOLD = (
    holding_plan()
    + "  ansprechstelle:\n    hold: next_opening\n"
    + "    steps: [{targets: [{role: ansprechstelle}]}]\n"
)


def test_a_correction_never_lets_a_case_wait_longer_than_was_said(bare_town: Town) -> None:
    bare_town.publish_plan(BOTH_HOLD)
    bare_town.clock.now = SATURDAY_NIGHT
    held = bare_town.report(**at(bare_town))
    bare_town.publish_plan(BOTH_HOLD.replace("closing_days: [", 'closing_days: ["2026-11-23", '))

    after = bare_town.amend(held.incident_id, **at(bare_town, forms=("hatepost",)))

    assert (after.state, after.chain) == ("held", "ansprechstelle")
    assert after.held_until == held.held_until == MONDAY_EIGHT


def test_what_was_started_is_never_held_again(bare_town: Town) -> None:
    bare_town.publish_plan(BOTH_HOLD)
    bare_town.clock.now = SATURDAY_NIGHT
    held = bare_town.report(**at(bare_town))
    bare_town.database.run(holding.release_all, ARS)

    after = bare_town.amend(held.incident_id, **at(bare_town, forms=("hatepost",)))

    assert (after.state, after.chain, after.held_until) == ("open", "ansprechstelle", None)


def test_what_is_reported_in_a_declared_crisis_never_waits(slow_town: Town) -> None:
    slow_town.database.run(holding.declare_crisis, ARS, Actor(name="test"))

    assert slow_town.report(**at(slow_town)).state == "open"
